"""Whether a camera still shows the view that its zones were drawn on.

Zones are drawn on a picture. A camera that was turned, knocked or hung elsewhere shows another street under
the same zones, and everything it would say of them is wrong. So its view is held against a reference: the
plan's own picture, or else what the camera showed in its first clear minutes. Traffic is no part of either
(`steadiness.learn`), and a relief leaves little of day, night, fog and snow.
"""

from enum import StrEnum
from typing import NamedTuple

import cv2
import msgspec
import numpy as np
import numpy.typing as npt

from detectors import blindness, reduced
from detectors.blindness import COVERED_LOST, Sight, Vision
from detectors.look import Pixels
from detectors.reduced import FLAT, SMALL_WH

REACH_XY = (40, 22)
"""Furthest shift looked for, in pixels of the small picture: a quarter of the view. Of a camera turned
further too little is left to compare; it shows another view."""

SAME_VIEW = 0.4
RUNNER_UP = 0.12
"""Least correlation of one view with itself, and its lead over every other shift. Measured over five streets
by day, at night, in fog, under snow, with other traffic: 0.47 to 0.98, leading by 0.12 and more; other
views reach 0.25."""

NEAR_PX = 5
"""Shifts this close to the best are no others."""

CLIP = 30
"""Of the relief, so that a white lorry or a lamp weighs no more than a kerb."""

MOVED_SHARE = 0.02
"""Of the view's width. A zone that is off by more judges the neighbour's parking space."""

LEAST_SAID = 0.005
"""A shift that rounds to nothing is not spoken of."""

MOVED_LOOKS = 10
OTHER_LOOKS = 30
"""In a row, before it is said: of a view found elsewhere a storm is over by then, of one found nowhere
a bus that stops right before the lens. Nothing is judged by such looks in the meantime."""

ADOPT_LOOKS = 120
"""Looks after which what a camera usually shows is free of traffic, and becomes the reference."""

CHECK_LOOKS = 60
"""Looks between two comparisons with the reference, while nothing looks moved: a mount sags slowly."""

FAINT_LOOKS = 10
"""Looks in a row in which a reference of another hour fits best in its place, if faintly, before it counts
as found: two clips under snow and by night reached 0.27 to 0.32 there. Of the 3,645 shifts that are tried 21
count as in its place, so that few other views fit best there by chance; such a one is not told by this."""

SIMILAR_LIGHT = 0.5
"""Least ratio of contrasts at which a reference that cannot be found in the picture speaks against it: by
night, only a view that is found says anything."""


class View(StrEnum):
    """What a camera shows, compared with the reference."""

    SAME = "same"
    SHIFTED = "shifted"
    OTHER = "other"
    UNSURE = "unsure"


class Compared(NamedTuple):
    """How a picture compares with the reference: shift in fractions of the frame, x right and y down."""

    view: View
    x: float = 0.0
    y: float = 0.0

    @property
    def words(self) -> str:
        """For operators."""
        if self.view is not View.SHIFTED:
            return "the camera shows another view than its reference picture"
        across = f"{abs(self.x):.0%} of its width to the {'right' if self.x > 0 else 'left'}"
        down = f"{abs(self.y):.0%} of its height further {'down' if self.y > 0 else 'up'}"
        parts = [words for words, by in ((across, self.x), (down, self.y)) if abs(by) >= LEAST_SAID]
        return f"the view has moved: everything is {' and '.join(parts)}"


class Viewpoint(msgspec.Struct, frozen=True, kw_only=True):
    """What the looks so far said of the view.

    Attributes:
        reference: the view the zones belong to, a relief of 90 x 160 bytes; empty until one is adopted.
        given: whether it is the plan's own picture.
        found: whether the camera has shown it since.
        moved: whether the camera is said to show another one.
        off_looks: looks in a row that showed another view.
        since_check: looks since the last comparison.
        faint_looks: looks in a row that showed the reference faintly, in its place.
        why: how the view is another, in words.
    """

    reference: bytes = b""
    given: bool = False
    found: bool = False
    moved: bool = False
    off_looks: int = 0
    since_check: int = 0
    faint_looks: int = 0
    why: str = ""


def of_plan(picture: Pixels) -> Viewpoint:
    """The state of a camera whose plan has a reference picture.

    Args:
        picture: brightness, shape (H, W), any size.
    """
    return Viewpoint(reference=reduced.reduce(picture).relief.tobytes(), given=True)


def step(view: Viewpoint, vision: Vision, sight: Sight) -> Viewpoint:
    """Advance by one look that is neither black nor frozen, covered nor out of focus.

    Args:
        view: what the looks before said.
        vision: what the camera usually shows.
        sight: the look.

    Returns:
        The state afterwards; while `moved` is set, the camera cannot tell.
    """
    known = blindness.usual(vision)
    if not view.reference:
        if known is not None and vision.looks >= ADOPT_LOOKS:
            return msgspec.structs.replace(view, reference=vision.usual, found=True)
        if not view.moved and sight.lost < COVERED_LOST:
            return msgspec.structs.replace(view, off_looks=0)
    due = view.since_check >= CHECK_LOOKS or not view.found
    if not (due or suspicious(view, sight)):
        return msgspec.structs.replace(view, since_check=view.since_check + 1)
    reference = _picture(view.reference) if view.reference else known
    if reference is None:
        return view
    # A look that looks wrong is compared itself; a quiet check compares the street without its traffic.
    quiet = known is not None and view.found and not suspicious(view, sight)
    compared = compare(reference, known if quiet and known is not None else sight.relief)
    return _concluded(view, compared, sight)


def suspicious(view: Viewpoint, sight: Sight) -> bool:
    """Whether a look may show another view, so that nothing should be judged by it."""
    return view.moved or view.off_looks > 0 or sight.lost >= COVERED_LOST


def compare(reference: Pixels, relief: Pixels) -> Compared:
    """Find the reference in a picture, at any shift within reach.

    Args:
        reference: a relief, (90, 160).
        relief: the picture's.
    """
    x_reach, y_reach = REACH_XY
    whole, inner = _clipped(relief), _clipped(reference)[y_reach:-y_reach, x_reach:-x_reach]
    likeness = np.asarray(cv2.matchTemplate(whole, inner, cv2.TM_CCORR_NORMED))
    y, x = (int(place) for place in np.unravel_index(int(likeness.argmax()), likeness.shape))
    best = float(likeness[y, x])
    likeness[max(0, y - NEAR_PX) : y + NEAR_PX + 1, max(0, x - NEAR_PX) : x + NEAR_PX + 1] = -1
    by = ((x - x_reach) / SMALL_WH[0], (y - y_reach) / SMALL_WH[1])
    if best < SAME_VIEW or best - float(likeness.max()) < RUNNER_UP:
        return Compared(View.UNSURE, *by)
    return Compared(View.SHIFTED if max(map(abs, by)) > MOVED_SHARE else View.SAME, *by)


def _concluded(view: Viewpoint, compared: Compared, sight: Sight) -> Viewpoint:
    if compared.view is View.UNSURE and _is_another(view, compared, sight):
        compared = Compared(View.OTHER)
    if compared.view is View.SAME:
        return msgspec.structs.replace(
            view, found=True, moved=False, off_looks=0, since_check=0, faint_looks=0, why=""
        )
    if compared.view is View.UNSURE:
        # Nothing speaks for another view: it stays what it was said to be.
        faint = min(view.faint_looks + 1, FAINT_LOOKS) if _in_place(compared) else 0
        found = view.found or (view.given and faint >= FAINT_LOOKS)
        return msgspec.structs.replace(view, off_looks=0, since_check=0, faint_looks=faint, found=found)
    off_looks = view.off_looks + 1
    enough = MOVED_LOOKS if compared.view is View.SHIFTED else OTHER_LOOKS
    moved = view.moved or off_looks >= enough
    return msgspec.structs.replace(
        view, moved=moved, off_looks=off_looks, since_check=0, faint_looks=0, why=compared.words
    )


def _is_another(view: Viewpoint, compared: Compared, sight: Sight) -> bool:
    """Whether a picture in which the reference is not found shows another view rather than too little.

    It must have lines of its own. A camera that has shown its view loses it at once when it is turned;
    one that never did, after a start, is only judged in the light that the reference was taken in. By night
    and under snow a street resembles its picture by day faintly, but nowhere more than in its place, among
    the thousands where another view would fit as well.
    """
    if view.found or not view.given:
        return sight.lost >= COVERED_LOST
    if _in_place(compared):
        return False
    contrast = _contrast(sight.relief) / max(_contrast(_picture(view.reference)), 1e-6)
    return SIMILAR_LIGHT <= contrast <= 1 / SIMILAR_LIGHT


def _in_place(compared: Compared) -> bool:
    return max(abs(compared.x), abs(compared.y)) <= MOVED_SHARE


def _contrast(relief: Pixels) -> float:
    return float(np.abs(relief.astype(np.int16) - FLAT).mean())


def _picture(relief: bytes) -> Pixels:
    return np.frombuffer(relief, np.uint8).reshape(SMALL_WH[::-1])


def _clipped(relief: Pixels) -> npt.NDArray[np.float32]:
    return np.clip(relief.astype(np.float32) - FLAT, -CLIP, CLIP)
