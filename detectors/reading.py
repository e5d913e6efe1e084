"""When to read a standing vehicle's plate, and what is kept of the reads: pure, and persisted with the stay.

Reading is the dearest thing an edge box does to a look. So it is tried at once, then after 1, 2, 4 … 60 s,
until the reads agree; and at once again when something changed that may have been in the way: whoever stood
in front is gone, or the light is another.
"""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from detectors.plate_consensus import Seen, consensus
from detectors.plate_grammar import Grammar, fit
from detectors.plate_second import best_words
from detectors.plates import PlateRead, Quad
from models.records import Plate

FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 60.0
"""Two looks are about a second apart; after a minute's pause nothing is lost by the next."""

OTHER_LIGHT = 1.35
"""By what factor the crop's mean brightness must change to be another exposure: about half a stop."""

MOST_READS = 12
"""Kept of one vehicle, the best: enough to outvote early bad ones, and a bound on what is remembered."""


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one standing vehicle's plate.

    Attributes:
        seen: reads that are plates, the oldest first.
        tries: since the last change of circumstances.
        tried_at: the last one; None before the first.
        brightness: mean luma of the vehicle's crop when circumstances last changed, 0..255.
        hidden: whether something stands in front.
    """

    seen: tuple[Seen, ...] = ()
    tries: int = 0
    tried_at: datetime | None = None
    brightness: float | None = None
    hidden: bool = False


def noticed(reading: Reading, *, brightness: float, hidden: bool) -> Reading:
    """The same, knowing what this look's circumstances are: the pause starts anew if they changed.

    Args:
        reading: so far.
        brightness: mean luma of the vehicle's crop, 0..255.
        hidden: whether something stands in front of the vehicle.
    """
    came_free = reading.hidden and not hidden
    before = reading.brightness
    other_light = before is not None and (
        max(brightness, 1.0) / max(before, 1.0) > OTHER_LIGHT
        or max(before, 1.0) / max(brightness, 1.0) > OTHER_LIGHT
    )
    if came_free or other_light or before is None:
        return msgspec.structs.replace(reading, brightness=brightness, hidden=hidden, tries=0)
    return msgspec.structs.replace(reading, hidden=hidden)


def due(reading: Reading, at: datetime) -> bool:
    """Whether the plate should be read in the look of `at`."""
    if reading.hidden or is_settled(reading):
        return False
    if reading.tried_at is None or reading.tries == 0:
        return True
    return (at - reading.tried_at).total_seconds() >= pause_s(reading.tries)


def pause_s(tries: int) -> float:
    """Seconds to wait after so many tries: 1, 2, 4 … 60."""
    return min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** min(max(tries, 1) - 1, 16))


def step(
    reading: Reading, reads: Iterable[PlateRead], grammar: Grammar, *, picture: str, at: datetime
) -> Reading:
    """The same after the reader looked once.

    Args:
        reading: so far.
        reads: what it read; empty if nothing.
        grammar: what plates there are.
        picture: SHA-256 of the frame's JPEG, which is kept if `pictures` names it afterwards.
        at: when the frame was captured.
    """
    tried = msgspec.structs.replace(reading, tries=reading.tries + 1, tried_at=at)
    if any(one.picture == picture for one in reading.seen):
        return tried  # a frozen picture agrees with itself and proves nothing
    new = _plates(reads, grammar, picture, at)
    if not new:
        return tried
    return msgspec.structs.replace(tried, seen=_best(reading.seen + new))


def verdict(reading: Reading) -> Plate | None:
    """The plate, sure or unsure, with the frame of its best read; None where nothing was read."""
    return consensus(reading.seen)


def is_settled(reading: Reading) -> bool:
    """Whether the reads agree, so that nothing more needs to be read."""
    plate = verdict(reading)
    return plate is not None and plate.sure


def pictures(reading: Reading) -> frozenset[str]:
    """Frames that must be kept: those of the best read of each text, any of which may yet win."""
    best: dict[str, Seen] = {}
    for one in reading.seen:
        if one.text not in best or one.score >= best[one.text].score:
            best[one.text] = one
    return frozenset(one.picture for one in best.values())


def place(reading: Reading) -> Quad | None:
    """Where the plate is in the frame that the verdict names."""
    plate = verdict(reading)
    found = [one for one in reading.seen if plate and (one.text, one.picture) == (plate.text, plate.picture)]
    return found[0].quad if found else None


def _plates(reads: Iterable[PlateRead], grammar: Grammar, picture: str, at: datetime) -> tuple[Seen, ...]:
    """Those reads of one frame that are plates; of several readings of one place the best."""
    found: list[Seen] = []
    for read in reads:
        plate = fit(grammar, read.text, read.characters, hint=read.kind, rows=read.rows)
        if plate is not None:
            found.append(
                Seen(
                    text=plate.text,
                    characters=plate.characters,
                    kind=plate.kind,
                    picture=picture,
                    at=at,
                    quad=read.quad,
                    second=best_words(grammar, plate.text, read.others),
                )
            )
    kept: list[Seen] = []
    for one in sorted(found, key=lambda seen: seen.score, reverse=True):
        if not any(_same_place(one.quad, other.quad) for other in kept):
            kept.append(one)
    return tuple(kept)


def _same_place(one: Quad, other: Quad) -> bool:
    """Whether the middle of one lies within the other's upright box."""
    x, y = (sum(point[axis] for point in one) / len(one) for axis in (0, 1))
    xs, ys = [point[0] for point in other], [point[1] for point in other]
    return min(xs) <= x <= max(xs) and min(ys) <= y <= max(ys)


def _best(seen: tuple[Seen, ...]) -> tuple[Seen, ...]:
    """As many as are kept, in their order."""
    best = sorted(seen, key=lambda one: (one.score, one.at), reverse=True)[:MOST_READS]
    return tuple(one for one in seen if one in best)
