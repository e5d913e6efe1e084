"""Who opened a page or sent a request, and whether they still may."""

from dataclasses import dataclass
from typing import Protocol

from fastapi import HTTPException, Request
from starlette.datastructures import Headers
from starlette.types import Scope

from cases.clients import Client
from cases.clients import Scope as May
from cases.people.roles import Role
from cases.people.sessions import Session

STATE = "visit"
"""Where a request carries it (`request.state.visit`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Somebody at the desk.

    Attributes:
        who: name and scopes, as page and API ask for them.
        display: what the page calls them.
        role: None where nobody signs in.
        session: None where it was not a password that let them in.
        form: what every form of theirs has to carry, so that no other page can send one for them.
    """

    who: Client
    display: str = ""
    role: Role | None = None
    session: Session | None = None
    form: str = ""

    @property
    def signed_in(self) -> bool:
        """Whether it is known who that is."""
        return self.role is not None

    @property
    def must_change(self) -> bool:
        """Whether they have to choose a password of their own before anything else."""
        return self.session is not None and self.session.person.must_change


AT_HAND = Visit(
    who=Client(id="console", name="console", scopes=frozenset({May.ADMIN}), kind="operator"),
)
"""Whoever sits at this machine, where nobody signs in."""


class Visits(Protocol):
    """A way to know who comes."""

    @property
    def asks(self) -> bool:
        """Whether it asks at all."""

    @property
    def page(self) -> str:
        """Where people sign in; empty where that is nowhere here."""

    @property
    def refusal(self) -> str:
        """What is said to whom nobody knows."""

    async def of(self, scope: Scope, headers: Headers) -> Visit | None:
        """Who sends a request; None for nobody who is known."""

    async def still(self, visit: Visit, *, surely: bool = False) -> bool:
        """Whether somebody is let in still: as of some seconds ago, or, `surely`, of now.

        Raises:
            TransportDown: it has to be known surely, and the ledger cannot be reached.
        """

    async def note(self, visit: Visit) -> None:
        """Somebody did something: they are not idle."""


class AtHand:
    """Nobody is asked: the console listens on the loopback, and who sits there may do everything."""

    asks = False
    page = refusal = ""

    async def of(self, scope: Scope, headers: Headers) -> Visit | None:  # noqa: ARG002 - see `Visits`
        """See `Visits`."""
        return AT_HAND

    async def still(self, visit: Visit, *, surely: bool = False) -> bool:  # noqa: ARG002 - see `Visits`
        """See `Visits`."""
        return True

    async def note(self, visit: Visit) -> None:
        """See `Visits`."""


def visit_of(request: Request) -> Visit:
    """Who sends a request; a dependency of routes. What came past the door is refused."""
    found = getattr(request.state, STATE, None)
    if not isinstance(found, Visit):
        raise HTTPException(401, "sign in first")
    return found
