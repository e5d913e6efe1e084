"""A case event for the world outside, as CloudEvents 1.0."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid5

import msgspec

from cases.states import Change
from models.ids import CLEARWAY
from models.units import utc

CONTENT_TYPE = "application/cloudevents+json; charset=utf-8"
SOURCE = "/clearway/cases"
TYPES = frozenset(f"clearway.case.{change.value}.v1" for change in Change)
"""Every type of event that a case can give rise to."""

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
