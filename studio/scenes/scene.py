"""The scene file: what happens in a street, for how long, in which light. Data, checked when read."""

import math
from collections.abc import Iterator
from functools import cached_property
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field, NaiveDatetime, StringConstraints, field_validator

from models.errors import ConfigurationError, Fault
from models.toml import FrozenModel, key_lines, nearest, parse
from models.units import NAME_PATTERN
from studio.camera.faults import CameraFault
from studio.matter.looks import COLOURS, KINDS, WALKERS
from studio.scenes.paths import Path, Waypoint

Id = Annotated[str, StringConstraints(pattern=NAME_PATTERN)]


class PathPoint(FrozenModel):
    """Be at `to` (metres on the ground) at `at_s`. Two equal places in a row are a halt."""

    at_s: float
    to: tuple[float, float]


class WaterPoint(FrozenModel):
    """At `at_s` water stands `level_m` over the street's lowest place; 0 is none."""

    at_s: float
    level_m: float = Field(ge=0, le=0.6)


class Change(FrozenModel):
    """From `at_s` on the actor looks like another kind: an umbrella opens."""

    at_s: float
    kind: str


class Actor(FrozenModel):
    """Somebody or something that moves or stands.

    Attributes:
        id: unique in the scene; the truth speaks of it.
        kind: what it is, one of `studio.matter.looks.KINDS`.
        colour: of the paint, the coat, the cloth.
        plate: what its plates say; vehicles only.
        path: where it is when. It is not there before the first and after the last point.
        heading_deg: where it faces if it never moves; 0 looks along x.
        changes: other looks later on.
    """

    id: Id
    kind: str
    colour: str = "white"
    plate: str = ""
    path: tuple[PathPoint, ...] = Field(min_length=1)
    heading_deg: float = 0.0
    changes: tuple[Change, ...] = ()

    @field_validator("path")
    @classmethod
    def _times_rise(cls, path: tuple[PathPoint, ...]) -> tuple[PathPoint, ...]:
        for before, after in pairwise(path):
            if after.at_s <= before.at_s:
                raise ValueError(f"goes back in time at {after.at_s:g} s; give each point a later `at_s`")
        return path

    @cached_property
    def route(self) -> Path:
        """The path as something that can be asked for any second."""
        points = [Waypoint(point.at_s, point.to) for point in self.path]
        return Path(points, heading=math.radians(self.heading_deg))

    @property
    def walks(self) -> bool:
        """Whether it has legs to show."""
        return self.kind in WALKERS

    @property
    def label(self) -> str:
        """What a network should call it; empty for what is no object of the truth."""
        return KINDS[self.kind].label

    def look_at(self, second: float) -> str:
        """Everything that decides the picture besides the pose, as one word for the cache."""
        kinds = [self.kind, *(change.kind for change in self.changes if change.at_s <= second)]
        return "/".join((kinds[-1], self.colour, self.plate))


class Story(FrozenModel):
    """What a scene was written to try.

    Attributes:
        board: the storyboard's name; `condition` names light, weather and faults of the camera in a word.
        split: whether thresholds may be tuned on the clip, or whether it is kept back to judge them by.
        trap: what a naive detector would get wrong.
        traffic: actors whose halts are traffic; whether they are reported as stays is nobody's concern.
        excused: actors who stand there lawfully; a stay of theirs is true, a notice would be wrong.
    """

    board: Id
    condition: Id
    split: Literal["develop", "hold-out"]
    trap: str
    traffic: tuple[Id, ...] = ()
    excused: tuple[Id, ...] = ()


class Scene(FrozenModel):
    """One clip.

    Attributes:
        name: of the clip and its files.
        street, view, light: which street, which of its cameras, which light; files and keys of `streets/`.
        weather: what falls; with rain the road is wet.
        water: how high it stands when, straight in between; the file calls each table `[[water]]`.
        seed: of the noise and of everything else that chance decides.
        leave_out: zones that the written plan only carries as comments, because the network at hand does
            not know what they forbid. The truth keeps them.
        dwell_s: for every zone, in place of the street's own: a clip is shorter than a city's patience.
        story: what the scene was written to try.
        clock: the camera's own time at the clip's start, shown in the picture; none shows no time.
        fault: what goes wrong with the camera; the file calls each table `[[fault]]`.
    """

    name: Id
    street: Id
    view: Id
    light: Literal["noon", "overcast", "low-sun", "dusk", "night"] = "noon"
    weather: Literal["dry", "rain", "snow"] = "dry"
    water: tuple[WaterPoint, ...] = ()
    seed: int = 1
    duration_s: float = Field(gt=0, le=3600)
    fps: int = Field(default=12, ge=1, le=30)
    width: int = Field(default=640, ge=64, le=1920, multiple_of=2)
    height: int = Field(default=360, ge=64, le=1080, multiple_of=2)
    caption: str = ""
    leave_out: tuple[str, ...] = ()
    dwell_s: float | None = Field(default=None, ge=0)
    story: Story | None = None
    actor: tuple[Actor, ...] = ()
    clock: NaiveDatetime | None = None
    fault: tuple[CameraFault, ...] = ()

    @field_validator("water")
    @classmethod
    def _water_times_rise(cls, water: tuple[WaterPoint, ...]) -> tuple[WaterPoint, ...]:
        for before, after in pairwise(water):
            if after.at_s <= before.at_s:
                raise ValueError(f"goes back in time at {after.at_s:g} s; give each point a later `at_s`")
        return water

    @property
    def actors(self) -> tuple[Actor, ...]:
        """All of them; the file calls each table `[[actor]]`."""
        return self.actor

    @property
    def frames(self) -> int:
        """How many frames the clip has."""
        return round(self.duration_s * self.fps)


def parse_scene(text: str, source: str) -> Scene:
    """Read a scene file's text.

    Raises:
        ConfigurationError: with every fault found, each at its line.
    """
    scene = parse(text, source, Scene)
    faults = tuple(_faults(scene, text, source))
    if faults:
        raise ConfigurationError(faults)
    return scene


def _faults(scene: Scene, text: str, source: str) -> Iterator[Fault]:
    lines = key_lines(text)
    seen: set[str] = set()
    for index, actor in enumerate(scene.actors):
        at = f"actor[{index}]"
        table = lines.get(("actor", index), 0)
        if actor.id in seen:
            line = lines.get(("actor", index, "id"), table)
            yield Fault(source, line, f"{at}.id", f"{actor.id!r} is taken", "give each actor its own id")
        seen.add(actor.id)
        for kind in (actor.kind, *(change.kind for change in actor.changes)):
            if kind not in KINDS:
                line = lines.get(("actor", index, "kind"), table)
                hint = nearest(kind, list(KINDS)) or f"known: {', '.join(sorted(KINDS))}"
                yield Fault(source, line, f"{at}.kind", f"no actor is called {kind!r}", hint)
        if actor.colour not in COLOURS:
            line = lines.get(("actor", index, "colour"), table)
            hint = nearest(actor.colour, list(COLOURS)) or f"known: {', '.join(sorted(COLOURS))}"
            yield Fault(source, line, f"{at}.colour", f"no paint is called {actor.colour!r}", hint)
