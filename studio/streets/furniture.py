"""What stands about in a street: lamps, bollards, bins, signs, cabinets, crates, railings."""

import math
import random
from collections.abc import Callable

from studio.actors.vehicles import scooter
from studio.matter.finishes import Finish
from studio.matter.solids import Model, Vec, ball, box, cylinder, moved
from studio.streets.plants import hedge, tree
from studio.streets.roadside import LETTERED, bicycle_stand, lockers, planter, pole, signals, washing_line
from studio.streets.street import Thing

_UPRIGHT: Vec = (math.pi / 2, 0, 0)


def furniture(thing: Thing, seed: int, ground_m: float) -> tuple[Model, dict[str, Finish]]:
    """One thing at its place in the street, and the finishes only it has: its words.

    Args:
        thing: what and where.
        seed: of what chance decides of it.
        ground_m: how high the ground lies there. What is set into it reaches down through a pavement.
    """
    turn = (0.0, 0.0, math.radians(thing.turn_deg))
    if thing.kind in LETTERED:
        model, finishes = LETTERED[thing.kind](thing, f"board-{seed}")
        return moved(model, (*thing.at, 0.0), turn), finishes
    if thing.kind == "scooter":
        return moved(scooter(thing.colour), (*thing.at, ground_m), turn), {}
    return moved(_MAKERS[thing.kind](thing, seed), (*thing.at, 0.0), turn), {}


def _lamp(_thing: Thing, _seed: int) -> Model:
    return (
        cylinder(0.085, 7.6, (0, 0, 3.8), "pole", top=0.05),
        box((0.07, 2.0, 0.07), (0, -0.95, 7.5), "pole"),
        box((0.28, 0.7, 0.12), (0, -1.9, 7.45), "bumper", bevel_m=0.03),
        box((0.22, 0.6, 0.02), (0, -1.9, 7.385), "lamp-glass"),
        box((0.22, 0.16, 0.5), (0, -0.1, 1.2), "appliance"),
    )


def _bollard(_thing: Thing, _seed: int) -> Model:
    return (
        cylinder(0.06, 0.85, (0, 0, 0.5), "bollard"),
        cylinder(0.063, 0.1, (0, 0, 0.75), "canvas-white"),
    )


def _bins(_thing: Thing, _seed: int) -> Model:
    return tuple(
        part
        for k, finish in enumerate(("bin-green", "bin-blue", "trim"))
        for part in (
            box((0.5, 0.55, 0.9), (k * 0.62, 0, 0.6), finish, bevel_m=0.04),
            box((0.54, 0.6, 0.08), (k * 0.62, 0, 1.08), finish, bevel_m=0.02),
        )
    )


def _sign(_thing: Thing, _seed: int) -> Model:
    return (
        cylinder(0.03, 2.7, (0, 0, 1.35), "pole"),
        cylinder(0.32, 0.03, (0, -0.05, 2.5), "bollard", turn=_UPRIGHT),
        cylinder(0.26, 0.035, (0, -0.053, 2.5), "sign-blue", turn=_UPRIGHT),
    )


def _cabinet(_thing: Thing, _seed: int) -> Model:
    return (
        box((1.1, 0.4, 1.3), (0, 0, 0.75), "appliance", bevel_m=0.02),
        box((1.16, 0.46, 0.05), (0, 0, 1.42), "appliance"),
    )


def _crates(_thing: Thing, seed: int) -> Model:
    chance = random.Random(seed)  # noqa: S311 - how they were put down
    return tuple(
        box(
            (0.5, 0.36, 0.3),
            (x * 0.55, chance.uniform(-0.05, 0.05), 0.27 + level * 0.31),
            chance.choice(("card", "foam", "fruit-green", "stool")),
            turn=(0, 0, chance.uniform(-0.15, 0.15)),
        )
        for x in range(3)
        for level in range(chance.randrange(1, 4))
    )


def _rail(thing: Thing, _seed: int) -> Model:
    posts = int(thing.size / 2) + 1
    return (
        *(cylinder(0.03, 0.9, (k * 2.0, 0, 0.5), "canvas-white", sides=8) for k in range(posts)),
        *(box((thing.size, 0.03, 0.05), (thing.size / 2, 0, z), "canvas-white") for z in (0.45, 0.9)),
        *(ball((0.05, 0.05, 0.05), (k * 2.0, 0, 0.97), "canvas-white") for k in range(posts)),
    )


_MAKERS: dict[str, Callable[[Thing, int], Model]] = {
    "tree": lambda thing, seed: tree(seed, thing.size),
    "hedge": lambda thing, seed: hedge(seed, thing.size),
    "lamp": _lamp,
    "bollard": _bollard,
    "bins": _bins,
    "sign": _sign,
    "cabinet": _cabinet,
    "crates": _crates,
    "rail": _rail,
    "washing": washing_line,
    "planter": planter,
    "bicycle-stand": bicycle_stand,
    "pole": pole,
    "lockers": lockers,
    "signals": signals,
}
