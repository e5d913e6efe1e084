"""Deleting a whole case: every row that is its own, in every table that has such rows."""

from sqlalchemy import Connection, Table, delete, func, select, update

import cases.answers.tables
import cases.clients.tables
import cases.responsibility.tables
import cases.webhooks.tables  # noqa: F401 - every table that has rows of a case must be known here
from cases.tables import cases as case_rows
from cases.tables import metadata

KEPT = frozenset({"audit", "purges", "cases"})
"""The chain and the proof stay; the case itself goes last."""
_LINKS = ("previous_id", "merged_into", "suggested_case_id")


def delete_case(connection: Connection, case_id: str) -> dict[str, int]:
    """Delete a case's rows; how many, by table.

    Rows of other cases that only point at it point nowhere afterwards.
    """
    gone: dict[str, int] = {}
    for table in reversed(metadata.sorted_tables):
        for name in _LINKS:
            if name in table.c:
                connection.execute(update(table).where(table.c[name] == case_id).values({name: None}))
        if table.name in KEPT or "case_id" not in table.c:
            continue
        if count := _count(connection, table, case_id):
            connection.execute(delete(table).where(table.c.case_id == case_id))
            gone[str(table.name)] = count
    connection.execute(delete(case_rows).where(case_rows.c.id == case_id))
    gone["cases"] = 1
    return gone


def _count(connection: Connection, table: Table, case_id: str) -> int:
    query = select(func.count()).select_from(table).where(table.c.case_id == case_id)
    return int(connection.execute(query).scalar_one())
