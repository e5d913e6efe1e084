"""The tree of areas: which one a place lies in, and what is above it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import shapely

from cases.responsibility.records import Area
from cases.responsibility.shapes import area_m2, shapes_of
from cases.routing import Above, Where


@dataclass(frozen=True, slots=True)
class Landing:
    """Where a place lies, and what said so.

    Attributes:
        why: `position 29.86800, 121.54400`, `zone /harbour/box-1/north-gate`, …
    """

    area: Area
    why: str


class Atlas:
    """Every area of a city.

    Args:
        areas: a tree as `cases.responsibility.checks.check_areas` lets through.
    """

    def __init__(self, areas: Sequence[Area] = ()) -> None:
        self._by_id = {area.id: area for area in areas}
        self._drawn = [area for area in areas if area.polygon]
        self._shapes = shapes_of([area.polygon for area in self._drawn])
        self._tree = shapely.STRtree(self._shapes)
        self._sizes = area_m2(self._shapes) if self._drawn else ()
        self._listed = {place: area for area in areas for place in area.zones}
        self._addresses = sorted(
            ((_plain(text), area) for area in areas for text in area.addresses),
            key=lambda pair: (-len(pair[0]), pair[1].id),
        )

    def __len__(self) -> int:
        return len(self._by_id)

    def area(self, area_id: str) -> Area | None:
        """The area of an id."""
        return self._by_id.get(area_id)

    def line(self, area_id: str) -> tuple[Area, ...]:
        """An area and all that it lies in, from the top down; empty for an unknown one."""
        found: list[Area] = []
        here = self._by_id.get(area_id)
        while here is not None and here not in found:
            found.append(here)
            here = self._by_id.get(here.parent or "")
        return tuple(reversed(found))

    def path(self, area_id: str) -> str:
        """`/city/district/…/grid`; empty for an unknown area."""
        return "".join(f"/{area.id}" for area in self.line(area_id))

    def above(self, area_id: str) -> Above | None:
        """One level up, with whom to turn to there; None at the top, and for an unknown area."""
        higher = self.line(area_id)[-2::-1]
        if not higher:
            return None
        unit = next((area.unit for area in higher if area.unit), None)
        return Above(area=higher[0].id, area_path=self.path(higher[0].id), unit=unit or "")

    def find(self, where: Where) -> Landing | None:
        """Where a place lies.

        The position decides, else the area that somebody named, the listing of the zone, the address, the
        listing of camera, device or site. A later word is heard only where it is more exact: it names an
        area inside the one found before.
        """
        best: Landing | None = None
        for landing in self._landings(where):
            if best is None or best.area in self.line(landing.area.id)[:-1]:
                best = landing
        return best

    def at(self, lat: float, lon: float) -> Area | None:
        """The lowest area that a position lies in; on a border, always the same one."""
        hits = self._tree.query(shapely.Point(lon, lat), predicate="intersects")
        found = [(-self._drawn[i].level.depth, self._sizes[i], self._drawn[i].id, i) for i in hits.tolist()]
        return self._drawn[min(found)[-1]] if found else None

    def _landings(self, where: Where) -> Iterator[Landing]:
        if where.position_latlon is not None:
            lat, lon = where.position_latlon
            if (area := self.at(lat, lon)) is not None:
                yield Landing(area, f"position {lat:.5f}, {lon:.5f}")
        if (named := self._by_id.get(where.area)) is not None:
            yield Landing(named, f"area {where.area} named")
        places = list(_places(where))
        for place in places[:1]:
            if place in self._listed:
                yield Landing(self._listed[place], f"zone {place} listed")
        if (addressed := self._addressed(where.place)) is not None:
            yield addressed
        for place in places[1:]:
            if place in self._listed:
                yield Landing(self._listed[place], f"{place} listed")

    def _addressed(self, place: str) -> Landing | None:
        """The area whose listed address is the longest part of a place's."""
        plain = _plain(place)
        for text, area in self._addresses:
            if _holds(plain, text):
                return Landing(area, f"address {text!r} listed")
        return None


def _places(where: Where) -> Iterator[str]:
    """What listings may call a place, the most exact first: zone, camera, device, site."""
    words = where.source.strip("/").split("/") if where.source else []
    if not words:
        return
    yield "/".join(("", *words, where.zone)) if where.zone else where.source
    for length in range(len(words), 0, -1):
        yield "/".join(("", *words[:length]))


def _plain(address: str) -> str:
    """An address without blanks and capitals."""
    return "".join(address.split()).casefold()


def _holds(address: str, part: str) -> bool:
    """Whether an address holds a part of its own: `8号` is no part of `88号`."""
    start = address.find(part)
    while part and start >= 0:
        end = start + len(part)
        before, after = address[start - 1 : start], address[end : end + 1]
        if not (before.isdigit() and part[0].isdigit()) and not (after.isdigit() and part[-1].isdigit()):
            return True
        start = address.find(part, start + 1)
    return False
