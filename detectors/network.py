"""The seam to neural networks: a picture in, detections out."""

from collections.abc import Iterable, Iterator
from typing import Protocol

from detectors.look import Detections, Pixels

MIN_SCORE = 0.25
"""Lowest score that counts as a detection: the usual one of YOLO's own tools. Standing and dwell, not a
high bar, are what keep false ones out: a lone ghost never stands. Before anybody is told of what stands, the
network must once have been as sure of it as the zone asks (`min_score`)."""

NMS_IOU = 0.7
"""Two boxes of one class overlapping more are the same object: the default of YOLO's own tools."""


class Network(Protocol):
    """Finds objects in a picture."""

    @property
    def labels(self) -> frozenset[str]:
        """Everything it can find."""

    @property
    def fixed_wh(self) -> tuple[int, int] | None:
        """Width and height of its input where each picture costs as much; None where small ones cost less."""

    def detect(self, pixels: Pixels) -> Detections:
        """Find objects.

        Args:
            pixels: shape (H, W, 3), BGR, 8 bit, any size.
        """


class ScriptedNetwork:
    """Says what it was told to, look by look, and nothing once the script is over."""

    def __init__(self, script: Iterable[Detections]) -> None:
        self._script: Iterator[Detections] = iter(script)
        self.runs = 0

    @property
    def labels(self) -> frozenset[str]:
        """See `Network`: a script may say anything a plan may ask for."""
        return frozenset({"person", "bicycle", "motorcycle", "car", "bus", "truck", "tricycle", "stall"})

    @property
    def fixed_wh(self) -> None:
        """See `Network`: it says the same whatever it is shown."""

    def detect(self, pixels: Pixels) -> Detections:  # noqa: ARG002 - a script looks at nothing
        """See `Network`."""
        self.runs += 1
        return next(self._script, Detections())
