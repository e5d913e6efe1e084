"""What stands: objects that are where they were, by place and by picture.

No tracker. A parked car overlaps itself one look later and looks the same; a passing one does neither. In
dense traffic different cars fill the same place look after look, so the place alone is not enough; and a
network misses a parked car now and then, so a missed detection alone means nothing either. Nor does it prove
that something has left: for that its place must show the empty street (`detectors.emptiness`).
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import msgspec
import numpy as np

from detectors import appearance
from detectors.emptiness import (
    Emptiness,
    Judgement,
    Shows,
    View,
    differs,
    forget,
    judge,
    learn,
)
from detectors.ending import end_of
from detectors.lamps import rejoined
from detectors.look import Detections
from detectors.overlap import (
    INSIDE,
    LOOKED_AT,
    SAME_OBJECT,
    SAME_PLACE,
    are_parts,
    box_of,
    is_part,
    lengths_apart,
    overlaps_of,
)
from detectors.picture import (
    ALIKE,
    ANOTHER,
    DOUBT,
    SAME,
    UNLIKE,
    likeness,
    similarity,
)
from detectors.reasons import noted
from detectors.sameness import Sameness
from detectors.things import BARE_LOOKS, ENOUGH_LOOKS, UNBROKEN_S, Asked, Gone, Sight, Standing
from models.geometry import FloatArray, covered, ground_points, iou
from models.plan import VEHICLES

UNFOLDS = frozenset({"stall"})
SAME_FOOT = 0.25
"""A stall opens its umbrella and lays out its goods, and packs them up again: a larger or smaller box of its
kind over it, whose foot is no further from its own than this share of the box's sides, is itself."""

IN_FRONT = 0.2
"""A detection that covers this share of a place hides it."""

STRANGE_LOOKS = 20
"""The same where the empty place was seen and looked otherwise: snow has fallen, or something undetected
stands in front. No bus stops for so long without being found once."""

MISSES, UNASKED_MISSES = 1, 3
"""Looks that may miss what was seen once only: networks blink. More of those in which the network was not
asked and the picture does not tell: where the exposure flickers, no look is like the one before. At a look a
second three outlast `novelty.CONFIRM_S`, after which the network is asked."""

ANCHOR_LOOKS = 5
"""Looks over which the place is averaged; afterwards it is fixed, so that creeping is not followed."""

INDISTINCT_LOOKS = 5
"""Looks before what looks like the empty place stands: either a ghost, or it was there while the place was
learnt."""

OTHER_LIGHT = 0.95
"""Below this correlation with the look before, the light has changed at a stroke."""

CREEP_S = 40.0
"""A queue moves on within so many seconds."""

CREEP_LENGTHS = (0.4, 1.6)
"""And by so many vehicle lengths at a time: what stands where the other stood has replaced it."""


def step(
    objects: Sequence[Standing], asked: Asked, view: View, at: datetime
) -> tuple[tuple[Standing, ...], tuple[Gone, ...]]:
    """Advance all objects of a camera by one look.

    Args:
        objects: what stood or might stand so far.
        asked: what the network was asked in this look, and what it found.
        view: the look beside the empty street.
        at: when it was captured.

    Returns:
        The objects afterwards, and those that stand no more.
    """
    look = _Look(asked.moved(view.shift_xy), view, at, [*objects])
    after = [found for thing in objects if (found := look.advanced(thing)) is not None]
    newcomers = list(look.newcomers(after))
    after = [thing for thing in after if not _outgrown(thing, newcomers)] + newcomers
    if look.same.dark:
        after = rejoined(after, at)
    gone = [end for thing in after if (end := end_of(thing, after, at)) is not None]
    ended = {end.object.id for end in gone}
    return tuple(thing for thing in after if thing.id not in ended), tuple(gone)


def learnt(objects: Sequence[Standing], asked: Asked, view: View) -> Emptiness:
    """The empty street after a look, learnt wherever nothing stands or passes.

    Args:
        objects: what stands after this look (see `step`).
        asked: as given to `step`.
        view: as given to `step`.
    """
    here = asked.moved(view.shift_xy)
    boxes = [np.array([thing.box_xyxy for thing in objects]).reshape(-1, 4)]
    if here.detections is not None:
        boxes.append(here.detections.boxes_xyxy)
    if here.hiding is not None:
        boxes.append(here.hiding)
    regions = np.zeros((0, 4)) if here.detections is None else here.regions
    places = learn(view, np.vstack(boxes), regions)
    for thing in objects:
        if thing.is_ghostly and thing.looks == thing.needs:
            # It has stood there all along: what was learnt there was the thing itself.
            places = forget(places, thing.box_xyxy)
    return places


class _Look:
    """One look while it is worked through.

    Attributes:
        same: the look held against what was known.
        pairs: which detection is which object; `overlaps` how well each fits.
        unfolded: ids of what became larger in this look, each with how.
    """

    def __init__(self, asked: Asked, view: View, at: datetime, objects: list[Standing]) -> None:
        self.asked = asked
        self.view = view
        self.at = at
        self.found = asked.detections or Detections()
        hiding = asked.hiding if asked.hiding is not None else np.zeros((0, 4))
        self.in_front = np.vstack([self.found.boxes_xyxy, hiding])
        self.same = Sameness(asked, view, at, objects)
        self.overlaps: dict[str, float] = {}
        self.unfolded: dict[str, str] = {}
        self.pairs = self._paired(objects)

    def advanced(self, thing: Standing) -> Standing | None:
        """An object after this look; None when it was seen once and never again."""
        if (index := self.pairs.get(thing.id)) is not None:
            return self._seen(thing, index)
        if not thing.stands:
            return self._candidate(thing)
        return self._unfound(thing)

    def newcomers(self, known: list[Standing]) -> Iterable[Standing]:
        """What nobody knew: each may stand, if the next look shows it in the same place.

        The surest box of an object comes first: a network may call one vehicle a car and a truck at once.
        """
        here = [thing.box_xyxy for thing in known if thing.sight is Sight.STANDING and not thing.misses]
        # As it is averaged, and as it was found in this very look: of a stall whose cloth hangs lower today,
        # the lower half is no second stall.
        found_now = self.found.boxes_xyxy[sorted(self.pairs.values())]
        seen = np.vstack([np.array(here).reshape(-1, 4), found_now])
        free = [index for index in range(len(self.found)) if index not in self.pairs.values()]
        for index in sorted(free, key=lambda index: -self.found.scores[index]):
            box = self.found.boxes_xyxy[index]
            if is_part(box, seen) or any(self._is_rest(index, thing) for thing in known):
                continue
            seen = np.vstack([seen, box])
            yield self._newcomer(index)

    def _is_rest(self, index: int, thing: Standing) -> bool:
        """Whether a detection is what is to be seen of something of which another hides the rest."""
        if not thing.stands or thing.sight is not Sight.OCCLUDED:
            return False
        place, box = np.array(thing.box_xyxy), self.found.boxes_xyxy[index]
        others = np.delete(self.found.boxes_xyxy, index, axis=0)
        hidden = len(others) and float(covered(place, others).max()) >= IN_FRONT
        inside = float(covered(box, place[None])[0]) >= INSIDE
        return bool(hidden and inside and float(iou(box, place[None])[0]) < SAME_PLACE)

    def _paired(self, objects: list[Standing]) -> dict[str, int]:
        """Which object each detection is: best overlaps first, each used once, and never another picture."""
        if not objects or not len(self.found):
            return {}
        overlaps = overlaps_of([thing.box_xyxy for thing in objects], self.found.boxes_xyxy)
        pairs: dict[str, int] = {}
        # What stands comes before what may, and what has stood longer first where two overlap one alike:
        # there is never a second of one vehicle.
        order = [
            (not objects[i].stands, -overlaps[i, j], -objects[i].looks, i, j)
            for i, j in np.argwhere(overlaps >= SAME_PLACE)
        ]
        for *_, i, j in sorted(order):
            thing = objects[i]
            if (
                thing.id not in pairs
                and j not in pairs.values()
                and self.same.is_it(thing, self.found.boxes_xyxy[j])
            ):
                pairs[thing.id] = int(j)
                self.overlaps[thing.id] = float(overlaps[i, j])
        for j in range(len(self.found)):
            for what, of in (
                ("it unfolded, or was packed up", self._unfolded),
                ("found whole: what was known was a part of it", self._part_of),
            ):
                if j not in pairs.values() and (thing := of(objects, j, pairs)) is not None:
                    pairs[thing.id] = j
                    place = np.array(thing.box_xyxy)
                    self.overlaps[thing.id] = float(iou(place, self.found.boxes_xyxy[j : j + 1])[0])
                    self.unfolded[thing.id] = what
        return pairs

    def _part_of(self, objects: list[Standing], index: int, pairs: dict[str, int]) -> Standing | None:
        """The part, as a bonnet, of what was found whole and is surer than the part ever was."""
        whole, score = self.found.boxes_xyxy[index], float(self.found.scores[index])
        parts = [
            thing
            for thing in self._parts(objects, whole)
            if thing.id not in pairs
            and thing.sight is Sight.STANDING
            and thing.score < score
            and self.same.alike[thing.id] >= DOUBT
        ]
        return max(parts, key=lambda thing: thing.score, default=None)

    def _parts(self, objects: Iterable[Standing], whole: FloatArray) -> list[Standing]:
        """What stands and is a part of one vehicle, a box (4,)."""
        stand = [thing for thing in objects if thing.stands]
        if not stand:
            return []
        are = are_parts(np.array([thing.box_xyxy for thing in stand]), whole)
        return [thing for thing, is_one in zip(stand, are, strict=True) if is_one]

    def _raises(self, thing: Standing, index: int) -> bool:
        """Whether what was found speaks for this one: not if it is all of a surer one, and this the rest."""
        surer = (other for other in self.same.others if other.id != thing.id and other.score > thing.score)
        return not self._parts(surer, self.found.boxes_xyxy[index])

    def _unfolded(self, objects: list[Standing], index: int, pairs: dict[str, int]) -> Standing | None:
        """What stood until a moment ago where something of its kind, which can unfold, was found."""
        box, label = self.found.boxes_xyxy[index], self.found.labels[index]
        for thing in objects if label in UNFOLDS else ():
            lately = self.at - thing.last_seen_at <= timedelta(seconds=UNBROKEN_S)
            if thing.id in pairs or thing.label != label or not lately:
                continue
            feet = ground_points(np.array([thing.box_xyxy, box]))
            near = np.abs(feet[0] - feet[1]) <= SAME_FOOT * (box[2:] - box[:2])
            place = np.array(thing.box_xyxy)
            within = max(covered(place, box[None])[0], covered(box, place[None])[0])
            if near.all() and within >= INSIDE:
                return thing
        return None

    def _seen(self, thing: Standing, index: int) -> Standing:
        """The network found it where it was."""
        score = float(self.found.scores[index])
        box, here = thing.box_xyxy, self.found.boxes_xyxy[index]
        if thing.looks < ANCHOR_LOOKS:
            box = box_of((np.array(box) * thing.looks + here) / (thing.looks + 1))
        overlap = self.overlaps[thing.id]
        alike = self.same.alike[thing.id]
        what = "found in its place, looking the same"
        if thing.id in self.unfolded:
            what, box = self.unfolded[thing.id], here
            self.same.now[thing.id] = self.view.now(box_of(here))
        elif alike < DOUBT:
            what = "found in its place under another light"
        if score > thing.score and not self._raises(thing, index):
            score = thing.score
        thing = msgspec.structs.replace(
            thing,
            label=self.found.labels[index] if score > thing.score else thing.label,
            score=max(thing.score, score),
            box_xyxy=box_of(box),
            reasons=noted(thing.reasons, what, self.at, {"overlap": overlap, "correlation": alike}),
        )
        # The picture follows the light, slow or sudden: the network found it.
        return self._described(self._here(thing, self.same.now[thing.id]))

    def _candidate(self, thing: Standing) -> Standing | None:
        """What was seen once and not found in this look.

        The picture alone is no second sight of it, unless the place is known to look otherwise when empty.
        """
        if not self._looked_at(thing):
            told = judge(self.view, thing.box_xyxy, thing.picture, self.in_front)
            if told.shows is Shows.IT and told.like_empty is not None:
                return self._described(self._by_picture(thing, told))
            return thing if told.shows is Shows.IT else self._missed(thing, UNASKED_MISSES)
        return self._missed(thing, MISSES)

    def _missed(self, thing: Standing, most: int) -> Standing | None:
        if thing.misses >= most:
            return None
        return msgspec.structs.replace(thing, misses=thing.misses + 1)

    def _unfound(self, thing: Standing) -> Standing:
        """What stood and was not found at its place: the picture has to tell."""
        alike = self.same.alike[thing.id]
        if alike >= SAME and not thing.is_ghostly:
            # Whatever lies over it in the network's eyes, all of it is to be seen; and the empty place,
            # where it is known, looked otherwise when it came.
            told = Judgement(Shows.IT, alike, None, 1.0, clear=True)
        else:
            told = judge(self.view, thing.box_xyxy, thing.picture, self.in_front)
        match told.shows:
            case Shows.IT if self.same.may_be_back(thing):
                return self._by_picture(thing, told)
            case Shows.EMPTY:
                return self._empty(thing, told)
            case _ if self._is_bare(thing, told):
                return self._bare(thing, told)
            case _:
                return self._hidden(thing, told)

    def _by_picture(self, thing: Standing, told: Judgement) -> Standing:
        """Not found, or not asked for, but its place shows it."""
        what = "not found, but its place looks as before"
        if not self._looked_at(thing):
            what = "its place looks as before"
        if told.visible < 1 - IN_FRONT:
            what = "partly hidden, the rest looks as before"
        thing = msgspec.structs.replace(thing, reasons=noted(thing.reasons, what, self.at, told.values))
        # It follows the light only while nothing can slip into its picture: all of it is in sight.
        follows = told.visible == 1 and told.like_empty is not None
        return self._here(thing, self.same.now[thing.id] if follows else thing.picture)

    def _here(self, thing: Standing, picture: bytes) -> Standing:
        jumped = picture != thing.picture and self.same.alike[thing.id] < OTHER_LIGHT
        # A light that lasted for a look or two is none to come back to.
        lasted = jumped and thing.calm >= ANCHOR_LOOKS
        return msgspec.structs.replace(
            thing,
            picture=picture,
            earlier=thing.picture if lasted else thing.earlier,
            calm=0 if jumped else min(thing.calm + 1, ANCHOR_LOOKS),
            last_seen_at=self.at,
            looks=thing.looks + 1,
            sight=Sight.STANDING,
            absent_since=None,
            away_since=None,
            empty_looks=0,
            bare_looks=0,
            vacant_looks=0,
            unlike_looks=0,
            displaced=False,
            misses=0,
            blind_s=0.0,
            lately=b"",
        )

    def _empty(self, thing: Standing, told: Judgement) -> Standing:
        """Its place shows the empty street; that counts only when the network found nothing there either."""
        counts = self._looked_at(thing)
        what = "its place is empty" if counts else "its place looks empty, the network was not asked"
        return self._absent(thing, Sight.EMPTY, what, told, empty_looks=thing.empty_looks + counts)

    def _is_bare(self, thing: Standing, told: Judgement) -> bool:
        """Whether its place shows something unlike it, in full sight, where the empty place is not known."""
        unlike = told.shows is Shows.NEITHER and told.like_it < UNLIKE
        return unlike and told.clear and not self._covered(thing)

    def _bare(self, thing: Standing, told: Judgement) -> Standing:
        """Before such a look counts, the one before must have shown the same: what passes or moves changes.

        It counts only when the network found nothing there either.
        """
        now, counts = self.same.now[thing.id], self._looked_at(thing)
        still = bool(thing.lately) and (
            similarity(thing.lately, now) >= DOUBT or likeness(thing.lately, now) >= ALIKE
        )
        looks = (thing.bare_looks if still else 0) + counts
        unasked = thing.unasked + (not counts) if still and thing.bare_looks else 0
        what = "its place shows something unlike it, and nothing was found there"
        if not counts:
            what = "its place shows something unlike it, the network was not asked"
        enough = BARE_LOOKS if told.like_empty is None else STRANGE_LOOKS
        vacant = counts and told.like_empty is not None and told.like_empty >= UNLIKE
        thing = msgspec.structs.replace(
            thing,
            bare_enough=enough,
            unasked=unasked,
            vacant_looks=thing.vacant_looks + vacant,
            # Where the network was not asked, another's lamps may do no more than shine on it.
            unlike_looks=thing.unlike_looks + (counts or told.like_it < ANOTHER),
        )
        sight = Sight.EMPTY if looks else Sight.OCCLUDED
        return self._absent(thing, sight, what, told, bare_looks=looks)

    def _is_displaced(self, thing: Standing) -> bool:
        """Whether another vehicle is on the very ground it stood on, its foot no nearer: it does not hide it.

        Neither a part of it nor what it is a part of, and nothing that is known to stand.
        """
        place = np.array(thing.box_xyxy)
        left, top, right, bottom = thing.box_xyxy
        for index, (x, y) in enumerate(ground_points(self.found.boxes_xyxy)):
            on_its_ground = left <= x <= right and (top + bottom) / 2 <= y <= bottom
            known = index in self.pairs.values() or self.found.labels[index] not in VEHICLES
            if not on_its_ground or known:
                continue
            box = self.found.boxes_xyxy[index]
            if max(covered(box, place[None])[0], covered(place, box[None])[0]) < INSIDE:
                return True
        return False

    def _hidden(self, thing: Standing, told: Judgement) -> Standing:
        what = "neither it nor the empty place can be seen"
        if told.shows is Shows.IT:
            what = "something like it is there again, and was not found"
        elif (name := self._covered(thing)) is not None:
            what = f"hidden by {name}"
        elif not self.view.trusted:
            what = "the whole picture changed"
        if self._is_displaced(thing):
            thing = msgspec.structs.replace(thing, displaced=True)
        return self._absent(thing, Sight.OCCLUDED, what, told, in_sight=False, bare_looks=0)

    def _absent(
        self,
        thing: Standing,
        sight: Sight,
        what: str,
        told: Judgement,
        *,
        in_sight: bool = True,
        empty_looks: int | None = None,
        bare_looks: int = 0,
    ) -> Standing:
        since = thing.absent_since
        # What stood in front may have hidden its leaving: only a proof from before that counts.
        before = thing.away_since if in_sight or thing.empty_looks else None
        away = before or self.at if in_sight else before
        return msgspec.structs.replace(
            thing,
            sight=sight,
            absent_since=since or self.at,
            away_since=away,
            # Blind time right before the first look without it was before its absence.
            blind_s=thing.blind_s + (0.0 if since is None else self.asked.blind_s),
            empty_looks=thing.empty_looks if empty_looks is None else empty_looks,
            bare_looks=bare_looks,
            lately=self.same.now[thing.id],
            reasons=noted(thing.reasons, what, self.at, told.values),
        )

    def _looked_at(self, thing: Standing) -> bool:
        """Whether the network was shown its place, so that finding nothing there means something."""
        if self.asked.detections is None:
            return False
        if self.asked.regions is None:
            return True
        shares = covered(np.array(thing.box_xyxy), self.asked.regions)
        return bool(len(shares)) and float(shares.max()) >= LOOKED_AT

    def _covered(self, thing: Standing) -> str | None:
        """What covers enough of its place to hide it, in words; None when nothing does."""
        shares = covered(np.array(thing.box_xyxy), self.in_front)
        if not len(shares) or float(shares.max()) < IN_FRONT:
            return None
        index = int(shares.argmax())
        return f"a {self.found.labels[index]}" if index < len(self.found) else "somebody passing"

    def _described(self, thing: Standing) -> Standing:
        """With its appearance, taken when it comes to stand and once more when its place has settled.

        And with whether it came from the next place, as vehicles in a queue do.
        """
        if self.asked.pixels is None or thing.looks not in {2, thing.needs, ANCHOR_LOOKS}:
            return thing
        looks = self.same.appearance(thing.box_xyxy)
        crept = self._crept(thing, looks) if not thing.crept else thing.crept
        return msgspec.structs.replace(thing, appearance=looks or thing.appearance, crept=crept)

    def _crept(self, thing: Standing, looks: bytes) -> int:
        """How often it has moved on by a length: once more than what stood in the next place and left it."""
        for other in self.same.others:
            if other.id == thing.id or other.absent_since is None:
                continue
            since_s = (thing.first_seen_at - other.last_seen_at).total_seconds()
            least, most = CREEP_LENGTHS
            next_to_it = least <= lengths_apart(thing.box_xyxy, other.box_xyxy) <= most
            if 0 <= since_s <= CREEP_S and next_to_it:
                like = appearance.resemblance(other.appearance, looks)
                if like >= appearance.LIKE:
                    return other.crept + 1
        return 0

    def _newcomer(self, index: int) -> Standing:
        box = self.found.boxes_xyxy[index]
        place = box_of(box)
        since = self._onset(box)
        picture = self.view.now(place)
        ghostly = bool(picture) and differs(self.view, place, picture) is False
        x, y = (round(float(value), 3) for value in ground_points(box[None])[0])
        score = float(self.found.scores[index])
        return Standing(
            id=f"{since.timestamp():.3f}@{x:.3f},{y:.3f}",
            first_ground_xy=(x, y),
            label=self.found.labels[index],
            score=score,
            box_xyxy=place,
            picture=picture,
            earlier=picture,
            first_seen_at=since,
            last_seen_at=self.at,
            needs=INDISTINCT_LOOKS if ghostly else ENOUGH_LOOKS,
            reasons=noted((), "first found here", since, {"score": score}),
        )

    def _onset(self, box: FloatArray) -> datetime:
        """Since when it may have stood: a gate saw something come to rest before the network was asked."""
        for place, since in self.asked.onsets:
            if since < self.at and iou(box, np.array([place]))[0] >= SAME_OBJECT:
                return since
        return self.at


def _outgrown(thing: Standing, newcomers: Sequence[Standing]) -> bool:
    """Whether what was found once, and is not found now, was a part of what is: it never stood by itself."""
    return (
        not thing.stands
        and thing.misses > 0
        and any(
            are_parts(np.array([thing.box_xyxy]), np.array(newcomer.box_xyxy)).any() for newcomer in newcomers
        )
    )
