"""How Faust reads the embedded log: delivery and positions.

A position moves when an event is handed over, not when it is fetched, so nothing fetched is dropped. What
may be committed is `StrictCommits`' business.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable, Mapping
from datetime import timedelta

from faust.types import TP, ConsumerMessage

from ingest.embedded_log import EmbeddedLog, Entry, Lane
from ingest.strict_commits import StrictCommits
from models.errors import StorageFull, TransportDown

FETCH_ENTRIES = 500
"""Entries of one partition read at once: some milliseconds of the event loop's time at 600 bytes."""

logger = logging.getLogger(__name__)


class LogConsumer(StrictCommits):
    """Delivers the log's entries to Faust's streams and commits what they are done with."""

    def __post_init__(self) -> None:
        """Faust's hook after construction."""
        super().__post_init__()
        self._assigned: set[TP] = set()
        self._position: dict[TP, int] = {}
        self._news = asyncio.Event()

    @property
    def _log(self) -> EmbeddedLog:
        log: EmbeddedLog = self.transport.log
        return log

    @property
    def _group(self) -> str:
        return str(self.app.conf.id)

    async def on_start(self) -> None:
        """Open the log, or share it with the producer."""
        await super().on_start()
        self.transport.acquire()
        self._unlisten = self._log.listen(self._news.set)

    async def on_stop(self) -> None:
        """Give the log back."""
        try:
            await super().on_stop()
        finally:
            self._unlisten()
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

    async def subscribe(self, topics: Iterable[str]) -> None:
        """Take over every partition of these topics, as after a rebalance of a group of one."""
        names = list(topics)
        for name in names:
            await self.transport.ensure(name)
        await self._log.join(self._group, filter(self.app.topics.acks_enabled_for, names))
        assigned = {TP(*lane) for name in names for lane in self._log.lanes(name)}
        self.app.on_rebalance_start()
        # not awaited: assigning waits for the subscription to be done
        self.add_future(self._rebalance(assigned))

    async def _rebalance(self, assigned: set[TP]) -> None:
        await self.on_partitions_revoked(set(self._assigned))
        self._assigned = assigned
        generation = self.app.consumer_generation_id + 1
        self.app.consumer_generation_id = generation
        await self.seek_to_committed()
        await self.on_partitions_assigned(set(assigned), generation)
        self._news.set()

    def _new_topicpartition(self, topic: str, partition: int) -> TP:
        return TP(topic, partition)

    async def getmany(
        self,
        timeout: float,  # noqa: ASYNC109 - Faust's signature
    ) -> AsyncIterator[tuple[TP, ConsumerMessage]]:
        """Hand over what is readable, or wait a while for something to be.

        Overridden whole: Faust's own drops what it fetched for a partition that was paused meanwhile,
        and sleeps a second whenever every stream's buffer is full.
        """
        if not self.flow_active:
            await self.wait(self.can_resume_flow)
        records = await self._getmany(self._active_partitions, timeout)
        generation = self.app.consumer_generation_id
        for tp in records:
            self.app.monitor.track_tp_end_offset(tp, self.highwater(tp))
        for tp, (expected, entry) in self.scheduler.iterate(records):
            if not self.flow_active or generation != self.app.consumer_generation_id:
                return
            if tp in self._active_partitions and self._position.get(tp) == expected:
                self._position[tp] = entry.offset + 1
                message = self._to_message(tp, entry)
                self.deliver(message)
                yield tp, message

    async def _getmany(
        self,
        active_partitions: set[TP] | None,
        timeout: float,  # noqa: ASYNC109 - Faust's signature
    ) -> dict[TP, list[tuple[int, Entry]]]:
        self._news.clear()
        records = self._read(active_partitions or ())
        if not records and not self.should_stop:
            await self.wait_first(self._news.wait(), timeout=timeout)
            records = self._read(active_partitions or ())
        return records

    def _read(self, tps: Iterable[TP]) -> dict[TP, list[tuple[int, Entry]]]:
        records = {}
        for tp in tuple(tps):
            position = self._position.get(tp)
            if position is None or position >= self.highwater(tp):
                continue
            entries = self._log.read(Lane(*tp), position, max_entries=FETCH_ENTRIES)
            if entries:
                follows = [position, *(entry.offset + 1 for entry in entries)]
                records[tp] = list(zip(follows, entries, strict=False))
        return records

    def _to_message(self, tp: TP, record: Entry) -> ConsumerMessage:
        return ConsumerMessage(
            tp.topic,
            tp.partition,
            record.offset,
            record.timestamp_ms / 1000.0,
            0,
            list(record.headers),
            record.key,
            record.value,
            None,
            tp=tp,
            generation_id=self.app.consumer_generation_id,
        )

    def on_buffer_drop(self, tp: TP) -> None:
        """A stream's buffer has room again: read on at once."""
        super().on_buffer_drop(tp)
        self._news.set()

    def resume_partitions(self, tps: Iterable[TP]) -> None:
        """Read from these partitions, at once."""
        super().resume_partitions(tps)
        self._news.set()

    async def seek_to_committed(self) -> dict[TP, int]:
        """Go back to what is committed; whatever was delivered since will be again."""
        committed = self._log.committed(self._group)
        offsets = {tp: committed.get(Lane(*tp), 0) for tp in self._assigned}
        for tp, offset in offsets.items():
            self._move(tp, offset)
        return offsets

    async def _seek(self, partition: TP, offset: int) -> None:
        self._move(partition, offset)

    def _move(self, tp: TP, offset: int) -> None:
        self._position[tp] = offset
        self.forget(tp)
        self._news.set()

    async def seek_wait(self, partitions: Mapping[TP, int]) -> None:
        """Go to these offsets."""
        for tp, offset in partitions.items():
            await self.seek(tp, offset)

    def _should_commit(self, tp: TP, offset: int) -> bool:
        # Faust remembers a commit even when it failed; the log remembers what is durable
        return not self.frozen and offset > self._log.committed(self._group).get(Lane(*tp), 0)

    async def _commit(self, offsets: Mapping[TP, int]) -> bool:
        if self.app.producer.lost is not None:
            await self.crash(self.app.producer.lost)
            return False
        try:
            await self._log.commit(self._group, {Lane(*tp): at for tp, at in offsets.items()})
        except (StorageFull, TransportDown) as exc:
            logger.error("progress not recorded, trying again at the next commit: %s", exc)  # noqa: TRY400
            return False
        return True

    async def position(self, tp: TP) -> int | None:
        """The offset that is delivered next."""
        return self._position.get(tp)

    def assignment(self) -> set[TP]:
        """Every partition of every subscribed topic."""
        return set(self._assigned)

    def highwater(self, tp: TP) -> int:
        """The offset the partition's next entry will get."""
        return self._log.next_offset(Lane(*tp))

    async def highwaters(self, *tps: TP) -> dict[TP, int]:
        """The offset each partition's next entry will get."""
        return {tp: self.highwater(tp) for tp in tps}

    async def earliest_offsets(self, *tps: TP) -> dict[TP, int]:
        """The first offset still there: a recovering table starts at it, not at 0."""
        return {tp: self._log.earliest(Lane(*tp)) for tp in tps}

    def topic_partitions(self, topic: str) -> int | None:
        """How many partitions a topic has, None if it is unknown."""
        return len(self._log.lanes(topic)) or None

    def key_partition(self, topic: str, key: bytes | None, partition: int | None = None) -> int | None:
        """Where a key's entries go."""
        return self._log.partition_for(topic, key) if partition is None else partition
