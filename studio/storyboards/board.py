"""What a storyboard is given, and what it gives back."""

import math
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from shapely import Polygon, affinity, box

from models.errors import ConfigurationError
from studio.streets.street import Lane, Pitch, Place, Spot, Street, StreetZone

_Place = TypeVar("_Place", Spot, Pitch)

Timed = tuple[float, Place]
"""A place in metres at a second of the clip."""

_ROOM_M = (6.2, 1.85)
"""A car with three quarters of a metre before and behind it."""

_WELL_INSIDE = 0.9

_OFFSET_S = 0.013
"""Everybody sets out a little after a frame, always the same little: whoever drives the same way twice is
then seen at the same places, and one rendering serves both. Exactly on the frame, places would lie on the
border between two points of the sprites' lattice and fall now to one, now to the other."""


@dataclass(frozen=True)
class Stage:
    """Where and in what light a story is told.

    Attributes:
        name: of the street's file.
        view: which of its cameras.
        fps: frames a second.
        light, weather: as in a scene file.
        faults: of the camera, as a scene file has them, all through the clip or a part of it.
        cast_seed: decides who drives and walks here; one a view and light, so that clips share sprites.
        seed: decides when they do, and which variant of the story is told.
    """

    name: str
    street: Street
    view: str
    fps: int = 6
    light: str = "noon"
    weather: str = "dry"
    condition: str = "noon"
    faults: tuple[dict[str, Any], ...] = ()
    cast_seed: int = 1
    seed: int = 1

    def beat(self, second: float) -> float:
        """The nearest second at which somebody may set out."""
        return round(round(second * self.fps) / self.fps + _OFFSET_S, 4)

    def chance(self, purpose: str) -> random.Random:
        """Chance for one purpose, by the clip's seed."""
        return random.Random(f"{self.name} {self.seed} {purpose}")  # noqa: S311 - for stories, not for secrets

    @property
    def variant(self) -> bool:
        """Which of two variants of a story this clip tells."""
        return self.seed % 2 == 1

    @property
    def eye(self) -> Place:
        """The camera's foot."""
        x, y, _ = self.street.view[self.view].eye
        return x, y

    def lane(self, name: str) -> Lane:
        """A lane by its id."""
        return next(lane for lane in self.street.lane if lane.id == name)

    def zone(self, name: str) -> StreetZone:
        """A zone by its id."""
        return next(zone for zone in self.street.zone if zone.id == name)

    def forbidden_spots(self) -> tuple[Spot, ...]:
        """Where vehicles may not stand: those well inside their zone first, then the nearest to the camera.

        Raises:
            ConfigurationError: the street has none.
        """
        spots = self._some([spot for spot in self.street.spot if spot.zone is not None], "spot in a zone")
        return tuple(
            sorted(spots, key=lambda spot: (not self.is_well_inside(spot), math.dist(spot.at, self.eye)))
        )

    def is_well_inside(self, spot: Spot) -> bool:
        """Whether a car stands there in the zone with room to spare: a case without a doubt."""
        if spot.zone is None:
            return False
        long, wide = _ROOM_M
        room = affinity.rotate(box(-long / 2, -wide / 2, long / 2, wide / 2), spot.heading_deg)
        there = affinity.translate(room, *spot.at)
        inside = there.intersection(Polygon(self.zone(spot.zone).ground)).area / there.area
        return bool(inside >= _WELL_INSIDE)

    def lawful_spots(self) -> tuple[Spot, ...]:
        """Where vehicles may stand, the nearest to a forbidden spot first: next door to a zone."""
        wrong = self.forbidden_spots()
        spots = self._some([spot for spot in self.street.spot if spot.zone is None], "spot outside the zones")
        return tuple(sorted(spots, key=lambda spot: min(math.dist(spot.at, other.at) for other in wrong)))

    def pitch(self) -> Pitch:
        """Where a stall may not stand, the nearest to the camera."""
        pitches = [pitch for pitch in self.street.pitch if pitch.zone is not None]
        return min(self._some(pitches, "pitch in a zone"), key=lambda pitch: math.dist(pitch.at, self.eye))

    def _some(self, places: list[_Place], what: str) -> list[_Place]:
        if not places:
            raise ConfigurationError.of(self.name, f"has no {what}", "give this story another street")
        return places


Role = Literal["traffic", "excused"]


@dataclass(frozen=True)
class Plot:
    """What a storyboard makes happen.

    Attributes:
        actors: as a scene file has them.
        duration_s: of the clip.
        dwell_s: of every zone in it.
        fps: if the story wants another than the stage's.
        faults: of the camera that belong to the story.
        water: level over the road, as a scene file has it.
        weather: if the story needs one.
        traffic_every_s: mean time between two vehicles of a lane.
        roles: actors whose halts are traffic, or who may stand there.
    """

    actors: tuple[dict[str, Any], ...]
    duration_s: float
    dwell_s: float = 20.0
    fps: int | None = None
    faults: tuple[dict[str, Any], ...] = ()
    water: tuple[dict[str, float], ...] = ()
    weather: str | None = None
    traffic_every_s: float = 11.0
    roles: dict[str, Role] = field(default_factory=dict)


Storyboard = Callable[[Stage], Plot]


def actor(name: str, look: tuple[str, str, str], path: list[Timed], **more: Any) -> dict[str, Any]:  # noqa: ANN401
    """An actor as a scene file has it.

    Args:
        name: its id.
        look: kind, colour, plate.
        path: where it is when.
        more: further keys of the scene file.
    """
    kind, colour, plate = look
    points = [{"at_s": round(at, 4), "to": (round(x, 4), round(y, 4))} for at, (x, y) in path]
    return {"id": name, "kind": kind, "colour": colour, "plate": plate, "path": points, **more}
