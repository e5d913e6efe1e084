"""A human body from where its hips, hands and feet are: elbows and knees follow.

Measures are of somebody 1.75 m tall, the head a seventh and a half of it; x is ahead, y to the left.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from models.geometry import FloatArray
from studio.actors.wardrobe import Outfit
from studio.matter.solids import Model, Part, Vec, ball, box, cylinder, moved, rings_closed, tube

HEIGHT_M = 1.75
_THIGH, _SHIN, _UPPER_ARM, _FOREARM = 0.44, 0.44, 0.30, 0.26

# height above the hips, half depth, half width
_TRUNK = (
    (-0.02, 0.125, 0.172),
    (0.10, 0.118, 0.158),
    (0.24, 0.122, 0.166),
    (0.36, 0.130, 0.185),
    (0.45, 0.118, 0.192),
    (0.51, 0.092, 0.150),
    (0.55, 0.060, 0.068),
)


@dataclass(frozen=True, slots=True)
class Pose:
    """Where a body's ends are, metres; pairs are left and right.

    Attributes:
        hips: the middle of the pelvis.
        hands, ankles: wrists and ankles; what is out of reach is reached for.
        lean: of the trunk ahead, radians.
        bow: of the head ahead, radians.
    """

    hips: Vec
    hands: tuple[Vec, Vec]
    ankles: tuple[Vec, Vec]
    lean: float = 0.03
    bow: float = 0.05


def figure(pose: Pose, outfit: Outfit, *, head: float = 1.0) -> Model:
    """A dressed body; `head` is larger than 1 for children."""
    trunk = _along(pose.hips, pose.lean)
    parts = [*_trunk(pose, outfit), *_head(trunk(0.55), pose.lean * 0.4 + pose.bow, outfit, head)]
    for side, hand, ankle in zip((1, -1), pose.hands, pose.ankles, strict=True):
        shoulder = trunk(0.455) + np.array([0, side * 0.185, 0])
        parts += _arm(shoulder, np.array(hand), side, outfit)
        hip = np.array(pose.hips) + np.array([0, side * 0.09, -0.03])
        parts += _leg(hip, np.array(ankle), side, outfit)
    return tuple(parts)


def two_bones(
    root: FloatArray, end: FloatArray, first: float, second: float, towards: FloatArray
) -> FloatArray:
    """Where the joint of two bones is: between root and end, bent towards a direction."""
    line = end - root
    far = min(max(float(np.linalg.norm(line)), 1e-6), (first + second) * 0.999)
    along = line / max(float(np.linalg.norm(line)), 1e-6)
    share = (first**2 - second**2 + far**2) / (2 * far)
    side = towards - along * float(towards @ along)
    side = side / max(float(np.linalg.norm(side)), 1e-6)
    joint: FloatArray = root + along * share + side * math.sqrt(max(first**2 - share**2, 0.0))
    return joint


def _along(hips: Vec, lean: float) -> Callable[[float], FloatArray]:
    """The middle of the trunk by its height above the hips."""
    ahead = np.array([math.sin(lean), 0, math.cos(lean)])
    return lambda up: np.array(hips) + ahead * up


def _trunk(pose: Pose, outfit: Outfit) -> list[Part]:
    angles = np.arange(14) * 2 * math.pi / 14
    sine, cosine = math.sin(pose.lean), math.cos(pose.lean)
    hem = outfit.hem_m
    rows = [(-hem, 0.128 * outfit.flare, 0.176 * outfit.flare), *_TRUNK]
    if hem > 0.3:  # noqa: PLR2004 - a skirt
        rows.insert(1, (-hem / 2, 0.13 * (1 + outfit.flare) / 2, 0.18 * (1 + outfit.flare) / 2))
    rings = []
    for up, deep, wide in rows:
        lean = (sine, cosine) if up > 0 else (0.0, 1.0)  # below the hips cloth hangs
        x = pose.hips[0] + lean[0] * up + np.cos(angles) * deep * lean[1]
        z = pose.hips[2] + lean[1] * up - np.cos(angles) * deep * lean[0]
        rings.append(np.stack([x, pose.hips[1] + np.sin(angles) * wide, z], axis=1))
    return [rings_closed(rings, outfit.coat)]


def _head(neck: FloatArray, bow: float, outfit: Outfit, size: float) -> list[Part]:
    """Neck, face and hair, built above the origin and then put on the trunk."""
    parts = [
        tube([(-0.01, 0, -0.05), (0.005, 0, 0.09)], [0.058, 0.052], outfit.skin),
        ball((0.098, 0.078, 0.122), (0.022, 0, 0.148), outfit.skin),
        ball((0.016, 0.014, 0.02), (0.122, 0, 0.14), outfit.skin),
        ball((0.106, 0.087, 0.108), (-0.008, 0, 0.178), outfit.hair),
        *(ball((0.008, 0.014, 0.009), (0.109, y, 0.165), "hair") for y in (-0.032, 0.032)),
    ]
    if outfit.long_hair:
        parts.append(
            tube(
                [(-0.05, 0, 0.2), (-0.085, 0, 0.07), (-0.095, 0, -0.1)],
                [(0.07, 0.09), (0.05, 0.1), (0.03, 0.08)],
                outfit.hair,
            )
        )
    if outfit.hat == "cap":
        parts += [
            ball((0.112, 0.092, 0.085), (-0.005, 0, 0.21), outfit.bag),
            box((0.10, 0.14, 0.012), (0.135, 0, 0.212), outfit.bag, turn=(0, 0.15, 0)),
        ]
    elif outfit.hat == "straw":
        parts.append(cylinder(0.27, 0.12, (0, 0, 0.25), "straw", top=0.06, sides=18))
    elif outfit.hat == "helmet":
        parts += [
            ball((0.142, 0.122, 0.13), (-0.005, 0, 0.19), outfit.bag),
            ball((0.05, 0.098, 0.045), (0.105, 0, 0.185), "glass"),
        ]
    at = (float(neck[0]), float(neck[1]), float(neck[2]))
    return list(moved(parts, at, (0, bow, 0), size))


def _leg(hip: FloatArray, ankle: FloatArray, side: int, outfit: Outfit) -> list[Part]:
    knee = two_bones(hip, ankle, _THIGH, _SHIN, np.array([1.0, side * 0.12, 0.15]))
    ankle = _reached(knee, ankle, _SHIN)
    finish = outfit.skin if outfit.bare_legs else outfit.trousers
    spine = [hip, hip + (knee - hip) * 0.35, knee, knee + (ankle - knee) * 0.35, ankle]
    thick = [0.092, 0.088, 0.062, 0.06, 0.042 if outfit.bare_legs else 0.055]
    tilt = float(np.arctan2((knee - ankle)[0], max((knee - ankle)[2], 0.1)))
    pitch = 0.35 * max(tilt, 0.0)  # the heel rises as the shin leans ahead
    return [
        tube([_vec(point) for point in spine], thick, finish, sides=12),
        ball(
            (0.135, 0.048, 0.052), _vec(ankle + np.array([0.055, 0, -0.03])), outfit.shoe, turn=(0, pitch, 0)
        ),
    ]


def _arm(shoulder: FloatArray, hand: FloatArray, side: int, outfit: Outfit) -> list[Part]:
    elbow = two_bones(shoulder, hand, _UPPER_ARM, _FOREARM, np.array([-1.0, side * 0.5, -0.3]))
    hand = _reached(elbow, hand, _FOREARM)
    grip = hand + (hand - elbow) * 0.25
    lower = outfit.skin if outfit.short_sleeves else outfit.coat
    return [
        ball((0.068, 0.064, 0.068), _vec(shoulder), outfit.coat),
        tube([_vec(shoulder), _vec((shoulder + elbow) / 2), _vec(elbow)], [0.062, 0.056, 0.046], outfit.coat),
        ball((0.046, 0.046, 0.046), _vec(elbow), lower),
        tube([_vec(elbow), _vec((elbow + hand) / 2), _vec(hand)], [0.044, 0.040, 0.030], lower),
        ball((0.05, 0.034, 0.055), _vec(grip), outfit.skin),
    ]


def _reached(joint: FloatArray, end: FloatArray, length: float) -> FloatArray:
    """The end of a bone that points from a joint towards a place."""
    line = end - joint
    reached: FloatArray = joint + line / max(float(np.linalg.norm(line)), 1e-6) * length
    return reached


def _vec(point: FloatArray) -> Vec:
    return float(point[0]), float(point[1]), float(point[2])
