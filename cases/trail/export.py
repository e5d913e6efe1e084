"""The audit for other eyes: one case's history, and everything as lines that can be checked without us."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import msgspec
from sqlalchemy import select

from cases.database import Database
from cases.tables import audit
from cases.trail.hashing import FORMAT, HASH, canonical
from cases.trail.rows import rows_of, stored
from cases.trail.seal import seals_of

_COLUMNS = ("number", "at", "actor", "what", "why", "cause", "before", "after", "leaves", "previous", "hash")


def history(database: Database, case_id: str) -> list[dict[str, Any]]:
    """A case's entries in their order, each with the names of the parts that were purged."""
    query = select(*(audit.c[name] for name in _COLUMNS)).where(audit.c.chain == case_id)
    with database.read() as connection:
        rows = [
            dict(row) for row in connection.execute(query.order_by(audit.c.number, audit.c.id)).mappings()
        ]
    for row in rows:
        leaves: dict[str, str] = row.pop("leaves") or {}
        row["purged"] = sorted(path for path, mark in leaves.items() if mark.startswith(HASH))
    return rows


def export_lines(database: Database, since: str | None = None) -> Iterator[bytes]:
    """Every entry and every seal, one JSON object a line, in canonical spelling.

    The first line names the format. An entry's line has all that its hash covers, with the salts; an entry
    that cannot be read says so.

    Args:
        database: the ledger's.
        since: only days from here on, `2026-11-22`.
    """
    yield canonical({"format": FORMAT, "since": since})
    query = stored().order_by(audit.c.chain, audit.c.number, audit.c.id)
    if since is not None:
        query = query.where(audit.c.day >= since)
    with database.read() as connection:
        for row in rows_of(connection, query):
            if row.entry is None:
                yield canonical({"unreadable": {"row": row.row, "chain": row.chain, "why": row.odd}})
                continue
            entry = msgspec.to_builtins(row.entry)
            yield canonical({"entry": entry | {"row": row.row, "hash": row.hash}})
        for seal in seals_of(connection):
            if since is None or seal.day >= since:
                yield canonical({"seal": asdict(seal)})
