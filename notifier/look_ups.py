"""Asking the registries for a notice: written down each time, and once for all contacts of one step."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from cases.notices.book import NoticeBook
from cases.notices.records import CaseView, DueStep, Pending
from models.errors import RegistryDown
from notifier.messages import case_number
from notifier.owners import Contact, Found, OwnerRegistry, Reason
from notifier.whom import described

REGISTRY_AGAIN_S = (2.0, 60.0)
"""Least and most seconds before a registry that cannot be asked is tried again for the same notice."""
AT_HAND = timedelta(minutes=1)
"""A contact is kept for so long, for a notice that only waits for its turn: a case with fifty contacts is
looked up once, and nobody is written to by an answer that has grown old."""


class LookUps:
    """Asks whom to write to.

    Args:
        registry: that is asked.
        book: where it is written down.
        ledger: calls the book, which blocks.
        clock: aware wall-clock time.
        chance: random numbers in 0..1.
    """

    def __init__(
        self,
        registry: OwnerRegistry,
        book: NoticeBook,
        ledger: Callable[..., Awaitable[Any]],
        *,
        clock: Callable[[], datetime],
        chance: Callable[[], float],
    ) -> None:
        self._registry = registry
        self._book = book
        self._ledger = ledger
        self._clock = clock
        self._chance = chance
        self._kept: dict[str, tuple[datetime, Contact]] = {}

    def keep(self, contacts: Mapping[str, Contact]) -> None:
        """Keep the contacts of notices, by id, that wait for nothing but their turn."""
        now = self._clock()
        still = {one: kept for one, kept in self._kept.items() if now - kept[0] <= AT_HAND}
        self._kept = still | {notice: (now, contact) for notice, contact in contacts.items()}

    def at_hand(self, notice: str) -> Contact | None:
        """The contact that was kept for a notice, once; None where it has to be looked up."""
        kept = self._kept.pop(notice, None)
        return None if kept is None or self._clock() - kept[0] > AT_HAND else kept[1]

    async def ask(self, item: DueStep | Pending) -> tuple[Found, str]:
        """Ask the registries.

        Returns:
            What they know, and what is to be written down of having asked (`NoticeBook.note_lookup`), before
            anything is made of the answer or together with it. Empty where nothing was asked.

        Raises:
            RegistryDown: not now.
        """
        if item.case.plate is None:
            return Found(), ""
        reason = Reason(case=case_number(item.case.number), purpose=f"notice, step {item.step.id}")
        try:
            found = await asyncio.to_thread(self._registry.find, item.case.plate.text, reason)
        except RegistryDown as exc:
            if exc.limited:
                said = f"step {item.step.id!r}: {exc}"
                await self._ledger(self._book.note_lookup, item.case.id, self._clock(), said, refused=True)
            raise
        return found, f"step {item.step.id!r}: {described(found)}"

    async def look_up(self, item: DueStep | Pending) -> Found:
        """Ask the registries, and write down that they were asked.

        Raises:
            RegistryDown: not now.
        """
        found, said = await self.ask(item)
        await self.note(item, said)
        return found

    async def note(self, item: DueStep | Pending, said: str) -> None:
        """Write down what `ask` wants to be written down."""
        if said:
            await self._ledger(self._book.note_lookup, item.case.id, self._clock(), said)

    def again_at(self, case: CaseView, exc: RegistryDown) -> datetime:
        """The longer it is down, the rarer it is asked: a fifth of what passed since the case opened."""
        now = self._clock()
        passed_s = (now - case.opened_at).total_seconds() / 5
        wait_s = max(exc.wait_s, min(max(passed_s, REGISTRY_AGAIN_S[0]), REGISTRY_AGAIN_S[1]))
        # Jitter only adds: asking earlier than the registry says is of no use.
        return now + timedelta(seconds=wait_s * (1 + 0.25 * self._chance()))
