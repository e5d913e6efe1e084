"""What the eye works on: one frame, and what a network found in it."""

from dataclasses import dataclass, field
from datetime import datetime

import cv2
import numpy as np
import numpy.typing as npt

from models.geometry import FloatArray

Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture of one camera.

    Attributes:
        pixels: shape (H, W, 3), BGR, 8 bit.
        captured_at: when it was captured, UTC; a recording has its own clock.
        received_at: when this machine got it, UTC.
    """

    pixels: Pixels
    captured_at: datetime
    received_at: datetime

    def luma(self) -> Pixels:
        """Brightness only, shape (H, W)."""
        return np.asarray(cv2.cvtColor(self.pixels, cv2.COLOR_BGR2GRAY), dtype=np.uint8)


@dataclass(frozen=True, slots=True)
class Detections:
    """What a network found in one look, as parallel arrays.

    Attributes:
        boxes_xyxy: shape (N, 4), fractions of the frame.
        scores: shape (N,), 0..1.
        labels: N words.
    """

    boxes_xyxy: FloatArray = field(default_factory=lambda: np.zeros((0, 4)))
    scores: FloatArray = field(default_factory=lambda: np.zeros(0))
    labels: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.labels)

    def only(self, labels: frozenset[str]) -> "Detections":
        """The detections with one of these labels."""
        keep = [index for index, label in enumerate(self.labels) if label in labels]
        return Detections(self.boxes_xyxy[keep], self.scores[keep], tuple(self.labels[i] for i in keep))
