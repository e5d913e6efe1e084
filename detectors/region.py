"""The part of a look that the network is shown, at the size that the smallest vehicle in it needs."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from detectors.look import Detections, Pixels
from models.geometry import FloatArray, covered
from models.units import BoxXyxy

MARGIN = 0.6
"""Of what stands there, on each side: a network finds a vehicle among its surroundings, and it may reach
beyond the cells that gave it away."""

LEAST_MARGIN = 0.06
"""Of the frame, for what is small."""

WHOLE_SHARE = 0.6
"""Share of the frame's area from which all of it is shown: it costs little more, and tells more."""

NEEDED_PX = 48
"""Least side of what is looked for, in the network's pixels: the usual networks find little below 32
of them, and most vehicles from here on."""

MOST_ENLARGED = 2.0
"""A network that takes one size only enlarges what it is shown to fill it. Six times as large the bonnet of a
car is a car, and half of its stays are missed; so far the blur does no harm."""

CUT_SHARE = 0.01
"""A box that ends so close to the region's edge, as a share of its side, goes on beyond it: half a bus that
passes is no car."""


AT_PLACE = 0.3
"""Share of a place that a box covers which is about it."""

BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Region:
    """A part of the frame.

    Attributes:
        box_xyxy: where it lies, fractions of the frame.
        least: shorter side of the smallest thing looked for in it, a fraction of the frame's width.
    """

    box_xyxy: BoxXyxy
    least: float

    @property
    def as_boxes(self) -> FloatArray:
        """The same as an array, (1, 4)."""
        return np.array([self.box_xyxy])

    def filling(self, input_wh: tuple[int, int], pixels: Pixels) -> "Region | None":
        """The same with as much around it as a network's input of a fixed size has room for.

        It costs nothing there, and tells more. What is looked for stays as large as it needs to be.

        Args:
            input_wh: width and height of the input.
            pixels: of the frame.

        Returns:
            None where the whole frame should be shown.
        """
        height, width = pixels.shape[:2]
        whole = min(input_wh[0] / width, input_wh[1] / height)
        scale = max(whole, min(MOST_ENLARGED, NEEDED_PX / max(self.least * width, 1.0)))
        box = np.array(self.box_xyxy)
        room = np.array([input_wh[0] / width, input_wh[1] / height]) / scale
        sides = np.minimum(np.maximum(room, box[2:] - box[:2]), 1.0)
        low = np.clip((box[:2] + box[2:] - sides) / 2, 0.0, 1.0 - sides)
        return _unless_whole(low, low + sides, self.least)

    def cut(self, pixels: Pixels) -> Pixels:
        """Its pixels, (h, w, 3), shrunk as far as the smallest thing allows; never enlarged."""
        height, width = pixels.shape[:2]
        left, top, right, bottom = _edges(self.box_xyxy, width, height)
        part = pixels[top:bottom, left:right]
        scale = NEEDED_PX / max(self.least * width, 1.0)
        if scale >= 1:
            return part
        size_wh = (max(1, round(part.shape[1] * scale)), max(1, round(part.shape[0] * scale)))
        return np.asarray(cv2.resize(part, size_wh, interpolation=cv2.INTER_AREA), np.uint8)

    def mapped(self, found: Detections, pixels: Pixels) -> Detections:
        """What was found in `cut(pixels)`, as fractions of the frame, without what its edge cuts off."""
        keep = np.flatnonzero(~self._is_cut(found, pixels))
        boxes = self._in_frame(found.boxes_xyxy[keep], pixels)
        return Detections(boxes, found.scores[keep], tuple(found.labels[index] for index in keep))

    def cuts_off(self, found: Detections, pixels: Pixels, places: FloatArray) -> bool:
        """Whether what was found at one of some places goes on beyond the region's edge.

        A stall's umbrella reaches far above the pavement it stands on: the whole frame must be shown.

        Args:
            found: in `cut(pixels)`.
            pixels: of the frame.
            places: boxes (N, 4) of what was looked for, fractions of the frame.
        """
        boxes = self._in_frame(found.boxes_xyxy[self._is_cut(found, pixels)], pixels)
        return any(bool((covered(place, boxes) >= AT_PLACE).any()) for place in places if len(boxes))

    def _is_cut(self, found: Detections, pixels: Pixels) -> BoolArray:
        """Which boxes (N,) end at an edge of the region that is not the frame's own."""
        height, width = pixels.shape[:2]
        left, top, right, bottom = _edges(self.box_xyxy, width, height)
        free = np.array([left == 0, top == 0, right == width, bottom == height])
        near = np.array([1, 1, -1, -1]) * (found.boxes_xyxy - np.array([0, 0, 1, 1])) < CUT_SHARE
        return np.asarray((near & ~free).any(axis=1))

    def _in_frame(self, boxes_xyxy: FloatArray, pixels: Pixels) -> FloatArray:
        """Boxes (N, 4) of the region as fractions of the frame."""
        height, width = pixels.shape[:2]
        edges = np.array(_edges(self.box_xyxy, width, height))
        inner = edges / np.array([width, height, width, height])
        return np.asarray(np.tile(inner[:2], 2) + boxes_xyxy * np.tile(inner[2:] - inner[:2], 2))


def around(places: FloatArray) -> Region | None:
    """The region that shows some places with their surroundings.

    Args:
        places: boxes (N, 4) of what is looked for, fractions of the frame.

    Returns:
        None where the whole frame should be shown: for no place in particular, or for most of it.
    """
    if not len(places):
        return None
    sides = places[:, 2:] - places[:, :2]
    margins = np.maximum(sides * MARGIN, LEAST_MARGIN)
    low = np.clip((places[:, :2] - margins).min(axis=0), 0, 1)
    high = np.clip((places[:, 2:] + margins).max(axis=0), 0, 1)
    return _unless_whole(low, high, float(sides.min()))


def _unless_whole(low: FloatArray, high: FloatArray, least: float) -> Region | None:
    if float(np.prod(high - low)) >= WHOLE_SHARE:
        return None
    left, top, right, bottom = (float(value) for value in (*low, *high))
    return Region((left, top, right, bottom), least)


def _edges(box: BoxXyxy, width: int, height: int) -> tuple[int, int, int, int]:
    """In pixels: left, top, right, bottom."""
    left, top, right, bottom = box
    x0, y0 = int(left * width), int(top * height)
    return x0, y0, max(x0 + 1, round(right * width)), max(y0 + 1, round(bottom * height))
