"""Labelled pictures: every picture of a split with its boxes, or every fault of its labels.

Labels are YOLO's: beside `…/images/a.jpg` stands `…/labels/a.txt` with one line a box: class number,
middle x, middle y, width, height, in fractions of the picture. A picture without a label file shows nothing.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from detectors.training.card import DataCard
from models.errors import ConfigurationError, Fault
from models.geometry import FloatArray

PICTURES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp"})

ROUNDING = 1e-4
"""How far a coordinate may leave 0..1: labelling tools write four to six decimals."""

FAULTS_MOST = 50
"""A card that points at the wrong folder would otherwise fill the screen."""

NOT_LABELS = frozenset({"classes.txt", "notes.txt", "README.txt"})
"""What labelling tools leave among the labels."""

Line = tuple[int, float, float, float, float]


@dataclass(frozen=True, slots=True)
class Labelled:
    """One picture and what is to be found in it.

    Attributes:
        boxes_xyxy: shape (N, 4), fractions of the picture.
        labels: N class names.
    """

    picture: Path
    boxes_xyxy: FloatArray
    labels: tuple[str, ...]


def read_split(card: DataCard, split: str) -> tuple[Labelled, ...]:
    """Every picture of a split, in the order of their names.

    Raises:
        ConfigurationError: with the faults of all label files, each with file and line.
    """
    places = card.splits.get(split)
    if places is None:
        remedy = f"add `{split}: FOLDER`, or ask for one of {', '.join(card.splits)}"
        raise ConfigurationError.of(str(card.file), f"has no split {split!r}", remedy, key=split)
    pictures, faults = _pictures(split, places)
    found = []
    for picture in pictures:
        file = label_file(picture)
        lines, wrong = read_labels(file, len(card.names)) if file.is_file() else ((), ())
        faults.extend(wrong)
        found.append(_labelled(picture, lines, card.names))
    faults.extend(_orphans(pictures))
    if not pictures and not faults:
        problem = f"no pictures in {', '.join(map(str, places))}"
        faults.append(
            Fault(str(card.file), card.lines.get(split, 0), split, problem, "put .jpg or .png files there")
        )
    if faults:
        raise ConfigurationError(_bounded(str(card.file), faults))
    return tuple(found)


def label_file(picture: Path) -> Path:
    """Where a picture's labels stand: the last folder `images` of its path becomes `labels`."""
    parts = list(picture.parts)
    for index in range(len(parts) - 2, -1, -1):
        if parts[index] == "images":
            parts[index] = "labels"
            break
    return Path(*parts).with_suffix(".txt")


def read_labels(file: Path, classes: int) -> tuple[tuple[Line, ...], tuple[Fault, ...]]:
    """The boxes of one label file, and what is wrong with its lines."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as exc:
        return (), (Fault(str(file), 0, "", f"cannot be read: {exc}", "write labels as text"),)
    lines: list[Line] = []
    faults: list[Fault] = []
    for number, row in enumerate(text.splitlines(), 1):
        if not row.strip():
            continue
        line, problem = parse_line(row, classes)
        if line is None:
            remedy = "a line is: class x y width height, the last four as fractions of the picture"
            faults.append(Fault(str(file), number, "", problem, remedy))
        else:
            lines.append(line)
    return tuple(lines), tuple(faults)


def parse_line(row: str, classes: int) -> tuple[Line | None, str]:
    """One line of a label file, or what is wrong with it."""
    words = row.split()
    if len(words) != 5:  # noqa: PLR2004 - class and box
        return None, f"has {len(words)} values, a label has 5"
    try:
        number, (x, y, width, height) = float(words[0]), map(float, words[1:])
    except ValueError:
        return None, f"is not five numbers: {row.strip()[:60]!r}"
    if not (number.is_integer() and 0 <= number < classes):
        return None, f"class {words[0]} is unknown; the data card names 0 to {classes - 1}"
    for word, value in zip(words[1:], (x, y, width, height), strict=True):
        if not -ROUNDING <= value <= 1 + ROUNDING:  # not-a-number fails as well
            return None, f"{word} is outside 0..1; are these pixels?"
    if width <= 0 or height <= 0:
        return None, "its box has no area"
    return (int(number), x, y, width, height), ""


def digest(splits: Iterable[tuple[Labelled, ...]]) -> str:
    """What was learnt from, in one word: names of the pictures, their sizes in bytes, and their labels."""
    sum_ = hashlib.sha256()
    for split in splits:
        for one in split:
            sum_.update(f"{one.picture.name} {one.picture.stat().st_size} {' '.join(one.labels)}\n".encode())
            sum_.update(np.round(one.boxes_xyxy, 6).tobytes())
        sum_.update(b"\n")
    return sum_.hexdigest()


def _pictures(split: str, places: tuple[Path, ...]) -> tuple[list[Path], list[Fault]]:
    """Every picture of a split once, and listed ones that are not there."""
    found: set[Path] = set()
    faults: list[Fault] = []
    for place in places:
        if place.is_dir():
            found.update(path for path in place.rglob("*") if path.suffix.lower() in PICTURES)
            continue
        for number, row in enumerate(place.read_text(encoding="utf-8").splitlines(), 1):
            if not row.strip():
                continue
            picture = place.parent / row.strip()
            if picture.is_file():
                found.add(picture)
            else:
                problem = f"no such picture: {picture}"
                faults.append(Fault(str(place), number, split, problem, "correct the list"))
    return sorted(path.absolute() for path in found), faults


def _orphans(pictures: list[Path]) -> list[Fault]:
    """Label files that belong to no picture: a picture was renamed, moved or forgotten."""
    labels = {label_file(picture) for picture in pictures}
    remedy = "put its picture back, or remove it"
    return [
        Fault(str(file), 0, "", "labels a picture that is not there", remedy)
        for folder in sorted({file.parent for file in labels})
        if folder.is_dir() and not _shared(folder, pictures)
        for file in sorted(folder.glob("*.txt"))
        if file not in labels and file.name not in NOT_LABELS
    ]


def _shared(folder: Path, pictures: list[Path]) -> bool:
    """Whether a folder holds more than labels of these pictures: then nothing can be said of the others.

    True for pictures that a list picks out of a folder, whose other pictures are of another split.
    """
    known = set(pictures)
    beside = {picture.parent for picture in pictures if label_file(picture).parent == folder}
    return any(
        path.suffix.lower() in PICTURES and path.absolute() not in known
        for place in beside
        for path in place.iterdir()
    )


def _labelled(picture: Path, lines: tuple[Line, ...], names: tuple[str, ...]) -> Labelled:
    rows = np.array([line[1:] for line in lines], dtype=np.float64).reshape(-1, 4)
    half = rows[:, 2:] / 2
    boxes = np.concatenate([rows[:, :2] - half, rows[:, :2] + half], axis=1).clip(0, 1)
    return Labelled(picture, boxes, tuple(names[line[0]] for line in lines))


def _bounded(source: str, faults: list[Fault]) -> tuple[Fault, ...]:
    if len(faults) <= FAULTS_MOST:
        return tuple(faults)
    problem = f"and {len(faults) - FAULTS_MOST} more faults like these"
    more = Fault(source, 0, "", problem, "correct these first")
    return (*faults[:FAULTS_MOST], more)
