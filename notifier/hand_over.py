"""Handing one notice to the provider, and what each answer makes of it.

The notice is written down as in doubt before either of these is called, and belongs to the caller.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

from cases.notices.book import NoticeBook
from cases.notices.records import Pending
from models.errors import (
    ClearwayError,
    DeliveryDelayed,
    DeliveryRefused,
    NobodyKnows,
    OutcomeUnknown,
    OwnerOptedOut,
    ProviderClosed,
)
from notifier.backoff import retry_at
from notifier.outcomes import Outcome, Turn, outcome_of
from notifier.own_thread import in_own_thread
from notifier.owners import Contact
from notifier.senders.seam import Sender
from notifier.settings import RetrySettings

R = TypeVar("R")
FOUND_THERE = "it was sent before, and the provider was asked and had it"


class HandOver:
    """Sends, asks, and writes down what came of it.

    Args:
        sender: who carries messages.
        book: writes of the ledger.
        rule: when to try again.
        ledger: calls the book, which blocks.
        clock: aware wall-clock time.
        chance: random numbers in 0..1.
    """

    def __init__(
        self,
        sender: Sender,
        book: NoticeBook,
        rule: RetrySettings,
        ledger: Callable[..., Awaitable[Any]],
        *,
        clock: Callable[[], datetime],
        chance: Callable[[], float],
    ) -> None:
        self._sender = sender
        self._book = book
        self._rule = rule
        self._ledger = ledger
        self._clock = clock
        self._chance = chance

    async def send(self, notice: Pending, contact: Contact) -> Outcome:
        """The one line that talks to an owner, and everything that may come of it."""
        try:
            provider_id = await self._call(self._sender.send, contact.phone, notice.body, notice.id)
        except OutcomeUnknown as exc:
            return await self._delay(notice, Turn.IN_DOUBT, exc, in_doubt=True)
        except DeliveryDelayed as exc:
            return await self._delay(notice, Turn.DELAYED, exc, in_doubt=False)
        except ProviderClosed as exc:
            return await self._delay(notice, Turn.CLOSED, exc, in_doubt=False)
        except DeliveryRefused as exc:
            await self._ledger(self._book.refused, notice, str(exc), self._clock())
            if isinstance(exc, OwnerOptedOut):
                await self._ledger(self._book.opted_out, notice, self._clock())
            return outcome_of(Turn.REFUSED, notice, str(exc))
        return await self._accept(notice, Turn.SENT, provider_id)

    async def ask(self, notice: Pending, contact: Contact) -> Outcome:
        """Ask the provider about a notice of unknown outcome. It is sent again only after a clear no."""
        known = await self._ledger(self._book.provider_ids, notice.case.id)
        try:
            provider_id = await self._call(
                self._sender.find,
                contact.phone,
                notice.body,
                notice.id,
                since=notice.intended_at,
                known=known,
            )
        except NobodyKnows as exc:
            await self._ledger(self._book.doubtful, notice, str(exc), self._clock())
            return outcome_of(Turn.DOUBTFUL, notice, str(exc))
        except ProviderClosed as exc:
            return await self._delay(notice, Turn.CLOSED, exc, in_doubt=True)
        except (DeliveryDelayed, DeliveryRefused) as exc:
            return await self._delay(notice, Turn.IN_DOUBT, exc, in_doubt=True)
        if provider_id is not None:
            return await self._accept(notice, Turn.FOUND, provider_id)
        # Not sent from here: asking took time, so the case is read and judged afresh first.
        why = "the provider does not have it"
        await self._ledger(self._book.delayed, notice, why, self._clock(), in_doubt=False)
        return outcome_of(Turn.CLEARED, notice, why)

    async def _call(self, call: Callable[..., R], *args: Any, **kwargs: Any) -> R:  # noqa: ANN401
        try:
            return await in_own_thread(call, *args, deadline_s=self._sender.longest_s, **kwargs)
        except TimeoutError as exc:
            raise OutcomeUnknown("no whole answer in time") from exc

    async def _accept(self, notice: Pending, turn: Turn, provider_id: str) -> Outcome:
        why = FOUND_THERE if turn is Turn.FOUND else notice.why
        latency_s = await self._ledger(
            self._book.accepted, notice, provider_id, self._clock(), sender=self._sender.name, why=why
        )
        return outcome_of(
            turn, notice, "accepted by the provider", provider_id=provider_id, latency_s=latency_s
        )

    async def _delay(self, notice: Pending, turn: Turn, exc: ClearwayError, *, in_doubt: bool) -> Outcome:
        now, rule = self._clock(), self._rule
        until = retry_at(notice.attempts, now, rule, self._chance())
        if in_doubt:
            until = max(until, now + timedelta(seconds=rule.settle_s))
        if turn is Turn.CLOSED:
            until = max(until, now + timedelta(seconds=rule.closed_s))
        await self._ledger(self._book.delayed, notice, str(exc), until, in_doubt=in_doubt)
        return outcome_of(turn, notice, str(exc))
