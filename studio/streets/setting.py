"""A street file made into geometry: everything that never moves, as few large parts."""

import math
from dataclasses import dataclass

from studio.matter.finishes import FINISHES, Finish
from studio.matter.merging import merged
from studio.matter.solids import Model, Part, tube
from studio.streets.buildings import house
from studio.streets.furniture import furniture
from studio.streets.ground import lawn_picture, pavement_picture, road_picture
from studio.streets.kerbs import carriageways, kerbs, pavements
from studio.streets.street import Street
from studio.streets.surfaces import SURFACES


@dataclass(frozen=True)
class Setting:
    """The parts of a street and every finish they wear."""

    model: Model
    finishes: dict[str, Finish]


def setting_of(street: Street) -> Setting:
    """Build everything that never moves."""
    parts, finishes = _ground(street)
    for index, building in enumerate(street.building):
        built, worn = house(building, street.seed * 100 + index)
        parts += built
        finishes |= worn
    for index, thing in enumerate(street.thing):
        made, worn = furniture(thing, street.seed * 1000 + index, street.ground_height(*thing.at))
        parts += made
        finishes |= worn
    if street.wires:
        parts += _wires(street)
    return Setting(merged(parts), FINISHES | SURFACES | finishes)


def _ground(street: Street) -> tuple[list[Part], dict[str, Finish]]:
    names = ["road" if index == 0 else f"road-{index}" for index in range(len(street.roads))]
    finishes = {
        name: Finish(rough=0.85, picture=road_picture(street, road), bump=0.25, scale=60)
        for name, road in zip(names, street.roads, strict=True)
    }
    parts = carriageways(street, names) + kerbs(street)
    for index, strip in enumerate(street.strip):
        if strip.kind == "planting":
            name = f"lawn-{index}"
            finishes[name] = Finish(rough=0.95, picture=lawn_picture(street, strip))
            parts += pavements(street, strip, name)
        elif strip.kind == "pavement":
            name = f"paving-{index}"
            finishes[name] = Finish(rough=0.85, picture=pavement_picture(street, strip))
            parts += pavements(street, strip, name)
    return parts, finishes


def _wires(street: Street) -> list[Part]:
    fronts = [building.front for building in street.building if building.faces == "near"]
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
