"""What camera faults do to light and pictures: pure functions, the same for the same seed.

`gain_at` to `covered` work on linear light before the sensor, `coarse` on what the sensor shows.
"""

import math
from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from studio.matter.finishes import Picture

Light = npt.NDArray[np.float32]
Mask = npt.NDArray[np.float32]
Size = tuple[int, int]
"""Width and height in pixels."""

MOST_SWAY_PX = 12.0
"""At full strength; below the overscan, so that a shaken picture has no empty edge."""

_SWAYS = ((0.31, 0.45), (0.83, 0.25), (2.7, 0.2), (6.1, 0.1))
"""Frequencies of a loaded pole in hertz, first its own sway and then its wire-like tremble, with shares."""

_FOLLOWING_S = 1.6
"""How long an automatic exposure takes: two frames' metering a step, several steps."""

_LEAST_SKIP, _MOST_SKIP = 2.0, 9.0
"""Mean difference (of 255) below which a coder that saves bits leaves a block as it was."""
_BLOCK_PX = 16


def sway_at(second: float, strength: float, seed: int) -> tuple[float, float]:
    """Where a shaken camera looks: x and y in pixels away from its rest, at most `MOST_SWAY_PX` each."""
    phases = np.random.default_rng((seed, 1)).uniform(0, 2 * math.pi, (len(_SWAYS), 3))
    gust = 0.65 + 0.35 * math.sin(2 * math.pi * 0.11 * second + phases[0, 2])
    x, y = 0.0, 0.0
    for (hertz, share), (along, across, _) in zip(_SWAYS, phases, strict=True):
        x += share * math.sin(2 * math.pi * hertz * second + along)
        y += share * math.sin(2 * math.pi * hertz * 1.13 * second + across)
    reach = MOST_SWAY_PX * strength * gust
    return x * reach, y * reach * 0.6


def flicker_at(second: float, strength: float, height: int) -> Light:
    """How bright each row is, (H, 1, 1): mains lamps beat with a rolling shutter in slowly moving bands."""
    rows = np.arange(height, dtype=np.float32)[:, None, None] / np.float32(height)
    beat = np.sin(2 * math.pi * (2.3 * second + 1.4 * rows)) + 0.6 * math.sin(2 * math.pi * 5.1 * second)
    gain: Light = (1 + 0.35 * strength * beat).astype(np.float32)
    return gain


def gain_at(since_s: float, left_s: float, strength: float, size: Size) -> Light:
    """How much brighter each pixel is, (H, W, 1), some seconds after a light went on.

    The light stays until `left_s` is over, stronger on one side; the automatic exposure follows it.
    """
    width, height = size
    across = np.linspace(1.25, 0.55, width, dtype=np.float32)[None, :, None]
    down = np.linspace(1.1, 0.9, height, dtype=np.float32)[:, None, None]
    lit = 1 + 3.0 * strength * across * down if strength > 0 else 1 / (1 - 2.5 * strength * across * down)
    grown = 1 + 3.0 * strength if strength > 0 else 1 / (1 - 2.5 * strength)
    if left_s > 0:
        followed = grown ** -(1 - math.exp(-since_s / _FOLLOWING_S))
        return np.asarray(lit * followed, np.float32)
    unfollowed = grown ** -math.exp(left_s / _FOLLOWING_S)
    return np.full((1, 1, 1), unfollowed, np.float32)


def dirtied(light: Light, strength: float, seed: int) -> Light:
    """Seen through drops and dust: what lies behind a drop melts together, dust darkens, all of it veils."""
    height, width = light.shape[:2]
    drops, dust = _dirt((width, height), strength, seed)
    coarse = cv2.resize(light, (max(width // 16, 1), max(height // 16, 1)), interpolation=cv2.INTER_AREA)
    melted = cv2.resize(
        cv2.GaussianBlur(coarse, (0, 0), 1.2), (width, height), interpolation=cv2.INTER_LINEAR
    )
    veil = np.float32(0.10 * strength * float(light.mean()))
    seen: Light = (light * (1 - drops) + melted * (drops * 0.92)) * (1 - dust) + veil
    return seen


def covered(light: Light, strength: float, seed: int, *, share: float = 1.0) -> Light:
    """With something before the glass: near dark, with the thing's own folds and a little light at a rim.

    Args:
        light: (H, W, 3), linear.
        strength: 1 lets nothing through.
        seed: decides whether it is a hand, a leaf or a bag.
        share: how far it has come in, 0..1, from one side.
    """
    height, width = light.shape[:2]
    thing, edge = _cover((width, height), seed)
    here = np.clip((share * 1.5 - edge) * 8, 0, 1)
    through = np.float32(0.04 * (1 - strength))
    around = np.float32(light.mean())
    dark = thing * around + through * light
    hidden: Light = light * (1 - here) + dark * here
    return hidden


def coarse(picture: Picture, before: Picture | None, strength: float) -> Picture:
    """As a coder shows it that has too few bits: blocks, smeared colours, and things that come late.

    Args:
        picture: RGB, (H, W, 3).
        before: what the coder showed last; blocks that hardly differ from it stay as they were.
        strength: 0..1.
    """
    height, width = picture.shape[:2]
    quality = round(34 - 28 * strength)
    soft = cv2.GaussianBlur(picture, (0, 0), 0.4 + 0.8 * strength)
    done, packed = cv2.imencode(".jpg", soft, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise RuntimeError("the JPEG coder refused a picture; report this with the scene file")
    shown = np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), np.uint8)
    if before is None:
        return shown
    change = cv2.absdiff(soft, before).mean(axis=2, dtype=np.float32)
    blocks = cv2.resize(
        change, (-(-width // _BLOCK_PX), -(-height // _BLOCK_PX)), interpolation=cv2.INTER_AREA
    )
    keep = blocks < _LEAST_SKIP + (_MOST_SKIP - _LEAST_SKIP) * strength
    spread = np.repeat(np.repeat(keep, _BLOCK_PX, axis=0), _BLOCK_PX, axis=1)[:height, :width]
    mixed: Picture = np.where(spread[..., None], before, shown)
    return mixed


@lru_cache(maxsize=4)
def _dirt(size: Size, strength: float, seed: int) -> tuple[Mask, Mask]:
    """How far drops and dust cover each pixel, each (H, W, 1)."""
    width, height = size
    chance = np.random.default_rng((seed, 2))
    unit = height / 360
    drops, dust = np.zeros((height, width), np.float32), np.zeros((height, width), np.float32)
    for _ in range(round(10 + 45 * strength)):
        x, y, radius = (
            chance.uniform(0, width),
            chance.uniform(0, height),
            min(chance.gamma(2.0, 5.0), 22) * unit + 3,
        )
        long, turn = chance.uniform(1, 1.5), chance.uniform(-20, 20)
        cv2.ellipse(
            drops,
            (round(x), round(y)),
            (round(radius), round(radius * long)),
            turn,
            0,
            360,
            chance.uniform(0.7, 1.0),
            -1,
        )
    for _ in range(round(30 + 200 * strength)):
        x, y, radius = chance.uniform(0, width), chance.uniform(0, height), chance.gamma(1.5, 2.0) * unit + 1
        cv2.circle(dust, (round(x), round(y)), round(radius), chance.uniform(0.1, 0.5), -1)
    drops = cv2.GaussianBlur(drops, (0, 0), 2.2 * unit).astype(np.float32)
    smear = cv2.resize(
        chance.standard_normal((5, 8)).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC
    )
    dust = (cv2.GaussianBlur(dust, (0, 0), 2.8 * unit) + np.clip(smear, 0, 1) * 0.25 * strength).astype(
        np.float32
    )
    return drops[..., None], np.clip(dust * (0.5 + 0.5 * strength), 0, 0.8)[..., None]


@lru_cache(maxsize=4)
def _cover(size: Size, seed: int) -> tuple[Light, Mask]:
    """What covers the glass, relative to the scene's light, and how late it reaches each pixel, 0..1."""
    width, height = size
    chance = np.random.default_rng((seed, 3))
    y, x = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j].astype(np.float32)
    folds = _cloud(chance, size, (6, 9)) * 0.35 + _cloud(chance, size, (14, 22)) * 0.15
    turn = chance.uniform(0, 2 * math.pi)
    along = (x - 0.5) * math.cos(turn) + (y - 0.5) * math.sin(turn)
    across = (y - 0.5) * math.cos(turn) - (x - 0.5) * math.sin(turn)
    match int(chance.integers(3)):
        case 0:  # fingers against the light: their gaps glow red
            gaps = np.clip(np.abs(np.sin(across * 11 + folds)) * -14 + 1.1, 0, 1)
            tint, level = (1.0, 0.42, 0.30), 0.10 * (1 + folds) + 0.45 * gaps
        case 1:  # a leaf: its ribs let light through
            ribs = np.clip(1 - np.abs(np.sin((across + np.abs(along) * 0.7) * 16)) * 6, 0, 1)
            tint, level = (0.55, 1.0, 0.25), 0.14 * (1 + 1.4 * folds) + 0.12 * ribs
        case _:  # a bag: folds
            tint, level = (0.9, 0.95, 1.0), 0.12 * (1 + 2.2 * np.abs(folds))
    rim = np.clip((along - 0.42) * 3, 0, 1) * 0.25
    thing = cv2.GaussianBlur((level + rim).astype(np.float32), (0, 0), height / 60)
    edge = np.clip(along * 0.75 + 0.5 + folds * 0.1, 0, 1)
    return np.clip(thing, 0.004, 1)[..., None] * np.array(tint, np.float32), edge[..., None]


def _cloud(chance: np.random.Generator, size: Size, cells: Size) -> Mask:
    rough = chance.standard_normal(cells).astype(np.float32)
    return cv2.resize(rough, size, interpolation=cv2.INTER_CUBIC).astype(np.float32)
