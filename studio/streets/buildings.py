"""Houses: shops below flats, blocks of flats with balconies and stairs, factories."""

import math
import random

from studio.matter.finishes import Finish
from studio.matter.solids import Part, box, cylinder, moved, panel, tube
from studio.streets.facades import board, front, panes
from studio.streets.shops import shop
from studio.streets.street import Building
from studio.streets.windows import balcony, conditioner, window

SHOP_M, FLOOR_M = 3.7, 3.0
_STAIRS_M = 13.0
_TURN = {"near": 0.0, "right": math.pi / 2, "far": math.pi, "left": -math.pi / 2}

House = tuple[list[Part], dict[str, Finish]]


def house(building: Building, seed: int) -> House:
    """One house in street coordinates, and the finishes only it has: its dirt, its signs."""
    chance = random.Random(seed)  # noqa: S311 - which window has a curtain
    begin, end = building.span
    wide = end - begin
    make = {"shops": _shopping, "flats": _flats, "works": _works}[building.style]
    parts, finishes, sills, high = make(building, wide, chance)
    parts.append(box((wide, building.depth, high), (0, building.depth / 2 + 0.02, high / 2), building.wall))
    if building.wall != "wall-far":
        name = f"front-{seed}"
        metres = [(x + wide / 2, z) for x, z in sills]
        finishes[name] = front(building.wall, (wide, high), metres, seed)
        corners = [(-wide / 2, 0.0, 0.0), (wide / 2, 0.0, 0.0), (wide / 2, 0.0, high), (-wide / 2, 0.0, high)]
        parts.append(panel(corners, name))
        parts += _pipes(wide, high, chance)
    middle = (begin + end) / 2
    at = (middle, building.front, 0.0) if building.faces in {"near", "far"} else (building.front, middle, 0.0)
    return list(moved(parts, at, (0, 0, _TURN[building.faces]))), finishes | panes()


Made = tuple[list[Part], dict[str, Finish], list[tuple[float, float]], float]


def _shopping(building: Building, wide: float, chance: random.Random) -> Made:
    high = SHOP_M + FLOOR_M * building.floors
    parts = [
        box((wide, 0.5, 0.25), (0, -0.05, high), "sill"),
        box((wide, 0.35, 0.22), (0, -0.1, SHOP_M + 0.12), "sill"),
    ]
    sills = []
    columns = max(1, round(wide / 2.7))
    for floor in range(building.floors):
        for column in range(columns):
            x, z = wide * ((column + 0.5) / columns - 0.5), SHOP_M + FLOOR_M * floor + 1.45
            parts += window(x, z, chance, grille=floor < 3)  # noqa: PLR2004 - burglars climb two floors
            sills.append((x, z - 0.85))
    finishes: dict[str, Finish] = {}
    count = max(1, len(building.shops) or round(wide / 4.4))
    for index in range(count):
        name = building.shops[index] if building.shops else ""
        shown, worn = shop(wide * ((index + 0.5) / count - 0.5), wide / count, name, chance)
        parts += shown
        finishes |= worn
    return parts, finishes, sills, high


def _flats(building: Building, wide: float, chance: random.Random) -> Made:
    """Stairs every few metres, between them a room and a balcony a flat."""
    high = 0.7 + FLOOR_M * building.floors + 0.6
    stairs = max(1, round(wide / _STAIRS_M))
    each = wide / stairs
    parts = [
        box((wide, 0.10, 0.8), (0, -0.03, 0.4), "base"),
        box((wide, 0.6, 0.2), (0, -0.2, high), "sill"),
    ]
    finishes: dict[str, Finish] = {}
    sills = []
    for index in range(stairs):
        middle = wide * ((index + 0.5) / stairs - 0.5)
        number = building.shops[index] if index < len(building.shops) else f"{index + 1}单元"
        shown, worn = _stair(middle, number)
        parts += shown
        finishes |= worn
        for floor in range(building.floors):
            z = 0.7 + FLOOR_M * floor
            for side in (-1, 1):
                parts += balcony(middle + side * each * 0.20, z, chance) if floor else []
                at = [0.40] if floor else [0.18, 0.40]
                for share in at:
                    x = middle + side * each * share
                    parts += window(x, z + 1.55, chance, grille=floor < 3)  # noqa: PLR2004 - as above
                    sills.append((x, z + 0.7))
            if floor:
                parts.append(box((0.9, 0.04, 0.7), (middle, -0.02, z + 0.3), "pane-dark"))
    return parts, finishes, sills, high


def _stair(x: float, number: str) -> House:
    """The door of a staircase under its small roof, its number beside it."""
    name = f"board-{number}"
    parts = [
        box((1.5, 0.1, 2.2), (x, -0.04, 1.2), "trim"),
        box((0.7, 0.06, 2.0), (x - 0.36, -0.09, 1.15), "shutter"),
        box((0.7, 0.06, 2.0), (x + 0.36, -0.09, 1.15), "shutter"),
        box((2.6, 1.3, 0.14), (x, -0.65, 2.65), "plaster"),
        box((2.0, 1.2, 0.16), (x, -0.6, 0.13), "concrete"),
        *(box((0.16, 0.16, 2.5), (x + q, -1.15, 1.3), "plaster") for q in (-1.15, 1.15)),
        box((0.5, 0.12, 0.8), (x + 1.25, -0.07, 1.5), "plastic-blue"),
        panel(
            [(x - 0.6, -1.32, 2.5), (x + 0.6, -1.32, 2.5), (x + 0.6, -1.32, 2.82), (x - 0.6, -1.32, 2.82)],
            name,
        ),
    ]
    return parts, {name: Finish(rough=0.5, picture=board(number, (24, 60, 150), (250, 250, 250)))}


def _works(building: Building, wide: float, chance: random.Random) -> Made:
    """A factory: bands of windows between pillars, big doors, a coloured edge."""
    storey = 4.4
    high = storey * building.floors + 0.8
    parts = [
        box((wide, 0.5, 0.9), (0, -0.12, high - 0.3), "roof-blue"),
        box((wide, 0.08, 1.1), (0, -0.02, 0.55), "base"),
    ]
    sills = []
    bays = max(2, round(wide / 5))
    for bay in range(bays):
        x = wide * ((bay + 0.5) / bays - 0.5)
        parts.append(box((0.4, 0.3, high), (x - wide / bays / 2, -0.1, high / 2), building.wall))
        for floor in range(building.floors):
            z = storey * floor + 2.6
            if floor == 0 and bay % 3 == 1:
                parts += [
                    box((3.6, 0.06, 0.2), (x, -0.04, 0.3 + k * 0.21), "shutter", turn=(0.2, 0, 0))
                    for k in range(16)
                ]
                continue
            for side in (-0.95, 0.95):
                parts += window(x + side, z, chance, grille=floor == 0)
                sills.append((x + side, z - 0.85))
    return parts, {}, sills, high


def _pipes(wide: float, high: float, chance: random.Random) -> list[Part]:
    """Rain pipes at the ends, cables slung along the front, a few conditioners low down."""
    parts = [cylinder(0.055, high, (q * (wide / 2 - 0.3), -0.1, high / 2), "frame", sides=8) for q in (-1, 1)]
    for _ in range(3):
        z, count = chance.uniform(3.85, 4.3), max(3, int(wide / 2.5))
        sag = [chance.uniform(0, 0.25) for _ in range(count)]
        parts.append(
            tube(
                [(wide * (k / (count - 1) - 0.5), -0.28, z - sag[k]) for k in range(count)],
                [0.014] * count,
                "trim",
                sides=4,
            )
        )
    parts += conditioner((chance.uniform(-0.4, 0.4) * wide, -0.35, 4.35), chance)
    return parts
