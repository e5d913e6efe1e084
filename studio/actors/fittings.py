"""What many vehicles carry: wheels, plates, panels on a side, light bars, mirrors, wipers."""

import math

import numpy as np

from studio.matter.solids import Part, Vec, box, cylinder, panel, tube
from studio.plates.picture import plate_kind

UPRIGHT: Vec = (math.pi / 2, 0, 0)
"""Turns a cylinder into a wheel."""

TWO_LINES = "-two-lines"
"""Ends the name of the finish of a plate with two lines."""


def wheel(x: float, y: float, radius: float, side: int, width: float = 0.21) -> list[Part]:
    """A wheel in its place; `side` is where its spokes look, 1 to the left and -1 to the right."""
    outer = y + side * (width / 2 + 0.004)
    spokes = [
        box((radius * 0.17, 0.02, radius * 1.22), (x, outer, radius), "rim", turn=(0, k * math.pi / 5, 0))
        for k in range(5)
    ]
    return [
        cylinder(radius, width, (x, y, radius), "tyre", turn=UPRIGHT, sides=32, bevel_m=0.03),
        cylinder(radius * 0.68, width + 0.004, (x, y, radius), "trim", turn=UPRIGHT, sides=28),
        cylinder(radius * 0.20, 0.03, (x, outer, radius), "rim", turn=UPRIGHT),
        *spokes,
    ]


def heavy_wheel(x: float, y: float, radius: float, side: int, width: float = 0.28) -> list[Part]:
    """A lorry's wheel: a steel disc set back in the tyre, a hub that stands out."""
    outer = y + side * width / 2
    return [
        cylinder(radius, width, (x, y, radius), "tyre", turn=UPRIGHT, sides=32, bevel_m=0.04),
        cylinder(radius * 0.62, 0.02, (x, outer, radius), "trim", turn=UPRIGHT, sides=28),
        cylinder(radius * 0.54, 0.03, (x, outer, radius), "rib", turn=UPRIGHT, sides=28),
        cylinder(radius * 0.22, 0.09, (x, outer, radius), "rim", turn=UPRIGHT),
    ]


def plates(
    text: str, front: float, front_z: float, rear: float, rear_z: float, *, heavy: bool = False
) -> tuple[Part, ...]:
    """A plate at each end; the finish is named by the text and made where the model is built.

    Args:
        text: what they say, or nothing.
        front: where the front one is, along x.
        front_z: the height of its middle.
        rear: where the rear one is.
        rear_z: the height of its middle.
        heavy: a large vehicle, whose yellow rear plate has two lines.
    """
    half, high, name = (0.24 if len(text) == 8 else 0.22), 0.07, f"plate-{text}"  # noqa: PLR2004
    double = heavy and plate_kind(text, heavy=True) == "yellow"
    rear_high, rear_name = (0.11, f"{name}{TWO_LINES}") if double else (high, name)
    ahead = [(front, half * s, front_z + high * t) for s, t in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
    behind = [(rear, -half * s, rear_z + rear_high * t) for s, t in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
    faces = (panel(ahead, name), panel(behind, rear_name)) if text else ()
    return (
        *faces,
        box((0.03, 2 * half + 0.03, 2 * high + 0.025), (front - 0.02, 0, front_z), "trim"),
        box((0.03, 2 * half + 0.03, 2 * rear_high + 0.025), (rear + 0.02, 0, rear_z), "trim"),
    )


def side_panel(
    along: tuple[float, float], up: tuple[float, float], y: float, finish: str, *, lean: float = 0.0
) -> Part:
    """A picture on a vehicle's side, to be read from outside.

    Args:
        along: from which x to which, metres.
        up: from which height to which.
        y: where the side is; its sign says which side.
        finish: what it wears.
        lean: how far the upper edge stands further in.
    """
    (rear, front), (low, high) = along, up
    left, right = (front, rear) if y > 0 else (rear, front)
    top = y - math.copysign(lean, y)
    return panel([(left, y, low), (right, y, low), (right, top, high), (left, top, high)], finish)


def end_panel(
    across: float,
    up: tuple[float, float],
    x: float | tuple[float, float],
    finish: str,
    *,
    rear: bool = False,
    top: float | None = None,
) -> Part:
    """A picture on a vehicle's front or rear, to be read from outside.

    Args:
        across: half its width, at the lower edge.
        up: from which height to which.
        x: where it is; a pair for a pane that leans.
        finish: what it wears.
        rear: whether it looks backwards.
        top: another half width at the upper edge.
    """
    below, above = x if isinstance(x, tuple) else (x, x)
    (low, high), sign = up, -1 if rear else 1
    upper = across if top is None else top
    corners = [
        (below, -sign * across, low),
        (below, sign * across, low),
        (above, sign * upper, high),
        (above, -sign * upper, high),
    ]
    return panel(corners, finish)


def hull(
    outline: list[tuple[float, float]],
    half: float,
    finish: str,
    *,
    bevel_m: float = 0.06,
    holes: tuple[Part, ...] = (),
) -> Part:
    """A body as wide everywhere: its outline seen from the left, (x, z), from the nose's keel upwards."""
    points = np.array([(x, y, z) for y in (half, -half) for x, z in outline])
    count = len(outline)
    around = [((k + 1) % count, k, count + k, count + (k + 1) % count) for k in range(count)]
    faces = (*around, tuple(range(count)), tuple(range(count, 2 * count))[::-1])
    return Part(points, faces, (finish,), bevel_m=bevel_m, holes=holes)


def arches(places: tuple[float, ...], radius: float, half: float) -> tuple[Part, ...]:
    """What is cut out of a body for its wheels, on both sides."""
    return tuple(
        cylinder(radius * 1.16, 0.8, (x, side * half, radius), "dark", turn=UPRIGHT, sides=32)
        for x in places
        for side in (1, -1)
    )


def arch_lips(places: tuple[float, ...], radius: float, half: float) -> list[Part]:
    """The rubber around the arches that `arches` cuts, on both sides."""
    bend = np.linspace(-0.12, math.pi + 0.12, 19)
    bent = np.stack([np.cos(bend), np.zeros_like(bend), np.sin(bend)], axis=1)
    inner, outer = bent * radius * 1.13, bent * radius * 1.25
    around = len(bend)
    faces = tuple((k, k + 1, around + k + 1, around + k) for k in range(around - 1))
    lip = Part(np.concatenate([inner, outer]), faces, ("trim",))
    return [lip.moved((x, side * (half + 0.007), radius)) for x in places for side in (1, -1)]


def light_bar(x: float, z: float, width: float, left: str, right: str) -> list[Part]:
    """A bar of beacons across a roof, a white lens in its middle."""
    third = width / 3
    return [
        box((0.26, width * 0.94, 0.05), (x, 0, z + 0.025), "trim", bevel_m=0.01),
        box((0.24, third, 0.11), (x, third, z + 0.095), left, bevel_m=0.03),
        box((0.22, third * 0.96, 0.10), (x, 0, z + 0.09), "beacon-white", bevel_m=0.02),
        box((0.24, third, 0.11), (x, -third, z + 0.095), right, bevel_m=0.03),
    ]


def wipers(x: float, z: float, half: float, lean: float) -> list[Part]:
    """Two wipers at rest at the foot of an upright windscreen."""
    return [
        box((0.02, half * 0.8, 0.025), (x, side * half * 0.48, z), "trim", turn=(0.09, lean, 0))
        for side in (1, -1)
    ]


def cab_mirrors(x: float, half: float, z: float) -> list[Part]:
    """Tall mirrors on arms, as lorries and buses have them."""
    parts = []
    for side in (1, -1):
        y = side * (half + 0.20)
        parts += [
            box((0.09, 0.20, 0.42), (x, y, z), "trim", bevel_m=0.03),
            box((0.04, 0.26, 0.04), (x - 0.02, side * (half + 0.09), z + 0.24), "trim"),
            box((0.04, 0.22, 0.03), (x - 0.02, side * (half + 0.08), z - 0.18), "trim"),
        ]
    return parts


def horn_mirrors(x: float, half: float, z: float) -> list[Part]:
    """Mirrors that hang before the windscreen's upper corners on bent arms, as buses carry them."""
    parts = []
    for side in (1, -1):
        out = side * (half + 0.13)
        arm: list[Vec] = [
            (x - 0.16, side * (half - 0.10), z),
            (x + 0.08, side * (half + 0.06), z + 0.05),
            (x + 0.14, out, z - 0.02),
            (x + 0.14, out, z - 0.22),
        ]
        parts += [
            tube(arm, [0.028, 0.028, 0.028, 0.028], "trim", sides=8),
            box((0.11, 0.23, 0.46), (x + 0.12, out, z - 0.42), "trim", bevel_m=0.04),
            box((0.01, 0.18, 0.38), (x + 0.06, out, z - 0.42), "chrome"),
        ]
    return parts


def headlamps(
    x: float, y: float, z: float, side: int, *, wide: float = 0.56, high: float = 0.22
) -> list[Part]:
    """A cluster behind one clear cover: two lamps and the turn signal in a dark housing.

    Args:
        x: of the front face.
        y: how far its middle is from the vehicle's.
        z: the height of its middle.
        side: 1 left, -1 right.
        wide: of the housing, metres.
        high: of the housing.
    """
    return [
        box((0.05, wide, high), (x, side * y, z), "liner", bevel_m=0.02),
        box((0.06, wide * 0.36, high * 0.72), (x + 0.01, side * (y - wide * 0.22), z), "lamp", bevel_m=0.02),
        box((0.06, wide * 0.28, high * 0.72), (x + 0.01, side * (y + wide * 0.12), z), "lamp", bevel_m=0.02),
        box((0.06, wide * 0.14, high * 0.80), (x + 0.01, side * (y + wide * 0.40), z), "amber", bevel_m=0.02),
    ]


def slats(across: float, up: tuple[float, float], x: float, finish: str, *, count: int) -> list[Part]:
    """Bars across a grille, evenly over its height."""
    low, high = up
    step = (high - low) / count
    return [
        box((0.03, 2 * across, step * 0.45), (x, 0, low + (k + 0.5) * step), finish) for k in range(count)
    ]
