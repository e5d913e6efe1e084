"""Mirror images of actors in a wet road or in standing water. Pure."""

import cv2
import numpy as np
import numpy.typing as npt

from studio.composing.compose import Placed

Plane = npt.NDArray[np.float32]

_MOST_PX = 200
_MOST_HIDDEN = 0.65
"""Of a pixel's light can be the sky's mirror image: water and road have some of their own."""


def gloss(place: Plane, eye: tuple[float, float, float]) -> Plane:
    """What share of light a water film mirrors towards the camera, (H, W): Schlick's approximation."""
    ray = np.array(eye, np.float32) - place
    steep = np.clip(ray[..., 2] / np.maximum(np.linalg.norm(ray, axis=-1), 1e-3), 0, 1)
    share: Plane = (0.02 + 0.98 * (1 - steep) ** 5).astype(np.float32)
    return share


def mirror(frame: Plane, placed: Placed, shines: Plane, blur_px: float, sky: float) -> None:
    """Lay an actor's mirror image below it into a frame, in place, before the actor itself.

    Every column is turned over about its own lowest pixel: where the actor meets the ground, or nearly.

    Args:
        frame: (H, W, 3) linear light.
        placed: the actor.
        shines: (H, W) how much of the light each pixel of the frame mirrors; 0 where there is no water.
        blur_px: how rough the mirror is, down the picture.
        sky: how bright that is which the actor hides from the mirror.
    """
    mask = placed.mask
    rows = np.flatnonzero(mask.any(axis=1))
    columns = np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return
    first, last = int(columns[0]), int(columns[-1]) + 1
    own = mask[:, first:last]
    high = own.shape[0]
    foot = high - 1 - np.argmax(own[::-1], axis=0)
    foot = np.where(own.any(axis=0), foot, -1)
    tall = min(int(rows[-1] - rows[0]) + 1, _MOST_PX)
    top = placed.y + int(rows[0])
    bottom = min(placed.y + int(rows[-1]) + 1 + tall, frame.shape[0])
    target = np.arange(top, bottom)[:, None] - placed.y
    source = 2 * foot[None, :] + 1 - target
    valid = (target > foot[None, :]) & (source >= 0) & (source < high) & (foot >= 0)[None, :]
    source = np.where(valid, source, 0)
    across = np.broadcast_to(np.arange(own.shape[1])[None, :], source.shape)
    valid &= own[source, across]
    light = placed.light[:, first:last, :3][source, across] * valid[..., None]
    shown = valid.astype(np.float32)
    light, shown = (cv2.GaussianBlur(plane, (0, 0), 0.6, sigmaY=blur_px) for plane in (light, shown))
    left = placed.x + first
    right = min(left + own.shape[1], frame.shape[1])
    wide = right - left
    below = frame[top:bottom, left:right]
    share = shines[top:bottom, left:right, None]
    hidden = np.minimum(share * sky, _MOST_HIDDEN * below) * shown[:, :wide, None]
    below += share * light[:, :wide] - hidden
