"""Lorries: one cab in three sizes, and what stands behind it: a box, a tipper, a fire engine's lockers."""

import math
import random
from dataclasses import dataclass

import numpy as np

from studio.actors.fittings import (
    arches,
    cab_mirrors,
    end_panel,
    heavy_wheel,
    hull,
    light_bar,
    plates,
    side_panel,
    wheel,
    wipers,
)
from studio.matter.solids import Model, Part, Vec, box, cylinder, panel


@dataclass(frozen=True, slots=True)
class Cab:
    """A cab over its engine, metres.

    Attributes:
        nose, back: from which x to which.
        half: half its width.
        keel, belt, roof: heights of its lower edge, its window line and its roof.
        doors: rows of doors.
        axle, wheel: where the front wheels are, their radius.
    """

    nose: float
    back: float
    half: float
    keel: float
    belt: float
    roof: float
    doors: int
    axle: float
    wheel: float


_LIGHT = Cab(3.02, 1.30, 0.98, 0.50, 1.18, 2.16, 1, 2.12, 0.40)
_HEAVY = Cab(4.25, 2.10, 1.23, 0.62, 1.62, 2.86, 1, 3.05, 0.52)
_CREW = Cab(4.05, 0.95, 1.22, 0.50, 1.48, 2.70, 2, 2.75, 0.50)


def lorry(colour: str, plate: str) -> Model:
    """A light lorry with a box body."""
    parts = _cab(_LIGHT, colour)
    for side in (1, -1):
        parts += wheel(-1.75, side * 0.82, 0.40, side, 0.30)
        parts.append(box((0.05, 0.22, 0.12), (-3.04, side * 0.78, 0.75), "tail", bevel_m=0.01))
        parts.append(box((1.5, 0.03, 0.05), (0.35, side * 0.96, 0.62), "rib"))
        parts.append(box((1.5, 0.03, 0.05), (0.35, side * 0.96, 0.82), "rib"))
        parts.append(side_panel((-1.8, 0.2), (1.85, 2.28), side * 1.068, "words-freight"))
        parts += _reflectors(side * 1.06, -2.9, 1.1, 1.04)
    parts += [
        box((4.2, 2.1, 2.0), (-0.92, 0, 1.98), "cargo", bevel_m=0.03),
        box((5.6, 0.8, 0.2), (0, 0, 0.68), "trim"),
        box((0.10, 1.9, 0.10), (-3.02, 0, 0.52), "trim", bevel_m=0.02),
        *(box((0.03, 2.12, 1.92), (-2.85 + k * 0.48, 0, 1.98), "rib") for k in range(9)),
        *(box((0.03, 0.03, 1.8), (-3.035, y, 1.98), "steel") for y in (-0.06, 0.06, -0.6, 0.6)),
    ]
    return (*parts, *plates(plate, 3.11, 0.60, -3.06, 0.66))


def dump(colour: str, plate: str) -> Model:
    """A heavy tipper on three axles, loaded with sand."""
    parts = _cab(_HEAVY, colour)
    for side in (1, -1):
        for x in (-1.55, -2.95):
            parts += heavy_wheel(x, side * 0.98, 0.52, side, 0.46)
        parts.append(box((0.05, 0.34, 0.14), (-4.12, side * 0.92, 0.92), "tail", bevel_m=0.02))
        parts.append(box((1.9, 0.05, 0.10), (0.85, side * 1.18, 0.66), "rib"))
        parts.append(box((1.9, 0.05, 0.10), (0.85, side * 1.18, 0.92), "rib"))
        parts.append(cylinder(0.30, 1.1, (0.9, side * 0.85, 0.86), "steel", turn=(0, math.pi / 2, 0)))
        for k in range(8):
            rib = (-3.85 + k * 0.80, side * 1.24, 1.82)
            parts.append(box((0.10, 0.08, 1.26), rib, f"paint-{colour}", bevel_m=0.01))
        parts.append(box((5.9, 0.12, 0.14), (-1.05, side * 1.24, 2.44), f"paint-{colour}", bevel_m=0.02))
        parts += _reflectors(side * 1.285, -3.9, 1.7, 1.24)
    parts += [
        hull(
            [(1.90, 1.16), (1.98, 2.48), (-4.05, 2.48), (-4.05, 1.16)], 1.22, f"paint-{colour}", bevel_m=0.02
        ),
        hull([(1.98, 2.44), (2.10, 2.86), (1.90, 2.86), (1.80, 2.44)], 1.2, f"paint-{colour}", bevel_m=0.02),
        _heap((-1.05, 0, 2.42), (2.85, 1.10, 0.44), "sand"),
        box((6.1, 0.9, 0.26), (-1.0, 0, 1.02), "trim"),
        box((0.08, 2.2, 0.12), (-4.10, 0, 0.72), "trim", bevel_m=0.02),
        end_panel(0.85, (1.55, 1.85), -4.06, "words-dump", rear=True),
    ]
    return (*parts, *plates(plate, 4.345, 0.72, -4.14, 0.92))


def fire_engine(plate: str) -> Model:
    """A fire engine: a crew cab, lockers behind shutters, a ladder on the roof, beacons."""
    parts = _cab(_CREW, "fire")
    parts += light_bar(3.05, 2.72, 1.9, "beacon-red", "beacon-blue")
    body = [(0.80, 0.62), (0.80, 2.86), (-3.95, 2.86), (-4.0, 0.62)]
    parts += [
        hull(body, 1.23, "paint-fire", bevel_m=0.05, holes=arches((-2.15,), 0.50, 1.23)),
        box((5.4, 0.9, 0.24), (-1.0, 0, 0.72), "trim"),
        end_panel(0.98, (1.20, 2.66), -4.0, "steel", rear=True),
        *(box((0.012, 1.92, 0.012), (-4.004, 0, 1.28 + k * 0.11), "liner") for k in range(13)),
        box((0.09, 2.3, 0.14), (-4.02, 0, 0.68), "trim", bevel_m=0.02),
        end_panel(0.62, (0.98, 1.25), 4.068, "words-fire"),
    ]
    for side in (1, -1):
        y = side * 1.232
        parts += heavy_wheel(-2.15, side * 0.98, 0.50, side, 0.44)
        parts.append(side_panel((-3.95, 0.75), (2.52, 2.80), y + side * 0.003, "stripe-white"))
        parts.append(side_panel((-2.9, 0.1), (2.50, 2.82), y + side * 0.008, "words-fire"))
        for rear, front, low in (
            (-3.82, -2.86, 1.16),
            (-2.78, -1.50, 1.16),
            (-1.42, -0.40, 0.70),
            (-0.32, 0.68, 0.70),
        ):
            parts += _shutter(rear, front, low, y)
        parts += _reflectors(side * 1.236, -3.9, 0.7, 2.46)
        parts.append(side_panel((1.35, 2.55), (0.98, 1.34), side * 1.232, "words-fire-number"))
        parts.append(side_panel((0.98, 4.0), (0.74, 0.90), side * 1.226, "stripe-white"))
        parts.append(box((0.05, 0.20, 0.40), (-4.02, side * 1.08, 0.98), "tail", bevel_m=0.02))
        parts.append(box((0.20, 0.16, 0.14), (-3.80, side * 1.02, 2.93), "beacon-blue", bevel_m=0.03))
    parts += _ladder(-3.7, 2.2, 0.45, 3.06)
    parts += [
        box((0.5, 0.5, 0.3), (0.3, -0.5, 3.0), "trim", bevel_m=0.05),
        cylinder(0.07, 1.2, (0.8, -0.5, 3.22), "steel", turn=(0, math.pi / 2, 0)),
        box((1.6, 0.6, 0.26), (-2.6, -0.6, 2.98), "steel", bevel_m=0.02),
    ]
    return (*parts, *plates(plate, 4.145, 0.62, -4.07, 0.86))


def _cab(cab: Cab, colour: str) -> list[Part]:
    """The cab with everything a driver needs."""
    nose, half, belt, roof = cab.nose, cab.half, cab.belt, cab.roof
    lean = 0.24
    outline = [
        (nose - 0.06, cab.keel),
        (nose, cab.keel + 0.25),
        (nose - 0.01, belt),
        (nose - lean - 0.04, roof - 0.14),
        (nose - lean - 0.26, roof),
        (cab.back + 0.05, roof),
        (cab.back, cab.keel),
    ]
    paint = f"paint-{colour}"
    glass = (belt + 0.03, roof - 0.20)
    share = (glass[1] - belt) / (roof - 0.14 - belt)
    parts = [
        hull(outline, half, paint, bevel_m=0.07, holes=arches((cab.axle,), cab.wheel, half)),
        end_panel(half - 0.10, glass, (nose - 0.005, nose - lean * share - 0.015), "glass", top=half - 0.15),
        box(
            (0.06, half * 1.35, (belt - cab.keel) * 0.34),
            (nose + 0.005, 0, belt - 0.28),
            "liner",
            bevel_m=0.02,
        ),
        *(
            box((0.02, half * 1.25, 0.025), (nose + 0.04, 0, belt - 0.20 - k * 0.09), "chrome")
            for k in range(3)
        ),
        box((0.16, 2 * half + 0.02, 0.30), (nose - 0.01, 0, cab.keel + 0.02), "bumper", bevel_m=0.05),
        *wipers(nose + 0.02, belt + 0.06, half, 0.15),
        *cab_mirrors(nose - 0.20, half - 0.02, belt + 0.38),
        box((0.30, half * 1.5, 0.05), (nose - lean - 0.02, 0, roof - 0.03), "liner", bevel_m=0.02),
    ]
    for side in (1, -1):
        parts += heavy_wheel(cab.axle, side * (half - 0.17), cab.wheel, side)
        parts += [
            box(
                (0.06, 0.36, 0.20),
                (nose + 0.005, side * (half - 0.26), cab.keel + 0.28),
                "lamp",
                bevel_m=0.02,
            ),
            box(
                (0.06, 0.10, 0.20),
                (nose - 0.01, side * (half - 0.04), cab.keel + 0.28),
                "amber",
                bevel_m=0.02,
            ),
        ]
        parts += _cab_side(cab, side)
    return parts


def _cab_side(cab: Cab, side: int) -> list[Part]:
    """The side windows, the doors' seams and handles."""
    y = side * (cab.half + 0.006)
    low, high = cab.belt + 0.02, cab.roof - 0.22
    length = (cab.nose - 0.18 - cab.back - 0.16) / cab.doors
    parts = []
    for row in range(cab.doors):
        front = cab.nose - 0.18 - row * length
        rear, slope = front - length + 0.10, 0.20 if row == 0 else 0.0
        corners: list[Vec] = [(rear, y, low), (front, y, low), (front - slope, y, high), (rear, y, high)]
        if side > 0:
            corners = [corners[1], corners[0], corners[3], corners[2]]
        parts += [
            panel(corners, "glass"),
            box(
                (0.015, 0.008, cab.roof - 0.2 - cab.keel), (rear - 0.05, y, (cab.roof + cab.keel) / 2), "seam"
            ),
            box((0.16, 0.03, 0.035), (rear + 0.10, y, cab.belt - 0.10), "trim"),
        ]
    parts.append(
        box((length * 0.5, 0.10, 0.05), (cab.axle - 0.75, side * (cab.half - 0.02), cab.keel), "trim")
    )
    return parts


def _reflectors(y: float, rear: float, front: float, z: float) -> list[Part]:
    """The red and white strips that heavy vehicles must wear along their sides."""
    count = round((front - rear) / 0.6)
    step = (front - rear) / count
    return [
        side_panel(
            (rear + k * step, rear + (k + 0.8) * step),
            (z, z + 0.05),
            y + 0.004 * (1 if y > 0 else -1),
            "stripe-red" if k % 2 else "stripe-white",
        )
        for k in range(count)
    ]


def _shutter(rear: float, front: float, low: float, y: float) -> list[Part]:
    """A roller shutter of a locker, with the shadows of its slats and its bar."""
    sign = 1 if y > 0 else -1
    high = 2.42
    slats = int((high - low) / 0.12)
    middle, width = (rear + front) / 2, front - rear
    return [
        side_panel((rear, front), (low, high), y + sign * 0.002, "steel"),
        *(box((width, 0.008, 0.012), (middle, y, low + 0.12 * k), "liner") for k in range(1, slats + 1)),
        box((width * 0.8, 0.03, 0.03), (middle, y, low + 0.08), "chrome"),
    ]


def _ladder(rear: float, front: float, y: float, z: float) -> list[Part]:
    """A ladder laid along a roof."""
    rungs = int((front - rear) / 0.32)
    middle, long = (rear + front) / 2, front - rear
    rails = [box((long, 0.05, 0.10), (middle, y + off, z), "rim", bevel_m=0.01) for off in (-0.24, 0.24)]
    return [
        *rails,
        *(box((0.04, 0.46, 0.04), (rear + 0.2 + k * 0.32, y, z), "rim") for k in range(rungs)),
    ]


def _heap(at: Vec, reach: Vec, finish: str) -> Part:
    """Loose goods: a low hill whose surface is never quite even; the same every time."""
    chance = random.Random(5)  # noqa: S311 - how it was poured
    wide, deep = 15, 9
    points = []
    for row in range(deep):
        for column in range(wide):
            u, v = column / (wide - 1) * 2 - 1, row / (deep - 1) * 2 - 1
            inside = 0 < row < deep - 1 and 0 < column < wide - 1
            rise = (1 - abs(u) ** 3) * (1 - v * v) * (0.8 + 0.2 * math.cos(5 * u))
            points.append((u, v, rise + (chance.uniform(-0.08, 0.08) if inside else 0.0)))
    faces = tuple(
        (row * wide + k, row * wide + k + 1, (row + 1) * wide + k + 1, (row + 1) * wide + k)
        for row in range(deep - 1)
        for k in range(wide - 1)
    )
    return Part(np.array(points) * reach, faces, (finish,), smooth=True).moved(at)
