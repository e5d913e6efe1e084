"""Comparing pictures of one place: is what is there now what was there before?

Two measures. Correlation of brightness is the sharper one while the light stays as it is. Likeness compares
edges, cell by cell, and asks only whether they run where and how they ran: hard shadows, glare, another
exposure and rain change brightness and leave most edges alone.
"""

import math
from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from detectors.look import Pixels
from models.units import BoxXyxy

FloatCells = npt.NDArray[np.float32]

PATCH_PX = 48
"""Side of a patch. Half of what the stationary classifier of a well-known recorder compares: on rendered and
real streets it tells vehicles apart as well, at a quarter of the time and memory."""

SHAKE_PX = 3
"""How far a patch may shift within itself: a mast in the wind moves the picture by a few pixels."""

CELL_PX = 8
CELLS = PATCH_PX // CELL_PX
"""Cells of a patch, in each direction."""

SAME = 0.90
"""At or above, it is the same picture (that recorder's bound for keeping an object)."""

DOUBT = 0.85
"""Below, it is another picture (that recorder's bound for doubting)."""

ALIKE = 0.60
"""Least likeness of one vehicle with itself. 120 crops of rendered and real streets: under half shadows, tree
shadows, gamma, overexposure, night, rain, noise, strong compression 95 % reach 0.67, under a headlight's
glare 0.55; two different vehicles in one place stay below 0.32 in 95 % and below 0.49 in 99 %."""

UNLIKE = 0.45
"""Below, it is something else, however the light has changed (see `ALIKE`)."""

ANOTHER = 0.32
"""Below, it is so beyond doubt: 95 % of different vehicles in one place (see `ALIKE`)."""

FLAT = 4.0
"""Mean squared gradient, (grey levels a patch pixel)², below which a cell shows nothing but noise: asphalt,
sky, the side of a van."""

MIN_STRUCTURED = 3
"""Cells with edges that a comparison needs at least; fog and covers have none."""

MIN_CROP_PX = 4


def patch(luma: Pixels, box_xyxy: BoxXyxy, shift_xy: tuple[float, float] = (0.0, 0.0)) -> bytes:
    """What a place looks like: its crop as 48x48 luma, 2304 bytes; empty if it is outside the frame.

    Args:
        luma: the look, shape (H, W).
        box_xyxy: the place.
        shift_xy: how far this look is displaced, in fractions of the frame.
    """
    height, width = luma.shape
    dx, dy = shift_xy
    left, right = (round(min(max(x + dx, 0.0), 1.0) * width) for x in (box_xyxy[0], box_xyxy[2]))
    top, bottom = (round(min(max(y + dy, 0.0), 1.0) * height) for y in (box_xyxy[1], box_xyxy[3]))
    if right - left < MIN_CROP_PX or bottom - top < MIN_CROP_PX:
        return b""
    crop = cv2.resize(luma[top:bottom, left:right], (PATCH_PX, PATCH_PX), interpolation=cv2.INTER_AREA)
    return bytes(cv2.GaussianBlur(crop, (3, 3), 0.5).tobytes())


def similarity(one: bytes, other: bytes) -> float:
    """Normalised cross-correlation of two patches, best over a small shift: -1..1.

    Blind to brightness and contrast, so exposure and clouds change little. A patch without any structure
    (fog, a cover) is like nothing.
    """
    return _best_shift(one, other)[0]


def correlations(ones: Sequence[bytes], others: Sequence[bytes]) -> FloatCells:
    """The correlation of pairs of patches without any shift, shape (N,): cheap, and enough for most pairs."""
    if not ones:
        return np.zeros(0, np.float32)
    one, other = (_stack(side).reshape(len(ones), -1) for side in (ones, others))
    one, other = (side - side.mean(axis=1, keepdims=True) for side in (one, other))
    deviations = np.sqrt((one * one).mean(axis=1) * (other * other).mean(axis=1))
    products = (one * other).mean(axis=1)
    found = np.divide(products, deviations, out=np.zeros(len(ones), np.float32), where=deviations > 1.0)
    return np.asarray(found, dtype=np.float32)


def likeness(one: bytes, other: bytes) -> float:
    """How alike two patches are by their edges, best over a small shift: about 0 for different things, 1."""
    if not one or not other:
        return 0.0
    straight = float(likenesses([one], [other])[0])
    if straight >= ALIKE:
        return straight
    return max(straight, float(likenesses([one], [aligned(one, other)])[0]))


def likenesses(ones: Sequence[bytes], others: Sequence[bytes]) -> FloatCells:
    """The likeness of pairs of patches without any shift, shape (N,); empty patches are like nothing."""
    alike, structured = cells(ones, others)
    counts = structured.sum(axis=(1, 2))
    sums = np.where(structured, alike, 0.0).sum(axis=(1, 2))
    both = [bool(one and other) for one, other in zip(ones, others, strict=True)]
    usable = (counts >= MIN_STRUCTURED) & np.array(both, np.bool_)
    return np.asarray(np.divide(sums, counts, out=np.zeros(len(ones)), where=usable), dtype=np.float32)


def cells(ones: Sequence[bytes], others: Sequence[bytes]) -> tuple[FloatCells, npt.NDArray[np.bool_]]:
    """Pairs of patches held against each other cell by cell.

    Returns:
        Shape (N, 6, 6) each: how alike the edges are, -1..1, and 1 where both are flat; and whether either
        of the two has any.
    """
    if not ones:
        none = np.zeros((0, CELLS, CELLS), np.float32)
        return none, none > 0
    ax, ay = gradients(_stack(ones))
    bx, by = gradients(_stack(others))
    squares = cell_means(ax * ax + ay * ay), cell_means(bx * bx + by * by)
    return compared(cell_means(ax * bx + ay * by), *squares)


def compared(
    product: FloatCells, one: FloatCells, other: FloatCells
) -> tuple[FloatCells, npt.NDArray[np.bool_]]:
    """Likeness from mean products and mean squares of gradients, any shape; and where there is structure."""
    structured = np.maximum(one, other) > FLAT
    alike = np.where(structured, product / (np.sqrt(one * other) + FLAT), 1.0)
    return alike.astype(np.float32), structured


def gradients(stack: FloatCells) -> tuple[FloatCells, FloatCells]:
    """Horizontal and vertical gradients in grey levels a pixel, shape (N, H, W); 0 along the borders."""
    count, height, width = stack.shape
    tall = stack.reshape(count * height, width)
    found = []
    for across in (1, 0):
        gradient = cv2.Sobel(tall, cv2.CV_32F, across, 1 - across, ksize=1, scale=0.5)
        gradient = gradient.reshape(count, height, width)
        gradient[:, (0, -1), :] = 0.0
        gradient[:, :, (0, -1)] = 0.0
        found.append(np.asarray(gradient, dtype=np.float32))
    return found[0], found[1]


def cell_means(values: FloatCells) -> FloatCells:
    """The mean of each cell of 8x8, shape (N, H, W) -> (N, H // 8, W // 8)."""
    count, height, width = values.shape
    rows, columns = height // CELL_PX, width // CELL_PX
    whole = np.ascontiguousarray(values[:, : rows * CELL_PX, : columns * CELL_PX])
    tall = whole.reshape(count * rows * CELL_PX, columns * CELL_PX)
    means = cv2.resize(tall, (columns, count * rows), interpolation=cv2.INTER_AREA)
    return np.asarray(means, dtype=np.float32).reshape(count, rows, columns)


def aligned(one: bytes, other: bytes) -> bytes:
    """The other patch, moved by the few pixels that make it fit the first best."""
    _, dx, dy = _best_shift(one, other)
    if dx == 0 and dy == 0:
        return other
    moved = np.array([[1, 0, -dx], [0, 1, -dy]], np.float32)
    size_wh = (PATCH_PX, PATCH_PX)
    return bytes(cv2.warpAffine(_pixels(other), moved, size_wh, borderMode=cv2.BORDER_REPLICATE).tobytes())


def offset_px(one: bytes, other: bytes) -> int:
    """By how many patch pixels the other has to move to fit best, in its worse direction."""
    _, dx, dy = _best_shift(one, other)
    return max(abs(dx), abs(dy))


def _best_shift(one: bytes, other: bytes) -> tuple[float, int, int]:
    """The best correlation over small shifts, and where it lies, in patch pixels."""
    if not one or not other:
        return 0.0, 0, 0
    inner = _pixels(one)[SHAKE_PX:-SHAKE_PX, SHAKE_PX:-SHAKE_PX]
    if inner.std() < 1.0:
        return 0.0, 0, 0
    _, best, _, (x, y) = cv2.minMaxLoc(cv2.matchTemplate(_pixels(other), inner, cv2.TM_CCOEFF_NORMED))
    return float(best), x - SHAKE_PX, y - SHAKE_PX


def _stack(patches: Sequence[bytes]) -> FloatCells:
    """Shape (N, 48, 48)."""
    blank = np.zeros((PATCH_PX, PATCH_PX), np.uint8)
    return np.array([_pixels(data) if data else blank for data in patches], np.float32)


def _pixels(data: bytes) -> Pixels:
    """A patch as a picture; one remembered by an older version, which kept them larger, is made smaller."""
    side = math.isqrt(len(data))
    pixels = np.frombuffer(data, np.uint8).reshape(side, side)
    if side == PATCH_PX:
        return pixels
    return np.asarray(cv2.resize(pixels, (PATCH_PX, PATCH_PX), interpolation=cv2.INTER_AREA), np.uint8)
