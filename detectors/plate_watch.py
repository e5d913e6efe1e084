"""Plates of all that stands before one camera: whose turn it is, and which frames must be kept.

One vehicle a look at most: reading costs as much as several looks of the network, and a vehicle that stands
can wait a second.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import cv2
import numpy as np

from detectors import reading
from detectors.look import Frame, Pixels
from detectors.plate_grammar import Grammar
from detectors.plates import PlateReader
from detectors.reading import Reading
from detectors.things import Sight, Standing
from models.geometry import FloatArray
from models.units import BoxXyxy

LUMA_WIDTH_PX = 160
"""Brightness is told from a small picture."""

JPEG_QUALITY = 95
"""Of a frame that may become evidence: what is read must still be readable in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlateLook:
    """What one look did to the readings.

    Attributes:
        readings: by object id; to be kept with the camera's memory.
        jpeg: the whole frame, where something was read in it; None else.
        digest: its SHA-256, by which the readings name it.
        wanted: digests of all frames that must be kept; every other one may go.
    """

    readings: dict[str, Reading]
    jpeg: bytes | None = None
    digest: str = ""
    wanted: frozenset[str] = frozenset()


def look(
    readings: Mapping[str, Reading],
    frame: Frame,
    objects: Sequence[Standing],
    *,
    all_boxes: FloatArray,
    reader: PlateReader,
    grammar: Grammar,
) -> PlateLook:
    """Take a look, and read the plate of whoever has waited longest.

    Args:
        readings: by object id, as the last look left them; of objects that are gone they are dropped.
        frame: this look's, large enough to read plates in.
        objects: what stands in zones where plates matter.
        all_boxes: of every vehicle of this look, (N, 4), fractions; an object's own is told by its overlap.
        reader: of plates.
        grammar: what plates there are.
    """
    at = frame.captured_at
    luma = frame.luma(LUMA_WIDTH_PX)
    now = {thing.id: _noticed(readings.get(thing.id, Reading()), thing, luma) for thing in objects}
    turn = _turn(now, objects, at)
    if turn is None:
        return PlateLook(readings=now, wanted=_wanted(now))
    reads = reader.read(frame, turn.box_xyxy, _others(all_boxes, turn.box_xyxy))
    jpeg, digest = None, ""
    if reads:
        _, data = cv2.imencode(".jpg", frame.pixels, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
        jpeg = data.tobytes()
        digest = hashlib.sha256(jpeg).hexdigest()
    now[turn.id] = reading.step(now[turn.id], reads, grammar, picture=digest, at=at)
    wanted = _wanted(now)
    kept = jpeg if digest in wanted else None
    return PlateLook(readings=now, jpeg=kept, digest=digest if kept is not None else "", wanted=wanted)


def _noticed(before: Reading, thing: Standing, luma: Pixels) -> Reading:
    visible = thing.sight is Sight.STANDING
    brightness = _brightness(luma, thing.box_xyxy) if visible else before.brightness or 0.0
    return reading.noticed(before, brightness=brightness, hidden=not visible)


def _turn(readings: Mapping[str, Reading], objects: Sequence[Standing], at: datetime) -> Standing | None:
    """Who is due and has waited longest; whoever was never tried comes first."""
    due = [thing for thing in objects if reading.due(readings[thing.id], at)]
    if not due:
        return None

    def waited_since(thing: Standing) -> tuple[bool, datetime]:
        tried_at = readings[thing.id].tried_at
        return tried_at is not None, tried_at or thing.first_seen_at

    return min(due, key=waited_since)


def _wanted(readings: Mapping[str, Reading]) -> frozenset[str]:
    return frozenset().union(*(reading.pictures(one) for one in readings.values()))


def _brightness(luma: Pixels, box_xyxy: BoxXyxy) -> float:
    """Mean of a box, 0..255; 0 where it is outside."""
    height, width = luma.shape
    left, right = (round(min(max(x, 0.0), 1.0) * width) for x in (box_xyxy[0], box_xyxy[2]))
    top, bottom = (round(min(max(y, 0.0), 1.0) * height) for y in (box_xyxy[1], box_xyxy[3]))
    part = luma[top : max(bottom, top + 1), left : max(right, left + 1)]
    return float(part.mean()) if part.size else 0.0


def _others(boxes: FloatArray, own: BoxXyxy) -> FloatArray:
    """All boxes but the object's own: the one that overlaps it most, if it overlaps it by half."""
    if not len(boxes):
        return boxes
    low, high = np.maximum(boxes[:, :2], own[:2]), np.minimum(boxes[:, 2:], own[2:])
    common = np.prod(np.clip(high - low, 0, None), axis=1)
    sizes = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1) + (own[2] - own[0]) * (own[3] - own[1])
    shares = common / np.maximum(sizes - common, 1e-9)
    best = int(shares.argmax())
    return np.delete(boxes, best, axis=0) if shares[best] >= 0.5 else boxes  # noqa: PLR2004 - a half
