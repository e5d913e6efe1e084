"""People: tubes for limbs, posed by the phase of a stride."""

import math

import numpy as np

from models.geometry import FloatArray
from studio.solids import Model, Part, Vec, ball, moved, tube


def person(colour: str, *, phase: int, phases: int, height_m: float = 1.72, skirt: bool = False) -> Model:
    """Somebody facing along x.

    Args:
        colour: of the coat.
        phase: which of `phases` moments of a stride; below 0 means standing still.
        phases: how many moments a stride has.
        height_m: from the soles to the crown.
        skirt: a skirt and long hair.
    """
    swing = math.sin(2 * math.pi * phase / phases) * 0.42 if phase >= 0 else 0.05
    coat = f"cloth-{colour}"
    parts = [
        tube(
            [(0, 0, 0.86), (0, 0, 0.95), (0, 0, 1.10), (0.01, 0, 1.28), (0, 0, 1.40), (-0.01, 0, 1.46)],
            [(0.11, 0.165), (0.115, 0.17), (0.105, 0.15), (0.12, 0.19), (0.095, 0.175), (0.055, 0.07)],
            coat,
        ),
        tube([(0, 0, 1.42), (0.01, 0, 1.53)], [0.06, 0.055], "skin"),
        ball((0.105, 0.085, 0.125), (0.02, 0, 1.62), "skin"),
        ball((0.11, 0.095, 0.105), (-0.012, 0, 1.665), "hair"),
    ]
    if skirt:
        parts.append(
            tube([(0, 0, 0.98), (0, 0, 0.75), (0, 0, 0.52)], [(0.12, 0.17), (0.16, 0.2), (0.2, 0.23)], coat)
        )
        parts.append(tube([(-0.06, 0, 1.66), (-0.09, 0, 1.5), (-0.09, 0, 1.34)], [0.09, 0.08, 0.05], "hair"))
    for side, reach in ((1, swing), (-1, -swing)):
        parts += _leg(side, reach, "skin" if skirt else "trousers")
        parts += _arm(side, -reach, coat)
    return moved(parts, scale=height_m / 1.77)


def _leg(side: int, reach: float, finish: str) -> list[Part]:
    hip = np.array([0, side * 0.09, 0.90])
    knee = hip + np.array([math.sin(reach) * 0.43, 0, -math.cos(reach) * 0.43])
    bent = reach - (0.45 if reach < 0 else 0.10) * abs(reach) * 2
    ankle = knee + np.array([math.sin(bent) * 0.42, 0, -math.cos(bent) * 0.41])
    spine = [hip + np.array([0, 0, 0.05]), hip + (knee - hip) * 0.3, knee, knee + (ankle - knee) * 0.4, ankle]
    return [
        tube([_vec(point) for point in spine], [0.095, 0.092, 0.065, 0.062, 0.05], finish),
        ball((0.135, 0.05, 0.05), _vec(ankle + np.array([0.06, 0, -0.03])), "shoe"),
    ]


def _arm(side: int, reach: float, coat: str) -> list[Part]:
    shoulder = np.array([0, side * 0.20, 1.39])
    elbow = shoulder + np.array([math.sin(reach) * 0.28, side * 0.05, -math.cos(reach) * 0.28])
    hand = elbow + np.array([math.sin(reach + 0.35) * 0.25, 0, -math.cos(reach + 0.35) * 0.25])
    inner = shoulder + np.array([0, -side * 0.03, 0.02])
    return [
        tube(
            [_vec(inner), _vec(shoulder + (elbow - shoulder) * 0.4), _vec(elbow)], [0.058, 0.055, 0.045], coat
        ),
        tube([_vec(elbow), _vec((elbow + hand) / 2), _vec(hand)], [0.042, 0.038, 0.03], coat),
        ball((0.045, 0.03, 0.055), _vec(hand), "skin"),
    ]


def _vec(point: FloatArray) -> Vec:
    return float(point[0]), float(point[1]), float(point[2])
