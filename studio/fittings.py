"""What every vehicle carries: wheels and plates."""

import math

from studio.solids import Part, Vec, box, cylinder, panel

UPRIGHT: Vec = (math.pi / 2, 0, 0)
"""Turns a cylinder into a wheel."""


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


def plates(text: str, front: float, front_z: float, rear: float, rear_z: float) -> tuple[Part, ...]:
    """A plate at each end; the finish is named by the text and made where the model is built."""
    half, high, name = (0.24 if len(text) == 8 else 0.22), 0.07, f"plate-{text}"  # noqa: PLR2004
    ahead = [(front, half * s, front_z + high * t) for s, t in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
    behind = [(rear, -half * s, rear_z + high * t) for s, t in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
    faces = (panel(ahead, name), panel(behind, name)) if text else ()
    return (
        *faces,
        box((0.03, 2 * half + 0.03, 2 * high + 0.025), (front - 0.02, 0, front_z), "trim"),
        box((0.03, 2 * half + 0.03, 2 * high + 0.025), (rear + 0.02, 0, rear_z), "trim"),
    )
