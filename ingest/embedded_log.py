"""A durable, partitioned log in one SQLite file: what a city's Kafka is, for one machine.

Appends are gathered and written by one thread, a transaction at a time (WAL, `synchronous=FULL`): while
one transaction is on its way to the disk the next one fills. So the event loop never waits for a disk,
a busy log costs few syncs, and an idle one answers within a millisecond or two. The future of an append
resolves after its commit and never before: what it promised survives `kill -9` and a power cut.

One process writes (`LogInUse` tells a second one who holds it); any number may read at the same time.
"""

import asyncio
import itertools
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import NamedTuple, Self

from aiokafka.partitioner import DefaultPartitioner  # type: ignore[import-untyped] # ships no types

from ingest.log_file import Entry, Headers, Lane, LogLock, LogReader, Topic, encode_headers
from ingest.log_thread import Append, Commit, Job, Order, Outcome, Round, WriterThread
from ingest.log_upkeep import LogLimits, Upkeep, UpkeepReport
from ingest.log_writer import LogWriter, NewEntry, Standing, lanes_of
from models.errors import TransportDown

__all__ = ["Appended", "EmbeddedLog", "Entry", "Headers", "Lane", "LogLimits", "LogReader", "Topic"]

_partitioner = DefaultPartitioner()


class Appended(NamedTuple):
    """Where an entry went. It is on the disk."""

    lane: Lane
    offset: int
    timestamp_ms: int


class EmbeddedLog:
    """The log, as its one writing process sees it. Belongs to one event loop.

    Args:
        path: the database file; its folder is made if it is missing.
        limits: how much to keep and how much to let wait.
        clock: UTC seconds since 1970, for timestamps and retention.

    Raises:
        LogInUse: another process writes to it.
        LogDamaged: the file is broken or no log.
        TransportDown: it cannot be opened or made.
    """

    def __init__(
        self,
        path: Path | str,
        limits: LogLimits | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.path = Path(path).resolve()
        self.limits = limits or LogLimits()
        self._clock = clock
        self._make_folder()
        self._lock = LogLock(self.path)
        try:
            self._writer = LogWriter(self.path)
            self._reader = LogReader(self.path)
        except BaseException:
            self._lock.release()
            raise
        self._next = self._reader.next_offsets()
        self._committed = self._reader.committed()
        self._listeners: list[Callable[[], None]] = []
        self._pending_entries = 0
        self._pending_bytes = 0
        self._queueing = 0
        self._turn = asyncio.Lock()
        self._room = asyncio.Event()
        self._closed = False
        upkeep = Upkeep(self._writer, self.limits, clock)
        self._thread = WriterThread(self._writer, upkeep, self.limits, self._settle)
        self._thread.start()

    @staticmethod
    def open_readonly(path: Path | str) -> LogReader:
        """Look into a log that another process may be writing. Takes no lock."""
        return LogReader(Path(path).resolve())

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self.close()

    def _make_folder(self) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as exc:
            raise TransportDown(f"log {self.path}: cannot make its folder ({exc}); check rights") from exc

    @property
    def topics(self) -> Mapping[str, Topic]:
        """Every topic by name."""
        return self._reader.topics

    def lanes(self, topic: str) -> list[Lane]:
        """The lanes of a topic, in order; none if it is unknown."""
        return lanes_of(self._reader.topics, topic)

    async def declare(
        self,
        topic: str,
        *,
        partitions: int | None = None,
        compacting: bool = False,
        retention_s: float | None = None,
    ) -> Topic:
        """Make a topic, or change how long an existing one keeps its entries.

        The number of partitions of an existing topic stays: its keys are spread over them.
        """
        known = self.topics.get(topic)
        count = known.partitions if known else partitions or self.limits.partitions
        wanted = Topic(topic, count, compacting, retention_s)
        if wanted != known:
            await self._order(lambda: self._writer.declare(wanted))
            self._reader.refresh()
            for lane in self.lanes(topic):
                self._next.setdefault(lane, 0)
        return wanted

    async def append(
        self,
        topic: str,
        value: bytes | None,
        *,
        key: bytes | None = None,
        partition: int | None = None,
        timestamp: float | None = None,
        headers: Headers = (),
    ) -> "asyncio.Future[Appended]":
        """Take an entry in; waits only while too much is on its way already.

        Args:
            topic: is made with the default number of partitions if nobody declared it.
            value: None is a tombstone.
            key: entries of one key go to one lane, the same one as in Kafka.
            partition: the lane, where the key shall not decide.
            timestamp: UTC seconds since 1970, now if left out. Kept in milliseconds, as in Kafka.
            headers: names and bytes.

        Returns:
            A future that resolves when the entry is durable. It fails with `StorageFull` if there is no
            room; the log goes on, and the offset is not used up.
        """
        if topic not in self.topics:
            await self.declare(topic)
        size = _checked_size(key, value, headers)
        at = self._clock() if timestamp is None else timestamp
        where = self.partition_for(topic, key) if partition is None else partition
        lane = Lane(topic, where)
        if lane not in self._next:
            raise ValueError(f"topic {topic} has {len(self.lanes(topic))} partitions, not {where}")
        await self._wait_for_room()
        self._pending_entries += 1
        self._pending_bytes += size
        entry = NewEntry(lane, int(at * 1000), key, value, encode_headers(headers))
        future: asyncio.Future[Appended] = asyncio.get_running_loop().create_future()
        self._put(Append(entry, size, future))
        return future

    async def _wait_for_room(self) -> None:
        if not self._queueing and not self._is_full():
            return
        self._queueing += 1
        try:
            async with self._turn:  # first come, first served
                while self._is_full() and not self._closed:
                    self._room.clear()
                    await self._room.wait()
        finally:
            self._queueing -= 1

    def _is_full(self) -> bool:
        return (
            self._pending_entries >= self.limits.pending_entries
            or self._pending_bytes >= self.limits.pending_bytes
        )

    def _put(self, job: Job) -> None:
        if self._closed:
            raise TransportDown(f"log {self.path}: closed")
        self._thread.put(job, asyncio.get_running_loop())

    async def _order(self, action: Callable[[], None]) -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._put(Order(action, future))
        await future

    def partition_for(self, topic: str, key: bytes | None) -> int:
        """The partition Kafka would choose: by hash of the key, any one without a key."""
        count = self.topics[topic].partitions
        if count == 1:
            return 0
        everything = range(count)
        return int(_partitioner(key, everything, everything))

    def read(self, lane: Lane, offset: int, *, max_entries: int = 500) -> list[Entry]:
        """Durable entries from an offset on, oldest first, across holes."""
        return self._reader.read(lane, offset, max_entries=max_entries)

    def earliest(self, lane: Lane) -> int:
        """The first offset still there, or the next one to come if the lane is empty."""
        return self._reader.earliest(lane)

    def next_offset(self, lane: Lane) -> int:
        """The offset the lane's next entry will get."""
        return self._next.get(lane, 0)

    def listen(self, on_news: Callable[[], None]) -> Callable[[], None]:
        """Be called in the event loop after entries became readable; returns how to stop that."""
        self._listeners.append(on_news)
        return lambda: self._listeners.remove(on_news)

    async def join(self, consumers: str, topics: Iterable[str]) -> None:
        """Say that a group consumes topics: from now on nothing it has not committed is deleted."""
        lanes = itertools.chain.from_iterable(self.lanes(topic) for topic in topics)
        known = self._committed.get(consumers, {})
        fresh = {lane: self.earliest(lane) for lane in lanes if lane not in known}
        if fresh:
            await self.commit(consumers, fresh)

    async def commit(self, consumers: str, offsets: Mapping[Lane, int]) -> None:
        """Record how far a group is; returns when that is durable.

        Args:
            consumers: the group's name.
            offsets: for each lane the next offset the group wants. Never goes back.

        Raises:
            StorageFull: no room; nothing was recorded.
        """
        standings = tuple(Standing(consumers, *standing) for standing in offsets.items())
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._put(Commit(standings, future))
        await future
        known = self._committed.setdefault(consumers, {})
        for lane, offset in offsets.items():
            known[lane] = max(offset, known.get(lane, 0))

    def committed(self, consumers: str) -> Mapping[Lane, int]:
        """How far a group is: the next offset it wants, for each lane it has joined."""
        return self._committed.get(consumers, {})

    async def forget(self, consumers: str) -> None:
        """Drop a group that no longer exists, so that it holds nothing back."""
        await self._order(lambda: self._writer.forget(consumers))
        self._committed.pop(consumers, None)

    async def flush(self) -> None:
        """Wait until everything appended before is written or has failed."""
        await self._order(lambda: None)

    async def upkeep(self) -> UpkeepReport:
        """Retain and compact now instead of in a minute; returns what was done."""
        future: asyncio.Future[UpkeepReport] = asyncio.get_running_loop().create_future()
        self._put(Round(future))
        return await future

    def _settle(self, outcomes: list[Outcome]) -> None:
        """In the event loop: the thread has finished these jobs."""
        news = False
        for job, result in outcomes:
            if isinstance(job, Append):
                self._pending_entries -= 1
                self._pending_bytes -= job.size
                if isinstance(result, int):
                    news = True
                    self._next[job.entry.lane] = result + 1
                    result = Appended(job.entry.lane, result, job.entry.timestamp_ms)  # noqa: PLW2901
            if job.future.done():
                continue  # whoever asked has gone
            if isinstance(result, BaseException):
                job.future.set_exception(result)
            else:
                job.future.set_result(result)
        self._room.set()
        if news:
            for on_news in tuple(self._listeners):
                on_news()

    async def close(self) -> None:
        """Write what is pending, then let go of the file. Doing so twice is harmless."""
        if self._closed:
            return
        self._closed = True
        self._room.set()
        await asyncio.to_thread(self._thread.finish)
        self._reader.close()
        self._writer.close()
        self._lock.release()


def _checked_size(key: bytes | None, value: bytes | None, headers: Headers) -> int:
    """Bytes an entry holds in memory; refuses what Kafka would refuse, too."""
    parts = (key, value, *(content for _, content in headers))
    for part in parts:
        if part is not None and not isinstance(part, bytes):
            raise TypeError(f"the log carries bytes, not {type(part).__name__}: {part!r:.60}")
    return sum(len(part) for part in parts if part is not None)
