"""Comparing pictures of one place: is what is there now what was there before?"""

import cv2
import numpy as np

from detectors.look import Pixels
from models.units import BoxXyxy

PATCH_PX = 96
"""Side of a patch: 96x96 luma is what the stationary classifier of a well-known recorder compares."""

SHAKE_PX = 6
"""How far a patch may shift within itself: a mast in the wind moves the picture by a few pixels."""

SAME = 0.90
"""At or above, it is the same picture (that recorder's bound for keeping an object)."""

DOUBT = 0.85
"""Below, it is another picture (that recorder's bound for doubting)."""

MIN_CROP_PX = 4


def patch(luma: Pixels, box_xyxy: BoxXyxy) -> bytes:
    """What a place looks like: its crop as 96x96 luma, 9216 bytes; empty if it is outside the frame."""
    height, width = luma.shape
    left, right = (round(min(max(x, 0.0), 1.0) * width) for x in (box_xyxy[0], box_xyxy[2]))
    top, bottom = (round(min(max(y, 0.0), 1.0) * height) for y in (box_xyxy[1], box_xyxy[3]))
    if right - left < MIN_CROP_PX or bottom - top < MIN_CROP_PX:
        return b""
    crop = cv2.resize(luma[top:bottom, left:right], (PATCH_PX, PATCH_PX), interpolation=cv2.INTER_AREA)
    return bytes(cv2.GaussianBlur(crop, (3, 3), 0.5).tobytes())


def similarity(one: bytes, other: bytes) -> float:
    """Normalised cross-correlation of two patches, best over a small shift: -1..1.

    Blind to brightness and contrast, so exposure and clouds change little. A patch without any structure
    (fog, a cover) is like nothing.
    """
    if not one or not other:
        return 0.0
    inner = _pixels(one)[SHAKE_PX:-SHAKE_PX, SHAKE_PX:-SHAKE_PX]
    if inner.std() < 1.0:
        return 0.0
    return float(cv2.matchTemplate(_pixels(other), inner, cv2.TM_CCOEFF_NORMED).max())


def _pixels(data: bytes) -> Pixels:
    return np.frombuffer(data, np.uint8).reshape(PATCH_PX, PATCH_PX)
