"""The seam to neural networks: a picture in, detections out."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Protocol

from detectors.look import Detections, Pixels
from models.errors import ConfigurationError

MIN_SCORE = 0.25
"""Lowest score that counts as a detection: the usual one of YOLO's own tools. Standing and dwell, not a
high bar, are what keep false ones out: a lone ghost never stands."""

NMS_IOU = 0.7
"""Two boxes of one class overlapping more are the same object: the default of YOLO's own tools."""


class Network(Protocol):
    """Finds objects in a picture."""

    @property
    def labels(self) -> frozenset[str]:
        """Everything it can find."""

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

    def detect(self, pixels: Pixels) -> Detections:  # noqa: ARG002 - a script looks at nothing
        """See `Network`."""
        self.runs += 1
        return next(self._script, Detections())


def open_network(path: Path, *, size_px: int = 640, threads: int = 1) -> Network:
    """The network in a file: ONNX by ONNX Runtime, everything else by ultralytics.

    Args:
        path: `.onnx` for edge boxes; `.pt` and whatever else ultralytics loads with the extra installed.
        size_px: side of the square the picture is fitted into, where the file leaves it open.
        threads: of one inference. More threads cost more CPU a look (1.3 to 1.9 times at two).

    Raises:
        ConfigurationError: no such file, not a network, or not one that finds objects.
    """
    if not path.exists():
        raise ConfigurationError.of(str(path), "no such network file", "give --network an existing file")
    # Imported here: an edge box has no PyTorch, and reading a recording's stays needs no second runtime.
    if path.suffix.lower() == ".onnx":
        from detectors.exported import ExportedNetwork  # noqa: PLC0415

        return ExportedNetwork(path, size_px=size_px, threads=threads)
    from detectors.trained import TrainedNetwork  # noqa: PLC0415

    return TrainedNetwork(path, size_px=size_px)
