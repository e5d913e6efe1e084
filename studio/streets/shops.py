"""A shop's front: glass or shutter, goods behind and before it, signs. x along it, the street at -y."""

import random

from studio.matter.finishes import Finish
from studio.matter.lettering import Rgb8, sign
from studio.matter.solids import Part, Vec, box, panel
from studio.streets.facades import board, room

_SIGNS: tuple[tuple[Rgb8, Rgb8], ...] = (
    ((176, 22, 26), (255, 236, 170)),
    ((20, 92, 52), (250, 250, 240)),
    ((18, 62, 140), (250, 250, 250)),
    ((216, 150, 20), (150, 16, 16)),
    ((235, 232, 224), (178, 24, 24)),
    ((92, 30, 22), (240, 206, 120)),
)


def shop(x: float, wide: float, name: str, chance: random.Random) -> tuple[list[Part], dict[str, Finish]]:
    """One shop about its middle; without a name it is shut for good."""
    front = wide * 0.84
    if not name or chance.random() < 0.2:  # noqa: PLR2004 - a few are shut
        parts: list[Part] = _shutter(x, front)
        finishes: dict[str, Finish] = {}
    else:
        parts, finishes = _open(x, front, chance)
    if name:
        boards, worn = _signs(x, wide, name, chance)
        return parts + boards, finishes | worn
    return parts, finishes


def _shutter(x: float, front: float) -> list[Part]:
    return [
        box((front, 0.05, 0.16), (x, -0.03, 0.28 + k * 0.17), "shutter", turn=(0.2, 0, 0)) for k in range(15)
    ]


def _open(x: float, front: float, chance: random.Random) -> tuple[list[Part], dict[str, Finish]]:
    inside = f"room-{chance.randrange(1 << 20)}"
    parts = [_upright((front, 2.5), (x, -0.05, 1.45), inside)]
    parts += [box((0.08, 0.10, 2.6), (x + q * front, -0.06, 1.45), "frame") for q in (-0.5, -0.17, 0.17, 0.5)]
    parts.append(box((front, 0.10, 0.09), (x, -0.06, 2.3), "frame"))
    for _ in range(chance.randrange(1, 4)):
        at = x + chance.uniform(-0.42, 0.42) * front
        poster = chance.choice(("cloth-red", "cloth-yellow", "cloth-white", "cloth-blue"))
        parts.append(box((0.5, 0.02, 0.7), (at, -0.08, chance.uniform(0.9, 1.9)), poster))
    if chance.random() < 0.35:  # noqa: PLR2004
        awning = chance.choice(("awning-red", "awning-green", "awning-blue"))
        parts.append(box((front, 1.5, 0.05), (x, -0.75, 2.62), awning, turn=(0.32, 0, 0)))
    if chance.random() < 0.45:  # noqa: PLR2004 - goods overflow onto the pavement
        parts += _goods(x, front, chance)
    return parts, {inside: room(chance.randrange(1 << 30))}


def _goods(x: float, front: float, chance: random.Random) -> list[Part]:
    """Crates and racks along the glass, within half a metre of it."""
    parts = []
    at = x - front / 2 + 0.4
    while at < x + front * 0.1:
        high = chance.uniform(0.3, 0.8)
        parts.append(
            box((0.55, 0.4, high), (at, -0.36, 0.12 + high / 2), chance.choice(("card", "wood", "foam")))
        )
        heap = chance.choice(("fruit-orange", "fruit-red", "fruit-green", "canvas-white", "stool"))
        parts.append(box((0.5, 0.36, 0.1), (at, -0.36, 0.16 + high), heap, bevel_m=0.04))
        at += 0.62
    return parts


def _signs(x: float, wide: float, name: str, chance: random.Random) -> tuple[list[Part], dict[str, Finish]]:
    """The board above the shop, none as high or at the height of the next; here and there one across."""
    ground, ink = chance.choice(_SIGNS)
    number = f"电话 8{chance.randrange(100, 999)} {chance.randrange(1000, 9999)}"
    wears, high, z = f"sign-{name}", chance.uniform(0.78, 1.05), 3.18 + chance.uniform(-0.05, 0.14)
    parts = [
        box((wide * 0.94, 0.16, high), (x, -0.14, z), "frame"),
        _upright((wide * 0.92, high - 0.06), (x, -0.235, z), wears),
    ]
    finishes = {wears: Finish(rough=0.45, picture=sign(name, number, ground, ink))}
    if chance.random() < 0.4:  # noqa: PLR2004 - some want to be seen from along the street too
        blade, at = f"sign-blade-{name}", x + wide * 0.46
        picture = board(name[-2:], ink if sum(ink) < sum(ground) else ground, (250, 246, 235), upright=True)
        finishes[blade] = Finish(rough=0.45, picture=picture)
        long = chance.uniform(1.0, 1.5)
        low, top = 4.2, 4.2 + long
        parts.append(box((0.10, 0.62, long), (at, -0.55, low + long / 2), "frame"))
        for side in (-0.056, 0.056):
            y = (-0.85, -0.25) if side > 0 else (-0.25, -0.85)
            corners: list[Vec] = [
                (at + side, q, r) for q, r in ((y[0], low), (y[1], low), (y[1], top), (y[0], top))
            ]
            parts.append(panel(corners, blade))
    return parts, finishes


def _upright(size: tuple[float, float], at: Vec, finish: str) -> Part:
    """A picture that hangs facing the street, about its middle."""
    (wide, high), (x, y, z) = size, at
    return panel(
        [(x + a * wide / 2, y, z + b * high / 2) for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))], finish
    )
