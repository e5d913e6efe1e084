"""What ours is held against: a well-known detector and recogniser of Chinese plates, in two ONNX files.

They are GPL-3.0 and never shipped; `CLEARWAY_DATA` names the folder that holds them, and without it the
benchmark says that they are absent. Read here by our own code: a YOLO head with four corners, then a
recogniser whose answers are joined as CTC has it. Plates of two lines are cut and laid side by side, which
is how that recogniser was taught.
"""

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import onnxruntime as ort

from detectors.heads import letterbox
from detectors.look import Frame, Pixels
from detectors.plate_places import Corners, crop_of, straight
from detectors.plates import PlateRead, belongs
from models.geometry import FloatArray
from models.units import BoxXyxy

DETECTOR, RECOGNISER = "plate-detect.onnx", "plate-read.onnx"
ALPHABET = (
    "#京沪津渝冀晋蒙辽吉黑苏浙皖闽赣鲁豫鄂湘粤桂琼川贵云藏陕甘青宁新学警港澳挂使领民航危"
    "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ险品"
)
_MIN_SCORE, _NMS_IOU = 0.3, 0.5
_SIDE_PX = 640
_SIZE_WH = (168, 48)
_MEAN, _DEVIATION = 0.588, 0.193
_UPPER, _LOWER = 5 / 12, 1 / 3
"""Where a plate of two lines is cut: the lines overlap a little."""


class BaselineReader:
    """Reads plates with the two files of a folder; a `PlateReader`."""

    def __init__(self, folder: Path, *, threads: int = 1) -> None:
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._detector, self._recogniser = (
            ort.InferenceSession(str(folder / name), sess_options=options) for name in (DETECTOR, RECOGNISER)
        )

    def read(self, frame: Frame, box_xyxy: BoxXyxy, others: FloatArray) -> tuple[PlateRead, ...]:
        """See `PlateReader`."""
        crop = crop_of(frame.pixels, box_xyxy)
        if crop is None:
            return ()
        reads = []
        for corners, rows in self._found(crop.pixels):
            text, scores = self._text(crop.pixels, corners, rows)
            if text:
                read = PlateRead(text=text, characters=scores, quad=crop.quad(corners), rows=rows)
                reads.append(read)
        return tuple(read for read in reads if belongs(read.quad, box_xyxy, others))

    def _found(self, pixels: Pixels) -> list[tuple[Corners, int]]:
        """Corners and rows of each plate, the best first."""
        picture, scale, offset = letterbox(pixels, (_SIDE_PX, _SIDE_PX))
        (head,) = self._detector.run(None, {self._detector.get_inputs()[0].name: picture})
        rows = np.asarray(head)[0]
        rows = rows[rows[:, 4] >= _MIN_SCORE]
        scores = rows[:, 4] * rows[:, 13:15].max(axis=1)
        rows, scores = rows[scores >= _MIN_SCORE], scores[scores >= _MIN_SCORE]
        boxes = np.concatenate([rows[:, :2] - rows[:, 2:4] / 2, rows[:, 2:4]], axis=1)
        kept = cv2.dnn.NMSBoxes(boxes.tolist(), scores.tolist(), _MIN_SCORE, _NMS_IOU) if len(rows) else []
        found = []
        for index in np.asarray(kept, int).reshape(-1):
            corners = (rows[index, 5:13].reshape(4, 2).astype(np.float64) - np.array(offset)) / scale
            found.append((corners, 1 + int(rows[index, 14] > rows[index, 13])))
        return found

    def _text(self, pixels: Pixels, corners: Corners, rows: int) -> tuple[str, tuple[float, ...]]:
        if rows == 1:
            plate = straight(pixels, corners, _SIZE_WH)
        else:
            wide, high = _SIZE_WH[0], _SIZE_WH[1] * 3
            whole = straight(pixels, corners, (wide, high))
            lower = whole[round(high * _LOWER) :]
            upper = cv2.resize(whole[: round(high * _UPPER)], (wide, lower.shape[0]))
            plate = np.asarray(cv2.resize(np.hstack([upper, lower]), _SIZE_WH), np.uint8)
        values = (plate.astype(np.float32) / 255 - _MEAN) / _DEVIATION
        batch = np.ascontiguousarray(values.transpose(2, 0, 1)[None].astype(np.float32))
        answers = self._recogniser.run(None, {self._recogniser.get_inputs()[0].name: batch})
        shares = next(np.asarray(answer)[0] for answer in answers if np.asarray(answer).ndim == 3)
        return _joined(_softmax(shares))


def _softmax(values: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    raised = np.exp(values.astype(np.float64) - values.max(axis=1, keepdims=True))
    shares: npt.NDArray[np.float64] = raised / raised.sum(axis=1, keepdims=True)
    return shares


def _joined(shares: npt.NDArray[np.float64]) -> tuple[str, tuple[float, ...]]:
    """CTC's answer: repeats are one, blanks are none."""
    best = shares.argmax(axis=1)
    text, scores, before = "", [], 0
    for place, index in enumerate(best):
        if index not in {0, before}:
            text += ALPHABET[index]
            scores.append(float(shares[place, index]))
        before = int(index)
    return text, tuple(scores)
