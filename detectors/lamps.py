"""What the dark does to looks: of a vehicle little is seen but its lamps, and they go on and out."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
import numpy as np

from detectors.emptiness import View
from detectors.overlap import SAME_PLACE
from detectors.reasons import noted
from detectors.things import UNBROKEN_S, Standing
from models.geometry import iou

MOVED_ON = 2
"""Looks in full sight without it after which what stands in its place has come anew: the next in a queue
burns the same lamps."""

TO_THE_INCH = 0.9
INCH_S = 5.0
"""Least overlap with where it stood of what is it still, out of sight for so many seconds while nothing held
still but other lamps swept over it: who takes another's place stops a hand's breadth beside.
Lamps that turn or pass sweep for two or three looks; both chosen on the develop clips by night."""

DARK = 70.0
"""Brightness of the middle pixel (0..255) below which vehicles burn lamps: the rendered nights have 27 to 69,
dusk 43 to 68, rain by day 73 and more."""


def is_dark(view: View) -> bool:
    """Whether vehicles burn lamps in this look."""
    return float(np.median(view.luma[::4, ::4])) < DARK  # every sixteenth pixel says as much


def rejoined(objects: Sequence[Standing], at: datetime) -> list[Standing]:
    """With what came to stand at once where another was lost from sight, as one: it, looking otherwise.

    By night a vehicle whose lamps go out looks like another. But nobody drives off and leaves the place to
    another who has come to rest there within so few seconds.

    Args:
        objects: after a look in the dark.
        at: when it was captured.
    """
    # Only who came to stand with this very look: of nobody else is it sure that no stay was told.
    came = [thing for thing in objects if thing.looks == thing.needs and thing.last_seen_at == at]
    absent = [thing for thing in objects if thing.stands and thing.absent_since]
    lost = [thing for thing in absent if not thing.empty_looks and not thing.displaced]
    one: dict[str, Standing] = {}
    for other in came if lost else ():
        for thing in lost:
            away = other.first_seen_at - thing.last_seen_at
            overlap = float(iou(np.array(thing.box_xyxy), np.array([other.box_xyxy]))[0])
            in_its_place = overlap >= TO_THE_INCH and thing.unlike_looks < MOVED_ON
            at_once = timedelta(0) < away <= timedelta(seconds=INCH_S if in_its_place else UNBROKEN_S)
            if at_once and overlap >= SAME_PLACE and thing.id not in one:
                one[thing.id] = _one_of(thing, other, at, overlap)
                one[other.id] = one[thing.id]
                break
    kept = [one.get(thing.id, thing) for thing in objects]
    return list({thing.id: thing for thing in kept}.values())


def _one_of(thing: Standing, other: Standing, at: datetime, overlap: float) -> Standing:
    """An object that was lost from sight, going on as what was taken for another."""
    what = "in the dark, at once something else to look at: it, its lamps on or out"
    return msgspec.structs.replace(
        other,
        id=thing.id,
        first_ground_xy=thing.first_ground_xy,
        first_seen_at=thing.first_seen_at,
        label=thing.label if thing.score > other.score else other.label,
        score=max(thing.score, other.score),
        looks=thing.looks + other.looks,
        needs=thing.needs,
        earlier=thing.picture,
        crept=thing.crept,
        reasons=noted(thing.reasons, what, at, {"overlap": overlap}),
    )
