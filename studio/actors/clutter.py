"""What stands in a street and looks like a stall or an actor but is none: the traps of the truth."""

import random
import zlib

from studio.actors.stalls import shades_of
from studio.actors.wares import parasol
from studio.matter.solids import Model, Part, box, cylinder


def terrace(colour: str) -> Model:
    """A café's tables and chairs under two parasols: nobody sells from them."""
    parts: list[Part] = []
    for x in (-1.5, 1.5):
        parts += [
            cylinder(0.38, 0.03, (x, 0, 0.73), "wood"),
            cylinder(0.20, 0.03, (x, 0, 0.015), "trim"),
            *parasol((x, 0), 1.30, 2.6, (shades_of(colour)[0], shades_of(colour)[0])),
        ]
        for dx in (-0.75, 0.75):
            parts += [
                box((0.44, 0.44, 0.05), (x + dx, 0, 0.45), "wood"),
                box((0.05, 0.44, 0.45), (x + dx * 1.28, 0, 0.70), "wood"),
                *(
                    cylinder(0.018, 0.45, (x + dx + sx, sy, 0.225), "trim", sides=8)
                    for sx in (-0.19, 0.19)
                    for sy in (-0.19, 0.19)
                ),
            ]
    return tuple(parts)


def box_pile(colour: str) -> Model:
    """Cartons and crates put down in front of a shop."""
    chance = random.Random(zlib.crc32(colour.encode()))  # noqa: S311 - how they were put down
    return tuple(
        box(
            (chance.uniform(0.42, 0.52), chance.uniform(0.34, 0.44), 0.32),
            (x * 0.55 - 0.55, y * 0.48 - 0.24, 0.16 + level * 0.32),
            chance.choice(("card", "card", "foam", f"paint-{colour}")),
            turn=(0, 0, chance.uniform(-0.15, 0.15)),
        )
        for x in range(3)
        for y in range(2)
        for level in range(chance.randrange(1, 4))
    )


def cone(colour: str) -> Model:
    """A traffic cone with a white band."""
    return (
        box((0.38, 0.38, 0.04), (0, 0, 0.02), "tyre"),
        cylinder(0.155, 0.66, (0, 0, 0.36), f"cloth-{colour}", top=0.03),
        cylinder(0.114, 0.16, (0, 0, 0.42), "canvas-white", top=0.084),
    )


def bin_row(colour: str) -> Model:
    """Wheeled bins side by side; one of them in the colour."""
    finishes = (f"paint-{colour}", "bin-green", "bin-blue", "trim")
    return tuple(
        part
        for k, finish in enumerate(finishes)
        for part in (
            box((0.52, 0.58, 0.86), (k * 0.64 - 0.96, 0, 0.50), finish, bevel_m=0.04),
            box((0.56, 0.64, 0.08), (k * 0.64 - 0.96, 0, 0.97), finish, bevel_m=0.02),
            box((0.40, 0.10, 0.14), (k * 0.64 - 0.96, 0.26, 0.08), "tyre"),
        )
    )


def advert_stand(colour: str) -> Model:
    """A folding board that tells what a shop offers."""
    boards = [
        box((0.66, 0.03, 1.1), (0, y, 0.55), finish, turn=(lean, 0, 0))
        for y, lean, finish in ((-0.17, -0.16, f"paint-{colour}"), (0.17, 0.16, "wood"))
    ]
    lines = [
        box((0.46, 0.03, 0.07), (0, -0.20 + 0.03 * k, 0.35 + k * 0.19), "foam", turn=(-0.16, 0, 0))
        for k in range(4)
    ]
    return (*boards, *lines)
