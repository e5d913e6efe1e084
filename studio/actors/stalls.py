"""Stalls: a cart on its way or set up, a barbecue, tables under a tent, goods on a cloth on the ground."""

import math
import random
import zlib

from studio.actors.wares import folded, heaps, parasol, stool, table, tent
from studio.matter.solids import Model, ball, box, cylinder

_UPRIGHT = (math.pi / 2, 0, 0)

_SHADES: dict[str, tuple[str, str]] = {
    "red": ("canvas-red", "canvas-white"),
    "blue": ("awning-blue", "canvas-white"),
    "green": ("awning-green", "canvas-white"),
    "white": ("canvas-white", "canvas-white"),
    "yellow": ("cloth-yellow", "canvas-red"),
    "orange": ("cloth-orange", "canvas-white"),
    "sky": ("cloth-sky", "canvas-white"),
}
"""Two colours of an umbrella's panels; other colours are worn as plain cloth."""


def shades_of(colour: str) -> tuple[str, str]:
    """The two finishes of a shade."""
    return _SHADES.get(colour, (f"cloth-{colour}", f"cloth-{colour}"))


def cart(*, is_open: bool, colour: str = "red") -> Model:
    """The cart about its middle, its customers' side towards -y."""
    chance = random.Random(5)  # noqa: S311 - where each orange lies
    shades = shades_of(colour)
    parts = [
        box((1.9, 0.95, 0.62), (0, 0, 0.62), "steel", bevel_m=0.02),
        box((2.1, 1.15, 0.05), (0, 0, 0.95), "wood"),
        box((1.7, 0.01, 0.45), (0, -0.482, 0.62), shades[0]),
        cylinder(0.03, 2.5, (0.1, 0, 1.25), "chrome"),
    ]
    parts += [
        cylinder(0.27, 0.08, (x, y, 0.27), "tyre", turn=_UPRIGHT) for x in (-0.6, 0.6) for y in (-0.5, 0.5)
    ]
    parts += [
        cylinder(0.02, 1.05, (x, y, 1.45), "steel", sides=8) for x in (-0.95, 0.95) for y in (-0.5, 0.5)
    ]
    parts += heaps(chance, (1.6, 0.9), (-0.15, 0, 0.97), ("fruit-orange", "fruit-red", "fruit-green"))
    if not is_open:
        return (*parts, cylinder(0.10, 1.2, (0.1, 0, 2.0), shades[0], top=0.03, sides=10))
    around = (
        (1.4, -0.2, 0.18, "card"),
        (1.4, -0.2, 0.52, "foam"),
        (1.4, 0.35, 0.17, "foam"),
        (-1.4, 0.1, 0.18, "card"),
        (-1.4, 0.15, 0.5, "card"),
        (-1.4, -0.45, 0.15, "foam"),
    )
    parts += [
        box((0.5, 0.38, 0.32), (x, y, z), finish, turn=(0, 0, chance.uniform(-0.4, 0.4)))
        for x, y, z, finish in around
    ]
    return (*parts, stool(0.5, 0.95), *parasol((0.1, 0), 1.55, 2.9, shades))


def barbecue_stall(colour: str) -> Model:
    """A grill under a hood and an awning, low tables before it."""
    chance = _chance(colour)
    cloth = shades_of(colour)[0]
    parts = [
        box((1.7, 0.6, 0.70), (0, 0.5, 0.47), "steel", bevel_m=0.02),
        box((1.6, 0.34, 0.05), (0, 0.42, 0.84), "trim"),
        box((1.8, 0.8, 0.30), (0, 0.55, 1.78), "steel", bevel_m=0.03),
        cylinder(0.12, 0.7, (0.55, 0.6, 2.25), "steel"),
        box((1.7, 0.02, 0.5), (0, 0.19, 0.50), cloth),
        *(cylinder(0.02, 1.0, (x, 0.85, 1.3), "steel", sides=8) for x in (-0.85, 0.85)),
        *(cylinder(0.022, 2.2, (x, y, 1.1), "steel", sides=8) for x in (-1.5, 1.5) for y in (-0.9, 1.1)),
        box((3.1, 2.2, 0.04), (0, 0.1, 2.28), cloth, turn=(0.10, 0, 0)),
        box((3.1, 0.02, 0.22), (0, -1.0, 2.07), cloth),
    ]
    parts += [box((0.012, 0.34, 0.012), (-0.7 + k * 0.1, 0.36, 0.88), "wood") for k in range(15)]
    parts += [ball((0.04, 0.07, 0.025), (-0.7 + k * 0.1, 0.40, 0.90), "bark") for k in range(15)]
    for x in (-0.85, 0.85):
        parts += table((0.75, 0.75, 0.52), (x, -1.6), "wood")
        parts += folded(chance, (0.5, 0.5), (x, -1.6, 0.54), 4)
        parts += [stool(x + dx, -1.6 + dy) for dx, dy in ((0.55, 0), (-0.55, 0), (0, 0.55), (0, -0.55))]
    return tuple(parts)


def table_stall(colour: str) -> Model:
    """Folding tables full of goods under a square tent."""
    chance = _chance(colour)
    cloth = shades_of(colour)[0]
    parts = [*tent((3.0, 2.4), 2.15, cloth)]
    for x in (-0.72, 0.72):
        parts += table((1.4, 0.75, 0.74), (x, -0.45), "foam")
        parts.append(box((1.38, 0.01, 0.55), (x, -0.83, 0.45), cloth))
    parts += folded(chance, (1.3, 0.7), (-0.72, -0.45, 0.76), 18)
    parts += heaps(
        chance,
        (1.3, 0.66),
        (0.72, -0.45, 0.76),
        tuple(chance.sample(("fruit-orange", "fruit-red", "fruit-green"), 3)),
    )
    parts += [
        box((0.5, 0.4, 0.32), (-1.0 + k * 0.6, 0.75, 0.16), chance.choice(("card", "foam"))) for k in range(4)
    ]
    return (*parts, stool(0.2, 0.3))


def mat_stall(colour: str) -> Model:
    """A cloth on the ground with goods spread out, a stool and a bag behind it."""
    chance = _chance(colour)
    return (
        box((2.2, 1.4, 0.015), (0, 0, 0.010), f"cloth-{colour}"),
        *folded(chance, (2.1, 1.3), (0, 0, 0.018), 34),
        stool(0.1, 1.05),
        box(
            (0.5, 0.35, 0.42),
            (-0.7, 1.0, 0.21),
            chance.choice(("card", "canvas-red", "awning-blue")),
            bevel_m=0.05,
        ),
    )


def _chance(colour: str) -> random.Random:
    return random.Random(zlib.crc32(colour.encode()))  # noqa: S311 - how the goods lie
