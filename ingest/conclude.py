"""From an event to what the ledger does with it: pure, one function a kind of observation."""

import base64
from collections.abc import Container
from datetime import datetime, timedelta
from typing import Any

from cases.arrivals import Arrival, Condition, DeadLetter, SealedEvidence
from cases.life import Resolution, Signal, SignalKind
from ingest.dedup import incident_key
from models import envelope
from models.envelope import Event
from models.errors import BadRecord
from models.packet import opened
from models.records import (
    CameraBlind,
    CameraSees,
    EndedBy,
    EvidenceSealed,
    ReadingRefused,
    SensorAlarmed,
    SensorCleared,
    SensorFact,
    SensorHeard,
    SensorSilent,
    StayBegan,
    StayContinues,
    StayEnded,
    StayFact,
    StayOverstayed,
)

Conclusion = Arrival | Condition | DeadLetter | SealedEvidence

KIND_OF: dict[type[StayFact] | type[SensorFact], SignalKind] = {
    StayBegan: SignalKind.NOTED,
    StayOverstayed: SignalKind.OBSERVED,
    StayContinues: SignalKind.CONTINUES,
    StayEnded: SignalKind.ENDED,
    SensorAlarmed: SignalKind.OBSERVED,
    SensorCleared: SignalKind.ENDED,
}
RESOLUTION_OF = {EndedBy.LEFT: Resolution.LEFT}
"""Only proof resolves; every other end leaves the case open and unseen."""


def read(raw: bytes, now: datetime, future_s: float, policies: Container[str]) -> Event:
    """Decode an event and check what its own fields cannot say.

    Args:
        raw: the bytes from the log.
        now: our clock.
        future_s: how far ahead of it a device's clock may be.
        policies: the names of the ladders there are.

    Raises:
        BadRecord: names the field and the fault.
    """
    event = envelope.decode(raw)
    limit = now + timedelta(seconds=future_s)
    for field, at in (("time", event.time), ("recordedtime", event.recordedtime)):
        if at > limit:
            ahead_s = (at - now).total_seconds()
            raise BadRecord(field, f"lies {ahead_s:.0f} s in the future; set the device's clock")
    policy = getattr(event.data, "policy", None)
    if policy is not None and policy not in policies:
        raise BadRecord("data.policy", f"no policy {policy!r} is known here")
    return event


def conclude(event: Event, raw: bytes, now: datetime) -> Conclusion:  # noqa: PLR0911 - a table of kinds
    """What an event means for the ledger.

    Args:
        event: decoded from `raw`.
        raw: kept with the case.
        now: our clock, for dead letters.

    Raises:
        BadRecord: sealed evidence whose seal does not hold.
    """
    data = event.data
    match data:
        case CameraBlind():
            return Condition(event.source, f"blind: {data.reason.value}", data.since, event.time, data.why)
        case CameraSees():
            return Condition(event.source, "ok", event.time, event.time, data.why)
        case SensorSilent():
            return Condition(event.source, "silent", data.last_heard_at, event.time, data.why)
        case SensorHeard():
            return Condition(event.source, "ok", event.time, event.time, data.why)
        case ReadingRefused():
            return _refused(event, data, now)
        case EvidenceSealed():
            return SealedEvidence(event.id, opened(data, event.source))
        case StayFact():
            return Arrival(_stay(event, data), raw)
        case SensorAlarmed() | SensorCleared():
            return Arrival(_alarm(event, data), raw)


def _stay(event: Event, fact: StayFact) -> Signal:
    left, _, right, bottom = fact.box_xyxy
    ended_by = fact.ended_by if isinstance(fact, StayEnded) else None
    return Signal(
        **_common(event, fact),
        origin_id=fact.stay_id,
        zone=fact.zone,
        began_at=fact.began_at,
        label=fact.label,
        plate=fact.plate,
        pictures=fact.pictures,
        spot_xy=((left + right) / 2, bottom),
        group=fact.group,
        appearance=fact.appearance,
        exempt=fact.exempt,
        position_latlon=fact.position_latlon,
        area=fact.area,
        components=fact.components,
        enforceable=fact.enforceable,
        resolution=None if ended_by is None else RESOLUTION_OF.get(ended_by),
    )


def _alarm(event: Event, fact: SensorAlarmed | SensorCleared) -> Signal:
    return Signal(
        **_common(event, fact),
        origin_id=fact.alarm_id,
        zone=fact.sensor,
        began_at=event.time,
        label=fact.kind.value,
        resolution=Resolution.CLEARED if isinstance(fact, SensorCleared) else None,
    )


def _common(event: Event, fact: StayFact | SensorFact) -> dict[str, Any]:
    return {
        "kind": KIND_OF[type(fact)],
        "event_id": event.id,
        "event_type": event.type,
        "dedup_key": incident_key(event.site, fact),
        "policy": fact.policy,
        "source": event.source,
        "at": event.time,
        "recorded_at": event.recordedtime,
        "place": fact.place,
        "why": fact.why,
    }


def _refused(event: Event, data: ReadingRefused, now: datetime) -> DeadLetter:
    try:
        payload = base64.b64decode(data.payload, validate=True)
    except ValueError:  # not base64, or not even ASCII
        payload = data.payload.encode()
    problem = f"{data.problem} ({data.times} such reading(s) of sensor {data.sensor})"
    return DeadLetter(
        id=event.id,
        at=now,
        origin=data.topic,
        field=data.field[:200],
        problem=problem[:500],
        size=len(payload),
        payload=payload,
    )
