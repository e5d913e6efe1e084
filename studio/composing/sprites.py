"""Sprites: an actor cut out with its shadow, in linear light, with the mask of its own pixels."""

from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt

from models.geometry import FloatArray
from studio.camera.lens import OVERSCAN_PX, Lens
from studio.matter.solids import rotation
from studio.scenes.light import Light
from studio.scenes.poses import SpriteKey

SHADOW_FLOOR = 0.03
"""What a shadow catcher leaves of darkness where there is no shadow: noise, seen as a faint rectangle."""

_FEATHER_PX = 8
_PAD_PX = 6
_LEAST_PX = 3


@dataclass(frozen=True, slots=True)
class Region:
    """Pixels of the rendering with overscan, from its upper left corner."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True)
class Sprite:
    """One rendered actor.

    Attributes:
        x, y: of its upper left corner in the frame without overscan; may be negative.
        light: (H, W, 4) linear, premultiplied; black with alpha is shadow.
        mask: (H, W) which pixels the actor itself covers.
    """

    x: int
    y: int
    light: npt.NDArray[np.float32]
    mask: npt.NDArray[np.bool_]


def region_of(
    corners: tuple[FloatArray, FloatArray], key: SpriteKey, lens: Lens, light: Light
) -> Region | None:
    """The part of the picture that an actor and its shadow may touch, or None if there is none.

    Args:
        corners: lowest and highest corner of the box around the model.
        key: where it stands.
        lens: the camera.
        light: its sun throws the shadow.
    """
    around = np.array(list(product(*zip(*corners, strict=True)))) @ rotation((0, 0, key.heading)).T
    around += np.array([key.x, key.y, 0])
    shadow = around + np.outer(around[:, 2], light.towards_ground)
    soft = light.spread_m
    spread = [shadow + np.array([dx, dy, 0]) for dx in (-soft, soft) for dy in (-soft, soft)]
    seen = lens.project(np.concatenate([around, *spread]))
    if seen[:, 2].max() <= 1:
        return None
    low = np.floor(seen[:, :2].min(axis=0)).astype(int) - _PAD_PX + OVERSCAN_PX
    high = np.ceil(seen[:, :2].max(axis=0)).astype(int) + _PAD_PX + OVERSCAN_PX
    left, top = np.maximum(low, 0)
    right, bottom = np.minimum(high, (lens.width + 2 * OVERSCAN_PX, lens.height + 2 * OVERSCAN_PX))
    if right - left < _LEAST_PX or bottom - top < _LEAST_PX:
        return None
    return Region(int(left), int(top), int(right - left), int(bottom - top))


def cleaned(rgba: npt.NDArray[np.float32], mask: npt.NDArray[np.bool_], region: Region) -> Sprite | None:
    """A rendering made into a sprite: no noise where there is no shadow, no edge where the crop ends.

    Returns None when none of the actor's own pixels is seen.
    """
    if not mask.any():
        return None
    light = rgba.astype(np.float32).copy()
    shadow = ~mask & (light[..., :3].sum(axis=-1) < 0.02)  # noqa: PLR2004 - black: nothing but shadow
    lowered = np.clip((light[..., 3] - SHADOW_FLOOR) / (1 - SHADOW_FLOOR), 0, 1)
    light[..., 3] = np.where(shadow, lowered, light[..., 3])
    height, width = mask.shape
    down = np.minimum(np.arange(height), np.arange(height)[::-1])
    across = np.minimum(np.arange(width), np.arange(width)[::-1])
    ramp = np.minimum(1, (np.minimum.outer(down, across) + 0.5) / _FEATHER_PX).astype(np.float32)
    light *= np.where(shadow, ramp, 1)[..., None]
    return Sprite(region.x - OVERSCAN_PX, region.y - OVERSCAN_PX, light, mask)
