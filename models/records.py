"""What is said between processes: one frozen record per fact.

A record is the `data` of an event (see `models.envelope`). Fields only ever gain members with defaults:
a centre must read what an older device says, and ignore what a newer one adds.
"""

from enum import StrEnum
from typing import Annotated

import msgspec

from models.units import BoxXyxy, Name, Position, Score, Seconds, Sha256, Text, UtcTime


class Record(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=False):
    """Base of everything that crosses a wire."""


class ZoneKind(StrEnum):
    """What a zone is for; it decides the matter of its cases."""

    FIRE_LANE = "fire_lane"
    NO_PARKING = "no_parking"
    NO_STALL = "no_stall"
    WATER = "water"


class EndedBy(StrEnum):
    """How a stay ended. `left` needs proof; without it the answer is `unknown`."""

    LEFT = "left"
    UNKNOWN = "unknown"
    END_OF_RECORDING = "end_of_recording"


class PictureRole(StrEnum):
    """What a picture of the evidence proves."""

    ARRIVAL = "arrival"
    OVERSTAY = "overstay"
    CLOSE_UP = "close_up"
    PLATE = "plate"
    EMPTY = "empty"


class PlateSource(StrEnum):
    """Where a plate comes from. Only `read` was seen by a camera."""

    READ = "read"
    ASSUMED = "assumed"


class Plate(Record, frozen=True, kw_only=True):
    """The plate of a standing vehicle.

    Attributes:
        text: as registered, without the middle dot.
        score: 0..1; 1.0 for an assumed plate, which nobody read.
        source: `assumed` when the plan or a flag names it.
        sure: whether the reads agree well enough to act on. An unsure plate is shown to operators and
            never used for a notice, nor to tell one incident from another.
        reads: how many reads of different frames agree; 0 for an assumed plate.
        characters: 0..1 for each character of `text`; empty for an assumed plate.
        kind: the grammar's word for it (`blue`, `new-energy`, …), where one fits.
        picture: SHA-256 of the very frame that the best read came from.
    """

    text: Annotated[str, msgspec.Meta(min_length=2, max_length=16)]
    score: Score
    source: PlateSource
    sure: bool = True
    reads: Annotated[int, msgspec.Meta(ge=0)] = 0
    characters: tuple[Score, ...] = ()
    kind: Annotated[str, msgspec.Meta(max_length=40)] = ""
    picture: Sha256 | None = None

    @property
    def names_vehicle(self) -> bool:
        """Whether it tells one vehicle from another: read by a camera, surely."""
        return self.source is PlateSource.READ and self.sure


class Picture(Record, frozen=True, kw_only=True):
    """One picture of the evidence, by its content.

    Attributes:
        sha256: of the JPEG bytes; also its address in the blob store.
        captured_at: when the frame was captured, not when it was written.
        private_xyxy: faces and plates of others, fractions of this picture: blurred wherever it is shown
            outside the case.
    """

    role: PictureRole
    sha256: Sha256
    captured_at: UtcTime
    bytes: Annotated[int, msgspec.Meta(ge=1)]
    private_xyxy: tuple[BoxXyxy, ...] = ()


class Reason(Record, frozen=True, kw_only=True):
    """Something a judgement rested on, merged over the looks in a row that said the same.

    Attributes:
        what: a sentence fragment for operators, such as `hidden by a bus`.
        since, until: first and last look that said so.
        looks: how many did.
        values: the figures it rested on at the last of them, such as `overlap` or `likeness`.
    """

    what: Text
    since: UtcTime
    until: UtcTime
    looks: Annotated[int, msgspec.Meta(ge=1)] = 1
    values: dict[str, float] = {}


class StayFact(Record, frozen=True, kw_only=True):
    """What every observation of a stay says.

    Attributes:
        stay_id: deterministic; see `models.ids`.
        camera: the camera's name on its device.
        zone: the zone's id in the plan.
        kind: what the zone is for.
        policy: the policy the plan names for the zone.
        place: address for people; may be empty.
        label: what stands there, in the network's words (`car`, `truck`, …).
        score: best detection score so far.
        box_xyxy: where it stands, in fractions of the frame.
        began_at: first look that showed it standing.
        plate: None until one is known.
        pictures: the evidence so far.
        why: the explanation of this transition, for operators.
        reasons: what the stay rests on so far, oldest first; a bounded number.
        appearance: what the vehicle looks like, hexadecimal, to be held against other sightings
            (`detectors.appearance`); empty where nobody looked.
        group: zones of one group are one place: whoever stands in two of them is one incident.
        exempt: why nobody is to be told to leave: `ambulance`, `plate 浙A0001警`; empty for others.
        position_latlon: of the zone, WGS 84 degrees, latitude first; None where nobody noted it.
        area: the area that the plan names for the zone; empty if none.
        components: ids of the city components that the plan names for the zone.
        enforceable: whether the plan has a legal basis and a sign for the zone. Without, owners can be
            warned and nothing else.
    """

    stay_id: Annotated[str, msgspec.Meta(min_length=36, max_length=36)]
    camera: Name
    zone: Name
    kind: ZoneKind
    policy: Name
    label: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
    score: Score
    box_xyxy: BoxXyxy
    began_at: UtcTime
    place: Text = ""
    plate: Plate | None = None
    pictures: tuple[Picture, ...] = ()
    why: Text = ""
    reasons: tuple[Reason, ...] = ()
    appearance: Annotated[str, msgspec.Meta(max_length=512)] = ""
    group: Annotated[str, msgspec.Meta(max_length=64)] = ""
    exempt: Text = ""
    position_latlon: Position | None = None
    area: Annotated[str, msgspec.Meta(max_length=64)] = ""
    components: Annotated[tuple[Name, ...], msgspec.Meta(max_length=100)] = ()
    enforceable: bool = False


class StayBegan(StayFact, frozen=True, kw_only=True):
    """Something that the zone forbids stands there."""


class StayOverstayed(StayFact, frozen=True, kw_only=True):
    """It has stood longer than the zone allows. This is what opens a case.

    Attributes:
        dwell_s: what the zone allows.
        overstayed_at: when the dwell ran out, seeing time only.
    """

    dwell_s: Seconds
    overstayed_at: UtcTime


class StayContinues(StayFact, frozen=True, kw_only=True):
    """It still stands there: the heartbeat of an overstay, never a reason for another notice.

    Attributes:
        stood_s: seeing time since `began_at`; blind time does not count.
    """

    stood_s: Seconds


class StayEnded(StayFact, frozen=True, kw_only=True):
    """It stands there no more.

    Attributes:
        ended_at: first look in which it no longer stood there.
        ended_by: `left` only with proof.
        stood_s: seeing time between `began_at` and `ended_at`.
    """

    ended_at: UtcTime
    ended_by: EndedBy
    stood_s: Seconds


class BlindReason(StrEnum):
    """Why a camera cannot tell."""

    NO_FRAMES = "no_frames"
    BLACK = "black"
    FROZEN = "frozen"
    COVERED = "covered"
    DEFOCUSED = "defocused"
    MOVED = "moved"
    END_OF_RECORDING = "end_of_recording"


class CameraBlind(Record, frozen=True, kw_only=True):
    """The camera cannot tell what is there: its stays are suspended, not ended."""

    camera: Name
    reason: BlindReason
    since: UtcTime
    why: Text = ""


class CameraSees(Record, frozen=True, kw_only=True):
    """The camera can tell again."""

    camera: Name
    blind_since: UtcTime
    why: Text = ""


class EvidenceSealed(Record, frozen=True, kw_only=True):
    """The evidence of a stay, sealed by its device; it goes on one chain with all the device sealed before.

    Attributes:
        stay_id: what it proves.
        camera: which camera saw it.
        number: place in the device's chain, from 1, without gaps.
        manifest: canonical JSON that names every picture by its SHA-256 (`models.packet`).
        signature: Ed25519 over the manifest's bytes, base64.
        key: the device's public key, base64.
    """

    stay_id: Annotated[str, msgspec.Meta(min_length=36, max_length=36)]
    camera: Name
    number: Annotated[int, msgspec.Meta(ge=1)]
    manifest: Annotated[str, msgspec.Meta(min_length=2, max_length=32_768)]
    signature: Annotated[str, msgspec.Meta(min_length=88, max_length=88)]
    key: Annotated[str, msgspec.Meta(min_length=44, max_length=44)]


class SensorKind(StrEnum):
    """What a sensor senses; it decides the matter of its cases."""

    SMOKE = "smoke"
    WATER = "water"


class SensorFact(Record, frozen=True, kw_only=True):
    """What every observation of a sensor says.

    Attributes:
        sensor: its name on its device.
        kind: what it senses.
        place: address for people.
        value: the reading that decided, where there is one.
    """

    sensor: Name
    kind: SensorKind
    policy: Name
    place: Text = ""
    value: float | None = None
    why: Text = ""


class SensorAlarmed(SensorFact, frozen=True, kw_only=True):
    """The sensor reports an alarm. One alone opens a case to verify (99.98 % are not fires)."""

    alarm_id: Annotated[str, msgspec.Meta(min_length=36, max_length=36)]
    alarmed_at: UtcTime


class SensorCleared(SensorFact, frozen=True, kw_only=True):
    """The alarm is over."""

    alarm_id: Annotated[str, msgspec.Meta(min_length=36, max_length=36)]
    cleared_at: UtcTime


class SensorSilent(SensorFact, frozen=True, kw_only=True):
    """The sensor missed its heartbeat: it may be dead, so its silence says nothing."""

    last_heard_at: UtcTime
    heartbeat_s: Seconds


class SensorHeard(SensorFact, frozen=True, kw_only=True):
    """A silent sensor speaks again."""

    silent_since: UtcTime


class ReadingRefused(Record, frozen=True, kw_only=True):
    """A sensor said something that cannot be read: kept as a dead letter by the centre.

    Attributes:
        topic: the sensor's own topic.
        payload: what it said, base64, at most the first 4 KiB.
        times: how often since the last such observation.
    """

    sensor: Name
    topic: Text
    field: Text
    problem: Text
    payload: Annotated[str, msgspec.Meta(max_length=6000)]
    times: Annotated[int, msgspec.Meta(ge=1)] = 1


Observation = (
    StayBegan
    | StayOverstayed
    | StayContinues
    | StayEnded
    | CameraBlind
    | CameraSees
    | EvidenceSealed
    | SensorAlarmed
    | SensorCleared
    | SensorSilent
    | SensorHeard
    | ReadingRefused
)
"""What an edge box says to the centre."""


class Receipt(Record, frozen=True, kw_only=True):
    """Centre to device: these ids (of events, or of pictures by SHA-256) are durable here.

    Attributes:
        at: the centre's clock when it said so; the device holds its own against it.
    """

    ids: tuple[Annotated[str, msgspec.Meta(min_length=1, max_length=64)], ...]
    at: UtcTime | None = None


class CameraState(StrEnum):
    """What a camera is doing, for status pages."""

    STARTING = "starting"
    SEEING = "seeing"
    BLIND = "blind"
    LOST = "lost"
    UNUSABLE = "unusable"
    ENDED = "ended"


class CameraHealth(Record, frozen=True, kw_only=True):
    """One camera as its device sees it.

    Attributes:
        look_interval_s: seconds between looks lately; more than was asked for means the box is overloaded.
        overloaded: whether it is.
    """

    camera: Name
    state: CameraState
    source: Text
    since: UtcTime
    looks: int = 0
    network_runs: int = 0
    last_look_at: UtcTime | None = None
    reconnects: int = 0
    detail: Text = ""
    look_interval_s: Seconds = 0.0
    overloaded: bool = False


class SensorHealth(Record, frozen=True, kw_only=True):
    """One sensor as its device sees it."""

    sensor: Name
    kind: SensorKind
    state: Annotated[str, msgspec.Meta(max_length=20)]
    last_heard_at: UtcTime | None = None
    value: float | None = None


class SpoolHealth(Record, frozen=True, kw_only=True):
    """How much waits on a device for the centre's receipt."""

    events: int = 0
    pictures: int = 0
    bytes: int = 0
    dropped_pictures: int = 0
    dropped_events: int = 0


class DeviceStatus(Record, frozen=True, kw_only=True):
    """What a device says of itself: retained, and replaced by its last will when it is gone.

    Attributes:
        key: the public key it seals evidence with, base64; empty if it does not.
        clock_offset_s: its clock minus the centre's, and how far that may be off; None until measured.
    """

    online: bool
    at: UtcTime
    version: Text = ""
    cameras: tuple[CameraHealth, ...] = ()
    sensors: tuple[SensorHealth, ...] = ()
    spool: SpoolHealth | None = None
    key: Annotated[str, msgspec.Meta(max_length=44)] = ""
    clock_offset_s: float | None = None
    clock_error_s: float | None = None


class TrailObject(Record, frozen=True, kw_only=True):
    """One object in one look, for the live picture and for what-if replay."""

    label: Annotated[str, msgspec.Meta(max_length=40)]
    score: Score
    box_xyxy: BoxXyxy
    standing_s: Seconds = 0.0
    zone: str = ""
    phase: Annotated[str, msgspec.Meta(max_length=20)] = ""


class TrailZone(Record, frozen=True, kw_only=True):
    """A zone as drawn, so that a viewer can show it without holding the plan."""

    zone: Name
    kind: ZoneKind
    polygon: tuple[tuple[float, float], ...]


class Trail(Record, frozen=True, kw_only=True):
    """One look, compact: what was there and what stands."""

    camera: Name
    at: UtcTime
    objects: tuple[TrailObject, ...] = ()
    zones: tuple[TrailZone, ...] = ()
