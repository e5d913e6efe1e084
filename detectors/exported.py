"""YOLO networks exported to ONNX, run by ONNX Runtime: what edge boxes use."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import onnxruntime as ort
from onnxruntime.capi import onnxruntime_pybind11_state as ort_errors

from detectors import heads
from detectors.heads import REMEDY, STRIDE_PX, USUAL_PX, FloatTensor
from detectors.look import Detections, Pixels
from detectors.network import MIN_SCORE
from models.errors import ConfigurationError

LOAD_ERRORS: tuple[type[Exception], ...] = tuple(
    kind for kind in vars(ort_errors).values() if isinstance(kind, type) and issubclass(kind, Exception)
)
"""Everything ONNX Runtime says of a file it cannot use."""

RUN_ERRORS: tuple[type[Exception], ...] = (*LOAD_ERRORS, ValueError)
"""And of a picture: its Python side raises `ValueError` where an input is missing."""


class ExportedNetwork:
    """A YOLO detection network in an ONNX file. Class names come from the file's metadata.

    One whose file leaves the picture's size open looks at small pictures in small, and so for less.

    Raises:
        ConfigurationError: the file is not such a network.
    """

    def __init__(
        self, path: Path, *, size_px: int | None = None, threads: int = 1, min_score: float = MIN_SCORE
    ) -> None:
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self._session = ort.InferenceSession(
                str(path), sess_options=options, providers=ort.get_available_providers()
            )
        except LOAD_ERRORS as exc:
            problem = f"is not a network that ONNX Runtime can run: {str(exc).splitlines()[0]}"
            raise ConfigurationError.of(str(path), problem, REMEDY) from exc
        self._min_score = min_score
        said = self._session.get_modelmeta().custom_metadata_map
        self._names = heads.class_names(str(path), said.get("names", ""))
        wished_px = size_px or heads.taught_px(said.get("imgsz", "")) or USUAL_PX
        first = self._session.get_inputs()[0]
        shape = [side if isinstance(side, int) else None for side in first.shape]
        self._input, self._size = first.name, heads.input_size(str(path), shape, wished_px)
        self._check(path)

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
        (first, *_) = self._session.run(None, {self._input: tensor})
        return np.asarray(first, np.float32)

    def _check(self, path: Path) -> None:
        """One empty run: half precision, a fixed batch, a second input are all said only then."""
        width, height = self._size.wh
        try:
            output = self._run(np.zeros((1, 3, height, width), np.float32))
        except RUN_ERRORS as exc:
            problem = f"cannot look at a picture: {str(exc).splitlines()[0]}"
            raise ConfigurationError.of(str(path), problem, REMEDY) from exc
        heads.check_head(str(path), output.shape, len(self._names))
        if self._size.free and not self._is_free():
            self._size = replace(self._size, free=False)

    def _is_free(self) -> bool:
        """Whether the network does take any size. Some exporters leave it open in words only."""
        try:
            outputs = [
                self._run(np.zeros((1, 3, STRIDE_PX, wide * STRIDE_PX), np.float32)).shape for wide in (2, 3)
            ]
        except RUN_ERRORS:
            return False
        return heads.follows_size(outputs[0], outputs[1])
