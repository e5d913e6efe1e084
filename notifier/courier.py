"""One notice's way: look up, write, write down, send, record.

The order is the promise (docs/how-it-works.md). What happens after each failure stands here; whether to send
at all is `ladder`'s, and when to look for work is `dispatcher`'s.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from datetime import datetime, timedelta
from typing import Any, TypeVar

from cases.notice_records import DueStep, Intent, Pending
from cases.notices import NoticeBook
from models.errors import ClearwayError, DeliveryDelayed, DeliveryRefused, OutcomeUnknown, ProviderClosed
from notifier.backoff import retry_at
from notifier.ladder import Send, Wait, Withhold, decide
from notifier.messages import Messages
from notifier.outcomes import Outcome, Turn
from notifier.own_thread import in_own_thread
from notifier.owners import Contact, OwnerRegistry
from notifier.senders import Sender
from notifier.settings import NotifierSettings

R = TypeVar("R")
NO_OWNER = "no owner known for this plate: the department decides"
OWNER_GONE = "the owner is no longer in the registry"


class Courier:
    """Takes one step or one notice as far as it goes now.

    Args:
        book: writes of the ledger.
        registry: whom to write to.
        sender: who carries it.
        messages: what to write.
        settings: of the notifier.
        ledger_thread: where the ledger is called. One thread: SQLite has one writer anyway, and a queue
            is faster than many who poll for its lock.
        clock: aware wall-clock time.
        chance: random numbers in 0..1.
    """

    def __init__(
        self,
        book: NoticeBook,
        registry: OwnerRegistry,
        sender: Sender,
        messages: Messages,
        settings: NotifierSettings,
        *,
        ledger_thread: Executor,
        clock: Callable[[], datetime],
        chance: Callable[[], float],
    ) -> None:
        self._book = book
        self._registry = registry
        self._sender = sender
        self._messages = messages
        self._settings = settings
        self._ledger_thread = ledger_thread
        self._clock = clock
        self._chance = chance
        self._lease = timedelta(seconds=sender.longest_s + settings.retry.settle_s)

    async def ledger(self, call: Callable[..., R], *args: Any, **kwargs: Any) -> R:  # noqa: ANN401
        """Call the ledger, which blocks."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._ledger_thread, lambda: call(*args, **kwargs))

    async def take_step(self, due: DueStep) -> list[Outcome]:
        """Deal with a step whose time has come.

        Raises:
            TransportDown: the ledger or the registry cannot be reached; ask again later.
            ConfigurationError: the message cannot be written.
        """
        decision = decide(due, self._clock(), self._settings.fresh_s)
        match decision:
            case Wait(until, why):
                await self.ledger(self._book.put_off, due, until, why)
                return [Outcome(turn=Turn.WAITS, case=due.case, step=due.step.id, why=why)]
            case Withhold(why):
                return await self._settle(due, why)
            case Send(why):
                contacts = await self._look_up(due)
                return await self._tell(due, contacts, why) if contacts else await self._settle(due, NO_OWNER)

    async def take_again(self, notice: Pending) -> list[Outcome]:
        """Deal with a notice that is written down and not accepted.

        Raises:
            TransportDown: the ledger or the registry cannot be reached; ask again later.
        """
        if not notice.in_doubt and (outcome := await self._not_now(notice)):
            return [outcome]
        contact = next((one for one in await self._look_up(notice) if one.token == notice.recipient), None)
        if contact is None:
            return [await self._withhold(notice, OWNER_GONE)]
        if not await self.ledger(self._book.attempting, notice, self._clock() + self._lease):
            return []
        return [await (self._ask if notice.in_doubt else self._send)(notice, contact)]

    async def _settle(self, due: DueStep, why: str) -> list[Outcome]:
        await self.ledger(self._book.settle, due, why, self._clock())
        return [Outcome(turn=Turn.NOT_SENT, case=due.case, step=due.step.id, why=why)]

    async def _look_up(self, item: DueStep | Pending) -> tuple[Contact, ...]:
        if item.case.plate is None:
            return ()
        contacts = await asyncio.to_thread(self._registry.find, item.case.plate.text)
        found = f"{len(contacts)} contact(s)" if contacts else "nobody"
        said = f"step {item.step.id!r}, found {found}"
        await self.ledger(self._book.note_lookup, item.case.id, self._clock(), said)
        return contacts

    async def _tell(self, due: DueStep, contacts: tuple[Contact, ...], why: str) -> list[Outcome]:
        by_token = {contact.token: contact for contact in contacts}
        intents = [self._intent(due, contact) for contact in by_token.values()]
        now = self._clock()
        written = await self.ledger(
            self._book.intend, due, intents, now, lease_until=now + self._lease, why=why
        )
        if not written:
            gone = "the case was closed meanwhile"
            return [Outcome(turn=Turn.NOT_SENT, case=due.case, step=due.step.id, why=gone)]
        return await asyncio.gather(*(self._send(notice, by_token[notice.recipient]) for notice in written))

    def _intent(self, due: DueStep, contact: Contact) -> Intent:
        message = self._messages.render(due.case, due.step, contact.language)
        return Intent(
            case_id=due.case.id,
            step=due.step.id,
            recipient=contact.token,
            mask=contact.mask,
            language=message.language,
            body=message.body,
        )

    async def _not_now(self, notice: Pending) -> Outcome | None:
        """Whether it became wrong or early to send; a notice the provider may have is asked for first."""
        decision = decide(notice, self._clock(), self._settings.fresh_s)
        match decision:
            case Withhold(why):
                return await self._withhold(notice, why)
            case Wait(until, why):
                await self.ledger(self._book.delayed, notice, why, until, in_doubt=False)
                return _outcome(Turn.WAITS, notice, why)
            case Send():
                return None

    async def _withhold(self, notice: Pending, why: str) -> Outcome:
        await self.ledger(self._book.withheld, notice, why, self._clock())
        return _outcome(Turn.WITHHELD, notice, why)

    async def _send(self, notice: Pending, contact: Contact) -> Outcome:
        """The one line that talks to an owner, and everything that may come of it."""
        try:
            provider_id = await self._call(self._sender.send, contact.phone, notice.body)
        except OutcomeUnknown as exc:
            return await self._delay(notice, Turn.IN_DOUBT, exc, in_doubt=True)
        except DeliveryDelayed as exc:
            return await self._delay(notice, Turn.DELAYED, exc, in_doubt=False)
        except ProviderClosed as exc:
            return await self._delay(notice, Turn.CLOSED, exc, in_doubt=False)
        except DeliveryRefused as exc:
            await self.ledger(self._book.refused, notice, str(exc), self._clock())
            return _outcome(Turn.REFUSED, notice, str(exc))
        return await self._accept(notice, Turn.SENT, provider_id)

    async def _ask(self, notice: Pending, contact: Contact) -> Outcome:
        """Ask the provider about a notice of unknown outcome. It is sent again only after a clear no."""
        known = await self.ledger(self._book.provider_ids, notice.case.id)
        try:
            provider_id = await self._call(
                self._sender.find, contact.phone, notice.body, since=notice.intended_at, known=known
            )
        except ProviderClosed as exc:
            return await self._delay(notice, Turn.CLOSED, exc, in_doubt=True)
        except (DeliveryDelayed, DeliveryRefused) as exc:
            return await self._delay(notice, Turn.IN_DOUBT, exc, in_doubt=True)
        if provider_id is not None:
            return await self._accept(notice, Turn.FOUND, provider_id)
        # Not sent from here: asking took time, so the case is read and judged afresh first.
        why = "the provider does not have it"
        await self.ledger(self._book.delayed, notice, why, self._clock(), in_doubt=False)
        return _outcome(Turn.CLEARED, notice, why)

    async def _call(self, call: Callable[..., R], *args: Any, **kwargs: Any) -> R:  # noqa: ANN401
        try:
            return await in_own_thread(call, *args, deadline_s=self._sender.longest_s, **kwargs)
        except TimeoutError as exc:
            raise OutcomeUnknown("no whole answer in time") from exc

    async def _accept(self, notice: Pending, turn: Turn, provider_id: str) -> Outcome:
        latency_s = await self.ledger(self._book.accepted, notice, provider_id, self._clock())
        return _outcome(
            turn, notice, "accepted by the provider", provider_id=provider_id, latency_s=latency_s
        )

    async def _delay(self, notice: Pending, turn: Turn, exc: ClearwayError, *, in_doubt: bool) -> Outcome:
        now, rule = self._clock(), self._settings.retry
        until = retry_at(notice.attempts, now, rule, self._chance())
        if in_doubt:
            until = max(until, now + timedelta(seconds=rule.settle_s))
        if turn is Turn.CLOSED:
            until = max(until, now + timedelta(seconds=rule.closed_s))
        await self.ledger(self._book.delayed, notice, str(exc), until, in_doubt=in_doubt)
        return _outcome(turn, notice, str(exc))


def _outcome(
    turn: Turn, notice: Pending, why: str, *, provider_id: str = "", latency_s: float | None = None
) -> Outcome:
    return Outcome(
        turn=turn,
        case=notice.case,
        step=notice.step.id,
        why=why,
        mask=notice.mask,
        notice=notice.id,
        attempts=notice.attempts,
        provider_id=provider_id,
        latency_s=latency_s,
    )
