"""What the embedded log may forget, and forgetting it in slices short enough to write in between.

The rules are functions of numbers. The chores at the end apply them to a file; they yield between
transactions, so that an append never waits for more than one slice.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from ingest.log_file import Lane
from ingest.log_writer import LogWriter, lanes_of

SLICE_ENTRIES = 1000
"""Entries a slice deletes: about 10 ms on a small machine."""

SLICE_PAGES = 1000
"""Pages a slice cuts off the file (4 MB)."""

TRIM_TARGET = 0.8
"""Trimming starts at this part of the bound, so that writers meet the bound only if consumers stand."""

RESERVE_SHARE = 10
"""One page in so many stays free for the next entries, instead of being cut off and grown again."""

RESERVE_PAGES = 64
"""A file smaller than this is not worth cutting."""

COMPACT_FROM = 500
"""A changelog shorter than this is read back in milliseconds anyway."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLimits:
    """How much the log keeps and how much it lets wait.

    Attributes:
        partitions: lanes of a topic that nobody declared.
        retention_s: how long consumed entries stay where their topic says nothing.
        tombstone_s: how long a changelog remembers that a key is gone. A day, as in Kafka.
        max_bytes: bound of the file. Consumed entries go early at 80 % of it; at 100 % appends are
            refused, except to changelogs, without which consumers could not work the rest off.
        pending_entries: appends that may wait to be written before senders have to.
        pending_bytes: the same in bytes of keys and values.
        upkeep_every_s: how often retention and compaction look.
    """

    partitions: int = 8
    retention_s: float = 7 * 86_400.0
    tombstone_s: float = 86_400.0
    max_bytes: int = 8 << 30
    pending_entries: int = 4_000
    pending_bytes: int = 32 << 20
    upkeep_every_s: float = 60.0


@dataclass(slots=True)
class UpkeepReport:
    """What one round did.

    Attributes:
        aged_out: entries deleted because they were old enough.
        trimmed: entries deleted because the file is near its bound.
        compacted: changelog entries deleted because a newer one has their key.
        held_back: groups of consumers whose uncommitted entries kept the file above its target.
    """

    aged_out: int = 0
    trimmed: int = 0
    compacted: int = 0
    held_back: tuple[str, ...] = field(default=())


def deletable_below(standings: Iterable[int], next_offset: int) -> int:
    """The offset below which every group of consumers is done; all of it where nobody consumes."""
    return min(standings, default=next_offset)


def expired_below(ages: Sequence[tuple[int, int]], floor: int, cutoff_ms: float) -> int:
    """How far a lane's oldest entries may go for their age.

    Stops at the first entry that is too young, so that what is left is always one stretch, even when a
    device delivered old entries late.

    Args:
        ages: (offset, timestamp in ms), oldest first.
        floor: nothing from this offset on may go.
        cutoff_ms: entries before this are old enough.

    Returns:
        The offset below which to delete; 0 for nothing.
    """
    below = 0
    for offset, timestamp_ms in ages:
        if offset >= floor or timestamp_ms >= cutoff_ms:
            break
        below = offset + 1
    return below


def is_compaction_due(kept: int, fresh: int) -> bool:
    """Whether reading back a changelog would be mostly reading what is out of date."""
    return fresh >= max(COMPACT_FROM, kept)


class Superseded:
    """Finds, entry by entry along a changelog, those that a newer one has made pointless."""

    def __init__(self, newest_offset: int, tombstones_before_ms: float) -> None:
        self._newest_offset = newest_offset
        self._tombstones_before_ms = tombstones_before_ms
        self._holder: dict[bytes, int] = {}
        self._old_tombstones: dict[bytes, int] = {}

    def see(self, offset: int, key: bytes | None, gone: bool, timestamp_ms: int) -> int | None:
        """Look at the next entry; returns the offset of an older one that may go now."""
        if key is None:
            return None
        older = self._holder.get(key)
        self._holder[key] = offset
        self._old_tombstones.pop(key, None)
        if gone and timestamp_ms < self._tombstones_before_ms and offset < self._newest_offset:
            self._old_tombstones[key] = offset
        return older

    def old_tombstones(self) -> list[int]:
        """At the end: tombstones old enough that every reader has seen them.

        Never the lane's newest entry: a recovering table waits until it has read exactly that one.
        """
        return sorted(self._old_tombstones.values())

    @property
    def kept(self) -> int:
        """How many entries are left."""
        return len(self._holder) - len(self._old_tombstones)


class Upkeep:
    """Applies the rules to a file, round after round."""

    def __init__(self, writer: LogWriter, limits: LogLimits, clock: Callable[[], float]) -> None:
        self._writer = writer
        self._limits = limits
        self._clock = clock
        self._compacted_at: dict[Lane, tuple[int, int]] = {}

    def round(self, report: UpkeepReport) -> Iterator[None]:
        """One round over everything; fills in the report and yields after every slice."""
        for topic in tuple(self._writer.topics):
            for lane in lanes_of(self._writer.topics, topic):
                yield from self._age_out(lane, report)
                yield from self._compact(lane, report)
        yield from self._trim(report)
        yield from self._give_back()

    def _floor(self, lane: Lane) -> int:
        next_offset = self._writer.next_offset(lane)
        floor = deletable_below(self._writer.standings(lane).values(), next_offset)
        if self._writer.topics[lane.topic].compacting:
            floor = min(floor, next_offset - 1)  # recovering tables wait for the newest entry
        return floor

    def _age_out(self, lane: Lane, report: UpkeepReport) -> Iterator[None]:
        topic = self._writer.topics[lane.topic]
        if topic.compacting and topic.retention_s is None:
            return  # a table's only copy: its age says nothing
        keep_s = self._limits.retention_s if topic.retention_s is None else topic.retention_s
        cutoff_ms = (self._clock() - keep_s) * 1000
        while True:
            ages = self._writer.ages(lane, SLICE_ENTRIES)
            below = expired_below(ages, self._floor(lane), cutoff_ms)
            if not below:
                return
            report.aged_out += self._writer.delete_before(lane, below)
            yield

    def _compact(self, lane: Lane, report: UpkeepReport) -> Iterator[None]:
        next_offset = self._writer.next_offset(lane)
        kept, seen = self._compacted_at.get(lane, (0, 0))
        if not self._writer.topics[lane.topic].compacting:
            return
        if not is_compaction_due(kept, next_offset - seen):
            return
        tombstones_before_ms = (self._clock() - self._limits.tombstone_s) * 1000
        superseded = Superseded(next_offset - 1, tombstones_before_ms)
        start = 0
        while stretch := self._writer.keys(lane, start, SLICE_ENTRIES):
            start = stretch[-1][0] + 1
            doomed = [older for entry in stretch if (older := superseded.see(*entry)) is not None]
            if doomed:
                report.compacted += self._writer.delete(lane, doomed)
            yield
        report.compacted += self._writer.delete(lane, superseded.old_tombstones())
        self._compacted_at[lane] = (superseded.kept, start)
        yield

    def _trim(self, report: UpkeepReport) -> Iterator[None]:
        target = self._limits.max_bytes * TRIM_TARGET
        while self._writer.used_bytes() > target:
            lane = self._oldest_deletable()
            if lane is None:
                report.held_back = self._say_who_holds_back()
                return
            ages = self._writer.ages(lane, SLICE_ENTRIES)
            below = min(self._floor(lane), ages[-1][0] + 1)
            report.trimmed += self._writer.delete_before(lane, below)
            yield

    def _oldest_deletable(self) -> Lane | None:
        found: list[tuple[int, Lane]] = []
        for name, topic in self._writer.topics.items():
            if topic.compacting:
                continue
            for lane in lanes_of(self._writer.topics, name):
                head = self._writer.ages(lane, 1)
                if head and head[0][0] < self._floor(lane):
                    found.append((head[0][1], lane))
        return min(found)[1] if found else None

    def _say_who_holds_back(self) -> tuple[str, ...]:
        behind: dict[str, int] = {}
        for lane in self._writer.lane_ids:
            for consumers, offset in self._writer.standings(lane).items():
                missing = self._writer.next_offset(lane) - offset
                behind[consumers] = behind.get(consumers, 0) + missing
        behind = {consumers: missing for consumers, missing in behind.items() if missing}
        logger.error(
            "log %s: %d MB used of %d and nothing left that everybody has consumed; behind: %s. Start "
            "those consumers, or drop a group that no longer exists with EmbeddedLog.forget",
            self._writer.path,
            self._writer.used_bytes() >> 20,
            self._limits.max_bytes >> 20,
            ", ".join(f"{who} by {missing} entries" for who, missing in behind.items()) or "nobody",
        )
        return tuple(behind)

    def _give_back(self) -> Iterator[None]:
        free, total = self._writer.free_pages()
        surplus = free - total // RESERVE_SHARE
        if surplus < RESERVE_PAGES:
            return
        while surplus > 0:
            self._writer.give_back(min(surplus, SLICE_PAGES))
            surplus -= SLICE_PAGES
            yield
        self._writer.checkpoint()
