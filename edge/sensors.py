"""MQTT sensors: whatever a sensor says is mapped to a reading, and readings become observations."""

import json
import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from edge.settings import SensorSettings
from models.errors import BadRecord
from models.ids import alarm_id
from models.records import Observation, SensorAlarmed, SensorCleared, SensorHeard, SensorSilent

MAX_READING_BYTES = 64 * 1024


class Reading(msgspec.Struct, frozen=True):
    """What a sensor said.

    Attributes:
        alarm: whether it alarms; None between the two thresholds, where nothing changes.
        value: the number, where it gave one.
    """

    alarm: bool | None
    value: float | None = None


class SensorMemory(msgspec.Struct, frozen=True, kw_only=True):
    """What is remembered of one sensor, also over a restart."""

    last_heard_at: datetime | None = None
    silent: bool = False
    alarm: str | None = None
    value: float | None = None


def read(payload: bytes, settings: SensorSettings) -> Reading:
    """What a payload says, by the sensor's settings.

    Raises:
        BadRecord: it cannot be read that way.
    """
    if len(payload) > MAX_READING_BYTES:
        raise BadRecord("$", f"{len(payload)} bytes; a reading has at most {MAX_READING_BYTES}")
    try:
        text = payload.decode()
    except UnicodeDecodeError as exc:
        raise BadRecord("$", "is not UTF-8 text") from exc
    found = _dig(text, settings.value) if settings.value else _bare(text)
    return _judge(found, settings)


def step(
    memory: SensorMemory, reading: Reading | None, settings: SensorSettings, *, source: str, at: datetime
) -> tuple[SensorMemory, tuple[Observation, ...]]:
    """Advance one sensor.

    Args:
        memory: what is known of it.
        reading: what it said; None when only time has passed.
        settings: which sensor it is.
        source: `/{site}/{device}/{sensor}`, which names its alarms.
        at: now.

    Returns:
        The memory afterwards, and what became true.
    """
    if reading is None:
        return _silence(memory, settings, at)
    said: list[Observation] = []
    if memory.silent and memory.last_heard_at is not None:
        said.append(SensorHeard(**_who(settings, reading.value), silent_since=memory.last_heard_at))
    alarm = memory.alarm
    if reading.alarm is True and alarm is None:
        alarm = alarm_id(source, at)
        said.append(
            SensorAlarmed(**_who(settings, reading.value), alarm_id=alarm, alarmed_at=at, why="it says so")
        )
    elif reading.alarm is False and alarm is not None:
        said.append(
            SensorCleared(**_who(settings, reading.value), alarm_id=alarm, cleared_at=at, why="it says so")
        )
        alarm = None
    return SensorMemory(last_heard_at=at, silent=False, alarm=alarm, value=reading.value), tuple(said)


def _silence(
    memory: SensorMemory, settings: SensorSettings, at: datetime
) -> tuple[SensorMemory, tuple[Observation, ...]]:
    """A sensor that was never heard counts from the moment we began to listen."""
    if memory.last_heard_at is None:
        return msgspec.structs.replace(memory, last_heard_at=at), ()
    quiet_s = (at - memory.last_heard_at).total_seconds()
    if memory.silent or quiet_s <= settings.heartbeat_s:
        return memory, ()
    said = SensorSilent(
        **_who(settings, memory.value),
        last_heard_at=memory.last_heard_at,
        heartbeat_s=settings.heartbeat_s,
        why=f"nothing heard for {quiet_s:.0f} s, a reading is due every {settings.heartbeat_s:g} s",
    )
    return msgspec.structs.replace(memory, silent=True), (said,)


def _who(settings: SensorSettings, value: float | None) -> dict[str, Any]:
    return {
        "sensor": settings.name,
        "kind": settings.kind,
        "policy": settings.policy_name,
        "place": settings.place,
        "value": value,
    }


def _bare(text: str) -> object:
    """A payload that is the reading itself, as JSON or as plain text."""
    try:
        return json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError):
        return text.strip()


def _dig(text: str, path: str) -> object:
    try:
        found: object = json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError) as exc:
        raise BadRecord("$", f"is not JSON: {exc}") from exc
    for word in path.split("."):
        if not isinstance(found, Mapping) or word not in found:
            raise BadRecord(path, f"has no {word!r}")
        found = found[word]
    return found


def _no_number(word: str) -> object:
    """JSON knows no NaN and no Infinity, though many that write it do."""
    raise ValueError(f"{word} is no number")


def _number(found: object, field: str) -> float | None:
    if isinstance(found, bool) or not isinstance(found, int | float):
        return None
    try:
        value = float(found)
    except OverflowError:
        value = math.inf
    if not math.isfinite(value):
        raise BadRecord(field, "is larger than any number that can be measured")
    return value


def _judge(found: object, settings: SensorSettings) -> Reading:
    value = _number(found, settings.value or "$")
    if settings.alarm_at is not None:
        if value is None:
            raise BadRecord(settings.value or "$", f"{found!r:.60} is no number, and `alarm_at` needs one")
        if value >= settings.alarm_at:
            return Reading(alarm=True, value=value)
        clear_at = settings.alarm_at if settings.clear_at is None else settings.clear_at
        return Reading(alarm=False if value <= clear_at else None, value=value)
    if not isinstance(found, bool | str | int | float):
        raise BadRecord(settings.value or "$", f"{found!r:.60} is neither text, number nor true/false")
    return Reading(alarm=str(found).lower() in {word.lower() for word in settings.alarm}, value=value)
