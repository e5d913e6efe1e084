"""Where in a street something may go or stand: zones, lanes, walks, spots, pitches. Metres on the ground."""

from collections.abc import Iterator, Sequence
from typing import Annotated, NamedTuple

from pydantic import Field, StringConstraints
from shapely import Point, Polygon

from models.plan import DEFAULT_LABELS
from models.records import ZoneKind
from models.toml import FrozenModel, nearest
from models.units import NAME_PATTERN

Id = Annotated[str, StringConstraints(pattern=NAME_PATTERN)]
Place = tuple[float, float]


class StreetZone(FrozenModel):
    """A zone as the plan has it, but drawn on the ground in metres."""

    id: Id
    kind: ZoneKind
    ground: tuple[Place, ...] = Field(min_length=3)
    dwell_s: float
    address: str = ""
    labels: tuple[str, ...] | None = None


class Lane(FrozenModel):
    """The way traffic drives, in the order of its driving; at what pace when nothing is ahead."""

    id: Id
    path: tuple[Place, ...] = Field(min_length=2)
    speed_mps: float = Field(gt=0, lt=40)


class Walk(FrozenModel):
    """A way people walk, to and fro."""

    id: Id
    path: tuple[Place, ...] = Field(min_length=2)


class Spot(FrozenModel):
    """Where a vehicle may come to stand: its middle, the way it faces, the lane it comes from.

    Without a zone the law has nothing against it, even if its bumper reaches over a zone's edge.
    """

    id: Id
    at: Place
    heading_deg: float
    lane: Id
    zone: Id | None = None


class Pitch(FrozenModel):
    """Where a stall may be set up: its middle; at 0 degrees its customers stand towards -y."""

    id: Id
    at: Place
    heading_deg: float = 0.0
    zone: Id | None = None


class Misfit(NamedTuple):
    """What is wrong with one entry: table and number in the file, key, problem, remedy."""

    table: str
    entry: int
    key: str
    problem: str
    remedy: str


def taken(table: str, entries: Sequence[StreetZone | Lane | Walk | Spot | Pitch]) -> Iterator[Misfit]:
    """Every entry whose id an earlier one has."""
    ids = [entry.id for entry in entries]
    for index, name in enumerate(ids):
        if name in ids[:index]:
            yield Misfit(table, index, "id", f"{name!r} is taken", f"give each {table} its own id")


def laneless(spots: Sequence[Spot], lanes: Sequence[Lane]) -> Iterator[Misfit]:
    """Every spot that names a lane which is not there."""
    known = [lane.id for lane in lanes]
    for index, spot in enumerate(spots):
        if spot.lane not in known:
            yield Misfit("spot", index, "lane", f"no lane is called {spot.lane!r}", _hint(spot.lane, known))


def misplaced(
    table: str, places: Sequence[Spot | Pitch], zones: Sequence[StreetZone], label: str
) -> Iterator[Misfit]:
    """Every place outside the zone it names, or inside one that forbids `label` and that it does not name."""
    by_id = {zone.id: zone for zone in zones}
    for index, place in enumerate(places):
        if place.zone is not None and place.zone not in by_id:
            problem = f"no zone is called {place.zone!r}"
            yield Misfit(table, index, "zone", problem, _hint(place.zone, list(by_id)))
        elif place.zone is not None and not _covers(by_id[place.zone], place.at):
            problem = f"is outside zone {place.zone!r}"
            yield Misfit(table, index, "at", problem, "move it inside, or leave the zone out")
        elif place.zone is None:
            for zone in zones:
                if label in (zone.labels or DEFAULT_LABELS[zone.kind]) and _covers(zone, place.at):
                    problem = f"is inside zone {zone.id!r} but names none"
                    yield Misfit(table, index, "at", problem, f'say `zone = "{zone.id}"`')


def _covers(zone: StreetZone, at: Place) -> bool:
    return bool(Polygon(zone.ground).covers(Point(at)))


def _hint(word: str, known: list[str]) -> str:
    return nearest(word, known) or f"known: {', '.join(known) or 'none'}"
