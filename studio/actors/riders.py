"""Two- and three-wheelers, parked or with somebody on them.

A rider belongs to the vehicle's box, as Clearway judges the vehicle; no `person` of their own is in the
truth. `rider_of` is a model apart from `machine_of`, so that a truth that wants both can have both.
"""

import math

from studio.actors.figure import Pose, figure
from studio.actors.fittings import UPRIGHT
from studio.actors.vehicles import scooter
from studio.actors.wardrobe import outfit_of
from studio.matter.solids import Model, Part, Vec, ball, box, cylinder, moved, tube

RIDDEN: dict[str, str] = {
    "bicycle": "bicycle",
    "motorcycle": "motorcycle",
    "scooter-rider": "scooter",
    "tricycle": "tricycle",
}
"""Kinds with somebody on them, and what they ride."""

PARKED: dict[str, str] = {
    "bicycle-parked": "bicycle",
    "motorcycle-parked": "motorcycle",
    "tricycle-parked": "tricycle",
}

_POSES: dict[str, Pose] = {
    "bicycle": Pose(
        (-0.22, 0, 1.00),
        ((0.40, 0.27, 1.02), (0.40, -0.27, 1.02)),
        ((-0.02, 0.13, 0.40), (0.10, -0.13, 0.22)),
        0.35,
        0.0,
    ),
    "motorcycle": Pose(
        (-0.28, 0, 0.90),
        ((0.33, 0.33, 1.05), (0.33, -0.33, 1.05)),
        ((0.02, 0.24, 0.40), (0.02, -0.24, 0.40)),
        0.18,
        0.0,
    ),
    "scooter": Pose(
        (-0.38, 0, 0.86),
        ((0.28, 0.31, 1.06), (0.28, -0.31, 1.06)),
        ((0.20, 0.12, 0.42), (0.16, -0.12, 0.42)),
        0.12,
        0.0,
    ),
    "tricycle": Pose(
        (0.42, 0, 0.90),
        ((0.98, 0.31, 1.05), (0.98, -0.31, 1.05)),
        ((0.72, 0.16, 0.44), (0.78, -0.16, 0.44)),
        0.14,
        0.0,
    ),
}
_CLOTH = {"white": "blue", "red": "black", "blue": "grey", "yellow": "yellow", "sky": "sky", "black": "red"}
_LOADS = ("card", "foam", "canvas-red", "bin-blue", "wood", "card")


def machine_of(kind: str, colour: str) -> Model:
    """The vehicle alone, looking along x."""
    name = RIDDEN.get(kind) or PARKED[kind]
    match name:
        case "bicycle":
            return _bicycle(colour)
        case "motorcycle":
            return _motorcycle(colour)
        case "tricycle":
            return _tricycle(colour)
        case _:
            return (
                *scooter(colour),
                box((0.46, 0.46, 0.44), (-0.86, 0, 1.02), f"paint-{colour}", bevel_m=0.04),
            )


def rider_of(kind: str, colour: str) -> Model:
    """Who sits on it; nobody on what is parked."""
    name = RIDDEN.get(kind)
    if name is None:
        return ()
    # who rides a bicycle here wears no helmet
    outfit = outfit_of("rider" if name != "bicycle" else "cyclist", _CLOTH.get(colour, colour))
    return figure(_POSES[name], outfit)


def ride(kind: str, colour: str) -> Model:
    """Vehicle and rider; a parked one leans on its stand."""
    model = (*machine_of(kind, colour), *rider_of(kind, colour))
    leans = kind in PARKED and PARKED[kind] != "tricycle"
    return moved(model, turn=(0.12, 0, 0)) if leans else model


def _bicycle(colour: str) -> Model:
    paint = f"paint-{colour}"
    crank, seat, head = (-0.03, 0.0, 0.30), (-0.22, 0.0, 0.86), (0.38, 0.0, 0.84)
    frame: list[tuple[Vec, Vec]] = [
        (crank, seat), (crank, head), ((-0.19, 0, 0.78), head), (crank, (-0.52, 0, 0.34)),
        ((-0.20, 0, 0.76), (-0.52, 0, 0.34)), (head, (0.54, 0, 0.34)),
    ]  # fmt: skip
    parts = [tube(list(line), [0.022, 0.022], paint, sides=8) for line in frame]
    for x in (0.54, -0.52):
        parts += _spoked(x, 0.34)
        parts.append(tube(_arc(x, 0.37, 0.34, 0.4, 2.6), [0.02] * 8, "trim", sides=6))
    parts += [
        box((0.27, 0.16, 0.06), (-0.24, 0, 0.90), "trim", bevel_m=0.025),
        tube([(0.38, 0, 0.84), (0.36, 0, 1.03)], [0.018, 0.018], "chrome"),
        tube([(0.36, -0.30, 1.03), (0.38, 0, 1.02), (0.36, 0.30, 1.03)], [0.018, 0.015, 0.018], "trim"),
        box((0.36, 0.15, 0.02), (-0.55, 0, 0.74), "chrome"),
        box((0.32, 0.38, 0.25), (0.58, 0, 0.88), "grille"),
        cylinder(0.09, 0.03, crank, "chrome", turn=UPRIGHT),
        *(
            box((0.10, 0.09, 0.025), (x, y, z), "trim")
            for x, y, z in ((0.02, 0.13, 0.32), (0.14, -0.13, 0.16))
        ),
        box((0.03, 0.08, 0.06), (-0.74, 0, 0.66), "tail"),
    ]
    return tuple(parts)


def _motorcycle(colour: str) -> Model:
    paint = f"paint-{colour}"
    parts = [
        tube(
            [(0.20, 0, 0.80), (0.02, 0, 0.84), (-0.18, 0, 0.76)],
            [(0.08, 0.10), (0.13, 0.15), (0.07, 0.09)],
            paint,
        ),
        tube(
            [(-0.16, 0, 0.79), (-0.45, 0, 0.81), (-0.85, 0, 0.86)],
            [(0.05, 0.12), (0.06, 0.15), (0.05, 0.12)],
            "trim",
        ),
        tube(
            [(-0.45, 0, 0.72), (-0.75, 0, 0.74), (-0.98, 0, 0.80)],
            [(0.08, 0.12), (0.07, 0.11), (0.03, 0.06)],
            paint,
        ),
        box((0.36, 0.28, 0.34), (0.02, 0, 0.44), "steel", bevel_m=0.04),
        cylinder(0.10, 0.34, (0.16, 0, 0.60), "rim", turn=(0, 0.5, 0)),
        tube([(0.18, -0.14, 0.45), (0.05, -0.17, 0.28), (-0.80, -0.18, 0.36)], [0.03, 0.035, 0.05], "chrome"),
        *(tube([(0.68, y, 0.30), (0.38, y, 1.0)], [0.028, 0.028], "chrome") for y in (-0.09, 0.09)),
        tube([(0.30, -0.36, 1.04), (0.38, 0, 1.02), (0.30, 0.36, 1.04)], [0.018] * 3, "trim"),
        ball((0.09, 0.10, 0.10), (0.50, 0, 0.92), "lamp"),
        box((0.05, 0.14, 0.06), (-1.0, 0, 0.78), "tail"),
        box((0.03, 0.20, 0.15), (-1.02, 0, 0.62), "foam"),
        tube(_arc(0.68, 0.34, 0.30, 0.5, 2.3), [0.05] * 8, paint, sides=8),
        *(box((0.03, 0.05, 0.10), (0.32, y, 1.16), "trim") for y in (-0.30, 0.30)),
        box((0.55, 0.05, 0.16), (-0.05, 0, 0.34), "trim"),
    ]
    for x in (0.68, -0.66):
        parts += [
            cylinder(0.30, 0.11, (x, 0, 0.30), "tyre", turn=UPRIGHT, sides=28, bevel_m=0.03),
            cylinder(0.20, 0.12, (x, 0, 0.30), "rim", turn=UPRIGHT),
        ]
    return tuple(parts)


def _tricycle(colour: str) -> Model:
    paint = f"paint-{colour}"
    shade = len(colour) % 2 == 0
    parts = [
        box((1.60, 1.06, 0.06), (-0.55, 0, 0.58), "steel"),
        *(box((1.60, 0.04, 0.34), (-0.55, y, 0.77), paint) for y in (-0.52, 0.52)),
        *(box((0.04, 1.06, 0.34), (x, 0, 0.77), paint) for x in (-1.34, 0.24)),
        box((1.2, 0.10, 0.12), (0.35, 0, 0.46), paint, bevel_m=0.03),
        box((0.36, 0.44, 0.30), (0.40, 0, 0.66), paint, bevel_m=0.03),
        box((0.38, 0.46, 0.09), (0.40, 0, 0.84), "trim", bevel_m=0.04),
        box((0.34, 0.46, 0.05), (0.76, 0, 0.37), paint),
        box((0.06, 0.50, 0.62), (1.02, 0, 0.66), paint, turn=(0, -0.15, 0), bevel_m=0.04),
        *(tube([(1.22, y, 0.26), (1.05, y, 0.95)], [0.028, 0.028], "chrome") for y in (-0.08, 0.08)),
        tube([(0.94, -0.34, 1.06), (1.02, 0, 1.02), (0.94, 0.34, 1.06)], [0.02] * 3, "trim"),
        ball((0.08, 0.10, 0.09), (1.14, 0, 0.92), "lamp"),
        tube(_arc(1.22, 0.31, 0.26, 0.3, 2.6), [0.05] * 8, paint, sides=8),
        *(box((0.04, 0.12, 0.08), (-1.37, y, 0.62), "tail") for y in (-0.42, 0.42)),
    ]
    for x, y in ((1.22, 0.0), (-0.70, 0.56), (-0.70, -0.56)):
        parts += [
            cylinder(0.26, 0.11, (x, y, 0.26), "tyre", turn=UPRIGHT, sides=28, bevel_m=0.03),
            cylinder(0.15, 0.12, (x, y, 0.26), "rim", turn=UPRIGHT),
        ]
    for k, load in enumerate(_LOADS):
        tall = 0.24 + 0.08 * ((k * 5 + len(colour)) % 4)
        at = (-1.08 + (k % 3) * 0.5, -0.25 + (k // 3) * 0.5, 0.62 + tall / 2)
        parts.append(box((0.46, 0.46, tall), at, load, turn=(0, 0, 0.06 * (k % 3 - 1))))
    if shade:
        parts += [box((1.15, 1.0, 0.04), (0.62, 0, 1.92), "canvas-red" if colour != "red" else "awning-blue")]
        posts = ((0.2, 0.46), (0.2, -0.46), (1.05, 0.24), (1.05, -0.24))
        parts += [tube([(x, y, 0.6), (x, y, 1.92)], [0.018, 0.018], "chrome") for x, y in posts]
    return tuple(parts)


def _spoked(x: float, radius: float) -> list[Part]:
    round_it = _arc(x, radius - 0.02, radius, 0.0, 2 * math.pi, count=25)
    spokes = [
        box((0.008, 0.008, 2 * radius - 0.06), (x, 0, radius), "chrome", turn=(0, k * math.pi / 5, 0))
        for k in range(5)
    ]
    return [tube(round_it, [0.022] * len(round_it), "tyre", sides=8), *spokes]


def _arc(x: float, radius: float, height: float, first: float, last: float, *, count: int = 8) -> list[Vec]:
    """Points around an axle, by angles counted from ahead over the top."""
    angles = [first + (last - first) * k / (count - 1) for k in range(count)]
    return [(x + radius * math.cos(a), 0.0, height + radius * math.sin(a)) for a in angles]
