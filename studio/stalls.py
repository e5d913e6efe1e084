"""A vendor's cart: on its way with the umbrella folded, or set up with boxes around it."""

import math
import random

import numpy as np

from studio.solids import Model, Part, ball, box, cylinder

_UPRIGHT = (math.pi / 2, 0, 0)


def cart(*, is_open: bool) -> Model:
    """The cart about its middle, its customers' side towards -y."""
    chance = random.Random(5)  # noqa: S311 - where each orange lies
    parts = [
        box((1.9, 0.95, 0.62), (0, 0, 0.62), "steel", bevel_m=0.02),
        box((2.1, 1.15, 0.05), (0, 0, 0.95), "wood"),
        box((1.7, 0.01, 0.45), (0, -0.482, 0.62), "canvas-red"),
        cylinder(0.03, 2.5, (0.1, 0, 1.25), "chrome"),
    ]
    parts += [
        cylinder(0.27, 0.08, (x, y, 0.27), "tyre", turn=_UPRIGHT) for x in (-0.6, 0.6) for y in (-0.5, 0.5)
    ]
    parts += [
        cylinder(0.02, 1.05, (x, y, 1.45), "steel", sides=8) for x in (-0.95, 0.95) for y in (-0.5, 0.5)
    ]
    for finish, x in (("fruit-orange", -0.7), ("fruit-red", -0.15), ("fruit-green", 0.4)):
        parts.append(box((0.48, 0.9, 0.06), (x, 0, 1.0), "foam"))
        parts += [
            ball(
                (0.05, 0.05, 0.05),
                (x + chance.uniform(-0.19, 0.19), chance.uniform(-0.4, 0.4), 1.05 + chance.random() * 0.05),
                finish,
            )
            for _ in range(30)
        ]
    if not is_open:
        return (*parts, cylinder(0.10, 1.2, (0.1, 0, 2.0), "canvas-red", top=0.03, sides=10))
    around = (
        (1.45, -0.2, 0.18, "card"),
        (1.45, -0.2, 0.52, "foam"),
        (1.5, 0.35, 0.17, "foam"),
        (-1.45, 0.1, 0.18, "card"),
        (-1.4, 0.15, 0.5, "card"),
        (-1.5, -0.45, 0.15, "foam"),
    )
    parts += [
        box((0.5, 0.38, 0.32), (x, y, z), finish, turn=(0, 0, chance.uniform(-0.4, 0.4)))
        for x, y, z, finish in around
    ]
    parts.append(cylinder(0.16, 0.45, (0.5, 0.95, 0.22), "stool", top=0.13))
    return (*parts, _umbrella())


def _umbrella() -> Part:
    ribs = 8
    rings = [
        [(math.cos(2 * math.pi * k / ribs) * r, math.sin(2 * math.pi * k / ribs) * r, z) for k in range(ribs)]
        for r, z in ((1.0, 2.65), (1.55, 2.35), (1.57, 2.19))
    ]
    points = np.array([(0, 0, 2.90), *rings[0], *rings[1], *rings[2]]) + np.array([0.1, 0, 0])
    faces, worn = [], []
    for k in range(ribs):
        j = (k + 1) % ribs
        faces += [(0, 1 + k, 1 + j), (1 + k, 9 + k, 9 + j, 1 + j), (9 + k, 17 + k, 17 + j, 9 + j)]
        worn += [k % 2] * 3
    return Part(points, tuple(faces), ("canvas-red", "canvas-white"), tuple(worn))
