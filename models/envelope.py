"""The envelope: CloudEvents 1.0, structured JSON, around one record of `models.records`.

Decoding is in two steps, because two readers need different amounts. The bridge needs an id and a key
and must not refuse what it does not understand; the stream needs the whole, checked.
"""

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from models import ids
from models.errors import BadRecord
from models.records import (
    CameraBlind,
    CameraSees,
    EvidenceSealed,
    Observation,
    ReadingRefused,
    Record,
    SensorAlarmed,
    SensorCleared,
    SensorHeard,
    SensorSilent,
    StayBegan,
    StayContinues,
    StayEnded,
    StayOverstayed,
)
from models.units import UtcTime, utc

EVENT_TYPES: dict[str, type[Observation]] = {
    "clearway.stay.began.v1": StayBegan,
    "clearway.stay.overstayed.v1": StayOverstayed,
    "clearway.stay.continues.v1": StayContinues,
    "clearway.stay.ended.v1": StayEnded,
    "clearway.camera.blind.v1": CameraBlind,
    "clearway.camera.sees.v1": CameraSees,
    "clearway.evidence.sealed.v1": EvidenceSealed,
    "clearway.sensor.alarmed.v1": SensorAlarmed,
    "clearway.sensor.cleared.v1": SensorCleared,
    "clearway.sensor.silent.v1": SensorSilent,
    "clearway.sensor.heard.v1": SensorHeard,
    "clearway.reading.refused.v1": ReadingRefused,
}
TYPE_OF: dict[type[Observation], str] = {record: name for name, record in EVENT_TYPES.items()}

SOURCE_PATTERN = r"^/[A-Za-z0-9_-]{1,64}/[A-Za-z0-9_-]{1,64}/[A-Za-z0-9_-]{1,64}$(?!\n)"
UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What the decoder raises at bytes from outside: not JSON or not ours, not UTF-8, nested without end."""


class Event(Record, frozen=True, kw_only=True):
    """One observation in its envelope.

    Attributes:
        id: deterministic; the same fact always has the same id.
        source: `/{site}/{device}/{camera or sensor}`.
        type: a key of `EVENT_TYPES`.
        subject: the zone, or the sensor itself.
        time: when the frame was captured or the reading taken.
        recordedtime: when the device received that frame or reading: the start of the wait an owner
            feels. Differs from `time` for recordings.
        partitionkey: what must stay in order, `{site}/{device}/{camera}/{zone}`.
        data: the record itself.
    """

    id: str
    source: str
    type: str
    subject: str
    time: UtcTime
    recordedtime: UtcTime
    partitionkey: str
    data: Observation

    @property
    def site(self) -> str:
        """The first word of the source."""
        return self.source.split("/")[1]

    @property
    def device(self) -> str:
        """The second word of the source."""
        return self.source.split("/")[2]


_Id = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
_Key = Annotated[str, msgspec.Meta(min_length=1, max_length=260)]


class Addressed(msgspec.Struct, frozen=True):
    """As much of an event as the bridge reads: its name, and what to keep it in order with."""

    id: _Id
    partitionkey: _Key


class _Wire(msgspec.Struct, frozen=True, kw_only=True):
    """The envelope as sent; `data` is read in a second step, when `type` says how."""

    specversion: Literal["1.0"]
    id: _Id
    source: Annotated[str, msgspec.Meta(pattern=SOURCE_PATTERN)]
    type: Annotated[str, msgspec.Meta(max_length=100)]
    subject: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    time: UtcTime
    recordedtime: UtcTime
    partitionkey: _Key
    data: msgspec.Raw
    datacontenttype: Literal["application/json"] = "application/json"


_encoder = msgspec.json.Encoder()
_addressed = msgspec.json.Decoder(Addressed)
_raw_list = msgspec.json.Decoder(list[msgspec.Raw])
_wire = msgspec.json.Decoder(_Wire)
_data: dict[str, msgspec.json.Decoder[Observation]] = {
    name: msgspec.json.Decoder(record) for name, record in EVENT_TYPES.items()
}
_times: dict[str, tuple[str, ...]] = {
    name: tuple(field.name for field in msgspec.structs.fields(record) if field.type == UtcTime)
    for name, record in EVENT_TYPES.items()
}


def event(
    data: Observation,
    *,
    source: str,
    subject: str,
    about: str,
    at: datetime,
    recorded_at: datetime,
) -> Event:
    """Wrap a record.

    Args:
        data: the record.
        source: `/{site}/{device}/{camera or sensor}`.
        subject: the zone, or the sensor's name.
        about: the id of the stay or alarm, or the source, for facts about a camera or sensor itself.
        at: when the frame was captured.
        recorded_at: when the device received it.
    """
    name = TYPE_OF[type(data)]
    return Event(
        id=ids.event_id(about, name, at),
        source=source,
        type=name,
        subject=subject,
        time=utc(at),
        recordedtime=utc(recorded_at),
        partitionkey=f"{source[1:]}/{subject}",
        data=data,
    )


def encode(item: Event) -> bytes:
    """The event as structured-mode JSON."""
    return _encoder.encode(
        _Wire(
            specversion="1.0",
            id=item.id,
            source=item.source,
            type=item.type,
            subject=item.subject,
            time=item.time,
            recordedtime=item.recordedtime,
            partitionkey=item.partitionkey,
            data=msgspec.Raw(_encoder.encode(item.data)),
        )
    )


def join(items: list[bytes]) -> bytes:
    """Several encoded events as one batch message."""
    return b"[" + b",".join(items) + b"]"


def split(payload: bytes) -> list[bytes]:
    """One event or a batch, as it came, into the bytes of each event.

    Raises:
        BadRecord: not JSON.
    """
    if not payload.lstrip().startswith(b"["):
        return [payload]
    try:
        return [bytes(raw) for raw in _raw_list.decode(payload)]
    except UNREADABLE as exc:
        raise BadRecord("$", f"not a batch of events: {exc}") from exc


def address(raw: bytes) -> Addressed:
    """Read only an event's id and key.

    Raises:
        BadRecord: it has none.
    """
    try:
        return _addressed.decode(raw)
    except UNREADABLE as exc:
        raise _bad(exc) from exc


def decode(raw: bytes) -> Event:
    """Read and check one whole event.

    Raises:
        BadRecord: names the field and the fault.
    """
    try:
        # The decoder does not look inside fields it skips; whoever keeps the text must not stumble there.
        wire = _wire.decode(raw.decode())
    except UNREADABLE as exc:
        raise _bad(exc) from exc
    decoder = _data.get(wire.type)
    if decoder is None:
        raise BadRecord("type", f"{wire.type!r} is no event type of this version")
    try:
        data = decoder.decode(wire.data)
    except UNREADABLE as exc:
        raise _bad(exc, below="data") from exc
    for name in _times[wire.type]:
        _in_utc(f"data.{name}", getattr(data, name))
    return Event(
        id=wire.id,
        source=wire.source,
        type=wire.type,
        subject=wire.subject,
        time=_in_utc("time", wire.time),
        recordedtime=_in_utc("recordedtime", wire.recordedtime),
        partitionkey=wire.partitionkey,
        data=data,
    )


def _in_utc(field: str, at: datetime) -> datetime:
    try:
        return utc(at)
    except OverflowError as exc:
        raise BadRecord(field, f"{at.isoformat()} lies beyond the calendar") from exc


def _bad(exc: Exception, below: str = "") -> BadRecord:
    """Msgspec says `problem - at `$.path``; we keep the path as the field."""
    text, _, path = str(exc).rpartition(" - at `")
    if not text:
        text, path = path, ""
    path = path.removesuffix("`")
    field = path.removeprefix("$.") if path else "$"
    if below:
        field = below if field == "$" else f"{below}.{field}"
    return BadRecord(field, text)
