"""What time leaves on the ground: clouds of grime, cracks, blots, fallen leaves. Pictures of linear light."""

import cv2
import numpy as np
import numpy.typing as npt

from studio.matter.finishes import Picture

Plane = npt.NDArray[np.float32]
Pair = tuple[float, float]

_LEAVES = ((0.20, 0.13, 0.03), (0.12, 0.10, 0.03), (0.26, 0.19, 0.05), (0.07, 0.09, 0.02))
_LITTER = ((0.55, 0.55, 0.52), (0.40, 0.36, 0.28), (0.45, 0.08, 0.06))


def cloud(shape: tuple[int, int], cell_px: float, octaves: int, chance: np.random.Generator) -> Plane:
    """Smooth noise in 0..1: coarse grains with finer ones upon them."""
    height, width = shape
    total = np.zeros(shape, np.float32)
    for octave in range(octaves):
        cell = cell_px / 2**octave
        grid = chance.random((int(height / cell) + 2, int(width / cell) + 2), dtype=np.float32)
        total += 0.6**octave * cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC)
    smooth: Plane = total / np.float32(sum(0.6**octave for octave in range(octaves)))
    return smooth


def cracks(shape: tuple[int, int], count: int, px_per_m: float, chance: np.random.Generator) -> Plane:
    """Wandering cracks, some of them sealed with tar and so broader: 0..1."""
    dark = np.zeros(shape, np.uint8)
    step = px_per_m * 0.09
    for _ in range(count):
        turns = chance.normal(0, 0.2, 60).cumsum() + chance.uniform(0, 6.3)
        line = np.stack([np.cos(turns), np.sin(turns)], 1).cumsum(axis=0) * step
        line += (chance.uniform(0, shape[1]), chance.uniform(0, shape[0]))
        sealed = chance.random() < 0.15  # noqa: PLR2004 - the road office is not everywhere
        thick = max(1, round(px_per_m * (0.035 if sealed else 0.012)))
        cv2.polylines(
            dark, [line.astype(np.int32)], isClosed=False, color=150 if sealed else 130, thickness=thick
        )
    return dark.astype(np.float32) / np.float32(255)


def blot(plane: Plane, at_px: Pair, radius_px: float, depth: float, chance: np.random.Generator) -> None:
    """Darken a ragged spot in place: oil under an engine, spilt soup; `depth` 0..1."""
    reach = int(radius_px * 2)
    x, y = int(at_px[0]), int(at_px[1])
    top, left = max(0, y - reach), max(0, x - reach)
    part = plane[top : y + reach, left : x + reach]
    if part.size == 0:
        return
    rows, columns = np.mgrid[top : top + part.shape[0], left : left + part.shape[1]]
    ragged = cloud((part.shape[0], part.shape[1]), max(4.0, radius_px * 0.7), 3, chance)
    away = np.hypot(rows - y, columns - x) / radius_px + (ragged - 0.5) * 1.4
    part *= (1 - depth * np.clip(1.4 - away, 0, 1)).astype(np.float32)


def scatter(
    image: Plane, places: npt.NDArray[np.float64], px_per_m: float, chance: np.random.Generator
) -> None:
    """Let leaves and a little litter lie at places, (N, 2) pixels, in place."""
    for x, y in places:
        litter = chance.random() < 0.04  # noqa: PLR2004 - streets are swept at night
        colours = _LITTER if litter else _LEAVES
        colour = colours[chance.integers(len(colours))]
        size = px_per_m * chance.uniform(0.03, 0.055) * (1.4 if litter else 1.0)
        axes = (max(1, round(size)), max(1, round(size * 0.55)))
        cv2.ellipse(image, (int(x), int(y)), axes, chance.uniform(0, 180), 0, 360, colour, -1, cv2.LINE_AA)


def screen(linear: npt.NDArray[np.floating]) -> Picture:
    """Linear light as a screen's bytes (sRGB)."""
    light = np.clip(linear, 0, 1)
    curved = np.where(light < 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)  # noqa: PLR2004 - sRGB
    shown: Picture = (curved * 255).astype(np.uint8)
    return shown
