"""One camera's eye, one look after the other: whether it sees, what stands, and what became true of it.

Most looks stop early. One that shows nothing new, or nothing at all, judges nothing; of the others the gate
lets through to the network what came to stand, what is in doubt, and now and then what still stands.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
import numpy as np

from detectors import furniture, novelty, region, sight, standing, stays, viewpoint
from detectors.blindness import Sight
from detectors.emptiness import Emptiness, View, of_reference
from detectors.look import Detections, Frame, Pixels, narrowed
from detectors.network import Network
from detectors.novelty import Gate, Novelty
from detectors.reduced import MEDIUM_WH, reduce
from detectors.sight import Eyesight
from detectors.stays import Phase, Stay, StayEvent, ZoneRule, zone_rules
from detectors.things import Asked, Standing
from models.errors import ConfigurationError
from models.geometry import FloatArray
from models.plan import VEHICLES, Plan, Zone
from models.records import BlindReason
from models.toml import nearest

MOVING_THINGS = frozenset({*VEHICLES, "person", "stall", "train"})
"""What may stop in front of a place for a while. A bench that is always there hides nothing that left."""

MAX_GAP_S = 10.0
"""A longer gap between two looks is time in which the camera could not tell."""

MAX_GAP_LOOKS = 3.0
"""Where looks are meant to be far apart, as in a time-lapse: so many times as far is a gap."""


LOOK_WIDTH_PX = 3 * MEDIUM_WH[0]
"""Whatever is larger is judged at this width: half of 1080p, which decoders of video and of pictures give for
little; what stands is compared at 96 px, so that more would hardly tell more of it."""


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """All that one camera's eye remembers: kept on disk, so that a restart forgets nothing."""

    objects: tuple[Standing, ...] = ()
    stays: tuple[Stay, ...] = ()
    places: Emptiness = Emptiness()
    eyesight: Eyesight = Eyesight()
    novelty: Novelty = Novelty()
    last_sight_at: datetime | None = None
    blind: BlindReason | None = None
    blind_since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What one look led to.

    Attributes:
        detections: what the network found; empty when it was not asked, or the camera is blind.
        newcomers: objects that this look showed for the first time in a zone that forbids them.
        went_blind: set when the camera went blind with this look.
        blind_why: how, in words for operators.
        was_blind_since: set when it sees again: since when it had been blind.
    """

    memory: Memory
    detections: Detections
    events: tuple[StayEvent, ...] = ()
    newcomers: tuple[Standing, ...] = ()
    went_blind: BlindReason | None = None
    blind_why: str = ""
    was_blind_since: datetime | None = None


class Watch:
    """Turns the frames of one camera into what became true in its zones.

    Args:
        network: finds the objects.
        plan: the zones.
        source: `/{site}/{device}/{camera}`.
        reference: brightness of the picture that the plan was drawn on, (H, W): the view the zones belong to,
            and the street without what comes and goes. None to take for the view what the camera shows in its
            first clear minutes.
        gated: whether the network is only asked where the gate says so; otherwise in every look.

    Raises:
        ConfigurationError: the plan forbids something that the network cannot find.
    """

    def __init__(
        self,
        network: Network,
        plan: Plan,
        source: str,
        *,
        reference: Pixels | None = None,
        gated: bool = True,
    ) -> None:
        self._network = network
        self._gated = gated
        self._street = None if reference is None else narrowed(reference, LOOK_WIDTH_PX)
        self._reference = None if reference is None else viewpoint.of_plan(reference)
        self._cells = novelty.zone_cells([zone.polygon for zone in plan.zones])
        self._source = source
        self._rules = zone_rules(plan)
        self._wanted = frozenset().union(*(rule.labels for rule in self._rules))
        self.network_runs = 0
        _check_labels(network, self._rules)

    @property
    def rules(self) -> tuple[ZoneRule, ...]:
        """The zones, prepared."""
        return self._rules

    def look(self, memory: Memory, frame: Frame, plates: Mapping[str, str] | None = None) -> Looked:
        """Take one look.

        Args:
            memory: what is remembered of the looks before.
            frame: this look's picture.
            plates: plates read for sure, by object id: some may stand where others may not.
        """
        at = frame.captured_at
        eyesight, seen = sight.step(self._eyesight(memory), reduce(frame.luma(LOOK_WIDTH_PX)), at)
        memory = msgspec.structs.replace(memory, eyesight=eyesight)
        if seen.reason is not None:
            return blind(memory, seen.reason, at, seen.why)
        if seen.no_news:
            return Looked(memory=memory, detections=Detections())
        found, gate = novelty.step(
            memory.novelty,
            seen.relief,
            self._cells,
            memory.objects,
            at,
            unsure={stay.object_id for stay in memory.stays if stay.phase is Phase.UNSURE},
            idle={thing.id for thing in memory.objects if thing.stands}
            - {stay.object_id for stay in memory.stays},
            street=b"" if self._reference is None else self._reference.reference,
        )
        memory = msgspec.structs.replace(memory, novelty=found)
        return self._sight(memory, frame, seen, gate, plates or {})

    def replanned(self, memory: Memory) -> tuple[Memory, tuple[StayEvent, ...]]:
        """A memory made under another plan, and the ends of stays that this one knows nothing of.

        A zone may be gone, redrawn or about other vehicles: whoever stands in none any more is told nothing.
        """
        at = memory.last_sight_at
        if at is None:
            return memory, ()
        rules = {rule.zone.id: rule for rule in self._rules}
        things = {thing.id: thing for thing in memory.objects}
        kept: list[Stay] = []
        lost: list[Stay] = []
        for stay in memory.stays:
            rule, thing = rules.get(stay.zone), things.get(stay.object_id)
            # Of what is out of sight just now only the end is still to be told.
            holds = rule is not None and (thing is None or rule.concerns(thing))
            (kept if holds else lost).append(stay)
        after = msgspec.structs.replace(memory, stays=tuple(kept))
        return after, stays.given_up(
            lost, memory.objects, at, "the plan was changed: it stands in this zone no more"
        )

    def _eyesight(self, memory: Memory) -> Eyesight:
        """With the plan's reference picture, if it has one and this is not the one remembered."""
        known = memory.eyesight
        if self._reference is None or (
            known.view.given and known.view.reference == self._reference.reference
        ):
            return known
        return msgspec.structs.replace(known, view=self._reference)

    def _sight(
        self, memory: Memory, frame: Frame, seen: Sight, gate: Gate, plates: Mapping[str, str]
    ) -> Looked:
        at = frame.captured_at
        blind_s = _blind_s(memory, at, frame.spacing_s)
        asks = gate.asks or not self._gated
        shown, found = self._ask(frame, gate) if asks else (None, Detections())
        luma, shift_xy = frame.luma(LOOK_WIDTH_PX), seen.shift.fractions_xy
        if self._street is not None and len(found):
            found = furniture.newly_come(found, self._street, luma, shift_xy)
        wanted = found.only(self._wanted)
        asked = Asked(
            detections=wanted if asks else None,
            regions=shown,
            hiding=found.only(MOVING_THINGS - self._wanted).boxes_xyxy,
            onsets=novelty.onsets(memory.novelty, wanted.boxes_xyxy, at),
            pixels=lambda: frame.pixels,
            blind_s=blind_s,
        )
        places = memory.places
        if self._street is not None and not places.luma:
            places = of_reference(self._street, luma)
        view = View(places, luma, shift_xy)
        objects, gone = standing.step(memory.objects, asked, view, at)
        after, events = stays.step(
            memory.stays,
            objects,
            gone,
            self._rules,
            source=self._source,
            at=at,
            blind_s=blind_s,
            plates=plates,
        )
        gated = memory.novelty
        if asks:
            boxes = _steadied(found.boxes_xyxy, seen)
            gated = novelty.answered(gated, np.zeros((0, 4)) if shown is None else shown, boxes, objects, at)
        return Looked(
            memory=msgspec.structs.replace(
                memory,
                objects=objects,
                stays=after,
                places=standing.learnt(objects, asked, view),
                novelty=gated,
                last_sight_at=at,
                blind=None,
                blind_since=None,
            ),
            detections=wanted,
            events=events,
            newcomers=self._newcomers(memory.objects, objects),
            was_blind_since=memory.blind_since,
        )

    def _ask(self, frame: Frame, gate: Gate) -> tuple[FloatArray | None, Detections]:
        """What the network was shown, None for the whole frame, and all that it found there."""
        self.network_runs += 1
        part = region.around(gate.regions) if self._gated else None
        if part is not None and (whole_wh := self._network.fixed_wh) is not None:
            part = part.filling(whole_wh, frame.pixels)
        if part is None:
            return None, self._network.detect(frame.pixels)
        found = self._network.detect(part.cut(frame.pixels))
        if part.cuts_off(found.only(self._wanted), frame.pixels, gate.regions):
            self.network_runs += 1
            return None, self._network.detect(frame.pixels)
        return part.as_boxes, part.mapped(found, frame.pixels)

    def _newcomers(self, before: Sequence[Standing], objects: Sequence[Standing]) -> tuple[Standing, ...]:
        known = {thing.id for thing in before}
        new = (thing for thing in objects if thing.id not in known)
        return tuple(thing for thing in new if any(rule.concerns(thing) for rule in self._rules))


def blind(memory: Memory, reason: BlindReason, at: datetime, why: str = "") -> Looked:
    """The camera cannot tell: nothing moves on, and it is said once, since the last look that told."""
    if memory.blind is not None:
        return Looked(memory=memory, detections=Detections())
    since = memory.last_sight_at or at
    after = msgspec.structs.replace(memory, blind=reason, blind_since=since)
    return Looked(memory=after, detections=Detections(), went_blind=reason, blind_why=why)


def _steadied(boxes_xyxy: FloatArray, seen: Sight) -> FloatArray:
    """Boxes of a shaken look, moved back to where the places are."""
    by: FloatArray = np.array([*seen.shift.fractions_xy, *seen.shift.fractions_xy])
    return np.asarray(boxes_xyxy - by)


def _blind_s(memory: Memory, at: datetime, spacing_s: float) -> float:
    """Seconds right before this look in which nobody could tell: it was blind, or there were no looks."""
    if memory.last_sight_at is None:
        return 0.0
    gap_s = (at - memory.last_sight_at).total_seconds()
    longest_s = max(MAX_GAP_S, MAX_GAP_LOOKS * spacing_s)
    return gap_s if gap_s > longest_s or memory.blind is not None else 0.0


def zone_fault(zone: Zone, labels: frozenset[str]) -> tuple[str, str] | None:
    """Why a network cannot watch a zone, and what to do; None where it can.

    Labels a user wrote must all exist; of the defaults, one that the network knows is enough.

    Args:
        zone: of a plan.
        labels: what the network finds.
    """
    if zone.labels is not None and (unknown := sorted(set(zone.labels) - labels)):
        hint = nearest(unknown[0], sorted(labels)) or f"it knows {', '.join(sorted(labels))}"
        return f"zone {zone.id!r} forbids {unknown[0]!r}, which the network cannot find", hint
    if zone.forbidden_labels and not zone.forbidden_labels & labels:
        forbidden = ", ".join(sorted(zone.forbidden_labels))
        return f"zone {zone.id!r} forbids {forbidden}; the network finds none", "use a network that does"
    return None


def _check_labels(network: Network, rules: Sequence[ZoneRule]) -> None:
    for rule in rules:
        if (fault := zone_fault(rule.zone, network.labels)) is not None:
            raise ConfigurationError.of("plan", *fault, key="zone.labels")
