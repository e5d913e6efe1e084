"""Lessons for plate networks out of sets of plate crops: those of `python -m studio plates`, or a city's own.

A set is a folder with `labels.jsonl`: a first line that names the set, then for each crop `file`, `text`,
`kind`, `split` and `corners` (top left, top right, bottom right, bottom left of the plate, pixels). Only
`develop` is taught; a slice of it is kept aside to see how teaching goes; `hold-out` is never opened here.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import msgspec
import numpy as np
import numpy.typing as npt

from detectors.look import Pixels
from detectors.plate_net import PLATE_WH, REGION_WH, region_around
from detectors.plate_places import Corners, straight, width_px
from models.errors import ConfigurationError

LABELS = "labels.jsonl"
LEAST_WIDTH_PX = 40.0
"""Narrower plates teach noise: their characters are five pixels wide."""

ASIDE = 20
"""One text in so many is kept aside."""

_CORNER_SPREAD, _SHIFT_SPREAD = 0.014, 0.012
"""How far corners are moved about, of the plate's width: as far as the corner network is off."""


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


def varied(lesson: Lesson, chance: np.random.Generator) -> tuple[Pixels, npt.NDArray[np.float32], Pixels]:
    """One lesson as another camera might show it.

    Returns:
        The region (48, 96, 3), the plate's corners in it as fractions (4, 2), and the plate (40, 128, 3).
    """
    pixels = _other_light(lesson.pixels(), chance)
    low, high = lesson.corners.min(axis=0), lesson.corners.max(axis=0)
    size = high - low
    middle = (low + high) / 2 + chance.uniform(-0.12, 0.12, 2) * size
    region = region_around(middle, size, float(chance.uniform(1.25, 1.9)))
    target = (lesson.corners - region[0]) / (region[2] - region[0])
    width = width_px(lesson.corners)
    moved = (
        lesson.corners
        + chance.normal(0, _CORNER_SPREAD * width, (4, 2))
        + chance.normal(0, _SHIFT_SPREAD * width, 2)
    )
    plate = _other_lens(straight(pixels, moved, PLATE_WH), chance)
    return _other_lens(straight(pixels, region, REGION_WH), chance), target.astype(np.float32), plate


def as_it_is(lesson: Lesson) -> tuple[Pixels, npt.NDArray[np.float32], Pixels]:
    """The same without any change: for seeing how teaching goes."""
    pixels = lesson.pixels()
    low, high = lesson.corners.min(axis=0), lesson.corners.max(axis=0)
    region = region_around((low + high) / 2, high - low, 1.6)
    target = (lesson.corners - region[0]) / (region[2] - region[0])
    plate = straight(pixels, lesson.corners, PLATE_WH)
    return straight(pixels, region, REGION_WH), target.astype(np.float32), plate


def _other_light(pixels: Pixels, chance: np.random.Generator) -> Pixels:
    """Exposure, contrast, a cast of colour, now and then grey."""
    values = pixels.astype(np.float32)
    if chance.random() < 0.2:  # noqa: PLR2004 - one in five
        values[:] = values.mean(axis=2, keepdims=True)
    values = (values - 128) * chance.uniform(0.6, 1.3) + 128 + chance.uniform(-40, 40)
    values *= np.exp(chance.normal(0, 0.06, 3)).astype(np.float32)
    return np.clip(values, 0, 255).astype(np.uint8)


def _other_lens(pixels: Pixels, chance: np.random.Generator) -> Pixels:
    """Focus and noise."""
    if chance.random() < 0.3:  # noqa: PLR2004 - three in ten
        pixels = np.asarray(cv2.GaussianBlur(pixels, (0, 0), float(chance.uniform(0.3, 1.1))), np.uint8)
    grain = chance.standard_normal(pixels.shape, np.float32) * np.float32(chance.uniform(0, 7))
    return np.clip(pixels + grain, 0, 255).astype(np.uint8)
