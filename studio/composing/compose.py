"""Frames from an empty street and sprites, in linear light: the far first, each over what lies behind."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
import numpy.typing as npt

from studio.camera.lens import OVERSCAN_PX
from studio.composing.sprites import Sprite
from studio.scenes.poses import Shot, SpriteKey

Light = npt.NDArray[np.float32]
Owner = npt.NDArray[np.uint8]
Own = npt.NDArray[np.bool_]
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


@dataclass(frozen=True, slots=True)
class Placed:
    """A sprite as it will be laid: (H, W, 4) light and (H, W) mask, from `x`, `y` of the frame on."""

    x: int
    y: int
    light: Light
    mask: Own


class Surroundings(Protocol):
    """What weather, water and lamps do to one frame; each changes its arrays in place."""

    def below(self, frame: Light, shots: Sequence[Shot]) -> None:
        """Before anybody is laid: light that falls on the street."""

    def around(self, frame: Light, placed: Placed, shot: Shot) -> None:
        """Before one actor is laid."""

    def above(self, frame: Light) -> None:
        """When all are laid: what is between them and the camera, and in its lens."""


def compose(
    background: Light,
    shots: Sequence[Shot],
    sprite_of: SpriteOf,
    surroundings: Surroundings | None = None,
) -> tuple[Light, tuple[Presence, ...]]:
    """One frame.

    Args:
        background: the empty street with overscan, (H, W, 3).
        shots: who is there, the far first.
        sprite_of: the rendered sprites.
        surroundings: weather, water and lamps; None in dry daylight.

    Returns:
        The frame in linear light without overscan, and how each actor shows in it.
    """
    frame, _, presences = composed(background, shots, sprite_of, surroundings)
    return frame, presences


def composed(
    background: Light,
    shots: Sequence[Shot],
    sprite_of: SpriteOf,
    surroundings: Surroundings | None = None,
) -> tuple[Light, Owner, tuple[Presence, ...]]:
    """One frame as `compose` makes it, and (H, W) whose pixel each is: the number of its shot from one on."""
    edge = OVERSCAN_PX
    frame = background[edge:-edge, edge:-edge].copy()
    owner: Owner = np.zeros(frame.shape[:2], np.uint8)
    laid = []
    if surroundings is not None:
        surroundings.below(frame, shots)
    for number, shot in enumerate(shots, start=1):
        sprite = sprite_of(shot.key)
        placed = _placed(sprite, shot, (frame.shape[1], frame.shape[0])) if sprite is not None else None
        if placed is None:
            continue
        if surroundings is not None:
            surroundings.around(frame, placed, shot)
        box = _lay(frame, owner, placed, number)
        if box is not None:
            laid.append((number, shot.actor, *box))
    if surroundings is not None:
        surroundings.above(frame)
    counts = np.bincount(owner.ravel(), minlength=len(shots) + 1)
    presences = (Presence(actor, box, own, int(counts[number])) for number, actor, box, own in laid)
    return frame, owner, tuple(presences)


def _placed(sprite: Sprite, shot: Shot, size: tuple[int, int]) -> Placed | None:
    """A sprite moved and scaled to its place in a frame of some size; None outside it."""
    height, width = sprite.mask.shape
    scale = shot.scale
    # Pixel centres lie at half: continuous place = index + 0.5.
    left = scale * (sprite.x + 0.5 - shot.source[0]) + shot.to[0] - 0.5
    top = scale * (sprite.y + 0.5 - shot.source[1]) + shot.to[1] - 0.5
    x0, y0 = max(int(np.floor(left)), 0), max(int(np.floor(top)), 0)
    x1 = min(int(np.ceil(left + scale * width)) + 1, size[0])
    y1 = min(int(np.ceil(top + scale * height)) + 1, size[1])
    if x1 <= x0 or y1 <= y0:
        return None
    move = np.array([[scale, 0, left - x0], [0, scale, top - y0]], np.float64)
    light = cv2.warpAffine(sprite.light, move, (x1 - x0, y1 - y0), flags=cv2.INTER_LINEAR)
    mask = cv2.warpAffine(sprite.mask.astype(np.uint8), move, (x1 - x0, y1 - y0), flags=cv2.INTER_NEAREST) > 0
    return Placed(x0, y0, light.astype(np.float32, copy=False), mask)


def _lay(
    frame: Light, owner: Owner, placed: Placed, number: int
) -> tuple[tuple[int, int, int, int], int] | None:
    """Lay one sprite into the frame; returns the box around its own pixels and how many they are."""
    x0, y0, light, mask = placed.x, placed.y, placed.light, placed.mask
    height, width = mask.shape
    under = frame[y0 : y0 + height, x0 : x0 + width]
    through = 1 - light[..., 3]
    cv2.multiply(under, cv2.merge([through, through, through]), dst=under)
    under += light[..., :3]
    owner[y0 : y0 + height, x0 : x0 + width][mask] = number
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return None
    box = (x0 + int(columns[0]), y0 + int(rows[0]), x0 + int(columns[-1]) + 1, y0 + int(rows[-1]) + 1)
    return box, int(mask.sum())
