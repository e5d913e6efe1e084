"""What needs the network in this look: most looks need nothing.

On a busy street something differs from one look to the next almost always, so a plain difference asks all the
time. What matters is something that *stands*: its place is different from the empty place, and the same as
one look ago. The gate keeps, for every cell of a small picture, since when it has looked the same, and what
it looks like when the network has found nothing there. Whatever already stands is looked at again now and
then, and at once when its place gives cause for doubt.
"""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum

import cv2
import msgspec
import numpy as np
import numpy.typing as npt

from detectors.look import Pixels
from detectors.reduced import SMALL_WH
from detectors.things import Sight, Standing
from models.geometry import FOOTPRINT_SHARE, FloatArray, covered
from models.units import BoxXyxy

Cells = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
Times = npt.NDArray[np.float64]

CELLS_WH = (32, 18)
"""Cells of five by five pixels of the small picture, 20 by 20 at 640: a third of a car in a usual view."""

MOVED = 3.0
"""Mean difference of a cell's relief (of 255) from one look to the next at which something moved there, above
three times the cell's own noise."""

OTHER = 5.0
"""Mean difference from the empty place at which something else is there."""

EIGHTHS = 8
"""Differences are taken in eighths of a level, up to 255 of them: no more than 32 levels of any pixel."""

NOISE_UP, NOISE_DOWN = 0.01, 0.04
"""Steps of the noise, as shares of `MOVED`: it settles where one look in five is quieter, below traffic."""

LEAST_CELLS = 2
"""Cells that must be new: one alone is a bird, a bag, or the edge of a shadow."""

AGAIN_S = (2.0, 8.0)
"""Seconds after which the network is asked again about what it did not find, before it is part of the street:
it misses a car now and then, for a look or two."""

UNKNOWN_S = 5.0
"""Seconds that a place must have looked the same that was never seen empty; twice as many from the
second time on that the network was asked about it: whoever waits there may wait for long."""

RECHECK_S = 30.0
"""Seconds between looks at what stands and looks as before."""

UNSURE_RECHECK_S, UNSURE_FOR = 10.0, timedelta(seconds=60)
"""The same for the first minute of what the network has not been sure of: its owner's time may be running out
unseen. Of what it was not sure by then it will not be soon."""

SWEEP_S = 300.0
"""And at the whole view, however little changes."""

DOUBT_S = 10.0
HIDDEN_S = 5.0
"""In doubt the network is asked in every look that holds still, for ten seconds; then, and where something
keeps moving before the place, or no zone asks about what stood there, every five. What passes in front is
gone by then."""

PATIENCE = 0.2
"""Of the time that something has been out of sight already, as long until the network is asked again: who was
hidden for three minutes is not likelier to be found in the next five seconds. Where the place looks empty it
is asked as before: three such looks are an end."""


CONFIRM_S = 2.0
"""Seconds after which what was found once is looked at again, if its picture did not tell."""

MOST = 0.5
"""Share of a place's cells that speaks for all of it."""

APART = 0.2
"""Less than this share of its box does one of two cars bumper to bumper have in common with the other: 0.08
in the develop clip that shows it."""


class Need(IntEnum):
    """Why the network is asked, the more pressing the higher."""

    NOTHING = 0
    SWEEP = 1
    RECHECK = 2
    UNKNOWN = 3
    NEW_STANDS = 4
    DOUBT = 5


class Novelty(msgspec.Struct, frozen=True, kw_only=True):
    """What the gate remembers: pictures of 90 x 160 bytes, and one value a cell, row by row.

    Attributes:
        last: the last look, a relief.
        street: what each cell looks like when nothing stands there, a relief.
        known: 1 where that is known.
        since: Unix time since which a cell has looked the same, float64.
        asked: Unix time of the last look in which the network was shown a cell, float64.
        asks: how often it was, since the cell has looked as it does; at once as often as it will be
            where it found what is no zone's business.
        noise: how much a cell differs between two looks in which nothing happens, float32.
    """

    last: bytes = b""
    street: bytes = b""
    known: bytes = b""
    since: bytes = b""
    asked: bytes = b""
    asks: bytes = b""
    noise: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """What one look needs of the network.

    Attributes:
        need: the most pressing reason.
        regions: boxes (N, 4) of the frame that should be looked at; empty for the whole frame.
    """

    need: Need
    regions: FloatArray

    @property
    def asks(self) -> bool:
        """Whether the network should look at all."""
        return self.need is not Need.NOTHING


def zone_cells(polygons: Sequence[Sequence[tuple[float, float]]]) -> Mask:
    """The cells that matter, (18, 32): those that any of the zones touches.

    Whatever stands in a zone covers some of it, wherever the rest of it may lean.

    Args:
        polygons: corners in fractions of the frame.
    """
    canvas = np.zeros(SMALL_WH[::-1], np.uint8)
    for polygon in polygons:
        corners = np.round(np.array(polygon) * SMALL_WH).astype(np.int32)
        cv2.fillPoly(canvas, [corners], 1)
    touched = cv2.resize(canvas * np.uint8(255), CELLS_WH, interpolation=cv2.INTER_AREA) > 0
    return np.asarray(touched)


def step(
    state: Novelty,
    relief: Pixels,
    zones: Mask,
    objects: Sequence[Standing],
    at: datetime,
    *,
    unsure: AbstractSet[str] = frozenset(),
    idle: AbstractSet[str] = frozenset(),
    street: bytes = b"",
) -> tuple[Novelty, Gate]:
    """Advance by one look that shows something (see `detectors.sight`).

    Args:
        state: what the looks before left.
        relief: the look with the shake taken out, (90, 160).
        zones: the cells that matter (see `zone_cells`).
        objects: what stands or might stand so far.
        at: when it was captured.
        unsure: ids of those objects of which the network was never as sure as their zone asks.
        idle: ids of those of which no zone asks how long they stand.
        street: the relief of the plan's reference picture; empty where there is none. Where the first look
            shows the same, what the empty place looks like need not be found out.

    Returns:
        The state afterwards, and what this look needs.
    """
    now = at.timestamp()
    if not state.last:
        state = _begun(relief, _picture(street) if street else None, now)
        return state, Gate(need=Need.UNKNOWN, regions=np.zeros((0, 4)))
    differs = _difference(relief, _picture(state.last))
    noise = _floats(state.noise)
    bar = 3 * noise
    moving = differs > MOVED + bar
    noise = np.maximum(0, noise + np.where(differs > noise, MOVED * NOISE_UP, -MOVED * NOISE_DOWN))
    still, known = ~moving, _bytes(state.known) > 0
    strange = known & (_difference(relief, _picture(state.street)) > OTHER + bar)
    since = np.where(moving, now, _times(state.since))
    asks = np.where(moving, 0, _bytes(state.asks))
    state = msgspec.structs.replace(
        state,
        last=relief.tobytes(),
        street=_followed(_picture(state.street), relief, still & known & ~strange).tobytes(),
        since=since.tobytes(),
        asks=asks.astype(np.uint8).tobytes(),
        noise=noise.astype(np.float32).tobytes(),
    )
    waited_s = now - _times(state.asked)
    empty, taken = known & ~strange, _taken(objects)
    beside = _with_edge(taken)
    often_s = UNKNOWN_S * 2.0 ** np.maximum(_bytes(state.asks).astype(np.int8) - 1, 0)
    wanted = {
        Need.NEW_STANDS: _news(zones & still & strange & ~beside, asks, waited_s),
        Need.UNKNOWN: zones & ~taken & ~known & (now - since >= UNKNOWN_S) & (waited_s >= often_s),
        Need.SWEEP: zones & (waited_s >= SWEEP_S),
    }
    here = [thing for thing in objects if zones[_covering(_foot(thing.box_xyxy))].any()]
    sooner = unsure & {thing.id for thing in here if at - thing.first_seen_at <= UNSURE_FOR}
    wanted |= _of_objects(here, still, empty, waited_s, at, since=since, sooner=sooner, idle=idle)
    need = max((need for need, cells in wanted.items() if cells.any()), default=Need.NOTHING)
    if need <= Need.UNKNOWN:
        return state, Gate(need=need, regions=np.zeros((0, 4)))
    return state, Gate(need=need, regions=_boxes(wanted[Need.NEW_STANDS] | wanted[Need.DOUBT]))


def answered(
    state: Novelty, regions: FloatArray, boxes_xyxy: FloatArray, objects: Sequence[Standing], at: datetime
) -> Novelty:
    """The state after the network has looked.

    Args:
        state: after `step` of this look.
        regions: boxes (N, 4) of what it was shown; empty for the whole frame.
        boxes_xyxy: all that it found, (N, 4), wanted or not.
        objects: what stands or might stand after this look.
        at: when the look was captured.
    """
    now = at.timestamp()
    shown = _covering(regions) if len(regions) else np.ones(CELLS_WH[::-1], np.bool_)
    asks, since, known = _bytes(state.asks), _times(state.since), _bytes(state.known) > 0
    enough, found = len(AGAIN_S) + 1, _with_edge(_covering(boxes_xyxy)) & ~_with_edge(_taken(objects))
    # What was found and is none of the zones' business, as somebody waiting, need not be found again.
    asks = np.where(shown, np.where(found, enough, np.minimum(asks + 1, enough)), asks).astype(np.uint8)
    free = shown & ~_covering(boxes_xyxy) & ~_taken(objects)
    settled = free & (since < now) & (~known | (asks > len(AGAIN_S)))
    street = np.where(_enlarged(settled) > 0, _picture(state.last), _picture(state.street))
    return msgspec.structs.replace(
        state,
        street=street.astype(np.uint8).tobytes(),
        known=(known | settled).astype(np.uint8).tobytes(),
        asked=np.where(shown, now, _times(state.asked)).tobytes(),
        asks=asks.tobytes(),
    )


def onsets(state: Novelty, boxes_xyxy: FloatArray, at: datetime) -> tuple[tuple[BoxXyxy, datetime], ...]:
    """Since when each place has looked as it does: the begin of what the network found only now.

    Args:
        state: after `step` of this look.
        boxes_xyxy: what it found, (N, 4).
        at: when the look was captured.
    """
    since, asked = _times(state.since), _times(state.asked)
    found: list[tuple[BoxXyxy, datetime]] = []
    for box in boxes_xyxy:
        inside = _covering(_core(box)[None])
        if not inside.any():
            continue
        # Half of it must have come to rest: what shines through a windscreen or passes behind is not it.
        rested = float(np.median(since[inside]))
        # What the network was shown at rest, and did not find, nobody can say to have stood there.
        unseen = float(np.median(asked[inside])) < rested
        began = min(datetime.fromtimestamp(rested, UTC), at) if unseen else at
        left, top, right, bottom = (float(value) for value in box)
        found.append(((left, top, right, bottom), began))
    return tuple(found)


def _news(new: Mask, asks: Pixels, waited_s: Times) -> Mask:
    """Cells that show something new which the network has not been asked about, or not often enough."""
    if not new.any():
        return new
    due = asks == 0
    for tried, after_s in enumerate(AGAIN_S, start=1):
        due |= (asks == tried) & (waited_s >= after_s)
    count, groups, stats, _ = cv2.connectedComponentsWithStats(new.astype(np.uint8), connectivity=8)
    large = [
        group
        for group in range(1, count)
        if stats[group, cv2.CC_STAT_AREA] >= LEAST_CELLS and due[groups == group].any()
    ]
    return np.asarray(np.isin(groups, large)) if large else np.zeros_like(new)


def _of_objects(
    objects: Sequence[Standing],
    still: Mask,
    empty: Mask,
    waited_s: Times,
    at: datetime,
    *,
    since: Times,
    sooner: AbstractSet[str],
    idle: AbstractSet[str],
) -> dict[Need, Mask]:
    doubt, recheck = np.zeros_like(still), np.zeros_like(still)
    for thing in objects:
        place = _covering(np.array([thing.box_xyxy]))
        if not place.any():
            continue
        waited = float(waited_s[place].min())
        if not thing.doubtful or _is_behind(thing, objects):
            if waited >= (UNSURE_RECHECK_S if thing.id in sooner else RECHECK_S):
                recheck |= place
            continue
        is_empty = bool(empty[place].mean() > MOST) and not _is_too_faint(thing, objects, since[place])
        holds_still = bool(still[place].mean() > MOST)
        if _in_doubt(thing, holds_still, is_empty, waited, at, presses=thing.id not in idle):
            doubt |= place
    return {Need.DOUBT: doubt, Need.RECHECK: recheck}


def _is_too_faint(thing: Standing, objects: Sequence[Standing], since: Times) -> bool:
    """Whether something was found once where these cells saw nothing come, and see nothing leave.

    In the dark a dark car is no more than noise to them; the finer picture knows it from the empty place.
    Where something stands already it is rather that, or two in one box.
    """
    found = thing.last_seen_at.timestamp()
    if thing.stands or thing.is_ghostly or float((since < found).mean()) <= MOST:
        return False
    known = np.array([other.box_xyxy for other in objects if other.stands]).reshape(-1, 4)
    return not (len(known) and float(covered(np.array(thing.box_xyxy), known).max()) >= APART)


def _is_behind(thing: Standing, objects: Sequence[Standing]) -> bool:
    """Whether what hides it, or took its place, is known and stands in sight: there is nothing new to ask."""
    if thing.sight is not Sight.OCCLUDED:
        return False
    seen = [other.box_xyxy for other in objects if other.stands and other.sight is Sight.STANDING]
    return bool(seen) and float(covered(np.array(thing.box_xyxy), np.array(seen)).max()) > MOST


def _in_doubt(
    thing: Standing, still: bool, empty: bool, waited_s: float, at: datetime, *, presses: bool
) -> bool:
    """Whether the network must be asked what became of something; of what presses at once."""
    if not thing.stands:
        # Where its place is empty it has passed, and nobody spoke of it; where it looks the same, the picture
        # may do as a second sight of it.
        return still and not empty and waited_s >= CONFIRM_S
    lasts_s = (at - (thing.absent_since or at)).total_seconds()
    if presses and still and lasts_s <= DOUBT_S:
        return True
    if still and empty:
        return waited_s >= HIDDEN_S
    return lasts_s >= HIDDEN_S and waited_s >= max(HIDDEN_S, PATIENCE * lasts_s)


def _begun(relief: Pixels, street: Pixels | None, now: float) -> Novelty:
    cells = CELLS_WH[0] * CELLS_WH[1]
    known = np.zeros(CELLS_WH[::-1], np.bool_) if street is None else _difference(relief, street) <= OTHER
    return Novelty(
        last=relief.tobytes(),
        street=relief.tobytes(),
        known=known.astype(np.uint8).tobytes(),
        since=np.full(cells, now).tobytes(),
        asked=np.zeros(cells).tobytes(),
        asks=bytes(cells),
        noise=np.zeros(cells, np.float32).tobytes(),
    )


def _difference(one: Pixels, other: Pixels) -> Cells:
    """Mean absolute difference of two reliefs, cell by cell."""
    # In eighths, in bytes: quicker than the same in floating point.
    apart = cv2.convertScaleAbs(cv2.absdiff(one, other), alpha=EIGHTHS)
    cells = cv2.resize(apart, CELLS_WH, interpolation=cv2.INTER_AREA)
    return np.asarray(cells, np.float32) / np.float32(EIGHTHS)


def _enlarged(cells: Mask) -> Pixels:
    """One value a cell made one a pixel: 1 and 0."""
    return np.asarray(cv2.resize(cells.astype(np.uint8), SMALL_WH, interpolation=cv2.INTER_NEAREST), np.uint8)


def _followed(street: Pixels, relief: Pixels, where: Mask) -> Pixels:
    """The street, one level closer to the look in some of its cells: the sun moves on."""
    here = _enlarged(where)
    brighter = cv2.bitwise_and(cv2.compare(relief, street, cv2.CMP_GT), here)
    darker = cv2.bitwise_and(cv2.compare(relief, street, cv2.CMP_LT), here)
    return np.asarray(cv2.subtract(cv2.add(street, brighter), darker), np.uint8)


def _taken(objects: Sequence[Standing]) -> Mask:
    """Cells of what stands, or may: whatever they show is explained, or doubted for its own sake."""
    return _covering(np.array([thing.box_xyxy for thing in objects]).reshape(-1, 4))


def _covering(boxes_xyxy: FloatArray) -> Mask:
    """Cells that any of the boxes touches."""
    cells = np.zeros(CELLS_WH[::-1], np.bool_)
    columns, rows = CELLS_WH
    for left, top, right, bottom in boxes_xyxy:
        across = slice(max(0, int(left * columns)), max(0, int(np.ceil(right * columns))))
        cells[max(0, int(top * rows)) : max(0, int(np.ceil(bottom * rows))), across] = True
    return cells


def _with_edge(cells: Mask) -> Mask:
    """With the cells around them: there lie a thing's shadow and whatever of it a tight box leaves out."""
    return np.asarray(cv2.dilate(cells.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0)


def _foot(box_xyxy: BoxXyxy) -> FloatArray:
    """The part of a box that touches the ground, (1, 4)."""
    left, top, right, bottom = box_xyxy
    return np.array([[left, bottom - (bottom - top) * FOOTPRINT_SHARE, right, bottom]])


def _core(box: FloatArray) -> FloatArray:
    """The middle half of a box: its edges show the street around as well."""
    middle, half = (box[:2] + box[2:]) / 2, (box[2:] - box[:2]) / 4
    return np.concatenate([middle - half, middle + half])


def _boxes(cells: Mask) -> FloatArray:
    """One box around each group of cells, in fractions of the frame, (N, 4)."""
    _, _, stats, _ = cv2.connectedComponentsWithStats(cells.astype(np.uint8), connectivity=8)
    left, top, wide, high = (stats[1:, column].astype(np.float64) for column in range(4))
    columns, rows = CELLS_WH
    return np.stack([left / columns, top / rows, (left + wide) / columns, (top + high) / rows], axis=1)


def _picture(relief: bytes) -> Pixels:
    return np.frombuffer(relief, np.uint8).reshape(SMALL_WH[::-1])


def _times(cells: bytes) -> Times:
    return np.frombuffer(cells, np.float64).reshape(CELLS_WH[::-1])


def _floats(cells: bytes) -> Cells:
    return np.frombuffer(cells, np.float32).reshape(CELLS_WH[::-1])


def _bytes(cells: bytes) -> Pixels:
    return np.frombuffer(cells, np.uint8).reshape(CELLS_WH[::-1])
