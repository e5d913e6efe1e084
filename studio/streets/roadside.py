"""What stands by a road: signals, camera gantries, gates, walls with words, shelters, washing lines.

Each about its foot, seen from -y until it is turned.
"""

import math
import random
from collections.abc import Callable

from studio.matter.finishes import Finish
from studio.matter.solids import Model, Part, Vec, ball, box, cylinder, panel, tube
from studio.streets.facades import board
from studio.streets.street import Thing
from studio.streets.windows import washing

_UPRIGHT: Vec = (math.pi / 2, 0, 0)
_FLAT: Vec = (0, math.pi / 2, 0)

STAND_PITCH_M = 0.62
"""From one bicycle of a stand to the next."""

Lettered = tuple[Model, dict[str, Finish]]


def washing_line(thing: Thing, seed: int) -> Model:
    """Two posts with crossbars and washing on lines between them; `size` metres long."""
    chance = random.Random(seed)  # noqa: S311 - what was washed
    half = thing.size / 2
    posts = [
        part
        for x in (-half, half)
        for part in (
            cylinder(0.035, 2.1, (x, 0, 1.05), "steel", sides=8),
            box((0.05, 1.0, 0.05), (x, 0, 2.05), "steel"),
        )
    ]
    return (
        *posts,
        *washing(0, -0.4, 2.0, thing.size - 0.3, chance),
        *washing(0, 0.4, 2.0, thing.size - 0.3, chance),
    )


def planter(thing: Thing, seed: int) -> Model:
    """A long concrete trough with shrubs and flowers."""
    chance = random.Random(seed)  # noqa: S311 - what grows
    half = thing.size / 2
    plants = [
        ball(
            (chance.uniform(0.14, 0.24), 0.2, chance.uniform(0.14, 0.3)),
            (-half + 0.2 + k * 0.28, chance.uniform(-0.06, 0.06), 0.75),
            chance.choice(("leaf", "leaf-dark", "leaf-light", "flower-red")),
        )
        for k in range(max(1, int((thing.size - 0.2) / 0.28)))
    ]
    return (box((thing.size, 0.5, 0.6), (0, 0, 0.36), "concrete", bevel_m=0.03), *plants)


def along_stand(thing: Thing) -> list[float]:
    """Where along a stand its bicycles stand, metres from its middle."""
    return [STAND_PITCH_M * k - thing.size / 2 for k in range(int(thing.size / STAND_PITCH_M))]


def bicycle_stand(thing: Thing, seed: int) -> Model:
    """Hire bicycles in a row, `size` metres long: frames and wheels, no more than a mast sees."""
    chance = random.Random(seed)  # noqa: S311 - how they lean
    parts: list[Part] = []
    for x in along_stand(thing):
        lean = chance.uniform(-0.12, 0.12)
        paint = chance.choice(("plastic-blue", "plastic-yellow", "plastic-blue", "paint-green"))
        for y in (-0.52, 0.52):
            parts += [_wheel(x + lean * 0.3, y)]
        parts += [
            tube(
                [(x, -0.5, 0.45), (x + lean, -0.1, 0.55), (x + lean, 0.35, 0.95)], [0.03] * 3, paint, sides=6
            ),
            tube([(x, 0.5, 0.45), (x + lean, 0.38, 1.0), (x + lean, 0.3, 1.12)], [0.025] * 3, paint, sides=6),
            box((0.52, 0.05, 0.05), (x + lean, 0.3, 1.12), "trim"),
            box((0.18, 0.26, 0.07), (x + lean, -0.22, 0.98), "trim", bevel_m=0.02),
            box((0.30, 0.26, 0.2), (x + lean, 0.55, 0.98), "grille"),
            box((0.06, 0.7, 0.05), (x, -0.4, 0.78), paint),
        ]
    return tuple(parts)


def _wheel(x: float, y: float) -> Part:
    angles = [k * math.pi / 8 for k in range(17)]
    around: list[Vec] = [(x, y + 0.31 * math.cos(a), 0.45 + 0.31 * math.sin(a)) for a in angles]
    return tube(around, [0.022] * 17, "tyre", sides=5)


def pole(thing: Thing, seed: int) -> Model:
    """A concrete pole of the wires' with its boxes."""
    chance = random.Random(seed)  # noqa: S311 - how high the boxes hang
    return (
        cylinder(0.16, 9.0 * thing.size, (0, 0, 4.5 * thing.size), "concrete", top=0.11),
        box((1.8, 0.1, 0.1), (0, 0, 8.2 * thing.size), "pole"),
        box((1.4, 0.1, 0.1), (0, 0, 7.4 * thing.size), "pole"),
        box((0.5, 0.3, 0.7), (0, -0.28, chance.uniform(3.0, 4.2)), "appliance"),
        cylinder(0.165, 1.4, (0, 0, 0.9), "plastic-yellow", sides=12),
        cylinder(0.168, 0.3, (0, 0, 0.7), "trim", sides=12),
        cylinder(0.168, 0.3, (0, 0, 1.3), "trim", sides=12),
    )


def lockers(thing: Thing, _seed: int) -> Model:
    """Parcel lockers under a small roof, `size` metres long."""
    half = thing.size / 2
    count = max(2, int(thing.size / 0.5))
    doors = [
        box((0.44, 0.03, 0.34), (-half + 0.25 + k * thing.size / count, -0.31, 0.4 + row * 0.4), finish)
        for k in range(count)
        for row, finish in enumerate(("plastic-yellow", "canvas-white", "canvas-white", "plastic-yellow"))
    ]
    return (
        box((thing.size, 0.6, 1.9), (0, 0, 1.05), "appliance"),
        box((thing.size + 0.4, 1.3, 0.06), (0, -0.3, 2.3), "roof-blue"),
        *doors,
    )


def signals(thing: Thing, _seed: int) -> Model:
    """Traffic signals on an arm that reaches `size` metres towards +x, green for those who face it."""
    reach = thing.size
    heads = [
        part
        for x in ((reach * 0.55, reach * 0.97) if reach > 2 else (reach,))  # noqa: PLR2004 - a short arm has one
        for part in _head((x, -0.12, 5.9), "signal-lit-green")
    ]
    return (
        cylinder(0.12, 6.3, (0, 0, 3.15), "pole", top=0.09),
        cylinder(0.06, reach, (reach / 2, 0, 5.95), "pole", turn=_FLAT, top=0.045),
        *heads,
        *_head((0.0, -0.22, 2.9), "signal-red"),
        box((0.35, 0.3, 0.8), (0, -0.2, 1.2), "appliance"),
    )


def _head(at: Vec, lit: str) -> list[Part]:
    x, y, z = at
    lamps = (
        ("signal-red", "signal-amber", "signal-green")
        if lit == "signal-red"
        else ("dark", "signal-amber", "signal-lit-green")
    )
    return [
        box((1.15, 0.14, 0.42), at, "trim", bevel_m=0.02),
        *(
            cylinder(0.15, 0.05, (x + (k - 1) * 0.37, y - 0.08, z), lamp, turn=_UPRIGHT, sides=12)
            for k, lamp in enumerate(lamps)
        ),
    ]


def _gantry(thing: Thing, name: str) -> Lettered:
    """Cameras on an arm over the road, `size` metres towards +x, a road sign below it."""
    reach = thing.size
    cameras = [
        part
        for x in (reach * 0.5, reach * 0.72, reach * 0.94)
        for part in (
            box((0.16, 0.42, 0.14), (x, -0.1, 6.9), "canvas-white", turn=(0.25, 0, 0)),
            box((0.3, 0.2, 0.2), (x + 0.35, 0, 6.88), "trim"),
        )
    ]
    model = (
        cylinder(0.14, 6.9, (0, 0, 3.45), "canvas-white", top=0.10),
        cylinder(0.07, reach, (reach / 2, 0, 6.7), "canvas-white", turn=_FLAT, top=0.05),
        *cameras,
        *_plate(1.5, 1.0, (reach * 0.28, -0.09, 6.1), name),
        box((0.5, 0.35, 0.9), (0, -0.25, 1.4), "appliance"),
    )
    return model, {name: _words(thing, (16, 70, 160), (250, 250, 250))}


def _board(thing: Thing, name: str) -> Lettered:
    """A plate on two posts: words in rows; red ones warn of fire, others are blue."""
    warns = "消防" in thing.text or "禁" in thing.text
    wide, high = 1.5 * thing.size, 0.9 * thing.size
    model = (
        *(
            cylinder(0.03, 1.2 + high, (q * wide * 0.4, 0.03, 0.6 + high / 2), "pole", sides=8)
            for q in (-1, 1)
        ),
        *_plate(wide, high, (0, 0, 1.15 + high / 2), name),
    )
    ground = (190, 20, 22) if warns else (18, 70, 160)
    return model, {name: _words(thing, ground, (252, 250, 240))}


def _wall(thing: Thing, name: str) -> Lettered:
    """A compound's wall with a coping, `size` metres along x from its foot; words large and red upon it."""
    length, high = thing.size, 2.6
    count = max(2, round(length / 4))
    pillars = [
        box((0.42, 0.42, high + 0.15), (length * k / count, 0, high / 2 + 0.05), "plaster")
        for k in range(count + 1)
    ]
    model: Model = (
        box((length, 0.24, high), (length / 2, 0, high / 2), "plaster"),
        box((length, 0.27, 0.5), (length / 2, 0, 0.3), "base"),
        box((length, 0.42, 0.12), (length / 2, 0, high + 0.02), "roof-blue"),
        *pillars,
    )
    if not thing.text:
        return model, {}
    wide = min(length - 1.2, 0.95 * len(thing.text))
    words = panel(_corners(wide, 1.0, (length / 2, -0.225, 1.55)), name)
    # in front of the pillars, on a painted plate
    return (*model, words), {name: _words(thing, (236, 232, 222), (196, 24, 22))}


def _gate(thing: Thing, name: str) -> Lettered:
    """A sliding gate of steel, mostly drawn aside, between two pillars `size` metres apart, a beam above."""
    length = thing.size
    drawn = length * 0.38
    bars = [box((0.04, 0.05, 1.25), (length - drawn * k / 14, -0.35, 0.8), "steel-gate") for k in range(15)]
    crosses = [
        box(
            (drawn / 7, 0.04, 0.04),
            (length - drawn * (k + 0.5) / 7, -0.35, 0.8),
            "steel-gate",
            turn=(0, turn, 0),
        )
        for k in range(7)
        for turn in (0.9, -0.9)
    ]
    model = (
        *(box((0.9, 0.9, 4.3), (x, 0, 2.15), "wall-grey", bevel_m=0.02) for x in (-0.45, length + 0.45)),
        box((length + 3.0, 1.1, 0.9), (length / 2, 0, 4.7), "gate-red"),
        *bars,
        *crosses,
        box((drawn, 0.07, 0.06), (length - drawn / 2, -0.35, 1.42), "gate-red"),
        box((drawn, 0.07, 0.06), (length - drawn / 2, -0.35, 0.2), "steel-gate"),
        box((0.5, 0.6, 1.5), (length - drawn, -0.35, 0.8), "appliance"),
        box((length, 0.08, 0.03), (length / 2, -0.35, 0.02), "steel"),
        panel(_corners(length * 0.8, 0.7, (length / 2, -0.56, 4.7)), name),
    )
    return model, {name: _words(thing, (150, 16, 18), (250, 226, 150))}


def _hut(thing: Thing, name: str) -> Lettered:
    """A guard's hut: glass all round, a flat roof, a plate with words below the window."""
    model = (
        box((2.4, 2.0, 1.1), (0, 0, 0.6), "wall-white"),
        box((2.3, 1.9, 1.2), (0, 0, 1.75), "pane-dark"),
        *(box((0.12, 0.12, 2.5), (x, y, 1.3), "frame") for x in (-1.15, 0, 1.15) for y in (-0.95, 0.95)),
        box((3.0, 2.6, 0.22), (0, 0, 2.5), "roof-blue"),
        panel(_corners(1.5, 0.45, (0, -1.02, 0.75)), name),
        box((0.85, 0.34, 0.55), (0.6, 0, 2.85), "appliance"),
    )
    return model, {name: _words(thing, (18, 60, 140), (250, 250, 250))}


def _shelter(thing: Thing, name: str) -> Lettered:
    """A bus shelter, open towards -y: roof, back of glass, bench, lit poster, the stop's name on its edge."""
    length = thing.size
    model = (
        *(box((0.12, 0.12, 2.6), (x, 0.5, 1.3), "steel") for x in (-length / 2, 0, length / 2)),
        box((length + 0.6, 1.8, 0.12), (0, 0.0, 2.65), "steel"),
        box((length + 0.6, 0.06, 0.34), (0, -0.9, 2.6), "plastic-blue"),
        box((length * 0.5, 0.03, 1.6), (-length * 0.22, 0.52, 1.35), "rail-glass"),
        box((length * 0.45, 0.4, 0.06), (-length * 0.22, 0.2, 0.6), "wood"),
        *(box((0.06, 0.3, 0.55), (x, 0.2, 0.3), "steel") for x in (-length * 0.4, -length * 0.05)),
        box((length * 0.36, 0.16, 1.9), (length * 0.28, 0.5, 1.3), "trim"),
        panel(_corners(length * 0.33, 1.6, (length * 0.28, 0.41, 1.32)), f"{name}-poster"),
        panel(_corners(length * 0.7, 0.28, (0, -0.94, 2.6)), name),
    )
    poster = Finish(rough=0.3, picture=board("新鲜|每一天|东海海鲜", (230, 120, 40), (255, 250, 235)))
    return model, {name: _words(thing, (18, 60, 140), (250, 250, 250)), f"{name}-poster": poster}


def _plate(wide: float, high: float, at: Vec, name: str) -> tuple[Part, Part]:
    x, y, z = at
    return box((wide, 0.04, high), at, "bumper"), panel(_corners(wide, high, (x, y - 0.025, z)), name)


def _corners(wide: float, high: float, at: Vec) -> list[Vec]:
    x, y, z = at
    return [(x + a * wide / 2, y, z + b * high / 2) for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))]


def _words(thing: Thing, ground: tuple[int, int, int], ink: tuple[int, int, int]) -> Finish:
    return Finish(rough=0.5, picture=board(thing.text, ground, ink))


LETTERED: dict[str, Callable[[Thing, str], Lettered]] = {
    "gantry": _gantry,
    "board": _board,
    "wall": _wall,
    "gate": _gate,
    "hut": _hut,
    "shelter": _shelter,
}
"""Builders of what carries words: model and the finish of that name, with others that only it has."""
