"""A set of plate crops with their texts, for training readers and judging them: pictures and labels.jsonl.

The so-manieth crop of a seed is always the same, whatever the set's size and however often it was stopped.
"""

from collections.abc import Iterator
from pathlib import Path

import cv2
import msgspec
import numpy as np

from models.errors import ConfigurationError
from models.records import Record
from studio.matter.finishes import Picture
from studio.plates.crop import Catch, catch_of, caught
from studio.plates.numbers import is_held_out, kind_of, text_of

LABELS = "labels.jsonl"
_EDITION = 1
"""Raise it when the same number and seed no longer give the same crop."""

_A_FOLDER = 1000


class PlateSet(Record, frozen=True, kw_only=True):
    """The first line of the labels: which set this is."""

    seed: int
    edition: int = _EDITION


class PlateLabel(Record, frozen=True, kw_only=True):
    """Each further line.

    Attributes:
        file: below the set's folder.
        text: what the plate says, without dot or space.
        kind: one of `studio.plates.picture.FORMS`.
        split: `develop` or `hold-out`, by the text: no text is ever in both.
        size: of the crop, pixels.
        corners: of the plate: top left, top right, bottom right, bottom left; pixels of the crop.
        catch: what happened to it.
    """

    file: str
    text: str
    kind: str
    split: str
    size: tuple[int, int]
    corners: tuple[tuple[float, float], ...]
    catch: Catch


def crop(number: int, seed: int) -> tuple[bytes, PlateLabel]:
    """The so-manieth crop of a seed, as JPEG, and its label."""
    kind = kind_of(number, seed)
    text = text_of(number, kind, seed)
    chance = np.random.default_rng((seed, number))
    catch = catch_of(chance)
    taken = caught(text, kind, catch, chance)
    label = PlateLabel(
        file=f"{number // _A_FOLDER:03d}/{number:06d}.jpg",
        text=text,
        kind=kind,
        split="hold-out" if is_held_out(text) else "develop",
        size=taken.size,
        corners=tuple((round(float(x), 2), round(float(y), 2)) for x, y in taken.corners),
        catch=catch,
    )
    return taken.jpeg, label


def write_set(folder: Path, count: int, seed: int) -> Iterator[int]:
    """Write what a folder lacks of a set and yield how many crops it has, first what it had.

    Raises:
        ConfigurationError: the folder holds another set.
    """
    done = begun(folder, PlateSet(seed=seed))
    yield done
    with (folder / LABELS).open("ab") as labels:
        for number in range(done, count):
            jpeg, label = crop(number, seed)
            file = folder / label.file
            file.parent.mkdir(exist_ok=True)
            file.write_bytes(jpeg)
            labels.write(msgspec.json.encode(label) + b"\n")
            labels.flush()
            yield number + 1


def labels_of(folder: Path) -> Iterator[PlateLabel]:
    """The labels of a set, in order."""
    with (folder / LABELS).open("rb") as lines:
        next(lines)
        for line in lines:
            yield msgspec.json.decode(line, type=PlateLabel)


def samples(folder: Path, each: int) -> list[Picture]:
    """A few crops of each kind for a contact sheet, all (120, 320, 3) RGB."""
    chosen: list[Picture] = []
    taken: dict[str, int] = {}
    for label in labels_of(folder):
        if taken.get(label.kind, 0) < each and label.catch.width_px > (110 if taken.get(label.kind) else 45):
            taken[label.kind] = taken.get(label.kind, 0) + 1
            picture = np.asarray(cv2.imread(str(folder / label.file)), np.uint8)[..., ::-1]
            share = min(320 / picture.shape[1], 120 / picture.shape[0])
            shown = cv2.resize(picture, None, fx=share, fy=share, interpolation=cv2.INTER_CUBIC)
            canvas = np.full((120, 320, 3), 24, np.uint8)
            top, left = (120 - shown.shape[0]) // 2, (320 - shown.shape[1]) // 2
            canvas[top : top + shown.shape[0], left : left + shown.shape[1]] = shown
            chosen.append(canvas)
    return chosen


def begun(folder: Path, head: Record) -> int:
    """How many entries a set has; a line that was being written when the run was stopped is taken back.

    Args:
        folder: of the set; made, with its first line, where it is new.
        head: the first line: which set it is.

    Raises:
        ConfigurationError: the folder holds another set.
    """
    folder.mkdir(parents=True, exist_ok=True)
    file, first = folder / LABELS, msgspec.json.encode(head)
    if not file.exists():
        file.write_bytes(first + b"\n")
        return 0
    whole = file.read_bytes()
    lines = whole[: whole.rfind(b"\n") + 1].splitlines(keepends=True)
    if not lines or lines[0].rstrip() != first:
        problem = f"is not the set asked for: {first.decode()}"
        raise ConfigurationError.of(str(file), problem, "ask for the one it is, or give another folder")
    file.write_bytes(b"".join(lines))
    return len(lines) - 1
