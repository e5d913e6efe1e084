"""Case events for the world outside: rows of the outbox as CloudEvents 1.0, in their order."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid5

import msgspec
from sqlalchemy import Connection, RowMapping, func, select, text

from cases.database import Database
from cases.states import Change
from cases.tables import cases, outbox
from models.ids import CLEARWAY
from models.units import utc

CONTENT_TYPE = "application/cloudevents+json; charset=utf-8"
SOURCE = "/clearway/cases"
TYPES = frozenset(f"clearway.case.{change.value}.v1" for change in Change)
"""Every type of event that a case can give rise to."""
LOCK_WAIT_S = 5
"""How long writers of the ledger may queue behind us, should one of them be stuck."""

_encoder = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseEvent:
    """One row of the outbox, with what subscribers choose by.

    Attributes:
        row: its place: events of one case rise in it, and so do events of different cases.
        type: one of `TYPES`.
        area_path: from the city down, `/city/district/…`; empty where the case landed in no area.
    """

    row: int
    case_id: str
    type: str
    at: datetime
    body: dict[str, Any]
    matter: str
    unit: str
    area: str
    area_path: str

    @property
    def id(self) -> str:
        """The event's name: however often it is sent, it is the same."""
        return str(
            uuid5(CLEARWAY, f"case event {self.case_id} {self.row} {self.type} {utc(self.at).isoformat()}")
        )

    def encoded(self, source: str) -> bytes:
        """The event as structured-mode JSON, the same bytes every time."""
        return cloud_event(
            event_id=self.id,
            source=source,
            event_type=self.type,
            subject=self.case_id,
            at=self.at,
            data=self.body,
            sequence=self.row,
        )


def cloud_event(
    *,
    event_id: str,
    source: str,
    event_type: str,
    subject: str,
    at: datetime,
    data: dict[str, Any],
    sequence: int,
) -> bytes:
    """A CloudEvents 1.0 event as structured-mode JSON.

    Args:
        event_id: unique together with `source`.
        source: of this installation's case events.
        event_type: one of `TYPES`, or a test's.
        subject: the case; also what keeps order (`partitionkey`).
        at: when it became true.
        data: the case as it was then.
        sequence: rises within a subject, with gaps. Written with twenty digits, so that its order as a text
            is its order as a number.
    """
    return _encoder.encode(
        {
            "specversion": "1.0",
            "id": event_id,
            "source": source,
            "type": event_type,
            "subject": subject,
            "time": utc(at),
            "partitionkey": subject,
            "sequence": f"{sequence:020d}",
            "datacontenttype": "application/json",
            "data": data,
        }
    )


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
