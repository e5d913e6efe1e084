"""The small pictures that a look is judged by before any network is asked."""

from dataclasses import dataclass

import cv2
import numpy as np

from detectors.look import Pixels, resized

MEDIUM_WH = (320, 180)
SMALL_WH = (160, 90)
"""What a gate needs to see a car stop: on it a car thirty metres away is ten pixels wide."""

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
    medium = resized(luma, MEDIUM_WH)
    small = np.asarray(cv2.resize(medium, SMALL_WH, interpolation=cv2.INTER_AREA), np.uint8)
    return Reduced(medium, small, relief(small))


def relief(small: Pixels) -> Pixels:
    """How much brighter each pixel is than its surroundings, (90, 160), `FLAT` for not at all."""
    around = cv2.blur(small, (AROUND_PX, AROUND_PX))
    return np.asarray(cv2.addWeighted(small, 1.0, around, -1.0, FLAT), np.uint8)
