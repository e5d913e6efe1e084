"""Houses of a shopping street: shops and signs below, flats with grilles and air conditioners above."""

import random

from studio.finishes import Finish
from studio.lettering import sign
from studio.solids import Part, box, panel
from studio.street import Building

SHOP_M, FLOOR_M = 3.7, 3.0
_SIGNS = (
    ((176, 22, 26), (255, 236, 170)),
    ((20, 92, 52), (250, 250, 240)),
    ((18, 62, 140), (250, 250, 250)),
    ((216, 150, 20), (150, 16, 16)),
    ((235, 232, 224), (178, 24, 24)),
    ((92, 30, 22), (240, 206, 120)),
)
_PANES = ("pane-dark", "pane-dark", "pane-grey", "pane-curtain")


def house(building: Building, seed: int) -> tuple[list[Part], dict[str, Finish]]:
    """One house in street coordinates, and the finishes only it has: its signs."""
    chance = random.Random(seed)  # noqa: S311 - which window has a curtain
    left, right = building.x
    high = SHOP_M + FLOOR_M * building.floors
    middle = (left + right) / 2
    shell = box((right - left, building.depth, high), (middle, building.depth / 2, high / 2), building.wall)
    parts = [
        shell,
        box((right - left, 0.5, 0.25), (middle, -0.05, high), "sill"),
        box((right - left, 0.35, 0.22), (middle, -0.1, SHOP_M), "sill"),
    ]
    for floor in range(building.floors):
        count = max(1, round((right - left) / 2.7))
        wide = (right - left) / count
        for index in range(count):
            x, z = left + wide * (index + 0.5), SHOP_M + FLOOR_M * floor + 1.45
            parts += _window(x, z, chance, grille=floor < 3)  # noqa: PLR2004 - burglars climb two floors
    parts += [
        box((0.11, 0.11, high), (left + 0.3 + k * (right - left - 0.6), -0.07, high / 2), "frame")
        for k in (0, 1)
    ]
    finishes: dict[str, Finish] = {}
    count = max(1, len(building.shops) or round((right - left) / 4.4))
    wide = (right - left) / count
    for index in range(count):
        name = building.shops[index] if building.shops else ""
        shop, signs = _shop(left + wide * (index + 0.5), wide, name, chance)
        parts += shop
        finishes |= signs
    if building.faces == "far":
        parts = [part.moved((-2 * middle, 0, 0)).moved(turn=(0, 0, 3.14159265)) for part in parts]
        parts = [part.moved((0, building.y, 0)) for part in parts]
    else:
        parts = [part.moved((0, building.y, 0)) for part in parts]
    return parts, finishes


def _window(x: float, z: float, chance: random.Random, *, grille: bool) -> list[Part]:
    parts = [
        box((1.6, 0.08, 1.5), (x, -0.01, z), chance.choice(_PANES)),
        box((1.85, 0.28, 0.09), (x, -0.12, z - 0.80), "sill"),
    ]
    parts += [box((0.06, 0.06, 1.54), (x + q, -0.06, z), "frame") for q in (-0.8, 0, 0.8)]
    parts += [box((1.64, 0.06, 0.06), (x, -0.06, z + q), "frame") for q in (-0.75, 0.3, 0.75)]
    if grille and chance.random() < 0.55:  # noqa: PLR2004 - every other flat
        parts += [box((0.025, 0.025, 1.6), (x - 0.85 + k * 0.17, -0.48, z), "grille") for k in range(11)]
        parts += [box((1.74, 0.5, 0.03), (x, -0.25, z + q), "grille") for q in (-0.8, 0.8)]
        parts += [box((1.74, 0.025, 0.03), (x, -0.48, z + q), "grille") for q in (-0.3, 0.3)]
    if chance.random() < 0.6:  # noqa: PLR2004 - more flats than not have one
        at = x + chance.choice((-0.5, 0.55))
        parts.append(box((0.85, 0.34, 0.58), (at, -0.28, z - 1.14), "appliance"))
        parts.append(box((0.40, 0.02, 0.40), (at - 0.12, -0.46, z - 1.14), "grille"))
    if chance.random() < 0.15:  # noqa: PLR2004 - washing hangs out here and there
        cloth = chance.choice(("cloth-red", "cloth-blue", "cloth-white", "cloth-yellow"))
        parts += [box((0.38, 0.03, 0.62), (x + q, -0.7, z - 0.2), cloth) for q in (-0.5, 0.0, 0.5)]
    return parts


def _shop(x: float, wide: float, name: str, chance: random.Random) -> tuple[list[Part], dict[str, Finish]]:
    front = wide * 0.84
    parts: list[Part] = []
    if not name or chance.random() < 0.25:  # noqa: PLR2004 - a few are shut
        parts += [
            box((front, 0.05, 0.16), (x, -0.03, 0.28 + k * 0.17), "shutter", turn=(0.2, 0, 0))
            for k in range(15)
        ]
    else:
        parts.append(
            box((front, 0.06, 2.5), (x, -0.01, 1.45), chance.choice(("pane-dark", "pane-grey", "interior")))
        )
        parts += [
            box((0.08, 0.10, 2.6), (x + q * front, -0.04, 1.45), "frame") for q in (-0.5, -0.17, 0.17, 0.5)
        ]
        parts.append(box((front, 0.10, 0.09), (x, -0.04, 2.3), "frame"))
        for _ in range(chance.randrange(1, 4)):
            at = x + chance.uniform(-0.42, 0.42) * front
            poster = chance.choice(("cloth-red", "cloth-yellow", "cloth-white", "cloth-blue"))
            parts.append(box((0.5, 0.02, 0.7), (at, -0.06, chance.uniform(0.9, 1.9)), poster))
        if chance.random() < 0.35:  # noqa: PLR2004
            awning = chance.choice(("awning-red", "awning-green", "awning-blue"))
            parts.append(box((front, 1.5, 0.05), (x, -0.75, 2.62), awning, turn=(0.32, 0, 0)))
    if not name:
        return parts, {}
    ground, ink = chance.choice(_SIGNS)
    wears = f"sign-{name}"
    number = f"电话 8{chance.randrange(100, 999)} {chance.randrange(1000, 9999)}"
    parts.append(box((wide * 0.94, 0.16, 0.92), (x, -0.14, 3.18), "frame"))
    corners = [
        (x + a * wide * 0.46, -0.235, 3.18 + b * 0.43) for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))
    ]
    parts.append(panel([(px, y, z) for px, y, z in corners], wears))
    return parts, {wears: Finish(rough=0.45, picture=sign(name, number, ground, ink))}
