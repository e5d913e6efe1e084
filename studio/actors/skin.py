"""A car's body as one skin over cross-sections: paint, glass and lamps by strip and row."""

import math

import numpy as np

from models.geometry import FloatArray
from studio.actors.bodies import Body, Station
from studio.actors.fittings import UPRIGHT
from studio.matter.solids import Face, Part, box, cylinder

_GLASS, _LAMP, _TAIL, _TRIM, _LOWER = 1, 2, 3, 4, 5
_DOOR = 2  # the strip between the sill and the side's crease
_CORNERS = 8  # of half a cross-section, from the keel to the middle of the roof


def skin(body: Body, paint: str, lower: str) -> Part:
    """The body in paint, `lower` below its side's crease, with its glass, lamps and wheel arches."""
    rows = [_section(station) for station in body.stations]
    count, last = len(rows[0]), len(rows) - 1
    faces: list[Face] = []
    worn: list[int] = []
    creases: dict[tuple[int, int], float] = {}
    for row in range(last):
        opens = body.stations[row].opens
        for k in range(count):
            along = (k + 1) % count
            faces.append(
                (row * count + k, row * count + along, (row + 1) * count + along, (row + 1) * count + k)
            )
            strip = k if k < _CORNERS - 1 else count - 1 - k
            worn.append(_finish_of(strip, opens, row, last - 1, tall=body.tall))
        for k in (4, count - 4):
            creases[row * count + k, (row + 1) * count + k] = 0.5
        for k in (5, count - 5):
            creases[row * count + k, (row + 1) * count + k] = 0.4
    for row, station in enumerate(body.stations):
        if station.opens or (row and body.stations[row - 1].opens):
            for k in (4, 5, 6, 7, 8, 9):
                creases[row * count + k, row * count + k + 1] = 0.55
    faces += [tuple(range(count))[::-1], tuple(range(last * count, (last + 1) * count))]
    worn += [0, 0]
    holes = tuple(
        cylinder(body.wheel + 0.06, 3, (x, 0, body.wheel - 0.01), "dark", turn=UPRIGHT, sides=40)
        for x in body.axles
    )
    if body.bed:
        rear, front, half, floor = body.bed
        holes += (box((front - rear, 2 * half, 2), ((rear + front) / 2, 0, floor + 1), "liner"),)
    finishes: tuple[str, ...] = (paint, "glass", "lamp", "tail", "trim")
    if lower == paint:
        # A finish named twice is one slot to whoever cuts the holes: the slot after it would be worn instead.
        worn = [0 if finish == _LOWER else finish for finish in worn]
    else:
        finishes = (*finishes, lower)
    return Part(
        np.concatenate(rows),
        tuple(faces),
        finishes,
        tuple(worn),
        smooth=True,
        subdivisions=3,
        creases=creases,
        holes=holes,
    )


def _finish_of(strip: int, opens: str, row: int, last: int, *, tall: bool) -> int:
    """What one face of the skin is: strips count from the keel up, rows from the nose back."""
    if strip <= 1:
        return _TRIM
    if (opens == "s" and strip == 4) or (opens in {"w", "b"} and strip in {5, 6}):  # noqa: PLR2004
        return _GLASS
    if opens == "w" and strip == 4:  # noqa: PLR2004 - the triangle beside the windscreen
        return _GLASS
    if row == 0 and strip == 3:  # noqa: PLR2004
        return _LAMP
    if row == last and strip == 3 and not tall:  # noqa: PLR2004
        return _TAIL
    return _LOWER if strip == _DOOR else 0


def _section(station: Station) -> FloatArray:
    """One cross-section, from the keel's middle up the left side, over the roof and down the right."""
    half, keel, belt, roof, top = station.half, station.keel, station.belt, station.roof, station.top
    height = top - belt
    side = [
        (0, keel),
        (half * 0.78, keel),
        (half * 0.955, keel + 0.07),
        (half, keel + (belt - keel) * 0.55),
        (half * 0.975, belt),
        (roof + (half * 0.97 - roof) * 0.06, top - min(0.05, height * 0.2)),
        (roof * 0.62, top + 0.012),
        (0, top + 0.022),
    ]
    around = [*side, *((-y, z) for y, z in side[-2:0:-1])]
    bow = 0.0 if abs(station.x) < 1.6 else math.copysign(0.10, station.x)  # noqa: PLR2004 - nose and tail are round in plan
    return np.array([(station.x - bow * (y / half) ** 2, y, z) for y, z in around])
