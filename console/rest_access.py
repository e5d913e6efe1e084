"""What a request may do: who asks, with which scope, under which key."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Request
from pydantic import AfterValidator, AwareDatetime, BeforeValidator, StringConstraints

from cases.clients import Client, Scope
from cases.reports.form import clean
from console.rest_problem import Faulty


def asking(request: Request) -> Client:
    """Who asks; the gate has let them in."""
    client: Client = request.state.client
    return client


def key_of(request: Request) -> str:
    """The idempotency key of a request as the ledger keeps it: everybody has keys of their own."""
    key = getattr(request.state, "key", None)
    return f"{request.state.client.id}:{key}" if key else ""


def need(scope: Scope) -> Callable[[Request], Client]:
    """A dependency: who asks, if they may do that."""

    def allowed(request: Request) -> Client:
        client = asking(request)
        if not client.may(scope):
            status = 401 if client.is_local else 403
            raise Faulty(status, f"{client.name} needs the scope {scope.value} for this")
        return client

    return allowed


Anybody = Annotated[Client, Depends(asking)]
Reader = Annotated[Client, Depends(need(Scope.CASES_READ))]
Worker = Annotated[Client, Depends(need(Scope.CASES_WORK))]
Supervisor = Annotated[Client, Depends(need(Scope.CASES_WRITE))]
Reporter = Annotated[Client, Depends(need(Scope.REPORTS_WRITE))]
System = Annotated[Client, Depends(need(Scope.SIGNALS_WRITE))]
Admin = Annotated[Client, Depends(need(Scope.ADMIN))]
Key = Annotated[str, Depends(key_of)]

CaseId = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z-]{1,64}$")]
"""An id of a case, or its number, as `CW-000012` or `12`."""


def _line(text: str) -> str:
    if any(sign < " " or sign == "\x7f" for sign in text):
        raise ValueError("holds a control character")
    return text


Line = Annotated[str, StringConstraints(max_length=200), AfterValidator(_line)]
"""A short text of any script on one line."""


def _text(text: str) -> str:
    return clean(text, len(text))


Why = Annotated[str, StringConstraints(max_length=1000), AfterValidator(_text)]
"""A reason in somebody's own words."""


EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


def _spaced(value: object) -> object:
    """A plus sign in a query means a space unless it was encoded; a time has none there."""
    return re.sub(r" (\d\d:?\d\d)$", r"+\1", value) if isinstance(value, str) else value


def _sane(at: datetime) -> datetime:
    try:
        found = at.astimezone(UTC)
    except OverflowError:
        found = None
    if found is None or not EARLIEST <= found <= LATEST:
        raise ValueError("lies outside of 1970 to 2200")
    return found


Moment = Annotated[AwareDatetime, BeforeValidator(_spaced), AfterValidator(_sane)]
"""A time with its offset, turned into UTC."""
