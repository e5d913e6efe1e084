"""What became true, in the words of the wire."""

from datetime import datetime
from typing import Any, NamedTuple

from detectors.stays import StayEvent, StayTurn
from models import envelope
from models.plan import Zone
from models.records import (
    BlindReason,
    CameraBlind,
    CameraSees,
    EndedBy,
    Observation,
    Picture,
    Plate,
    StayBegan,
    StayContinues,
    StayEnded,
    StayOverstayed,
)


class Spoken(NamedTuple):
    """An observation as the spool keeps it: its id, its encoded envelope, and what it says."""

    id: str
    body: bytes
    type: str


StayRecord = StayBegan | StayOverstayed | StayContinues | StayEnded


def stay_record(
    event: StayEvent, *, camera: str, zone: Zone, plate: Plate | None, pictures: tuple[Picture, ...]
) -> StayRecord:
    """The record of one turn of a stay."""
    stay = event.stay
    fact: dict[str, Any] = {
        "stay_id": stay.id,
        "camera": camera,
        "zone": stay.zone,
        "kind": zone.kind,
        "policy": zone.policy_name,
        "place": zone.address,
        "label": stay.label,
        "score": min(1.0, max(0.0, stay.score)),
        "box_xyxy": stay.box_xyxy,
        "began_at": stay.began_at,
        "plate": plate,
        "pictures": pictures,
        "why": event.why,
        "reasons": stay.reasons,
        "appearance": stay.appearance.hex(),
        "group": zone.group or "",
        "exempt": stay.exempt,
        "position_latlon": zone.position,
        "area": zone.area or "",
        "components": zone.components,
        "enforceable": zone.enforceable,
    }
    match event.turn:
        case StayTurn.BEGAN:
            return StayBegan(**fact)
        case StayTurn.OVERSTAYED:
            return StayOverstayed(**fact, dwell_s=zone.dwell_s, overstayed_at=stay.overstayed_at or event.at)
        case StayTurn.CONTINUES:
            return StayContinues(**fact, stood_s=max(0.0, stay.stood_s(event.at)))
        case StayTurn.ENDED:
            return StayEnded(
                **fact,
                ended_at=event.at,
                ended_by=event.ended_by or EndedBy.UNKNOWN,
                stood_s=max(0.0, stay.stood_s(event.at)),
            )


class CameraVoice:
    """Wraps records of one camera into encoded events.

    Args:
        source: `/{site}/{device}/{camera}`.
    """

    def __init__(self, source: str) -> None:
        self._source = source
        self._camera = source.rsplit("/", 1)[-1]

    @property
    def source(self) -> str:
        """Whose voice it is."""
        return self._source

    def stay(self, record: StayRecord, event: StayEvent, recorded_at: datetime) -> Spoken:
        """A turn of a stay."""
        return self._say(record, record.zone, record.stay_id, event.at, recorded_at)

    def blind(
        self, reason: BlindReason, since: datetime, at: datetime, recorded_at: datetime, why: str = ""
    ) -> Spoken:
        """The camera cannot tell; `why` says how one knows, for operators."""
        record = CameraBlind(camera=self._camera, reason=reason, since=since, why=why)
        return self._say(record, self._camera, self._source, at, recorded_at)

    def sees(self, blind_since: datetime, at: datetime, recorded_at: datetime) -> Spoken:
        """The camera can tell again."""
        record = CameraSees(camera=self._camera, blind_since=blind_since)
        return self._say(record, self._camera, self._source, at, recorded_at)

    def _say(
        self, record: Observation, subject: str, about: str, at: datetime, recorded_at: datetime
    ) -> Spoken:
        return spoken(
            envelope.event(
                record, source=self._source, subject=subject, about=about, at=at, recorded_at=recorded_at
            )
        )


def spoken(event: envelope.Event) -> Spoken:
    """An event as the spool keeps it."""
    return Spoken(event.id, envelope.encode(event), event.type)
