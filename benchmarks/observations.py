"""Made-up observations: whole stays, each of a vehicle of its own."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from edge.saying import Spoken, spoken
from models import envelope
from models.ids import stay_id
from models.records import (
    EndedBy,
    Plate,
    PlateSource,
    StayBegan,
    StayContinues,
    StayEnded,
    StayOverstayed,
)

Said = StayBegan | StayOverstayed | StayContinues | StayEnded
BOX = "/bench/box"
ZONES = 16
STAYS_A_CAMERA = 20
"""Fewer than make a storm: one camera cannot see hundreds of vehicles at a time."""
DWELL_S = 60.0


def overstay(number: int, now: datetime, plate: str | None = None) -> Spoken:
    """One overstay that has just become true."""
    began_at = now - timedelta(seconds=DWELL_S)
    return _say(
        StayOverstayed(**_fields(number, began_at, plate), dwell_s=DWELL_S, overstayed_at=now), now, now
    )


def stay(number: int, now: datetime) -> Iterator[Spoken]:
    """All a stay says: began, overstayed, continues, ended."""
    began_at = now - timedelta(seconds=DWELL_S * 3)
    fields = _fields(number, began_at, None)
    over_at, on_at = began_at + timedelta(seconds=DWELL_S), began_at + timedelta(seconds=DWELL_S * 2)
    yield _say(StayBegan(**fields), began_at, now)
    yield _say(StayOverstayed(**fields, dwell_s=DWELL_S, overstayed_at=over_at), over_at, now)
    yield _say(StayContinues(**fields, stood_s=DWELL_S * 2), on_at, now)
    yield _say(StayEnded(**fields, ended_at=now, ended_by=EndedBy.LEFT, stood_s=DWELL_S * 3), now, now)


def stays(count: int) -> Iterator[Spoken]:
    """So many stays, four observations each."""
    now = datetime.now(UTC)
    for number in range(count):
        yield from stay(number, now)


def _fields(number: int, began_at: datetime, plate: str | None) -> dict[str, Any]:
    zone, camera = f"zone-{number % ZONES}", f"gate-{number // STAYS_A_CAMERA}"
    return {
        "stay_id": stay_id(f"{BOX}/{camera}", zone, began_at, (number // 1000 / 1000, number % 1000 / 1000)),
        "camera": camera,
        "zone": zone,
        "kind": "fire_lane",
        "policy": "fire-lane",
        "label": "car",
        "score": 0.8,
        "box_xyxy": (0.4, 0.4, 0.6, 0.6),
        "began_at": began_at,
        "place": "Harbour Road 1",
        "plate": None if plate is None else Plate(text=plate, score=1.0, source=PlateSource.ASSUMED),
        "why": "made up",
    }


def _say(record: Said, at: datetime, recorded_at: datetime) -> Spoken:
    source = f"{BOX}/{record.camera}"
    return spoken(
        envelope.event(
            record, source=source, subject=record.zone, about=record.stay_id, at=at, recorded_at=recorded_at
        )
    )
