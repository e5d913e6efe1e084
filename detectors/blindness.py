"""Whether a camera can tell at all: what is black, stands still, is covered or out of focus shows nothing.

Black needs no comparison. The rest is held against what this very camera has learnt of itself: night, fog,
rain and snow change every figure here, and each camera's otherwise. What they leave is the street: lines
that are where they were, fine ones among coarse ones. A cover takes the lines away and has few of its own; a
lens out of focus takes the fine ones. A lorry before half of the view takes half of them, and is sharp.
"""

import zlib
from dataclasses import dataclass, field
from datetime import datetime

import cv2
import msgspec
import numpy as np
import numpy.typing as npt

from detectors import steadiness
from detectors.look import Pixels
from detectors.reduced import FLAT, SMALL_WH, Reduced
from detectors.steadiness import Shift
from models.records import BlindReason

Plane = npt.NDArray[np.float32]

BLACK_MEAN = 12.0
BLACK_STD = 4.0
"""A night street has lamps; a covered lens or a dead sensor is dark all over (of 255)."""

CAPTION_SHARE = 1 / 8
"""Of the height, above and below: there cameras write place and time, over black as well. Two lines lift a
black picture's standard deviation from 1 to 24."""

FROZEN_S = 20.0
"""A live picture has noise. Coders that save bits repeat a picture of an empty street for up to their group
of pictures, twelve seconds with the longest in use."""

COVERED_LOST = 0.8
"""Share of the street's lines that a cover takes away. Measured: hands, leaves and bags over five streets
0.87 to 1.0, a lorry before 65 % of the view 0.59 to 0.72, night, dense fog and snow at most 0.29."""

COVERED_CONTRAST = 0.3
"""Share of the usual contrast that a cover has of its own. Measured: covers 0.07 to 0.19, lorries from 0.57.
Dense fog has 0.15, but loses no lines."""

DEFOCUSED_SHARPNESS = 0.27
"""Share of the usual sharpness (fine lines over coarse ones) below which a picture is out of focus. Measured
over five streets: a blur of 3 pixels at 640 is 0.19 to 0.25, the worst coding 0.5, rain, snow, night, fog
and drops on the glass 0.84 and more."""

SUSTAINED_LOOKS = 3
SUSTAINED_S = 5.0
"""Before it is said: a bus right before the lens is gone by then. Until then such looks judge nothing."""

LEARNT_LOOKS = 20
"""Looks after which a camera knows itself well enough to be held against it."""

SURE_SHARPNESS = 0.5
"""Nothing is learnt from a picture that has lost half of its sharpness."""

SLOWEST = 5000
"""A level follows at one part in so many looks: condensation within hours is noticed, the years are not."""

QUICK_LOOKS = 30
"""Looks in which the usual picture is their mean; afterwards it follows level by level."""

UNLIKE = 0.8
"""Difference from the usual picture, as a share of its own contrast, from which lost lines are counted: a
cover measures 1.0, another view from 1.1, the street itself in clear air 0.2 to 0.5."""

BLOCKS_WH = (16, 9)
LEAST_LINES = 9.0
"""Variance of the relief from which a block has lines to lose; a clear sky has 1."""
NOISE = 4.0
"""Keeps noise on a flat block from being taken for lines."""
SAME_LINES = 0.5
"""Correlation from which a block's lines are still there; in the dark and in fog it is 0.7 and more."""


class Level(msgspec.Struct, frozen=True, kw_only=True):
    """What the camera's pictures are like in one brightness.

    Attributes:
        looks: how many it was learnt from.
        contrast: mean distance of the relief from flat.
        sharpness: fine lines over coarse ones.
    """

    looks: int
    contrast: float
    sharpness: float


class Vision(msgspec.Struct, frozen=True, kw_only=True):
    """What the looks so far said of the camera itself.

    Attributes:
        digest: of the last picture.
        same_since: first look with exactly that picture.
        usual: what it usually shows, without traffic: a relief, 90 x 160 bytes; empty before the first look.
        looks: how many that was learnt from.
        levels: what its pictures are like, by brightness (doublings of the mean, in halves).
        doubt: what the last looks in a row looked like, if it was nothing good.
        doubt_since: first of them.
        doubt_looks: how many they are.
    """

    digest: str = ""
    same_since: datetime | None = None
    usual: bytes = b""
    looks: int = 0
    levels: dict[int, Level] = {}
    doubt: BlindReason | None = None
    doubt_since: datetime | None = None
    doubt_looks: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What one look says of the camera.

    Attributes:
        reason: why the camera cannot tell; None when it can, or when nobody is sure yet.
        no_news: nothing may be judged by this look: it shows what the last one showed, or may be spoilt.
        why: the reason in words, for operators.
        shift: how far the look is shaken off the usual picture.
        lost: share of the usual picture's lines that are not there, 0..1.
        relief: the look with the shake taken out, (90, 160).
    """

    relief: Pixels
    reason: BlindReason | None = None
    no_news: bool = False
    why: str = ""
    shift: Shift = field(default_factory=Shift)
    lost: float = 0.0


def step(vision: Vision, look: Reduced, at: datetime) -> tuple[Vision, Sight]:
    """Advance by one look.

    Args:
        vision: what the looks before said.
        look: the small pictures of this one.
        at: when it was captured.
    """
    digest = f"{zlib.crc32(look.medium.tobytes()):08x}"
    if digest == vision.digest and vision.same_since is not None:
        still_s = (at - vision.same_since).total_seconds()
        frozen = BlindReason.FROZEN if still_s >= FROZEN_S else None
        why = f"not one pixel has changed for {still_s:.0f} s"
        return vision, Sight(relief=look.relief, reason=frozen, no_news=True, why=why)
    vision = msgspec.structs.replace(vision, digest=digest, same_since=at)
    middle = _middle(look.medium)
    if middle.mean() < BLACK_MEAN and middle.std() < BLACK_STD:
        why = f"the picture is dark all over: {middle.mean():.0f} of 255"
        return vision, Sight(relief=look.relief, reason=BlindReason.BLACK, no_news=True, why=why)
    return _against_itself(vision, look, at)


def usual(vision: Vision) -> Pixels | None:
    """What the camera usually shows, as a relief (90, 160); None before its first look."""
    if not vision.usual:
        return None
    return np.frombuffer(vision.usual, np.uint8).reshape(SMALL_WH[::-1])


def _against_itself(vision: Vision, look: Reduced, at: datetime) -> tuple[Vision, Sight]:
    """Held against what the camera has learnt of itself."""
    known = usual(vision)
    if known is None:
        known = look.relief
    shift = steadiness.measure(known, look.relief)
    relief = steadiness.steadied(look.relief, shift)
    lost = lost_lines(known, relief) if _unlike(known, relief) else 0.0
    level = _level(look)
    before = _nearest(vision.levels, look)
    doubt, why = _doubt(level, before, lost)
    vision = _doubted(vision, doubt, at)
    sight = Sight(relief=relief, no_news=doubt is not None, shift=shift, lost=lost)
    if doubt is None:
        sharp = before is None or level.sharpness >= SURE_SHARPNESS * before.sharpness
        return (_learnt(vision, look, relief, level) if sharp and lost < COVERED_LOST else vision), sight
    lasts_s = (at - (vision.doubt_since or at)).total_seconds()
    if vision.doubt_looks < SUSTAINED_LOOKS or lasts_s < SUSTAINED_S:
        return vision, sight
    return vision, Sight(relief=relief, reason=doubt, no_news=True, why=why, shift=shift, lost=lost)


def lost_lines(known: Pixels, relief: Pixels) -> float:
    """Share of the blocks with lines in `known` that show other ones in `relief`, or none: 0..1."""
    one = known.astype(np.float32) - FLAT
    other = relief.astype(np.float32) - FLAT
    ours, theirs, shared = _blocks(one * one), _blocks(other * other), _blocks(one * other)
    lined = ours > LEAST_LINES
    if not lined.any():
        return 0.0
    alike = shared[lined] / np.sqrt(ours[lined] * theirs[lined] + NOISE)
    return float((alike < SAME_LINES).mean())


def _unlike(known: Pixels, relief: Pixels) -> bool:
    """Whether a look is so unlike the usual picture that lines may be lost: most looks are not."""
    flat = np.full_like(known, FLAT)
    apart = cv2.norm(known, relief, cv2.NORM_L1)
    return apart >= UNLIKE * cv2.norm(known, flat, cv2.NORM_L1)


def _doubt(level: Level, before: Level | None, lost: float) -> tuple[BlindReason | None, str]:
    if before is None:
        return None, ""
    contrast = level.contrast / max(before.contrast, 1e-6)
    if lost >= COVERED_LOST and contrast < COVERED_CONTRAST:
        why = f"{lost:.0%} of the street's lines are gone, and the contrast is {contrast:.0%} of the usual"
        return BlindReason.COVERED, why
    sharpness = level.sharpness / max(before.sharpness, 1e-6)
    if sharpness < DEFOCUSED_SHARPNESS:
        return BlindReason.DEFOCUSED, f"the sharpness is {sharpness:.0%} of the usual"
    return None, ""


def _doubted(vision: Vision, doubt: BlindReason | None, at: datetime) -> Vision:
    if doubt is None:
        return msgspec.structs.replace(vision, doubt=None, doubt_since=None, doubt_looks=0)
    if doubt is not vision.doubt:
        return msgspec.structs.replace(vision, doubt=doubt, doubt_since=at, doubt_looks=1)
    return msgspec.structs.replace(vision, doubt_looks=vision.doubt_looks + 1)


def _learnt(vision: Vision, look: Reduced, relief: Pixels, level: Level) -> Vision:
    known = usual(vision)
    if known is None:
        follows = relief
    elif vision.looks < QUICK_LOOKS:
        share = 1 / (vision.looks + 1)
        follows = np.asarray(cv2.addWeighted(relief, share, known, 1 - share, 0), np.uint8)
    else:
        follows = steadiness.learn(known, relief)
    key = _brightness(look)
    old = vision.levels.get(key)
    if old is not None:
        weight = max(1 / (old.looks + 1), 1 / SLOWEST)
        level = Level(
            looks=min(old.looks + 1, SLOWEST),
            contrast=old.contrast + weight * (level.contrast - old.contrast),
            sharpness=old.sharpness + weight * (level.sharpness - old.sharpness),
        )
    return msgspec.structs.replace(
        vision,
        usual=follows.tobytes(),
        looks=min(vision.looks + 1, SLOWEST),
        levels=vision.levels | {key: level},
    )


def _level(look: Reduced) -> Level:
    flat = np.full_like(look.relief, FLAT)
    contrast = cv2.norm(look.relief, flat, cv2.NORM_L1) / look.relief.size
    quarter = cv2.resize(look.small, (SMALL_WH[0] // 2, SMALL_WH[1] // 2), interpolation=cv2.INTER_AREA)
    coarse = max(_lines(np.asarray(quarter, np.uint8)), 1e-6)
    return Level(looks=1, contrast=contrast, sharpness=_lines(look.medium) / coarse)


def _lines(picture: Pixels) -> float:
    bent = cv2.Laplacian(picture, cv2.CV_16S)
    return float(cv2.norm(bent, cv2.NORM_L1)) / picture.size


def _nearest(levels: dict[int, Level], look: Reduced) -> Level | None:
    """What the camera's pictures are like in a brightness closest to this look's."""
    learnt = [key for key, level in levels.items() if level.looks >= LEARNT_LOOKS]
    if not learnt:
        return None
    here = _brightness(look)
    return levels[min(learnt, key=lambda key: (abs(key - here), key))]


def _brightness(look: Reduced) -> int:
    return round(2 * float(np.log2(cv2.mean(look.small)[0] + 1)))


def _middle(picture: Pixels) -> Pixels:
    edge = round(len(picture) * CAPTION_SHARE)
    return picture[edge : len(picture) - edge]


def _blocks(values: Plane) -> Plane:
    return np.asarray(cv2.resize(values, BLOCKS_WH, interpolation=cv2.INTER_AREA), np.float32)
