"""Pictures that houses wear: dirty fronts, rooms seen through glass, boards with words."""

from functools import lru_cache

import cv2
import numpy as np

from studio.matter.finishes import FINISHES, Finish, Picture
from studio.matter.lettering import Rgb8, stencil
from studio.streets.dirt import Pair, cloud, screen

_PX_PER_M = 22.0
_LARGEST = 1024
_GOODS = np.array(
    [
        (0.42, 0.03, 0.03),
        (0.55, 0.36, 0.04),
        (0.05, 0.22, 0.09),
        (0.04, 0.11, 0.38),
        (0.52, 0.51, 0.48),
        (0.30, 0.17, 0.08),
        (0.50, 0.14, 0.03),
        (0.16, 0.30, 0.36),
        (0.05, 0.05, 0.06),
    ],
    np.float32,
)


def front(wall: str, size_m: Pair, sills: list[Pair], seed: int) -> Finish:
    """A house's front: its wall's colour, clouded, with rain's streaks below the eaves and every sill.

    Args:
        wall: the finish of the rest of the house.
        size_m: width and height.
        sills: middle and height of each, metres from the lower left corner.
        seed: of the dirt.
    """
    chance = np.random.default_rng(seed)
    plain = FINISHES[wall]
    px = min(_PX_PER_M, _LARGEST / max(size_m))
    columns, rows = (max(8, round(side * px)) for side in size_m)
    image = np.empty((rows, columns, 3), np.float32)
    image[:] = plain.colour
    if plain.pattern == "tile":
        image[:: max(3, round(px * 0.22))] *= 0.78
        image[:, :: max(5, round(px * 0.45))] *= 0.84
        image *= 1 + 0.08 * chance.normal(size=(rows, columns, 1)).astype(np.float32)
    image *= (0.74 + 0.5 * cloud((rows, columns), px * 3.5, 5, chance))[..., None]
    streaks = cv2.GaussianBlur(chance.random((1, columns)).astype(np.float32) ** 3, (0, 0), 0.8)[0]
    height = np.arange(rows, dtype=np.float32)[:, None] / px  # metres below the eaves
    soot = 0.9 * streaks * np.exp(-height / 2.2)
    for x, z in sills:
        top, reach = round((size_m[1] - z) * px), round(1.0 * px)
        left = max(0, round((x - 0.95) * px))
        right, low = min(columns, round((x + 0.95) * px)), min(rows, top + 2 * reach)
        if 0 <= top < low and left < right:
            run = np.exp(-np.arange(low - top, dtype=np.float32)[:, None] / reach)
            soot[top:low, left:right] += run * (0.10 + 0.7 * streaks[left:right])
    soot += 0.5 * np.exp(-(size_m[1] - height) / 0.35)  # splashed from the ground
    soot = np.clip(soot, 0, 0.75)[..., None]
    image = image * (1 - soot) + np.array((0.10, 0.09, 0.075), np.float32) * soot
    return Finish(rough=0.9 if plain.pattern != "tile" else 0.55, picture=screen(image))


@lru_cache(maxsize=1)
def panes() -> dict[str, Finish]:
    """Windows as one sees them by day: dark rooms, drawn curtains, half-drawn ones, things on the sill."""
    chance = np.random.default_rng(3)
    cloths = (
        (0.26, 0.23, 0.18),
        (0.30, 0.28, 0.26),
        (0.14, 0.18, 0.24),
        (0.24, 0.12, 0.10),
        (0.20, 0.22, 0.14),
    )
    made = {}
    for index in range(8):
        image = np.full((48, 48, 3), 0.012, np.float32) * chance.uniform(0.7, 2.2)
        image *= np.linspace(2.2, 0.8, 48, dtype=np.float32)[:, None, None]  # the sky in the glass
        if index >= 3:  # noqa: PLR2004 - more than every second has something in it
            cloth = np.array(cloths[index - 3], np.float32)
            folds = 0.75 + 0.25 * np.sin(np.arange(48) * chance.uniform(0.7, 1.3))[None, :, None]
            covers = chance.integers(12, 24)
            image[2:, :covers] = (cloth * folds)[:, :covers]
            image[2:, 48 - covers :] = (cloth * folds)[:, 48 - covers :]
        else:
            for _ in range(3):
                x, y = int(chance.integers(0, 40)), int(chance.integers(30, 44))
                image[y:, x : x + 6] = _GOODS[chance.integers(len(_GOODS))] * 0.25
        name = f"pane-curtain-{index}" if index >= 3 else f"pane-dark-{index}"  # noqa: PLR2004
        made[name] = Finish(rough=0.08, coat=0.5, picture=screen(image))
    return made


def room(seed: int) -> Finish:
    """A shop's room through its glass: shelves full of goods, a counter, light from the ceiling."""
    chance = np.random.default_rng(seed)
    image = np.empty((112, 192, 3), np.float32)
    image[:] = np.array((0.20, 0.17, 0.13), np.float32) * chance.uniform(0.5, 1.3)
    image[:9] = 0.10
    for x in range(int(chance.integers(8, 30)), 180, 46):
        image[4:7, x : x + 26] = 0.95
    shelves = int(chance.integers(3, 6))
    for base in np.linspace(30, 88, shelves).astype(int):
        x = int(chance.integers(0, 6))
        while x < 188:  # noqa: PLR2004 - up to the wall
            wide, high = int(chance.integers(3, 10)), int(chance.integers(7, 15))
            if chance.random() < 0.85:  # noqa: PLR2004 - some are sold out
                image[base - high : base, x : x + wide] = _GOODS[
                    chance.integers(len(_GOODS))
                ] * chance.uniform(0.2, 0.6)
            x += wide + int(chance.integers(0, 2))
        image[base : base + 2] = 0.16
    at = int(chance.integers(10, 120))
    image[78:, at : at + 60] = np.array((0.24, 0.20, 0.16), np.float32) * chance.uniform(0.4, 1.4)
    image *= np.linspace(1.0, 0.45, 112, dtype=np.float32)[:, None, None]
    grey = image.mean(axis=2, keepdims=True)
    image = cv2.GaussianBlur(image * 0.6 + grey * 0.4, (0, 0), 0.9) * 0.8  # glass takes the colours' edge
    return Finish(rough=0.12, coat=0.4, glow=0.12, picture=screen(image))


def board(text: str, ground: Rgb8, ink: Rgb8, *, upright: bool = False) -> Picture:
    """Words on a plate, in rows (a bar | parts them) or, upright, one character below the other."""
    lines = list(text) if upright else text.split("|")
    high = 72
    masks = [stencil(line, high) for line in lines]
    wide = max(mask.shape[1] for mask in masks)
    cells = []
    for mask in masks:
        cell = np.zeros((high + 26, wide + 40), np.float32)
        left = (cell.shape[1] - mask.shape[1]) // 2
        cell[13 : 13 + high, left : left + mask.shape[1]] = mask
        cells.append(cell)
    cover = np.concatenate(cells)[..., None]
    image = np.array(ground, np.float32) * (1 - cover) + np.array(ink, np.float32) * cover
    rim = 4
    for edge in (np.s_[:rim], np.s_[-rim:], np.s_[:, :rim], np.s_[:, -rim:]):
        image[edge] *= 0.75
    fade = 0.88 + 0.12 * np.linspace(1, 0, len(image), dtype=np.float32)[:, None, None]
    plate: Picture = np.clip(image * fade, 0, 255).astype(np.uint8)
    return plate
