"""What a city imports: units, areas, matters, components. One record a row."""

import re
import unicodedata
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints, field_validator

from models.toml import FrozenModel
from models.units import NAME_PATTERN

MOST_S = 366 * 86_400.0
"""No deadline lies further away: a longer one is a slip of the pen."""

PLACE_PATTERN = r"^(/[A-Za-z0-9][A-Za-z0-9_-]{0,63}){1,4}$"
_DEADLINE = re.compile(r"([a-z_]+)\s*[=:]\s*([0-9]+(?:\.[0-9]+)?)\s*([a-z]+)")
_UNITS_S = {"s": 1.0, "min": 60.0, "h": 3600.0, "d": 86_400.0, "wmin": 60.0, "wh": 3600.0}
DEADLINES = ("order", "accept", "first_responder", "feedback", "close")
"""What a matter can set a deadline for, in the words of `cases.limits.Deadlines`."""


def _legible(text: str) -> str:
    for character in text:
        if unicodedata.category(character) in {"Cc", "Cs"}:
            raise ValueError(f"holds the character U+{ord(character):04X}, which cannot be shown; remove it")
    return text


Id = Annotated[str, StringConstraints(pattern=NAME_PATTERN)]
Words = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200), AfterValidator(_legible)]
"""A name for people, in any script; may be empty."""
UnitId = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100), AfterValidator(_legible)
]
Listed = Annotated[str, StringConstraints(pattern=PLACE_PATTERN)]
"""`/site`, `/site/device`, `/site/device/camera` or `/site/device/camera/zone`."""
Address = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=2, max_length=200), AfterValidator(_legible)
]


class Level(StrEnum):
    """How large an area is; each lies in one of a level before it."""

    CITY = "city"
    DISTRICT = "district"
    TOWN = "town"
    VILLAGE = "village"
    GRID = "grid"

    @property
    def depth(self) -> int:
        """0 for a city, 4 for a grid."""
        return list(Level).index(self)


class Unit(FrozenModel):
    """A department or company that gets cases.

    Attributes:
        id: what policies, areas, matters and components call it.
    """

    id: UnitId
    name_zh: Words = ""
    name_en: Words = ""


class Area(FrozenModel):
    """One area of the tree.

    Attributes:
        id: its code.
        level: city, district, town, village or grid.
        parent: id of the area it lies in; empty at the top.
        unit: whom a case turns to that escalates to this area; may be empty.
        zones: places that belong to it without a position: sites, devices, cameras, zones, sensors.
        addresses: beginnings or parts of addresses that belong to it.
        polygon: GeoJSON geometry, WGS 84, longitude first; empty for an area that is only a list.
    """

    id: Id
    level: Level
    name_zh: Words = ""
    name_en: Words = ""
    parent: Id | None = None
    unit: UnitId | None = None
    zones: tuple[Listed, ...] = ()
    addresses: tuple[Address, ...] = ()
    polygon: str = ""


class MatterDeadline(FrozenModel):
    """By when something is to be done about a matter.

    Attributes:
        name: one of `DEADLINES`.
        after_s: seconds of its clock.
        working: whether only working time counts.
    """

    name: str
    after_s: float
    working: bool = False


class Matter(FrozenModel):
    """One entry of the catalogue, or what one area does otherwise about it.

    Attributes:
        code: what policies call it.
        area: empty for the whole city; else this row only says what is different in that area.
        number: its code in a national or local standard (GB/T 30428 and its like); may be empty.
        parent: a wider matter, of which everything is taken that is left out here.
        lead_unit: the department in charge.
        assisting: departments that help.
        deadlines: by when what is to be done.
        policy: ladder of its cases; empty to leave it to the zone.
    """

    code: Id
    area: Id | None = None
    number: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z.-]{0,20}$")] = ""
    name_zh: Words = ""
    name_en: Words = ""
    parent: Id | None = None
    lead_unit: UnitId | None = None
    assisting: tuple[UnitId, ...] = ()
    deadlines: tuple[MatterDeadline, ...] = ()
    policy: Id | None = None

    @field_validator("deadlines", mode="before")
    @classmethod
    def _deadlines_can_be_read(cls, value: object) -> object:
        return value if not isinstance(value, str) else tuple(_deadlines(value))


class Component(FrozenModel):
    """A thing of the city: bollard, hydrant, manhole cover.

    Attributes:
        id: on its plate, or in the city's register.
        kind: what it is.
        owner_unit: whose it is.
        maintainer: who keeps it in order.
        lat: degrees, WGS 84; None where nobody surveyed it.
        lon: degrees.
        area: id of the area it belongs to, for those without a position.
        zones: zones of plans that watch over it.
    """

    id: Id
    kind: Id
    name: Words = ""
    owner_unit: UnitId | None = None
    maintainer: UnitId | None = None
    lat: float | None = Field(default=None, ge=-90, le=90)
    lon: float | None = Field(default=None, ge=-180, le=180)
    area: Id | None = None
    zones: tuple[Listed, ...] = ()


def _deadlines(text: str) -> list[MatterDeadline]:
    """`accept=30min; close=4wh`, as pairs of a name and a time."""
    found: dict[str, MatterDeadline] = {}
    for part in filter(None, (piece.strip() for piece in re.split(r"[;；|\n]", text))):
        match = _DEADLINE.fullmatch(part)
        if match is None or match[3] not in _UNITS_S:
            remedy = "write e.g. accept=30min; close=4wh (s, min, h, d, or wmin, wh of working time)"
            raise ValueError(f"{part!r} is no deadline; {remedy}")
        name, unit = match[1], match[3]
        if name not in DEADLINES:
            raise ValueError(f"no deadline is called {name!r}; known: {', '.join(DEADLINES)}")
        if name in found:
            raise ValueError(f"deadline {name!r} stands twice; keep one")
        after_s = float(match[2]) * _UNITS_S[unit]
        if not 0 < after_s <= MOST_S:
            raise ValueError(f"deadline {part!r} is not between 0 and 366 days; correct it")
        found[name] = MatterDeadline(name=name, after_s=after_s, working=unit.startswith("w"))
    return list(found.values())
