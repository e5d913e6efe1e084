"""The notifier's loop: finds what is due, keeps several sends going, and never stops for one of them."""

import asyncio
import random
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from cases.notices.book import NoticeBook
from cases.notices.queue import Waiting
from cases.notices.records import DueStep, Pending
from models.errors import ConfigurationError, TransportDown
from notifier import metrics
from notifier.backoff import retry_at
from notifier.courier import Courier, no_link
from notifier.gate import Gate
from notifier.ledger_desk import LedgerDesk
from notifier.messages import messages_of
from notifier.outcomes import ACCEPTED, FAILING, QUIET, Outcome, Turn
from notifier.owners import OwnerRegistry
from notifier.senders.seam import Sender
from notifier.settings import NotifierSettings, RetrySettings

STOP_WITHIN_S = 3.0
"""Sends under way may finish for so long; what does not is in doubt and will be asked for."""
MISHAP_PAUSE = timedelta(seconds=60)
"""Before a step is tried again that failed for a reason in our own program or templates."""
DOWN_RETRY = RetrySettings(first_s=0.2, most_s=10.0)
COUNT_EVERY_S = 1.0

_log = structlog.get_logger()


def utc_now() -> datetime:
    """Aware wall-clock time."""
    return datetime.now(UTC)


@dataclass(slots=True)
class _Tally:
    """What the status page shows."""

    turns: dict[str, int] = field(default_factory=dict)
    latencies_s: deque[float] = field(default_factory=lambda: deque(maxlen=500))
    last_accepted_at: datetime | None = None
    last_failure: str = ""
    waiting: int = 0


class Dispatcher:
    """Sends what is due, until told to stop.

    Args:
        book: writes of the ledger.
        registry: whom to write to.
        sender: who carries it.
        settings: of the notifier.
        count_waiting: how many steps and notices are due at a moment, for status and metrics.
        clock: aware wall-clock time.
        chance: random numbers in 0..1.
        texts: the scenes' message templates; those that ship without.
        link: the address of a case's page, for a notice's id at a time; empty for none.
    """

    def __init__(
        self,
        book: NoticeBook,
        registry: OwnerRegistry,
        sender: Sender,
        settings: NotifierSettings,
        *,
        count_waiting: Callable[[datetime], int] | None = None,
        clock: Callable[[], datetime] = utc_now,
        chance: Callable[[], float] = random.random,
        texts: Mapping[str, str] | None = None,
        link: Callable[[str, datetime], str] = no_link,
    ) -> None:
        self._book = book
        self._settings = settings
        self._count_waiting = count_waiting
        self._clock = clock
        self._chance = chance
        self._ledger = LedgerDesk(book.together)
        self._courier = Courier(
            book,
            registry,
            sender,
            messages_of(settings, texts),
            settings,
            ledger=self._ledger,
            clock=clock,
            chance=chance,
            link=link,
        )
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._tally = _Tally()
        self._running = False
        self._gate = Gate(settings.pace, settings.sends_at_once, settings.retry.closed_s, clock())
        self._closed_why = ""
        self._failures = 0
        self._retry_at: datetime | None = None
        self._counted_at: datetime | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set. Ends within a few seconds, with nothing lost."""
        self._running = True
        stopping = asyncio.create_task(stop.wait())
        try:
            while not stop.is_set():
                await self._look_for_work()
                await asyncio.wait(
                    {stopping, *self._busy.values()},
                    timeout=self._settings.poll_interval_s,
                    return_when=asyncio.FIRST_COMPLETED,
                )
        finally:
            stopping.cancel()
            await self._finish()
            self._running = False

    async def turn(self) -> None:
        """One look for work, and all that comes of it: for those who tell the clock themselves."""
        await self._look_for_work()
        await asyncio.gather(*self._busy.values())

    def status(self) -> dict[str, Any]:
        """What the notifier is doing, ready for JSON."""
        tally = self._tally
        ordered = sorted(tally.latencies_s)
        return {
            "state": self._state(),
            "under_way": len(self._busy),
            "waiting": tally.waiting,
            "turns": dict(tally.turns),
            "provider_closed": self._closed_why or None,
            "trouble": self._gate.trouble or None,
            "last_failure": tally.last_failure or None,
            "last_accepted_at": tally.last_accepted_at and tally.last_accepted_at.isoformat(),
            "latency_s": {"p50": _share(ordered, 0.5), "p99": _share(ordered, 0.99)},
        }

    def _state(self) -> str:
        if not self._running:
            return "stopped"
        if self._retry_at is not None:
            return "backing off"
        if self._closed_why:
            return "provider closed"
        return "provider in trouble" if self._gate.trouble else "sending"

    async def _look_for_work(self) -> None:
        now = self._clock()
        if self._retry_at is not None and now < self._retry_at:
            return
        try:
            await self._count(now)
            if self._gate.room(now, len(self._busy)):
                await self._start(now)
        except TransportDown as exc:
            self._back_off(exc)
            return
        self._failures, self._retry_at = 0, None

    async def _start(self, now: datetime) -> None:
        """Start what has its turn: first all that waits is looked at lightly, then those chosen are read."""
        waiting = await self._ledger(self._waiting, now)
        idle = [item for item in waiting if item.key not in self._busy]
        if not idle:
            return
        chosen = self._gate.choose(idle, now, len(self._busy))
        found = await self._ledger(self._read, chosen, now)
        for item in chosen:
            if item.key in found:
                self._begin(item.key, found[item.key])
            else:
                self._gate.heard([], now)

    def _waiting(self, now: datetime) -> list[Waiting]:
        return self._book.waiting(now) if self._book.anything_due(now) else []

    def _read(self, chosen: Sequence[Waiting], now: datetime) -> dict[str, DueStep | Pending]:
        """What was chosen, as it is now; what was done meanwhile is missing."""
        rows = [item.step for item in chosen if item.step is not None]
        ids = [item.notice for item in chosen if item.notice]
        steps = self._book.due(now, len(rows), rows=rows) if rows else []
        notices = self._book.pending(now, len(ids), ids=ids) if ids else []
        return {f"step {step.row}": step for step in steps} | {notice.id: notice for notice in notices}

    def _begin(self, key: str, item: DueStep | Pending) -> None:
        task = asyncio.create_task(self._one(item))
        self._busy[key] = task
        task.add_done_callback(lambda _: self._busy.pop(key, None))

    async def _one(self, item: DueStep | Pending) -> None:
        """One piece of work. Whatever goes wrong with it stays with it."""
        outcomes: list[Outcome] = []
        try:
            try:
                outcomes = await self._take(item)
            except TransportDown:
                raise
            except ConfigurationError as exc:
                await self._mishap(item, str(exc))
            except Exception as exc:  # noqa: BLE001 - one bad case must not silence all others
                # Only its kind: a foreign text or a traceback may show a number.
                await self._mishap(item, f"a fault in the program: {type(exc).__name__}")
        except TransportDown as exc:
            self._back_off(exc)
        self._gate.heard(outcomes, self._clock())
        metrics.PROVIDER_TROUBLE.set(1 if self._gate.trouble else 0)
        for outcome in outcomes:
            self._take_note(outcome)

    async def _take(self, item: DueStep | Pending) -> list[Outcome]:
        if isinstance(item, DueStep):
            return await self._courier.take_step(item)
        return await self._courier.take_again(item)

    async def _mishap(self, item: DueStep | Pending, why: str) -> None:
        until = self._clock() + MISHAP_PAUSE
        _log.error(
            "notice_mishap", case=item.case.id, step=item.step.id, why=why, next_try_at=until.isoformat()
        )
        self._tally.last_failure = why
        metrics.NOTICES.labels("mishap").inc()
        if isinstance(item, DueStep):
            await self._ledger(self._book.put_off, item, until, why)
        else:
            await self._ledger(self._book.delayed, item, why, until, in_doubt=True)

    def _take_note(self, outcome: Outcome) -> None:
        turn = outcome.turn
        self._tally.turns[turn.value] = self._tally.turns.get(turn.value, 0) + 1
        metrics.NOTICES.labels(turn.value).inc()
        write = _log.debug if turn in QUIET else _log.warning if turn in FAILING else _log.info
        write("notice", **outcome.line())
        if turn in FAILING:
            self._tally.last_failure = outcome.why
        if turn is Turn.CLOSED:
            self._provider_is_closed(outcome.why)
        elif turn in ACCEPTED:
            self._accepted(outcome)

    def _accepted(self, outcome: Outcome) -> None:
        self._tally.last_accepted_at = self._clock()
        if outcome.latency_s is not None:
            self._tally.latencies_s.append(outcome.latency_s)
            metrics.LATENCY.observe(max(outcome.latency_s, 0.0))
        if self._closed_why:
            _log.info("provider_open_again", was=self._closed_why)
            self._closed_why = ""
            metrics.PROVIDER_CLOSED.set(0)

    def _provider_is_closed(self, why: str) -> None:
        if not self._closed_why:
            _log.error("provider_closed", why=why, remedy="check the account; sending resumes by itself")
        self._closed_why = why
        metrics.PROVIDER_CLOSED.set(1)

    def _back_off(self, exc: TransportDown) -> None:
        self._failures += 1
        now = self._clock()
        self._retry_at = retry_at(self._failures, now, DOWN_RETRY, self._chance())
        self._tally.last_failure = str(exc)
        _log.warning("notifier_backs_off", why=str(exc), failures=self._failures)

    async def _count(self, now: datetime) -> None:
        if self._count_waiting is None:
            return
        if self._counted_at is not None and (now - self._counted_at).total_seconds() < COUNT_EVERY_S:
            return
        self._counted_at = now
        self._tally.waiting = await self._ledger(self._count_waiting, now)
        metrics.WAITING.set(self._tally.waiting)

    async def _finish(self) -> None:
        tasks = set(self._busy.values())
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=STOP_WITHIN_S)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        await asyncio.to_thread(self._ledger.close)


def _share(ordered: list[float], share: float) -> float | None:
    if not ordered:
        return None
    return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))], 3)
