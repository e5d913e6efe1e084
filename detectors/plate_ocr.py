"""General text recognition as a plate reader: RapidOCR, whose wheel carries its networks. Named here only.

It finds lines of writing in a vehicle's picture and reads them. What was lettered on the lorry beside the
plate comes along; the grammar keeps it out.
"""

import threading
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
import structlog

from detectors.look import Frame, Pixels
from detectors.plate_places import Corners, Crop, Place, crop_of, height_px, places, straight, width_px
from detectors.plates import PlateRead, belongs
from models.errors import ConfigurationError
from models.geometry import FloatArray
from models.units import BoxXyxy

log = structlog.get_logger("clearway.detectors.plate_ocr")

LEAST_SIDE_PX, MOST_SIDE_PX = 320, 640
"""Vehicles' crops are searched at a long side within these. On two dozen crops around plates of 60 to 200 px
as many lines were found at 320 as at 640, at a quarter of the time; whole vehicles need more."""

ENLARGED = 1.5
"""Between these, crops are enlarged so much: characters 8 px high are below what the network was taught."""

LINE_HEIGHT_PX = 48
"""What the recogniser takes; a line is cut out of the frame itself at that height, sampled once."""

LEAST_LINE_PX = 7
"""Lines lower than this are noise: nobody reads characters of six pixels."""

MOST_LINES = 12
"""Read of one vehicle, the widest: a lorry may be lettered all over."""


class TextFinder:
    """Finds lines of writing and reads them: one session of each network, shared by all cameras.

    Raises:
        ConfigurationError: the library or its networks cannot be used.
    """

    def __init__(self, *, threads: int = 1) -> None:
        try:
            from rapidocr import RapidOCR  # noqa: PLC0415 - half a second, which only readers need

            engine: Any = RapidOCR(
                params={
                    "Global.log_level": "error",
                    "Global.use_cls": False,  # nobody drives upside down
                    "Global.text_score": 0.0,  # the gates are ours
                    "EngineConfig.onnxruntime.intra_op_num_threads": threads,
                    "EngineConfig.onnxruntime.inter_op_num_threads": 1,
                    "Det.limit_type": "max",  # the size is ours as well
                    "Det.limit_side_len": MOST_SIDE_PX,
                }
            )
            blank = np.full((64, 64, 3), 127, np.uint8)
            engine(blank, use_det=False, use_rec=True)  # networks are loaded by their first use
            engine(blank, use_det=True, use_rec=False)
        except Exception as exc:
            # It raises whatever its parts raise: omegaconf, ONNX Runtime, files that are missing.
            problem = f"text recognition cannot start: {exc}"
            raise ConfigurationError.of("rapidocr", problem, "reinstall it: pip install rapidocr") from exc
        self._engine = engine
        self._lock = threading.Lock()

    def lines(self, pixels: Pixels) -> list[Corners]:
        """Where lines of writing are, pixels of the picture; nothing where it fails.

        Args:
            pixels: (H, W, 3), BGR.
        """
        found = self._ask(pixels, use_det=True, use_rec=False)
        boxes = getattr(found, "boxes", None)
        return [] if boxes is None else [np.asarray(box, np.float64).reshape(4, 2) for box in boxes]

    def text(self, line: Pixels) -> tuple[str, tuple[float, ...]]:
        """What a line says, and 0..1 for each character.

        Args:
            line: (H, W, 3), BGR, straight on.
        """
        read = self._ask(line, use_det=False, use_rec=True, return_word_box=True)
        texts = getattr(read, "txts", None)
        if not texts or not texts[0]:
            return "", ()
        text = str(texts[0])
        words = read.word_results[0] if read.word_results else None
        scores = tuple(float(score) for score in getattr(words, "confs", ()))
        return text, scores if len(scores) == len(text) else (float(read.scores[0]),) * len(text)

    def _ask(self, pixels: Pixels, **wishes: bool) -> Any:  # noqa: ANN401 - the library's own types
        try:
            with self._lock:  # what is asked for is kept in the engine
                return self._engine(pixels, **wishes)
        except Exception as exc:  # noqa: BLE001 - see above; one picture is not the camera
            log.warning("text not read", problem=str(exc)[:200])
            return None


class OcrPlateReader:
    """Reads plates with general text recognition.

    Args:
        finder: shared by all cameras.
    """

    def __init__(self, finder: TextFinder) -> None:
        self._finder = finder

    def read(self, frame: Frame, box_xyxy: BoxXyxy, others: FloatArray) -> tuple[PlateRead, ...]:
        """See `PlateReader`."""
        crop = crop_of(frame.pixels, box_xyxy)
        if crop is None:
            return ()
        lines = found_lines(self._finder, crop)
        texts = {id(line): text_in(self._finder, crop, line) for line in lines}
        reads = [_joined(crop, place, texts) for place in places(lines)]
        return tuple(read for read in reads if read is not None and belongs(read.quad, box_xyxy, others))


def found_lines(finder: TextFinder, crop: Crop) -> list[Corners]:
    """Lines of writing in a vehicle's crop, pixels of the crop, the widest first."""
    side = max(crop.pixels.shape[:2])
    scale = min(max(side * ENLARGED, LEAST_SIDE_PX), MOST_SIDE_PX) / side
    way = cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA
    shown = np.asarray(cv2.resize(crop.pixels, None, fx=scale, fy=scale, interpolation=way), np.uint8)
    lines = [line / scale for line in finder.lines(shown)]
    tall = [line for line in lines if height_px(line) >= LEAST_LINE_PX]
    return sorted(tall, key=lambda line: -width_px(line))[:MOST_LINES]


def text_in(finder: TextFinder, crop: Crop, line: Corners) -> tuple[str, tuple[float, ...]]:
    """What a line in a vehicle's crop says, cut out straight; see `TextFinder.text`."""
    width = round(LINE_HEIGHT_PX * width_px(line) / max(height_px(line), 1.0))
    return finder.text(straight(crop.pixels, line, (max(width, LINE_HEIGHT_PX // 2), LINE_HEIGHT_PX)))


def _joined(crop: Crop, place: Place, texts: dict[int, tuple[str, tuple[float, ...]]]) -> PlateRead | None:
    """The rows of a place as one text; None where a row says nothing."""
    pieces: Sequence[tuple[str, tuple[float, ...]]] = [texts[id(line)] for row in place.rows for line in row]
    text = "".join(piece for piece, _ in pieces)
    if not text:
        return None
    scores = tuple(score for _, each in pieces for score in each)
    return PlateRead(text=text, characters=scores, quad=crop.quad(place.corners), rows=len(place.rows))
