"""Many rows at once into SQLite, where what the library does anew for each row would be most of the work.

An opened case writes some twenty rows. The library names, looks up and converts the values of each of them
one by one; here that is decided once for a table and its columns.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Dialect, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import StatementError

Write = Callable[[Any], Any] | None
"""How a value is written to the database; None for as it is."""


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
    text, columns = _prepared(table, tuple(rows[0]), unless_same, connection.dialect)
    try:
        values = [
            tuple(row[name] if write is None else write(row[name]) for name, write in columns) for row in rows
        ]
    except (TypeError, ValueError) as exc:
        # As the library says it of a value that its column cannot hold.
        raise StatementError(str(exc), text, None, exc) from exc
    connection.exec_driver_sql(text, values)


@lru_cache(maxsize=64)
def _prepared(
    table: Table, names: tuple[str, ...], unless_same: tuple[str, ...], dialect: Dialect
) -> tuple[str, tuple[tuple[str, Write], ...]]:
    """The statement's text, and its values in order, each with how it is written."""
    statement = sqlite.insert(table)
    if unless_same:
        statement = statement.on_conflict_do_nothing(index_elements=unless_same)
    compiled = statement.compile(dialect=dialect, column_keys=names)
    order = compiled.positiontup or ()
    types = {name: table.c[name].type.dialect_impl(dialect) for name in order}
    return str(compiled), tuple((name, types[name].bind_processor(dialect)) for name in order)
