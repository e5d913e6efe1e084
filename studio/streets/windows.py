"""What a flat shows of itself: windows, grilles, air conditioners, balconies, washing.

In a front's own coordinates: x along it, z up, the street towards -y.
"""

import random

from studio.matter.solids import Part, Vec, box, cylinder, panel, tube
from studio.streets.facades import panes

_CLOTHS = ("cloth-red", "cloth-blue", "cloth-white", "cloth-yellow", "cloth-grey", "cloth-sky", "cloth-green")


def window(x: float, z: float, chance: random.Random, *, grille: bool) -> list[Part]:
    """A window about its middle, with what people have fixed to it."""
    wide = chance.choice((1.5, 1.6, 1.6, 1.8))
    parts = [
        *_pane((wide, 1.5), (x, -0.05, z), chance),
        box((wide + 0.25, 0.28, 0.09), (x, -0.12, z - 0.80), "sill"),
    ]
    if grille and chance.random() < 0.55:  # noqa: PLR2004 - every other flat
        parts += _grille((wide + 0.14, 1.6), (x, -0.25, z), chance)
    if chance.random() < 0.6:  # noqa: PLR2004 - more flats than not have one
        parts += conditioner((x + chance.choice((-0.5, 0.55)), -0.28, z - 1.14), chance)
    if chance.random() < 0.15:  # noqa: PLR2004 - washing hangs out here and there
        parts += washing(x, -0.75, z + 0.1, 1.5, chance)
    if chance.random() < 0.12:  # noqa: PLR2004
        awning = chance.choice(("awning-blue", "awning-green", "plaster"))
        parts.append(box((wide + 0.3, 0.75, 0.03), (x, -0.38, z + 0.95), awning, turn=(0.35, 0, 0)))
    return parts


def balcony(x: float, z: float, chance: random.Random) -> list[Part]:
    """A balcony about its floor's middle: most are glazed, some open, nearly all in use."""
    wide, deep = 3.1, 1.25
    parts = [box((wide, deep, 0.14), (x, -deep / 2, z), "plaster")]
    if chance.random() < 0.6:  # noqa: PLR2004 - glazed by their owners
        parts.append(box((wide, 0.10, 0.95), (x, -deep + 0.05, z + 0.5), "plaster"))
        parts += [
            box((0.10, deep, 0.95), (x + q, -deep / 2, z + 0.5), "plaster")
            for q in (-wide / 2 + 0.05, wide / 2 - 0.05)
        ]
        parts += _pane((wide - 0.06, 1.7), (x, -deep + 0.02, z + 1.83), chance)
        parts += [
            box((0.06, deep - 0.1, 1.7), (x + q, -deep / 2, z + 1.83), "pane-dark")
            for q in (-wide / 2 + 0.05, wide / 2 - 0.05)
        ]
        if chance.random() < 0.5:  # noqa: PLR2004
            parts += washing(x, -deep - 0.45, z + 2.1, 2.6, chance)
        return parts
    parts += [box((wide, 0.05, 0.05), (x, -deep + 0.03, z + h), "frame") for h in (0.25, 1.05)]
    parts += [
        box((0.025, 0.025, 0.8), (x - wide / 2 + 0.1 + k * 0.2, -deep + 0.03, z + 0.62), "frame")
        for k in range(15)
    ]
    parts += _pane((2.2, 2.1), (x, -0.03, z + 1.15), chance)
    parts += washing(x, -deep + 0.35, z + 2.2, 2.6, chance)
    return parts


def washing(x: float, y: float, z: float, wide: float, chance: random.Random) -> list[Part]:
    """A rod of washing below z, about its middle."""
    parts = [cylinder(0.015, wide, (x, y, z), "steel", turn=(0, 1.5708, 0), sides=6)]
    at = x - wide / 2 + 0.2
    while at < x + wide / 2 - 0.15:
        broad, long = chance.uniform(0.25, 0.55), chance.uniform(0.45, 0.95)
        if chance.random() < 0.8:  # noqa: PLR2004 - with gaps
            turn = (chance.uniform(-0.06, 0.06), 0, chance.uniform(-0.2, 0.2))
            parts.append(box((broad, 0.03, long), (at, y, z - long / 2), chance.choice(_CLOTHS), turn=turn))
        at += broad + chance.uniform(0.03, 0.18)
    return parts


def conditioner(at: Vec, chance: random.Random) -> list[Part]:
    """An air conditioner's outer half on its bracket, with its hose."""
    x, y, z = at
    return [
        box((0.85, 0.34, 0.58), at, "appliance"),
        cylinder(0.21, 0.02, (x - 0.14, y - 0.175, z), "grille", turn=(1.5708, 0, 0), sides=12),
        box((0.9, 0.36, 0.04), (x, y, z - 0.33), "grille"),
        tube(
            [
                (x + 0.4, y + 0.1, z),
                (x + 0.6, -0.05, z + 0.2),
                (x + 0.62, -0.03, z + chance.uniform(0.7, 1.3)),
            ],
            [0.03] * 3,
            "canvas-white",
            sides=5,
        ),
    ]


def _pane(size: tuple[float, float], at: Vec, chance: random.Random) -> list[Part]:
    """Glass with a picture of what is behind it, and its frame."""
    (wide, high), (x, y, z) = size, at
    glass = chance.choice(sorted(panes()))
    sides = (1, -1) if chance.random() < 0.5 else (-1, 1)  # noqa: PLR2004 - mirrored, so that neighbours differ
    corners = [
        (x + a * sides[1] * wide / 2, y, z + b * high / 2) for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))
    ]
    sheet = panel(corners, glass)
    bars = [box((0.06, 0.05, high + 0.04), (x + q * wide / 2, y - 0.01, z), "frame") for q in (-1, 0, 1)]
    rails = [
        box((wide + 0.04, 0.05, 0.06), (x, y - 0.01, z + q), "frame")
        for q in (-high / 2, high * 0.2, high / 2)
    ]
    return [sheet, *bars, *rails]


def _grille(size: tuple[float, float], at: Vec, chance: random.Random) -> list[Part]:
    """A cage before a window, in which things are kept."""
    (wide, high), (x, y, z) = size, at
    count = 11
    parts = [
        box((0.025, 0.025, high), (x - wide / 2 + k * wide / (count - 1), y - 0.23, z), "grille")
        for k in range(count)
    ]
    parts += [box((wide, 0.5, 0.03), (x, y, z + q), "grille") for q in (-high / 2, high / 2)]
    parts += [box((wide, 0.025, 0.03), (x, y - 0.23, z + q), "grille") for q in (-0.3, 0.3)]
    for _ in range(chance.randrange(3)):
        kept = chance.choice(("terracotta", "card", "foam", "plastic-blue", "leaf"))
        size_m = chance.uniform(0.18, 0.35)
        parts.append(
            box((size_m, 0.25, size_m), (x + chance.uniform(-0.6, 0.6), y, z - high / 2 + size_m / 2), kept)
        )
    return parts
