"""What stands: objects that are where they were, by place and by picture.

No tracker. A parked car overlaps itself one look later and looks the same; a passing one does neither. In
dense traffic different cars fill the same place look after look, so the place alone is not enough; and a
network misses a parked car now and then, so a missed detection alone means nothing either.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum

import msgspec
import numpy as np

from detectors.look import Detections, Pixels
from detectors.picture import DOUBT, SAME, patch, similarity
from models.geometry import FloatArray, covered, ground_points, iou
from models.units import BoxXyxy

SAME_PLACE = 0.6
"""Least overlap (intersection over union) with where it stood; found all long stays of a study on real
footage to the second."""

SAME_OBJECT = 0.45
"""A detection that overlaps a standing object this much is a second box of the same object."""

INSIDE = 0.75
"""As much of a detection inside a standing object's box is a part of that object."""

IN_FRONT = 0.2
"""A detection that covers this share of a place hides it."""

EMPTY_LOOKS = 3
"""Looks in a row that must show a place visible and empty before what stood there has left."""

REPLACED_LOOKS = 5
"""Looks after which whatever stands in an object's place has replaced it rather than passed by."""

HIDDEN_LIMIT_S = 300.0
"""Longest time an object may be hidden before nobody can say that it still stands there."""

ANCHOR_LOOKS = 5
"""Looks over which the place is averaged; afterwards it is fixed, so that creeping is not followed."""


class Sight(StrEnum):
    """What one look says of an object's place."""

    STANDING = "standing"
    OCCLUDED = "occluded"
    EMPTY = "empty"


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """An object that stays where it is, or may turn out to.

    Attributes:
        id: deterministic, from where and when it was first seen.
        first_ground_xy: where it touched the ground in the first look; the box may still settle.
        label: the network's word at its best score.
        score: best score so far.
        box_xyxy: its place, averaged over the first looks.
        picture: what it looks like there (see `detectors.picture`).
        first_seen_at: first look that showed it here.
        last_seen_at: last look that showed it here.
        looks: how many looks showed it here; from 2 on it stands.
        sight: what the last look said of its place.
        absent_since: first look after `last_seen_at`, while it is not seen.
        empty_looks: looks in a row that showed its place empty.
    """

    id: str
    label: str
    score: float
    box_xyxy: BoxXyxy
    picture: bytes
    first_ground_xy: tuple[float, float]
    first_seen_at: datetime
    last_seen_at: datetime
    looks: int = 1
    sight: Sight = Sight.STANDING
    absent_since: datetime | None = None
    empty_looks: int = 0

    @property
    def stands(self) -> bool:
        """Seen here in more than one look."""
        return self.looks > 1


class Gone(msgspec.Struct, frozen=True, kw_only=True):
    """An object that stands no more.

    Attributes:
        proven: its place was seen empty often enough; otherwise nobody knows what became of it.
        at: first look in which it did not stand there any more.
    """

    object: Standing
    proven: bool
    at: datetime
    why: str


def step(
    objects: Sequence[Standing],
    detections: Detections,
    luma: Pixels,
    at: datetime,
    *,
    hiding: FloatArray | None = None,
) -> tuple[tuple[Standing, ...], tuple[Gone, ...]]:
    """Advance all objects of a camera by one look.

    Args:
        objects: what stood or might stand so far.
        detections: what the network found in this look.
        luma: the look itself, shape (H, W).
        at: when it was captured.
        hiding: boxes (N, 4) of what may pass in front beside the detections: people before a stall.

    Returns:
        The objects afterwards, and those that stand no more.
    """
    free = list(range(len(detections)))
    in_front = detections.boxes_xyxy if hiding is None else np.vstack([detections.boxes_xyxy, hiding])
    after: list[Standing] = []
    for thing in sorted(objects, key=lambda thing: (-thing.looks, thing.first_seen_at)):
        now = patch(luma, thing.box_xyxy)
        index = _at_its_place(thing, detections, free, now)
        if index is not None:
            free.remove(index)
            after.append(_seen(thing, detections, index, now, at))
        elif thing.stands and similarity(thing.picture, now) >= SAME:
            after.append(_seen_by_picture(thing, at))
        elif thing.stands:
            after.append(_unseen(thing, in_front, at))
    after.extend(_newcomers(after, detections, free, luma, at))
    gone = [end for thing in after if (end := _end(thing, after, at)) is not None]
    ended = {end.object.id for end in gone}
    return tuple(thing for thing in after if thing.id not in ended), tuple(gone)


def _at_its_place(thing: Standing, detections: Detections, free: list[int], now: bytes) -> int | None:
    """The free detection that is this object: same place, and no other picture."""
    if not free:
        return None
    overlaps = iou(np.array(thing.box_xyxy), detections.boxes_xyxy[free])
    best = int(overlaps.argmax())
    if overlaps[best] < SAME_PLACE or similarity(thing.picture, now) < DOUBT:
        return None
    return free[best]


def _seen(thing: Standing, detections: Detections, index: int, now: bytes, at: datetime) -> Standing:
    score = float(detections.scores[index])
    box = thing.box_xyxy
    if thing.looks < ANCHOR_LOOKS:
        mean = (np.array(box) * thing.looks + detections.boxes_xyxy[index]) / (thing.looks + 1)
        box = _box(mean)
    return msgspec.structs.replace(
        thing,
        label=detections.labels[index] if score > thing.score else thing.label,
        score=max(thing.score, score),
        box_xyxy=box,
        # The picture follows slow changes of light; a sudden one is met by the network still finding it.
        picture=now,
        last_seen_at=at,
        looks=thing.looks + 1,
        sight=Sight.STANDING,
        absent_since=None,
        empty_looks=0,
    )


def _seen_by_picture(thing: Standing, at: datetime) -> Standing:
    """The network missed it, the picture of its place did not change."""
    return msgspec.structs.replace(
        thing,
        last_seen_at=at,
        looks=thing.looks + 1,
        sight=Sight.STANDING,
        absent_since=None,
        empty_looks=0,
    )


def _unseen(thing: Standing, in_front: FloatArray, at: datetime) -> Standing:
    shares = covered(np.array(thing.box_xyxy), in_front)
    hidden = bool(len(shares)) and float(shares.max()) >= IN_FRONT
    return msgspec.structs.replace(
        thing,
        sight=Sight.OCCLUDED if hidden else Sight.EMPTY,
        absent_since=thing.absent_since or at,
        empty_looks=0 if hidden else thing.empty_looks + 1,
    )


def _newcomers(
    known: list[Standing], detections: Detections, free: list[int], luma: Pixels, at: datetime
) -> Iterable[Standing]:
    """What nobody knew: each may stand, if the next look shows it in the same place.

    The surest box of an object comes first: a network may call one vehicle a car and a truck at once.
    """
    seen = np.array([thing.box_xyxy for thing in known if thing.sight is Sight.STANDING]).reshape(-1, 4)
    for index in sorted(free, key=lambda index: -detections.scores[index]):
        box = detections.boxes_xyxy[index]
        if len(seen) and (iou(box, seen).max() >= SAME_OBJECT or covered(box, seen).max() >= INSIDE):
            continue
        seen = np.vstack([seen, box])
        place = _box(box)
        x, y = (round(float(value), 3) for value in ground_points(box[None])[0])
        yield Standing(
            id=f"{at.timestamp():.3f}@{x:.3f},{y:.3f}",
            first_ground_xy=(x, y),
            label=detections.labels[index],
            score=float(detections.scores[index]),
            box_xyxy=place,
            picture=patch(luma, place),
            first_seen_at=at,
            last_seen_at=at,
        )


def _end(thing: Standing, objects: list[Standing], at: datetime) -> Gone | None:
    if thing.absent_since is None:
        return None
    since = thing.absent_since
    if thing.empty_looks >= EMPTY_LOOKS:
        why = f"its place was visible and empty in {EMPTY_LOOKS} looks in a row"
        return Gone(object=thing, proven=True, at=since, why=why)
    if _replaced(thing, objects):
        why = f"something else has stood in its place for {REPLACED_LOOKS} looks"
        return Gone(object=thing, proven=False, at=since, why=why)
    if (at - since).total_seconds() > HIDDEN_LIMIT_S:
        why = f"hidden for more than {HIDDEN_LIMIT_S:.0f} s"
        return Gone(object=thing, proven=False, at=since, why=why)
    return None


def _replaced(thing: Standing, objects: list[Standing]) -> bool:
    others = [other for other in objects if other.id != thing.id and other.looks >= REPLACED_LOOKS]
    others = [other for other in others if other.absent_since is None]
    if not others:
        return False
    boxes = np.array([other.box_xyxy for other in others])
    return bool(iou(np.array(thing.box_xyxy), boxes).max() >= SAME_PLACE)


def _box(values: Iterable[float]) -> BoxXyxy:
    left, top, right, bottom = (round(float(value), 5) for value in values)
    return (left, top, right, bottom)
