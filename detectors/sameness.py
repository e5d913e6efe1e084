"""Is what a look shows at an object's place that object? By its picture, its lines and its colours.

The picture alone does not tell: lamps and glare change it, and in a queue the next car of one model fills the
same place. What may have happened since the object was last seen says how much of it has to fit.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np

from detectors import appearance
from detectors.emptiness import View, likeness_beside
from detectors.ending import EMPTY_BUT_REPLACED
from detectors.lamps import MOVED_ON, is_dark
from detectors.overlap import box_of
from detectors.picture import ALIKE, DOUBT, UNLIKE, correlations, likeness, offset_px, similarity
from detectors.things import BARE_LOOKS, UNBROKEN_S, Asked, Standing
from models.geometry import FloatArray
from models.units import BoxXyxy

SAME_AGAIN = 0.95
SAME_AGAIN_PX = 1
"""Least correlation, and greatest shift of a patch's 48 pixels, after a look that showed its place empty: a
look-alike parks a hand's breadth beside where the other stood."""

SAME_COLOURS = 0.7
"""Least resemblance of what comes into sight again: one vehicle keeps it under another exposure or white
balance, and of one model in two colours no pair reached more than 0.64 (the benchmark's queue)."""


class Sameness:
    """One look held against what was known before it.

    Attributes:
        now: what each object's place looks like, by the object's id.
        alike: how well that fits the object's picture, as a correlation.
        others: what stood before this look.
        dark: whether vehicles burn lamps.
    """

    def __init__(self, asked: Asked, view: View, at: datetime, objects: Sequence[Standing]) -> None:
        self.asked = asked
        self.view = view
        self.at = at
        self.now = {thing.id: view.now(thing.box_xyxy) for thing in objects}
        straight = correlations([thing.picture for thing in objects], [*self.now.values()])
        self.alike = {thing.id: float(value) for thing, value in zip(objects, straight, strict=True)}
        self.others = [thing for thing in objects if thing.stands]
        self.dark = is_dark(view)

    def is_it(self, thing: Standing, box: FloatArray) -> bool:
        """Whether what the network found where an object stood looks like it.

        Args:
            thing: the object.
            box: what was found, (4,).
        """
        now = self.now[thing.id]
        may_be_back = self.may_be_back(thing)
        if thing.empty_looks or not may_be_back:
            return may_be_back
        if self.alike[thing.id] >= DOUBT:
            return True
        like = likeness(thing.picture, now)
        before = likeness(thing.earlier, now) if thing.earlier else 0.0
        if max(like, before) >= ALIKE or similarity(thing.picture, now) >= DOUBT:
            return True
        unbroken = thing.stands and self._is_unbroken(thing)
        beside = likeness_beside(thing.box_xyxy, thing.picture, now, self._neighbours(thing))
        # A part of the picture is as good as the whole one while it stayed in sight: the next car of a queue
        # has such parts too, though hardly in the very same colours.
        if beside >= ALIKE and (unbroken or not self._other_colour(thing, appearance.VERY_LIKE)):
            return True
        # A shaken camera takes picture and box along: cut out where it was found, it fits again.
        there = self.view.now(box_of(box))
        if likeness(thing.picture, there) >= ALIKE:
            self.now[thing.id] = there
            return True
        # Glare, or lamps that go on: between two looks nobody drives off and leaves the place to another.
        return unbroken and (max(like, before) >= UNLIKE or not self.view.trusted or self._very_like(thing))

    def may_be_back(self, thing: Standing) -> bool:
        """Whether what looks like it may be it.

        After empty looks only if nothing at all speaks against it; after a while out of sight not in another
        colour, for in a queue the next car fills the same place; and in the dark, where all that is seen of
        either is its lamps, not if its place was seen without it, nor with other lines in other
        colours.
        Whoever was away comes anew, even to the inch.
        """
        if thing.vacant_looks >= BARE_LOOKS:
            return False
        if not thing.empty_looks:
            if self._is_unbroken(thing) or thing.absent_since is None:
                return True
            lamps = self.dark and (thing.unlike_looks >= MOVED_ON or not self._more_than_lamps(thing))
            return not (lamps or self._other_colour(thing))
        without = thing.empty_looks + thing.vacant_looks
        return without < EMPTY_BUT_REPLACED and self._same_again(thing, self.now[thing.id])

    def appearance(self, box_xyxy: BoxXyxy) -> bytes:
        """What a place looks like in colours; empty where the look has none."""
        if self.asked.pixels is None:
            return b""
        return appearance.appearance(self.asked.pixels(), box_xyxy, self.view.shift_xy)

    def _is_unbroken(self, thing: Standing) -> bool:
        """Whether nobody can have driven off and left the place to another since it was last seen."""
        return not thing.displaced and self.at - thing.last_seen_at <= timedelta(seconds=UNBROKEN_S)

    def _neighbours(self, thing: Standing) -> FloatArray:
        """Boxes (N, 4) of what else stands or stood: whoever leaves, uncovers what it hid of this one."""
        boxes = [other.box_xyxy for other in self.others if other.id != thing.id]
        return np.array(boxes).reshape(-1, 4)

    def _more_than_lamps(self, thing: Standing) -> bool:
        """Whether its lines are the same, or its colours are, to the inch: lamps by night fit one another."""
        if likeness(thing.picture, self.now[thing.id]) >= ALIKE:
            return True
        return self.alike[thing.id] >= DOUBT and self._very_like(thing)

    def _other_colour(self, thing: Standing, least: float = SAME_COLOURS) -> bool:
        colours = self._resemblance(thing)
        return colours is not None and colours < least

    def _very_like(self, thing: Standing) -> bool:
        colours = self._resemblance(thing)
        return colours is not None and colours >= appearance.VERY_LIKE

    def _resemblance(self, thing: Standing) -> float | None:
        """Of its place with itself as it came, in colours; None where nothing is known of them."""
        if not thing.appearance or self.asked.pixels is None:
            return None
        looks = self.appearance(thing.box_xyxy)
        return appearance.resemblance(thing.appearance, looks) if looks else None

    def _same_again(self, thing: Standing, now: bytes) -> bool:
        """Whether it is there again after a look that showed its place empty: in doubt, another one is."""
        if similarity(thing.picture, now) < SAME_AGAIN or offset_px(thing.picture, now) > SAME_AGAIN_PX:
            return False
        if not thing.appearance or self.asked.pixels is None:
            return True
        looks = self.appearance(thing.box_xyxy)
        return appearance.resemblance(thing.appearance, looks) >= appearance.VERY_LIKE
