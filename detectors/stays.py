"""Stays: how long what stands has stood in a zone, by the wall clock, blind time excepted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec
import numpy as np
from shapely import Polygon

from detectors.standing import Gone, Sight, Standing
from models.geometry import footprint_share, shape
from models.ids import stay_id
from models.plan import Zone
from models.records import EndedBy

SETTLE_S = 2.0
"""Seconds something must have stood before its stay is spoken of: whoever brakes does not park."""

CONTINUES_S = 60.0
"""Heartbeat of an overstay. The centre tells nobody to leave on news much older than this."""


@dataclass(frozen=True, slots=True)
class ZoneRule:
    """A zone of a plan, ready to be held against boxes."""

    zone: Zone
    polygon: Polygon

    @classmethod
    def of(cls, zone: Zone) -> "ZoneRule":
        """Prepare a zone."""
        return cls(zone, shape(zone.polygon))

    def concerns(self, thing: Standing) -> bool:
        """Whether it is something this zone forbids, with enough of its footprint inside."""
        if thing.label not in self.zone.forbidden_labels:
            return False
        share = footprint_share(np.array([thing.box_xyxy]), self.polygon)[0]
        return bool(share >= self.zone.min_share)


class Phase(StrEnum):
    """How far a stay has come. Only forward."""

    BEGAN = "began"
    OVERSTAYED = "overstayed"
    ENDED = "ended"


class Stay(msgspec.Struct, frozen=True, kw_only=True):
    """One vehicle standing in one zone.

    Attributes:
        blind_s: seconds since `began_at` in which the camera could not tell; they do not count.
        unsure_s: such seconds while its object was absent: they count as blind if it turns out to have
            stood, and never were part of the stay if it turns out to have left before.
        reported_at: when something was last said of it.
    """

    id: str
    object_id: str
    zone: str
    label: str
    score: float
    box_xyxy: tuple[float, float, float, float]
    began_at: datetime
    reported_at: datetime
    phase: Phase = Phase.BEGAN
    blind_s: float = 0.0
    unsure_s: float = 0.0
    overstayed_at: datetime | None = None

    def stood_s(self, at: datetime) -> float:
        """Seconds it has stood by `at`, blind time excepted."""
        return (at - self.began_at).total_seconds() - self.blind_s


class StayTurn(StrEnum):
    """What became true of a stay with one look."""

    BEGAN = "began"
    OVERSTAYED = "overstayed"
    CONTINUES = "continues"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class StayEvent:
    """Something became true of a stay.

    Attributes:
        at: since when it is true: the end of a stay is known some looks later.
        ended_by: for ends.
    """

    turn: StayTurn
    stay: Stay
    at: datetime
    why: str
    ended_by: EndedBy | None = None


def step(
    stays: Sequence[Stay],
    objects: Sequence[Standing],
    gone: Sequence[Gone],
    rules: Sequence[ZoneRule],
    *,
    source: str,
    at: datetime,
    blind_s: float = 0.0,
) -> tuple[tuple[Stay, ...], tuple[StayEvent, ...]]:
    """Advance all stays of a camera by one look.

    Args:
        stays: the stays so far.
        objects: what stands after this look.
        gone: what stands no more since this look.
        rules: the zones.
        source: `/{site}/{device}/{camera}`, which names the stays.
        at: when the look was captured.
        blind_s: seconds right before this look in which the camera could not tell.

    Returns:
        The stays afterwards, and what became true with this look, oldest first.
    """
    events: list[StayEvent] = []
    after: list[Stay] = []
    ends = {end.object.id: end for end in gone}
    things = {thing.id: thing for thing in objects}
    for stay in stays:
        if (end := ends.get(stay.object_id)) is not None:
            events.append(_ended(_waited(stay, end.object, blind_s, at), end))
        elif (thing := things.get(stay.object_id)) is not None:
            waited = _waited(stay, thing, blind_s, at)
            advanced, turned = _advance(waited, thing, _rule(rules, stay.zone), at)
            after.append(advanced)
            events.extend(turned)
    known = {(stay.object_id, stay.zone) for stay in stays}
    for thing in objects:
        for rule in rules:
            if (thing.id, rule.zone.id) not in known and _settled(thing, at) and rule.concerns(thing):
                stay = _begin(thing, rule, source, at, blind_s)
                why = f"stood in the same place, looking the same, in {thing.looks} looks"
                events.append(StayEvent(turn=StayTurn.BEGAN, stay=stay, at=stay.began_at, why=why))
                advanced, turned = _advance(stay, thing, rule, at)
                after.append(advanced)
                events.extend(turned)
    return tuple(after), tuple(sorted(events, key=lambda event: event.at))


def _waited(stay: Stay, thing: Standing, blind_s: float, at: datetime) -> Stay:
    """The stay after so many blind seconds right before this look."""
    if thing.absent_since is not None and thing.absent_since < at:
        return msgspec.structs.replace(stay, unsure_s=stay.unsure_s + blind_s)
    if blind_s == 0 and stay.unsure_s == 0:
        return stay
    return msgspec.structs.replace(stay, blind_s=stay.blind_s + stay.unsure_s + blind_s, unsure_s=0.0)


def _settled(thing: Standing, at: datetime) -> bool:
    return (
        thing.stands
        and thing.sight is Sight.STANDING
        and at - thing.first_seen_at >= timedelta(seconds=SETTLE_S)
    )


def _begin(thing: Standing, rule: ZoneRule, source: str, at: datetime, blind_s: float) -> Stay:
    """A stay begins with its object's first look, which was before any blind time right before this one."""
    return Stay(
        id=stay_id(source, rule.zone.id, thing.first_seen_at, thing.first_ground_xy),
        object_id=thing.id,
        zone=rule.zone.id,
        label=thing.label,
        score=thing.score,
        box_xyxy=thing.box_xyxy,
        began_at=thing.first_seen_at,
        reported_at=at,
        blind_s=blind_s,
    )


def _advance(
    stay: Stay, thing: Standing, rule: ZoneRule | None, at: datetime
) -> tuple[Stay, list[StayEvent]]:
    """A stay whose object is still known. Nothing is said of what this look does not show."""
    if rule is None or thing.sight is not Sight.STANDING:
        return stay, []
    stay = msgspec.structs.replace(stay, label=thing.label, score=thing.score, box_xyxy=thing.box_xyxy)
    stood_s = stay.stood_s(at)
    if stay.phase is Phase.BEGAN and stood_s >= rule.zone.dwell_s:
        over = msgspec.structs.replace(stay, phase=Phase.OVERSTAYED, overstayed_at=at, reported_at=at)
        why = f"stood {stood_s:.0f} s, {rule.zone.dwell_s:g} s are allowed"
        return over, [StayEvent(turn=StayTurn.OVERSTAYED, stay=over, at=at, why=why)]
    if stay.phase is Phase.OVERSTAYED and (at - stay.reported_at).total_seconds() >= CONTINUES_S:
        told = msgspec.structs.replace(stay, reported_at=at)
        why = f"still there after {stood_s:.0f} s"
        return told, [StayEvent(turn=StayTurn.CONTINUES, stay=told, at=at, why=why)]
    return stay, []


def _ended(stay: Stay, end: Gone) -> StayEvent:
    over = msgspec.structs.replace(stay, phase=Phase.ENDED)
    by = EndedBy.LEFT if end.proven else EndedBy.UNKNOWN
    return StayEvent(turn=StayTurn.ENDED, stay=over, at=end.at, why=end.why, ended_by=by)


def _rule(rules: Sequence[ZoneRule], zone: str) -> ZoneRule | None:
    return next((rule for rule in rules if rule.zone.id == zone), None)
