"""YOLO's heads, whatever runs them: a picture into the network's input, its output into detections."""

import ast
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from detectors.look import Detections, Pixels
from detectors.network import NMS_IOU
from models.errors import ConfigurationError
from models.geometry import FloatArray

PAD_VALUE = 114
"""Grey that YOLO networks are trained to ignore around a letterboxed picture."""

USUAL_PX = 640
"""Of a network that does not say at which size it was taught: COCO's usual."""

LARGEST_PX = 4096

STRIDE_PX = 32
"""The coarsest of YOLO's grids: both sides of its input are whole multiples."""

REMEDY = "export one with `clearway export` or use the network that ships with Clearway"
FloatTensor = npt.NDArray[np.float32]


class Fitted(NamedTuple):
    """A picture as a network takes it.

    Attributes:
        tensor: (1, 3, H, W), RGB, 0..1.
        scale: input pixels a picture's pixel.
        offset_xy: left and top padding in input pixels.
    """

    tensor: FloatTensor
    scale: float
    offset_xy: tuple[int, int]


@dataclass(frozen=True, slots=True)
class InputSize:
    """What a network's input may measure.

    Attributes:
        wh: its width and height; the longest side where it is free.
        free: whether it takes any size. Then a picture costs what it measures: a wide one has no grey bars
            above and below, and a small one stays small.
    """

    wh: tuple[int, int]
    free: bool = False

    @property
    def fixed_wh(self) -> tuple[int, int] | None:
        """Width and height that each picture costs, however small; None where the size is free."""
        return None if self.free else self.wh

    def of(self, pixels: Pixels) -> tuple[int, int]:
        """Width and height of the input for one picture."""
        if not self.free:
            return self.wh
        height, width = pixels.shape[:2]
        scale = min(1.0, self.wh[0] / max(width, height))
        across, down = (max(1, -(-round(side * scale) // STRIDE_PX)) * STRIDE_PX for side in (width, height))
        return across, down


def letterbox(pixels: Pixels, size_wh: tuple[int, int]) -> Fitted:
    """Fit a picture into the network's input without distorting it."""
    canvas, scale, offset_xy = boxed(pixels, size_wh)
    planes = np.ascontiguousarray(canvas[:, :, ::-1].transpose(2, 0, 1)[None], dtype=np.float32)
    return Fitted(planes / np.float32(255), scale, offset_xy)


def boxed(pixels: Pixels, size_wh: tuple[int, int]) -> tuple[Pixels, float, tuple[int, int]]:
    """A picture of this width and height that shows another one undistorted, between grey bars.

    Returns:
        The picture (H, W, 3), the scale applied, and the left and top padding in pixels.
    """
    height, width = pixels.shape[:2]
    scale = float(min(size_wh[0] / width, size_wh[1] / height))
    inner_wh = (max(1, round(width * scale)), max(1, round(height * scale)))
    left, top = (size_wh[0] - inner_wh[0]) // 2, (size_wh[1] - inner_wh[1]) // 2
    canvas = np.full((size_wh[1], size_wh[0], 3), PAD_VALUE, np.uint8)
    canvas[top : top + inner_wh[1], left : left + inner_wh[0]] = cv2.resize(
        pixels, inner_wh, interpolation=cv2.INTER_LINEAR
    )
    return canvas, scale, (left, top)


def detections(
    output: FloatTensor, fitted: Fitted, pixels: Pixels, names: dict[int, str], min_score: float
) -> Detections:
    """What a network's output says of a picture.

    Args:
        output: the raw head (`[1, 4 + classes, N]`: cx, cy, w, h in pixels, then scores) or the end-to-end
            head (`[1, N, 6]`: x0, y0, x1, y1, score, class).
        fitted: the picture as it was given to the network.
        pixels: the picture, (H, W, 3).
        names: word of each class.
        min_score: lowest score that counts.
    """
    boxes, scores, classes = _decode(output[0], min_score)
    height, width = pixels.shape[:2]
    corner = np.array([*fitted.offset_xy, *fitted.offset_xy], dtype=np.float64)
    frame = np.array([width, height, width, height], dtype=np.float64)
    labels = tuple(names.get(int(index), str(int(index))) for index in classes)
    return Detections((boxes - corner) / fitted.scale / frame, scores, labels)


def check_head(source: str, shape: tuple[int, ...], classes: int) -> None:
    """Refuse what is no detection head: a classifier or a pose network, at start, not at the first car.

    Raises:
        ConfigurationError: it is none.
    """
    raw = len(shape) == 3 and shape[1] == 4 + classes  # noqa: PLR2004 - box and batch
    end_to_end = len(shape) == 3 and shape[2] == 6  # noqa: PLR2004 - box, score, class
    if not (raw or end_to_end):
        problem = f"gives {list(shape)}, which is no detection head for {classes} classes"
        raise ConfigurationError.of(source, problem, REMEDY)


def follows_size(small: tuple[int, ...], large: tuple[int, ...]) -> bool:
    """Whether outputs of these shapes, for a small and a larger picture, come of a head that takes any size.

    A raw head has a row for each place in the picture. An end-to-end head has as many for each.
    """
    return small != large or large[-1] == 6  # noqa: PLR2004 - box, score, class


def class_names(source: str, text: str) -> dict[int, str]:
    """The word of each class, as exporters write it into a network's file: a Python dictionary.

    Raises:
        ConfigurationError: it is none.
    """
    try:
        return {int(index): str(name) for index, name in dict(ast.literal_eval(text)).items()}
    except (ValueError, SyntaxError, TypeError) as exc:
        problem = "carries no class names in its metadata (`names`)"
        raise ConfigurationError.of(source, problem, REMEDY) from exc


def taught_px(text: str) -> int | None:
    """The side a network was taught at, as exporters write it (`[416, 416]`); None if they do not."""
    try:
        sides = ast.literal_eval(text)
        side = max(int(side) for side in (sides if isinstance(sides, (list, tuple)) else [sides]))
    except (ValueError, SyntaxError, TypeError):
        return None
    return side if 0 < side <= LARGEST_PX and side % STRIDE_PX == 0 else None


def input_size(source: str, shape: list[int | None], size_px: int) -> InputSize:
    """What a network's input may measure.

    Args:
        source: the file, for messages.
        shape: of its input, None where it is open.
        size_px: longest side where it is open.

    Raises:
        ConfigurationError: it takes no pictures.
    """
    if len(shape) != 4 or shape[1] != 3:  # noqa: PLR2004 - batch, channels, height, width
        problem = f"takes {shape}; pictures are [batch, 3, height, width]"
        raise ConfigurationError.of(source, problem, REMEDY)
    height, width = (size_px if side is None else side for side in shape[2:])
    return InputSize((width, height), free=shape[2] is None and shape[3] is None)


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
