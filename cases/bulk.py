"""Many rows at once into SQLite, where what the library does anew for each row would be most of the work.

An opened case writes some twenty rows. The library names, looks up and converts the values of each of them
one by one; here that is decided once for a table and its columns.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Dialect, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import StatementError

Write = Callable[[Any], Any]
"""How a value is written to the database."""


def insert_many(
    connection: Connection,
    table: Table,
    rows: Sequence[Mapping[str, Any]],
    *,
    unless_same: tuple[str, ...] = (),
) -> None:
    """Insert rows, all with the same columns.

    Args:
        connection: inside a transaction that writes.
        table: into which.
        rows: none is fine.
        unless_same: columns of a unique index; a row that equals another in these is left out.

    Raises:
        SQLAlchemyError: as of the library's own insert.
    """
    if not rows:
        return
    if connection.dialect.name != "sqlite":
        statement = postgresql.insert(table)
        if unless_same:
            statement = statement.on_conflict_do_nothing(index_elements=unless_same)
        connection.execute(statement, rows)
        return
    text, in_order, writes = _prepared(table, tuple(rows[0]), unless_same, connection.dialect)
    values = [list(in_order(row)) for row in rows]
    try:
        for row in values:
            for place, write in writes:
                row[place] = write(row[place])
    except (TypeError, ValueError) as exc:
        # As the library says it of a value that its column cannot hold.
        raise StatementError(str(exc), text, None, exc) from exc
    connection.exec_driver_sql(text, [tuple(row) for row in values])


@lru_cache(maxsize=64)
def _prepared(
    table: Table, names: tuple[str, ...], unless_same: tuple[str, ...], dialect: Dialect
) -> tuple[str, Callable[[Mapping[str, Any]], Sequence[Any]], tuple[tuple[int, Write], ...]]:
    """The statement's text, how a row's values are taken in order, and which of them are written how."""
    statement = sqlite.insert(table)
    if unless_same:
        statement = statement.on_conflict_do_nothing(index_elements=unless_same)
    compiled = statement.compile(dialect=dialect, column_keys=names)
    order = compiled.positiontup or []
    writes = (table.c[name].type.dialect_impl(dialect).bind_processor(dialect) for name in order)
    return (
        str(compiled),
        itemgetter(*order) if len(order) > 1 else lambda row: (row[order[0]],),
        tuple((place, write) for place, write in enumerate(writes) if write is not None),
    )
