"""What in a picture is nobody's business: faces, and plates of vehicles that did nothing.

The pictures themselves stay as they are, for the case. What is found here travels along as boxes, so that
whoever shows a picture outside the case can blur it without looking for anything.
"""

import weakref
from collections.abc import Iterator, Sequence

import numpy as np

from detectors.look import Detections, Pixels
from detectors.network import Network
from models.geometry import FloatArray, iou
from models.plan import VEHICLES
from models.units import BoxXyxy

PERSON = "person"
HEAD_SHARE = 0.3
"""Upper share of a person's box that is taken for the head. Standing people are seven to eight heads tall;
a box may be cut off below or hold somebody who sits or stoops, and a camera above sees more head."""

PLATE_SHARE = 1 / 3
"""Lower share of a vehicle's box in which its plate is, seen from before, from behind or from a mast."""

SAME_VEHICLE = 0.6
"""Overlap from which on a detection is the vehicle that the case is about: as standing objects match."""

MARGIN = 0.1
"""Added around a known plate: a share of its own width and height."""

MOST = 60
"""As many boxes travel with a picture, the largest: smaller faces and plates cannot be recognised anyway."""

Quad = FloatArray
"""Corners of a plate, shape (4, 2), fractions of the frame."""


class Masker:
    """Looks for what is private in pictures of evidence: a handful an overstay.

    Where several stays become overstays in one look, their picture is looked through once.
    """

    def __init__(self, network: Network) -> None:
        self._network = network
        self._seen: list[tuple[weakref.ref[Pixels], Detections]] = []

    def look(self, pixels: Pixels, own_xyxy: BoxXyxy | None) -> tuple[BoxXyxy, ...]:
        """What is private in a picture, beside the vehicle that the case is about; see `private`."""
        return private(self._found(pixels), own_xyxy)

    def _found(self, pixels: Pixels) -> Detections:
        """What the network finds in a picture, remembered as long as the picture itself is there."""
        self._seen = [(picture, found) for picture, found in self._seen if picture() is not None]
        for picture, found in self._seen:
            if picture() is pixels:
                return found
        found = self._network.detect(pixels)
        self._seen.append((weakref.ref(pixels), found))
        return found


def private(found: Detections, own_xyxy: BoxXyxy | None, plates: Sequence[Quad] = ()) -> tuple[BoxXyxy, ...]:
    """The faces, and the plates of other vehicles.

    Args:
        found: everything the network found in the picture.
        own_xyxy: where the vehicle of the case stands, in the same fractions; None if it is there no more.
        plates: plates of other vehicles whose corners are known.

    Returns:
        Boxes in the fractions of the picture, the largest first. They may reach beyond it.
    """
    return tuple(sorted(_boxes(found, own_xyxy, plates), key=_area, reverse=True)[:MOST])


def _boxes(found: Detections, own_xyxy: BoxXyxy | None, plates: Sequence[Quad]) -> Iterator[BoxXyxy]:
    yield from map(_around, plates)
    known = {_vehicle(quad, found) for quad in plates}
    overlaps = np.zeros(len(found)) if own_xyxy is None else iou(np.array(own_xyxy), found.boxes_xyxy)
    own = int(overlaps.argmax()) if len(found) and overlaps.max() >= SAME_VEHICLE else None
    for index, label in enumerate(found.labels):
        left, top, right, bottom = (float(side) for side in found.boxes_xyxy[index])
        if label == PERSON:
            yield (left, top, right, top + HEAD_SHARE * (bottom - top))
        elif label in VEHICLES and index != own and index not in known:
            yield (left, bottom - PLATE_SHARE * (bottom - top), right, bottom)


def _vehicle(quad: Quad, found: Detections) -> int | None:
    """The vehicle a known plate is on: the smallest box around it, for a larger one may stand behind."""
    x, y = quad.mean(axis=0)
    boxes = found.boxes_xyxy
    around = (boxes[:, 0] <= x) & (x <= boxes[:, 2]) & (boxes[:, 1] <= y) & (y <= boxes[:, 3])
    vehicles = np.array([label in VEHICLES for label in found.labels], dtype=bool)
    indices = np.flatnonzero(around & vehicles)
    if not len(indices):
        return None
    sizes = (boxes[indices, 2] - boxes[indices, 0]) * (boxes[indices, 3] - boxes[indices, 1])
    return int(indices[sizes.argmin()])


def _around(quad: Quad) -> BoxXyxy:
    (left, top), (right, bottom) = quad.min(axis=0), quad.max(axis=0)
    wide, high = MARGIN * (right - left), MARGIN * (bottom - top)
    return float(left - wide), float(top - high), float(right + wide), float(bottom + high)


def _area(box: BoxXyxy) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])
