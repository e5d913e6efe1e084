"""The street file: ground, markings, buildings, trees, lamps, cameras, zones. Data, checked when read."""

from collections.abc import Iterator
from functools import cached_property
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Literal, Self

import shapely
from pydantic import Field, model_validator

from models.errors import ConfigurationError, Fault
from models.toml import FrozenModel, key_lines, nearest, parse
from studio.streets.ways import (
    Id,
    Lane,
    Misfit,
    Pitch,
    Place,
    Spot,
    StreetZone,
    Walk,
    laneless,
    misplaced,
    taken,
)

__all__ = [
    "KERB_M",
    "Building",
    "Id",
    "Lane",
    "Marking",
    "Pitch",
    "Place",
    "Span",
    "Spot",
    "Street",
    "StreetZone",
    "Strip",
    "Thing",
    "View",
    "Walk",
    "bundled",
    "parse_street",
]

Span = tuple[float, float]

KERB_M = 0.12
"""How high pavements lie above carriageways."""


class View(FrozenModel):
    """One camera: on which mast, looking where, through which lens (millimetres on 35 mm film)."""

    eye: tuple[float, float, float]
    target: tuple[float, float, float]
    focal_mm: float = Field(gt=5, lt=300)


class Strip(FrozenModel):
    """A band of ground: a carriageway (low) or a pavement (a kerb's height above it).

    Attributes:
        x, y: its extent; what is left out reaches as far as the street does.
        along: the way traffic runs on it.
        style: how a pavement is paved.
        tactile_y: where its guide for the blind runs.
    """

    kind: Literal["road", "pavement", "planting"]
    x: Span | None = None
    y: Span | None = None
    along: Literal["x", "y"] = "x"
    style: Literal["brick", "slabs", "concrete", "granite"] = "brick"
    tactile_y: float | None = None


class Marking(FrozenModel):
    """Paint on the road.

    `line` and `dashes` run along the longer side of their rectangle, in its middle; `bar` fills it; `box` is
    an outline, `hatch` an outline with diagonals, `grid` one with diagonals both ways; `zebra` fills it with
    bars along `along`; `words` fill it, readable from the near side; `column` stacks words, and `arrow` lays
    an arrow, for who drives towards `turn_deg`; `kerb` paints the kerb stones inside.
    """

    kind: Literal[
        "line", "dashes", "bar", "box", "hatch", "grid", "zebra", "words", "column", "arrow", "kerb"
    ]
    x: Span
    y: Span
    colour: Literal["white", "yellow", "red"] = "white"
    text: str = ""
    along: Literal["x", "y"] = "x"
    turn_deg: Literal[0, 90, 180, 270] = 0


class Building(FrozenModel):
    """A house; its shops' signs from left to right.

    Attributes:
        x, y: the span of its front, and where that front stands: a front that faces `near` or `far` runs
            along x at one `y`, one that faces `left` or `right` runs along y at one `x`.
        style: `shops` has them on the ground floor, `flats` has balconies and stairs, `works` is a factory.
    """

    x: Span | float
    y: Span | float
    depth: float = 7.0
    floors: int = Field(default=4, ge=1, le=30)
    wall: str = "wall-cream"
    faces: Literal["near", "far", "left", "right"] = "near"
    style: Literal["shops", "flats", "works"] = "shops"
    shops: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _front_runs_as_it_faces(self) -> Self:
        along_x = self.faces in {"near", "far"}
        if isinstance(self.x, tuple) is not along_x or isinstance(self.y, tuple) is along_x:
            span, place = ("x", "y") if along_x else ("y", "x")
            raise ValueError(f"a front facing {self.faces!r} has a span of {span} and one {place}")
        return self

    @property
    def span(self) -> Span:
        """Where the front begins and ends."""
        return self.x if isinstance(self.x, tuple) else (self.y if isinstance(self.y, tuple) else (0.0, 0.0))

    @property
    def front(self) -> float:
        """Where the front stands."""
        return self.y if not isinstance(self.y, tuple) else (0.0 if isinstance(self.x, tuple) else self.x)


class Thing(FrozenModel):
    """Furniture that stands about: what, where, how it is turned, what is written on it."""

    kind: Literal[
        "tree",
        "hedge",
        "lamp",
        "bollard",
        "bins",
        "scooter",
        "sign",
        "cabinet",
        "crates",
        "rail",
        "washing",
        "wall",
        "board",
        "gate",
        "hut",
        "shelter",
        "signals",
        "gantry",
        "planter",
        "bicycle-stand",
        "pole",
        "lockers",
    ]
    at: Place
    turn_deg: float = 0.0
    size: float = 1.0
    colour: str = "white"
    text: str = ""


class Street(FrozenModel):
    """Everything that never moves, and the places where what moves may go and stand.

    Attributes:
        split: whether thresholds may be tuned on it, or whether it is kept back to judge them by.
        corner_m: the radius of the kerb where two carriageways meet.
    """

    split: Literal["develop", "hold-out"] = "develop"
    seed: int = 1
    x: Span
    view: dict[str, View]
    strip: tuple[Strip, ...]
    corner_m: float = Field(default=4.0, gt=0)
    marking: tuple[Marking, ...] = ()
    building: tuple[Building, ...] = ()
    thing: tuple[Thing, ...] = ()
    wires: bool = True
    zone: tuple[StreetZone, ...] = ()
    lane: tuple[Lane, ...] = ()
    walk: tuple[Walk, ...] = ()
    spot: tuple[Spot, ...] = ()
    pitch: tuple[Pitch, ...] = ()

    @property
    def roads(self) -> tuple[Strip, ...]:
        """Its carriageways; the first lies over the others where they cross."""
        return tuple(strip for strip in self.strip if strip.kind == "road")

    @cached_property
    def y(self) -> Span:
        """How far it reaches across."""
        bands = [strip.y for strip in self.strip if strip.y is not None]
        return min(low for low, _ in bands), max(high for _, high in bands)

    def extent(self, strip: Strip) -> tuple[float, float, float, float]:
        """Least x and y, greatest x and y of a strip."""
        (left, right), (low, high) = strip.x or self.x, strip.y or self.y
        return left, low, right, high

    @cached_property
    def carriageway(self) -> shapely.Geometry:
        """All carriageways as one area; its corners are as round as kerbs are there."""
        roads = shapely.union_all([shapely.box(*self.extent(road)) for road in self.roads])
        rounded = roads.buffer(self.corner_m, quad_segs=8).buffer(-self.corner_m, quad_segs=8)
        shapely.prepare(rounded)
        return rounded

    def ground_height(self, x: float, y: float) -> float:
        """How high the ground lies at a place, metres: 0 on a carriageway, a kerb's height beside it."""
        return 0.0 if shapely.intersects_xy(self.carriageway, x, y) else KERB_M


def parse_street(text: str, source: str) -> Street:
    """Read a street file's text.

    Raises:
        ConfigurationError: with every fault, each at its line.
    """
    street = parse(text, source, Street)
    if faults := tuple(_faults(street, text, source)):
        raise ConfigurationError(faults)
    return street


def bundled(name: str) -> tuple[str, str]:
    """Text and name of a street that lies in `studio/streets`.

    Raises:
        ConfigurationError: there is none of that name.
    """
    file = _folder() / f"{name}.toml"
    if not file.is_file():
        known = list(all_bundled())
        hint = nearest(name, known) or f"known: {', '.join(known)}"
        raise ConfigurationError.of(f"studio/streets/{name}.toml", "no such street", hint, key="street")
    return file.read_text(encoding="utf-8"), f"studio/streets/{name}.toml"


def all_bundled() -> tuple[str, ...]:
    """The names of the streets that lie in `studio/streets`."""
    return tuple(
        sorted(
            entry.name.removesuffix(".toml") for entry in _folder().iterdir() if entry.name.endswith(".toml")
        )
    )


def _folder() -> Traversable:
    return resources.files("studio") / "streets"


def _faults(street: Street, text: str, source: str) -> Iterator[Fault]:
    lines = key_lines(text)
    if not street.roads:
        yield Fault(source, 0, "strip", "has no strip of kind road", "give it at least one")
    if not any(strip.y for strip in street.strip):
        yield Fault(source, 0, "strip", "none has a `y`", "say how far the street reaches across")
    for table, index, key, problem, remedy in _misfits(street):
        line = lines.get((table, index, key), lines.get((table, index), 0))
        yield Fault(source, line, f"{table}[{index}].{key}", problem, remedy)


def _misfits(street: Street) -> Iterator[Misfit]:
    for index, marking in enumerate(street.marking):
        if marking.kind in {"words", "column", "arrow"} and not marking.text:
            yield Misfit("marking", index, "text", "words without any", "say what is written there")
    yield from taken("zone", street.zone)
    yield from taken("lane", street.lane)
    yield from taken("walk", street.walk)
    yield from taken("spot", street.spot)
    yield from taken("pitch", street.pitch)
    yield from laneless(street.spot, street.lane)
    yield from misplaced("spot", street.spot, street.zone, "car")
    yield from misplaced("pitch", street.pitch, street.zone, "stall")
