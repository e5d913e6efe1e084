"""When what stood stands no more: its place was seen empty, something else stands there, or nobody knows."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np

from detectors.overlap import SAME_PLACE
from detectors.things import Gone, Standing
from models.geometry import iou

EMPTY_LOOKS = 3
"""Looks that must show a place visible and empty, and never it again, before what stood there has left."""

EMPTY_BUT_REPLACED = 2
"""As many are enough once something else stands there."""

BARE_S = 60.0
"""Seconds without it before they count where the network was not asked in each of them: a bus that it does
not find stops for less."""

REPLACED_LOOKS = 5
"""Looks after which whatever stands in an object's place has replaced it rather than passed by."""

HIDDEN_LIMIT_S = 300.0
"""Longest time an object may be hidden before nobody can say that it still stands there."""


def end_of(thing: Standing, objects: Sequence[Standing], at: datetime) -> Gone | None:
    """The end of something that is absent; None while it may still stand there.

    Args:
        thing: after this look.
        objects: everything that stands or might after this look.
        at: when the look was captured.
    """
    if thing.absent_since is None:
        return None
    proven, why = True, ""
    if thing.empty_looks >= EMPTY_LOOKS:
        why = f"its place was visible and empty in {EMPTY_LOOKS} looks"
    elif thing.bare_looks >= thing.bare_enough and (
        not thing.unasked or at - thing.absent_since >= timedelta(seconds=BARE_S)
    ):
        looks = thing.bare_looks
        why = f"its place was visible, unlike it and without anything found in {looks} looks"
    elif (looks := _replaced(thing, objects)) and thing.empty_looks >= EMPTY_BUT_REPLACED:
        why = f"its place was visible and empty in {thing.empty_looks} looks, then something else stood there"
    elif looks >= REPLACED_LOOKS:
        proven, why = False, f"something else has stood in its place for {REPLACED_LOOKS} looks"
    elif at - thing.absent_since > timedelta(seconds=HIDDEN_LIMIT_S + thing.blind_s):
        proven, why = False, f"nobody could see for {HIDDEN_LIMIT_S:.0f} s whether it stands there"
    # What happened behind a bus nobody saw: it is away since the first look that showed as much.
    away = (proven and thing.away_since) or thing.absent_since
    return Gone(object=thing, proven=proven, at=away, why=why) if why else None


def _replaced(thing: Standing, objects: Sequence[Standing]) -> int:
    """Looks that showed something else standing in its place; 0 when nothing does."""
    place, most = np.array(thing.box_xyxy), 0
    for other in objects:
        came_later = other.id != thing.id and other.first_seen_at >= thing.last_seen_at
        if came_later and other.stands and other.absent_since is None:
            overlap = float(iou(place, np.array([other.box_xyxy]))[0])
            most = max(most, other.looks if overlap >= SAME_PLACE else 0)
    return most
