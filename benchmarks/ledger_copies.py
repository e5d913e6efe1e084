"""A big ledger out of a small one: its week, copied back in time and to other parts of town, by SQL.

Every row of a copy is as the product wrote it, but for its ids, times, cameras and places. Two things are
left out to spare the disk: delivered outbox rows of older weeks, and what audit entries keep of the time
before a change; so the copies' audit chains cannot be verified.
"""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Insert,
    Interval,
    MetaData,
    String,
    Table,
    cast,
    func,
    insert,
    literal,
    literal_column,
    null,
    select,
    text,
)

from cases.database import Database
from cases.tables import (
    UtcDateTime,
    audit,
    cases,
    deadlines,
    notices,
    observations,
    origins,
    outbox,
    steps,
)
from cases.trail.tables import trail_heads

SEED = "seed"
"""The schema under which the small ledger is seen."""
COPIED = (cases, origins, observations, audit, trail_heads, outbox, steps, notices, deadlines)
SIDES = ("n", "e", "s", "w")
OUTBOX_SHARE = 20
"""One in so many copies, the newest, keeps its outbox."""

_IDS = frozenset({"case_id", "origin_id", "previous_id", "merged_into", "chain"})
_WITH_OWN_ID = frozenset({"cases", "origins", "observations", "notices"})
_BIG_AND_UNREAD = frozenset({"before", "leaves"})


def seed_tables() -> dict[str, Table]:
    """The tables that are copied, as they stand in the small ledger."""
    metadata = MetaData()
    return {table.name: table.to_metadata(metadata, schema=SEED) for table in COPIED}


def attach(connection: Connection, seed_file: str) -> None:
    """Let the big ledger see the small one (a SQLite file)."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("ATTACH ? AS seed", (seed_file,))
        return
    small = Database(f"sqlite:///{seed_file}")
    connection.execute(text(f"DROP SCHEMA IF EXISTS {SEED} CASCADE"))
    connection.execute(text(f"CREATE SCHEMA {SEED}"))
    with small.read() as reading:
        for table in COPIED:
            connection.execute(text(f"CREATE TABLE {SEED}.{table.name} (LIKE {table.name})"))
            rows = [dict(row) for row in reading.execute(select(table)).mappings()]
            connection.execute(insert(seed_tables()[table.name]), rows)
    small.close()


def copy(connection: Connection, copies: int) -> Iterator[int]:
    """Fill the big ledger, oldest week first; yields how many copies are in it. The caller commits."""
    small = seed_tables()
    for done, number in enumerate(reversed(range(copies)), start=1):
        for table in COPIED:
            if table is outbox and number >= max(copies // OUTBOX_SHARE, 1):
                continue
            connection.execute(_copying(connection, small[table.name], table, number))
        yield done


def clear_way(connection: Connection) -> list[str]:
    """Drop the indexes that are no constraints, and silence the guards of the audit.

    Returns:
        The statements that undo it.
    """
    if connection.dialect.name == "sqlite":
        query = (
            "SELECT type, name, sql FROM main.sqlite_master WHERE type IN ('index', 'trigger') AND sql > ''"
        )
    else:
        query = (
            "SELECT 'index', indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema() AND"
            " indexname NOT IN (SELECT conname FROM pg_constraint)"
        )
    found = [tuple(row) for row in connection.execute(text(query))]
    for kind, name, _ in found:
        connection.exec_driver_sql(f'DROP {kind} "{name}"')
    undo = [made for _, _, made in found]
    if connection.dialect.name != "sqlite":
        for table in COPIED:
            connection.exec_driver_sql(f"ALTER TABLE {table.name} DISABLE TRIGGER USER")
            undo.append(f"ALTER TABLE {table.name} ENABLE TRIGGER USER")
    return undo


def _copying(connection: Connection, small: Table, table: Table, number: int) -> Insert:
    sqlite = connection.dialect.name == "sqlite"
    names, values = [], []
    for column in table.c:
        if column.autoincrement is True and column.primary_key and not isinstance(column.type, String):
            continue
        names.append(column.name)
        values.append(_value(table, small.c[column.name], number, sqlite=sqlite))
    query = select(*values)
    if "number" in table.c and table is cases:
        query = query.order_by(small.c.number)
    elif "id" in table.c and table not in {notices, observations, origins}:
        query = query.order_by(small.c.id)
    return insert(table).from_select(names, query)


def _value(table: Table, column: ColumnElement[Any], number: int, *, sqlite: bool) -> ColumnElement[Any]:
    side, name = SIDES[number % len(SIDES)], column.key or ""
    found: ColumnElement[Any] = column
    if isinstance(column.type, UtcDateTime):
        found = _earlier(table, name, column, number // len(SIDES) * 7, sqlite=sqlite)
    elif name in _IDS or (name == "id" and table.name in _WITH_OWN_ID):
        found = literal(f"{number:04x}", String).concat(func.substr(column, 5))
    elif name == "dedup_key":
        found = cast(column, String).concat(f"#{number}")
    elif name == "source":
        found = literal(f"/{side}-", String).concat(func.substr(column, 2))
    elif name == "place":
        found = cast(column, String).concat(f" {side.upper()}")
    elif name in _BIG_AND_UNREAD and table is audit:
        found = null()
    return found


def _earlier(
    table: Table, name: str, column: ColumnElement[Any], days: int, *, sqlite: bool
) -> ColumnElement[Any]:
    if not sqlite:
        return column - cast(literal(f"{days} days", String), Interval)
    # The day is shifted and the rest of the text stays: SQLite's own times end at milliseconds.
    as_text = literal_column(f"{SEED}.{table.name}.{name}", String)
    return cast(func.date(func.substr(as_text, 1, 10), f"-{days} days"), String).concat(
        func.substr(as_text, 11)
    )
