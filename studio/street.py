"""The street file: ground, markings, buildings, trees, lamps, cameras, zones. Data, checked when read."""

from collections.abc import Iterator
from importlib import resources
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from models.errors import ConfigurationError, Fault
from models.records import ZoneKind
from models.toml import FrozenModel, nearest, parse
from models.units import NAME_PATTERN

Place = tuple[float, float]
Span = tuple[float, float]


class View(FrozenModel):
    """One camera: on which mast, looking where, through which lens (millimetres on 35 mm film)."""

    eye: tuple[float, float, float]
    target: tuple[float, float, float]
    focal_mm: float = Field(gt=5, lt=300)


class Strip(FrozenModel):
    """A band of ground along x: a carriageway (textured, low) or a pavement (a kerb's height above it)."""

    kind: Literal["road", "pavement", "planting"]
    y: Span


class Marking(FrozenModel):
    """Paint on the road.

    `line` and `dashes` run along x in the middle of `y`; `box` is an outline, `hatch` an outline with
    diagonals; `words` fill the rectangle, readable from the near side.
    """

    kind: Literal["line", "dashes", "box", "hatch", "words"]
    x: Span
    y: Span
    colour: Literal["white", "yellow"] = "white"
    text: str = ""


class Building(FrozenModel):
    """A house along x whose front stands at `y` and faces `faces`; its shops' signs from left to right."""

    x: Span
    y: float
    depth: float = 7.0
    floors: int = Field(default=4, ge=1, le=30)
    wall: str = "wall-cream"
    faces: Literal["near", "far"] = "near"
    shops: tuple[str, ...] = ()


class Thing(FrozenModel):
    """Furniture that stands about: what, where, how it is turned."""

    kind: Literal["tree", "hedge", "lamp", "bollard", "bins", "scooter", "sign", "cabinet", "crates", "rail"]
    at: Place
    turn_deg: float = 0.0
    size: float = 1.0
    colour: str = "white"


class StreetZone(FrozenModel):
    """A zone as the plan has it, but drawn on the ground in metres."""

    id: Annotated[str, StringConstraints(pattern=NAME_PATTERN)]
    kind: ZoneKind
    ground: tuple[Place, ...] = Field(min_length=3)
    dwell_s: float
    address: str = ""
    labels: tuple[str, ...] | None = None


class Street(FrozenModel):
    """Everything that never moves."""

    seed: int = 1
    x: Span
    view: dict[str, View]
    strip: tuple[Strip, ...]
    marking: tuple[Marking, ...] = ()
    building: tuple[Building, ...] = ()
    thing: tuple[Thing, ...] = ()
    wires: bool = True
    zone: tuple[StreetZone, ...] = ()


def parse_street(text: str, source: str) -> Street:
    """Read a street file's text.

    Raises:
        ConfigurationError: with every fault, each at its line.
    """
    street = parse(text, source, Street)
    if faults := tuple(_faults(street, source)):
        raise ConfigurationError(faults)
    return street


def bundled(name: str) -> tuple[str, str]:
    """Text and name of a street that lies in `studio/streets`.

    Raises:
        ConfigurationError: there is none of that name.
    """
    folder = resources.files("studio") / "streets"
    file = folder / f"{name}.toml"
    if not file.is_file():
        known = sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir())
        hint = nearest(name, known) or f"known: {', '.join(known)}"
        raise ConfigurationError.of(f"studio/streets/{name}.toml", "no such street", hint, key="street")
    return file.read_text(encoding="utf-8"), f"studio/streets/{name}.toml"


def _faults(street: Street, source: str) -> Iterator[Fault]:
    roads = [strip for strip in street.strip if strip.kind == "road"]
    if len(roads) != 1:
        yield Fault(source, 0, "strip", f"has {len(roads)} strips of kind road", "give it exactly one")
    for index, marking in enumerate(street.marking):
        if marking.kind == "words" and not marking.text:
            yield Fault(source, 0, f"marking[{index}].text", "words without any", "say what is written there")
