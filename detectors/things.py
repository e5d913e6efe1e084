"""What stands before a camera, as it is remembered from look to look."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import msgspec
import numpy as np

from detectors.look import Detections, Pixels
from detectors.overlap import box_of
from models.geometry import FloatArray
from models.records import Reason
from models.units import BoxXyxy

BARE_LOOKS = 5
"""The same where the empty place was never seen: looks in a row that show something unlike it, and that do
not change."""


UNBROKEN_S = 3.0
"""Between two looks so near to each other nobody drives off and leaves the place to another."""


ENOUGH_LOOKS = 2
"""In so many something must be seen in its place before it stands."""


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
        earlier: what it looked like before the light last changed at a stroke: light may change back, or
            again, before the picture has followed.
        calm: looks since then, no more than matter.
        first_seen_at: first look that showed it here.
        last_seen_at: last look that showed it here.
        looks: how many looks showed it here; from 2 on it stands.
        sight: what the last look said of its place.
        absent_since: first look after `last_seen_at`, while it is not seen.
        away_since: first look that showed its place in full sight and not it; whoever hides it before a proof
            takes that back.
        empty_looks: looks since it was last seen that showed its place empty.
        bare_looks: looks in a row that showed something unlike it, and not the empty place as it was known;
            only those count in which the network found nothing there.
        bare_enough: as many prove that it has left.
        vacant_looks: looks since it was last seen in which the network found nothing at its place, and that
            resembled the empty place more than it, if not enough to be sure.
        unlike_looks: looks since it was last seen that showed something unlike it in full sight, and in which
            the network found nothing there, or, where it was not asked, beyond doubt something else.
        displaced: whether another vehicle was found on the very ground it stood on, since it was last seen.
        unasked: looks between those in which the network was not asked.
        misses: looks in a row that missed it before it stood.
        blind_s: seconds of its absence in which the camera could not tell.
        lately: what its place looked like in the last look, while it is absent.
        appearance: what it looks like, to be held against other sightings (see `detectors.appearance`).
        needs: looks that must show it before it stands.
        crept: how often it moved on by a length before, as queues do.
        reasons: what this rests on, oldest first.
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
    away_since: datetime | None = None
    empty_looks: int = 0
    bare_looks: int = 0
    bare_enough: int = BARE_LOOKS
    vacant_looks: int = 0
    unlike_looks: int = 0
    displaced: bool = False
    unasked: int = 0
    earlier: bytes = b""
    calm: int = 0
    misses: int = 0
    blind_s: float = 0.0
    lately: bytes = b""
    appearance: bytes = b""
    needs: int = ENOUGH_LOOKS
    crept: int = 0
    reasons: tuple[Reason, ...] = ()

    @property
    def stands(self) -> bool:
        """Seen here in enough looks."""
        return self.looks >= self.needs

    @property
    def is_ghostly(self) -> bool:
        """Whether its place looked as it does empty when it came: it may be the network's error."""
        return self.needs > ENOUGH_LOOKS

    @property
    def doubtful(self) -> bool:
        """Whether the network should be asked again soon: the picture alone cannot tell what became of it."""
        return not self.stands or self.sight is not Sight.STANDING


class Gone(msgspec.Struct, frozen=True, kw_only=True):
    """An object that stands no more.

    Attributes:
        proven: its place was seen empty often enough; otherwise nobody knows what became of it.
        at: first look that showed it away; of what was not proven, the first without it.
    """

    object: Standing
    proven: bool
    at: datetime
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the network was asked in a look, and what else is known of it.

    Attributes:
        detections: what it found; None when it was not asked, which is never a proof of absence.
        regions: boxes (N, 4) of what it was shown; None for the whole frame.
        hiding: boxes (N, 4) of what may pass in front beside the detections: people before a stall.
        onsets: places, each with the time since which something stands there unchanged.
        pixels: gives the look in colours; asked for only when needed.
        blind_s: seconds right before this look in which the camera could not tell.
    """

    detections: Detections | None
    regions: FloatArray | None = None
    hiding: FloatArray | None = None
    onsets: Sequence[tuple[BoxXyxy, datetime]] = ()
    pixels: Callable[[], Pixels] | None = None
    blind_s: float = 0.0

    def moved(self, shift_xy: tuple[float, float]) -> "Asked":
        """The same, its boxes moved back to where the places are."""
        if shift_xy == (0.0, 0.0):
            return self
        by = np.array([*shift_xy, *shift_xy])
        found = self.detections
        return Asked(
            detections=found and Detections(found.boxes_xyxy - by, found.scores, found.labels),
            regions=None if self.regions is None else self.regions - by,
            hiding=None if self.hiding is None else self.hiding - by,
            onsets=[(box_of(np.array(box) - by), since) for box, since in self.onsets],
            pixels=self.pixels,
            blind_s=self.blind_s,
        )
