"""Vehicles: a body drawn as a skin over cross-sections, then wheels, lamps, mirrors and plates."""

import math

import numpy as np

from models.geometry import FloatArray
from studio.bodies import BODIES, Body, Station
from studio.fittings import UPRIGHT, plates, wheel
from studio.solids import Face, Model, Part, Vec, ball, box, cylinder, panel, tube

_GLASS, _LAMP, _TAIL, _TRIM = 1, 2, 3, 4
_CORNERS = 8  # of half a cross-section, from the keel to the middle of the roof


def car(kind: str, colour: str, plate: str) -> Model:
    """A passenger car or van of one of the body shapes."""
    body = BODIES[kind]
    first, last = body.stations[0], body.stations[-1]
    nose, tail = body.stations[1], body.stations[-2]
    width = max(station.half for station in body.stations)
    parts = [_skin(body, f"paint-{colour}")]
    for x in body.axles:
        parts += [part for side in (1, -1) for part in wheel(x, side * (width - 0.115), body.wheel, side)]
    windscreen = next(station for station in body.stations if station.opens == "w")
    for side in (1, -1):
        mirror = (windscreen.x - 0.22, side * (width + 0.06), windscreen.belt + 0.06)
        parts.append(ball((0.07, 0.11, 0.08), mirror, f"paint-{colour}"))
        parts += [
            box((0.17, 0.03, 0.03), (x + 0.17, side * width * 0.985, windscreen.belt - 0.08), "trim")
            for x in body.doors
        ]
        if body.tall:
            lamp = (last.x + 0.10, side * (tail.half - 0.04), 1.0)
            parts.append(box((0.10, 0.10, 0.42), lamp, "tail", bevel_m=0.03))
    front, rear = first.x, last.x
    parts += [
        box((0.06, nose.half * 1.0, 0.13), (front - 0.045, 0, nose.belt - 0.11), "trim", bevel_m=0.03),
        box((0.03, nose.half * 0.95, 0.02), (front - 0.012, 0, nose.belt - 0.055), "chrome"),
        box((0.06, nose.half * 1.35, 0.11), (front - 0.07, 0, nose.keel + 0.13), "trim", bevel_m=0.03),
        box((0.06, tail.half * 1.3, 0.11), (rear + 0.055, 0, tail.keel + 0.10), "trim", bevel_m=0.03),
    ]
    behind = 0.80 if body.tall else tail.belt - 0.17
    return (*parts, *plates(plate, front + 0.02, nose.keel + 0.235, rear - 0.03, behind))


def lorry(colour: str, plate: str) -> Model:
    """A light lorry with a box body."""
    outline = [(2.95, 0.55), (3.02, 0.9), (3.0, 1.15), (2.74, 2.02), (2.55, 2.15), (1.35, 2.15), (1.30, 0.55)]
    points = np.array([(x, side, z) for side in (0.98, -0.98) for x, z in outline])
    count = len(outline)
    around = [((k + 1) % count, k, count + k, count + (k + 1) % count) for k in range(count)]
    faces = (*around, tuple(range(count)), tuple(range(count, 2 * count))[::-1])
    cab = Part(points, faces, (f"paint-{colour}",), bevel_m=0.06)
    screen = [(3.005, -0.86, 1.18), (3.005, 0.86, 1.18), (2.78, 0.82, 1.94), (2.78, -0.82, 1.94)]
    parts = [cab, panel([(x + 0.012, y, z) for x, y, z in screen], "glass")]
    for side in (1, -1):
        y = side * 0.992
        window: list[Vec] = [(1.75, y, 1.2), (2.83, y, 1.2), (2.62, y, 1.95), (1.75, y, 1.95)]
        parts.append(panel(window if side < 0 else window[::-1], "glass"))
        parts.append(box((0.05, 0.30, 0.16), (3.0, side * 0.70, 0.80), "lamp", bevel_m=0.02))
        parts.append(box((0.05, 0.16, 0.30), (2.80, side * 1.14, 1.5), "trim", bevel_m=0.02))
        parts.append(box((0.05, 0.2, 0.1), (-3.04, side * 0.75, 0.75), "tail"))
        for x in (2.1, -1.75):
            parts += wheel(x, side * 0.82, 0.40, side, 0.24)
    parts += [
        box((0.05, 1.3, 0.22), (3.01, 0, 0.95), "trim", bevel_m=0.02),
        box((0.14, 1.94, 0.25), (2.98, 0, 0.55), "bumper", bevel_m=0.04),
        box((4.2, 2.1, 2.0), (-0.92, 0, 1.98), "cargo", bevel_m=0.03),
        box((5.6, 0.8, 0.2), (0, 0, 0.68), "trim"),
        *(box((0.03, 2.13, 1.92), (-2.85 + k * 0.48, 0, 1.98), "rib") for k in range(9)),
    ]
    return (*parts, *plates(plate, 3.065, 0.57, -3.06, 0.66))


def scooter(colour: str) -> Model:
    """An electric scooter, parked without its rider."""
    paint = f"paint-{colour}"
    parts = [
        tube(
            [(-0.95, 0, 0.62), (-0.7, 0, 0.60), (-0.35, 0, 0.52), (-0.1, 0, 0.36)],
            [(0.05, 0.08), (0.13, 0.15), (0.17, 0.16), (0.10, 0.14)],
            paint,
        ),
        box((0.55, 0.30, 0.07), (0.12, 0, 0.30), paint, bevel_m=0.03),
        tube(
            [(0.36, 0, 0.28), (0.45, 0, 0.55), (0.40, 0, 0.85)],
            [(0.06, 0.19), (0.07, 0.19), (0.05, 0.10)],
            paint,
        ),
        tube(
            [(-0.85, 0, 0.76), (-0.5, 0, 0.78), (-0.12, 0, 0.74)],
            [(0.05, 0.12), (0.06, 0.15), (0.05, 0.10)],
            "trim",
        ),
        tube([(0.60, 0, 0.26), (0.42, 0, 0.85), (0.36, 0, 1.02)], [0.04, 0.035, 0.03], "chrome"),
        tube([(0.33, -0.33, 1.04), (0.37, 0, 1.0), (0.33, 0.33, 1.04)], [0.018, 0.018, 0.018], "trim"),
        ball((0.07, 0.09, 0.07), (0.47, 0, 0.88), "lamp"),
        box((0.05, 0.14, 0.06), (-0.98, 0, 0.64), "tail"),
        box((0.34, 0.36, 0.30), (-0.92, 0, 0.92), "trim", bevel_m=0.03),
    ]
    for x in (0.62, -0.60):
        parts.append(cylinder(0.24, 0.11, (x, 0, 0.24), "tyre", turn=UPRIGHT, bevel_m=0.03))
        parts.append(cylinder(0.14, 0.12, (x, 0, 0.24), "rim", turn=UPRIGHT))
    return tuple(parts)


def _skin(body: Body, paint: str) -> Part:
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
    finishes = (paint, "glass", "lamp", "tail", "trim")
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
    return 0


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
