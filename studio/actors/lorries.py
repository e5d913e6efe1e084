"""Lorries: one cab in three sizes, and what stands behind it: a box, a tipper, a fire engine's lockers."""

import math
import random

import numpy as np

from studio.actors.cabs import Cab, cab_parts
from studio.actors.fittings import (
    arches,
    end_panel,
    heavy_wheel,
    hull,
    light_bar,
    plates,
    side_panel,
)
from studio.matter.solids import Model, Part, Vec, box, cylinder

_LIGHT = Cab(3.02, 1.30, 0.98, 0.50, 1.18, 2.16, 1, 2.12, 0.40)
_HEAVY = Cab(4.25, 2.10, 1.23, 0.62, 1.62, 2.86, 1, 3.05, 0.52)
_CREW = Cab(4.05, 0.95, 1.22, 0.50, 1.48, 2.70, 2, 2.75, 0.50)


def lorry(colour: str, plate: str) -> Model:
    """A light lorry with a box body."""
    parts = cab_parts(_LIGHT, colour)
    parts += _box_body(-3.02, 1.18, 1.05, (0.98, 2.98))
    for side in (1, -1):
        parts += heavy_wheel(-1.75, side * 0.80, 0.40, side, 0.36)
        parts += _mudguard(-1.75, 0.40, side, 0.80, 0.40)
        parts.append(box((1.5, 0.03, 0.06), (0.35, side * 0.96, 0.60), "rib"))
        parts.append(box((1.5, 0.03, 0.06), (0.35, side * 0.96, 0.80), "rib"))
        parts.append(side_panel((-1.8, 0.2), (1.85, 2.28), side * 1.076, "words-freight"))
        parts += _reflectors(side * 1.078, -2.9, 1.1, 1.01)
        parts += _tail_lamps(-3.03, side * 0.78, 0.76)
    parts += [
        box((0.75, 0.30, 0.36), (0.45, 0.66, 0.66), "steel", bevel_m=0.06),
        box((0.55, 0.34, 0.30), (0.45, -0.64, 0.68), "trim", bevel_m=0.02),
        box((5.6, 0.8, 0.2), (0, 0, 0.72), "trim"),
        box((0.10, 1.9, 0.12), (-3.02, 0, 0.48), "bumper", bevel_m=0.02),
        box((0.5, 1.5, 0.34), (1.52, 0, 2.30), f"paint-{colour}", bevel_m=0.12),
    ]
    return (*parts, *plates(plate, 3.11, 0.60, -3.07, 0.72, heavy=True))


def dump(colour: str, plate: str) -> Model:
    """A heavy tipper on three axles, loaded with sand."""
    parts = cab_parts(_HEAVY, colour)
    for side in (1, -1):
        for x in (-1.55, -2.95):
            parts += heavy_wheel(x, side * 0.98, 0.52, side, 0.46)
            parts += _mudguard(x, 0.52, side, 0.98, 0.48)
        parts += _tail_lamps(-4.12, side * 0.92, 0.92)
        parts.append(box((1.9, 0.05, 0.10), (0.85, side * 1.18, 0.66), "rib"))
        parts.append(box((1.9, 0.05, 0.10), (0.85, side * 1.18, 0.92), "rib"))
        parts.append(cylinder(0.30, 1.1, (0.9, side * 0.85, 0.86), "steel", turn=(0, math.pi / 2, 0)))
        for k in range(8):
            rib = (-3.85 + k * 0.80, side * 1.24, 1.82)
            parts.append(box((0.10, 0.08, 1.26), rib, f"paint-{colour}", bevel_m=0.01))
        parts.append(box((5.9, 0.12, 0.14), (-1.05, side * 1.24, 2.44), f"paint-{colour}", bevel_m=0.02))
        parts += _reflectors(side * 1.285, -3.9, 1.7, 1.24)
        parts.append(box((0.10, 0.10, 1.34), (-4.08, side * 1.16, 1.82), f"paint-{colour}", bevel_m=0.01))
        parts.append(box((0.07, 0.07, 0.9), (2.00, side * 0.72, 2.05), "trim"))
        parts.append(box((0.05, 0.5, 0.05), (-4.09, side * 0.55, 1.30), "stripe-red"))
        parts.append(box((0.05, 0.5, 0.05), (-4.09, side * 0.55, 2.20), "stripe-white"))
    parts += [
        box((0.08, 2.4, 0.10), (-4.08, 0, 2.43), f"paint-{colour}", bevel_m=0.01),
        *(box((0.06, 0.08, 1.16), (-4.07, y, 1.82), f"paint-{colour}") for y in (-0.9, 0.9)),
        box((0.22, 0.30, 0.55), (1.93, 0.0, 1.55), "rim", bevel_m=0.04),
        cylinder(0.10, 1.3, (1.96, -0.95, 2.2), "steel"),
        _sheet(),
        hull(
            [(1.90, 1.16), (1.98, 2.48), (-4.05, 2.48), (-4.05, 1.16)], 1.22, f"paint-{colour}", bevel_m=0.02
        ),
        hull([(1.98, 2.44), (2.10, 2.86), (1.90, 2.86), (1.80, 2.44)], 1.2, f"paint-{colour}", bevel_m=0.02),
        _heap((-1.05, 0, 2.42), (2.85, 1.10, 0.44), "sand"),
        box((6.1, 0.9, 0.26), (-1.0, 0, 1.02), "trim"),
        box((0.08, 2.2, 0.12), (-4.10, 0, 0.72), "trim", bevel_m=0.02),
        end_panel(0.85, (1.55, 1.85), -4.06, "words-dump", rear=True),
    ]
    return (*parts, *plates(plate, 4.345, 0.72, -4.15, 0.96, heavy=True))


def fire_engine(plate: str) -> Model:
    """A fire engine: a crew cab, lockers behind shutters, a ladder on the roof, beacons."""
    parts = cab_parts(_CREW, "fire")
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
    return (*parts, *plates(plate, 4.145, 0.62, -4.08, 0.90, heavy=True))


def _box_body(rear: float, front: float, half: float, up: tuple[float, float]) -> list[Part]:
    """A closed box of corrugated sheet: frames at its edges, two doors behind with bars, hinges and seams."""
    low, high = up
    middle, long, tall = (rear + front) / 2, front - rear, high - low
    at = (low + high) / 2
    parts = [box((long, 2 * half, tall), (middle, 0, at), "cargo", bevel_m=0.02)]
    ribs = round(long / 0.24)
    for side in (1, -1):
        y = side * half
        parts += [
            box(
                (0.05, 0.022, tall - 0.24),
                (rear + 0.12 + k * (long - 0.24) / ribs, y + side * 0.006, at),
                "rib",
            )
            for k in range(ribs + 1)
        ]
        parts += [
            box((long + 0.02, 0.05, 0.10), (middle, y, low + 0.05), "bumper"),
            box((long + 0.02, 0.05, 0.08), (middle, y, high - 0.04), "rim"),
            box((0.09, 0.09, tall), (front - 0.03, y - side * 0.02, at), "rim", bevel_m=0.01),
            box((0.09, 0.09, tall), (rear + 0.03, y - side * 0.02, at), "rim", bevel_m=0.01),
            box((0.02, half - 0.10, tall - 0.22), (rear - 0.004, side * (half / 2 - 0.01), at), "rib"),
            *(
                box((0.03, 0.03, tall - 0.10), (rear - 0.03, side * y_bar, at), "steel")
                for y_bar in (0.16, half - 0.36)
            ),
            box((0.03, 0.24, 0.05), (rear - 0.045, side * 0.26, low + 0.60), "chrome"),
            *(
                box((0.04, 0.16, 0.05), (rear - 0.02, side * (half - 0.12), low + tall * share), "steel")
                for share in (0.12, 0.37, 0.63, 0.88)
            ),
            _strip(rear - 0.02, side * (half - 0.40), low + 0.16, "stripe-red"),
            _strip(rear - 0.02, side * (half - 0.74), low + 0.16, "stripe-white"),
            box((0.03, 0.10, 0.05), (rear - 0.02, side * (half - 0.14), high - 0.05), "tail"),
        ]
    parts.append(box((0.015, 0.02, tall - 0.16), (rear - 0.016, 0, at), "seam"))
    parts.append(box((0.015, 2 * half - 0.16, 0.02), (rear - 0.006, 0, high - 0.10), "seam"))
    return parts


def _strip(x: float, y: float, z: float, finish: str) -> Part:
    """One piece of the reflecting strip behind."""
    return box((0.01, 0.30, 0.06), (x, y, z), finish)


def _tail_lamps(x: float, y: float, z: float) -> list[Part]:
    """Brake lamp, turn signal and reversing lamp side by side in a dark housing."""
    out = 1 if y > 0 else -1
    return [
        box((0.05, 0.46, 0.17), (x, y, z), "liner", bevel_m=0.01),
        box((0.05, 0.17, 0.13), (x - 0.012, y, z), "tail", bevel_m=0.01),
        box((0.05, 0.11, 0.13), (x - 0.012, y + out * 0.15, z), "amber", bevel_m=0.01),
        box((0.05, 0.10, 0.13), (x - 0.012, y - out * 0.15, z), "beacon-white", bevel_m=0.01),
    ]


def _mudguard(x: float, radius: float, side: int, y: float, width: float) -> list[Part]:
    """A black guard over a rear wheel, and its flap behind."""
    top = radius * 2 + 0.05
    return [
        box((radius * 1.3, width, 0.03), (x, side * y, top), "trim"),
        box(
            (radius * 0.8, width, 0.03), (x - radius * 0.92, side * y, top - 0.12), "trim", turn=(0, -0.6, 0)
        ),
        box((0.02, width, radius * 0.8), (x - radius * 1.22, side * y, top - 0.60 * radius - 0.1), "trim"),
    ]


def _sheet() -> Part:
    """The rolled tarpaulin that is drawn over the load, at the front of the tipper's body."""
    return cylinder(0.13, 2.3, (1.72, 0, 2.60), "tarpaulin", turn=(math.pi / 2, 0, 0), sides=14)


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
