"""YOLO networks exported to ONNX, run by ONNX Runtime: what edge boxes use."""

import ast
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import onnxruntime as ort
from onnxruntime.capi import onnxruntime_pybind11_state as ort_errors

from detectors.look import Detections, Pixels
from detectors.network import MIN_SCORE, NMS_IOU
from models.errors import ConfigurationError
from models.geometry import FloatArray

PAD_VALUE = 114
"""Grey that YOLO networks are trained to ignore around a letterboxed picture."""

LOAD_ERRORS: tuple[type[Exception], ...] = tuple(
    kind for kind in vars(ort_errors).values() if isinstance(kind, type) and issubclass(kind, Exception)
)
"""Everything ONNX Runtime says of a file it cannot use."""

RUN_ERRORS: tuple[type[Exception], ...] = (*LOAD_ERRORS, ValueError)
"""And of a picture: its Python side raises `ValueError` where an input is missing."""

REMEDY = "export one with `yolo export format=onnx` or use the network that ships with Clearway"
FloatTensor = npt.NDArray[np.float32]


class ExportedNetwork:
    """A YOLO detection network in an ONNX file.

    Reads the raw head (`[1, 4 + classes, N]`: cx, cy, w, h in pixels, then scores) and the end-to-end head
    (`[1, N, 6]`: x0, y0, x1, y1, score, class). Class names come from the file's metadata.

    Raises:
        ConfigurationError: the file is not such a network.
    """

    def __init__(
        self, path: Path, *, size_px: int = 640, threads: int = 1, min_score: float = MIN_SCORE
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
        self._names = _names(path, self._session)
        self._input, self._size_wh = _input(path, self._session, size_px)
        self._check_head(path)

    @property
    def labels(self) -> frozenset[str]:
        """See `Network`."""
        return frozenset(self._names.values())

    def detect(self, pixels: Pixels) -> Detections:
        """See `Network`."""
        tensor, scale, offset_xy = letterbox(pixels, self._size_wh)
        (output, *_) = self._session.run(None, {self._input: tensor})
        boxes, scores, classes = _decode(np.asarray(output)[0], self._min_score)
        height, width = pixels.shape[:2]
        corner = np.array([*offset_xy, *offset_xy], dtype=np.float64)
        frame = np.array([width, height, width, height], dtype=np.float64)
        boxes_xyxy = (boxes - corner) / scale / frame
        labels = tuple(self._names.get(int(index), str(int(index))) for index in classes)
        return Detections(boxes_xyxy, scores, labels)

    def _check_head(self, path: Path) -> None:
        """One empty run: a classifier or a pose network must be refused at start, not at the first car."""
        width, height = self._size_wh
        try:
            (first, *_) = self._session.run(None, {self._input: np.zeros((1, 3, height, width), np.float32)})
        except RUN_ERRORS as exc:
            # Half precision, a fixed batch, a second input: all said only when it runs.
            problem = f"cannot look at a picture: {str(exc).splitlines()[0]}"
            raise ConfigurationError.of(str(path), problem, REMEDY) from exc
        output = np.asarray(first)
        raw = output.ndim == 3 and output.shape[1] == 4 + len(self._names)  # noqa: PLR2004 - box and batch
        end_to_end = output.ndim == 3 and output.shape[2] == 6  # noqa: PLR2004 - box, score, class
        if not (raw or end_to_end):
            problem = f"gives {list(output.shape)}, which is no detection head for {len(self._names)} classes"
            raise ConfigurationError.of(str(path), problem, REMEDY)


def letterbox(pixels: Pixels, size_wh: tuple[int, int]) -> tuple[FloatTensor, float, tuple[int, int]]:
    """Fit a picture into the network's input without distorting it.

    Returns:
        The tensor `(1, 3, H, W)` RGB 0..1, the scale applied, and the left and top padding in pixels.
    """
    height, width = pixels.shape[:2]
    scale = float(min(size_wh[0] / width, size_wh[1] / height))
    inner_wh = (round(width * scale), round(height * scale))
    left, top = (size_wh[0] - inner_wh[0]) // 2, (size_wh[1] - inner_wh[1]) // 2
    canvas = np.full((size_wh[1], size_wh[0], 3), PAD_VALUE, np.uint8)
    canvas[top : top + inner_wh[1], left : left + inner_wh[0]] = cv2.resize(
        pixels, inner_wh, interpolation=cv2.INTER_LINEAR
    )
    planes = np.ascontiguousarray(canvas[:, :, ::-1].transpose(2, 0, 1)[None], dtype=np.float32)
    tensor: FloatTensor = planes / np.float32(255)
    return tensor, scale, (left, top)


def _decode(head: FloatTensor, min_score: float) -> tuple[FloatArray, FloatArray, npt.NDArray[np.int64]]:
    """Boxes (N, 4) xyxy in input pixels, scores (N,) and classes (N,) above the score bar."""
    if head.shape[1] == 6:  # noqa: PLR2004 - end to end: box, score, class
        keep = head[:, 4] >= min_score
        found = head[keep].astype(np.float64)
        return found[:, :4], found[:, 4], found[:, 5].astype(np.int64)
    rows = head.T
    best = rows[:, 4:].max(axis=1)
    rows = rows[best >= min_score]
    classes = rows[:, 4:].argmax(axis=1)
    scores = rows[:, 4:].max(axis=1).astype(np.float64) if len(rows) else np.zeros(0)
    boxes = rows[:, :4].astype(np.float64)
    boxes_xywh = np.concatenate([boxes[:, :2] - boxes[:, 2:] / 2, boxes[:, 2:]], axis=1)
    if len(boxes_xywh):
        kept = np.asarray(
            cv2.dnn.NMSBoxesBatched(
                boxes_xywh.tolist(), scores.tolist(), classes.tolist(), min_score, NMS_IOU
            ),
            dtype=np.int64,
        ).reshape(-1)
    else:
        kept = np.zeros(0, np.int64)
    boxes_xyxy = np.concatenate([boxes_xywh[:, :2], boxes_xywh[:, :2] + boxes_xywh[:, 2:]], axis=1)
    return boxes_xyxy[kept], scores[kept], classes[kept]


def _names(path: Path, session: Any) -> dict[int, str]:  # noqa: ANN401 - the library has no types
    text = session.get_modelmeta().custom_metadata_map.get("names", "")
    try:
        names = ast.literal_eval(text)
        return {int(index): str(name) for index, name in dict(names).items()}
    except (ValueError, SyntaxError, TypeError) as exc:
        problem = "carries no class names in its metadata (`names`)"
        raise ConfigurationError.of(str(path), problem, REMEDY) from exc


def _input(path: Path, session: Any, size_px: int) -> tuple[str, tuple[int, int]]:  # noqa: ANN401
    first = session.get_inputs()[0]
    if len(first.shape) != 4 or first.shape[1] != 3:  # noqa: PLR2004 - batch, channels, height, width
        problem = f"takes {first.shape}; pictures are [batch, 3, height, width]"
        raise ConfigurationError.of(str(path), problem, REMEDY)
    height, width = (side if isinstance(side, int) else size_px for side in first.shape[2:])
    return first.name, (width, height)
