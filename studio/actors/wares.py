"""What stalls have in common: goods on a table, crates, poles, shades."""

import math
import random
from collections.abc import Sequence

import numpy as np

from studio.matter.solids import Part, Vec, ball, box, cylinder

GOODS = ("fruit-orange", "fruit-red", "fruit-green", "canvas-red", "bin-blue", "card", "foam", "awning-blue")


def heaps(chance: random.Random, size: tuple[float, float], at: Vec, finishes: Sequence[str]) -> list[Part]:
    """Trays of round goods side by side along x on a surface."""
    step = size[0] / len(finishes)
    parts: list[Part] = []
    for k, finish in enumerate(finishes):
        x = at[0] - size[0] / 2 + (k + 0.5) * step
        parts.append(box((step * 0.94, size[1], 0.06), (x, at[1], at[2] + 0.03), "foam"))
        parts += [
            ball(
                (0.05, 0.05, 0.05),
                (
                    x + chance.uniform(-0.4, 0.4) * step,
                    at[1] + chance.uniform(-0.42, 0.42) * size[1],
                    at[2] + 0.08 + chance.random() * 0.05,
                ),
                finish,
            )
            for _ in range(24)
        ]
    return parts


def folded(chance: random.Random, size: tuple[float, float], at: Vec, count: int) -> list[Part]:
    """Clothes, toys, bags: flat goods spread over a surface."""
    return [
        box(
            (chance.uniform(0.16, 0.30), chance.uniform(0.14, 0.26), high),
            (
                at[0] + chance.uniform(-0.44, 0.44) * size[0],
                at[1] + chance.uniform(-0.40, 0.40) * size[1],
                at[2] + high / 2,
            ),
            chance.choice(GOODS),
            turn=(0, 0, chance.uniform(-0.5, 0.5)),
        )
        for _ in range(count)
        for high in [chance.uniform(0.04, 0.16)]
    ]


def table(size: Vec, at: tuple[float, float], top: str) -> list[Part]:
    """A folding table; the size is along, across and its height."""
    wide, deep, high = size
    legs = [
        cylinder(
            0.018,
            high,
            (at[0] + sx * (wide / 2 - 0.06), at[1] + sy * (deep / 2 - 0.06), high / 2),
            "steel",
            sides=8,
        )
        for sx in (-1, 1)
        for sy in (-1, 1)
    ]
    return [*legs, box((wide, deep, 0.04), (at[0], at[1], high), top)]


def stool(x: float, y: float, finish: str = "stool") -> Part:
    """A low plastic stool."""
    return cylinder(0.16, 0.42, (x, y, 0.21), finish, top=0.13, sides=12)


def parasol(at: tuple[float, float], radius: float, height: float, finishes: tuple[str, str]) -> list[Part]:
    """A round shade with eight panels on its pole."""
    ribs = 8
    rows = ((radius * 0.64, height - 0.25), (radius, height - 0.55), (radius * 1.012, height - 0.71))
    rings = [
        [(math.cos(2 * math.pi * k / ribs) * r, math.sin(2 * math.pi * k / ribs) * r, z) for k in range(ribs)]
        for r, z in rows
    ]
    points = np.array([(0, 0, height), *rings[0], *rings[1], *rings[2]]) + np.array([at[0], at[1], 0])
    faces, worn = [], []
    for k in range(ribs):
        j = (k + 1) % ribs
        faces += [(0, 1 + k, 1 + j), (1 + k, 9 + k, 9 + j, 1 + j), (9 + k, 17 + k, 17 + j, 9 + j)]
        worn += [k % 2] * 3
    pole = cylinder(0.03, height, (at[0], at[1], height / 2), "chrome", sides=10)
    return [pole, Part(points, tuple(faces), finishes, tuple(worn))]


def tent(size: tuple[float, float], height: float, finish: str) -> list[Part]:
    """A square shade on four poles, a pyramid with a hanging edge."""
    half_x, half_y = size[0] / 2, size[1] / 2
    corners = [(-half_x, -half_y), (half_x, -half_y), (half_x, half_y), (-half_x, half_y)]
    points = [
        (0, 0, height + 0.55),
        *((x, y, height) for x, y in corners),
        *((x, y, height - 0.2) for x, y in corners),
    ]
    faces = [(0, 1 + k, 1 + (k + 1) % 4) for k in range(4)]
    hems = [(1 + k, 5 + k, 5 + (k + 1) % 4, 1 + (k + 1) % 4) for k in range(4)]
    poles = [cylinder(0.022, height, (x * 0.97, y * 0.97, height / 2), "steel", sides=8) for x, y in corners]
    return [*poles, Part(np.array(points, float), (*faces, *hems), (finish,))]
