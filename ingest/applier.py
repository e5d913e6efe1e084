"""From the log to the ledger: batches, one transaction each, acknowledged only afterwards.

Whatever happens, nothing is acknowledged that is not in the ledger or in the dead-letter topic: the
ledger down means wait, a single bad observation means find it and set it aside.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

import structlog

from cases.arrivals import Applied, Arrival, Condition, DeadLetter, SealedEvidence
from cases.ledger import Ledger
from ingest import metrics
from ingest.conclude import Conclusion, conclude, read
from models.backoff import Backoff
from models.errors import BadRecord, StorageFull, TransportDown

MAX_BATCH = 500
"""A backlog is worked off in transactions of half a second; others who write wait no longer."""
MAX_WAITING = 4 * MAX_BATCH
RETRY = Backoff(first_s=0.2, limit_s=10.0)

log = structlog.get_logger("clearway.ingest")
SetAside = Callable[[str, bytes, BadRecord], Awaitable[None]]


class LogEvent(Protocol):
    """One message of the log, as the stream hands it over."""

    @property
    def message(self) -> Any:  # noqa: ANN401 - the library's message: topic, partition, offset
        """Where it stands."""

    @property
    def value(self) -> bytes:
        """The observation's bytes."""


@dataclass(frozen=True, slots=True)
class _Item:
    event: LogEvent
    conclusion: Conclusion | None
    bad: BadRecord | None


class Applier:
    """Takes events from the stream, applies them in order, and acknowledges them.

    Args:
        ledger: the truth.
        policies: names of the ladders there are.
        future_s: how far ahead a device's clock may be.
        acknowledge: marks an event as done.
        set_aside: puts bytes on the dead-letter topic and waits until they are durable there.
    """

    def __init__(
        self,
        ledger: Ledger,
        policies: frozenset[str],
        future_s: float,
        *,
        acknowledge: Callable[[LogEvent], Awaitable[object]],
        set_aside: SetAside,
    ) -> None:
        self._ledger = ledger
        self._policies = policies
        self._future_s = future_s
        self._acknowledge = acknowledge
        self._set_aside = set_aside
        self._queue: asyncio.Queue[LogEvent] = asyncio.Queue(MAX_WAITING)
        self.applied = 0
        self.trouble = ""

    async def put(self, event: LogEvent) -> None:
        """Hand over one event; waits while too many are under way."""
        await self._queue.put(event)

    async def run(self) -> None:
        """Apply until cancelled. A cancelled batch is not acknowledged and comes again."""
        while True:
            events = [await self._queue.get()]
            while len(events) < MAX_BATCH and not self._queue.empty():
                events.append(self._queue.get_nowait())
            metrics.WAITING.set(self._queue.qsize() + len(events))
            await self._settle([self._item(event) for event in events])
            for event in events:
                await self._acknowledge(event)
            metrics.WAITING.set(self._queue.qsize())

    def _item(self, event: LogEvent) -> _Item:
        now = datetime.now(UTC)
        try:
            return _Item(
                event,
                conclude(read(event.value, now, self._future_s, self._policies), event.value, now),
                None,
            )
        except BadRecord as exc:
            return _Item(event, None, exc)

    async def _settle(self, items: Sequence[_Item]) -> None:
        """Everything in the ledger or set aside."""
        for item in items:
            if item.bad is not None:
                await self._refuse(item, item.bad)
        good = [item for item in items if item.conclusion is not None]
        failures = 0
        while good:
            try:
                await self._apply(good)
            except TransportDown as exc:
                failures += 1
                await self._wait(exc, failures)
            except Exception as exc:  # noqa: BLE001 - one bad observation must never stop the stream
                if len(good) > 1:
                    log.warning("batch does not fit, one by one", n=len(good), why=str(exc))
                    for item in good:
                        await self._settle([item])
                else:
                    bad = exc if isinstance(exc, BadRecord) else BadRecord("$", f"cannot be applied: {exc!r}")
                    await self._refuse(good[0], bad)
                return
            else:
                self.trouble = ""
                return

    async def _wait(self, why: Exception, failures: int) -> None:
        self.trouble = str(why)
        wait_s = RETRY.wait_s(failures, random.random())  # noqa: S311 - jitter
        log.warning("ledger or log refuses, waiting", why=str(why), retry_in_s=round(wait_s, 2))
        await asyncio.sleep(wait_s)

    async def _apply(self, items: Sequence[_Item]) -> None:
        began = time.perf_counter()
        applied = await asyncio.to_thread(self._write, [item.conclusion for item in items])
        metrics.APPLY_SECONDS.observe(time.perf_counter() - began)
        metrics.BATCH.observe(len(items))
        self.applied += len(items)
        for outcome in applied:
            said = "repeat" if outcome.repeat else outcome.change.value if outcome.change else "noted"
            metrics.APPLIED.labels(said).inc()
            log.info("observation", hop="ledger", id=outcome.event_id, case=outcome.case_id, outcome=said)

    def _write(self, conclusions: Sequence[Conclusion | None]) -> list[Applied]:
        for item in conclusions:
            # First: a camera that is blind sees nobody leave.
            if isinstance(item, Condition):
                self._ledger.note_condition(item)
        arrivals = [item for item in conclusions if isinstance(item, Arrival)]
        applied = self._ledger.apply(arrivals, datetime.now(UTC)) if arrivals else []
        for item in conclusions:
            if isinstance(item, SealedEvidence):
                self._note_packet(item)
        letters = [item for item in conclusions if isinstance(item, DeadLetter)]
        if letters:
            self._ledger.note_dead_letters(letters)
        return applied

    def _note_packet(self, item: SealedEvidence) -> None:
        """Keep sealed evidence, and see whether its device's chain is whole. A tear is said and kept."""
        manifest = item.packet.manifest
        self._ledger.note_packet(item.packet, datetime.now(UTC))
        trouble = self._ledger.watch_chain(item.packet, datetime.now(UTC))
        log.info("observation", hop="ledger", id=item.event_id, packet=manifest.number, outcome="sealed")
        if trouble:
            log.warning("chain of evidence", device=manifest.device, why=trouble)

    async def _refuse(self, item: _Item, why: BadRecord) -> None:
        message = item.event.message
        place = f"{message.topic}/{message.partition}/{message.offset}"
        failures = 0
        while True:
            try:
                await self._set_aside(place, item.event.value, why)
            except (TransportDown, StorageFull) as exc:
                failures += 1
                await self._wait(exc, failures)
            else:
                self.trouble = ""
                break
        log.warning("observation refused", hop="ledger", place=place, field=why.field, why=why.problem)
