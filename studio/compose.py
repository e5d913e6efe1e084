"""Frames from an empty street and sprites, in linear light: the far first, each over what lies behind."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from studio.lens import OVERSCAN_PX
from studio.poses import Shot, SpriteKey
from studio.sprites import Sprite

Light = npt.NDArray[np.float32]
Owner = npt.NDArray[np.uint8]
SpriteOf = Callable[[SpriteKey], Sprite | None]


@dataclass(frozen=True, slots=True)
class Presence:
    """How one actor shows in one frame.

    Attributes:
        actor: its id.
        box: xyxy in pixels around its own pixels, as if no other actor stood before it.
        own_px: how many pixels it would cover; `seen_px` how many it does.
    """

    actor: str
    box: tuple[int, int, int, int]
    own_px: int
    seen_px: int


def compose(
    background: Light, shots: Sequence[Shot], sprite_of: SpriteOf
) -> tuple[Light, tuple[Presence, ...]]:
    """One frame.

    Args:
        background: the empty street with overscan, (H, W, 3).
        shots: who is there, the far first.
        sprite_of: the rendered sprites.

    Returns:
        The frame in linear light without overscan, and how each actor shows in it.
    """
    edge = OVERSCAN_PX
    frame = background[edge:-edge, edge:-edge].copy()
    owner: Owner = np.zeros(frame.shape[:2], np.uint8)
    laid = []
    for number, shot in enumerate(shots, start=1):
        sprite = sprite_of(shot.key)
        if sprite is None:
            continue
        box = _lay(frame, owner, sprite, shot, number)
        if box is not None:
            laid.append((number, shot.actor, *box))
    counts = np.bincount(owner.ravel(), minlength=len(shots) + 1)
    return frame, tuple(Presence(actor, box, own, int(counts[number])) for number, actor, box, own in laid)


def _lay(
    frame: Light, owner: Owner, sprite: Sprite, shot: Shot, number: int
) -> tuple[tuple[int, int, int, int], int] | None:
    """Lay one sprite into the frame; returns the box around its own pixels and how many they are."""
    height, width = sprite.mask.shape
    scale = shot.scale
    # Pixel centres lie at half: continuous place = index + 0.5.
    left = scale * (sprite.x + 0.5 - shot.source[0]) + shot.to[0] - 0.5
    top = scale * (sprite.y + 0.5 - shot.source[1]) + shot.to[1] - 0.5
    x0, y0 = max(int(np.floor(left)), 0), max(int(np.floor(top)), 0)
    x1 = min(int(np.ceil(left + scale * width)) + 1, frame.shape[1])
    y1 = min(int(np.ceil(top + scale * height)) + 1, frame.shape[0])
    if x1 <= x0 or y1 <= y0:
        return None
    move = np.array([[scale, 0, left - x0], [0, scale, top - y0]], np.float64)
    size = (x1 - x0, y1 - y0)
    light = cv2.warpAffine(sprite.light, move, size, flags=cv2.INTER_LINEAR)
    mask = cv2.warpAffine(sprite.mask.astype(np.uint8), move, size, flags=cv2.INTER_NEAREST) > 0
    under = frame[y0:y1, x0:x1]
    under *= 1 - light[..., 3:]
    under += light[..., :3]
    owner[y0:y1, x0:x1][mask] = number
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return None
    box = (x0 + int(columns[0]), y0 + int(rows[0]), x0 + int(columns[-1]) + 1, y0 + int(rows[-1]) + 1)
    return box, int(mask.sum())
