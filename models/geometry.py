"""Plane geometry on fractions of a frame: boxes, polygons, overlaps.

Boxes are `(N, 4)` or `(4,)` xyxy in fractions (0..1, x right, y down). Polygons are `(M, 2)`.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import shapely
from shapely import Polygon
from shapely.validation import explain_validity

FloatArray = npt.NDArray[np.float64]
Point = tuple[float, float]

FOOTPRINT_SHARE = 0.25
"""Share of a box's height, from below, that stands for the ground a vehicle covers.

Seen from a mast, the wheels of a car occupy about the lower quarter of its box; the roof leans over
whatever lies behind. Zones are painted on the ground, so only this part is held against them.
"""


def iou(box: FloatArray, boxes: FloatArray) -> FloatArray:
    """Intersection over union of one box with each of many.

    Shape: (4,), (N, 4) -> (N,). Empty boxes give 0.
    """
    left_top = np.maximum(box[:2], boxes[:, :2])
    right_bottom = np.minimum(box[2:], boxes[:, 2:])
    inter = np.prod(np.clip(right_bottom - left_top, 0, None), axis=1)
    area = np.prod(np.clip(box[2:] - box[:2], 0, None))
    areas = np.prod(np.clip(boxes[:, 2:] - boxes[:, :2], 0, None), axis=1)
    union = area + areas - inter
    shares: FloatArray = np.divide(inter, union, out=np.zeros_like(inter), where=union > 0)
    return shares


def covered(box: FloatArray, boxes: FloatArray) -> FloatArray:
    """Share of one box's area that lies under each of many.

    Shape: (4,), (N, 4) -> (N,).
    """
    left_top = np.maximum(box[:2], boxes[:, :2])
    right_bottom = np.minimum(box[2:], boxes[:, 2:])
    inter = np.prod(np.clip(right_bottom - left_top, 0, None), axis=1)
    area = float(np.prod(np.clip(box[2:] - box[:2], 0, None)))
    return np.asarray(inter / area) if area > 0 else np.zeros(len(boxes))


def ground_points(boxes: FloatArray) -> FloatArray:
    """Where each box touches the ground: the middle of its lower edge.

    Shape: (N, 4) -> (N, 2). Boxes are never clipped first: clipping moves the point.
    """
    return np.stack([(boxes[:, 0] + boxes[:, 2]) / 2, boxes[:, 3]], axis=1)


def footprint_share(boxes: FloatArray, zone: Polygon) -> FloatArray:
    """Share of each box's footprint (its lower quarter) that lies inside a zone.

    Shape: (N, 4) -> (N,), 0..1.
    """
    if len(boxes) == 0:
        return np.zeros(0)
    tops = boxes[:, 3] - FOOTPRINT_SHARE * (boxes[:, 3] - boxes[:, 1])
    feet = shapely.box(boxes[:, 0], tops, boxes[:, 2], boxes[:, 3])
    inside = shapely.area(shapely.intersection(feet, zone))
    areas = shapely.area(feet)
    shares: FloatArray = np.divide(inside, areas, out=np.zeros(len(boxes)), where=areas > 0)
    return shares


def polygon_fault(points: Sequence[Point]) -> str | None:
    """What keeps these points from being a zone, in words, or None when nothing does."""
    if len(points) < 3:  # noqa: PLR2004 - a triangle
        return f"has {len(points)} points, a polygon needs 3"
    outside = [(x, y) for x, y in points if not (0 <= x <= 1 and 0 <= y <= 1)]
    if outside:
        x, y = outside[0]
        return f"point [{x:g}, {y:g}] is outside the frame; coordinates are fractions from 0 to 1"
    polygon = Polygon(points)
    if not polygon.is_valid:
        return f"is no simple polygon: {explain_validity(polygon)}"
    if polygon.area < 1e-5:  # noqa: PLR2004 - about 3x3 pixels of a 1000x1000 frame
        return "covers no area worth watching (less than 0.001 % of the frame)"
    return None


def shape(points: Sequence[Point]) -> Polygon:
    """The zone as a prepared polygon. The points must have passed `polygon_fault`."""
    polygon = Polygon(points)
    shapely.prepare(polygon)
    return polygon
