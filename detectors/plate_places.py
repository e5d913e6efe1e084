"""Where plates are in a vehicle's picture: lines of writing joined to rows, places cut out straight on.

All in pixels of the vehicle's crop; only `Crop` knows the frame.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from detectors.look import Pixels
from detectors.plates import Quad
from models.geometry import FloatArray
from models.units import BoxXyxy

Corners = npt.NDArray[np.float64]
"""(4, 2): top left, top right, bottom right, bottom left as it is read, pixels of the crop."""

LEAST_CROP_PX = 12
"""A vehicle smaller than this shows no plate."""

_BESIDE_HEIGHTS = 1.2
"""Two pieces of one line lie at most so many heights apart: the dot after the second character is wide."""

_SAME_HEIGHT, _SAME_LINE = 0.55, 0.45
_UPPER_HEIGHT = (0.25, 1.15)
_ROWS_APART = 0.75


@dataclass(frozen=True, slots=True)
class Crop:
    """A vehicle's part of a frame.

    Attributes:
        pixels: (H, W, 3), BGR.
        corner: where its top left lies in the frame, pixels (x, y).
        frame: width and height of the frame, pixels.
    """

    pixels: Pixels
    corner: tuple[int, int]
    frame: tuple[int, int]

    def quad(self, corners: Corners) -> Quad:
        """Corners of the crop as fractions of the frame."""
        points = (corners + np.array(self.corner)) / np.array(self.frame)
        top_left, top_right, bottom_right, bottom_left = ((float(x), float(y)) for x, y in points)
        return top_left, top_right, bottom_right, bottom_left


@dataclass(frozen=True)
class Place:
    """What may be one plate.

    Attributes:
        rows: the upper first; each row's pieces from left to right.
        corners: around all of them.
    """

    rows: tuple[tuple[Corners, ...], ...]
    corners: Corners


def crop_of(pixels: Pixels, box_xyxy: BoxXyxy) -> Crop | None:
    """A vehicle's part of a frame; None if too little of it is in the picture.

    Args:
        pixels: of the frame, (H, W, 3).
        box_xyxy: of the vehicle, fractions.
    """
    height, width = pixels.shape[:2]
    left, right = (round(min(max(x, 0.0), 1.0) * width) for x in (box_xyxy[0], box_xyxy[2]))
    top, bottom = (round(min(max(y, 0.0), 1.0) * height) for y in (box_xyxy[1], box_xyxy[3]))
    if right - left < LEAST_CROP_PX or bottom - top < LEAST_CROP_PX:
        return None
    return Crop(pixels[top:bottom, left:right], (left, top), (width, height))


def places(lines: Sequence[Corners]) -> list[Place]:
    """What may be plates among lines of writing: two rows where one stands over another, then single rows.

    Args:
        lines: pieces of writing, in any order.
    """
    rows = _rows(lines)
    stacked = [
        Place((upper, lower), _around(upper + lower))
        for upper in rows
        for lower in rows
        if upper is not lower and _over(_around(upper), _around(lower))
    ]
    single = [Place((row,), _around(row)) for row in rows]
    return stacked + sorted(single, key=lambda place: -_sides(place.corners)[0])


def straight(pixels: Pixels, corners: Corners, size: tuple[int, int]) -> Pixels:
    """A place as if seen straight on.

    Args:
        pixels: of the crop.
        corners: of the place.
        size: width and height of the result.
    """
    width, height = size
    flat = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    # OpenCV counts from the middle of the first pixel, corners from its edge.
    move = cv2.getPerspectiveTransform((corners - 0.5).astype(np.float32), flat - np.float32(0.5))
    shown = cv2.warpPerspective(pixels, move, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(shown, np.uint8)


def height_px(corners: Corners) -> float:
    """Of a place, the mean of its left and right side."""
    return _sides(corners)[1]


def width_px(corners: Corners) -> float:
    """Of a place, the mean of its upper and lower side."""
    return _sides(corners)[0]


def _rows(lines: Sequence[Corners]) -> list[tuple[Corners, ...]]:
    """Pieces that continue each other, joined from left to right."""
    rows: list[tuple[Corners, ...]] = []
    for line in sorted(lines, key=lambda corners: float(corners[:, 0].min())):
        found = next((index for index, row in enumerate(rows) if _beside(row[-1], line)), None)
        if found is None:
            rows.append((line,))
        else:
            rows[found] = (*rows[found], line)
    return rows


def _beside(left: Corners, right: Corners) -> bool:
    """Whether a piece goes on where another ends."""
    one, other = height_px(left), height_px(right)
    if min(one, other) < _SAME_HEIGHT * max(one, other):
        return False
    end, begin = (left[1] + left[2]) / 2, (right[0] + right[3]) / 2
    start = (left[0] + left[3]) / 2
    way = end - start
    way = way / max(float(np.hypot(*way)), 1e-6)
    step = begin - end
    along = float(step @ way)
    across = abs(float(step[0] * -way[1] + step[1] * way[0]))
    high = max(one, other)
    return -0.5 * high <= along <= _BESIDE_HEIGHTS * high and across <= _SAME_LINE * high


def _over(upper: Corners, lower: Corners) -> bool:
    """Whether one row stands right over another, as on plates of two lines."""
    width, high = _sides(lower)
    upper_width, upper_high = _sides(upper)
    if not _UPPER_HEIGHT[0] * high <= upper_high <= _UPPER_HEIGHT[1] * high or upper_width > 1.15 * width:
        return False
    across = (lower[1] - lower[0]) / max(width, 1e-6)
    down = np.array((-across[1], across[0]))
    step = (upper[2] + upper[3]) / 2 - (lower[0] + lower[1]) / 2
    return abs(float(step @ across)) <= 0.3 * width and abs(float(step @ down)) <= _ROWS_APART * high


def _around(pieces: Sequence[Corners]) -> Corners:
    """Corners around pieces that lie about parallel; a single one as it is."""
    if len(pieces) == 1:
        return pieces[0]
    points = np.concatenate(pieces)
    first = max(pieces, key=width_px)
    across = first[1] - first[0]
    across = across / max(float(np.hypot(*across)), 1e-6)
    down = np.array((-across[1], across[0]))
    along, below = points @ across, points @ down
    ends = [(along.min(), below.min()), (along.max(), below.min()), (along.max(), below.max()),
            (along.min(), below.max())]  # fmt: skip
    return np.array([one * across + other * down for one, other in ends])


def _sides(corners: FloatArray) -> tuple[float, float]:
    """Mean width and height."""
    across = (np.hypot(*(corners[1] - corners[0])) + np.hypot(*(corners[2] - corners[3]))) / 2
    down = (np.hypot(*(corners[3] - corners[0])) + np.hypot(*(corners[2] - corners[1]))) / 2
    return float(across), float(down)
