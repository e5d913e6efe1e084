"""Writing to the embedded log's file, one transaction at a time. Used by one thread only."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from ingest.log_file import (
    APPLICATION_ID,
    OFFSET_MASK,
    SCHEMA,
    SCHEMA_VERSION,
    Lane,
    LogReader,
    Topic,
    check_identity,
    connect,
    place_of,
    translated,
)

WAL_LIMIT_BYTES = 64 << 20
"""A write-ahead log that once grew large is cut back to this after its checkpoint."""


class NewEntry(NamedTuple):
    """One entry on its way in; its offset is given when it is written."""

    lane: Lane
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    headers: bytes | None


class Standing(NamedTuple):
    """How far one group of consumers is in one lane."""

    consumers: str
    lane: Lane
    offset: int


class LogWriter:
    """The one writing connection. Offsets are given out inside the transaction that stores them.

    So a transaction that fails (a full disk) leaves no hole: the next one starts where it would have.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with translated(path):
            self._db = connect(path)
            try:
                self._prepare()
                with LogReader(path) as reader:
                    self._next = reader.next_offsets()
                    self.topics = reader.topics
                    self.lane_ids = reader.lane_ids
            except BaseException:
                self._db.close()
                raise

    def _prepare(self) -> None:
        fresh = not check_identity(self._db, self.path)
        if fresh:
            # only a database without tables can be told to give pages back later
            self._db.execute("PRAGMA auto_vacuum=INCREMENTAL")
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.execute(f"PRAGMA journal_size_limit={WAL_LIMIT_BYTES}")
        if fresh:
            self._db.executescript(
                f"BEGIN IMMEDIATE; PRAGMA application_id={APPLICATION_ID}; "
                f"PRAGMA user_version={SCHEMA_VERSION}; {SCHEMA} COMMIT;"
            )

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with translated(self.path):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:
                # SQLite itself rolls back on some errors, a full disk among them
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    def write(self, entries: Sequence[NewEntry], standings: Iterable[Standing] = ()) -> list[int]:
        """Store entries and progress, all or nothing.

        Returns:
            The entries' offsets, in their order.
        """
        ahead: dict[Lane, int] = {}
        offsets: list[int] = []
        rows = []
        for entry in entries:
            offset = ahead.get(entry.lane, self._next[entry.lane])
            ahead[entry.lane] = offset + 1
            offsets.append(offset)
            rows.append((place_of(self.lane_ids[entry.lane], offset), *entry[1:]))
        with self._transaction() as db:
            db.executemany("INSERT INTO entry VALUES (?, ?, ?, ?, ?)", rows)
            db.executemany(
                "INSERT INTO progress VALUES (?, ?, ?) "
                "ON CONFLICT DO UPDATE SET next = max(next, excluded.next)",
                [(who, self.lane_ids[lane], offset) for who, lane, offset in standings],
            )
        self._next.update(ahead)
        return offsets

    def declare(self, topic: Topic) -> None:
        """Make a topic, or change how long an existing one keeps its entries."""
        with self._transaction() as db:
            db.execute(
                "INSERT INTO topic VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE "
                "SET compacting = excluded.compacting, retention_s = excluded.retention_s",
                topic,
            )
            db.executemany(
                "INSERT OR IGNORE INTO lane (topic, partition) VALUES (?, ?)",
                [(topic.name, partition) for partition in range(topic.partitions)],
            )
        with LogReader(self.path) as reader:
            self._next = reader.next_offsets() | self._next
            self.topics = reader.topics
            self.lane_ids = reader.lane_ids

    def forget(self, consumers: str) -> None:
        """Drop a group's progress: it no longer holds entries back."""
        with self._transaction() as db:
            db.execute("DELETE FROM progress WHERE consumers = ?", (consumers,))

    def next_offset(self, lane: Lane) -> int:
        """The offset the lane's next entry will get."""
        return self._next[lane]

    def standings(self, lane: Lane) -> dict[str, int]:
        """How far each group is in a lane."""
        with translated(self.path):
            rows = self._db.execute(
                "SELECT consumers, next FROM progress WHERE lane = ?", (self.lane_ids[lane],)
            )
            return dict(rows.fetchall())

    def ages(self, lane: Lane, limit: int) -> list[tuple[int, int]]:
        """The oldest entries of a lane as (offset, timestamp in ms)."""
        lane_id = self.lane_ids[lane]
        with translated(self.path):
            rows = self._db.execute(
                "SELECT place, timestamp_ms FROM entry WHERE place >= ? AND place < ? ORDER BY place LIMIT ?",
                (place_of(lane_id, 0), place_of(lane_id + 1, 0), limit),
            ).fetchall()
        return [(place & OFFSET_MASK, timestamp_ms) for place, timestamp_ms in rows]

    def keys(self, lane: Lane, start: int, limit: int) -> list[tuple[int, bytes | None, bool, int]]:
        """A stretch of a lane as (offset, key, is a tombstone, timestamp in ms)."""
        lane_id = self.lane_ids[lane]
        with translated(self.path):
            rows = self._db.execute(
                "SELECT place, key, value IS NULL, timestamp_ms FROM entry "
                "WHERE place >= ? AND place < ? ORDER BY place LIMIT ?",
                (place_of(lane_id, start), place_of(lane_id + 1, 0), limit),
            ).fetchall()
        return [(place & OFFSET_MASK, key, bool(gone), at) for place, key, gone, at in rows]

    def delete_before(self, lane: Lane, offset: int) -> int:
        """Delete the entries below an offset; returns how many there were."""
        lane_id = self.lane_ids[lane]
        with self._transaction() as db:
            # an emptied lane must still know which offsets it has given out
            db.execute("UPDATE lane SET next = ? WHERE id = ?", (self._next[lane], lane_id))
            return db.execute(
                "DELETE FROM entry WHERE place >= ? AND place < ?",
                (place_of(lane_id, 0), place_of(lane_id, offset)),
            ).rowcount

    def delete(self, lane: Lane, offsets: Iterable[int]) -> int:
        """Delete single entries; returns how many there were."""
        lane_id = self.lane_ids[lane]
        places = [(place_of(lane_id, offset),) for offset in offsets]
        with self._transaction() as db:
            db.executemany("DELETE FROM entry WHERE place = ?", places)
        return len(places)

    def _pragma(self, name: str) -> int:
        with translated(self.path):
            return int(self._db.execute(f"PRAGMA {name}").fetchone()[0])

    def used_bytes(self) -> int:
        """What the entries take, without pages that are free for the next ones."""
        pages = self._pragma("page_count") - self._pragma("freelist_count")
        return pages * self._pragma("page_size")

    def free_pages(self) -> tuple[int, int]:
        """Pages free inside the file, and pages in all."""
        return self._pragma("freelist_count"), self._pragma("page_count")

    def give_back(self, pages: int) -> None:
        """Cut up to so many free pages off the file."""
        with translated(self.path):
            self._db.execute(f"PRAGMA incremental_vacuum({pages})").fetchall()

    def limit_pages(self, pages: int) -> None:
        """Stand in for a disk of that size: SQLite then says what it says when a disk is full."""
        self._pragma(f"max_page_count={pages}")

    def checkpoint(self) -> None:
        """Bring the write-ahead log into the file, so that the file really shrinks."""
        with translated(self.path):
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()


def lanes_of(topics: Mapping[str, Topic], name: str) -> list[Lane]:
    """The lanes of a topic, none if it is unknown."""
    topic = topics.get(name)
    return [Lane(name, partition) for partition in range(topic.partitions)] if topic else []
