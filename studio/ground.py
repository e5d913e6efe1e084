"""The carriageway as a picture: asphalt with wear, patches, cracks, manholes, and the paint upon it."""

import cv2
import numpy as np
import numpy.typing as npt

from studio.finishes import Picture
from studio.lettering import stencil
from studio.street import Marking, Street

PX_PER_M = 56
_PAINT = {"white": (0.58, 0.58, 0.56), "yellow": (0.62, 0.42, 0.05)}
_LINE_M = 0.15  # GB 5768.3: lines of 10 to 15 cm

Plane = npt.NDArray[np.float32]
Pair = tuple[float, float]


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


def road_picture(street: Street, across: Pair) -> Picture:
    """The road seen from above; row 0 is the far edge, as pictures are worn from the top."""
    chance = np.random.default_rng(street.seed)
    x0, x1 = street.x
    width, height = round((x1 - x0) * PX_PER_M), round((across[1] - across[0]) * PX_PER_M)
    grey = _asphalt((height, width), across, chance)
    image = np.stack([grey * 1.03, grey, grey * 0.96], axis=2)
    wear = np.clip(0.15 + 1.7 * cloud((height, width), PX_PER_M * 0.8, 4, chance), 0.2, 0.93)
    wear *= 1 - 0.3 * chance.random((height, width), dtype=np.float32)
    for colour, paint in _PAINT.items():
        mask = np.zeros((height, width), np.float32)
        for marking in street.marking:
            if marking.colour == colour:
                _draw(mask, marking, (x0, across[0]))
        cover = (mask * wear)[..., None]
        image = image * (1 - cover) + np.array(paint, np.float32) * cover
    return _screen(np.clip(image, 0, 1)[::-1])


def _asphalt(shape: tuple[int, int], across: Pair, chance: np.random.Generator) -> Plane:
    height, width = shape
    grey = 0.105 + 0.06 * (cloud(shape, PX_PER_M * 6, 4, chance) - 0.5)
    grey += 0.03 * (chance.random(shape, dtype=np.float32) - 0.5) + 0.02 * (
        cloud(shape, 2.5, 1, chance) - 0.5
    )
    y = np.linspace(across[0], across[1], height, dtype=np.float32)[:, None]
    stains = cloud(shape, PX_PER_M * 2, 3, chance)
    lanes = np.linspace(across[0], across[1] - 2, 3)[:-1] + 1.4
    for middle in lanes:
        grey -= 0.022 * np.exp(-(((y - middle) / 0.35) ** 2)) * stains  # oil drips in the lane's middle
        for track in (-0.75, 0.75):
            grey += 0.012 * np.exp(-(((y - middle - track) / 0.25) ** 2))  # tyres polish their tracks
    for _ in range(12):
        x, top = int(chance.integers(0, width)), int(chance.integers(0, height))
        size = (int(chance.uniform(1, 5) * PX_PER_M), int(chance.uniform(0.8, 2) * PX_PER_M))
        grey[top : top + size[1], x : x + size[0]] *= chance.uniform(0.72, 1.12)
    dark = np.zeros(shape, np.uint8)
    for _ in range(40):
        steps = chance.normal(0, 0.35, 60).cumsum() + chance.uniform(0, 6.3)
        line = np.stack([np.cos(steps), np.sin(steps)], 1).cumsum(axis=0) * 5
        line += (chance.uniform(0, width), chance.uniform(0, height))
        cv2.polylines(dark, [line.astype(np.int32)], isClosed=False, color=150)
    for _ in range(5):
        middle = (int(chance.integers(0, width)), int(chance.integers(height // 8, height // 2)))
        cv2.circle(dark, middle, round(0.36 * PX_PER_M), 130, -1)
        cv2.circle(dark, middle, round(0.36 * PX_PER_M), 220, 2)
    seam = grey * (1 - 0.6 * dark.astype(np.float32) / 255)
    gutter = 0.25 * (np.exp(-(y - across[0]) / 0.25) + np.exp(-(across[1] - y) / 0.25))
    dirty: Plane = (seam * (1 - gutter * stains * 2)).astype(np.float32)
    return dirty


def _draw(mask: Plane, marking: Marking, origin: Pair) -> None:
    (left, right), (low, high) = marking.x, marking.y

    def px(x: float, y: float) -> tuple[int, int]:
        return round((x - origin[0]) * PX_PER_M), round((y - origin[1]) * PX_PER_M)

    thick = round(_LINE_M * PX_PER_M)
    middle = (low + high) / 2
    match marking.kind:
        case "line":
            cv2.line(mask, px(left, middle), px(right, middle), 1.0, thick)
        case "dashes":
            for start in np.arange(left, right, 6.0):  # 2 m of paint, 4 m of gap: the standard's town size
                cv2.line(mask, px(start, middle), px(start + 2.0, middle), 1.0, thick)
        case "box" | "hatch":
            inside = np.zeros_like(mask)
            if marking.kind == "hatch":
                for start in np.arange(left - (high - low), right, 1.0):
                    cv2.line(inside, px(start, high), px(start + high - low, low), 1.0, thick)
            area = np.zeros_like(mask)
            cv2.rectangle(area, px(left, low), px(right, high), 1.0, -1)
            cv2.rectangle(inside, px(left, low), px(right, high), 1.0, thick)
            np.maximum(mask, inside * area, out=mask)
        case "words":
            (x, y), (x_end, y_end) = px(left, low), px(right, high)
            words = cv2.resize(stencil(marking.text, y_end - y), (x_end - x, y_end - y))[::-1]
            pad = PX_PER_M // 6
            mask[y - pad : y_end + pad, x - pad : x_end + pad] = 0
            mask[y:y_end, x:x_end] = words


def _screen(linear: npt.NDArray[np.floating]) -> Picture:
    curved = np.where(linear < 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)  # noqa: PLR2004 - sRGB
    return (curved * 255).astype(np.uint8)
