"""The audit trail: who did what to which case, when and why. Entries are only ever appended.

Each case is a chain: an entry has a number and names the hash of the one before. Entries without a case are
chained under their day, or under a subject. All of them count towards their day, which is sealed when it is
over (`cases.trail.seal`). What is hashed, and how a part can be purged: `cases.trail.hashing`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

import msgspec
from sqlalchemy import Connection, Table, bindparam, func, select
from sqlalchemy.dialects import postgresql, sqlite

from cases.bulk import insert_many
from cases.tables import audit
from cases.trail.hashing import GENESIS, Sealable, added, canonical, entry_hash, salted
from cases.trail.tables import trail_days, trail_heads
from models.errors import BadRecord

Entry = Mapping[str, Any]
"""The columns of one entry: `case_id`, `at`, `actor`, `what`, `why`, and where there are any `cause`,
`before`, `after`. Without a `case_id`, `subject` may name the chain it belongs to. `chain` is for proofs
only, which have to stand in the very chain they are about."""

SHARDS = 16
"""On PostgreSQL, over how many rows a day's count is spread: writers wait for each other only on one row."""

_object = msgspec.json.Decoder(dict[str, Any])
_KEYS = frozenset({"case_id", "at", "actor", "what", "why", "cause", "before", "after", "subject", "chain"})
_LENGTHS = {"case_id": 36, "actor": 100, "what": 64, "why": 1000, "cause": 64, "subject": 150, "chain": 160}
_AT_ONCE = 500


def append(connection: Connection, entries: Iterable[Entry]) -> None:
    """Write entries in their order, in the caller's transaction.

    The heads of their chains are locked until it ends, so that of two writers one waits.

    Args:
        connection: inside a transaction that writes.
        entries: as `Entry` says.

    Raises:
        BadRecord: an entry lacks a field, has an unknown one, or one that cannot be kept.
    """
    fresh = [_read(entry) for entry in entries]
    if not fresh:
        return
    heads = _locked_heads(connection, sorted({entry.chain for entry in fresh}))
    days = _Days(connection)
    rows = []
    for entry in fresh:
        number, previous = heads[entry.chain]
        placed = msgspec.structs.replace(
            entry,
            number=number + 1,
            previous=previous,
            day=days.open_day(entry.at),
            leaves=salted(entry.why, entry.before, entry.after),
        )
        sealed = entry_hash(placed)
        heads[entry.chain] = (placed.number, sealed)
        days.count(placed.day, sealed)
        rows.append(row_of(placed, sealed))
    insert_many(connection, audit, rows)
    _write_heads(connection, {entry.chain: heads[entry.chain] for entry in fresh})
    days.write()


def row_of(entry: Sealable, sealed: str) -> dict[str, Any]:
    """An entry as the columns of its row."""
    return {
        "case_id": entry.case_id,
        "at": entry.at,
        "actor": entry.actor,
        "what": entry.what,
        "why": entry.why,
        "cause": entry.cause,
        "before": _raw(entry.before),
        "after": _raw(entry.after),
        "chain": entry.chain,
        "number": entry.number,
        "day": entry.day,
        "leaves": _raw(dict(entry.leaves)),
        "previous": entry.previous,
        "hash": sealed,
    }


def day_of(at: datetime) -> str:
    """The day an entry belongs to, in UTC."""
    return at.astimezone(UTC).date().isoformat()


def dialect_of(connection: Connection) -> Any:  # noqa: ANN401 - a module of the library, one or the other
    """The module that knows how this database says `ON CONFLICT`."""
    return sqlite if connection.dialect.name == "sqlite" else postgresql


def _raw(value: dict[str, Any] | None) -> msgspec.Raw | None:
    return None if value is None else msgspec.Raw(canonical(value))


def _read(entry: Entry) -> Sealable:
    unknown = entry.keys() - _KEYS
    if unknown:
        raise BadRecord("audit", f"an entry has no field {min(unknown)!r}")
    for name in ("at", "actor", "what", "why"):
        if not isinstance(entry.get(name), datetime if name == "at" else str):
            raise BadRecord(f"audit.{name}", "is missing or of another kind")
    for name, limit in _LENGTHS.items():
        if len(entry.get(name) or "") > limit:
            raise BadRecord(f"audit.{name}", f"has more than {limit} characters")
    at: datetime = entry["at"]
    if at.tzinfo is None:
        raise BadRecord("audit.at", f"{at!r} has no offset")
    case_id = entry.get("case_id")
    subject = entry.get("subject")
    other = f"subject:{subject}" if subject else f"day:{day_of(at)}"
    chain = entry.get("chain") or case_id or other
    try:
        before, after = _plain(entry.get("before")), _plain(entry.get("after"))
    except (TypeError, UnicodeEncodeError, msgspec.MsgspecError) as exc:
        raise BadRecord("audit.after", f"before or after cannot be written as JSON: {exc}") from exc
    return Sealable(
        chain=chain,
        number=0,
        previous=GENESIS,
        day="",
        case_id=case_id,
        at=at,
        actor=entry["actor"],
        what=entry["what"],
        why=entry["why"],
        cause=entry.get("cause"),
        before=before,
        after=after,
    )


def _plain(value: Any) -> dict[str, Any] | None:  # noqa: ANN401 - any mapping of JSON values
    """As it will be read back: times are texts then, records mappings."""
    return None if value is None else _object.decode(canonical(value))


def _locked_heads(connection: Connection, chains: Sequence[str]) -> dict[str, tuple[int, str]]:
    found = _read_heads(connection, chains)
    missing = [chain for chain in chains if chain not in found]
    if missing and connection.dialect.name != "sqlite":
        # Of two that begin a chain together one waits here, and then reads what the other wrote.
        empty = [{"chain": chain, "number": 0, "hash": GENESIS} for chain in missing]
        statement = dialect_of(connection).insert(trail_heads)
        connection.execute(statement.on_conflict_do_nothing(index_elements=["chain"]), empty)
        found |= _read_heads(connection, missing)
    return {chain: found.get(chain, (0, GENESIS)) for chain in chains}


def _read_heads(connection: Connection, chains: Sequence[str]) -> dict[str, tuple[int, str]]:
    found: dict[str, tuple[int, str]] = {}
    for start in range(0, len(chains), _AT_ONCE):
        rows = connection.execute(_HEADS, {"chains": chains[start : start + _AT_ONCE]})
        found.update((row.chain, (row.number, row.hash)) for row in rows)
    return found


def _write_heads(connection: Connection, heads: Mapping[str, tuple[int, str]]) -> None:
    connection.execute(
        _upsert(dialect_of(connection), trail_heads, ("chain",), ("number", "hash")),
        [
            {"chain": chain, "number": number, "hash": sealed}
            for chain, (number, sealed) in sorted(heads.items())
        ],
    )


@dataclass
class _Tally:
    entries: int
    sum: str
    closed: bool
    touched: bool = False


class _Days:
    """The days that a transaction writes into, each counted in this writer's row of it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._shard = _shard(connection)
        self._tallies: dict[str, _Tally] = {}

    def open_day(self, at: datetime) -> str:
        """The day of a time; the next one that is not closed, if that is over and sealed."""
        day = day_of(at)
        while self._tally(day).closed:
            day = (date.fromisoformat(day) + timedelta(days=1)).isoformat()
        return day

    def count(self, day: str, sealed: str) -> None:
        """One more entry."""
        tally = self._tallies[day]
        tally.entries += 1
        tally.sum = added(tally.sum, [sealed])
        tally.touched = True

    def write(self) -> None:
        """Write the new counts."""
        self._connection.execute(
            _upsert(dialect_of(self._connection), trail_days, ("day", "shard"), ("entries", "sum")),
            [
                {
                    "day": day,
                    "shard": self._shard,
                    "entries": tally.entries,
                    "sum": tally.sum,
                    "closed": tally.closed,
                }
                for day, tally in sorted(self._tallies.items())
                if tally.touched
            ],
        )

    def _tally(self, day: str) -> _Tally:
        if day not in self._tallies:
            self._tallies[day] = self._locked(day)
        return self._tallies[day]

    def _locked(self, day: str) -> _Tally:
        place = {"on": day, "in": self._shard}
        row = self._connection.execute(_DAY, place).first()
        if row is None and self._connection.dialect.name != "sqlite":
            empty = {"day": day, "shard": self._shard, "entries": 0, "sum": GENESIS, "closed": False}
            statement = dialect_of(self._connection).insert(trail_days).values(empty)
            self._connection.execute(statement.on_conflict_do_nothing(index_elements=["day", "shard"]))
            row = self._connection.execute(_DAY, place).first()
        return _Tally(0, GENESIS, closed=False) if row is None else _Tally(row.entries, row.sum, row.closed)


def _shard(connection: Connection) -> int:
    """Which row of a day this connection counts in: always the same one, so that it waits for few others."""
    if connection.dialect.name == "sqlite":
        return 0
    return int(connection.execute(select(func.pg_backend_pid())).scalar_one()) % SHARDS


@cache
def _upsert(dialect: Any, table: Table, key: tuple[str, ...], newer: tuple[str, ...]) -> Any:  # noqa: ANN401
    """Insert rows or take over what is newer in them; made once, for it is asked at every entry."""
    statement = dialect.insert(table)
    values = {name: statement.excluded[name] for name in newer}
    return statement.on_conflict_do_update(index_elements=list(key), set_=values)


_HEADS = (
    select(trail_heads)
    .where(trail_heads.c.chain.in_(bindparam("chains", expanding=True)))
    .order_by(trail_heads.c.chain)
    .with_for_update()
)
_DAY = (
    select(trail_days.c.entries, trail_days.c.sum, trail_days.c.closed)
    .where(trail_days.c.day == bindparam("on"), trail_days.c.shard == bindparam("in"))
    .with_for_update()
)
