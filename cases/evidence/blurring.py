"""Pictures as people outside a case may see them: faces, and plates of others, made unreadable."""

from collections.abc import Sequence

import cv2
import numpy as np

from models.units import BoxXyxy

MARGIN = 0.15
"""Added around each box, a share of its own sides: a network's box cuts a chin or a plate's edge."""

CELLS = 3
"""What a box is averaged to, across and down, before it is smoothed: a plate's seven characters in three
cells leave nothing that could be tried out against, as finer mosaics do."""

JPEG_QUALITY = 85


def blurred(jpeg: bytes, boxes: Sequence[BoxXyxy]) -> bytes:
    """The picture with these boxes blurred beyond recovery; the same bytes if there are none.

    Args:
        jpeg: the picture.
        boxes: left, top, right, bottom in fractions of it (`Picture.private_xyxy`).

    Raises:
        ValueError: the bytes are no picture.
    """
    if not boxes:
        return jpeg
    pixels = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR) if jpeg else None
    if pixels is None:
        raise ValueError("these bytes are no picture, so nothing in them can be blurred")
    height, width = pixels.shape[:2]
    for left, top, right, bottom in boxes:
        wide, high = MARGIN * (right - left), MARGIN * (bottom - top)
        rows = _span(top - high, bottom + high, height)
        columns = _span(left - wide, right + wide, width)
        part = pixels[rows, columns]
        if part.size:
            few = cv2.resize(part, (CELLS, CELLS), interpolation=cv2.INTER_AREA)
            size = (part.shape[1], part.shape[0])
            pixels[rows, columns] = cv2.resize(few, size, interpolation=cv2.INTER_LINEAR)
    _, data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return bytes(data.tobytes())


def thumbnail(jpeg: bytes, boxes: Sequence[BoxXyxy], most_px: int, quality: int = 70) -> bytes:
    """A small picture with these boxes blurred, and nothing else of the file: no words of a camera in it.

    Args:
        jpeg: the picture.
        boxes: see `blurred`.
        most_px: of its longer side; smaller pictures keep their size.
        quality: of the JPEG, 1 to 100.

    Raises:
        ValueError: the bytes are no picture.
    """
    shown = blurred(jpeg, boxes)
    pixels = cv2.imdecode(np.frombuffer(shown, np.uint8), cv2.IMREAD_COLOR) if shown else None
    if pixels is None:
        raise ValueError("these bytes are no picture")
    height, width = pixels.shape[:2]
    if (scale := most_px / max(height, width)) < 1:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    _, data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return bytes(data.tobytes())


def _span(start: float, end: float, size: int) -> slice:
    first = min(max(int(np.floor(start * size)), 0), size)
    return slice(first, min(max(int(np.ceil(end * size)), first), size))
