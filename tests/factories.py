"""One factory a record, so that a test states only what it is about."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import cv2
import numpy as np

from cases.arrivals import Arrival
from cases.life import Signal, SignalKind
from cases.policy import Assessment, Policy, builtin_policies
from detectors.look import Detections, Frame, Pixels
from models import envelope
from models.ids import alarm_id, stay_id
from models.records import (
    EndedBy,
    Picture,
    PictureRole,
    Plate,
    PlateSource,
    SensorAlarmed,
    SensorCleared,
    SensorKind,
    StayBegan,
    StayContinues,
    StayEnded,
    StayOverstayed,
)

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
SOURCE = "/harbour/box-1/north-gate"


def at(seconds: float) -> datetime:
    """So many seconds after noon."""
    return NOON + timedelta(seconds=seconds)


def plate(text: str = "浙B12345", source: PlateSource = PlateSource.ASSUMED) -> Plate:
    return Plate(text=text, score=1.0, source=source)


def unsure_plate(text: str = "浙B99999") -> Plate:
    """Read once: for operators' eyes, never for a notice."""
    return Plate(text=text, score=0.6, source=PlateSource.READ, sure=False, reads=1)


def picture(digit: str = "a", role: PictureRole = PictureRole.OVERSTAY) -> Picture:
    return Picture(role=role, sha256=digit * 64, captured_at=NOON, bytes=1000)


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


def alarmed(**changes: Any) -> SensorAlarmed:
    return SensorAlarmed(**(alarm_fields() | {"alarmed_at": NOON} | changes))


def cleared(**changes: Any) -> SensorCleared:
    return SensorCleared(**(alarm_fields() | {"cleared_at": at(60)} | changes))


def alarm_fields() -> dict[str, Any]:
    return {
        "sensor": "smoke-1",
        "kind": SensorKind.SMOKE,
        "policy": "smoke",
        "alarm_id": alarm_id("/harbour/box-1/smoke-1", NOON),
    }


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


def by_proof() -> dict[str, Policy]:
    """The built-in policies, fire lanes assessed by their proof: cases that wait for somebody's word."""
    found = builtin_policies()
    return found | {"fire-lane": found["fire-lane"].model_copy(update={"assess": Assessment.PROOF})}


def short_ladders() -> dict[str, Policy]:
    """The same with what owners are told and nothing else, for tests that count steps."""
    told = {"notice", "reminder", "thanks"}
    return {
        name: policy.model_copy(update={"step": tuple(rung for rung in policy.step if rung.id in told)})
        for name, policy in by_proof().items()
    }


def arrival(kind: SignalKind, **changes: Any) -> Arrival:
    return Arrival(signal(kind, **changes), b"{}")


SMALL_WH = (320, 240)
Box = tuple[float, float, float, float]


def texture(seed: int, *, shift: int = 0, gain: float = 1.0, offset: float = 0.0) -> Pixels:
    """A brightness picture (H, W) with structure: the same for the same seed, moved and lit as asked."""
    width, height = SMALL_WH
    coarse = np.random.default_rng(seed).integers(40, 190, (height // 12, width // 12)).astype(np.float32)
    whole = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    lit = np.roll(whole, (shift, shift), axis=(0, 1)) * gain + offset
    return np.clip(lit, 0, 255).astype(np.uint8)


def scene(*things: tuple[Box, int], street: int = 1) -> Pixels:
    """A street (H, W) with things on it, each a box and the seed of its picture."""
    luma = texture(street).copy()
    for (left, top, right, bottom), seed in things:
        rows = slice(round(top * SMALL_WH[1]), round(bottom * SMALL_WH[1]))
        columns = slice(round(left * SMALL_WH[0]), round(right * SMALL_WH[0]))
        luma[rows, columns] = texture(seed)[rows, columns]
    return luma


def found(*things: Box | tuple[Box, str] | tuple[Box, str, float]) -> Detections:
    """What a network says of things: boxes, by default cars at 0.8."""
    full: list[Any] = [thing if isinstance(thing[0], tuple) else (thing, "car", 0.8) for thing in things]
    rows = [(*row, "car", 0.8)[:3] if len(row) == 1 else (*row, 0.8)[:3] for row in full]
    return Detections(
        np.array([row[0] for row in rows], dtype=np.float64).reshape(-1, 4),
        np.array([row[2] for row in rows], dtype=np.float64),
        tuple(row[1] for row in rows),
    )


def frame(luma: Pixels, seconds: float) -> Frame:
    """A look in grey, captured so many seconds after noon."""
    return Frame(cv2.cvtColor(luma, cv2.COLOR_GRAY2BGR), at(seconds), at(seconds))
