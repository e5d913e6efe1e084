"""Whether a camera can tell at all: a black picture or one that never changes shows nothing."""

import hashlib
from datetime import datetime

import msgspec

from detectors.look import Pixels
from models.records import BlindReason

BLACK_MEAN = 12.0
BLACK_STD = 4.0
"""A night street has lamps; a covered lens or a dead sensor is dark all over (of 255)."""

CAPTION_SHARE = 1 / 8
"""Of the height, above and below: there cameras write place and time, over black as well. Two lines lift a
black picture's standard deviation from 1 to 24."""

FROZEN_S = 30.0
"""A live picture has noise; not one pixel changing for half a minute means the encoder stands still."""


class Vision(msgspec.Struct, frozen=True, kw_only=True):
    """What the last looks said of the camera itself.

    Attributes:
        digest: of the last picture.
        same_since: first look with exactly that picture.
    """

    digest: str = ""
    same_since: datetime | None = None


def step(vision: Vision, luma: Pixels, at: datetime) -> tuple[Vision, BlindReason | None]:
    """Advance by one look.

    Args:
        vision: what the looks before said.
        luma: the look, shape (H, W).
        at: when it was captured.

    Returns:
        The state afterwards, and why the camera cannot tell; None when it can.
    """
    digest = hashlib.blake2b(luma.tobytes(), digest_size=16).hexdigest()
    if digest != vision.digest or vision.same_since is None:
        vision = Vision(digest=digest, same_since=at)
    edge = round(len(luma) * CAPTION_SHARE)
    middle = luma[edge : len(luma) - edge]
    if middle.mean() < BLACK_MEAN and middle.std() < BLACK_STD:
        return vision, BlindReason.BLACK
    if vision.same_since is not None and (at - vision.same_since).total_seconds() >= FROZEN_S:
        return vision, BlindReason.FROZEN
    return vision, None
