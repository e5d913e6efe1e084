"""How often a camera sends whole pictures, and so how little of its stream need be decoded.

A stream is made of groups of pictures: a keyframe, whole in itself, and pictures that only say what changed.
Where keyframes come often enough they are all that is decoded. Where a camera saves on them, the pictures in
between are needed, in order, from the keyframe on.
"""

from dataclasses import dataclass, replace

MOST_INTERVALS = 2.0
"""Keyframes do where one comes at least every two looks: a start is then known to two seconds."""

SLACK = 1.2
"""Cameras count frames, not seconds, and drop some at night: a fifth more is still the same group."""

TRUST = 3
"""After a camera disappointed once, so many short groups in a row before keyframes are trusted again: some
stretch their groups whenever nothing moves."""


@dataclass(frozen=True, slots=True)
class Groups:
    """What is known of a camera's groups of pictures.

    Attributes:
        keyframe_s: when the last keyframe was, by the camera's clock; None before the first.
        gap_s: from the keyframe before to it; None before the second.
        keyframes_do: whether keyframes alone are enough.
        short: short groups in a row.
        disappointed: whether keyframes alone were once enough and then were not.
    """

    keyframe_s: float | None = None
    gap_s: float | None = None
    keyframes_do: bool = False
    short: int = 0
    disappointed: bool = False


def step(groups: Groups, at_s: float, *, is_keyframe: bool, look_interval_s: float) -> Groups:
    """Advance by one piece of the stream.

    Args:
        groups: what is known so far.
        at_s: the piece's time by the camera's clock.
        is_keyframe: whether it is a whole picture.
        look_interval_s: how often a look is wanted.
    """
    if groups.keyframe_s is None or at_s < groups.keyframe_s:
        # The first, or the camera's clock started anew: nothing can be told from a gap across that.
        return replace(groups, keyframe_s=at_s) if is_keyframe else groups
    gap_s = at_s - groups.keyframe_s
    is_long = gap_s > MOST_INTERVALS * look_interval_s * SLACK
    if not is_keyframe:
        return _disappointed(groups) if is_long and groups.keyframes_do else groups
    if is_long:
        return replace(_disappointed(groups), keyframe_s=at_s, gap_s=gap_s)
    short = groups.short + 1
    enough = short >= (TRUST if groups.disappointed else 1)
    return replace(groups, keyframe_s=at_s, gap_s=gap_s, short=short, keyframes_do=enough)


def _disappointed(groups: Groups) -> Groups:
    return replace(
        groups, keyframes_do=False, short=0, disappointed=groups.disappointed or groups.keyframes_do
    )
