"""A page that shows what a network finds and what it misses, in one file that needs nothing else."""

import base64
from collections.abc import Sequence
from pathlib import Path

import cv2
import jinja2
import numpy as np

from detectors.look import Pixels
from detectors.training.evaluation import Evaluation, Sight, read_pixels
from detectors.training.runcard import replace
from models.geometry import FloatArray

PICTURES_MOST = 60
"""About 4 MB: still opens at once and fits into a mail."""

WIDTH_PX = 800
QUALITY = 80

GREEN, RED, ORANGE = (50, 150, 30), (40, 40, 220), (0, 125, 235)
"""Hits, misses, false alarms; BGR."""

WHITE = (255, 255, 255)
FONT, FONT_SCALE = cv2.FONT_HERSHEY_SIMPLEX, 0.4


def write_report(file: Path, evaluation: Evaluation, sights: Sequence[Sight]) -> None:
    """Write the page: figures, then pictures, the worst first."""
    worst = sorted(sights, key=lambda sight: (-sight.badness, sight.picture.name))[:PICTURES_MOST]
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent), autoescape=True, trim_blocks=True
    )
    page = environment.get_template("report.html.j2").render(
        evaluation=evaluation,
        rows=(evaluation.vehicle, *evaluation.classes),
        sights=worst,
        data_uri=_data_uri,
        of=len(sights),
        faultless=sum(not sight.badness for sight in sights),
    )
    replace(file, page.encode())


def drawn(pixels: Pixels, sight: Sight) -> Pixels:
    """A picture with its boxes: hits green, misses red, false alarms orange."""
    scale = min(1.0, WIDTH_PX / pixels.shape[1])
    canvas = np.asarray(cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
    for colour, boxes in ((GREEN, sight.hits), (ORANGE, sight.false_alarms), (RED, sight.misses)):
        for box, text in boxes:
            _draw(canvas, box, text, colour)
    return canvas


def _draw(canvas: Pixels, box: FloatArray, text: str, colour: tuple[int, int, int]) -> None:
    height, width = canvas.shape[:2]
    left, top, right, bottom = (round(float(edge)) for edge in box * (width, height, width, height))
    cv2.rectangle(canvas, (left, top), (right, bottom), colour, 2)
    # OpenCV's letters are ASCII; a class named otherwise is told by its colour and the figures.
    words = text.encode("ascii", "replace").decode()
    (wide, high), below = cv2.getTextSize(words, FONT, FONT_SCALE, 1)
    x, y = min(max(left, 0), max(width - wide - 2, 0)), max(top - below, high + 2)
    cv2.rectangle(canvas, (x, y - high - 2), (x + wide + 2, y + below), colour, cv2.FILLED)
    cv2.putText(canvas, words, (x + 1, y), FONT, FONT_SCALE, WHITE, 1, cv2.LINE_AA)


def _data_uri(sight: Sight) -> str:
    _, body = cv2.imencode(
        ".jpg", drawn(read_pixels(sight.picture), sight), [cv2.IMWRITE_JPEG_QUALITY, QUALITY]
    )
    return f"data:image/jpeg;base64,{base64.b64encode(body.tobytes()).decode()}"
