"""Case events on a Kafka topic: every event, keyed by its case, in the order of the outbox.

The producer is idempotent (acks=all, numbered batches), so that the client's own retries neither double nor
reorder. Our place in the outbox moves on when a whole batch is acknowledged: after a crash in between, that
batch comes again with the same ids.

The client is aiokafka: the stream's library brings it along already, it shares our event loop, and needs no
compiled library of its own. Only this file knows it.
"""

import asyncio
import random
import ssl
from collections.abc import Callable
from datetime import datetime
from typing import Any

import structlog
from aiokafka import AIOKafkaProducer  # type: ignore[import-untyped] # ships no types
from aiokafka.errors import KafkaError, MessageSizeTooLargeError  # type: ignore[import-untyped]

from cases import outgoing
from cases.case_event import CONTENT_TYPE, CaseEvent
from cases.database import Database
from cases.topic.settings import TopicSettings
from cases.webhooks import metrics
from cases.webhooks.book import CHUNK, DeliveryBook
from cases.webhooks.courier import utc_now
from cases.webhooks.ledger_thread import LedgerThread, Tide
from cases.webhooks.records import Kind
from cases.webhooks.rules import Health
from cases.webhooks.turns import take_turns
from models.backoff import Backoff
from models.errors import ConfigurationError, TransportDown

AGAIN = Backoff(first_s=0.5, limit_s=60.0)
HEADERS = [("content-type", CONTENT_TYPE.encode())]
CLOSE_WITHIN_S = 3.0

_log = structlog.get_logger("clearway.connect")


class TopicRelay:
    """Copies the outbox to a topic, until told to stop.

    Args:
        database: the ledger.
        settings: of the topic.
        source: of our events.
        poll_interval_s: how often the outbox is looked at.
        clock: aware wall-clock time.
        chance: random numbers in 0..1.

    Raises:
        ConfigurationError: certificates cannot be read.
    """

    def __init__(
        self,
        database: Database,
        settings: TopicSettings,
        source: str,
        *,
        poll_interval_s: float = 0.2,
        clock: Callable[[], datetime] = utc_now,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.name = name_of(settings)
        self._database = database
        self._settings = settings
        self._source = source
        self._poll_interval_s = poll_interval_s
        self._clock = clock
        self._chance = chance
        self._tls = _tls(settings)
        self._book = DeliveryBook(database)
        self._tide = Tide(database)
        self._ledger = LedgerThread()
        self._producer: AIOKafkaProducer | None = None
        self._position = 0
        self._health = Health()

    async def run(self, stop: asyncio.Event) -> None:
        """Produce until `stop` is set."""
        await take_turns(self, stop, outlasts=(TransportDown, KafkaError, TimeoutError, OSError))

    def close(self) -> None:
        """End the thread for the ledger."""
        self._ledger.close()

    def status(self) -> dict[str, Any]:
        """How it is doing, ready for JSON."""
        return {
            "state": "failing" if self._health.failures else "sending",
            "position": self._position,
            "failures": self._health.failures,
            "trouble": self._health.why or None,
        }

    async def attach(self) -> None:
        """See `Worker`."""
        start = 0 if self._settings.start == "beginning" else await self._ledger(self._tide.reached)
        await self._ledger(self._book.attach, self.name, Kind.TOPIC, start)
        self._position = await self._ledger(self._book.position, self.name)

    async def turn(self) -> bool:
        """Copy one batch (see `Worker`)."""
        until = await self._ledger(self._tide.reached)
        if until <= self._position:
            return False
        events = await self._ledger(self._read, until)
        await self._produce(events)
        position = events[-1].row if len(events) == CHUNK else until
        await self._ledger(self._book.advance, self.name, position, Health())
        self._position, self._health = position, Health()
        self._count(events)
        return position < until

    def _read(self, until: int) -> list[CaseEvent]:
        with self._database.read() as connection:
            return outgoing.events(connection, self._position, until, CHUNK)

    async def _produce(self, events: list[CaseEvent]) -> None:
        """Hand over a batch; returns when brokers have all of it."""
        if self._producer is None:
            producer = self._new_producer()
            # Kept before it is started: whatever goes wrong in between, it is closed.
            self._producer = producer
            await producer.start()
        under_way = [await self._send(self._producer, event) for event in events]
        sent = [future for future in under_way if future is not None]
        # All of them, also after the first failure: none may be left running when the batch comes again.
        outcomes = await asyncio.gather(*sent, return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome

    async def _send(self, producer: AIOKafkaProducer, event: CaseEvent) -> "asyncio.Future[Any] | None":
        value, key = event.encoded(self._source), event.case_id.encode()
        try:
            found: asyncio.Future[Any] = await producer.send(
                self._settings.topic, value=value, key=key, headers=HEADERS
            )
        except MessageSizeTooLargeError as exc:
            # It will never fit, and must not hold up all others.
            await self._ledger(self._book.bury, self.name, event, str(exc), self._clock())
            _log.error("dead", hop="topic", id=event.id, case=event.case_id, why=str(exc))
            return None
        return found

    def _new_producer(self) -> AIOKafkaProducer:
        own = self._settings
        protocol = ("SASL_" if own.username else "") + ("SSL" if own.tls else "PLAINTEXT")
        credentials = (
            {
                "sasl_mechanism": own.mechanism,
                "sasl_plain_username": own.username,
                "sasl_plain_password": own.password.get_secret_value(),
            }
            if own.username
            else {}
        )
        return AIOKafkaProducer(
            bootstrap_servers=list(own.brokers),
            client_id="clearway-connect",
            enable_idempotence=True,
            acks="all",
            linger_ms=5,
            request_timeout_ms=int(own.timeout_s * 1000),
            security_protocol=protocol,
            ssl_context=self._tls,
            **credentials,
        )

    async def rest(self, stopping: "asyncio.Task[bool]") -> None:
        """See `Worker`."""
        await asyncio.wait({stopping}, timeout=self._poll_interval_s)

    async def finish(self) -> None:
        """See `Worker`."""
        await self._drop_producer()

    async def back_off(self, exc: Exception, stopping: "asyncio.Task[bool]") -> None:
        """Say so, wait, and begin with a fresh producer: some of its faults are final (see `Worker`)."""
        await self._drop_producer()
        why = f"{type(exc).__name__}: {exc}"
        failures = self._health.failures + 1
        since = self._health.failing_since or self._clock()
        self._health = Health(failures=failures, failing_since=since, why=why)
        metrics.ATTEMPTS.labels(self.name, "later").inc()
        wait_s = AGAIN.wait_s(failures, self._chance())
        _log.warning("topic_backs_off", topic=self._settings.topic, why=why, in_s=round(wait_s, 2))
        await asyncio.wait({stopping}, timeout=wait_s)

    async def _drop_producer(self) -> None:
        producer, self._producer = self._producer, None
        if producer is None:
            return
        try:
            async with asyncio.timeout(CLOSE_WITHIN_S):
                await producer.stop()
        except (KafkaError, TimeoutError, OSError) as exc:
            _log.warning("topic_not_closed", why=str(exc))

    def _count(self, events: list[CaseEvent]) -> None:
        now = self._clock()
        metrics.DELIVERED.labels(self.name).inc(len(events))
        metrics.ATTEMPTS.labels(self.name, "taken").inc(len(events))
        for event in events:
            metrics.LATENCY.labels(self.name).observe(max(0.0, (now - event.at).total_seconds()))
            _log.info("delivered", hop="topic", id=event.id, case=event.case_id, type=event.type)


def name_of(settings: TopicSettings) -> str:
    """What the topic's place in the outbox is kept under; no webhook can be called so."""
    return f"{Kind.TOPIC.value}:{settings.topic}"[:100]


def _tls(settings: TopicSettings) -> ssl.SSLContext | None:
    if not settings.tls:
        return None
    context = ssl.create_default_context()
    if settings.ca_file is not None:
        try:
            context.load_verify_locations(settings.ca_file)
        except (OSError, ssl.SSLError) as exc:
            remedy = "give a file of certificates in PEM form"
            key = "connect.kafka.ca_file"
            raise ConfigurationError.of(
                str(settings.ca_file), f"cannot be used: {exc}", remedy, key=key
            ) from exc
    return context
