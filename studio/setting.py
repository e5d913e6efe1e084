"""A street file made into geometry: everything that never moves, as few large parts."""

import math
from dataclasses import dataclass

import numpy as np

from studio.buildings import house
from studio.finishes import FINISHES, Finish
from studio.furniture import furniture
from studio.ground import road_picture
from studio.merging import merged
from studio.solids import Model, Part, box, panel, tube
from studio.street import Street, Strip

KERB_M = 0.12
_KERB_WIDTH_M = 0.2


@dataclass(frozen=True)
class Setting:
    """The parts of a street and every finish they wear."""

    model: Model
    finishes: dict[str, Finish]


def setting_of(street: Street) -> Setting:
    """Build everything that never moves."""
    finishes = dict(FINISHES)
    parts: list[Part] = []
    for strip in street.strip:
        parts += _ground(street, strip)
        if strip.kind == "road":
            finishes["road"] = Finish(rough=0.85, picture=road_picture(street, strip.y), bump=0.25, scale=60)
    for index, building in enumerate(street.building):
        built, signs = house(building, street.seed * 100 + index)
        parts += built
        finishes |= signs
    for index, thing in enumerate(street.thing):
        parts += furniture(thing, street.seed * 1000 + index)
    if street.wires:
        parts += _wires(street)
    return Setting(merged(parts), finishes)


def _ground(street: Street, strip: Strip) -> list[Part]:
    (left, right), (low, high) = street.x, strip.y
    if strip.kind == "road":
        return [panel([(left, low, 0), (right, low, 0), (right, high, 0), (left, high, 0)], "road")]
    road = next(other for other in street.strip if other.kind == "road").y
    parts: list[Part] = []
    if math.isclose(high, road[0]):
        high -= _KERB_WIDTH_M
        parts += _kerb(street, high + _KERB_WIDTH_M / 2)
    elif math.isclose(low, road[1]):
        low += _KERB_WIDTH_M
        parts += _kerb(street, low - _KERB_WIDTH_M / 2)
    middle = ((left + right) / 2, (low + high) / 2, KERB_M / 2 - 0.1)
    finish = "paving" if strip.kind == "pavement" else "grass"
    parts.append(box((right - left, high - low, KERB_M + 0.2), middle, finish))
    if strip.kind == "pavement" and low > road[1]:
        guide = ((left + right) / 2, road[1] + 2.5, KERB_M + 0.004)
        parts.append(box((right - left, 0.45, 0.02), guide, "tactile"))
    return parts


def _kerb(street: Street, y: float) -> list[Part]:
    """Kerb stones of a metre, none quite level with the next."""
    chance = np.random.default_rng(street.seed)
    return [
        box(
            (0.985, _KERB_WIDTH_M, 0.3),
            (float(x) + 0.5, y, KERB_M - 0.135 + chance.uniform(-0.008, 0.008)),
            "kerb",
        )
        for x in np.arange(*street.x, 1.0)
    ]


def _wires(street: Street) -> list[Part]:
    fronts = [building.y for building in street.building if building.faces == "near"]
    if not fronts:
        return []
    y, (left, right) = min(fronts) - 0.9, street.x
    spans = int((right - left) / 4)
    return [
        tube(
            [
                (left + k * 4, y, 6.6 + wire * 0.22 - 0.4 * math.sin(k % 6 / 6 * math.pi))
                for k in range(spans)
            ],
            [0.013] * spans,
            "trim",
            sides=5,
        )
        for wire in range(4)
    ]
