"""Pictures that prove a stay: the panorama with the zone drawn in, and the vehicle close up."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

import cv2
import numpy as np

from detectors.look import Frame, Pixels
from models.plan import Zone
from models.records import Picture, PictureRole
from models.units import BoxXyxy

JPEG_QUALITY = 85
CLOSE_UP_MARGIN = 0.15
ZONE_BGR = (0, 80, 255)
BOX_BGR = (0, 220, 255)
BAR_PX = 22


@dataclass(frozen=True, slots=True)
class Proof:
    """One picture of the evidence and its bytes."""

    picture: Picture
    jpeg: bytes


def panorama(role: PictureRole, frame: Frame, zone: Zone, box_xyxy: BoxXyxy, camera: str) -> Proof:
    """The whole view with the zone and the vehicle marked, and a bar that says when, where and which."""
    height, width = frame.pixels.shape[:2]
    size = np.array([width, height])
    canvas = np.empty((height + BAR_PX, width, 3), np.uint8)
    canvas[:height] = frame.pixels
    canvas[height:] = 0
    corners = np.round(np.array(zone.polygon) * size).astype(np.int32)
    cv2.polylines(canvas, [corners], isClosed=True, color=ZONE_BGR, thickness=2, lineType=cv2.LINE_AA)
    left_top = tuple(int(v) for v in np.round(np.array(box_xyxy[:2]) * size))
    right_bottom = tuple(int(v) for v in np.round(np.array(box_xyxy[2:]) * size))
    cv2.rectangle(canvas, left_top, right_bottom, BOX_BGR, 1)
    text = f"{_stamp(frame.captured_at)}  {camera}  {zone.id}  {role.value}"
    cv2.putText(
        canvas, text, (6, height + 15), cv2.FONT_HERSHEY_SIMPLEX, 0.42, (255, 255, 255), 1, cv2.LINE_AA
    )
    return _proof(role, canvas, frame.captured_at)


def close_up(frame: Frame, box_xyxy: BoxXyxy) -> Proof:
    """The vehicle with a margin, every pixel as the camera gave it."""
    height, width = frame.pixels.shape[:2]
    left, top, right, bottom = box_xyxy
    margin_x, margin_y = CLOSE_UP_MARGIN * (right - left), CLOSE_UP_MARGIN * (bottom - top)
    rows = slice(*_span(top - margin_y, bottom + margin_y, height))
    columns = slice(*_span(left - margin_x, right + margin_x, width))
    return _proof(PictureRole.CLOSE_UP, frame.pixels[rows, columns], frame.captured_at)


def preview(pixels: Pixels, width_px: int = 960) -> bytes:
    """A small JPEG for the live view."""
    height, width = pixels.shape[:2]
    if width > width_px:
        pixels = np.asarray(
            cv2.resize(pixels, (width_px, round(height * width_px / width)), interpolation=cv2.INTER_AREA),
            dtype=np.uint8,
        )
    return _jpeg(pixels, 75)


def _span(start: float, end: float, size: int) -> tuple[int, int]:
    first = min(max(int(start * size), 0), size - 1)
    return first, max(first + 1, min(round(end * size), size))


def _stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S.") + f"{at.microsecond // 100_000} UTC"


def _proof(role: PictureRole, pixels: Pixels, at: datetime) -> Proof:
    jpeg = _jpeg(pixels, JPEG_QUALITY)
    digest = hashlib.sha256(jpeg).hexdigest()
    return Proof(Picture(role=role, sha256=digest, captured_at=at, bytes=len(jpeg)), jpeg)


def _jpeg(pixels: Pixels, quality: int) -> bytes:
    _, data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return bytes(data.tobytes())
