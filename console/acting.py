"""What people and programs do about cases, as far as their scopes allow: page and API alike."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from cases.arrivals import CommandOutcome
from cases.clients import Client
from cases.clients.scopes import Scope, needed_for
from cases.commands import Command
from console.office import Office
from console.visits import Visit, Visits
from models.errors import NotAllowed

T = TypeVar("T")


def require(who: Client, scope: Scope, what: str) -> None:
    """Refuse what somebody may not do.

    Raises:
        NotAllowed: their scopes do not allow it.
    """
    if not who.may(scope):
        raise NotAllowed(f"{who.name} may not {what}: it needs {scope.value}")


def command(office: Office, who: Client, case_id: str, order: Command, *, key: str = "") -> CommandOutcome:
    """Do something about a case. Blocks.

    Args:
        office: takes it.
        who: wishes it; the audit names them.
        case_id: the case.
        order: what is wished.
        key: makes it count once.

    Raises:
        NotAllowed: their scopes do not allow it.
        Refused: it is impossible for the case as it is.
    """
    require(who, needed_for(order), f"give the command {type(order).__name__}")
    return office.ledger.command(case_id, order, actor=who.actor, at=datetime.now(UTC), key=key)


@dataclass(frozen=True, slots=True)
class Hand:
    """Whoever opened a page, for as long as they are let in.

    Attributes:
        visit: who that is.
        visits: knows whether they still are let in: a page may stand open for longer.
    """

    visit: Visit
    visits: Visits
    over: str = "You are not signed in any more."

    @property
    def who(self) -> Client:
        """Name and scopes."""
        return self.visit.who

    @property
    def acts(self) -> bool:
        """Whether there is anything that they may do about a case."""
        return self.who.may(Scope.CASES_WORK)

    async def do(self, act: Callable[[Client], T]) -> T:
        """Act in their name, in a thread, if the ledger says that they are let in at this moment.

        Raises:
            NotAllowed: they are not, or what is done is not for them.
            TransportDown: nobody knows, for the ledger cannot be reached.
        """
        if not await self.visits.still(self.visit, surely=True):
            raise NotAllowed(self.over)
        return await asyncio.to_thread(act, self.who)
