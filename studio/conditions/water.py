"""Water that rises over a street: how high it stands when, and what lies under it. Pure.

A carriageway is highest in its middle and lowest in the gutters, one of them lower than the other. Water
stands in the lower gutter first, then in both, then everywhere. Levels are metres over the lowest place.
"""

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt
import shapely

from studio.conditions.weather import cloud, sampled
from studio.scenes.scene import Scene
from studio.streets.street import KERB_M, Place, Street

Plane = npt.NDArray[np.float32]

SURFACE_M = 0.15
"""How high the water is rendered: over every pavement. What of it shows is decided pixel by pixel."""

_CROSSFALL = 0.015
"""Of carriageways, towards the gutter: CJJ 37 asks for 1 to 2 %."""
_PAVEMENT_FALL = 0.02
_TILT = 0.004
"""Of the whole street, so that one gutter fills before the other."""
_UNEVEN_M, _UNEVEN_EVERY_M = 0.022, 7.0
_EDGE_M = 0.008
"""From where water is a film to where it hides the ground."""
_GRID_M = 0.25


def level_at(scene: Scene, second: float) -> float:
    """How high the water stands over the lowest place, metres; straight between the scene's points."""
    if not scene.water:
        return 0.0
    return float(
        np.interp(second, [point.at_s for point in scene.water], [point.level_m for point in scene.water])
    )


class Relief:
    """How a street's ground falls: heights over the lowest gutter, kerbs included."""

    def __init__(self, street: Street) -> None:
        self._left, right = street.x
        self._low, high = street.y
        columns = np.arange(self._left, right + _GRID_M, _GRID_M)
        x, y = np.meshgrid(columns, np.arange(self._low, high + _GRID_M, _GRID_M))
        inside = shapely.contains_xy(street.carriageway, x, y)
        away = shapely.distance(shapely.points(x, y), street.carriageway.boundary)
        heights = away * np.where(inside, _CROSSFALL, _PAVEMENT_FALL)
        heights += _TILT * np.maximum(street.carriageway.bounds[3] - y, 0)
        across = (axis.astype(np.float32) / np.float32(_UNEVEN_EVERY_M) for axis in (x, y))
        heights += _UNEVEN_M * sampled(cloud(street.seed), *across)
        heights -= heights[inside].min()
        self._falls = heights.astype(np.float32)
        self._raised = (heights + np.where(inside, 0, KERB_M)).astype(np.float32)

    def fall(self, x: Plane, y: Plane) -> Plane:
        """What slopes add to the height of what is built as if the street were level, (H, W) metres."""
        return self._seen(self._falls, x, y)

    def ground(self, x: Plane, y: Plane) -> Plane:
        """How high the ground lies, (H, W) metres."""
        return self._seen(self._raised, x, y)

    def _seen(self, heights: Plane, x: Plane, y: Plane) -> Plane:
        u = ((x - self._left) / _GRID_M).astype(np.float32)
        v = ((y - self._low) / _GRID_M).astype(np.float32)
        seen = cv2.remap(heights, u, v, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(seen, np.float32)


def flooded_share(relief: Relief, ground: Sequence[Place], level_m: float) -> float:
    """Which share of an area on the ground is under water, 0..1.

    Args:
        relief: of the street.
        ground: the area's corners, metres.
        level_m: of the water over the lowest place.
    """
    area = shapely.Polygon(ground)
    left, low, right, high = area.bounds
    x, y = np.meshgrid(np.arange(left, right, _GRID_M), np.arange(low, high, _GRID_M))
    inside = shapely.contains_xy(area, x, y)
    if level_m <= 0 or not inside.any():
        return 0.0
    heights = relief.ground(x.astype(np.float32), y.astype(np.float32))
    return float((heights < level_m)[inside].mean())


class Flood:
    """Where water shows in pictures of one street and camera."""

    def __init__(self, street: Street, place: Plane) -> None:
        """Take the street and where each pixel lies, (H, W, 3) metres."""
        self._relief = Relief(street)
        self._height = self._relief.fall(place[..., 0], place[..., 1]) + np.maximum(place[..., 2], 0)
        self._height[np.abs(place).sum(axis=-1) == 0] = np.inf

    def shows(self, level_m: float) -> Plane:
        """How much of each pixel is water at a level, (H, W) 0..1."""
        if level_m <= 0:
            return np.zeros(self._height.shape, np.float32)
        shown: Plane = np.clip((level_m - self._height) / _EDGE_M, 0, 1).astype(np.float32)
        return shown

    def depth_at(self, x: float, y: float, level_m: float) -> float:
        """How deep the water is at a place, metres; below 0 where it is dry."""
        place = (np.array([[value]], np.float32) for value in (x, y))
        return level_m - float(self._relief.ground(*place)[0, 0])
