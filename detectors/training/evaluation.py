"""What a network finds of pictures whose truth is known, measured through the seam that the product uses."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import msgspec
import numpy as np

from detectors.look import Detections, Pixels
from detectors.network import MIN_SCORE, Network
from detectors.opening import open_network
from detectors.training.card import DataCard
from detectors.training.dataset import Labelled, read_split
from detectors.training.precision import (
    average_precision,
    by_height,
    match,
    of_height,
    precision_recall,
)
from detectors.training.runcard import sha256
from models.errors import ConfigurationError
from models.geometry import FloatArray
from models.plan import VEHICLES

CURVE_FROM = 0.01
"""Average precision follows the whole curve; what the product drops below its own bar belongs to it."""

BARS = (MIN_SCORE, 0.5)
"""The product's own bar, and one where hardly anything is doubtful."""

HEIGHTS_PX = (16, 24, 32, 48, 64, 96)
"""Where small ends."""

JUDGED_PX = 40
"""As high as a vehicle should be in the picture, so that it can be judged (docs/own-camera.md)."""

VEHICLE = "any vehicle"
"""All vehicles as one class: a zone asks whether a vehicle stands in it, not which."""

TIMED_LOOKS = 20


class AtBar(msgspec.Struct, frozen=True):
    """Precision and recall of what scores at least so much; None where it is undefined."""

    score: float
    precision: float | None
    recall: float | None


class OfHeight(msgspec.Struct, frozen=True):
    """How many boxes of a range of heights there are, and how many were found at the product's bar.

    Attributes:
        below_px: end of the range, not included; None for the last.
    """

    from_px: float
    below_px: float | None
    boxes: int
    found: int


class Figures(msgspec.Struct, frozen=True):
    """How well one class is found.

    Attributes:
        judged: how many boxes are at least `JUDGED_PX` high; `judged_ap50` of these alone.
    """

    label: str
    boxes: int
    ap50: float | None
    judged: int
    judged_ap50: float | None
    bars: tuple[AtBar, ...]
    heights: tuple[OfHeight, ...]


class Evaluation(msgspec.Struct, frozen=True, kw_only=True):
    """How good a network is on one split.

    Attributes:
        unknown: classes of the data that the network cannot find at all; counted as missed.
        vehicles_ap50: mean over the classes of vehicles, each on its own.
        vehicle: all vehicles as one class.
        cpu_ms: of one look at the product's bar, one thread, median; CPU time, so that other work on the
            machine does not count.
    """

    network: str
    sha256: str
    data: str
    split: str
    pictures: int
    unknown: tuple[str, ...]
    classes: tuple[Figures, ...]
    vehicles_ap50: float | None
    vehicle: Figures
    cpu_ms: float


@dataclass(frozen=True, slots=True)
class Sight:
    """One picture as the product sees it, for the report. Vehicles may be taken for one another.

    Attributes:
        hits, misses, false_alarms: boxes (4,) in fractions with what to write beside each.
    """

    picture: Path
    hits: tuple[tuple[FloatArray, str], ...]
    misses: tuple[tuple[FloatArray, str], ...]
    false_alarms: tuple[tuple[FloatArray, str], ...]

    @property
    def badness(self) -> int:
        """How much went wrong: the worst come first."""
        return len(self.misses) + len(self.false_alarms)


@dataclass(slots=True)
class _Tally:
    """Everything of one class over all pictures so far."""

    scores: list[FloatArray] = field(default_factory=list)
    hits: list[FloatArray] = field(default_factory=list)
    found_at: list[FloatArray] = field(default_factory=list)
    judged: list[FloatArray] = field(default_factory=list)
    heights_px: list[FloatArray] = field(default_factory=list)


def evaluate(
    path: Path,
    card: DataCard,
    split: str,
    *,
    size_px: int,
    seen: Callable[[int, int], None] = lambda _done, _of: None,
) -> tuple[Evaluation, tuple[Sight, ...]]:
    """Measure a network file.

    Args:
        path: `.onnx`, or what ultralytics loads.
        card: the data.
        split: of the data.
        size_px: side of the network's square, where the file leaves it open.
        seen: is told after every picture how many are done of how many.

    Raises:
        ConfigurationError: the network or the data cannot be used.
    """
    pictures = read_split(card, split)
    network = open_network(path, size_px=size_px, min_score=CURVE_FROM)
    tallies = {label: _Tally() for label in (*card.names, VEHICLE)}
    sights = []
    for number, one in enumerate(pictures, 1):
        pixels = read_pixels(one.picture)
        found = network.detect(pixels)
        for label, tally in tallies.items():
            _count(tally, found, one, frozenset(VEHICLES) if label == VEHICLE else frozenset({label}), pixels)
        sights.append(_sight(found, one))
        seen(number, len(pictures))
    figures = {label: _figures(label, tally) for label, tally in tallies.items()}
    of_vehicles = [
        ap50 for label in VEHICLES if label in figures and (ap50 := figures[label].ap50) is not None
    ]
    evaluation = Evaluation(
        network=path.name,
        sha256=sha256(path) if path.is_file() else "",
        data=card.file.name,
        split=split,
        pictures=len(pictures),
        unknown=tuple(name for name in card.names if name not in network.labels),
        classes=tuple(figures[name] for name in card.names),
        vehicles_ap50=_rounded(float(np.mean(of_vehicles))) if of_vehicles else None,
        vehicle=figures[VEHICLE],
        cpu_ms=look_ms(open_network(path, size_px=size_px), (one.picture for one in pictures)),
    )
    return evaluation, tuple(sights)


def read_pixels(picture: Path) -> Pixels:
    """A picture as the networks take it.

    Raises:
        ConfigurationError: it is none.
    """
    pixels = cv2.imread(str(picture), cv2.IMREAD_COLOR)
    if pixels is None:
        problem = "is no picture that can be read"
        raise ConfigurationError.of(str(picture), problem, "replace it or remove it and its labels")
    return np.asarray(pixels, np.uint8)


def look_ms(network: Network, pictures: Iterable[Path]) -> float:
    """CPU milliseconds of one look, median over a few; the first, which warms up, does not count."""
    spent = []
    for _, picture in zip(range(TIMED_LOOKS + 1), pictures, strict=False):
        pixels = read_pixels(picture)
        began_s = time.process_time()
        network.detect(pixels)
        spent.append((time.process_time() - began_s) * 1000)
    return round(float(np.median(spent[1:] or spent)), 1)


def _count(tally: _Tally, found: Detections, truth: Labelled, labels: frozenset[str], pixels: Pixels) -> None:
    asked = truth.boxes_xyxy[[label in labels for label in truth.labels]]
    ours = found.only(labels)
    matched = match(ours.boxes_xyxy, ours.scores, asked)
    tally.scores.append(ours.scores)
    tally.hits.append(matched.hits.astype(np.float64))
    tally.found_at.append(matched.found_at(ours.scores))
    heights_px = (asked[:, 3] - asked[:, 1]) * pixels.shape[0]
    tally.heights_px.append(heights_px)
    ours_px = (ours.boxes_xyxy[:, 3] - ours.boxes_xyxy[:, 1]) * pixels.shape[0]
    judged, _ = of_height(matched, ours_px, heights_px, JUDGED_PX)
    tally.judged.append(judged.astype(np.float64))


def _figures(label: str, tally: _Tally) -> Figures:
    scores, hits = np.concatenate(tally.scores), np.concatenate(tally.hits).astype(bool)
    found_at = np.concatenate(tally.found_at)
    heights_px = np.concatenate(tally.heights_px)
    heights = by_height(heights_px, found_at, MIN_SCORE, HEIGHTS_PX)
    high, judged = int((heights_px >= JUDGED_PX).sum()), np.concatenate(tally.judged).astype(bool)
    bars = []
    for bar in BARS:
        precision, recall = precision_recall(scores, hits, len(found_at), bar)
        bars.append(AtBar(bar, _rounded(precision), _rounded(recall)))
    ends: tuple[float | None, ...] = (*HEIGHTS_PX, None)
    return Figures(
        label=label,
        boxes=len(found_at),
        ap50=_rounded(average_precision(scores, hits, len(found_at))),
        judged=high,
        judged_ap50=_rounded(average_precision(scores[judged], hits[judged], high)),
        bars=tuple(bars),
        heights=tuple(
            OfHeight(start, end, *counts)
            for start, end, counts in zip((0, *HEIGHTS_PX), ends, heights, strict=True)
        ),
    )


def _sight(found: Detections, truth: Labelled) -> Sight:
    """What the product would see: at its own bar, any vehicle for any other."""
    sure = [index for index, score in enumerate(found.scores) if score >= MIN_SCORE]
    hits: list[tuple[FloatArray, str]] = []
    misses: list[tuple[FloatArray, str]] = []
    false_alarms: list[tuple[FloatArray, str]] = []
    groups = {_group(label) for label in truth.labels} | {_group(found.labels[index]) for index in sure}
    for group in sorted(groups):
        ours = [index for index in sure if _group(found.labels[index]) == group]
        theirs = [index for index, label in enumerate(truth.labels) if _group(label) == group]
        matched = match(found.boxes_xyxy[ours], found.scores[ours], truth.boxes_xyxy[theirs])
        for index, by in zip(theirs, matched.found_by, strict=True):
            label = truth.labels[index]
            if by < 0:
                misses.append((truth.boxes_xyxy[index], label))
                continue
            name, score = found.labels[ours[by]], found.scores[ours[by]]
            text = f"{label} {score:.2f}" if name == label else f"{label} as {name} {score:.2f}"
            hits.append((truth.boxes_xyxy[index], text))
        false_alarms.extend(
            (found.boxes_xyxy[index], f"{found.labels[index]} {found.scores[index]:.2f}")
            for index, hit in zip(ours, matched.hits, strict=True)
            if not hit
        )
    return Sight(truth.picture, tuple(hits), tuple(misses), tuple(false_alarms))


def _group(label: str) -> str:
    return VEHICLE if label in VEHICLES else label


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
