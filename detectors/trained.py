"""Networks that ultralytics loads (`.pt`, TensorRT, OpenVINO, …): for GPU boxes and for training.

Needs the extra `clearway[ultralytics]`.
"""

from pathlib import Path
from typing import Any

import numpy as np

from detectors import extra
from detectors.heads import USUAL_PX
from detectors.look import Detections, Pixels
from detectors.network import MIN_SCORE, NMS_IOU
from models.errors import ConfigurationError

INSTEAD = "pip install 'clearway[ultralytics]', or use an .onnx file"


PUBLISHED = "https://github.com/ultralytics/assets/releases"


class TrainedNetwork:
    """A detection network in any format that ultralytics loads.

    Raises:
        ConfigurationError: the extra is not installed, or the file is no detection network.
    """

    def __init__(self, path: Path, *, size_px: int | None = None, min_score: float = MIN_SCORE) -> None:
        library = extra.ultralytics(str(path), INSTEAD)
        if not path.exists():
            _fetch(path, library)
        try:
            self._model: Any = library.YOLO(str(path), task="detect")
            self._names: dict[int, str] = dict(self._model.names)
        except Exception as exc:
            # The library raises whatever torch, zipfile or pickle raise; all mean the same here.
            problem = f"is not a network that ultralytics can load: {exc}"
            raise ConfigurationError.of(str(path), problem, "give a detection network") from exc
        self._size_px = size_px or int(self._model.overrides.get("imgsz") or USUAL_PX)
        self._min_score = min_score

    @property
    def labels(self) -> frozenset[str]:
        """See `Network`."""
        return frozenset(self._names.values())

    @property
    def fixed_wh(self) -> tuple[int, int]:
        """See `Network`."""
        return self._size_px, self._size_px

    def detect(self, pixels: Pixels) -> Detections:
        """See `Network`."""
        # A square input, as exported networks have: the same picture must give the same boxes by either.
        (result,) = self._model.predict(
            pixels, imgsz=self._size_px, conf=self._min_score, iou=NMS_IOU, rect=False, verbose=False
        )
        boxes = result.boxes
        classes = boxes.cls.cpu().numpy().astype(int)
        return Detections(
            boxes.xyxyn.cpu().numpy().astype(np.float64),
            boxes.conf.cpu().numpy().astype(np.float64),
            tuple(self._names[index] for index in classes),
        )


def _fetch(path: Path, library: Any) -> None:  # noqa: ANN401 - the library has no types
    """Fetch a network that ultralytics publishes into the folder where the program runs."""
    known = library.utils.downloads.GITHUB_ASSETS_NAMES
    if path.name not in known:
        detection = sorted(name for name in known if name.startswith("yolo11") and "-" not in name)
        remedy = f"give --network an existing file, or a published one ({', '.join(detection)})"
        raise ConfigurationError.of(str(path), "no such network file", remedy)
    try:
        library.utils.downloads.attempt_download_asset(str(path), retry=0)
    except Exception as exc:
        # Whatever its transport raises; all mean the same here.
        remedy = f"fetch it by hand from {PUBLISHED} and give --network its file"
        raise ConfigurationError.of(str(path), f"cannot be fetched: {exc}", remedy) from exc
