"""Faust's seam for transports, over the embedded log: the same app as on Kafka, without Kafka.

Registered as `sqlitelog` in the `faust.transports` entry-point group, so that an app chooses by URL alone:
`sqlitelog:///var/lib/clearway/log.db` or `kafka://broker:9092` (the latter registered over
Faust's own name, for `StrictCommits`). Bounds go into the query:
`sqlitelog:///…/log.db?max_bytes=2000000000&retention_s=86400`.

One difference reaches the app's constructor: with Kafka the brokers' group protocol tells the app which
partitions are its own; here one process owns all of them, which `Assignor` says. `app_options(url)` gives
the keyword arguments for either.
"""

import asyncio
from collections.abc import Awaitable, Iterable, Mapping
from dataclasses import fields
from datetime import timedelta
from typing import Any

from faust.transport import base
from faust.transport.drivers import aiokafka
from faust.types import TP, AppT, ConsumerMessage, RecordMetadata
from faust.types.assignor import PartitionAssignorT
from mode.utils.times import want_seconds
from yarl import URL

from ingest.embedded_log import Appended, EmbeddedLog, Headers, LogLimits
from ingest.log_consumer import LogConsumer
from ingest.strict_commits import StrictCommits
from models.errors import ConfigurationError, TransportDown

SCHEME = "sqlitelog"


def app_options(url: str) -> dict[str, object]:
    """Keyword arguments that `faust.App` needs besides the broker's URL, by its scheme."""
    return {"PartitionAssignor": Assignor} if URL(url).scheme == SCHEME else {}


class Assignor(PartitionAssignorT):  # type: ignore[misc]  # faust ships no types
    """One process owns every partition, as an active: there is nobody to stand by."""

    def __init__(self, app: AppT, replicas: int = 0) -> None:
        self.app = app
        self.replicas = replicas

    def group_for_topic(self, topic: str) -> int:  # noqa: ARG002 - Faust's signature
        """There is one group of topics."""
        return 0

    def assigned_standbys(self) -> set[TP]:
        """None."""
        return set()

    def assigned_actives(self) -> set[TP]:
        """All."""
        return set(self.app.consumer.assignment())

    def is_active(self, tp: TP) -> bool:
        """Whether this process works on a partition: if it subscribed, yes."""
        return tp in self.app.consumer.assignment()

    def is_standby(self, tp: TP) -> bool:  # noqa: ARG002 - Faust's signature
        """Never."""
        return False

    def key_store(self, topic: str, key: bytes) -> URL:  # noqa: ARG002 - Faust's signature
        """Every key of every table is here."""
        url: URL = self.app.conf.canonical_url
        return url

    def external_key_store(self, topic: str, key: bytes) -> URL:
        """The same for topics of other apps."""
        return self.key_store(topic, key)

    def table_metadata(self, topic: str) -> dict[str, Any]:  # noqa: ARG002 - Faust's signature
        """Nothing to tell other workers: there are none."""
        return {}

    def tables_metadata(self) -> dict[str, Any]:
        """Nothing to tell other workers: there are none."""
        return {}


class LogProducer(base.Producer):  # type: ignore[misc]  # faust ships no types
    """Appends what the app sends."""

    lost: Exception | None = None
    """Why a change of a table did not reach its changelog. Nobody awaits those, so no later progress
    may be committed: the app has to stop, and to recover from what is there."""

    @property
    def _log(self) -> EmbeddedLog:
        log: EmbeddedLog = self.transport.log
        return log

    async def on_start(self) -> None:
        """Open the log, or share it with the consumer."""
        self.lost = None
        self.transport.acquire()
        await super().on_start()

    async def on_shutdown(self) -> None:
        """Give the log back, after Faust has emptied its own buffer."""
        await super().on_shutdown()
        await self.transport.release()

    async def create_topic(
        self,
        topic: str,
        partitions: int,
        replication: int,  # noqa: ARG002 - there is nothing to replicate it to
        *,
        retention: timedelta | float | None = None,
        compacting: bool | None = None,
        **_kafka_only: object,
    ) -> None:
        """Make a topic as Faust describes it."""
        await self.transport.declare(topic, partitions, retention, compacting=bool(compacting))

    async def send(  # noqa: PLR0917 - Faust's signature
        self,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        partition: int | None,
        timestamp: float | None,
        headers: Mapping[str, bytes] | Iterable[tuple[str, bytes]] | None,
        *,
        transactional_id: str | None = None,  # noqa: ARG002 - Faust's signature
    ) -> Awaitable[RecordMetadata]:
        """Take a message in; the answer resolves when it is durable."""
        await self.transport.ensure(topic)
        future = await self._log.append(
            topic,
            value,
            key=key,
            partition=partition,
            timestamp=timestamp or None,
            headers=_as_headers(headers),
        )
        answer: asyncio.Future[RecordMetadata] = asyncio.get_running_loop().create_future()
        future.add_done_callback(lambda done: self._answer(topic, done, answer))
        return answer

    def _answer(
        self,
        topic: str,
        done: "asyncio.Future[Appended]",
        answer: "asyncio.Future[RecordMetadata]",
    ) -> None:
        error = done.exception()
        if isinstance(error, Exception) and topic in self.app.tables.changelog_topics:
            self.lost = error
        if answer.done():
            return
        if error is None:
            answer.set_result(_as_metadata(done.result()))
        else:
            answer.set_exception(error)

    async def send_and_wait(  # noqa: PLR0917 - Faust's signature
        self,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        partition: int | None,
        timestamp: float | None,
        headers: Mapping[str, bytes] | Iterable[tuple[str, bytes]] | None,
        *,
        transactional_id: str | None = None,  # noqa: ARG002 - Faust's signature
    ) -> RecordMetadata:
        """Send, and wait until it is durable."""
        return await (await self.send(topic, key, value, partition, timestamp, headers))

    async def flush(self) -> None:
        """Wait until everything sent so far is durable or has failed."""
        await self.buffer.flush()
        await self._log.flush()

    def key_partition(self, topic: str, key: bytes) -> TP:
        """Where a key's entries go."""
        return TP(topic, self._log.partition_for(topic, key))

    def supports_headers(self) -> bool:
        """It does."""
        return True


def _as_headers(
    headers: Mapping[str, bytes] | Iterable[tuple[str, bytes]] | None,
) -> Headers:
    pairs = headers.items() if isinstance(headers, Mapping) else headers or ()
    return tuple((name, content) for name, content in pairs)


def _as_metadata(appended: Appended) -> RecordMetadata:
    return RecordMetadata(
        topic=appended.lane.topic,
        partition=appended.lane.partition,
        topic_partition=TP(*appended.lane),
        offset=appended.offset,
        timestamp=appended.timestamp_ms / 1000.0,
        timestamp_type=0,
    )


class Transport(base.Transport):  # type: ignore[misc]  # faust ships no types
    """Owns the log while the app's producer or consumer runs, and closes it after the last of them."""

    Consumer = LogConsumer
    Producer = LogProducer
    default_port = 0
    driver_version = "sqlitelog-1"

    def __init__(self, url: list[URL], app: AppT, loop: asyncio.AbstractEventLoop | None = None) -> None:
        super().__init__(url, app, loop)
        self._open: EmbeddedLog | None = None
        self._users = 0

    @property
    def log(self) -> EmbeddedLog:
        """The log, while it is open."""
        if self._open is None:
            raise TransportDown(f"{self.url[0]}: not open; start the app or its producer first")
        return self._open

    def acquire(self) -> None:
        """Open the log unless it is."""
        if self._open is None:
            path, limits = _read_url(self.url[0], self.app.conf.topic_partitions)
            self._open = EmbeddedLog(path, limits)
        self._users += 1

    async def release(self) -> None:
        """Close the log if nobody uses it any more."""
        self._users -= 1
        if self._users == 0 and self._open is not None:
            log, self._open = self._open, None
            await log.close()

    async def declare(
        self, topic: str, partitions: int, retention: timedelta | float | None, *, compacting: bool
    ) -> None:
        """Make a topic as Faust describes it."""
        await self.log.declare(
            topic,
            partitions=partitions,
            compacting=compacting,
            retention_s=want_seconds(retention) if retention else None,
        )

    async def ensure(self, topic: str) -> None:
        """Make a topic that is not there yet, with what the app says about it anywhere."""
        if topic in self.log.topics:
            return
        for channel in tuple(self.app.topics):
            if topic in channel.topics:
                await channel.declare()
                break
        if topic not in self.log.topics:
            await self.log.declare(topic)


def _read_url(url: URL, partitions: int) -> tuple[str, LogLimits]:
    bounds = {field.name: field.type for field in fields(LogLimits) if field.name != "partitions"}
    given: dict[str, Any] = {"partitions": partitions}
    for name, text in url.query.items():
        if name not in bounds:
            raise ConfigurationError.of(
                str(url), f"no such bound {name!r}", f"use {', '.join(bounds)}", key="broker"
            )
        try:
            given[name] = int(text) if name.endswith(("_bytes", "_entries")) else float(text)
        except ValueError as exc:
            raise ConfigurationError.of(
                str(url), f"{name} is {text!r}", "give a number", key="broker"
            ) from exc
    if not url.path.startswith("/"):
        raise ConfigurationError.of(
            str(url), "names no file", "write sqlitelog:///absolute/path/log.db", key="broker"
        )
    return url.path, LogLimits(**given)


class KafkaConsumer(StrictCommits, aiokafka.Consumer):  # type: ignore[misc]  # faust ships no types
    """Faust's consumer of Kafka, with commits that never run ahead."""

    def _to_message(self, tp: TP, record: object) -> ConsumerMessage:
        message = super()._to_message(tp, record)
        already_read = self._read_offset[tp]
        if already_read is None or message.offset >= already_read:  # or Faust will drop it
            self.deliver(message)
        return message

    async def perform_seek(self) -> None:
        """Go back to what is committed, on every partition."""
        for tp in self.assignment():
            self.forget(tp)
        await super().perform_seek()

    async def _seek(self, partition: TP, offset: int) -> None:
        self.forget(partition)
        await super()._seek(partition, offset)


class KafkaTransport(aiokafka.Transport):  # type: ignore[misc]  # faust ships no types
    """Faust's transport for Kafka, with that consumer."""

    Consumer = KafkaConsumer


# by the names that Faust calls them
Consumer = LogConsumer
Producer = LogProducer
