"""Carriageways and pavements as pictures from above: wear, patches, stains, leaves, and paint upon them."""

import math

import cv2
import numpy as np

from studio.matter.finishes import Picture
from studio.streets.dirt import Pair, Plane, blot, cloud, cracks, scatter, screen
from studio.streets.kerbs import reach
from studio.streets.paint import Sheet, draw
from studio.streets.street import Street, Strip

_PAINT = {"white": (0.56, 0.56, 0.54), "yellow": (0.58, 0.38, 0.05), "red": (0.38, 0.05, 0.03)}
_FINEST, _LARGEST = 56.0, 3.0e6
"""Pixels a metre close to the camera, pixels a picture may have at most."""

_SLABS: dict[str, tuple[Pair, tuple[float, float, float], float]] = {
    "slabs": ((0.5, 0.5), (0.27, 0.25, 0.225), 0.08),
    "granite": ((0.6, 0.3), (0.30, 0.295, 0.285), 0.11),
    "concrete": ((3.0, 3.0), (0.25, 0.24, 0.22), 0.05),
    "brick": ((0.2, 0.1), (0.25, 0.205, 0.18), 0.16),
}
"""Size of a slab in metres, its colour, how much neighbours differ."""


def road_picture(street: Street, road: Strip) -> Picture:
    """A carriageway seen from above, as far as `kerbs.reach`; row 0 is the far edge, as pictures are worn."""
    chance = np.random.default_rng((street.seed, street.roads.index(road)))
    sheet = _sheet(reach(street, road))
    shape = sheet.mask.shape
    tracks, drips = _driven(street, sheet)
    grey = _asphalt(sheet, chance)
    grey += 0.022 * tracks * cloud(shape, sheet.px_per_m * 5, 2, chance)  # tyres polish their tracks
    grey *= 1 - 0.30 * drips * cloud(shape, sheet.px_per_m * 1.5, 3, chance)
    _covers(street, road, sheet, grey, chance)
    for spot in street.spot:
        for _ in range(3):
            at = sheet.px(spot.at[0] + chance.uniform(-1.5, 1.5), spot.at[1] + chance.uniform(-0.4, 0.4))
            blot(grey, at, sheet.px_per_m * chance.uniform(0.12, 0.4), chance.uniform(0.15, 0.5), chance)
    image = np.stack([grey * 1.03, grey, grey * 0.95], axis=2)
    _paint(street, sheet, image, tracks, chance)
    _edges(street, road, sheet, image, chance)
    _leaves(street, sheet, image, chance)
    return screen(image[::-1])


def pavement_picture(street: Street, strip: Strip) -> Picture:
    """A pavement seen from above, laid over the strip's whole extent."""
    chance = np.random.default_rng((street.seed, 77, street.strip.index(strip)))
    sheet = _sheet(street.extent(strip))
    image = _slabs(strip, sheet, chance)
    shape = sheet.mask.shape
    grime = cloud(shape, sheet.px_per_m * 3, 4, chance)
    image *= (0.55 + 0.8 * grime)[..., None]
    image *= 1 + 0.10 * (chance.random((*shape, 1), dtype=np.float32) - 0.5)
    for _ in range(int(sheet.mask.size / sheet.px_per_m**2 / 30)):  # slabs taken up and laid anew
        x, y = int(chance.integers(0, shape[1])), int(chance.integers(0, shape[0]))
        wide, high = (int(chance.uniform(0.5, 2.5) * sheet.px_per_m) for _ in range(2))
        image[y : y + high, x : x + wide] *= chance.uniform(0.8, 1.15)
    gum = np.ones(shape, np.float32)
    for _ in range(int(sheet.mask.size / sheet.px_per_m**2 * 0.35)):
        at = (chance.uniform(0, shape[1]), chance.uniform(0, shape[0]))
        wide = chance.uniform(0.04, 0.3) ** 1.3
        blot(gum, at, sheet.px_per_m * wide, chance.uniform(0.1, 0.4), chance)
    image *= gum[..., None]
    if strip.tactile_y is not None:
        _, low = sheet.px(0, strip.tactile_y - 0.25)
        _, high = sheet.px(0, strip.tactile_y + 0.25)
        worn = 0.75 + 0.5 * (cloud((high - low, shape[1]), sheet.px_per_m, 3, chance) - 0.3)
        image[low:high] = np.array((0.40, 0.27, 0.05), np.float32) * worn[..., None]
        joints = np.arange(0, shape[1], sheet.px_per_m * 0.25).astype(int)
        image[low:high, joints] *= 0.7
    _leaves(street, sheet, image, chance)
    return screen(image[::-1])


def lawn_picture(street: Street, strip: Strip) -> Picture:
    """A bed seen from above: grass of many greens, bare earth where people cut across, leaves."""
    chance = np.random.default_rng((street.seed, 99, street.strip.index(strip)))
    sheet = _sheet(street.extent(strip))
    shape, px = sheet.mask.shape, sheet.px_per_m
    bare = np.clip(3.2 * (cloud(shape, px * 2.5, 4, chance) - 0.52), 0, 1)[..., None]
    lush = cloud(shape, px * 0.5, 3, chance)[..., None]
    blades = 0.55 + 0.9 * chance.random((*shape, 1), dtype=np.float32)
    grass = np.array((0.040, 0.062, 0.020), np.float32) * (0.6 + lush) * blades
    grass += np.array((0.045, 0.030, 0.008), np.float32) * cloud(shape, px * 1.7, 2, chance)[..., None]
    earth = np.array((0.105, 0.080, 0.055), np.float32) * (0.7 + 0.5 * blades)
    image = (grass * (1 - bare) + earth * bare).astype(np.float32)
    _leaves(street, sheet, image, chance)
    return screen(image[::-1])


def _sheet(extent: tuple[float, float, float, float]) -> Sheet:
    x0, y0, x1, y1 = extent
    px = min(_FINEST, math.sqrt(_LARGEST / ((x1 - x0) * (y1 - y0))))
    mask = np.zeros((round((y1 - y0) * px), round((x1 - x0) * px)), np.float32)
    return Sheet(mask, (x0, y0), px)


def _asphalt(sheet: Sheet, chance: np.random.Generator) -> Plane:
    shape, px = sheet.mask.shape, sheet.px_per_m
    grey = 0.102 + 0.085 * (cloud(shape, px * 6, 4, chance) - 0.5)
    grey += 0.035 * (chance.random(shape, dtype=np.float32) - 0.5)
    grey += 0.02 * (cloud(shape, 2.5, 1, chance) - 0.5)
    square_m = sheet.mask.size / px**2
    for _ in range(int(square_m / 90)):
        x, y = int(chance.integers(0, shape[1])), int(chance.integers(0, shape[0]))
        wide, high = (int(chance.uniform(low, top) * px) for low, top in ((0.8, 5), (0.7, 2)))
        patch = grey[y : y + high, x : x + wide]
        patch *= chance.uniform(0.70, 1.16)
        cv2.rectangle(grey, (x, y), (x + wide, y + high), 0.055, max(1, round(px * 0.03)))
    for _ in range(max(1, int(square_m / 500))):  # trenches of pipes, from kerb to kerb
        x, wide = int(chance.integers(0, shape[1])), int(px * chance.uniform(0.5, 0.9))
        grey[:, x : x + wide] *= chance.uniform(0.72, 0.86)
    seams = cracks(shape, int(square_m / 22), px, chance)
    rough: Plane = (grey * (1 - 0.6 * seams)).astype(np.float32)
    return rough


def _driven(street: Street, sheet: Sheet) -> tuple[Plane, Plane]:
    """Where tyres roll and where oil drips, 0..1, by the lanes' paths."""
    px = sheet.px_per_m
    tracks, drips = np.zeros_like(sheet.mask), np.zeros_like(sheet.mask)
    for lane in street.lane:
        middle = (np.asarray(lane.path, float) - sheet.origin) * px
        along = np.gradient(middle, axis=0)
        along /= np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-9)
        left = np.stack([-along[:, 1], along[:, 0]], axis=1) * px
        for side in (-0.75, 0.75):
            cv2.polylines(tracks, [(middle + left * side).astype(np.int32)], False, 1.0, round(px * 0.35))  # noqa: FBT003
        cv2.polylines(drips, [middle.astype(np.int32)], False, 1.0, round(px * 0.5))  # noqa: FBT003
    soft = px * 0.18
    rolled: Plane = cv2.GaussianBlur(tracks, (0, 0), soft).astype(np.float32)
    dripped: Plane = cv2.GaussianBlur(drips, (0, 0), soft).astype(np.float32)
    return rolled, dripped


def _covers(street: Street, road: Strip, sheet: Sheet, grey: Plane, chance: np.random.Generator) -> None:
    """Manholes in the lanes and gullies at the kerbs."""
    x0, y0, x1, y1 = street.extent(road)
    lengthwise = road.along == "x"
    begin, end, low, high = (x0, x1, y0, y1) if lengthwise else (y0, y1, x0, x1)
    px = sheet.px_per_m

    def at(along: float, across: float) -> tuple[int, int]:
        return sheet.px(along, across) if lengthwise else sheet.px(across, along)

    for along in np.arange(begin + 4, end, 14.0).tolist():
        middle = at(along + chance.uniform(-4, 4), chance.uniform(low + 1, high - 1))
        cv2.circle(grey, middle, round(0.46 * px), 0.075, -1, cv2.LINE_AA)
        cv2.circle(grey, middle, round(0.36 * px), 0.048, -1, cv2.LINE_AA)
        cv2.circle(grey, middle, round(0.36 * px), 0.02, max(1, round(px * 0.03)), cv2.LINE_AA)
        for across in (low + 0.3, high - 0.3):
            cut, opposite = at(along - 0.35, across - 0.2), at(along + 0.35, across + 0.2)
            cv2.rectangle(grey, cut, opposite, 0.06, -1)
            for bar in np.linspace(-0.28, 0.28, 7).tolist():
                cv2.line(grey, at(along + bar, across - 0.16), at(along + bar, across + 0.16), 0.012, 2)


def _paint(street: Street, sheet: Sheet, image: Plane, tracks: Plane, chance: np.random.Generator) -> None:
    shape, px = sheet.mask.shape, sheet.px_per_m
    wear = np.clip(2.3 * cloud(shape, px * 0.6, 5, chance) - 0.32, 0.15, 0.88)
    wear *= 1 - 0.3 * chance.random(shape, dtype=np.float32)
    wear *= 1 - 0.45 * np.clip(tracks, 0, 1) * cloud(shape, px * 2, 2, chance)
    for colour, paint in _PAINT.items():
        sheet.mask[:] = 0
        for marking in street.marking:
            if marking.colour == colour:
                draw(sheet, marking)
        cover = (sheet.mask * wear)[..., None]
        image *= 1 - cover
        image += np.array(paint, np.float32) * cover


def _edges(street: Street, road: Strip, sheet: Sheet, image: Plane, chance: np.random.Generator) -> None:
    """Grime gathers at the kerbs: brown, ragged, wider here and there."""
    x0, y0, x1, y1 = street.extent(road)
    rows, columns = sheet.mask.shape
    ragged = cloud((rows, columns), sheet.px_per_m * 1.2, 4, chance)
    if road.along == "x":
        away = np.linspace(sheet.origin[1], sheet.origin[1] + rows / sheet.px_per_m, rows, dtype=np.float32)
        near = np.minimum(np.abs(away - y0), np.abs(y1 - away))[:, None]
    else:
        away = np.linspace(
            sheet.origin[0], sheet.origin[0] + columns / sheet.px_per_m, columns, dtype=np.float32
        )
        near = np.minimum(np.abs(away - x0), np.abs(x1 - away))[None]
    dirt = np.clip(np.exp(-near / 0.28) * (0.2 + 1.1 * ragged), 0, 0.8)[..., None]
    image *= 1 - dirt
    image += np.array((0.085, 0.07, 0.05), np.float32) * dirt


def _leaves(street: Street, sheet: Sheet, image: Plane, chance: np.random.Generator) -> None:
    """Leaves lie under trees and are blown against the kerbs."""
    places = [
        chance.normal(thing.at, 1.7 * thing.size, (int(26 * thing.size), 2))
        for thing in street.thing
        if thing.kind == "tree"
    ]
    for road in street.roads:
        x0, y0, x1, y1 = street.extent(road)
        count = int(max(x1 - x0, y1 - y0) * 1.2)
        for edge in (0, 1):
            off = np.abs(chance.normal(0, 0.22, count))
            if road.along == "x":
                places.append(
                    np.stack([chance.uniform(x0, x1, count), y0 + off if edge else y1 - off], axis=1)
                )
            else:
                places.append(
                    np.stack([x0 + off if edge else x1 - off, chance.uniform(y0, y1, count)], axis=1)
                )
    lying = (np.concatenate(places) - sheet.origin) * sheet.px_per_m
    inside = ((lying >= 0) & (lying < sheet.mask.shape[::-1])).all(axis=1)
    scatter(image, lying[inside], sheet.px_per_m, chance)


def _slabs(strip: Strip, sheet: Sheet, chance: np.random.Generator) -> Plane:
    """Paving: every slab a little lighter or darker than the next, with joints between them."""
    (wide, deep), colour, differ = _SLABS[strip.style]
    rows, columns = sheet.mask.shape
    y, x = (np.arange(count) / sheet.px_per_m for count in (rows, columns))
    row = (y / deep).astype(int)
    tones = chance.normal(1, differ, (row.max() + 1, int(x[-1] / wide) + 2)).astype(np.float32)
    tone = np.empty((rows, columns), np.float32)
    gap = 1.2 / sheet.px_per_m
    for odd in (0, 1):  # every second row of bricks is laid half a brick further
        mine = row % 2 == odd
        along = x + (odd * wide / 2 if strip.style in {"brick", "granite"} else 0.0)
        joints = np.where(along % wide < gap, 0.72, 1.0).astype(np.float32)
        tone[mine] = tones[row[mine]][:, (along / wide).astype(int)] * joints
    tone[y % deep < gap] *= 0.72
    image: Plane = tone[..., None] * np.array(colour, np.float32)
    return image
