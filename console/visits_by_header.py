"""People whom a reverse proxy on this machine signed in are known by the header in which it names them."""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from starlette.datastructures import Headers
from starlette.types import Scope

from cases.clients import Client
from cases.people import PER_MINUTE, Person
from cases.people.book import PeopleBook
from cases.people.roles import SCOPES, Role
from console.keeper import BELIEVED_FOR, REMEMBERED
from console.visits import Visit
from models.errors import TransportDown

LONGEST = 80


@dataclass(frozen=True, slots=True)
class _Known:
    person: Person | None
    at: datetime


class ByHeader:
    """See `console.visits.Visits`.

    Args:
        header: in which the proxy names whom it signed in.
        role: of those whom `clearway people` does not know; for the others, it says.
        book: knows people, and who was sent away.
        now: the wall clock.
    """

    asks = True
    page = ""

    def __init__(
        self,
        header: str,
        role: Role,
        book: PeopleBook,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._header = header
        self._role = role
        self._book = book
        self._now = now
        self._known: OrderedDict[str, _Known] = OrderedDict()

    @property
    def refusal(self) -> str:
        """See `Visits`."""
        return f"The proxy in front of this console did not say in {self._header} who you are."

    async def of(self, scope: Scope, headers: Headers) -> Visit | None:  # noqa: ARG002 - see `Visits`
        """See `Visits`."""
        said = headers.getlist(self._header)
        name = said[0].strip()[:LONGEST] if len(said) == 1 else ""
        return await self._visit(name) if name and name.isprintable() else None

    async def still(self, visit: Visit, *, surely: bool = False) -> bool:
        """See `Visits`."""
        found = await self._visit(visit.who.name, surely=surely)
        return found is not None and found.role == visit.role

    async def note(self, visit: Visit) -> None:
        """See `Visits`: how long somebody stays signed in is the proxy's business."""

    async def _visit(self, name: str, *, surely: bool = False) -> Visit | None:
        person = await self._person(name, surely=surely)
        if person is not None and person.disabled_at is not None:
            return None
        role = self._role if person is None else person.role
        digest = hashlib.sha256(name.encode()).hexdigest()[:29]
        who = Client(
            id=f"header:{digest}", name=name, scopes=SCOPES[role], per_minute=PER_MINUTE, kind="operator"
        )
        return Visit(who=who, display=name if person is None else person.display, role=role)

    async def _person(self, name: str, *, surely: bool) -> Person | None:
        now, known = self._now(), self._known.get(name)
        if known is not None and not surely and now - BELIEVED_FOR < known.at <= now:
            return known.person
        try:
            found = await asyncio.to_thread(self._book.find, name)
        except TransportDown:
            if known is None or surely:
                raise
            return known.person
        self._known[name] = _Known(found, now)
        self._known.move_to_end(name)
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return found
