"""What a vehicle looks like, in 112 bytes: enough to tell two apart in one place, or to know one again.

Colours in a coarse grid say what is where on it, two histograms say the same without place, so that another
camera's view can be held against it. It names nobody: of many white vans it says "a white van".
"""

import cv2
import numpy as np
import numpy.typing as npt

from detectors.look import Pixels
from models.resemblance import BYTES, GRID, HUES, LIKE, SHADES, TAG, TURNS, VERY_LIKE, resemblance
from models.units import BoxXyxy

COLOURED = 40
"""Saturation, of 255, from which a pixel has a hue."""

NOISE_EDGE = 24.0
"""Strength of an edge, by Sobel's measure, that is no more than noise: a step of six grey levels."""

SIZE_PX = 48
MIN_CROP_PX = 8
MARGIN = 0.08
"""Of the box, on each side, which shows mostly the street behind."""

__all__ = ["LIKE", "VERY_LIKE", "appearance", "resemblance"]

FloatVector = npt.NDArray[np.float32]


def appearance(pixels: Pixels, box_xyxy: BoxXyxy, shift_xy: tuple[float, float] = (0.0, 0.0)) -> bytes:
    """What stands in a box looks like; empty if it is too small to tell or outside the frame.

    Args:
        pixels: the look, shape (H, W, 3), BGR, 8 bit.
        box_xyxy: the place, in fractions.
        shift_xy: how far this look is displaced, in fractions of the frame.
    """
    crop = _crop(pixels, box_xyxy, shift_xy)
    if crop is None:
        return b""
    small = cv2.resize(crop, (SIZE_PX, SIZE_PX), interpolation=cv2.INTER_AREA)
    lab = cv2.cvtColor(small, cv2.COLOR_BGR2LAB)
    grid = cv2.resize(lab, (GRID, GRID), interpolation=cv2.INTER_AREA).reshape(-1)
    hsv = cv2.cvtColor(small, cv2.COLOR_BGR2HSV).reshape(-1, 3).astype(np.float32)
    aspect = np.clip(128 * crop.shape[1] / crop.shape[0] / 2, 0, 255)
    parts = [
        grid.astype(np.uint8),
        _histogram(hsv[:, 0], 180, hsv[:, 1] >= COLOURED, HUES),
        _histogram(lab.reshape(-1, 3)[:, 0].astype(np.float32), 256, hsv[:, 1] < COLOURED, SHADES),
        _edges(np.asarray(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), dtype=np.uint8)),
        np.array([aspect], np.uint8),
    ]
    body = TAG + b"".join(part.tobytes() for part in parts)
    return body.ljust(BYTES, b"\0")


def _crop(pixels: Pixels, box_xyxy: BoxXyxy, shift_xy: tuple[float, float]) -> Pixels | None:
    height, width = pixels.shape[:2]
    left, top, right, bottom = box_xyxy
    wide, high = (right - left) * MARGIN, (bottom - top) * MARGIN
    x = [round(min(max(value + shift_xy[0], 0.0), 1.0) * width) for value in (left + wide, right - wide)]
    y = [round(min(max(value + shift_xy[1], 0.0), 1.0) * height) for value in (top + high, bottom - high)]
    if x[1] - x[0] < MIN_CROP_PX or y[1] - y[0] < MIN_CROP_PX:
        return None
    return pixels[y[0] : y[1], x[0] : x[1]]


def _histogram(
    values: FloatVector, span: int, counted: npt.NDArray[np.bool_], bins: int
) -> npt.NDArray[np.uint8]:
    """Shares of all pixels in each bin of 0..span, 255 for all of them."""
    counts = np.bincount((values[counted] * (bins / span)).astype(np.int64).clip(0, bins - 1), minlength=bins)
    return np.round(counts / len(values) * 255).astype(np.uint8)


def _edges(luma: Pixels) -> npt.NDArray[np.uint8]:
    """How strong edges of each direction are in each quarter, shares of the whole, 255 for all."""
    gx = cv2.Sobel(luma, cv2.CV_32F, 1, 0, ksize=3)
    gy = cv2.Sobel(luma, cv2.CV_32F, 0, 1, ksize=3)
    strength, angle = cv2.cartToPolar(gx, gy)
    strength = np.maximum(strength - NOISE_EDGE, 0.0)
    # Level and upright edges, the commonest, lie in the middle of a bin and not on its border.
    turn = (angle / np.pi * TURNS + 0.5).astype(np.int64) % TURNS
    half = SIZE_PX // 2
    rows, columns = np.indices(luma.shape) // half
    where = ((rows * 2 + columns) * TURNS + turn).reshape(-1)
    sums = np.bincount(where, weights=strength.reshape(-1), minlength=4 * TURNS)
    return np.round(sums / max(float(sums.sum()), 1.0) * 255).astype(np.uint8)
