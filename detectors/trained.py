"""Networks that ultralytics loads (`.pt`, TensorRT, OpenVINO, …): for GPU boxes and for training.

Needs the extra `clearway[ultralytics]`. The only file that names the library.
"""

import os
from pathlib import Path
from typing import Any

import numpy as np

from detectors.look import Detections, Pixels
from detectors.network import MIN_SCORE, NMS_IOU
from models.errors import ConfigurationError

# The library would otherwise pip-install what it misses, in the middle of a look.
os.environ.setdefault("YOLO_AUTOINSTALL", "false")


class TrainedNetwork:
    """A detection network in any format that ultralytics loads.

    Raises:
        ConfigurationError: the extra is not installed, or the file is no detection network.
    """

    def __init__(self, path: Path, *, size_px: int = 640) -> None:
        try:
            from ultralytics import YOLO  # noqa: PLC0415 - an extra: absent on edge boxes
        except (ImportError, OSError, RuntimeError) as exc:
            # RuntimeError: a torchvision that does not fit torch fails at import with one.
            problem = f"needs ultralytics, which cannot be imported: {exc}"
            remedy = "pip install 'clearway[ultralytics]', or use an .onnx file"
            raise ConfigurationError.of(str(path), problem, remedy) from exc
        try:
            self._model: Any = YOLO(str(path), task="detect")
            self._names: dict[int, str] = dict(self._model.names)
        except Exception as exc:
            # The library raises whatever torch, zipfile or pickle raise; all mean the same here.
            problem = f"is not a network that ultralytics can load: {exc}"
            raise ConfigurationError.of(str(path), problem, "give a detection network") from exc
        self._size_px = size_px

    @property
    def labels(self) -> frozenset[str]:
        """See `Network`."""
        return frozenset(self._names.values())

    def detect(self, pixels: Pixels) -> Detections:
        """See `Network`."""
        # A square input, as exported networks have: the same picture must give the same boxes by either.
        (result,) = self._model.predict(
            pixels, imgsz=self._size_px, conf=MIN_SCORE, iou=NMS_IOU, rect=False, verbose=False
        )
        boxes = result.boxes
        classes = boxes.cls.cpu().numpy().astype(int)
        return Detections(
            boxes.xyxyn.cpu().numpy().astype(np.float64),
            boxes.conf.cpu().numpy().astype(np.float64),
            tuple(self._names[index] for index in classes),
        )
