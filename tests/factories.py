"""One factory a record, so that a test states only what it is about."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from cases.ledger import Arrival
from cases.life import Signal, SignalKind
from models import envelope
from models.ids import stay_id
from models.records import EndedBy, Plate, PlateSource, StayBegan, StayContinues, StayEnded, StayOverstayed

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
SOURCE = "/harbour/box-1/north-gate"


def at(seconds: float) -> datetime:
    """So many seconds after noon."""
    return NOON + timedelta(seconds=seconds)


def plate(text: str = "浙B12345", source: PlateSource = PlateSource.ASSUMED) -> Plate:
    return Plate(text=text, score=1.0, source=source)


def stay_fields(**changes: Any) -> dict[str, Any]:
    began_at = changes.get("began_at", NOON)
    zone = changes.get("zone", "fire-lane-1")
    return {
        "stay_id": stay_id(SOURCE, zone, began_at, (0.5, 0.5)),
        "camera": "north-gate",
        "zone": zone,
        "kind": "fire_lane",
        "policy": "fire-lane",
        "label": "car",
        "score": 0.8,
        "box_xyxy": (0.4, 0.4, 0.6, 0.6),
        "began_at": began_at,
        "plate": plate(),
    } | changes


def began(**changes: Any) -> StayBegan:
    return StayBegan(**stay_fields(**changes))


def overstayed(**changes: Any) -> StayOverstayed:
    fields = stay_fields(**changes)
    fields.setdefault("dwell_s", 60.0)
    fields.setdefault("overstayed_at", fields["began_at"] + timedelta(seconds=60))
    return StayOverstayed(**fields)


def continues(**changes: Any) -> StayContinues:
    fields = stay_fields(**changes)
    fields.setdefault("stood_s", 120.0)
    return StayContinues(**fields)


def ended(**changes: Any) -> StayEnded:
    fields = stay_fields(**changes)
    fields.setdefault("ended_at", fields["began_at"] + timedelta(seconds=180))
    fields.setdefault("ended_by", EndedBy.LEFT)
    fields.setdefault("stood_s", 180.0)
    return StayEnded(**fields)


def event(data: Any, seconds: float = 0.0, source: str = SOURCE) -> envelope.Event:
    about = getattr(data, "stay_id", None) or getattr(data, "alarm_id", None) or source
    subject = getattr(data, "zone", None) or source.rsplit("/", 1)[-1]
    return envelope.event(
        data, source=source, subject=subject, about=about, at=at(seconds), recorded_at=at(seconds)
    )


def signal(kind: SignalKind, **changes: Any) -> Signal:
    fields: dict[str, Any] = {
        "kind": kind,
        "event_id": str(uuid4()),
        "event_type": "clearway.stay.overstayed.v1",
        "origin_id": "stay-1",
        "dedup_key": "north-gate/fire-lane-1/浙B12345",
        "policy": "fire-lane",
        "source": SOURCE,
        "zone": "fire-lane-1",
        "at": NOON,
        "recorded_at": NOON,
        "began_at": NOON - timedelta(seconds=60),
        "plate": plate(),
        "label": "car",
    }
    return Signal(**(fields | changes))


def arrival(kind: SignalKind, **changes: Any) -> Arrival:
    return Arrival(signal(kind, **changes), b"{}")
