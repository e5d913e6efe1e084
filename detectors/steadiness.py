"""What a camera usually shows, and how far a look is shaken off it.

A mast sways in the wind and trembles beside a lorry: the whole picture moves by a few pixels. One shift a
look, found against the picture of the street without its traffic, takes it out.
"""

from typing import NamedTuple

import cv2
import numpy as np

from detectors.look import Pixels
from detectors.reduced import SMALL_WH

REACH_PX = 4
"""Furthest shift looked for, on a picture 160 pixels wide: 16 pixels at 640. A loaded pole in a storm sways
by half of that; more is another view (`detectors.viewpoint`)."""

STEPS = 12
"""Moves after which the search gives up: the longest way within reach is eight."""

STEADY_PX = 0.2
"""A smaller shift is left alone: moving a picture by it blurs more than it mends."""


class Shift(NamedTuple):
    """How far a look is off, in pixels of the small picture, x right and y down.

    `sure` is False where the search ran into its bounds: the look shows something else altogether.
    """

    x: float = 0.0
    y: float = 0.0
    sure: bool = True

    @property
    def fractions_xy(self) -> tuple[float, float]:
        """The same in fractions of the frame."""
        return self.x / SMALL_WH[0], self.y / SMALL_WH[1]


def measure(usual: Pixels, relief: Pixels) -> Shift:
    """Find the shift at which a look is most like the usual picture.

    Goes downhill from no shift at all. The sum of absolute differences, not of squares, so that a bus does
    not outweigh the street around it.

    Args:
        usual: what the camera usually shows, as a relief (90, 160).
        relief: the look.
    """
    edge = REACH_PX + 1
    inner = usual[edge:-edge, edge:-edge]
    height, width = inner.shape
    known: dict[tuple[int, int], float] = {}

    def unlike(x: int, y: int) -> float:
        if (x, y) not in known:
            there = relief[edge + y : edge + y + height, edge + x : edge + x + width]
            known[x, y] = float(cv2.norm(inner, there, cv2.NORM_L1))
        return known[x, y]

    x = y = 0
    for _ in range(STEPS):
        around = [(x, y), (x + 1, y), (x - 1, y), (x, y + 1), (x, y - 1)]
        best = min(around, key=lambda place: unlike(*place))
        if best == (x, y):
            between_x = _valley(unlike(x - 1, y), unlike(x, y), unlike(x + 1, y))
            between_y = _valley(unlike(x, y - 1), unlike(x, y), unlike(x, y + 1))
            return Shift(x + between_x, y + between_y)
        x, y = best
        if max(abs(x), abs(y)) >= REACH_PX:
            break
    return Shift(sure=False)


def steadied(relief: Pixels, shift: Shift) -> Pixels:
    """The look as an unshaken camera would have shown it."""
    if not shift.sure or max(abs(shift.x), abs(shift.y)) < STEADY_PX:
        return relief
    move = np.array([[1, 0, shift.x], [0, 1, shift.y]], np.float64)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(
        cv2.warpAffine(relief, move, SMALL_WH, flags=flags, borderMode=cv2.BORDER_REPLICATE), np.uint8
    )


def learn(usual: Pixels, relief: Pixels) -> Pixels:
    """The usual picture, one level closer to a look wherever they differ.

    It settles on the median of what each pixel shows, which traffic does not move, and needs no more than
    one byte a pixel.
    """
    one = np.ones_like(usual)
    brighter = cv2.bitwise_and(cv2.compare(relief, usual, cv2.CMP_GT), one)
    darker = cv2.bitwise_and(cv2.compare(relief, usual, cv2.CMP_LT), one)
    return np.asarray(cv2.subtract(cv2.add(usual, brighter), darker), np.uint8)


def _valley(before: float, here: float, after: float) -> float:
    """Where between three neighbours the lowest point of a V lies: -0.5..0.5.

    Absolute differences meet in a V, not in a parabola.
    """
    rise = max(before, after) - here
    return 0.0 if rise <= 0 else 0.5 * (before - after) / rise
