"""One notice's way: look up, write, write down, send, record.

The order is the promise (docs/how-it-works.md). Whether to send at all is `ladder`'s, what happens at the
provider `hand_over`'s, and when to look for work is `dispatcher`'s.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from cases.notices.addressees import Addressee
from cases.notices.book import NoticeBook
from cases.notices.records import DueStep, Intent, Judge, Pending
from cases.taking import Later, Never, Take, Verdict
from models.errors import ConfigurationError, RegistryDown
from models.ids import notice_id
from notifier.contact_role import ContactRole
from notifier.hand_over import HandOver
from notifier.ladder import NO_PLATE, decide
from notifier.ledger_desk import LedgerDesk
from notifier.limits import rules
from notifier.look_ups import LookUps
from notifier.messages import Messages
from notifier.outcomes import Outcome, Turn, outcome_of
from notifier.owners import Contact, OwnerRegistry
from notifier.senders.seam import Sender
from notifier.settings import NotifierSettings
from notifier.whom import choose

OWNER_GONE = "the owner is no longer in the registry"


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
        ledger: calls the book, which blocks.
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
        ledger: LedgerDesk,
        clock: Callable[[], datetime],
        chance: Callable[[], float],
        link: Callable[[str, datetime], str] = no_link,
    ) -> None:
        self._book = book
        self.ledger = ledger
        self._registry = LookUps(registry, book, self.ledger, clock=clock, chance=chance)
        self._hand = HandOver(sender, book, settings.retry, self.ledger, clock=clock, chance=chance)
        self._messages = messages
        self._settings = settings
        self._clock = clock
        self._link = link
        self._rules = rules(settings.fresh_s, settings.limits, settings.timezone, settings.region)
        self._lease = timedelta(seconds=sender.longest_s + settings.retry.settle_s)

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
                return await self._settle(due, why, nobody=why == NO_PLATE)
            case Take():
                return await self._find_and_tell(due)

    async def take_again(self, notice: Pending) -> list[Outcome]:
        """Deal with a notice that is written down and not accepted.

        Raises:
            TransportDown: the ledger or the registry cannot be reached; ask again later.
        """
        contact = self._registry.at_hand(notice.id)
        if not notice.in_doubt and (outcome := await self._not_now(notice)):
            return [outcome]
        if contact is None:
            try:
                found = await self._registry.look_up(notice)
            except RegistryDown as exc:
                until = self._registry.again_at(notice.case, exc)
                await self.ledger(self._book.delayed, notice, str(exc), until, in_doubt=notice.in_doubt)
                return [outcome_of(Turn.WAITS, notice, str(exc))]
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
            judge=self._judge(),
        )
        if claimed is None:
            return []
        taken, answer = claimed
        match answer:
            case Later(_, why):
                return [outcome_of(Turn.WAITS, taken, why)]
            case Never(why):
                return [outcome_of(Turn.WITHHELD, taken, why)]
            case Take():
                return [await (self._hand.ask if taken.in_doubt else self._hand.send)(taken, contact)]

    def _judge(self, also: str = "") -> Judge:
        """The ladder's question, for the ledger to ask; what goes out says why, and `also` who is told."""

        def judge(item: DueStep | Pending, addressee: Addressee | None) -> Verdict:
            answer = decide(item, self._clock(), self._rules, addressee)
            return Take(f"{answer.why}; {also}") if isinstance(answer, Take) and also else answer

        return judge

    async def _settle(self, due: DueStep, why: str, *, nobody: bool = False) -> list[Outcome]:
        await self.ledger(self._book.settle, due, why, self._clock(), nobody=nobody)
        return [Outcome(turn=Turn.NOT_SENT, case=due.case, step=due.step.id, why=why)]

    async def _find_and_tell(self, due: DueStep) -> list[Outcome]:
        """Tell whom the registries know; where that is nobody, the ladder goes on with the department."""
        try:
            found, looked_up = await self._registry.ask(due)
        except RegistryDown as exc:
            until = self._registry.again_at(due.case, exc)
            await self.ledger(self._book.put_off, due, until, str(exc))
            return [Outcome(turn=Turn.WAITS, case=due.case, step=due.step.id, why=str(exc))]
        chosen = choose(found, self._settings.registry.whom)
        if not chosen.contacts:
            await self._registry.note(due, looked_up)
            return await self._settle(due, chosen.why, nobody=True)
        return await self._tell(due, chosen.contacts, chosen.why, looked_up)

    async def _tell(
        self, due: DueStep, contacts: tuple[Contact, ...], also: str, looked_up: str
    ) -> list[Outcome]:
        """Write the notices down and send the first; the others take turns with those of other cases."""
        by_token = {contact.token: contact for contact in contacts}
        now = self._clock()
        try:
            intents = [self._intent(due, contact, now) for contact in by_token.values()]
        except ConfigurationError:
            await self._registry.note(due, looked_up)
            raise
        written = await self.ledger(
            self._book.intend,
            due,
            intents,
            now,
            lease_until=now + self._lease,
            judge=self._judge(also),
            at_once=1,
            looked_up=looked_up,
        )
        match written.verdict:
            case None:
                gone = "the case was closed meanwhile"
                return [Outcome(turn=Turn.NOT_SENT, case=due.case, step=due.step.id, why=gone)]
            case Later(_, why):
                return [Outcome(turn=Turn.WAITS, case=due.case, step=due.step.id, why=why)]
            case Never(why):
                return [Outcome(turn=Turn.NOT_SENT, case=due.case, step=due.step.id, why=why)]
        self._registry.keep({one.id: by_token[one.recipient] for one in written.queued})
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
        return outcomes + [
            await self._hand.send(notice, by_token[notice.recipient]) for notice in written.now
        ]

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
                return outcome_of(Turn.WAITS, notice, why)
            case Take():
                return None

    async def _withhold(self, notice: Pending, why: str, *, nobody: bool = False) -> Outcome:
        await self.ledger(self._book.withheld, notice, why, self._clock(), nobody=nobody)
        return outcome_of(Turn.WITHHELD, notice, why)


def _addressee(contact: Contact) -> Addressee:
    fleet = contact.role is ContactRole.FLEET
    return Addressee(recipient=contact.token, fleet=fleet, opted_out=contact.opted_out)
