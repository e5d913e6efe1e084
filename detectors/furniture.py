"""What the plan's reference picture shows belongs to the street: a kiosk, a heap of boxes, a parasol.

A network takes some of it for a stall or a vehicle, again and again. The picture that the zones were drawn on
says better: what looks just as it did then has not come.
"""

import numpy as np

from detectors.emptiness import Shift
from detectors.look import Detections, Pixels
from detectors.overlap import box_of
from detectors.picture import ALIKE, aligned, cells, patch

MOST_APART = 4
"""Cells, of 36, in which a place may look otherwise than in the reference: a branch, a leaf, a passing foot.
With one more, thing and empty place count as told apart (`detectors.emptiness.TELLS_APART`)."""

LEAST_EDGES = 9
"""Cells with edges in the reference that must be there to be found again: bare ground proves nothing, for
what stands on it in the dark may be as bare."""


def newly_come(found: Detections, reference: Pixels, luma: Pixels, shift_xy: Shift) -> Detections:
    """Those detections that are no part of the street.

    Args:
        found: what the network says.
        reference: brightness of the street without what comes and goes, (H, W), any size.
        luma: the look, (H, W).
        shift_xy: how far the look is displaced against the reference, in fractions of the frame.
    """
    back = np.array([*shift_xy, *shift_xy])
    keep = [
        index
        for index, box in enumerate(found.boxes_xyxy)
        if not _shows_the_same(patch(reference, box_of(box - back)), patch(luma, box_of(box)))
    ]
    if len(keep) == len(found):
        return found
    return Detections(found.boxes_xyxy[keep], found.scores[keep], tuple(found.labels[i] for i in keep))


def _shows_the_same(before: bytes, now: bytes) -> bool:
    if not before or not now:
        return False
    return _fits(before, now) or _fits(before, aligned(before, now))


def _fits(before: bytes, now: bytes) -> bool:
    _, edges = cells([before], [before])
    if int(edges.sum()) < LEAST_EDGES:
        return False
    alike, structured = cells([before], [now])
    apart = int((alike < 0.5).sum())  # noqa: PLR2004 - halfway between alike and not
    return apart <= MOST_APART and float(alike[structured].mean()) >= ALIKE
