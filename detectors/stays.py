"""Stays: how long what stands has stood in a zone, by the wall clock.

Only time counts in which the camera could tell and the zone's rule was in force.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec
import numpy as np
from shapely import Polygon

from detectors import appearance
from detectors.reasons import noted, together
from detectors.things import Gone, Sight, Standing
from models.geometry import footprint_share, ground_points, shape
from models.hours import Hours, hours
from models.ids import stay_id
from models.plan import Plan, Zone
from models.records import EndedBy, Reason

SETTLE_S = 2.0
"""Seconds something must have stood before its stay is spoken of: whoever brakes does not park."""

CREEP_SETTLE_S = 45.0
"""The same for what has just moved on by its own length: queues do, about every 20 s."""

CONTINUES_S = 60.0
"""Heartbeat of an overstay. The centre tells nobody to leave on news much older than this."""

SHUNT_LENGTHS = 1.0
"""Whoever shunts stays within its own length."""


@dataclass(frozen=True, slots=True)
class ZoneRule:
    """A zone of a plan, ready to be held against boxes.

    Attributes:
        hours: when its rule is in force; None for always.
    """

    zone: Zone
    polygon: Polygon
    hours: Hours | None = None

    @classmethod
    def of(cls, zone: Zone, hours: Hours | None = None) -> "ZoneRule":
        """Prepare a zone."""
        return cls(zone, shape(zone.polygon), hours)

    @property
    def labels(self) -> frozenset[str]:
        """What it is about: what may not stand there, and what may although the zone is watched."""
        forbidden = self.zone.forbidden_labels
        return forbidden | frozenset(self.zone.exempt_labels) if forbidden else forbidden

    def concerns(self, thing: Standing) -> bool:
        """Whether it is something this zone is about, with enough of its footprint inside."""
        if thing.label not in self.labels:
            return False
        share = footprint_share(np.array([thing.box_xyxy]), self.polygon)[0]
        return bool(share >= self.zone.min_share)

    def in_force(self, at: datetime) -> bool:
        """Whether the rule is in force at an instant."""
        return self.hours is None or self.hours.in_force(at)

    def idle_s(self, since: datetime, until: datetime) -> float:
        """Seconds between two instants in which it is not."""
        if self.hours is None or until <= since:
            return 0.0
        return max(0.0, (until - since).total_seconds() - self.hours.seconds_in_force(since, until))


def zone_rules(plan: Plan) -> tuple[ZoneRule, ...]:
    """The zones of a plan, prepared.

    Raises:
        ConfigurationError: a zone's hours cannot be read.
    """
    return tuple(
        ZoneRule.of(zone, None if zone.hours is None else hours(zone.hours, plan.timezone, plan.country))
        for zone in plan.zones
    )


class Phase(StrEnum):
    """How far a stay has come. Only forward.

    Of an unsure one nothing is said yet: the network was never as sure of what stands as its zone asks.
    """

    UNSURE = "unsure"
    BEGAN = "began"
    OVERSTAYED = "overstayed"
    ENDED = "ended"


class Stay(msgspec.Struct, frozen=True, kw_only=True):
    """One vehicle standing in one zone.

    Attributes:
        blind_s: seconds since `began_at` in which the camera could not tell; they do not count.
        unsure_s: such seconds while its object was absent: they count as blind if it turns out to have
            stood, and never were part of the stay if it turns out to have left before.
        idle_s: seconds since `began_at` in which the rule was not in force, and the camera could tell; they
            do not count either. `unsure_idle_s` is to it what `unsure_s` is to `blind_s`.
        judged_at: the look up to which all these were added up.
        reported_at: when something was last said of it.
        appearance: what it looks like (see `detectors.appearance`).
        exempt: why nobody is to be told to leave; empty for others.
        reasons: what became of the stay itself; in events, together with those of what stands.
        parted: what is known of its object's end, while the zone's grace has not run out.
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
    idle_s: float = 0.0
    unsure_idle_s: float = 0.0
    judged_at: datetime | None = None
    overstayed_at: datetime | None = None
    appearance: bytes = b""
    exempt: str = ""
    reasons: tuple[Reason, ...] = ()
    parted: Gone | None = None

    def stood_s(self, at: datetime) -> float:
        """Seconds it has stood by `at`, without blind time and time out of force."""
        return (at - self.began_at).total_seconds() - self.blind_s - self.idle_s


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
        stay: with all its reasons, and those of what stands.
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
    plates: Mapping[str, str] | None = None,
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
        plates: plates read for sure, by the object's id.

    Returns:
        The stays afterwards, and what became true with this look, oldest first.
    """
    look = _Look(
        things={thing.id: thing for thing in objects},
        ends={end.object.id: end for end in gone},
        rules={rule.zone.id: rule for rule in rules},
        taken={(stay.object_id, stay.zone) for stay in stays},
        at=at,
        blind_s=blind_s,
        plates=plates or {},
    )
    after = [further for stay in stays for further in look.advanced(stay)]
    settled = [thing for thing in objects if _settled(thing, at)]
    after.extend(
        look.begun(thing, rule, source)
        for thing in settled
        for rule in rules
        if (thing.id, rule.zone.id) not in look.taken and rule.concerns(thing)
    )
    return tuple(after), tuple(sorted(look.events, key=lambda event: event.at))


def given_up(
    stays: Sequence[Stay], objects: Sequence[Standing], at: datetime, why: str
) -> tuple[StayEvent, ...]:
    """The ends of stays that can be judged no further: nobody saw anything leave.

    Those of which nothing was said end without a word.

    Args:
        stays: which.
        objects: what stood when they last could be.
        at: when that became so; never before a stay began, whatever became of the clock.
        why: for operators.
    """
    return tuple(
        StayEvent(
            turn=StayTurn.ENDED,
            stay=msgspec.structs.replace(stay, phase=Phase.ENDED),
            at=max(at, stay.began_at),
            why=why,
            ended_by=EndedBy.UNKNOWN,
        )
        for stay in told(stays, objects)
        if stay.phase is not Phase.UNSURE
    )


def told(stays: Sequence[Stay], objects: Sequence[Standing]) -> tuple[Stay, ...]:
    """Stays as they are told between looks, each with the reasons of what stands.

    Args:
        stays: which.
        objects: what stands; of what is gone already nothing is added.
    """
    things = {thing.id: thing for thing in objects}
    return tuple(
        _told(stay, thing)
        if (thing := things.get(stay.object_id))
        else msgspec.structs.replace(stay, parted=None)
        for stay in stays
    )


@dataclass(slots=True, kw_only=True)
class _Look:
    """One look while it is worked through.

    Attributes:
        taken: (object, zone) of every stay there is.
        events: what became true so far.
    """

    things: dict[str, Standing]
    ends: dict[str, Gone]
    rules: dict[str, ZoneRule]
    taken: set[tuple[str, str]]
    at: datetime
    blind_s: float
    plates: Mapping[str, str]
    events: list[StayEvent] = field(default_factory=list)

    def advanced(self, stay: Stay) -> list[Stay]:
        """A stay after this look; nothing when it is over."""
        if stay.parted is not None:
            return self._awaited(stay)
        if (end := self.ends.get(stay.object_id)) is not None:
            stay = self._waited(stay, end.object)
            rule = self.rules.get(stay.zone)
            if rule is not None and rule.zone.grace_s and self.at - end.at < _seconds(rule.zone.grace_s):
                return self._awaited(msgspec.structs.replace(stay, parted=end))
            self._end(stay, end)
            return []
        if (thing := self.things.get(stay.object_id)) is None:
            return []
        return [self._judged(self._waited(stay, thing), thing)]

    def begun(self, thing: Standing, rule: ZoneRule, source: str) -> Stay:
        """A stay begins with its object's first look, before any blind time right before this one."""
        began_at = thing.first_seen_at
        stay = Stay(
            id=stay_id(source, rule.zone.id, began_at, thing.first_ground_xy),
            object_id=thing.id,
            zone=rule.zone.id,
            label=thing.label,
            score=thing.score,
            box_xyxy=thing.box_xyxy,
            began_at=began_at,
            reported_at=self.at,
            phase=Phase.UNSURE,
            blind_s=self.blind_s,
            idle_s=rule.idle_s(began_at, self.at - _seconds(self.blind_s)),
            judged_at=self.at,
            appearance=thing.appearance,
            exempt=rule.zone.exemption(thing.label, self.plates.get(thing.id)),
        )
        return self._judged(stay, thing)

    def _awaited(self, stay: Stay) -> list[Stay]:
        """A stay whose object is gone, while its zone's grace runs: it goes on with what looks like it."""
        end, rule = stay.parted, self.rules.get(stay.zone)
        if end is None:
            return [stay]
        if rule is not None:
            for thing in self.things.values():
                free = (thing.id, stay.zone) not in self.taken
                if free and _shunted(end.object, thing) and rule.concerns(thing):
                    self.taken.add((thing.id, stay.zone))
                    away_s = (thing.first_seen_at - end.at).total_seconds()
                    what = "it shunted" if away_s <= 0 else "it was away for a moment"
                    stay = msgspec.structs.replace(
                        stay,
                        object_id=thing.id,
                        parted=None,
                        reasons=noted(stay.reasons, what, self.at, {"away_s": max(0.0, away_s)}),
                    )
                    return [self._judged(self._waited(stay, thing), thing)]
            if self.at - end.at < _seconds(rule.zone.grace_s):
                return [self._waited(stay, end.object)]
        self._end(stay, end)
        return []

    def _waited(self, stay: Stay, thing: Standing) -> Stay:
        """The stay after the time since the look before: what of it was blind, and what out of force."""
        rule = self.rules.get(stay.zone)
        since = stay.judged_at or self.at
        idle_s = 0.0 if rule is None else rule.idle_s(since, self.at - _seconds(self.blind_s))
        if self.blind_s:
            what = "the camera could not tell"
            stay = msgspec.structs.replace(
                stay, reasons=noted(stay.reasons, what, self.at, {"seconds": self.blind_s})
            )
        if thing.absent_since is not None and thing.absent_since < self.at:
            return msgspec.structs.replace(
                stay,
                judged_at=self.at,
                unsure_s=stay.unsure_s + self.blind_s,
                unsure_idle_s=stay.unsure_idle_s + idle_s,
            )
        return msgspec.structs.replace(
            stay,
            judged_at=self.at,
            blind_s=stay.blind_s + stay.unsure_s + self.blind_s,
            idle_s=stay.idle_s + stay.unsure_idle_s + idle_s,
            unsure_s=0.0,
            unsure_idle_s=0.0,
        )

    def _judged(self, stay: Stay, thing: Standing) -> Stay:
        """A stay whose object is still known. Nothing is said of what this look does not show."""
        rule = self.rules.get(stay.zone)
        if rule is None or thing.sight is not Sight.STANDING:
            return stay
        exempt = stay.exempt or rule.zone.exemption(thing.label, self.plates.get(thing.id))
        news = exempt != stay.exempt
        stay = msgspec.structs.replace(
            stay,
            label=thing.label,
            score=thing.score,
            box_xyxy=thing.box_xyxy,
            appearance=thing.appearance or stay.appearance,
            exempt=exempt,
        )
        if stay.phase is Phase.UNSURE:
            if stay.score < rule.zone.min_score:
                what = "nothing is said of it: the network is not as sure as the zone asks"
                surest = {"score": stay.score, "min_score": rule.zone.min_score}
                return msgspec.structs.replace(stay, reasons=noted(stay.reasons, what, self.at, surest))
            stay = msgspec.structs.replace(stay, phase=Phase.BEGAN, reported_at=self.at)
            why = f"stood in the same place, looking the same, in {thing.looks} looks"
            self._say(StayTurn.BEGAN, stay, thing, why)
        stood_s = stay.stood_s(self.at)
        if stay.phase is Phase.BEGAN:
            if exempt or stood_s < rule.zone.dwell_s or not rule.in_force(self.at):
                return stay
            stay = msgspec.structs.replace(
                stay, phase=Phase.OVERSTAYED, overstayed_at=self.at, reported_at=self.at
            )
            why = f"stood {stood_s:.0f} s, {rule.zone.dwell_s:g} s are allowed"
            self._say(StayTurn.OVERSTAYED, stay, thing, why)
            return stay
        due = (self.at - stay.reported_at).total_seconds() >= CONTINUES_S and rule.in_force(self.at)
        if not due and not news:
            return stay
        stay = msgspec.structs.replace(stay, reported_at=self.at)
        why = f"may stand there: {exempt}" if news else f"still there after {stood_s:.0f} s"
        self._say(StayTurn.CONTINUES, stay, thing, why)
        return stay

    def _end(self, stay: Stay, end: Gone) -> None:
        over = msgspec.structs.replace(stay, phase=Phase.ENDED)
        if stay.phase is Phase.UNSURE:
            return
        by = EndedBy.LEFT if end.proven else EndedBy.UNKNOWN
        told = _told(_with_hidden(over, end), end.object)
        self.events.append(StayEvent(turn=StayTurn.ENDED, stay=told, at=end.at, why=end.why, ended_by=by))

    def _say(self, turn: StayTurn, stay: Stay, thing: Standing, why: str) -> None:
        at = stay.began_at if turn is StayTurn.BEGAN else self.at
        self.events.append(StayEvent(turn=turn, stay=_told(stay, thing), at=at, why=why))


def _settled(thing: Standing, at: datetime) -> bool:
    enough_s = CREEP_SETTLE_S if thing.crept else SETTLE_S
    return thing.stands and thing.sight is Sight.STANDING and at - thing.first_seen_at >= _seconds(enough_s)


def _shunted(before: Standing, thing: Standing) -> bool:
    """Whether what stands now is what stood a little beside before: near enough, and looking like it."""
    if not thing.stands or thing.sight is not Sight.STANDING or thing.label != before.label:
        return False
    one, other = ground_points(np.array([before.box_xyxy, thing.box_xyxy]))
    length = max(before.box_xyxy[2] - before.box_xyxy[0], before.box_xyxy[3] - before.box_xyxy[1])
    if float(np.linalg.norm(one - other)) > SHUNT_LENGTHS * length:
        return False
    return appearance.resemblance(before.appearance, thing.appearance) >= appearance.VERY_LIKE


def _with_hidden(stay: Stay, end: Gone) -> Stay:
    """With what was blind or out of force while it was hidden: it lasted until it was seen to be away."""
    since = end.object.absent_since
    hidden_s = 0.0 if since is None else max(0.0, (end.at - since).total_seconds())
    blind_s = min(stay.unsure_s, hidden_s)
    idle_s = min(stay.unsure_idle_s, hidden_s - blind_s)  # no second counts for both
    return msgspec.structs.replace(stay, blind_s=stay.blind_s + blind_s, idle_s=stay.idle_s + idle_s)


def _told(stay: Stay, thing: Standing) -> Stay:
    """A stay as it is told: with the reasons of what stands, without what is only remembered."""
    return msgspec.structs.replace(stay, reasons=together(thing.reasons, stay.reasons), parted=None)


def _seconds(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)
