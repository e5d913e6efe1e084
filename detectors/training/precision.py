"""How good detections are, as numbers: matching, precision, recall and average precision at overlap 0.5.

Average precision is COCO's: the mean, over the 101 recalls 0, 0.01, …, 1, of the best precision reached at
that recall or a higher one. All functions are pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.geometry import FloatArray, iou

LEAST_IOU = 0.5
"""The usual measure of a hit, and the one a standing vehicle's zone needs."""

RECALLS = np.linspace(0, 1, 101)

BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Matched:
    """Detections of one class in one picture against what is there.

    Attributes:
        hits: shape (N,), one for every detection: is it a hit?
        found_by: shape (M,), one for every true box: the detection that found it, or -1 for a miss.
    """

    hits: BoolArray
    found_by: npt.NDArray[np.int64]

    def found_at(self, scores: FloatArray) -> FloatArray:
        """The score each true box was found with, or -1 for a miss. Shape: (N,) -> (M,)."""
        return np.array([scores[index] if index >= 0 else -1.0 for index in self.found_by])


def match(boxes_xyxy: FloatArray, scores: FloatArray, true_xyxy: FloatArray) -> Matched:
    """Give every detection, surest first, the true box it covers best and that is not taken yet.

    Shape: (N, 4), (N,), (M, 4).
    """
    hits = np.zeros(len(scores), bool)
    found_by = np.full(len(true_xyxy), -1, np.int64)
    if not len(true_xyxy):
        return Matched(hits, found_by)
    for index in np.argsort(-scores, kind="stable"):
        overlaps = np.where(found_by < 0, iou(boxes_xyxy[index], true_xyxy), 0.0)
        best = int(overlaps.argmax())
        if overlaps[best] >= LEAST_IOU:
            hits[index] = True
            found_by[best] = index
    return Matched(hits, found_by)


def of_height(
    matched: Matched, heights: FloatArray, true_heights: FloatArray, least: float
) -> tuple[BoolArray, BoolArray]:
    """Which detections and which true boxes count where only what is high enough does, as COCO's sizes do.

    A true box that is too low is neither to be found nor, if it is, a false alarm.

    Shape: (N,), (M,) -> (N,), (M,).
    """
    high = true_heights >= least
    counts = ~matched.hits & (heights >= least)
    for truth, index in enumerate(matched.found_by):
        if index >= 0:
            counts[index] = high[truth]
    return counts, high


def average_precision(scores: FloatArray, hits: BoolArray, truths: int) -> float | None:
    """Average precision of all detections of one class over all pictures; None where nothing is to be found.

    Shape: (N,), (N,). Detections with the same score count together, so their order does not matter.
    """
    if truths == 0:
        return None
    if not len(scores):
        return 0.0
    order = np.argsort(-scores, kind="stable")
    ordered = scores[order]
    hit = np.cumsum(hits[order])
    last_of_score = np.append(ordered[1:] != ordered[:-1], True)
    hit, seen = hit[last_of_score], (np.flatnonzero(last_of_score) + 1)
    recall, precision = hit / truths, hit / seen
    best_from_here = np.maximum.accumulate(precision[::-1])[::-1]
    # A recall of 0.29 reached as 29/100 must count at 0.29: both sides carry rounding.
    places = np.searchsorted(recall, RECALLS - 1e-9, side="left")
    reached = places < len(recall)
    return float(np.where(reached, best_from_here[np.minimum(places, len(recall) - 1)], 0.0).mean())


def precision_recall(
    scores: FloatArray, hits: BoolArray, truths: int, bar: float
) -> tuple[float | None, float | None]:
    """Precision and recall of the detections at or above a score.

    Precision is None where nothing was found, recall where there was nothing to find.
    """
    counted = scores >= bar
    hit = int(np.count_nonzero(hits & counted))
    seen = int(np.count_nonzero(counted))
    return (hit / seen if seen else None), (hit / truths if truths else None)


def by_height(
    heights_px: FloatArray, found_at: FloatArray, bar: float, edges_px: Sequence[float]
) -> list[tuple[int, int]]:
    """How many true boxes there are, and how many were found, in each range of heights.

    Args:
        heights_px: shape (M,), of the true boxes.
        found_at: shape (M,), the score each was found with, or -1.
        bar: lowest score that counts.
        edges_px: where a range ends and the next begins, rising; the first starts at 0, the last is open.
    """
    ranges = np.searchsorted(np.asarray(edges_px), heights_px, side="right")
    found = found_at >= bar
    return [
        (int(np.count_nonzero(ranges == place)), int(np.count_nonzero(found & (ranges == place))))
        for place in range(len(edges_px) + 1)
    ]
