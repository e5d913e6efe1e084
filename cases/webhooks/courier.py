"""One subscriber's loop: takes its events from the outbox, posts them, writes down what became of them."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from cases.case_event import CONTENT_TYPE
from cases.webhooks import handshake, metrics, rules, signature
from cases.webhooks.book import DeliveryBook
from cases.webhooks.ledger_thread import LedgerThread, Tide
from cases.webhooks.post import Poster
from cases.webhooks.records import Delivery, Kind, Settled
from cases.webhooks.rules import Answer, Health, Patience, Verdict
from cases.webhooks.settings import WebhookSettings
from cases.webhooks.turns import take_turns
from models.backoff import Backoff
from models.errors import ClearwayError

STOP_WITHIN_S = 3.0
"""Requests under way may finish for so long. What does not is sent again next time, under the same id."""
LEDGER_DOWN = Backoff(first_s=0.2, limit_s=10.0)
PERMISSION_LASTS = timedelta(hours=24)
USER_AGENT = "Clearway"
LOOK_AT_LEAST = timedelta(seconds=2)
"""How often it is looked for what is due, though nothing we know of has come or become due."""

_log = structlog.get_logger("clearway.connect")


def utc_now() -> datetime:
    """Aware wall-clock time."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """What all couriers share.

    Attributes:
        source: of our events.
        origin: who we say we are when asking for permission.
        clock: aware wall-clock time.
        chance: random numbers in 0..1.
    """

    book: DeliveryBook
    poster: Poster
    ledger: LedgerThread
    tide: Tide
    patience: Patience
    source: str
    origin: str
    poll_interval_s: float
    clock: Callable[[], datetime]
    chance: Callable[[], float]


@dataclass(frozen=True, slots=True)
class _Tried:
    delivery: Delivery
    answer: Answer
    started_at: datetime


class Courier:
    """Delivers to one subscriber, until told to stop.

    Args:
        webhook: the subscription.
        secrets: that sign.
        office: what all couriers share.
    """

    def __init__(self, webhook: WebhookSettings, secrets: Sequence[str], office: Office) -> None:
        self.name = webhook.name
        self._webhook = webhook
        self._secrets = tuple(secrets)
        self._office = office
        self._health = Health()
        self._position = 0
        self._busy: dict[int, tuple[str, asyncio.Task[None]]] = {}
        self._done: list[_Tried] = []
        self._permitted_until: datetime | None = None
        self._gap = timedelta()
        self._next_send_at = datetime.min.replace(tzinfo=UTC)
        self._look_at = self._next_send_at
        self._failures = 0
        self._trouble = ""

    async def attach(self) -> None:
        """Find out where to go on; a new subscription is written down first.

        Raises:
            TransportDown: the ledger cannot be asked.
        """
        ledger, book = self._office.ledger, self._office.book
        start = 0 if self._webhook.start == "beginning" else await ledger(self._office.tide.reached)
        await ledger(book.attach, self.name, Kind.WEBHOOK, start)
        self._position = await ledger(book.position, self.name)
        self._health = await ledger(book.health, self.name)
        metrics.PAUSED.labels(self.name).set(self._health.paused)

    async def run(self, stop: asyncio.Event) -> None:
        """Deliver until `stop` is set."""
        await take_turns(self, stop, outlasts=(ClearwayError,))

    def status(self) -> dict[str, Any]:
        """How this subscriber is doing, ready for JSON."""
        return {
            "state": self._state(),
            "under_way": len(self._busy),
            "failures": self._health.failures,
            "trouble": self._trouble or self._health.why or None,
        }

    def _state(self) -> str:
        if self._health.paused:
            return "paused"
        if self._trouble:
            return "backing off"
        return "failing" if self._health.failures else "sending"

    async def rest(self, stopping: "asyncio.Task[bool]") -> None:
        """See `Worker`."""
        tasks = [task for _, task in self._busy.values()]
        await asyncio.wait(
            {stopping, *tasks},
            timeout=self._office.poll_interval_s,
            return_when=asyncio.FIRST_COMPLETED,
        )

    async def back_off(self, exc: Exception, stopping: "asyncio.Task[bool]") -> None:
        """See `Worker`."""
        self._failures += 1
        self._trouble = str(exc)
        wait_s = LEDGER_DOWN.wait_s(self._failures, self._office.chance())
        _log.warning("webhook_backs_off", subscription=self.name, why=str(exc), in_s=round(wait_s, 2))
        await asyncio.wait({stopping}, timeout=wait_s)

    async def turn(self) -> bool:
        """See `Worker`."""
        more = await self._looked()
        self._failures, self._trouble = 0, ""
        return more

    async def _looked(self) -> bool:
        """One look at what is to be done; True when there is more to do at once."""
        office = self._office
        await self._settle()
        until = await office.ledger(office.tide.reached)
        if until > self._position:
            now = office.clock()
            taken = await office.ledger(office.book.enqueue, self.name, until, self._webhook.wants, now)
            self._position = taken[0]
            self._look_at = now
        now = office.clock()
        if now >= self._look_at and self._room(now) and await self._permitted(now):
            await self._start(self._room(now), now)
        return until > self._position or bool(self._done)

    def _room(self, now: datetime) -> int:
        """How many more may be started; one, to find out whether a paused receiver works again."""
        if self._health.held_until is not None and now < self._health.held_until:
            return 0
        if self._gap and now < self._next_send_at:
            return 0
        most = 1 if self._health.paused or self._gap else self._webhook.at_once
        return max(0, most - len(self._busy))

    async def _start(self, room: int, now: datetime) -> None:
        office = self._office
        due = await office.ledger(
            office.book.due,
            self.name,
            now,
            room,
            but_not=tuple(self._busy),
            freshest=self._health.paused,
        )
        if len(due) < room:
            # Whoever replays does so in another process: we hear of it by looking.
            soon = now + LOOK_AT_LEAST
            following = await office.ledger(office.book.next_due, self.name, now)
            self._look_at = soon if following is None else min(following, soon)
        cases = {case_id for case_id, _ in self._busy.values()}
        for delivery in due:
            if delivery.event.case_id in cases:
                continue
            task = asyncio.create_task(self._one(delivery))
            self._busy[delivery.event.row] = (delivery.event.case_id, task)
            self._next_send_at = now + self._gap

    async def _one(self, delivery: Delivery) -> None:
        """Post one event. It stays busy until what became of it is written down."""
        started_at = self._office.clock()
        body = delivery.event.encoded(self._office.source)
        headers = headers_of(body, self._secrets, started_at) | {
            "Clearway-Attempt": str(delivery.attempts + 1)
        }
        try:
            reply = await self._office.poster.send("POST", self._webhook.url, headers, body)
            answer = reply.answer
        except Exception as exc:  # noqa: BLE001 - one odd answer must not stop all others
            answer = Answer(status=None, why=f"a fault in the program: {type(exc).__name__}")
        self._done.append(_Tried(delivery, answer, started_at))

    async def _settle(self) -> None:
        """Write down what became of tries; only then may the next event of their cases come."""
        if not self._done:
            return
        office, now = self._office, self._office.clock()
        tried = list(self._done)
        health, settled = self._health, []
        recovered = False
        for item in tried:
            was_paused = health.paused
            health = rules.health_after(health, item.answer, office.patience, now, office.chance())
            recovered |= was_paused and not health.paused
            settled.append(self._settled(item, now))
        dead_until = rules.given_up(health, office.patience, now)
        await office.ledger(
            office.book.settle, self.name, settled, health, now, recovered=recovered, dead_until=dead_until
        )
        del self._done[: len(tried)]
        self._look_at = now
        for item in tried:
            self._busy.pop(item.delivery.event.row, None)
        for outcome in settled:
            self._tell(outcome, now)
        self._heard(health)

    def _settled(self, item: _Tried, now: datetime) -> Settled:
        delivery, office = item.delivery, self._office
        fate = rules.fate(
            item.answer,
            delivery.attempts + 1,
            delivery.first_try_at or item.started_at,
            rule=office.patience,
            at=now,
            chance=office.chance(),
        )
        return Settled(delivery=delivery, fate=fate, status=item.answer.status, started_at=item.started_at)

    def _tell(self, outcome: Settled, now: datetime) -> None:
        verdict, event = outcome.fate.verdict, outcome.delivery.event
        metrics.ATTEMPTS.labels(self.name, verdict.value).inc()
        line = {
            "hop": "webhook",
            "id": event.id,
            "case": event.case_id,
            "type": event.type,
            "subscription": self.name,
            "attempt": outcome.delivery.attempts + 1,
            "status": outcome.status,
        }
        if verdict is Verdict.TAKEN:
            metrics.DELIVERED.labels(self.name).inc()
            metrics.LATENCY.labels(self.name).observe(max(0.0, (now - event.at).total_seconds()))
            _log.info("delivered", **line)
        else:
            write = _log.error if verdict is Verdict.NEVER else _log.warning
            write("dead" if verdict is Verdict.NEVER else "tried_in_vain", **line, why=outcome.fate.why)

    def _heard(self, health: Health) -> None:
        """Take the receiver's health over, and say so when it changes for operators."""
        if health.paused and not self._health.paused:
            remedy = "events wait; it is asked again by itself. `clearway webhooks test` asks at once"
            _log.error("receiver_paused", subscription=self.name, why=health.why, remedy=remedy)
        elif self._health.paused and not health.paused:
            _log.info("receiver_works_again", subscription=self.name, was=self._health.why)
        self._health = health
        metrics.PAUSED.labels(self.name).set(health.paused)

    async def _permitted(self, now: datetime) -> bool:
        """Whether the receiver lets us, where we are to ask."""
        if not self._webhook.handshake or (self._permitted_until is not None and now < self._permitted_until):
            return True
        office = self._office
        headers = {"User-Agent": USER_AGENT, handshake.REQUEST_ORIGIN: office.origin}
        found = handshake.read(await office.poster.send("OPTIONS", self._webhook.url, headers), office.origin)
        if isinstance(found, handshake.Permission):
            self._permitted_until = now + PERMISSION_LASTS
            self._gap = timedelta(minutes=1) / found.a_minute if found.a_minute else timedelta()
            return True
        # Without permission nothing may be sent: paused at the first refusal.
        strict = replace(office.patience, pause_after=1)
        health = rules.health_after(self._health, found, strict, now, office.chance())
        await office.ledger(office.book.note_health, self.name, health)
        self._heard(health)
        return False

    async def finish(self) -> None:
        """See `Worker`: what is under way may end, and what came of it is written down."""
        tasks = {task for _, task in self._busy.values()}
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=STOP_WITHIN_S)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        try:
            await self._settle()
        except ClearwayError as exc:
            _log.warning("webhook_not_settled", subscription=self.name, why=str(exc))


def headers_of(body: bytes, secrets: Sequence[str], at: datetime) -> dict[str, str]:
    """The headers that every event is posted with."""
    return {
        "User-Agent": USER_AGENT,
        "Content-Type": CONTENT_TYPE,
        "Accept": "*/*",
        signature.HEADER: signature.sign(secrets, body, int(at.timestamp())),
    }
