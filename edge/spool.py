"""The spool: what the centre has not yet confirmed, on disk, in order.

One SQLite file holds observations, pictures and the eye's memory, so that an observation and the memory
that it was made become durable together: a crash between them can neither lose nor repeat a stay.
"""

import logging
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from models.errors import ConfigurationError, StorageFull
from models.records import SpoolHealth

SCHEMA = """
CREATE TABLE IF NOT EXISTS events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS pictures (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, sha256 TEXT NOT NULL UNIQUE, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS memory (name TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS dropped (kind TEXT PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID;
"""
KEEP_FREE = 0.1
"""Share of the bound that dropping makes free at once, so that it does not happen at every entry."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that waits: an observation by its id, or a picture by its SHA-256."""

    seq: int
    id: str
    body: bytes


class Spool:
    """Bounded and durable; safe to use from several threads.

    Args:
        path: the file; its folder is made.
        max_bytes: bound of what waits. When it is reached, or the disk is full, the oldest pictures go
            first and observations last, each loss counted and logged.

    Raises:
        ConfigurationError: the file is no spool or cannot be opened.
    """

    def __init__(self, path: Path, max_bytes: int) -> None:
        self._path = path
        self._max_bytes = max_bytes
        self._lock = threading.RLock()
        self.added = threading.Event()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            self._db.execute("PRAGMA busy_timeout=10000")
            self._db.executescript(SCHEMA)
            self._bytes = self._measure()
        except (sqlite3.Error, OSError) as exc:
            remedy = "move the file away to start with an empty spool"
            raise ConfigurationError.of(str(path), f"cannot be used as a spool: {exc}", remedy) from exc

    def put(
        self,
        events: Sequence[tuple[str, bytes]] = (),
        pictures: Sequence[tuple[str, bytes]] = (),
        memory: Iterable[tuple[str, bytes]] = (),
    ) -> None:
        """Keep observations (id, body), pictures (sha256, body) and memories (name, body), all or none.

        An empty memory is forgotten.

        Raises:
            StorageFull: there is no room even after dropping everything that may be dropped.
        """
        memory = list(memory)
        size = sum(len(body) for _, body in (*events, *pictures))
        with self._lock, self._saying_full():
            if self._bytes + size > self._max_bytes:
                self._shrink_to(self._max_bytes - size - int(KEEP_FREE * self._max_bytes))
            try:
                self._write(events, pictures, memory)
            except sqlite3.OperationalError as exc:
                if not _is_full(exc):
                    raise
                self._shrink_to(self._bytes - max(size * 2, self._bytes // 4))
                self._write_what_fits(events, pictures, memory)
        self.added.set()

    def events(self, *, after: int = 0, limit: int = 100) -> list[Entry]:
        """The oldest observations that wait, in order."""
        return self._entries(
            "SELECT seq, id, body FROM events WHERE seq > ? ORDER BY seq LIMIT ?", after, limit
        )

    def pictures(self, *, after: int = 0, limit: int = 4) -> list[Entry]:
        """The oldest pictures that wait, in order."""
        return self._entries(
            "SELECT seq, sha256, body FROM pictures WHERE seq > ? ORDER BY seq LIMIT ?", after, limit
        )

    def newest(self, kind: Literal["events", "pictures"]) -> int:
        """The number of the entry kept last, also if it waits no more; 0 before the first."""
        with self._lock:
            row = self._db.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (kind,)).fetchone()
        return 0 if row is None else int(row[0])

    def confirm(self, ids: Iterable[str]) -> None:
        """Drop what the centre has confirmed. Unknown ids are fine: a receipt may come twice.

        Raises:
            StorageFull: not even that can be written down; everything still waits.
        """
        rows = [(name,) for name in ids]
        freed = 0
        with self._lock, self._saying_full():
            with self._transaction():
                for query in (
                    "DELETE FROM events WHERE id = ? RETURNING length(body)",
                    "DELETE FROM pictures WHERE sha256 = ? RETURNING length(body)",
                ):
                    for row in rows:
                        freed += sum(size for (size,) in self._db.execute(query, row).fetchall())
            self._bytes -= freed

    def remember(self, name: str, body: bytes) -> None:
        """Keep a memory by itself.

        Raises:
            StorageFull: the disk is full.
        """
        self.put(memory=[(name, body)])

    def recall(self, name: str) -> bytes | None:
        """A memory, or None."""
        with self._lock:
            row = self._db.execute("SELECT body FROM memory WHERE name = ?", (name,)).fetchone()
        return None if row is None else bytes(row[0])

    def health(self) -> SpoolHealth:
        """What waits, and what was lost to a full disk so far."""
        with self._lock:
            (events,) = self._db.execute("SELECT count(*) FROM events").fetchone()
            (pictures,) = self._db.execute("SELECT count(*) FROM pictures").fetchone()
            dropped = dict(self._db.execute("SELECT kind, n FROM dropped"))
            return SpoolHealth(
                events=events,
                pictures=pictures,
                bytes=self._bytes,
                dropped_events=dropped.get("events", 0),
                dropped_pictures=dropped.get("pictures", 0),
            )

    def limit_pages(self, pages: int) -> None:
        """Bound the file itself, as a full disk would (for trying what happens then)."""
        with self._lock:
            self._db.execute(f"PRAGMA max_page_count = {int(pages)}")

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def _write(
        self,
        events: Sequence[tuple[str, bytes]],
        pictures: Sequence[tuple[str, bytes]],
        memory: Sequence[tuple[str, bytes]],
    ) -> None:
        added = 0
        with self._transaction():
            for query, rows in (
                ("INSERT OR IGNORE INTO pictures (sha256, body) VALUES (?, ?)", pictures),
                ("INSERT OR IGNORE INTO events (id, body) VALUES (?, ?)", events),
            ):
                # A repeat changes no row, and takes no room.
                added += sum(len(row[1]) for row in rows if self._db.execute(query, row).rowcount)
            self._db.executemany(
                "INSERT OR REPLACE INTO memory (name, body) VALUES (?, ?)", [row for row in memory if row[1]]
            )
            self._db.executemany(
                "DELETE FROM memory WHERE name = ?", [(name,) for name, body in memory if not body]
            )
        self._bytes += added

    def _write_what_fits(
        self,
        events: Sequence[tuple[str, bytes]],
        pictures: Sequence[tuple[str, bytes]],
        memory: Sequence[tuple[str, bytes]],
    ) -> None:
        """Everything, or else all but the pictures."""
        try:
            self._write(events, pictures, memory)
        except sqlite3.OperationalError as exc:
            if not pictures or not _is_full(exc):
                raise
            self._write(events, (), memory)
            self._count("pictures", len(pictures))
            log.error("spool %s full: %d new picture(s) not kept", self._path, len(pictures))  # noqa: TRY400 - no traceback

    def _shrink_to(self, bound: int) -> None:
        """Drop the oldest pictures, then the oldest observations, until no more bytes than this wait."""
        for kind in ("pictures", "events"):
            dropped = 0
            while self._bytes > bound and (rows := self._oldest(kind, self._bytes - bound)):
                with self._transaction():
                    self._db.execute(f"DELETE FROM {kind} WHERE seq <= ?", (rows[-1][0],))  # noqa: S608
                dropped += len(rows)
                self._bytes -= sum(size for _, size in rows)
            if dropped:
                self._count(kind, dropped)
                log.error("spool %s full: dropped the %d oldest %s", self._path, dropped, kind)

    def _oldest(self, kind: str, wanted: int) -> list[tuple[int, int]]:
        """The oldest few rows (seq, bytes), no more of them than it takes to free so many bytes."""
        query = f"SELECT seq, length(body) FROM {kind} ORDER BY seq LIMIT 20"  # noqa: S608
        rows: list[tuple[int, int]] = []
        for row in self._db.execute(query).fetchall():
            if sum(size for _, size in rows) >= wanted:
                break
            rows.append(row)
        return rows

    def _count(self, kind: str, n: int) -> None:
        with self._transaction():
            self._db.execute(
                "INSERT INTO dropped VALUES (?, ?) ON CONFLICT (kind) DO UPDATE SET n = n + excluded.n",
                (kind, n),
            )

    def _measure(self) -> int:
        (size,) = self._db.execute(
            "SELECT (SELECT coalesce(sum(length(body)), 0) FROM events)"
            " + (SELECT coalesce(sum(length(body)), 0) FROM pictures)"
        ).fetchone()
        return int(size)

    def _entries(self, query: str, after: int, limit: int) -> list[Entry]:
        with self._lock:
            rows = self._db.execute(query, (after, limit)).fetchall()
        return [Entry(seq, name, bytes(body)) for seq, name, body in rows]

    @contextmanager
    def _saying_full(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as exc:
            if not _is_full(exc):
                raise
            raise StorageFull(f"spool {self._path} is full: {exc}; free the disk") from exc

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise


def _is_full(exc: sqlite3.OperationalError) -> bool:
    return "full" in str(exc) or "disk I/O error" in str(exc)
