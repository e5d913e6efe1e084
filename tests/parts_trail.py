# ruff: noqa: S608 - names of tables and columns come from this file
"""A small ledger with a history, and ways to spoil it straight in SQL."""

import random
import sqlite3
from contextlib import closing
from pathlib import Path

from factories import arrival, at, by_proof, plate
from parts_ledger import ledger_at
from sqlalchemy import text

from cases import trail
from cases.database import Database
from cases.ledger import Ledger
from cases.life import Resolution, SignalKind
from cases.trail import guard as trail_guard
from cases.trail.check import Report, check_all

DAY_S = 86_400


def new_database(path: Path) -> Database:
    return ledger_at(path)


def opened(database: Database, count: int, seconds: float = 0, first: int = 0) -> list[str]:
    """So many cases, each of its own vehicle."""
    arrivals = [
        arrival(
            SignalKind.OBSERVED,
            origin_id=f"stay-{index}",
            dedup_key=f"north-gate/fire-lane-1/浙B{index:05d}",
            plate=plate(f"浙B{index:05d}"),
            why=f"stands for {index} s",
            at=at(seconds),
            recorded_at=at(seconds),
        )
        for index in range(first, first + count)
    ]
    applied = Ledger(database, by_proof()).apply(arrivals, at(seconds))
    return [str(item.case_id) for item in applied]


def ended(database: Database, index: int, seconds: float, origin_id: str = "") -> None:
    signal = arrival(
        SignalKind.ENDED,
        origin_id=origin_id or f"stay-{index}",
        dedup_key=f"north-gate/fire-lane-1/浙B{index:05d}",
        resolution=Resolution.LEFT,
        at=at(seconds),
        recorded_at=at(seconds),
    )
    Ledger(database, by_proof()).apply([signal], at(seconds))


def noted(database: Database, entries: list[dict[str, object]]) -> None:
    with database.write() as connection:
        trail.append(connection, entries)


def entry(seconds: float = 0, **changes: object) -> dict[str, object]:
    return {"at": at(seconds), "actor": "officer-7", "what": "commented", "why": "on the phone"} | changes


def checked(database: Database, **wishes: str) -> Report:
    with database.read() as connection:
        return check_all(connection, **wishes)


def problems(database: Database, **wishes: str) -> list[str]:
    return [finding.problem for finding in checked(database, **wishes).findings]


def unguarded(database: Database) -> None:
    """As somebody who owns the database would begin."""
    with database.write() as connection:
        trail_guard.remove(connection)


def guarded(database: Database) -> None:
    with database.write() as connection:
        trail_guard.install(connection)


def spoil(database: Database, statement: str, **values: object) -> None:
    """One statement behind the program's back, and the triggers back in their place."""
    unguarded(database)
    with database.write() as connection:
        connection.execute(text(statement), values)
    guarded(database)


class Vandal:
    """Random harm to a SQLite file: each call does one thing and says what."""

    # A row's id says its order and no more until the day is sealed; which row of a day counts, nothing at
    # all; and a signature that was taken away is missed only by who knows that there was one (`key`).
    SPEECHLESS = frozenset({"id", "shard", "closed", "key", "signature"})
    TABLES = ("audit", "trail_heads", "trail_days", "trail_seals")

    def __init__(self, path: Path, seed: int) -> None:
        self._path = path
        self._random = random.Random(seed)

    def strike(self) -> str:
        with closing(sqlite3.connect(self._path, isolation_level=None)) as connection:
            connection.execute("PRAGMA foreign_keys=OFF")
            triggers = connection.execute(
                "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
            ).fetchall()
            connection.execute("BEGIN")
            for name, _ in triggers:
                connection.execute(f"DROP TRIGGER {name}")
            ways = (self._byte, self._delete, self._swap, self._insert, self._truncate, self._remove_case)
            said = self._random.choice(ways)(connection)
            for _, made in triggers:
                connection.execute(made)
            connection.execute("COMMIT")
        return said

    def _rows(self, connection: sqlite3.Connection, table: str) -> list[int]:
        return [row for (row,) in connection.execute(f"SELECT rowid FROM {table} ORDER BY rowid")]

    def _byte(self, connection: sqlite3.Connection) -> str:
        """One character of one value, of an entry or of what is kept beside the entries."""
        table = self._random.choice(("audit", *self.TABLES))
        row = self._random.choice(self._rows(connection, table))
        names = [name for _, name, *_ in connection.execute(f"PRAGMA table_info({table})")]
        name = self._random.choice([name for name in names if name not in self.SPEECHLESS])
        ((value,),) = connection.execute(f'SELECT "{name}" FROM {table} WHERE rowid = ?', (row,))
        old = "" if value is None else str(value)
        place = self._random.randrange(len(old) + 1)
        new = old[:place] + self._random.choice("0123456789abcdefTZ {}\"':,.\x00ä") + old[place + 1 :]
        connection.execute(f'UPDATE OR REPLACE {table} SET "{name}" = ? WHERE rowid = ?', (new, row))
        found = connection.execute(f'SELECT "{name}" FROM {table} WHERE rowid = ?', (row,)).fetchall()
        return "" if found == [(value,)] else f"{table}.{name} of {row}: {old!r} -> {new!r}"

    def _delete(self, connection: sqlite3.Connection) -> str:
        table = self._random.choice(("audit", *self.TABLES))
        row = self._random.choice(self._rows(connection, table))
        connection.execute(f"DELETE FROM {table} WHERE rowid = ?", (row,))
        return f"{table}: row {row} deleted"

    def _swap(self, connection: sqlite3.Connection) -> str:
        one, other = self._random.sample(self._rows(connection, "audit"), 2)
        name = self._random.choice(("why", "at", "hash", "number", "chain", "after", "leaves", "day", "what"))
        values = dict(
            connection.execute(f"SELECT rowid, {name} FROM audit WHERE rowid IN (?, ?)", (one, other))
        )
        if values[one] == values[other]:
            return ""
        if name in {"number", "chain"}:
            connection.execute("DROP INDEX uq_audit_chain_number")
        for row, value in ((one, values[other]), (other, values[one])):
            connection.execute(f"UPDATE audit SET {name} = ? WHERE rowid = ?", (value, row))
        return f"{name} of {one} and {other} swapped"

    def _insert(self, connection: sqlite3.Connection) -> str:
        """One more entry, a copy of another as the next one of its chain."""
        row = self._random.choice(self._rows(connection, "audit"))
        connection.execute(
            "INSERT INTO audit (case_id, at, actor, what, why, cause, before, after, chain, number, day,"
            " leaves, previous, hash) SELECT case_id, at, actor, what, why, cause, before, after, chain,"
            " (SELECT MAX(number) + 1 FROM audit AS b WHERE b.chain = audit.chain), day, leaves, hash, hash"
            " FROM audit WHERE rowid = ?",
            (row,),
        )
        return f"a copy of {row} inserted"

    def _truncate(self, connection: sqlite3.Connection) -> str:
        last = self._random.choice(self._rows(connection, "audit"))
        connection.execute("DELETE FROM audit WHERE rowid >= ?", (last,))
        return f"cut from {last}"

    def _remove_case(self, connection: sqlite3.Connection) -> str:
        """A case with everything that is kept of it."""
        (case_id,) = self._random.choice(connection.execute("SELECT id FROM cases").fetchall())
        for table in ("steps", "origins", "notices", "observations", "outbox", "audit"):
            connection.execute(f"DELETE FROM {table} WHERE case_id = ?", (case_id,))
        connection.execute("DELETE FROM trail_heads WHERE chain = ?", (case_id,))
        connection.execute("DELETE FROM cases WHERE id = ?", (case_id,))
        return f"case {case_id} removed"
