"""YOLO networks run by OpenVINO: half the time of ONNX Runtime on Intel's processors.

Needs the extra `clearway[openvino]`. The same ONNX files, and OpenVINO's own (`.xml` beside `.bin`).
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from detectors import heads
from detectors.heads import REMEDY, STRIDE_PX, FloatTensor
from detectors.look import Detections, Pixels
from detectors.network import MIN_SCORE
from models.errors import ConfigurationError

INSTALL = "pip install 'clearway[openvino]', or run it by ONNX Runtime"


class OpenvinoNetwork:
    """A YOLO detection network in an ONNX or an OpenVINO file. Class names come from the file's metadata.

    Raises:
        ConfigurationError: the extra is not installed, or the file is not such a network.
    """

    def __init__(
        self, path: Path, *, size_px: int | None = None, threads: int = 1, min_score: float = MIN_SCORE
    ) -> None:
        try:
            import openvino  # noqa: PLC0415 - an extra: most boxes run ONNX Runtime
        except ImportError as exc:
            problem = f"needs OpenVINO, which cannot be imported: {exc}"
            raise ConfigurationError.of(str(path), problem, INSTALL) from exc
        self._core: Any = openvino.Core()
        # Its precision is left to the library: with 16 bits, where the processor has them, it is quicker.
        self._settings = {"INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY"}
        try:
            model: Any = self._core.read_model(path)
            shape = [side.get_length() if side.is_static else None for side in model.inputs[0].partial_shape]
            self._load(model)
        except RuntimeError as exc:
            problem = f"is not a network that OpenVINO can run: {_reason(exc)}"
            raise ConfigurationError.of(str(path), problem, REMEDY) from exc
        self._min_score = min_score
        self._names = heads.class_names(str(path), _said(model, "names"))
        wished_px = size_px or heads.taught_px(_said(model, "imgsz")) or heads.USUAL_PX
        self._size = heads.input_size(str(path), shape, wished_px)
        self._check(path, model)

    @property
    def labels(self) -> frozenset[str]:
        """See `Network`."""
        return frozenset(self._names.values())

    @property
    def fixed_wh(self) -> tuple[int, int] | None:
        """See `Network`."""
        return self._size.fixed_wh

    def detect(self, pixels: Pixels) -> Detections:
        """See `Network`."""
        fitted = heads.letterbox(pixels, self._size.of(pixels))
        output = self._run(fitted.tensor)
        return heads.detections(output, fitted, pixels, self._names, self._min_score)

    def _run(self, tensor: FloatTensor) -> FloatTensor:
        found = self._request.infer({0: tensor})
        # A copy: the next run writes over the library's own.
        return np.array(found[self._network.outputs[0]], np.float32)

    def _load(self, model: Any) -> None:  # noqa: ANN401 - the library's classes are untyped
        self._network: Any = self._core.compile_model(model, "CPU", self._settings)
        self._request: Any = self._network.create_infer_request()

    def _check(self, path: Path, model: Any) -> None:  # noqa: ANN401
        """One empty run: a fixed batch, half precision or a second input are refused at start."""
        width, height = self._size.wh
        try:
            if self._size.free and not self._is_free():
                self._size = replace(self._size, free=False)
                model.reshape([1, 3, height, width])
                self._load(model)
            output = self._run(np.zeros((1, 3, height, width), np.float32))
        except RuntimeError as exc:
            problem = f"cannot look at a picture: {_reason(exc)}"
            raise ConfigurationError.of(str(path), problem, REMEDY) from exc
        heads.check_head(str(path), output.shape, len(self._names))

    def _is_free(self) -> bool:
        """Whether the network does take any size. Some exporters leave it open in words only."""
        try:
            outputs = [
                self._run(np.zeros((1, 3, STRIDE_PX, wide * STRIDE_PX), np.float32)).shape for wide in (2, 3)
            ]
        except RuntimeError:
            return False
        return heads.follows_size(outputs[0], outputs[1])


def _said(model: Any, word: str) -> str:  # noqa: ANN401 - the library's values have no common type
    """What the network's file says under a word of its metadata; empty if nothing."""
    where = ["framework", word]
    return str(model.get_rt_info(where).astype(str)) if model.has_rt_info(where) else ""


def _reason(exc: RuntimeError) -> str:
    """What the library says, without the places in its own source."""
    lines = [line.strip() for line in str(exc).splitlines() if line.strip()]
    return next((line for line in lines if not line.startswith(("Exception from", "Check '"))), lines[-1])
