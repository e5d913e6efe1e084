"""Which boxes in a picture are one object: second boxes, parts, and the same place again. Pure."""

from collections.abc import Iterable, Sequence

import numpy as np

from models.geometry import FloatArray, covered, ground_points, iou
from models.units import BoxXyxy

SAME_PLACE = 0.6
"""Least overlap (intersection over union) with where it stood; found all long stays of a study on real
footage to the second."""

SAME_OBJECT = 0.45
"""A detection that overlaps a standing object this much is a second box of the same object."""

APART = 0.2
"""Unless it touches the ground elsewhere, by this share of their height: of two cars bumper to bumper, seen
along the row, the boxes overlap, and each has its own wheels."""

UNCOVERED = 0.35
"""Least overlap of a whole vehicle with what was to be seen of it behind another."""

PART, PART_INSIDE = 0.25, 0.7
SAME_WHEELS = 0.1
"""Least overlap of a whole vehicle with a part of it, as its front, which the network found first, and least
share of the part inside the whole. Both touch the ground on one line, to this share of the part's height: of
two vehicles that overlap so much in the picture one stands behind the other, its wheels higher up."""

INSIDE = 0.75
"""As much of a detection inside a standing object's box is a part of that object."""

LOOKED_AT = 0.9
"""Least share of a place inside the regions that the network was shown for its silence to mean anything."""


def is_part(box: FloatArray, seen: FloatArray) -> bool:
    """Whether a detection is a second box, or a part, of something known in this look."""
    if not len(seen):
        return False
    overlaps = iou(box, seen)
    heights = np.minimum(box[3] - box[1], seen[:, 3] - seen[:, 1])
    wheels_apart = np.abs(seen[:, 3] - box[3]) > APART * heights
    same = (overlaps >= SAME_PLACE) | ((overlaps >= SAME_OBJECT) & ~wheels_apart)
    # What was partly hidden when it came is found whole once its neighbour has left.
    same |= (overlaps >= UNCOVERED) & (insides(seen, box) >= LOOKED_AT)
    same |= are_parts(seen, box)
    return bool(same.any() or covered(box, seen).max() >= INSIDE)


def are_parts(boxes: FloatArray, whole: FloatArray) -> FloatArray:
    """Which of some boxes (N, 4) are parts of one vehicle, (N,) bool."""
    on_one_line = np.abs(boxes[:, 3] - whole[3]) <= SAME_WHEELS * (boxes[:, 3] - boxes[:, 1])
    return np.asarray(on_one_line & (iou(whole, boxes) >= PART) & (insides(boxes, whole) >= PART_INSIDE))


def overlaps_of(boxes: Sequence[BoxXyxy], others: FloatArray) -> FloatArray:
    """Intersection over union of each box with each of the others, shape (N, M)."""
    one, other = np.array(boxes)[:, None, :], others[None, :, :]
    sides = np.minimum(one[..., 2:], other[..., 2:]) - np.maximum(one[..., :2], other[..., :2])
    shared = np.maximum(sides, 0.0).prod(axis=2)
    areas = [np.maximum(box[..., 2:] - box[..., :2], 0.0).prod(axis=2) for box in (one, other)]
    union = areas[0] + areas[1] - shared
    return np.asarray(np.divide(shared, union, out=np.zeros_like(shared), where=union > 0))


def insides(boxes: FloatArray, box: FloatArray) -> FloatArray:
    """Share of each box (N, 4) that lies inside one, (N,)."""
    return np.array([covered(one, box[None])[0] for one in boxes])


def lengths_apart(one: BoxXyxy, other: BoxXyxy) -> float:
    """Distance of two places on the ground in lengths of their boxes."""
    sizes = [max(box[2] - box[0], box[3] - box[1]) for box in (one, other)]
    a, b = ground_points(np.array([one, other]))
    return float(np.linalg.norm(a - b)) / max(*sizes, 1e-6)


def box_of(values: Iterable[float]) -> BoxXyxy:
    """A box of four numbers, rounded to what no picture is fine enough to show."""
    left, top, right, bottom = (round(float(value), 5) for value in values)
    return (left, top, right, bottom)
