"""What a place looks like when nothing stands there, and whether that is what it shows now.

"Not found by the network" is no proof that something has left: a hard shadow, glare or a bad day of the
network look the same. So the street is learnt wherever nothing stands, and a place counts as empty only when
it shows that street again, with its surroundings to be recognised as well.
"""

import math
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TypeVar

import cv2
import msgspec
import numpy as np
import numpy.typing as npt

from detectors.look import Pixels, resized
from detectors.picture import (
    ALIKE,
    CELL_PX,
    CELLS,
    FLAT,
    PATCH_PX,
    FloatCells,
    aligned,
    cell_means,
    cells,
    compared,
    gradients,
    patch,
)
from models.geometry import FloatArray
from models.units import BoxXyxy

BoolCells = npt.NDArray[np.bool_]
Shift = tuple[float, float]
Scalar = TypeVar("Scalar", bound=np.generic)

WIDTH_PX = 240
"""Width of the street's picture: 32 kB, and a car 60 pixels wide at 640 still is three cells long."""

SURE = 4
"""A look in which the network found nothing in a cell counts as so many in which it was not asked and the
cell just looked as before: only a gate says then that nothing new stands there."""

KNOWN_LOOKS = 3
"""Looks, with the network asked, that must have shown a cell free before it is known."""

KNOWN_SHARE = 0.4
"""Least share of a place that must be known: traffic that never ceases hides a part of most places."""

SETTLED_LOOKS = 10
"""Looks over which a cell is averaged; afterwards it follows the light by small steps."""

STEP_GREYS = 6
"""Longest step a pixel takes in one look. What passes moves it a little, dusk takes it along."""

QUIET_GREYS = 12.0
"""Mean difference of a cell from what is known of it, up to which it looks as before."""

RELEARN_LOOKS = 60
"""Looks in a row that show a cell otherwise, without anything being found there, before it is learnt anew:
works, snow, lamps that went on."""

TRUSTED = 0.45
"""Least mean likeness of the known street with this look. Below, something changed all over the picture."""

CLEARLY = 0.25
"""By so much the place must look more like one of the two than like the other."""

VISIBLE = 0.25
"""Least share of what tells the two apart that must be in sight: of a car that stood bumper to bumper before
another, as seen along the row, the other's box covers two thirds of the place it leaves."""

IN_SIGHT = 4
"""And as many cells at least."""

TELLS_APART = 5
"""Cells, of 36, in which thing and empty place must differ to be told apart at all."""

SURROUNDING = 0.6
"""As much of a place's width and height around it must show the street as well."""

SAME_LIGHT = 0.75
"""Share of all cells in which a look must be as the plan's reference to be taken in the same light: then that
one tells what lies under whatever stands there already."""

MIN_SURROUNDINGS = 4
"""Cells with edges around a place that are needed to recognise its surroundings."""

GLARE_LUMA = 250
DARK_RATIO, BRIGHT_RATIO = 0.2, 4.0
"""A place so much darker or brighter than it was when empty shows nothing."""


class Emptiness(msgspec.Struct, frozen=True, kw_only=True):
    """The street without whatever stands on it.

    Attributes:
        luma: the picture, `size_wh`, 8 bit.
        looks: how often each cell of 8x8 was seen free, in quarters of looks with the network, at most 255.
        strange: looks in a row that showed each cell otherwise, at most 255.
    """

    luma: bytes = b""
    size_wh: tuple[int, int] = (0, 0)
    looks: bytes = b""
    strange: bytes = b""


class Shows(StrEnum):
    """What a place shows in one look."""

    IT = "it"
    EMPTY = "empty"
    NEITHER = "neither"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a place shows, and what that rests on.

    Attributes:
        like_it: 0..1, how much it looks like what stood there, where it can be seen.
        like_empty: the same for the empty place; None where that was never seen.
        visible: share of the place in sight.
        clear: whether the surroundings are recognised, so that the camera does show this place.
    """

    shows: Shows
    like_it: float
    like_empty: float | None
    visible: float
    clear: bool

    @property
    def values(self) -> dict[str, float]:
        """The figures, for a reason."""
        found = {"like_it": self.like_it, "visible": self.visible}
        if self.like_empty is not None:
            found["like_empty"] = self.like_empty
        return {name: round(value, 2) for name, value in found.items()}


class View:
    """One look beside the empty street. What costs time is worked out when it is asked for.

    Args:
        state: the street as known before this look.
        luma: the look, shape (H, W).
        shift_xy: how far the look is displaced against the places, in fractions of the frame.
    """

    def __init__(self, state: Emptiness, luma: Pixels, shift_xy: Shift = (0.0, 0.0)) -> None:
        self.luma = luma
        self.shift_xy = shift_xy
        self.small = _narrowed(luma, shift_xy)
        height, width = self.small.shape
        self._fits = state.size_wh == (width, height)
        self.grid_wh = (width // CELL_PX, height // CELL_PX)
        self._state = state

    @property
    def street(self) -> Pixels | None:
        """The empty street, the size of `small`; None before the first look, or after another camera's."""
        if not self._fits:
            return None
        return np.frombuffer(self._state.luma, np.uint8).reshape(self.small.shape)

    @cached_property
    def looks(self) -> Pixels:
        """How often each cell was seen free, see `Emptiness`; shape (rows, columns)."""
        return self._counts(self._state.looks)

    @property
    def strange(self) -> Pixels:
        """Looks in a row that showed each cell otherwise, shape (rows, columns)."""
        return self._counts(self._state.strange)

    @cached_property
    def known(self) -> BoolCells:
        """The cells whose empty state is known."""
        return np.asarray(self.looks >= KNOWN_LOOKS * SURE)

    @cached_property
    def trusted(self) -> bool:
        """Whether most of the street is recognised, as far as it is known."""
        alike, telling = self._held
        return int(telling.sum()) < MIN_SURROUNDINGS or float(alike[telling].mean()) >= TRUSTED

    def recognised(self, box_xyxy: BoxXyxy, covering: FloatArray) -> bool:
        """Whether the surroundings of a place show the street, leaving out what is known to cover them."""
        left, top, right, bottom = box_xyxy
        wide, high = (right - left) * SURROUNDING, (bottom - top) * SURROUNDING
        alike, telling = self._held
        around = _cells_in((left - wide, top - high, right + wide, bottom + high), self.grid_wh)
        around &= ~_cells_in(box_xyxy, self.grid_wh) & telling
        for box in covering:
            around &= ~_cells_in(box, self.grid_wh)
        if int(around.sum()) < MIN_SURROUNDINGS:
            return self.trusted
        return self.trusted and float(alike[around].mean()) >= TRUSTED

    def now(self, box_xyxy: BoxXyxy) -> bytes:
        """What a place looks like in this look (see `detectors.picture.patch`)."""
        return patch(self.luma, box_xyxy, self.shift_xy)

    def empty(self, box_xyxy: BoxXyxy) -> bytes:
        """What a place looked like when it was empty; empty bytes where too little of that is known.

        Only those of its cells count that are known (see `known_cells`).
        """
        if self.street is None:
            return b""
        inside = _cells_in(box_xyxy, self.grid_wh)
        if not inside.any() or self.known[inside].mean() < KNOWN_SHARE:
            return b""
        return patch(self.street, box_xyxy)

    def known_cells(self, box_xyxy: BoxXyxy) -> BoolCells:
        """Of the cells of a place's patch those whose empty state is known, shape (6, 6)."""
        columns, rows = self.grid_wh
        left, top, right, bottom = box_xyxy
        middles = (np.arange(CELLS) + 0.5) / CELLS
        across = ((left + middles * (right - left)) * columns).astype(int).clip(0, columns - 1)
        down = ((top + middles * (bottom - top)) * rows).astype(int).clip(0, rows - 1)
        return np.asarray(self.known[np.ix_(down, across)])

    def _counts(self, data: bytes) -> Pixels:
        columns, rows = self.grid_wh
        if not self._fits or len(data) != rows * columns:
            return np.zeros((rows, columns), np.uint8)
        return np.frombuffer(data, np.uint8).reshape(rows, columns)

    @cached_property
    def _held(self) -> tuple[FloatCells, BoolCells]:
        """This look held against the street, cell by cell; and the known cells that have edges there."""
        if self.street is None:
            columns, rows = self.grid_wh
            return np.zeros((rows, columns), np.float32), np.zeros((rows, columns), np.bool_)
        both = np.stack([self.small, self.street]).astype(np.float32)
        gx, gy = gradients(both)
        product = cell_means(gx[:1] * gx[1:] + gy[:1] * gy[1:])
        squares = cell_means(gx * gx + gy * gy)
        alike, _ = compared(product, squares[:1], squares[1:])
        return alike[0], self.known & (squares[1] > FLAT)


def judge(view: View, box_xyxy: BoxXyxy, picture: bytes, covering: FloatArray) -> Judgement:
    """What a place shows: what stood there, the empty place, or neither.

    Args:
        view: the look.
        box_xyxy: the place.
        picture: what stood there.
        covering: boxes (N, 4) of what is known to be in front; what they cover is not looked at.
    """
    now = view.now(box_xyxy)
    in_sight = ~_covered_cells(box_xyxy, covering) & ~_glaring(now)
    like_it, with_edges = _held(picture, now)
    empty, small_now = view.empty(box_xyxy), patch(view.small, box_xyxy)
    if empty and small_now:
        apart = _apart(picture, empty) & view.known_cells(box_xyxy)
        if int(apart.sum()) >= TELLS_APART:
            like_empty, _ = _held(empty, small_now)
            return _told_apart(view, box_xyxy, covering, (like_it, like_empty, apart, in_sight))
    usable = with_edges & in_sight
    score = float(like_it[usable].mean()) if usable.any() else 0.0
    visible = float(usable.sum() / max(1, with_edges.sum()))
    shows = Shows.IT if score >= ALIKE and visible >= VISIBLE else Shows.NEITHER
    return Judgement(shows, score, None, visible, view.recognised(box_xyxy, covering))


def likeness_beside(box_xyxy: BoxXyxy, picture: bytes, now: bytes, neighbours: FloatArray) -> float:
    """How alike a place and its picture are where no neighbour (N, 4) stands in front, or stood: 0..1."""
    alike, with_edges = _held(picture, now)
    usable = with_edges & ~_covered_cells(box_xyxy, neighbours)
    return float(alike[usable].mean()) if int(usable.sum()) >= IN_SIGHT else 0.0


def differs(view: View, box_xyxy: BoxXyxy, picture: bytes) -> bool | None:
    """Whether a picture of a place is another than the empty place's; None where that is not known."""
    empty = view.empty(box_xyxy)
    if not empty:
        return None
    return int((_apart(picture, empty) & view.known_cells(box_xyxy)).sum()) >= TELLS_APART


def learn(view: View, occupied: FloatArray, regions: FloatArray | None) -> Emptiness:
    """The street after one more look.

    Args:
        view: the look beside the street as known before.
        occupied: boxes (N, 4) of whatever stands or passes: nothing is learnt there.
        regions: boxes (N, 4) of what the network was shown; None for the whole frame, none when it was not
            asked.
    """
    free = ~_cells_of(occupied, view.grid_wh)
    sure = np.ones_like(free) if regions is None else _cells_of(regions, view.grid_wh)
    street = view.small if view.street is None else view.street
    difference = view.small.astype(np.int16) - street
    away = cell_means(np.abs(difference).astype(np.float32)[None])[0]
    quiet = (away <= QUIET_GREYS) & view.trusted
    afresh = free & ~quiet & ((view.strange >= RELEARN_LOOKS) | (~view.known & ~sure))
    follows = free & ~afresh & (quiet | sure) & view.trusted
    counts = view.looks.astype(np.int16) + np.where(sure, SURE, 1)
    looks = np.where(afresh, 1, np.where(follows, np.minimum(counts, 255), view.looks))
    strange = np.where(free & ~quiet & ~afresh, np.minimum(view.strange, 254) + 1, 0)
    step = np.where(_enlarged(follows), _step(difference, view.looks), 0)
    street = np.where(_enlarged(afresh), view.small, np.clip(street + step, 0, 255)).astype(np.uint8)
    height, width = street.shape
    return Emptiness(
        luma=street.tobytes(),
        size_wh=(width, height),
        looks=looks.astype(np.uint8).tobytes(),
        strange=strange.astype(np.uint8).tobytes(),
    )


def of_reference(reference: Pixels, luma: Pixels) -> Emptiness:
    """The street as the plan's reference picture shows it; nothing is known where the light is another.

    Args:
        reference: brightness of the street without what comes and goes, (H, W), any size.
        luma: a look, (H, W).
    """
    street, small = _narrowed(resized(reference, luma.shape[::-1]), (0.0, 0.0)), _narrowed(luma, (0.0, 0.0))
    away = cell_means(np.abs(small.astype(np.float32) - street)[None])[0]
    if float((away <= QUIET_GREYS).mean()) < SAME_LIGHT:
        return Emptiness()
    height, width = street.shape
    return Emptiness(
        luma=street.tobytes(),
        size_wh=(width, height),
        looks=np.full(away.shape, KNOWN_LOOKS * SURE, np.uint8).tobytes(),
        strange=bytes(away.size),
    )


def forget(state: Emptiness, box_xyxy: BoxXyxy) -> Emptiness:
    """The street without a place that turned out not to be empty when it was learnt."""
    width, height = state.size_wh
    columns, rows = width // CELL_PX, height // CELL_PX
    if not columns or not rows:
        return state
    looks = np.frombuffer(state.looks, np.uint8).reshape(rows, columns).copy()
    looks[_cells_in(box_xyxy, (columns, rows))] = 0
    return msgspec.structs.replace(state, looks=looks.tobytes())


def _told_apart(
    view: View,
    box_xyxy: BoxXyxy,
    covering: FloatArray,
    held: tuple[FloatCells, FloatCells, BoolCells, BoolCells],
) -> Judgement:
    """The judgement by those cells in which thing and empty place differ."""
    like_it, like_empty, apart, in_sight = held
    usable = apart & in_sight
    visible = float(usable.sum() / apart.sum())
    if int(usable.sum()) < IN_SIGHT:
        return Judgement(Shows.NEITHER, 0.0, 0.0, visible, clear=False)
    it, empty = float(like_it[usable].mean()), float(like_empty[usable].mean())
    clear = view.recognised(box_xyxy, covering) and _lit(view, box_xyxy)
    if visible >= VISIBLE and it >= ALIKE and it - empty >= CLEARLY:
        shows = Shows.IT
    elif visible >= VISIBLE and empty >= ALIKE and empty - it >= CLEARLY and clear:
        shows = Shows.EMPTY
    else:
        shows = Shows.NEITHER
    return Judgement(shows, it, empty, visible, clear)


def _held(one: bytes, other: bytes) -> tuple[FloatCells, BoolCells]:
    """Two patches held against each other, shape (6, 6); moved to fit if they do not as they are."""
    alike, structured = cells([one], [other])
    if structured.any() and float(alike[structured].mean()) < ALIKE:
        moved, edges = cells([one], [aligned(one, other)])
        if edges.any() and float(moved[edges].mean()) > float(alike[structured].mean()):
            alike, structured = moved, edges
    return alike[0], structured[0]


def _apart(picture: bytes, empty: bytes) -> BoolCells:
    alike, _ = cells([picture], [empty])
    return np.asarray(alike[0] < 0.5)  # noqa: PLR2004 - halfway between alike and not


def _lit(view: View, box_xyxy: BoxXyxy) -> bool:
    """Whether a place is neither much darker nor much brighter than when it was empty."""
    now, empty = patch(view.small, box_xyxy), view.empty(box_xyxy)
    before = float(np.frombuffer(empty, np.uint8).mean())
    ratio = float(np.frombuffer(now, np.uint8).mean()) / max(before, 1.0)
    return DARK_RATIO <= ratio <= BRIGHT_RATIO


def _glaring(now: bytes) -> BoolCells:
    """Cells of a patch that are mostly overexposed, shape (6, 6)."""
    if not now:
        return np.ones((CELLS, CELLS), np.bool_)
    white = (np.frombuffer(now, np.uint8).reshape(1, PATCH_PX, PATCH_PX) >= GLARE_LUMA).astype(np.float32)
    return np.asarray(cell_means(white)[0] > 0.5)  # noqa: PLR2004 - most of it


def _covered_cells(box_xyxy: BoxXyxy, covering: FloatArray) -> BoolCells:
    """Cells of a place whose middle lies under one of the boxes, shape (6, 6)."""
    left, top, right, bottom = box_xyxy
    middles = (np.arange(CELLS) + 0.5) / CELLS
    x, y = left + middles * (right - left), top + middles * (bottom - top)
    found = np.zeros((CELLS, CELLS), np.bool_)
    for one in covering:
        found |= ((y >= one[1]) & (y <= one[3]))[:, None] & ((x >= one[0]) & (x <= one[2]))[None, :]
    return found


def _cells_in(box: BoxXyxy | FloatArray, grid_wh: tuple[int, int]) -> BoolCells:
    """Cells of the street that a box touches, shape (rows, columns)."""
    columns, rows = grid_wh
    found = np.zeros((rows, columns), np.bool_)
    left, top, right, bottom = (float(value) for value in box)
    first_x, last_x = max(0, int(left * columns)), min(columns, math.ceil(right * columns))
    first_y, last_y = max(0, int(top * rows)), min(rows, math.ceil(bottom * rows))
    found[first_y : max(first_y, last_y), first_x : max(first_x, last_x)] = True
    return found


def _cells_of(boxes: FloatArray, grid_wh: tuple[int, int]) -> BoolCells:
    """Cells of the street that any of the boxes touches, shape (rows, columns)."""
    found = np.zeros((grid_wh[1], grid_wh[0]), np.bool_)
    for box in boxes:
        found |= _cells_in(box, grid_wh)
    return found


def _step(difference: npt.NDArray[np.int16], looks: Pixels) -> npt.NDArray[np.int16]:
    """How far each pixel of the street moves towards a look: at first to the mean of its looks so far."""
    step = np.clip(difference // 4 + np.sign(difference), -STEP_GREYS, STEP_GREYS)
    young = looks < SETTLED_LOOKS * SURE
    if not young.any():
        return np.asarray(step, dtype=np.int16)
    shares = 256 // (looks.astype(np.int32) // SURE + 1)
    mean = (difference * _enlarged(shares)) >> 8
    return np.asarray(np.where(_enlarged(young), mean, step), dtype=np.int16)


def _enlarged(values: npt.NDArray[Scalar]) -> npt.NDArray[Scalar]:
    """One value a cell made one a pixel."""
    return np.repeat(np.repeat(values, CELL_PX, axis=0), CELL_PX, axis=1)


def _narrowed(luma: Pixels, shift_xy: tuple[float, float]) -> Pixels:
    """The look at the street's size, moved back to where the street was learnt."""
    height, width = luma.shape
    narrow = max(1, min(WIDTH_PX, width) // CELL_PX)
    # Whole cells in both directions, so that fractions of the frame are fractions of the grid.
    size_wh = (narrow * CELL_PX, max(1, round(height * narrow / width)) * CELL_PX)
    small = resized(luma, size_wh)
    dx, dy = shift_xy[0] * size_wh[0], shift_xy[1] * size_wh[1]
    if abs(dx) >= 0.25 or abs(dy) >= 0.25:  # noqa: PLR2004 - less is not to be seen
        moved = np.array([[1, 0, -dx], [0, 1, -dy]], np.float32)
        back = cv2.warpAffine(small, moved, size_wh, borderMode=cv2.BORDER_REPLICATE)
        small = np.asarray(back, dtype=np.uint8)
    return small
