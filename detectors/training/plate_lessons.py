"""Lessons for plate networks out of sets of plate crops: those of `python -m studio plates`, or a city's own.

A set is a folder with `labels.jsonl`: a first line that names the set, then for each crop `file`, `text`,
`kind`, `split` and `corners` (top left, top right, bottom right, bottom left of the plate, pixels). Only
`develop` is taught; a slice of it is kept aside to see how teaching goes; `hold-out` is never opened here.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import msgspec
import numpy as np
import numpy.typing as npt

from detectors.look import Pixels
from detectors.plate_net import PLATE_WH, REGION_WH, region_around
from detectors.plate_places import Corners, height_px, straight, width_px
from models.errors import ConfigurationError

Region = tuple[Pixels, npt.NDArray[np.float32]]
"""A region (48, 96, 3), and the plate's corners in it as fractions (4, 2)."""

LABELS = "labels.jsonl"
LEAST_WIDTH_PX = 48.0
"""Narrower plates teach noise: their characters are less than five pixels wide."""

ASIDE = 20
"""One text in so many is kept aside."""

_TWO_LINES_SHAPE = 0.41
"""Height by width: one line has 0.29 to 0.32, two have 0.50 and more; askew, all are somewhat higher."""

_CORNER_SPREAD, _SHIFT_SPREAD = 0.012, 0.010
"""How far corners are moved about, of the plate's width: as far as the corner network is off."""

_FAR, _FAR_SHARE = 2.5, 0.15
"""Now and then it is off by so many times as much."""

_REGION_SHIFTS = np.array((0.15, 0.25))
"""How far off a region may lie, of the plate's size: the line that was found may lack the province, or the
upper row."""

COARSEST_PX = 55.0
_COARSER_SHARE, _PACKED_SHARE, _GREY_SHARE = 0.2, 0.2, 0.2
_BLUR_SHARE, _SHAKE_SHARE, _RAIN_SHARE = 0.25, 0.15, 0.12


class Label(msgspec.Struct, frozen=True):
    """One crop, as the set's labels have it; what else they say is left unread."""

    file: str
    text: str
    kind: str
    split: str
    corners: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Lesson:
    """One crop to teach with.

    Attributes:
        jpeg: as in the set.
        text, kind: what the plate says and is.
        corners: of the plate, (4, 2), pixels.
    """

    jpeg: bytes
    text: str
    kind: str
    corners: Corners

    def pixels(self) -> Pixels:
        """The crop, (H, W, 3), BGR."""
        return np.asarray(cv2.imdecode(np.frombuffer(self.jpeg, np.uint8), cv2.IMREAD_COLOR), np.uint8)


def read_lessons(folders: Sequence[Path]) -> tuple[list[Lesson], list[Lesson]]:
    """What is taught, and what is kept aside.

    Raises:
        ConfigurationError: a folder is no such set, or there is nothing to teach.
    """
    taught: list[Lesson] = []
    aside: list[Lesson] = []
    for folder in folders:
        try:
            lines = (folder / LABELS).read_bytes().splitlines()[1:]
            for line in lines:
                label = msgspec.json.decode(line, type=Label)
                corners = np.array(label.corners, np.float64).reshape(4, 2)
                if label.split != "develop" or width_px(corners) < LEAST_WIDTH_PX:
                    continue
                lesson = Lesson((folder / label.file).read_bytes(), label.text, label.kind, corners)
                (aside if is_aside(label.text) else taught).append(lesson)
        except (OSError, msgspec.MsgspecError, ValueError) as exc:
            remedy = "make one with `python -m studio plates --out FOLDER` (docs/plates.md)"
            raise ConfigurationError.of(str(folder), f"is no set of plate crops: {exc}", remedy) from exc
    if not taught or not aside:
        problem = "hold too few plates of the split `develop`"
        raise ConfigurationError.of(", ".join(map(str, folders)), problem, "give a larger set")
    return taught, aside


def is_aside(text: str) -> bool:
    """Whether a text is kept aside: decided by the text alone."""
    return hashlib.blake2b(text.encode(), digest_size=4, salt=b"aside").digest()[0] % ASIDE == 0


def is_two_lines(lessons: Iterable[Lesson], kind: str) -> bool:
    """Whether plates of a kind are as high as those of two lines are."""
    shapes = [height_px(one.corners) / width_px(one.corners) for one in lessons if one.kind == kind]
    return float(np.median(shapes)) > _TWO_LINES_SHAPE


def varied_region(lesson: Lesson, chance: np.random.Generator) -> Region:
    """Where a plate may be, as another camera might show it, and as writing that was found points there."""
    pixels = lesson.pixels()
    low, high = lesson.corners.min(axis=0), lesson.corners.max(axis=0)
    size = high - low
    middle = (low + high) / 2 + chance.uniform(-1, 1, 2) * _REGION_SHIFTS * size
    region = region_around(middle, size, float(chance.uniform(1.25, 1.9)))
    target = (lesson.corners - region[0]) / (region[2] - region[0])
    shown = _other_lens(_other_light(straight(pixels, region, REGION_WH), chance), chance)
    return shown, target.astype(np.float32)


def varied_plate(lesson: Lesson, chance: np.random.Generator) -> Pixels:
    """A plate as another camera might show it, cut out where somewhat wrong corners are."""
    pixels = _coarser(lesson.pixels(), width_px(lesson.corners), chance)
    spread = width_px(lesson.corners) * (_FAR if chance.random() < _FAR_SHARE else 1.0)
    moved = (
        lesson.corners
        + chance.normal(0, _CORNER_SPREAD * spread, (4, 2))
        + chance.normal(0, _SHIFT_SPREAD * spread, 2)
    )
    return _other_lens(_other_light(straight(pixels, moved, PLATE_WH), chance), chance)


def as_it_is(lesson: Lesson) -> tuple[Region, Pixels]:
    """The same without any change: for seeing how teaching goes."""
    pixels = lesson.pixels()
    low, high = lesson.corners.min(axis=0), lesson.corners.max(axis=0)
    region = region_around((low + high) / 2, high - low, 1.6)
    target = (lesson.corners - region[0]) / (region[2] - region[0])
    plate = straight(pixels, lesson.corners, PLATE_WH)
    return (straight(pixels, region, REGION_WH), target.astype(np.float32)), plate


def _coarser(pixels: Pixels, width: float, chance: np.random.Generator) -> Pixels:
    """The same seen from farther away, or packed once more; the size stays."""
    if chance.random() < _COARSER_SHARE and width > COARSEST_PX:
        share = float(chance.uniform(COARSEST_PX / width, 1))
        high, wide = pixels.shape[:2]
        small = cv2.resize(pixels, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
        pixels = np.asarray(cv2.resize(small, (wide, high), interpolation=cv2.INTER_LINEAR), np.uint8)
    if chance.random() < _PACKED_SHARE:
        _, packed = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, int(chance.integers(25, 70))])
        pixels = np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), np.uint8)
    return pixels


def _other_light(pixels: Pixels, chance: np.random.Generator) -> npt.NDArray[np.float32]:
    """Exposure, contrast, a cast of colour, now and then grey."""
    values = pixels.astype(np.float32)
    if chance.random() < _GREY_SHARE:
        values[:] = values.mean(axis=2, keepdims=True)
    values = (values - 128) * chance.uniform(0.6, 1.3) + 128 + chance.uniform(-40, 40)
    values *= np.exp(chance.normal(0, 0.06, 3)).astype(np.float32)
    return np.asarray(np.clip(values, 0, 255), np.float32)


def _other_lens(values: npt.NDArray[np.float32], chance: np.random.Generator) -> Pixels:
    """Focus, shake, rain and noise."""
    if chance.random() < _BLUR_SHARE:
        values = cv2.GaussianBlur(values, (0, 0), float(chance.uniform(0.3, 1.2))).astype(np.float32)
    elif chance.random() < _SHAKE_SHARE:
        kernel = np.zeros((5, 5), np.float32)
        slope = int(chance.integers(-2, 3))
        cv2.line(kernel, (0, 2 - slope), (4, 2 + slope), 1.0)
        values = cv2.filter2D(values, -1, kernel / kernel.sum()).astype(np.float32)
    if chance.random() < _RAIN_SHARE:
        _rain(values, chance)
    grain = chance.standard_normal(values.shape, np.float32) * np.float32(chance.uniform(0, 7))
    return np.clip(values + grain, 0, 255).astype(np.uint8)


def _rain(values: npt.NDArray[np.float32], chance: np.random.Generator) -> None:
    """Thin bright streaks, all slanted alike."""
    high, wide = values.shape[:2]
    streaks = np.zeros((high, wide), np.float32)
    slant = float(chance.uniform(-0.4, 0.4))
    for _ in range(int(chance.integers(2, 9))):
        x, y, long = chance.uniform(0, wide), chance.uniform(-8, high), chance.uniform(6, 24)
        ends = (round(x), round(y)), (round(x + slant * long), round(y + long))
        cv2.line(streaks, ends[0], ends[1], float(chance.uniform(0.1, 0.4)), 1, cv2.LINE_AA)
    values += (220 - values) * streaks[..., None]
