"""The digits and letters of number plates, drawn as strokes, since no free font has them.

The standard's glyphs are lines of one width in a cell of 45 by 90 mm. So are these: centre lines in that
cell, read off photographs of real plates. Chinese characters come from Noto, fitted to the same cell.
"""

from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from studio.matter.lettering import Mask, stencil

CELL_MM = (45.0, 90.0)
STROKE_MM = 9.5
"""Measured on photographs: 9 to 10 mm."""

_ROUND_MM = 17.0
"""Radius of a round corner, `~`; half of a shorter line where two of them share it."""

_HAN_STROKE = 1.3
"""How many millimetres Noto's regular strokes are thickened to the weight of the pressed ones."""

_FINE = 8
"""Drawn so many times finer than needed; the edges are soft afterwards."""

_STROKES: dict[str, str] = {
    "0": "5,45 5,5~ 40,5~ 40,85~ 5,85~ 5,45",
    "1": "12,21 25,10 25,5 25,85",
    "2": "5,26 5,5~ 40,5~ 40,33~ 5,85 40,85",
    "3": "5,21 5,5~ 40,5~ 40,42~ 20,42 / 20,42 40,42~ 40,85~ 5,85~ 5,69",
    "4": "27,5 5,66 41,66 / 31,42 31,85",
    "5": "38,5 9,5 7,44 12,36~ 40,36~ 40,85~ 5,85~ 5,69",
    "6": "28,5 5,50~ 5,85~ 40,85~ 40,42~ 10,42~ 5,60",
    "7": "5,5 40,5 19,85",
    "8": "22,5 7,5~ 7,41~ 38,41~ 38,5~ 22,5 / 22,41 5,41~ 5,85~ 40,85~ 40,41~ 22,41",
    "9": "17,85 40,40~ 40,5~ 5,5~ 5,48~ 35,48~ 40,30",
    "A": "5,85 22.5,5 40,85 / 11,63 34,63",
    "B": "5,5 5,85 / 5,5 37,5~ 37,42~ 5,42 / 5,42 40,42~ 40,85~ 5,85",
    "C": "40,26 40,5~ 5,5~ 5,85~ 40,85~ 40,64",
    "D": "5,5 40,5~ 40,85~ 5,85 5,5",
    "E": "40,5 5,5 5,85 40,85 / 5,44 36,44",
    "F": "40,5 5,5 5,85 / 5,45 36,45",
    "G": "40,25 40,5~ 5,5~ 5,85~ 40,85~ 40,50 25,50",
    "H": "5,5 5,85 / 40,5 40,85 / 5,44 40,44",
    "J": "38,5 38,85~ 6,85~ 6,64",
    "K": "5,5 5,85 / 40,5 6,54 / 17,40 40,85",
    "L": "5,5 5,85 40,85",
    "M": "5,85 5,5 22.5,56 40,5 40,85",
    "N": "5,85 5,5 40,85 40,5",
    "P": "5,85 5,5 40,5~ 40,49~ 5,49",
    "Q": "5,45 5,5~ 40,5~ 40,85~ 5,85~ 5,45 / 26,64 42,87",
    "R": "5,85 5,5 40,5~ 40,47~ 5,47 / 23,47 40,85",
    "S": "40,23 40,5~ 5,5~ 5,42~ 40,42~ 40,85~ 5,85~ 5,67",
    "T": "5,5 40,5 / 22.5,5 22.5,85",
    "U": "5,5 5,85~ 40,85~ 40,5",
    "V": "5,5 22.5,85 40,5",
    "W": "5,5 12,85 22.5,30 33,85 40,5",
    "X": "5,5 40,85 / 40,5 5,85",
    "Y": "5,5 22.5,47 40,5 / 22.5,47 22.5,85",
    "Z": "5,5 40,5 5,85 40,85",
}


@lru_cache(maxsize=512)
def glyph(character: str, width_px: int, height_px: int, *, stroke_mm: float = STROKE_MM) -> Mask:
    """One character filling a cell: (height_px, width_px), 1 where there is ink.

    Strokes keep their width however the cell is stretched, as the standard's flat and tall cells do.

    Args:
        character: a digit, a letter but I and O, or a Chinese character.
        width_px: of the cell.
        height_px: the same.
        stroke_mm: in a cell 90 mm high.
    """
    strokes = _STROKES.get(character)
    if strokes is None:
        return _from_noto(character, width_px, height_px)
    fine = np.zeros((height_px * _FINE, width_px * _FINE), np.uint8)
    thick = stroke_mm / CELL_MM[1] * height_px * _FINE
    if width_px > height_px:  # the flat cells of an upper row: as thick as their height allows
        thick *= 1.45
    inner = np.array([width_px * _FINE - thick, height_px * _FINE - thick])
    for line in strokes.split(" / "):
        points = _line(line)
        across = (points - 5) / (np.array(CELL_MM) - 10) * inner + thick / 2
        points_16 = [np.round(across * 16).astype(np.int32)]  # OpenCV wants sixteenths
        cv2.polylines(
            fine, points_16, isClosed=False, color=255, thickness=round(thick), lineType=cv2.LINE_AA, shift=4
        )
    return _small(fine, width_px, height_px)


def _line(text: str) -> npt.NDArray[np.float64]:
    """Points along one stroke in millimetres, (N, 2), its round corners as arcs."""
    words = text.split()
    corners = np.array([[float(part) for part in word.rstrip("~").split(",")] for word in words])
    points = [corners[0]]
    for index in range(1, len(words) - 1):
        here = corners[index]
        if not words[index].endswith("~"):
            points.append(here)
            continue
        ways = corners[index - 1] - here, corners[index + 1] - here
        lengths = [float(np.hypot(*way)) for way in ways]
        both = [words[index + side].endswith("~") for side in (-1, 1)]
        reach = min(
            _ROUND_MM, *(far / 2 if shared else far for far, shared in zip(lengths, both, strict=True))
        )
        begin, end = (here + way / far * reach for way, far in zip(ways, lengths, strict=True))
        share = np.linspace(0, 1, 12)[:, None]
        # Between a parabola and a circle: rounder than the one, cheaper than the other at any angle.
        pull = here + 0.06 * (begin + end - 2 * here)
        points += list((1 - share) ** 2 * begin + 2 * share * (1 - share) * pull + share**2 * end)
    points.append(corners[-1])
    return np.array(points)


def _from_noto(character: str, width_px: int, height_px: int) -> Mask:
    """A Chinese character in a cell, its strokes thickened."""
    fat = max(1, round(_HAN_STROKE * height_px / CELL_MM[1] * 2))
    drawn = stencil(character, height_px * 2 - 2 * fat, bold=False)
    fitted = cv2.resize(
        drawn, (width_px * 2 - 2 * fat, height_px * 2 - 2 * fat), interpolation=cv2.INTER_AREA
    )
    padded = np.pad(fitted, fat)
    brush = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * fat + 1, 2 * fat + 1))
    return _small((cv2.dilate(padded, brush) * 255).astype(np.uint8), width_px, height_px)


def _small(fine: npt.NDArray[np.uint8], width_px: int, height_px: int) -> Mask:
    small = cv2.resize(fine, (width_px, height_px), interpolation=cv2.INTER_AREA)
    return small.astype(np.float32) / np.float32(255)
