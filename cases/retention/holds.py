"""Legal holds: while one stands, nothing of its case is purged."""

from datetime import datetime
from typing import Any

from sqlalchemy import delete, select

from cases import trail
from cases.database import Database
from cases.tables import cases
from cases.trail import dialect_of
from cases.trail.tables import legal_holds


def hold(database: Database, case_id: str, *, actor: str, why: str, now: datetime) -> bool:
    """Put a case on hold; False when it is already."""
    with database.write() as connection:
        values = {"case_id": case_id, "since": now, "actor": actor, "why": why}
        statement = dialect_of(connection).insert(legal_holds).values(values)
        statement = statement.on_conflict_do_nothing(index_elements=["case_id"])
        # Asked for its row: how many an insert wrote is not told by every database.
        if connection.execute(statement.returning(legal_holds.c.case_id)).first() is None:
            return False
        trail.append(connection, [_entry(case_id, "held", actor, why, now)])
    return True


def release(database: Database, case_id: str, *, actor: str, why: str, now: datetime) -> bool:
    """Take a hold away; False when there is none."""
    with database.write() as connection:
        gone = connection.execute(delete(legal_holds).where(legal_holds.c.case_id == case_id))
        if gone.rowcount != 1:
            return False
        trail.append(connection, [_entry(case_id, "released", actor, why, now)])
    return True


def holds(database: Database) -> list[dict[str, Any]]:
    """Every hold that stands, oldest first, with the number of its case."""
    query = (
        select(legal_holds, cases.c.number)
        .join_from(legal_holds, cases, legal_holds.c.case_id == cases.c.id)
        .order_by(legal_holds.c.since)
    )
    with database.read() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def _entry(case_id: str, what: str, actor: str, why: str, now: datetime) -> dict[str, Any]:
    return {"case_id": case_id, "at": now, "actor": actor, "what": f"legally_{what}", "why": why}
