"""The camera on the mast as a pinhole: metres of the street to pixels of the frame."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from shapely import Polygon, box

from models.geometry import FloatArray

SENSOR_WIDTH_MM = 36.0
"""Lenses are given as on 35 mm film, as photographers and Blender do."""

OVERSCAN_PX = 16
"""Rendered beyond each edge of the frame, so that a sprite moved by a few pixels has no cut edge and a
shaken camera finds picture there."""

_NEAREST_M = 0.3


def margin_of(frame: npt.NDArray[np.float32], lens: "Lens") -> int:
    """How much of the overscan a frame still has on each side, pixels: all of it where the camera sways."""
    return (len(frame) - lens.height) // 2


@dataclass(frozen=True)
class Lens:
    """Where the camera hangs, where it looks, how long its lens is, how many pixels it has.

    Attributes:
        eye: metres; z is the height on the mast.
        target: the point in the middle of the picture.
        focal_mm: as on 35 mm film.
        width, height: of the frame, without overscan.
    """

    eye: tuple[float, float, float]
    target: tuple[float, float, float]
    focal_mm: float
    width: int
    height: int

    @property
    def focal_px(self) -> float:
        """Pixels per unit of slope."""
        return self.focal_mm / SENSOR_WIDTH_MM * self.width

    @cached_property
    def axes(self) -> FloatArray:
        """Rows right, down, forward: the camera's own directions in the street, (3, 3)."""
        forward = np.subtract(self.target, self.eye)
        forward = forward / np.linalg.norm(forward)
        right = np.cross(forward, (0.0, 0.0, 1.0))
        right = right / np.linalg.norm(right)
        return np.stack([right, np.cross(forward, right), forward])

    def project(self, points: FloatArray) -> FloatArray:
        """Pixels and depth of points: (N, 3) metres -> (N, 3) as x, y, metres ahead.

        Points behind the camera are drawn to just before it, so that what reaches behind still has a
        bounding box that covers the frame's edge.
        """
        seen = (np.asarray(points, dtype=np.float64) - self.eye) @ self.axes.T
        depth = np.maximum(seen[:, 2], _NEAREST_M)
        x = self.width / 2 + self.focal_px * seen[:, 0] / depth
        y = self.height / 2 + self.focal_px * seen[:, 1] / depth
        return np.stack([x, y, seen[:, 2]], axis=1)

    def ground(self, x: float, y: float) -> tuple[float, float, float]:
        """Pixel and depth of a place on the ground."""
        px, py, depth = self.project(np.array([[x, y, 0.0]]))[0]
        return float(px), float(py), float(depth)

    def on_ground(self, px: float, py: float) -> tuple[float, float]:
        """The place on the ground that a pixel below the horizon shows."""
        right, down, forward = self.axes
        ray = forward + right * (px - self.width / 2) / self.focal_px
        ray = ray + down * (py - self.height / 2) / self.focal_px
        far = self.eye[2] / max(-ray[2], 1e-6)
        return float(self.eye[0] + far * ray[0]), float(self.eye[1] + far * ray[1])

    def distance_m(self, x: float, y: float) -> float:
        """How far away a place on the ground is."""
        return math.dist(self.eye, (x, y, 0.0))

    def fractions(self, corners: Sequence[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
        """A polygon on the ground as a plan wants it: fractions of the frame, cut off at its edges."""
        points = self.project(np.array([(x, y, 0.0) for x, y in corners]))
        whole = Polygon(points[:, :2] / (self.width, self.height))
        seen = whole.intersection(box(0, 0, 1, 1))
        return tuple((round(x, 4), round(y, 4)) for x, y in seen.exterior.coords[:-1])
