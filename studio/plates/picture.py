"""Number plates after GA 36-2018, straight on: sizes, grounds, and every glyph at the standard's place.

The plates of the armed police are not the standard's; their places are read off photographs, as are those of
motorcycles.
"""

from dataclasses import dataclass, field

import cv2
import numpy as np
import numpy.typing as npt

from studio.matter.finishes import Picture
from studio.matter.lettering import Mask, Rgb8
from studio.plates.glyphs import glyph

PX_PER_MM = 1

Cell = tuple[float, float, float, float]
"""Left, top, width, height in millimetres."""

_BLACK, _WHITE, _RED = (18, 18, 20), (242, 243, 244), (186, 24, 30)
_YELLOW, _BLUE = (236, 178, 28), (16, 66, 164)
_PALE, _GREEN = (224, 241, 230), (72, 196, 118)

_DOT_MM, _RIM_MM, _ROUND_MM = 5.0, 2.4, 10
_BOLT_MM = 6.5


def _row(lefts: tuple[float, ...], width: float = 45.0) -> tuple[Cell, ...]:
    return tuple((left, 25.0, width, 90.0) for left in lefts)


_SEVEN = _row((15.5, 72.5, 151.5, 208.5, 265.5, 322.5, 379.5))
_AFTER_FIRST = _row((15.5, 94.5, 151.5, 208.5, 265.5, 322.5, 379.5))
_MISSION = _row((15.5, 72.5, 129.5, 186.5, 265.5, 322.5, 379.5))
_EIGHT = (*_row((15.5,)), *_row((69.5, 161.5, 213.5, 265.5, 317.5, 369.5, 421.5), 43.0))
_TWO_LINES = (
    *((left, 15.0, 80.0, 60.0) for left in (110.0, 250.0)),
    *((27.5 + 80 * k, 90.0, 65.0, 110.0) for k in range(5)),
)
_SMALL = (
    *((left, 13.0, 42.0, 44.0) for left in (50.0, 128.0)),
    *((14.0 + 40 * k, 66.0, 32.0, 62.0) for k in range(5)),
)
_ARMED = (
    (10.0, 25.0, 45.0, 90.0),
    (58.0, 25.0, 38.0, 90.0),
    (104.0, 60.0, 44.0, 54.0),
    *_row((160.0, 215.0, 270.0, 325.0, 380.0)),
)


@dataclass(frozen=True, slots=True)
class Form:
    """How plates of one kind look.

    Attributes:
        cells: where each character stands.
        ground, ink: colours as a screen shows them.
        dot: its middle, millimetres; None for none.
        size: width and height in millimetres.
        inks: of single characters by their place, -1 the last.
        fade: the ground above, from which it passes into `ground` below.
        left: a ground of its own for the part before the dot.
    """

    cells: tuple[Cell, ...]
    ground: Rgb8
    ink: Rgb8
    dot: tuple[float, float] | None = (134.0, 70.0)
    size: tuple[int, int] = (440, 140)
    inks: dict[int, Rgb8] = field(default_factory=dict)
    fade: Rgb8 | None = None
    left: Rgb8 | None = None


FORMS: dict[str, Form] = {
    "blue": Form(_SEVEN, _BLUE, _WHITE),
    "yellow": Form(_SEVEN, _YELLOW, _BLACK),
    "yellow-double": Form(_TWO_LINES, _YELLOW, _BLACK, dot=(220, 45), size=(440, 220)),
    "green": Form(_EIGHT, _GREEN, _BLACK, dot=None, size=(480, 140), fade=_PALE),
    "green-large": Form(_EIGHT, _GREEN, _BLACK, dot=None, size=(480, 140), left=_YELLOW),
    "police": Form(_AFTER_FIRST, _WHITE, _BLACK, dot=(77.5, 70), inks={-1: _RED}),
    "armed": Form(_ARMED, _WHITE, _BLACK, dot=None, inks=dict.fromkeys((0, 1, 2), _RED)),
    "embassy": Form(_MISSION, _BLACK, _WHITE, dot=(248.5, 70), inks={0: _RED}),
    "consulate": Form(_SEVEN, _BLACK, _WHITE, inks={-1: _RED}),
    "hk-macao": Form(_SEVEN, _BLACK, _WHITE),
    "trainer": Form(_SEVEN, _YELLOW, _BLACK),
    "trailer": Form(_TWO_LINES, _YELLOW, _BLACK, dot=(220, 45), size=(440, 220)),
    "motorcycle": Form(_SMALL, _YELLOW, _BLACK, dot=(110, 35), size=(220, 140)),
    "moped": Form(_SMALL, _BLUE, _WHITE, dot=(110, 35), size=(220, 140)),
}
"""Every kind; `yellow-double` is the rear plate of lorries and buses."""

_BY_WORD = {
    "WJ": "armed", "使": "embassy", "领": "consulate", "警": "police", "学": "trainer", "挂": "trailer",
    "港": "hk-macao", "澳": "hk-macao",
}  # fmt: skip
_BY_VEHICLE = dict.fromkeys(("lorry", "bus", "coach", "fire-engine"), "yellow") | {
    "motorcycle": "motorcycle",
    "scooter": "moped",
    "scooter-rider": "moped",
}
_NEW_ENERGY_LENGTH = 8


def plate_kind(text: str, *, heavy: bool = False, vehicle: str = "") -> str:
    """Which kind a plate is: by what it says, else by what wears it.

    Args:
        text: without dot or space.
        heavy: a large vehicle; any `vehicle` of that sort is one too.
        vehicle: a kind of `studio.matter.looks`.
    """
    for said, kind in ((text[:2], "WJ"), (text[:1], "使"), (text[-1:], text[-1:])):
        if said == kind and said in _BY_WORD:
            return _BY_WORD[said]
    if len(text) == _NEW_ENERGY_LENGTH:
        return "green-large" if text[-1].isalpha() else "green"
    large = "yellow" if heavy else "blue"
    return _BY_VEHICLE.get(vehicle, large)


def plate_size_mm(kind: str) -> tuple[int, int]:
    """Width and height."""
    return FORMS[kind].size


def plate_picture(text: str, kind: str, *, bolts: bool = True) -> Picture:
    """The plate as a picture, straight on, `PX_PER_MM` pixels a millimetre.

    Args:
        text: without dot or space.
        kind: one of `FORMS`.
        bolts: whether the screws show.
    """
    form = FORMS[kind]
    width, height = (side * PX_PER_MM for side in form.size)
    canvas = _ground(form, width, height)
    rim = np.zeros((height, width), np.uint8)
    _rounded(rim, round(4 * PX_PER_MM), round(_RIM_MM * PX_PER_MM))
    _ink(canvas, rim.astype(np.float32) / np.float32(255), form.ink)
    if form.dot is not None:
        _disc(canvas, form.dot, _DOT_MM, form.ink)
    elif kind.startswith("green"):
        # The round mark of new energy, a transparent film that only shines.
        _disc(canvas, (137, 70), 8, _WHITE, share=0.45)
    last = len(text) - 1
    for place, (character, (left, top, wide, high)) in enumerate(zip(text, form.cells, strict=False)):
        ink = form.inks.get(place, form.inks.get(-1, form.ink) if place == last else form.ink)
        x, y = round(left * PX_PER_MM), round(top * PX_PER_MM)
        drawn = glyph(character, round(wide * PX_PER_MM), round(high * PX_PER_MM))
        _ink(canvas[y : y + drawn.shape[0], x : x + drawn.shape[1]], drawn, ink)
    if bolts:
        for at in _bolts_mm(form):
            _disc(canvas, at, _BOLT_MM * 1.15, (40, 40, 42), share=0.5)
            _disc(canvas, (at[0] - 0.8, at[1] - 0.8), _BOLT_MM * 0.85, (176, 178, 180))
    picture: Picture = canvas.round().astype(np.uint8)
    return picture


def _bolts_mm(form: Form) -> tuple[tuple[float, float], ...]:
    """Where the screws sit: between glyphs and rim, on small plates above only."""
    width, height = form.size
    left = {_SMALL: 24.0, _TWO_LINES: 99.5}.get(form.cells, 0.26 * width)
    above = tuple((x, 12.0) for x in (left, width - left))
    return above if form.cells == _SMALL else (*above, *((x, height - 12.0) for x, _ in above))


def _ground(form: Form, width: int, height: int) -> npt.NDArray[np.float32]:
    ground = np.tile(np.array(form.ground, np.float32), (height, width, 1))
    if form.fade is not None:
        share = np.linspace(0, 1, height, dtype=np.float32)[:, None, None] ** np.float32(1.3)
        ground = np.array(form.fade, np.float32) * (1 - share) + ground * share
    if form.left is not None:
        ground[:, : round(0.285 * width)] = form.left
    return ground


def _rounded(mask: npt.NDArray[np.uint8], inset: int, thick: int) -> None:
    """A frame with round corners."""
    height, width = mask.shape
    radius = _ROUND_MM * PX_PER_MM
    left, top, right, bottom = inset, inset, width - 1 - inset, height - 1 - inset
    corners = ((left, top, 180), (right, top, 270), (right, bottom, 0), (left, bottom, 90))
    outline = []
    for x, y, turn in corners:
        middle = (x + radius if x == left else x - radius, y + radius if y == top else y - radius)
        outline.append(cv2.ellipse2Poly(middle, (radius, radius), turn, 0, 90, 6))
    whole = [np.concatenate(outline)]
    cv2.polylines(mask, whole, isClosed=True, color=255, thickness=thick, lineType=cv2.LINE_AA)


def _disc(
    canvas: npt.NDArray[np.float32], at_mm: tuple[float, float], radius_mm: float, ink: Rgb8, share: float = 1
) -> None:
    """A soft-edged disc."""
    middle, radius = (at_mm[0] * PX_PER_MM, at_mm[1] * PX_PER_MM), radius_mm * PX_PER_MM
    left, top = (max(0, int(part - radius) - 1) for part in middle)
    window = canvas[top : int(middle[1] + radius) + 2, left : int(middle[0] + radius) + 2]
    y, x = np.ogrid[: window.shape[0], : window.shape[1]]
    away = np.hypot(x + left + 0.5 - middle[0], y + top + 0.5 - middle[1])
    _ink(window, np.clip(radius + 0.5 - away, 0, share).astype(np.float32), ink)


def _ink(canvas: npt.NDArray[np.float32], mask: Mask, ink: Rgb8) -> None:
    canvas += (np.array(ink, np.float32) - canvas) * mask[..., None]
