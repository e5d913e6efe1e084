"""One notice's way: look up, write, write down, send, record.

The order is the promise (docs/how-it-works.md). What happens after each failure stands here; whether to send
at all is `ladder`'s, and when to look for work is `dispatcher`'s.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from datetime import datetime, timedelta
from typing import Any, TypeVar

from cases.addressees import Addressee
from cases.notice_records import CaseView, DueStep, Intent, Judge, Pending
from cases.notices import NoticeBook
from cases.taking import Later, Never, Take, Verdict
from models.errors import (
    ClearwayError,
    DeliveryDelayed,
    DeliveryRefused,
    NobodyKnows,
    OutcomeUnknown,
    OwnerOptedOut,
    ProviderClosed,
    RegistryDown,
)
from models.ids import notice_id
from notifier.backoff import retry_at
from notifier.contact_role import ContactRole
from notifier.ladder import decide
from notifier.limits import rules
from notifier.messages import Messages, case_number
from notifier.outcomes import Outcome, Turn
from notifier.own_thread import in_own_thread
from notifier.owners import Contact, Found, OwnerRegistry, Reason
from notifier.senders import Sender
from notifier.settings import NotifierSettings
from notifier.whom import choose, described

R = TypeVar("R")
REGISTRY_AGAIN_S = (2.0, 60.0)
"""Least and most seconds before a registry that cannot be asked is tried again for the same notice."""
OWNER_GONE = "the owner is no longer in the registry"
FOUND_THERE = "it was sent before, and the provider was asked and had it"
AT_HAND = timedelta(minutes=1)
"""A contact is kept for so long, for a notice that only waits for its turn: a case with fifty contacts is
looked up once, and nobody is written to by an answer that has grown old."""


def no_link(_notice: str, _at: datetime) -> str:
    """Where no public page is served."""
    return ""


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
        link: the address of a case's page, for a notice's id at a time; empty for none.
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
        link: Callable[[str, datetime], str] = no_link,
    ) -> None:
        self._book = book
        self._registry = registry
        self._sender = sender
        self._messages = messages
        self._settings = settings
        self._ledger_thread = ledger_thread
        self._clock = clock
        self._chance = chance
        self._link = link
        self._rules = rules(settings.fresh_s, settings.limits, settings.timezone, settings.region)
        self._at_hand: dict[str, tuple[datetime, Contact]] = {}
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
        decision = decide(due, self._clock(), self._rules)
        match decision:
            case Later(until, why):
                await self.ledger(self._book.put_off, due, until, why)
                return [Outcome(turn=Turn.WAITS, case=due.case, step=due.step.id, why=why)]
            case Never(why):
                return await self._settle(due, why, nobody=due.case.plate is None)
            case Take():
                return await self._find_and_tell(due)

    async def take_again(self, notice: Pending) -> list[Outcome]:
        """Deal with a notice that is written down and not accepted.

        Raises:
            TransportDown: the ledger or the registry cannot be reached; ask again later.
        """
        contact = self._at_hand_still(notice)
        if not notice.in_doubt and (outcome := await self._not_now(notice)):
            return [outcome]
        if contact is None:
            try:
                found = await self._look_up(notice)
            except RegistryDown as exc:
                until = self._registry_again_at(notice.case, exc)
                await self.ledger(self._book.delayed, notice, str(exc), until, in_doubt=notice.in_doubt)
                return [_outcome(Turn.WAITS, notice, str(exc))]
            chosen = choose(found, self._settings.registry.whom)
            # What the provider may have is asked for, whatever its recipient wants by now.
            people = found.contacts if notice.in_doubt else chosen.contacts
            contact = next((one for one in people if one.token == notice.recipient), None)
            if contact is None:
                why = OWNER_GONE if chosen.contacts else chosen.why
                return [await self._withhold(notice, why, nobody=True)]
        return await self._claim(notice, contact)

    async def _claim(self, notice: Pending, contact: Contact) -> list[Outcome]:
        """Take it, if it is still right in the very transaction that takes it."""
        now = self._clock()
        claimed = await self.ledger(
            self._book.attempting,
            notice,
            _addressee(contact),
            now,
            lease_until=now + self._lease,
            judge=self._judge(now),
        )
        if claimed is None:
            return []
        taken, answer = claimed
        match answer:
            case Later(_, why):
                return [_outcome(Turn.WAITS, taken, why)]
            case Never(why):
                return [_outcome(Turn.WITHHELD, taken, why)]
            case Take():
                return [await (self._ask if taken.in_doubt else self._send)(taken, contact)]

    def _judge(self, at: datetime, also: str = "") -> Judge:
        """The ladder's question, for the ledger to ask; what goes out says why, and `also` who is told."""

        def judge(item: DueStep | Pending, addressee: Addressee | None) -> Verdict:
            answer = decide(item, at, self._rules, addressee)
            return Take(f"{answer.why}; {also}") if isinstance(answer, Take) and also else answer

        return judge

    def _at_hand_still(self, notice: Pending) -> Contact | None:
        """The contact of a notice that only waited for its turn."""
        kept = self._at_hand.pop(notice.id, None)
        return None if kept is None or self._clock() - kept[0] > AT_HAND else kept[1]

    async def _settle(self, due: DueStep, why: str, *, nobody: bool = False) -> list[Outcome]:
        await self.ledger(self._book.settle, due, why, self._clock(), nobody=nobody)
        return [Outcome(turn=Turn.NOT_SENT, case=due.case, step=due.step.id, why=why)]

    async def _find_and_tell(self, due: DueStep) -> list[Outcome]:
        """Tell whom the registries know; where that is nobody, the ladder goes on with the department."""
        try:
            chosen = choose(await self._look_up(due), self._settings.registry.whom)
        except RegistryDown as exc:
            until = self._registry_again_at(due.case, exc)
            await self.ledger(self._book.put_off, due, until, str(exc))
            return [Outcome(turn=Turn.WAITS, case=due.case, step=due.step.id, why=str(exc))]
        if not chosen.contacts:
            return await self._settle(due, chosen.why, nobody=True)
        return await self._tell(due, chosen.contacts, chosen.why)

    async def _look_up(self, item: DueStep | Pending) -> Found:
        """Ask the registries, and write down that they were asked.

        Raises:
            RegistryDown: not now.
        """
        if item.case.plate is None:
            return Found()
        reason = Reason(case=case_number(item.case.number), purpose=f"notice, step {item.step.id}")
        try:
            found = await asyncio.to_thread(self._registry.find, item.case.plate.text, reason)
        except RegistryDown as exc:
            if exc.limited:
                said = f"step {item.step.id!r}: {exc}"
                await self.ledger(self._book.note_lookup, item.case.id, self._clock(), said, refused=True)
            raise
        said = f"step {item.step.id!r}: {described(found)}"
        await self.ledger(self._book.note_lookup, item.case.id, self._clock(), said)
        return found

    def _registry_again_at(self, case: CaseView, exc: RegistryDown) -> datetime:
        """The longer it is down, the rarer it is asked: a fifth of what passed since the case opened."""
        now = self._clock()
        passed_s = (now - case.opened_at).total_seconds() / 5
        wait_s = max(exc.wait_s, min(max(passed_s, REGISTRY_AGAIN_S[0]), REGISTRY_AGAIN_S[1]))
        # Jitter only adds: asking earlier than the registry says is of no use.
        return now + timedelta(seconds=wait_s * (1 + 0.25 * self._chance()))

    async def _tell(self, due: DueStep, contacts: tuple[Contact, ...], also: str) -> list[Outcome]:
        """Write the notices down and send the first; the others take turns with those of other cases."""
        by_token = {contact.token: contact for contact in contacts}
        now = self._clock()
        intents = [self._intent(due, contact, now) for contact in by_token.values()]
        written = await self.ledger(
            self._book.intend,
            due,
            intents,
            now,
            lease_until=now + self._lease,
            judge=self._judge(now, also),
            at_once=1,
        )
        match written.verdict:
            case None:
                gone = "the case was closed meanwhile"
                return [Outcome(turn=Turn.NOT_SENT, case=due.case, step=due.step.id, why=gone)]
            case Later(_, why):
                return [Outcome(turn=Turn.WAITS, case=due.case, step=due.step.id, why=why)]
            case Never(why):
                return [Outcome(turn=Turn.NOT_SENT, case=due.case, step=due.step.id, why=why)]
        still = {one: kept for one, kept in self._at_hand.items() if now - kept[0] <= AT_HAND}
        self._at_hand = still | {one.id: (now, by_token[one.recipient]) for one in written.queued}
        outcomes = [
            Outcome(
                turn=Turn.WITHHELD if isinstance(verdict, Never) else Turn.WAITS,
                case=due.case,
                step=due.step.id,
                why=verdict.why,
                mask=intent.mask,
                notice=intent.id,
            )
            for intent, verdict in written.others
        ]
        return outcomes + [await self._send(notice, by_token[notice.recipient]) for notice in written.now]

    def _intent(self, due: DueStep, contact: Contact, at: datetime) -> Intent:
        link = self._link(notice_id(due.case.id, due.step.id, contact.token), at)
        message = self._messages.render(due.case, due.step, contact.language, link=link)
        return Intent(
            case_id=due.case.id,
            step=due.step.id,
            recipient=contact.token,
            mask=contact.mask,
            language=message.language,
            body=message.body,
            fleet=contact.role is ContactRole.FLEET,
            opted_out=contact.opted_out,
        )

    async def _not_now(self, notice: Pending) -> Outcome | None:
        """Whether it became wrong or early to send; a notice the provider may have is asked for first."""
        match decide(notice, self._clock(), self._rules):
            case Never(why):
                return await self._withhold(notice, why)
            case Later(until, why):
                await self.ledger(self._book.delayed, notice, why, until, in_doubt=False)
                return _outcome(Turn.WAITS, notice, why)
            case Take():
                return None

    async def _withhold(self, notice: Pending, why: str, *, nobody: bool = False) -> Outcome:
        await self.ledger(self._book.withheld, notice, why, self._clock(), nobody=nobody)
        return _outcome(Turn.WITHHELD, notice, why)

    async def _send(self, notice: Pending, contact: Contact) -> Outcome:
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
            await self.ledger(self._book.refused, notice, str(exc), self._clock())
            if isinstance(exc, OwnerOptedOut):
                await self.ledger(self._book.opted_out, notice, self._clock())
            return _outcome(Turn.REFUSED, notice, str(exc))
        return await self._accept(notice, Turn.SENT, provider_id)

    async def _ask(self, notice: Pending, contact: Contact) -> Outcome:
        """Ask the provider about a notice of unknown outcome. It is sent again only after a clear no."""
        known = await self.ledger(self._book.provider_ids, notice.case.id)
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
            await self.ledger(self._book.doubtful, notice, str(exc), self._clock())
            return _outcome(Turn.DOUBTFUL, notice, str(exc))
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
        why = FOUND_THERE if turn is Turn.FOUND else notice.why
        latency_s = await self.ledger(
            self._book.accepted, notice, provider_id, self._clock(), sender=self._sender.name, why=why
        )
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


def _addressee(contact: Contact) -> Addressee:
    fleet = contact.role is ContactRole.FLEET
    return Addressee(recipient=contact.token, fleet=fleet, opted_out=contact.opted_out)


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
