"""Where an actor stands on the ground, and what of it standing water hides. Pure."""

from functools import lru_cache
from itertools import pairwise

import cv2
import numpy as np

from models.geometry import FloatArray
from studio.camera.lens import Lens
from studio.composing.compose import Placed
from studio.matter.solids import bounds, rotation
from studio.scenes.poses import Shot


@lru_cache(maxsize=128)
def extent(look: str) -> tuple[FloatArray, FloatArray]:
    """Lowest and highest corner of the box around a look, (3,) each, about its own origin."""
    from studio.actors.casting import cast  # noqa: PLC0415 - draws plates, for which not all who compose have fonts

    return bounds(cast(look, -1)[0])


def waterline(outline: FloatArray, columns: FloatArray) -> FloatArray:
    """The lowest edge of an outline in each column of a picture.

    Args:
        outline: (N, 2) pixels, a closed polygon.
        columns: (W,) x of each column; beside the outline its nearest end counts.

    Returns:
        (W,) y of the lowest edge, where y grows downwards.
    """
    inside = np.clip(columns, outline[:, 0].min(), outline[:, 0].max())
    lowest = np.full(len(columns), -np.inf)
    for (x0, y0), (x1, y1) in pairwise([*outline, outline[0]]):
        low, high = min(x0, x1), max(x0, x1)
        crosses = (inside >= low) & (inside <= high)
        share = (inside - x0) / (x1 - x0) if abs(x1 - x0) > 1e-6 else np.zeros(len(columns))  # noqa: PLR2004
        lowest = np.where(crosses, np.maximum(lowest, y0 + np.clip(share, 0, 1) * (y1 - y0)), lowest)
    return lowest


def submerge(
    placed: Placed, shot: Shot, at: tuple[float, float], lens: Lens, water: tuple[int, float]
) -> None:
    """Cut off what of an actor is below water, in place, and its shadow, which no water shows.

    Args:
        placed: the actor.
        shot: of it.
        at: where it stands, metres.
        lens: the camera.
        water: the frame's margin in pixels, and how deep the water is where it stands.
    """
    margin, depth = water
    low, high = extent(shot.key.look)
    ends = ((low[0], low[1]), (high[0], low[1]), (high[0], high[1]), (low[0], high[1]))
    corners = np.array([(x, y, 0.0) for x, y in ends]) @ rotation((0, 0, shot.key.heading)).T
    corners += np.array([*at, depth])
    outline = lens.project(corners)[:, :2] + margin - (placed.x, placed.y)
    height, width = placed.mask.shape
    line = waterline(outline, np.arange(width, dtype=np.float64) + 0.5)
    above = np.clip(line[None, :] - np.arange(height)[:, None], 0, 1).astype(np.float32)
    above = np.asarray(cv2.GaussianBlur(above, (0, 0), 0.6), np.float32)
    # Murky water takes no shadow: what is dark about the actor but not its own goes.
    kept = above * placed.mask + 0.35 * (1 - placed.mask)
    placed.light[...] *= kept[..., None]
    placed.mask[...] &= above > 0.5  # noqa: PLR2004
