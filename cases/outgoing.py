"""Reading case events from the outbox, in their order."""

from collections.abc import Iterable

from sqlalchemy import Connection, RowMapping, func, select, text

from cases.case_event import CaseEvent
from cases.database import Database
from cases.tables import cases, outbox

LOCK_WAIT_S = 5
"""How long writers of the ledger may queue behind us, should one of them be stuck."""


def settled(database: Database) -> int:
    """The last row of the outbox before which none can appear any more; 0 when it is empty.

    On SQLite there is one writer and every commit is behind the one before. PostgreSQL gives out a number
    when a row is inserted and shows it when its transaction commits: 6 may be seen before 5. So we wait
    until nobody is in the middle of an insert; whoever comes later gets a higher number.

    Raises:
        TransportDown: the ledger cannot be asked, or a writer is stuck.
    """
    newest = select(func.coalesce(func.max(outbox.c.id), 0))
    if database.is_sqlite:
        with database.read() as connection:
            return int(connection.execute(newest).scalar_one())
    with database.write() as connection:
        connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_WAIT_S}s'"))
        connection.execute(text("LOCK TABLE outbox IN SHARE MODE"))
        return int(connection.execute(newest).scalar_one())


def newest(database: Database) -> int:
    """The highest row anybody can see now: whether asking for `settled` is worth it."""
    with database.read() as connection:
        return int(connection.execute(select(func.coalesce(func.max(outbox.c.id), 0))).scalar_one())


def events(connection: Connection, after: int, until: int, limit: int) -> list[CaseEvent]:
    """Events of the rows after one and up to another, in order."""
    query = _QUERY.where(outbox.c.id > after, outbox.c.id <= until).order_by(outbox.c.id).limit(limit)
    return [_event(row) for row in connection.execute(query).mappings()]


def events_of(connection: Connection, rows: Iterable[int]) -> dict[int, CaseEvent]:
    """The events of some rows; those that were purged are not among them."""
    query = _QUERY.where(outbox.c.id.in_(set(rows)))
    return {row["row"]: _event(row) for row in connection.execute(query).mappings()}


_QUERY = select(
    outbox.c.id.label("row"),
    outbox.c.case_id,
    outbox.c.type,
    outbox.c.at,
    outbox.c.body,
    cases.c.matter,
    cases.c.unit,
    cases.c.area,
    cases.c.area_path,
).join_from(outbox, cases, outbox.c.case_id == cases.c.id, isouter=True)


def _event(row: RowMapping) -> CaseEvent:
    body = row["body"]

    def said(name: str) -> str:
        """As it was when the event came about; else as the case has it now."""
        return str(body.get(name) or row.get(name) or "")

    return CaseEvent(
        row=row["row"],
        case_id=row["case_id"],
        type=row["type"],
        at=row["at"],
        body=body,
        matter=said("matter"),
        unit=said("unit"),
        area=said("area"),
        area_path=said("area_path"),
    )
