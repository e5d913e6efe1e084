"""Pictures that prove a stay: panoramas with the zone drawn in, the vehicle close up, the plate's frame."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import cv2
import msgspec
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


def panorama(
    role: PictureRole, frame: Frame, zone: Zone, box_xyxy: BoxXyxy, camera: str, *, clock: str = ""
) -> Proof:
    """The whole view with the zone and the vehicle marked, and a bar that says when, where and which.

    `clock` says in the bar how far the device's clock is from the centre's; empty where nobody knows.
    """
    pixels = frame.pixels
    height, width = pixels.shape[:2]
    size = np.array([width, height])
    canvas = np.empty((height + BAR_PX, width, 3), np.uint8)
    canvas[:height] = pixels
    canvas[height:] = 0
    corners = np.round(np.array(zone.polygon) * size).astype(np.int32)
    cv2.polylines(canvas, [corners], isClosed=True, color=ZONE_BGR, thickness=2, lineType=cv2.LINE_AA)
    left_top = tuple(int(v) for v in np.round(np.array(box_xyxy[:2]) * size))
    right_bottom = tuple(int(v) for v in np.round(np.array(box_xyxy[2:]) * size))
    cv2.rectangle(canvas, left_top, right_bottom, BOX_BGR, 1)
    stamp = f"{_stamp(frame.captured_at)} {clock}".rstrip()
    text = f"{stamp}  {camera}  {zone.id}  {role.value}"
    cv2.putText(
        canvas, text, (6, height + 15), cv2.FONT_HERSHEY_SIMPLEX, 0.42, (255, 255, 255), 1, cv2.LINE_AA
    )
    return _proof(role, canvas, frame.captured_at)


def pixels_of(proof: Proof) -> Pixels:
    """A picture as its JPEG holds it: shape (H, W, 3), BGR."""
    return np.asarray(cv2.imdecode(np.frombuffer(proof.jpeg, np.uint8), cv2.IMREAD_COLOR), dtype=np.uint8)


def view_of(panorama: Proof) -> Pixels:
    """The view a panorama shows, without its bar: shape (H, W, 3), BGR. Lines are drawn over it."""
    pixels = pixels_of(panorama)
    return pixels[: max(1, len(pixels) - BAR_PX)]


def close_up(frame: Frame, box_xyxy: BoxXyxy) -> Proof:
    """The vehicle with a margin, every pixel as the camera gave it."""
    rows, columns = _close(box_xyxy, frame.pixels)
    return _proof(PictureRole.CLOSE_UP, frame.pixels[rows, columns], frame.captured_at)


def plate_frame(frame: Frame) -> Proof:
    """The very frame a plate was read in, every pixel as the camera gave it."""
    return _proof(PictureRole.PLATE, frame.pixels, frame.captured_at)


def read_frame(jpeg: bytes, digest: str, at: datetime) -> Proof:
    """The frame a plate was read in, whose bytes and SHA-256 are there already."""
    return Proof(Picture(role=PictureRole.PLATE, sha256=digest, captured_at=at, bytes=len(jpeg)), jpeg)


def in_panorama(boxes: Sequence[BoxXyxy], pixels: Pixels) -> tuple[BoxXyxy, ...]:
    """Boxes of a frame (H, W, 3) as fractions of its panorama, which has a bar below."""
    height = len(pixels)
    scale = height / (height + BAR_PX)
    return _clipped((left, top * scale, right, bottom * scale) for left, top, right, bottom in boxes)


def in_close_up(boxes: Sequence[BoxXyxy], pixels: Pixels, box_xyxy: BoxXyxy) -> tuple[BoxXyxy, ...]:
    """Boxes of a frame (H, W, 3) as fractions of the close-up of what stands at `box_xyxy`."""
    height, width = pixels.shape[:2]
    rows, columns = _close(box_xyxy, pixels)
    wide, high = columns.stop - columns.start, rows.stop - rows.start
    return _clipped(
        (
            (left * width - columns.start) / wide,
            (top * height - rows.start) / high,
            (right * width - columns.start) / wide,
            (bottom * height - rows.start) / high,
        )
        for left, top, right, bottom in boxes
    )


def hiding(proof: Proof, private_xyxy: tuple[BoxXyxy, ...]) -> Proof:
    """The proof with what is private in it: fractions of the picture itself. Its bytes stay as they are."""
    picture = msgspec.structs.replace(proof.picture, private_xyxy=private_xyxy)
    return Proof(picture, proof.jpeg)


def held(proof: Proof) -> bytes:
    """A picture as the spool remembers it until it is wanted."""
    return msgspec.msgpack.encode((proof.picture, proof.jpeg))


def unheld(body: bytes) -> Proof:
    """A picture that `held` put by.

    Raises:
        msgspec.DecodeError: another version of this program did.
    """
    return Proof(*_held.decode(body))


def preview(pixels: Pixels, width_px: int = 960) -> bytes:
    """A small JPEG for the live view."""
    height, width = pixels.shape[:2]
    if width > width_px:
        pixels = np.asarray(
            cv2.resize(pixels, (width_px, round(height * width_px / width)), interpolation=cv2.INTER_AREA),
            dtype=np.uint8,
        )
    return _jpeg(pixels, 75)


def _close(box_xyxy: BoxXyxy, pixels: Pixels) -> tuple[slice, slice]:
    """Rows and columns of a close-up."""
    height, width = pixels.shape[:2]
    left, top, right, bottom = box_xyxy
    margin_x, margin_y = CLOSE_UP_MARGIN * (right - left), CLOSE_UP_MARGIN * (bottom - top)
    rows = slice(*_span(top - margin_y, bottom + margin_y, height))
    return rows, slice(*_span(left - margin_x, right + margin_x, width))


def _clipped(boxes: Iterable[BoxXyxy]) -> tuple[BoxXyxy, ...]:
    """What of these boxes lies inside the picture, rounded to what a pixel of a large one measures."""
    inside = (tuple(round(min(max(side, 0.0), 1.0), 4) for side in box) for box in boxes)
    return tuple(
        (left, top, right, bottom) for left, top, right, bottom in inside if right > left and bottom > top
    )


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


_held = msgspec.msgpack.Decoder(tuple[Picture, bytes])
