"""The small pictures that a look is judged by before any network is asked."""

from dataclasses import dataclass

import cv2
import numpy as np

from detectors.look import Pixels

MEDIUM_WH = (320, 180)
SMALL_WH = (160, 90)
"""What a gate needs to see a car stop: on it a car thirty metres away is ten pixels wide."""

LARGE_PX = 704
"""Width from which a picture is thinned out first: averaging all of 1080p costs more than the gate."""

AROUND_PX = 15
"""What counts as the surroundings of a pixel of the small picture: a tenth of the view's width."""

FLAT = 128
"""A relief's value where nothing stands out."""


@dataclass(frozen=True, slots=True)
class Reduced:
    """One look, small.

    Attributes:
        medium: brightness, shape (180, 320).
        small: brightness, shape (90, 160).
        relief: brightness against the surroundings, shape (90, 160); `FLAT` where a pixel is as bright as
            they are. Clouds, lamps and an automatic exposure change it little; what comes and goes does.
    """

    medium: Pixels
    small: Pixels
    relief: Pixels


def reduce(luma: Pixels) -> Reduced:
    """Make the small pictures of a look.

    Args:
        luma: shape (H, W), any size.
    """
    if luma.shape[1] > LARGE_PX:
        twice = (MEDIUM_WH[0] * 2, MEDIUM_WH[1] * 2)
        luma = np.asarray(cv2.resize(luma, twice, interpolation=cv2.INTER_LINEAR), np.uint8)
    # From about twice the size, between four pixels is their mean, and a fifth of the work for odd heights.
    medium = np.asarray(cv2.resize(luma, MEDIUM_WH, interpolation=cv2.INTER_LINEAR), np.uint8)
    small = np.asarray(cv2.resize(medium, SMALL_WH, interpolation=cv2.INTER_AREA), np.uint8)
    return Reduced(medium, small, relief(small))


def relief(small: Pixels) -> Pixels:
    """How much brighter each pixel is than its surroundings, (90, 160), `FLAT` for not at all."""
    around = cv2.blur(small, (AROUND_PX, AROUND_PX))
    return np.asarray(cv2.addWeighted(small, 1.0, around, -1.0, FLAT), np.uint8)
