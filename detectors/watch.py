"""One camera's eye: networks, blindness, standing and stays, one look after the other."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from detectors import blindness, standing, stays
from detectors.blindness import Vision
from detectors.look import Detections, Frame
from detectors.network import Network
from detectors.standing import Standing
from detectors.stays import Stay, StayEvent, ZoneRule
from models.errors import ConfigurationError
from models.plan import VEHICLES, Plan
from models.records import BlindReason
from models.toml import nearest

MOVING_THINGS = frozenset({*VEHICLES, "person", "stall", "train"})
"""What may stop in front of a place for a while. A bench that is always there hides nothing that left."""

MAX_GAP_S = 10.0
"""A longer gap between two looks is time in which the camera could not tell."""


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """All that one camera's eye remembers: kept on disk, so that a restart forgets nothing."""

    objects: tuple[Standing, ...] = ()
    stays: tuple[Stay, ...] = ()
    vision: Vision = Vision()
    last_sight_at: datetime | None = None
    blind: BlindReason | None = None
    blind_since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What one look led to.

    Attributes:
        detections: what the network found; empty when the camera is blind.
        newcomers: objects that this look showed for the first time in a zone that forbids them.
        blind: set when the camera went blind with this look.
        sees_since: set when it sees again: how long it had been blind.
    """

    memory: Memory
    detections: Detections
    events: tuple[StayEvent, ...] = ()
    newcomers: tuple[Standing, ...] = ()
    went_blind: BlindReason | None = None
    was_blind_since: datetime | None = None


class Watch:
    """Turns the frames of one camera into what became true in its zones.

    Args:
        network: finds the objects.
        plan: the zones.
        source: `/{site}/{device}/{camera}`.

    Raises:
        ConfigurationError: the plan forbids something that the network cannot find.
    """

    def __init__(self, network: Network, plan: Plan, source: str) -> None:
        self._network = network
        self._source = source
        self._rules = tuple(ZoneRule.of(zone) for zone in plan.zones)
        self._wanted = frozenset().union(*(rule.zone.forbidden_labels for rule in self._rules))
        self.network_runs = 0
        _check_labels(network, self._rules)

    @property
    def rules(self) -> tuple[ZoneRule, ...]:
        """The zones, prepared."""
        return self._rules

    def look(self, memory: Memory, frame: Frame) -> Looked:
        """Take one look.

        Args:
            memory: what is remembered of the looks before.
            frame: this look's picture.
        """
        luma = frame.luma()
        vision, reason = blindness.step(memory.vision, luma, frame.captured_at)
        memory = msgspec.structs.replace(memory, vision=vision)
        if reason is not None:
            return blind(memory, reason, frame.captured_at)
        found = self._network.detect(frame.pixels)
        self.network_runs += 1
        return self._sight(memory, frame, found)

    def _sight(self, memory: Memory, frame: Frame, found: Detections) -> Looked:
        at = frame.captured_at
        detections = found.only(self._wanted)
        hiding = found.only(MOVING_THINGS - self._wanted).boxes_xyxy
        objects, gone = standing.step(memory.objects, detections, frame.luma(), at, hiding=hiding)
        after, events = stays.step(
            memory.stays,
            objects,
            gone,
            self._rules,
            source=self._source,
            at=at,
            blind_s=_blind_s(memory, at),
        )
        return Looked(
            memory=msgspec.structs.replace(
                memory, objects=objects, stays=after, last_sight_at=at, blind=None, blind_since=None
            ),
            detections=detections,
            events=events,
            newcomers=self._newcomers(objects, at),
            was_blind_since=memory.blind_since,
        )

    def _newcomers(self, objects: Sequence[Standing], at: datetime) -> tuple[Standing, ...]:
        new = (thing for thing in objects if thing.first_seen_at == at)
        return tuple(thing for thing in new if any(rule.concerns(thing) for rule in self._rules))


def blind(memory: Memory, reason: BlindReason, at: datetime) -> Looked:
    """The camera cannot tell: nothing moves on, and it is said once."""
    if memory.blind is not None:
        return Looked(memory=memory, detections=Detections())
    since = memory.last_sight_at or at
    after = msgspec.structs.replace(memory, blind=reason, blind_since=since)
    return Looked(memory=after, detections=Detections(), went_blind=reason)


def _blind_s(memory: Memory, at: datetime) -> float:
    """Seconds right before this look in which nobody could tell: it was blind, or there were no looks."""
    if memory.last_sight_at is None:
        return 0.0
    gap_s = (at - memory.last_sight_at).total_seconds()
    return gap_s if gap_s > MAX_GAP_S or memory.blind is not None else 0.0


def _check_labels(network: Network, rules: Sequence[ZoneRule]) -> None:
    """Labels a user wrote must exist; of the defaults, one that the network knows is enough."""
    for rule in rules:
        zone = rule.zone
        if zone.labels is not None and (unknown := sorted(set(zone.labels) - network.labels)):
            hint = (
                nearest(unknown[0], sorted(network.labels)) or f"it knows {', '.join(sorted(network.labels))}"
            )
            problem = f"zone {zone.id!r} forbids {unknown[0]!r}, which the network cannot find"
            raise ConfigurationError.of("plan", problem, hint, key="zone.labels")
        if zone.forbidden_labels and not zone.forbidden_labels & network.labels:
            problem = (
                f"zone {zone.id!r} forbids {', '.join(sorted(zone.forbidden_labels))}; the network finds none"
            )
            raise ConfigurationError.of("plan", problem, "use a network that does", key="zone.labels")
