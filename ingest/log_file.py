"""The file behind the embedded log: one SQLite database, its lock, and reading from it.

No threads and no event loop here. Every entry is one row whose integer key is its place: the number of
its lane (one partition of one topic) in the high bits and its offset in the low 40. So a lane is one
contiguous range of the table's own B-tree, and reading on is a range scan without a second index.
"""

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple, Self
from urllib.parse import quote

import msgspec

from models.errors import LogDamaged, LogInUse, StorageFull, TransportDown

APPLICATION_ID = 0x436C776C
"""Written into the file's header, so that another SQLite file is never taken for a log."""

SCHEMA_VERSION = 1
OFFSET_BITS = 40
OFFSET_MASK = (1 << OFFSET_BITS) - 1
BUSY_TIMEOUT_S = 5.0
"""How long a foreign writer (an operator's `sqlite3` shell) may hold the file before we report it."""

SCHEMA = """
CREATE TABLE topic (
    name TEXT PRIMARY KEY, partitions INTEGER NOT NULL, compacting INTEGER NOT NULL, retention_s REAL
) WITHOUT ROWID;
CREATE TABLE lane (
    id INTEGER PRIMARY KEY, topic TEXT NOT NULL, partition INTEGER NOT NULL,
    next INTEGER NOT NULL DEFAULT 0, -- offsets below were given out, whatever has been deleted since
    UNIQUE (topic, partition)
);
CREATE TABLE entry (
    place INTEGER PRIMARY KEY, -- lane << 40 | offset
    timestamp_ms INTEGER NOT NULL, key BLOB, value BLOB, headers BLOB
);
CREATE TABLE progress (
    consumers TEXT NOT NULL, lane INTEGER NOT NULL, next INTEGER NOT NULL, PRIMARY KEY (consumers, lane)
) WITHOUT ROWID;
"""

Headers = tuple[tuple[str, bytes | None], ...]


class Lane(NamedTuple):
    """One partition of one topic: the unit that keeps order."""

    topic: str
    partition: int


class Topic(NamedTuple):
    """What is known of a topic.

    Attributes:
        name: as senders and readers say it.
        partitions: how many lanes it has; fixed once made, since keys are spread over them.
        compacting: keep the newest entry of each key instead of everything (table changelogs).
        retention_s: entries older than this may go, or None for the log's default.
    """

    name: str
    partitions: int
    compacting: bool
    retention_s: float | None


class Entry(NamedTuple):
    """One entry as it is read. A value of None under a key is a tombstone: the key is gone."""

    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    headers: Headers


def place_of(lane_id: int, offset: int) -> int:
    """The row key of an offset. `place_of(lane + 1, 0)` is where the lane ends."""
    return lane_id << OFFSET_BITS | offset


def encode_headers(headers: Headers) -> bytes | None:
    """Headers as one blob; none at all is the common case and costs nothing."""
    return msgspec.msgpack.encode(headers) if headers else None


_headers_decoder = msgspec.msgpack.Decoder(Headers)


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn what SQLite raises into what happens next.

    Raises:
        StorageFull: no room on the disk; room may come back.
        LogDamaged: the file is no database, or broken inside.
        TransportDown: it cannot be opened, read or written right now.
    """
    try:
        yield
    except sqlite3.Error as exc:
        raise _meaning(exc, path) from exc


def _meaning(exc: sqlite3.Error, path: Path) -> Exception:
    code = getattr(exc, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_FULL:
        return StorageFull(f"log {path}: no room for another entry ({exc}); free disk space")
    if code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
        return LogDamaged(
            f"log {path}: damaged, or not a log ({exc}); stop Clearway, move {path.name}* aside and "
            f"keep it (`sqlite3 {path.name} .recover` saves what is readable), then start again: a new "
            "log is made, and devices send again what has no receipt"
        )
    if code == sqlite3.SQLITE_BUSY:
        return TransportDown(f"log {path}: another program holds it ({exc}); close it")
    return TransportDown(f"log {path}: cannot be used ({exc}); check that it exists and its rights")


class LogLock:
    """The right to write one log, held for life. The kernel gives it back when the process dies."""

    def __init__(self, path: Path) -> None:
        self._file: int | None = None
        lock_path = path.with_name(path.name + ".lock")
        try:
            file = os.open(lock_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as exc:
            raise TransportDown(f"log {path}: cannot make {lock_path} ({exc}); check rights") from exc
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as exc:
            holder = os.pread(file, 32, 0).decode("ascii", "replace").strip() or "unknown"
            os.close(file)
            raise LogInUse(
                f"log {path}: process {holder} has it open and only one may write; stop that process, "
                "give this one another file, or use Kafka for several workers"
            ) from exc
        os.ftruncate(file, 0)
        os.pwrite(file, f"{os.getpid()}\n".encode(), 0)
        self._file = file

    def release(self) -> None:
        """Let the next process in. Doing so twice is harmless."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


def connect(path: Path, *, readonly: bool = False) -> sqlite3.Connection:
    """Open the database as it must be opened: by its own transactions, from whichever thread."""
    mode = "ro" if readonly else "rwc"
    return sqlite3.connect(
        f"file:{quote(str(path))}?mode={mode}",
        uri=True,
        timeout=BUSY_TIMEOUT_S,
        isolation_level=None,
        check_same_thread=False,
    )


def check_identity(db: sqlite3.Connection, path: Path) -> bool:
    """Whether the file is a log already; False if it is still empty.

    Raises:
        LogDamaged: it is a database of something else, or of a newer Clearway.
    """
    (tables,) = db.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if not tables:
        return False
    (application,) = db.execute("PRAGMA application_id").fetchone()
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if application != APPLICATION_ID:
        raise LogDamaged(f"log {path}: a SQLite file of another program; name another path")
    if version > SCHEMA_VERSION:
        raise LogDamaged(f"log {path}: written by a newer Clearway (v{version}); update this one")
    return True


class LogReader:
    """Reading only. Any number may do so while one process writes: inspection never disturbs."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with translated(path):
            self._db = connect(path, readonly=True)
            try:
                is_log = check_identity(self._db, path)
                if is_log:
                    self.refresh()
            except BaseException:
                self._db.close()
                raise
        if not is_log:
            self._db.close()
            raise LogDamaged(f"log {path}: empty, nothing was ever written")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def refresh(self) -> None:
        """See topics that were declared since."""
        topics = self._db.execute("SELECT name, partitions, compacting, retention_s FROM topic")
        self.topics = {
            name: Topic(name, partitions, bool(compacting), retention_s)
            for name, partitions, compacting, retention_s in topics
        }
        rows = self._db.execute("SELECT id, topic, partition FROM lane ORDER BY topic, partition")
        self.lane_ids = {Lane(topic, partition): lane_id for lane_id, topic, partition in rows}

    def read(
        self, lane: Lane, offset: int, *, max_entries: int = 500, max_bytes: int = 4 << 20
    ) -> list[Entry]:
        """Entries from an offset on, oldest first, across holes that retention or compaction left.

        At least one entry comes back if there is one, however big it is.
        """
        lane_id = self.lane_ids.get(lane)
        if lane_id is None:
            return []
        entries: list[Entry] = []
        size = 0
        with translated(self.path), closing(self._db.cursor()) as cursor:
            for place, timestamp_ms, key, value, headers in cursor.execute(
                "SELECT place, timestamp_ms, key, value, headers FROM entry "
                "WHERE place >= ? AND place < ? ORDER BY place LIMIT ?",
                (place_of(lane_id, offset), place_of(lane_id + 1, 0), max_entries),
            ):
                decoded = _headers_decoder.decode(headers) if headers else ()
                entries.append(Entry(place & OFFSET_MASK, timestamp_ms, key, value, decoded))
                size += len(key or b"") + len(value or b"") + len(headers or b"")
                if size >= max_bytes:
                    break
        return entries

    def earliest(self, lane: Lane) -> int:
        """The first offset still there, or the next one to come if the lane is empty."""
        lane_id = self.lane_ids.get(lane)
        if lane_id is None:
            return 0
        bounds = (place_of(lane_id, 0), place_of(lane_id + 1, 0))
        with translated(self.path):
            (place,) = self._db.execute(
                "SELECT min(place) FROM entry WHERE place >= ? AND place < ?", bounds
            ).fetchone()
        return self.next_offsets()[lane] if place is None else place & OFFSET_MASK

    def next_offsets(self) -> dict[Lane, int]:
        """For each lane the offset its next entry will get."""
        with translated(self.path):
            known = dict(self._db.execute("SELECT id, next FROM lane"))
            return {
                lane: max(known.get(lane_id, 0), self._last(lane_id) + 1)
                for lane, lane_id in self.lane_ids.items()
            }

    def _last(self, lane_id: int) -> int:
        bounds = (place_of(lane_id, 0), place_of(lane_id + 1, 0))
        (place,) = self._db.execute(
            "SELECT max(place) FROM entry WHERE place >= ? AND place < ?", bounds
        ).fetchone()
        return -1 if place is None else place & OFFSET_MASK

    def committed(self) -> dict[str, dict[Lane, int]]:
        """For each group of consumers how far it is: the next offset it wants, lane by lane."""
        lanes = {lane_id: lane for lane, lane_id in self.lane_ids.items()}
        groups: dict[str, dict[Lane, int]] = {}
        with translated(self.path):
            for consumers, lane_id, offset in self._db.execute("SELECT * FROM progress"):
                groups.setdefault(consumers, {})[lanes[lane_id]] = offset
        return groups

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()
