"""People: what they do with their bodies, from a kind and the phase of a stride."""

import math
import random
import zlib

from studio.actors.figure import HEIGHT_M, Pose, figure
from studio.actors.wardrobe import Outfit, outfit_of
from studio.matter.solids import Model, Part, Vec, box, cylinder, moved, tube

PEOPLE: dict[str, float] = {
    "person": 1.73,
    "woman": 1.62,
    "child": 1.18,
    "elder": 1.60,
    "porter": 1.72,
    "sitter": 1.68,
    "vendor": 1.68,
    "person-umbrella": 1.73,
    "woman-umbrella": 1.62,
}
"""How tall each kind is, metres."""

_CHILD_HEAD = 1.28
_PHONE_BOW = 0.30  # radians; who bows so far looks at a phone
_STRIDE_M = 0.33  # how far ahead of the hips a heel strikes


def person(
    colour: str, *, phase: int, phases: int, height_m: float | None = None, kind: str = "person"
) -> Model:
    """Somebody facing along x.

    Args:
        colour: of the coat; with the kind it decides all other clothes.
        phase: which of `phases` moments of a stride; below 0 means at rest.
        phases: how many moments a stride has.
        height_m: from the soles to the crown; of the kind unless given.
        kind: one of `PEOPLE`.
    """
    outfit = outfit_of(kind, colour)
    pose = (
        _sitting()
        if kind == "sitter"
        else _walking(phase / phases)
        if phase >= 0
        else _standing(kind, colour)
    )
    lean = {"elder": 0.22, "porter": 0.10}.get(kind, pose.lean)
    hands = pose.hands
    if kind == "porter":
        hands = ((0.36, 0.17, 1.02), (0.36, -0.17, 1.02))
    if kind.endswith("-umbrella"):
        hands = (hands[0], (0.24, -0.13, 1.22))
    pose = Pose(pose.hips, hands, pose.ankles, lean, pose.bow)
    body = figure(pose, outfit, head=_CHILD_HEAD if kind == "child" else 1.0)
    parts = [*body, *_carried(outfit, pose), *_tools(kind, colour, pose)]
    return moved(parts, scale=(height_m or PEOPLE[kind]) / HEIGHT_M)


def _walking(share: float) -> Pose:
    """A moment of a stride, 0 when the left heel strikes."""
    ankles, hands = [], []
    for side, offset in ((1, 0.0), (-1, 0.5)):
        x, z = _step((share + offset) % 1.0)
        ankles.append((x, side * 0.075, z))
        swing = -math.cos(2 * math.pi * (share + offset)) * 0.24
        hands.append((0.06 + swing, side * 0.255, 0.92 + abs(swing) * 0.25))
    bob = 0.02 * math.cos(4 * math.pi * share)
    return Pose((0, 0, 0.925 - bob), (hands[0], hands[1]), (ankles[0], ankles[1]), lean=0.06)


def _step(share: float) -> tuple[float, float]:
    """Where an ankle is, ahead and up: three fifths of a stride on the ground, then through the air."""
    stance = 0.6
    if share < stance:
        along = share / stance
        return _STRIDE_M - 0.72 * along, 0.08 + 0.09 * max(0.0, along - 0.7) / 0.3
    along = (share - stance) / (1 - stance)
    back = _STRIDE_M - 0.72
    return back + 0.72 * (1 - math.cos(math.pi * along)) / 2, 0.17 - 0.09 * along + 0.06 * math.sin(
        math.pi * along
    )


def _standing(kind: str, colour: str) -> Pose:
    chance = random.Random(zlib.crc32(f"stands {kind}/{colour}".encode()))  # noqa: S311 - how they wait
    left: Vec = (0.07, 0.25, 0.90)
    right: Vec = (0.05, -0.25, 0.90)
    wait = chance.choice(("hangs", "phone", "folded", "pocket"))
    if kind == "vendor":
        left, right = (0.34, 0.16, 1.08), (0.30, -0.20, 1.02)
    elif wait == "phone":
        right = (0.25, -0.06, 1.22)
    elif wait == "folded":
        left, right = (0.20, 0.02, 1.06), (0.20, -0.02, 1.06)
    elif wait == "pocket":
        left, right = (0.10, 0.20, 0.98), (0.10, -0.20, 0.98)
    bow = _PHONE_BOW if wait == "phone" and kind != "vendor" else 0.06
    return Pose((0, 0, 0.94), (left, right), ((0.02, 0.10, 0.08), (-0.03, -0.11, 0.08)), 0.02, bow)


def _sitting() -> Pose:
    ankles = ((0.42, 0.13, 0.08), (0.46, -0.13, 0.08))
    return Pose((0, 0, 0.46), ((0.32, 0.10, 0.60), (0.34, -0.10, 0.60)), ankles, 0.15, 0.10)


def _carried(outfit: Outfit, pose: Pose) -> list[Part]:
    x, _, z = pose.hips
    if outfit.carries == "backpack":
        return [
            box((0.16, 0.30, 0.42), (x - 0.19, 0, z + 0.28), outfit.bag, turn=(0, pose.lean, 0), bevel_m=0.05)
        ]
    if outfit.carries == "shoulder-bag":
        strap = tube(
            [(x, -0.19, z + 0.05), (x + 0.14, 0, z + 0.28), (x + 0.02, 0.13, z + 0.50)],
            [0.014] * 3,
            outfit.bag,
        )
        return [strap, box((0.26, 0.10, 0.22), (x + 0.02, -0.23, z - 0.02), outfit.bag, bevel_m=0.03)]
    if outfit.carries == "hand-bag":
        hand = pose.hands[0]
        return [box((0.28, 0.10, 0.30), (hand[0], hand[1] + 0.01, hand[2] - 0.28), "bag-white", bevel_m=0.03)]
    return []


def _tools(kind: str, colour: str, pose: Pose) -> list[Part]:
    """What the kind itself brings along."""
    x, y, z = pose.hands[1]
    if kind == "porter":
        return [
            box((0.42, 0.52, 0.38), (0.48, 0, 1.10), "card"),
            box((0.425, 0.06, 0.385), (0.48, 0, 1.10), "foam"),
        ]
    if kind == "elder":
        return [tube([(x + 0.02, y, z - 0.04), (x + 0.10, y, 0.01)], [0.013, 0.013], "wood")]
    if kind == "vendor":
        front = pose.hips[0] + 0.135
        return [
            box((0.015, 0.30, 0.62), (front, 0, pose.hips[2] + 0.02), "shirt"),
            box((0.015, 0.20, 0.20), (front + 0.01, 0, pose.hips[2] + 0.38), "shirt"),
        ]
    if kind == "sitter":
        return [cylinder(0.17, 0.34, (0, 0, 0.17), "stool", top=0.14)]
    if kind.endswith("-umbrella"):
        return _umbrella(colour, pose.hands[1])
    phone = box((0.012, 0.075, 0.15), (x + 0.06, y, z + 0.05), "trim", turn=(0, -0.6, 0))
    return [phone] if pose.bow >= _PHONE_BOW else []


def _umbrella(colour: str, hand: Vec) -> list[Part]:
    """Red over dull coats, white over bright ones, so that it stands out from what it covers."""
    x, y, z = hand
    shade = "canvas-red" if colour in {"white", "grey", "black", "silver"} else "canvas-white"
    return [
        tube([(x + 0.03, y, z - 0.05), (0.06, y * 0.8, 1.98)], [0.012, 0.012], "trim"),
        cylinder(0.52, 0.24, (0.06, y * 0.8, 1.98), shade, top=0.05, sides=10),
    ]
