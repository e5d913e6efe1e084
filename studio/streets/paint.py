"""Paint on the road: every marking drawn into a mask of the ground."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from studio.matter.lettering import stencil
from studio.streets.street import Marking

Plane = npt.NDArray[np.float32]
Pair = tuple[float, float]

_LINE_M = 0.15  # GB 5768.3: lines of 10 to 15 cm
_SHIFT = 4  # fractional bits of corners, so that edges come out smooth

_ARROWS: dict[str, tuple[tuple[Pair, ...], ...]] = {
    "straight": (
        ((0, -0.08), (3.6, -0.08), (3.6, 0.08), (0, 0.08)),
        ((3.6, -0.3), (6.0, 0), (3.6, 0.3)),
    ),
    "left": (
        ((0, -0.08), (3.4, -0.08), (4.3, 0.35), (4.1, 0.5), (3.2, 0.08), (0, 0.08)),
        ((3.4, 0.45), (4.6, 0.2), (4.9, 1.0)),
    ),
    "right": (
        ((0, 0.08), (3.4, 0.08), (4.3, -0.35), (4.1, -0.5), (3.2, -0.08), (0, -0.08)),
        ((3.4, -0.45), (4.6, -0.2), (4.9, -1.0)),
    ),
}
"""Metres ahead and to the left, as GB 5768.3 draws them for roads of 40 to 60 km/h."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A mask of the ground and where it lies: row 0 is at the least y, as metres count."""

    mask: Plane
    origin: Pair
    px_per_m: float

    def px(self, x: float, y: float) -> tuple[int, int]:
        """A place on the ground as a pixel."""
        return round((x - self.origin[0]) * self.px_per_m), round((y - self.origin[1]) * self.px_per_m)

    def fill(self, corners: Sequence[Pair]) -> None:
        """Paint a polygon of metres."""
        place = (np.asarray(corners, float) - self.origin) * self.px_per_m * 2**_SHIFT
        cv2.fillPoly(self.mask, [place.round().astype(np.int32)], 1.0, cv2.LINE_AA, _SHIFT)

    def band(self, x: Pair, y: Pair) -> None:
        """Paint a rectangle of metres."""
        self.fill([(x[0], y[0]), (x[1], y[0]), (x[1], y[1]), (x[0], y[1])])


def draw(sheet: Sheet, marking: Marking) -> None:
    """Add one marking's paint; what of it lies off the sheet is left out."""
    x, y = marking.x, marking.y
    match marking.kind:
        case "line" | "dashes":
            _line(sheet, marking)
        case "bar":
            sheet.band(x, y)
        case "zebra":
            _zebra(sheet, marking)
        case "box" | "hatch" | "grid":
            _outline(sheet, marking)
        case "words":
            _lay(sheet, stencil(marking.text, 256)[::-1], x, y)
        case "column":
            _column(sheet, marking)
        case "arrow":
            _arrow(sheet, marking)
        case "kerb":
            pass  # stones, not asphalt


def _line(sheet: Sheet, marking: Marking) -> None:
    (left, right), (low, high) = marking.x, marking.y
    lengthwise = right - left >= high - low
    begin, end = (left, right) if lengthwise else (low, high)
    middle = (low + high) / 2 if lengthwise else (left + right) / 2
    across = (middle - _LINE_M / 2, middle + _LINE_M / 2)
    # 2 m of paint, 4 m of gap: the standard's size in towns
    starts = [begin] if marking.kind == "line" else np.arange(begin, end, 6.0).tolist()
    for start in starts:
        stop = end if marking.kind == "line" else start + 2.0
        sheet.band(*(((start, stop), across) if lengthwise else (across, (start, stop))))


def _zebra(sheet: Sheet, marking: Marking) -> None:
    (left, right), (low, high) = marking.x, marking.y
    if marking.along == "x":
        for start in np.arange(low + 0.3, high - 0.4, 1.0).tolist():
            sheet.band((left, right), (start, start + 0.42))
    else:
        for start in np.arange(left + 0.3, right - 0.4, 1.0).tolist():
            sheet.band((start, start + 0.42), (low, high))


def _outline(sheet: Sheet, marking: Marking) -> None:
    (left, right), (low, high) = marking.x, marking.y
    thick = max(1, round(_LINE_M * sheet.px_per_m))
    inside, area = np.zeros_like(sheet.mask), np.zeros_like(sheet.mask)
    corner, opposite = sheet.px(left, low), sheet.px(right, high)
    for start in np.arange(left - (high - low), right, 1.0).tolist():
        if marking.kind in {"hatch", "grid"}:
            cv2.line(inside, sheet.px(start, high), sheet.px(start + high - low, low), 1.0, thick)
        if marking.kind == "grid":
            cv2.line(inside, sheet.px(start, low), sheet.px(start + high - low, high), 1.0, thick)
    cv2.rectangle(area, corner, opposite, 1.0, -1)
    cv2.rectangle(inside, corner, opposite, 1.0, thick)
    np.maximum(sheet.mask, inside * area, out=sheet.mask)


def _column(sheet: Sheet, marking: Marking) -> None:
    """Characters one behind the other, the first nearest to who drives towards `turn_deg`."""
    cells = []
    for letter in marking.text:
        cell = np.zeros((384, 160), np.float32)
        cell[40:344, 10:150] = cv2.resize(stencil(letter, 304), (140, 304))
        cells.append(cell)
    upright = np.concatenate(cells[::-1])[::-1]  # rows now run the way of y, for who drives along y
    # the sheet's rows run upwards, so numpy's quarter turns go the other way round
    turned = np.rot90(upright, k=(90 - marking.turn_deg) // 90)
    _lay(sheet, turned, marking.x, marking.y)


def _lay(sheet: Sheet, picture: Plane, x: Pair, y: Pair) -> None:
    (left, low), (right, high) = sheet.px(x[0], y[0]), sheet.px(x[1], y[1])
    rows, columns = sheet.mask.shape
    if not (0 <= left < right <= columns and 0 <= low < high <= rows):
        return
    pad = round(sheet.px_per_m / 6)
    sheet.mask[max(0, low - pad) : high + pad, max(0, left - pad) : right + pad] = 0
    sheet.mask[low:high, left:right] = cv2.resize(
        np.ascontiguousarray(picture), (right - left, high - low), interpolation=cv2.INTER_AREA
    )


def _arrow(sheet: Sheet, marking: Marking) -> None:
    turn = math.radians(marking.turn_deg)
    x, y = sum(marking.x) / 2, sum(marking.y) / 2
    for shape in _ARROWS[marking.text]:
        sheet.fill(
            [
                (
                    x + (u - 3) * math.cos(turn) - v * math.sin(turn),
                    y + (u - 3) * math.sin(turn) + v * math.cos(turn),
                )
                for u, v in shape
            ]
        )
