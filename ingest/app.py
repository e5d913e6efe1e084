"""The Faust app, built by a function: the same on the embedded log and on Kafka.

What Faust is used for: topics, partitions, consumer groups, keyed order, commits, timers. What it is not
trusted with (measured, see docs/adr/0002): an agent that raises loses its event, so agents only hand over;
concurrency is 1; effects are idempotent in the ledger; events are acknowledged by hand, in order, after
the ledger has them.
"""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import faust
import structlog

from cases.ledger import Ledger
from ingest import metrics
from ingest.applier import Applier
from ingest.deadletters import letter, refuse
from ingest.settings import IngestSettings
from ingest.transport import app_options
from models.errors import BadRecord, TransportDown

OBSERVATIONS = "clearway-observations"
DEAD_LETTERS = "clearway-dead-letters"
CLOSE_UNSEEN_EVERY_S = 5.0
LOOK_AT_CLOCK_EVERY_S = 0.5
"""Steps and deadlines are due within a second; others write them too, so nobody sleeps until the next."""

log = structlog.get_logger("clearway.ingest")


@dataclass(slots=True)
class Stream:
    """The running stream: the app, and how to put things on its log.

    Attributes:
        app: the Faust app.
        applier: from the log to the ledger.
    """

    app: Any
    applier: Applier
    tasks: list["asyncio.Task[None]"] = field(default_factory=list)

    async def start(self) -> None:
        """Start the app and the applier."""
        await self.app.start()
        self.tasks.append(asyncio.create_task(self.applier.run(), name="applier"))

    async def stop(self) -> None:
        """Stop reading, then stop applying: what was not applied comes again at the next start."""
        await self.app.stop()
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    async def append(self, key: str, raw: bytes) -> "asyncio.Future[Any]":
        """Put one observation on the log; the result is done when it is durable there."""
        return await self._send(OBSERVATIONS, key.encode(), raw, {})

    async def set_aside(self, origin: str, payload: bytes, why: BadRecord) -> None:
        """Put bytes that cannot be used on the dead-letter topic, and wait until they are durable."""
        refused = refuse(origin, payload, why, datetime.now(UTC))
        await (await self._send(DEAD_LETTERS, refused.key, refused.value, refused.headers))
        metrics.DEAD.labels(why.field[:60]).inc()

    async def _send(
        self, topic: str, key: bytes, value: bytes, headers: dict[str, bytes]
    ) -> "asyncio.Future[Any]":
        sent = await self.app.producer.send(topic, key, value, None, None, headers)
        durable: asyncio.Future[Any] = asyncio.ensure_future(sent)
        return durable


def build(
    settings: IngestSettings,
    log_url: str,
    ledger: Ledger,
    policies: frozenset[str],
    folder: Path,
    **options: object,
) -> Stream:
    """Make the app.

    Args:
        settings: partitions and limits.
        log_url: `sqlitelog:///…` or `kafka://…`.
        ledger: where conclusions go.
        policies: names of the ladders there are.
        folder: where Faust may keep files of its own; it makes one in the current folder otherwise.
        options: of Faust, on top of ours, for a Kafka that wants other time-outs.
    """
    app = faust.App(
        "clearway",
        broker=log_url,
        store="memory://",
        datadir=str(folder),
        topic_partitions=settings.partitions,
        processing_guarantee="at_least_once",
        stream_wait_empty=False,
        broker_commit_interval=1.0,
        consumer_auto_offset_reset="earliest",
        web_enabled=False,
        **{**app_options(log_url), **options},
    )
    observations = _topic(app, OBSERVATIONS)
    dead_letters = _topic(app, DEAD_LETTERS)
    stream: Stream

    async def set_aside(origin: str, payload: bytes, why: BadRecord) -> None:
        await stream.set_aside(origin, payload, why)

    async def acknowledge(event: Any) -> None:  # noqa: ANN401 - the library's event
        event.ack()

    applier = Applier(ledger, policies, settings.future_s, acknowledge=acknowledge, set_aside=set_aside)
    stream = Stream(app, applier)

    @app.agent(observations, concurrency=1, name="observations")  # type: ignore[untyped-decorator]
    async def _observations(events: Any) -> None:  # noqa: ANN401
        events.enable_acks = False
        async for event in events.events():
            await applier.put(event)

    @app.agent(dead_letters, concurrency=1, name="dead_letters")  # type: ignore[untyped-decorator]
    async def _dead_letters(events: Any) -> None:  # noqa: ANN401
        events.enable_acks = False
        async for event in events.events():
            await _show(ledger, event)
            event.ack()

    _keep_time(app, ledger)
    return stream


def _keep_time(app: Any, ledger: Ledger) -> None:  # noqa: ANN401
    """What happens to cases because time passes."""

    @app.timer(interval=CLOSE_UNSEEN_EVERY_S)  # type: ignore[untyped-decorator]
    async def _close_unseen() -> None:
        try:
            await asyncio.to_thread(ledger.close_unseen, datetime.now(UTC))
        except TransportDown as exc:
            log.warning("ledger refuses, unseen cases wait", why=str(exc))

    @app.timer(interval=LOOK_AT_CLOCK_EVERY_S)  # type: ignore[untyped-decorator]
    async def _run_due() -> None:
        try:
            # What fell due while nobody looked is done part by part, oldest first.
            while await asyncio.to_thread(ledger.run_due, datetime.now(UTC)):
                pass
        except (TransportDown, BadRecord) as exc:
            log.warning("ledger refuses, steps and deadlines wait", why=str(exc))


def _topic(app: Any, name: str) -> Any:  # noqa: ANN401
    """Raw bytes: our own records, checked by ourselves."""
    return app.topic(
        name,
        key_type=bytes,
        value_type=bytes,
        key_serializer="raw",
        value_serializer="raw",
        internal=True,
    )


async def _show(ledger: Ledger, event: Any) -> None:  # noqa: ANN401
    """Make a dead letter visible in the ledger; retried until it is."""
    message = event.message
    place = f"{message.topic}/{message.partition}/{message.offset}"
    shown = letter(place, event.value or b"", dict(event.headers or {}))
    while True:
        try:
            await asyncio.to_thread(ledger.note_dead_letters, [shown])
        except TransportDown as exc:
            log.warning("ledger refuses, dead letter waits", why=str(exc))
            await asyncio.sleep(1.0)
        except BadRecord as exc:
            log.error("dead letter cannot be shown", place=place, why=str(exc))  # noqa: TRY400
            return
        else:
            return
