"""Rain and snow: what they make of surfaces, of the picture of the street, and of the air. Pure.

A wet street is rendered anew, for its mirror images; snow is laid over the street that was rendered dry,
by which way each surface looks. Sprites are the same in every weather.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from studio.composing.backdrop import Backdrop
from studio.matter.finishes import Finish
from studio.streets.street import Street

Plane = npt.NDArray[np.float32]

_GROUND = ("road", "paving", "kerb", "tactile", "concrete", "granite", "slab")
_UP = 0.55
"""Snow lies on what is flatter than some 55 degrees."""
_WHITE = np.array((0.80, 0.83, 0.88), np.float32)
_SLUSH = np.array((0.20, 0.20, 0.21), np.float32)
_TRACK_M, _TRACK_WIDE_M = 0.78, 0.30
_BANK, _ROOM_PX = 6, 96


@dataclass(frozen=True, slots=True)
class Air:
    """What the air does to the picture.

    Attributes:
        sight_m: after how many metres a third is left of what one sees.
        exposure: what the automatic makes of it, of the light's own.
        streaks: how many drops or flakes a picture of 640x360 shows.
    """

    sight_m: float
    exposure: float
    streaks: int


AIRS: dict[str, Air] = {
    "rain": Air(sight_m=170, exposure=1.1, streaks=420),
    "snow": Air(sight_m=120, exposure=0.72, streaks=520),
}


def wet(finishes: Mapping[str, Finish]) -> dict[str, Finish]:
    """A street's finishes after an hour of rain: the ground dark and shining, with puddles."""
    return {
        name: replace(finish, wet=1.0) if name.startswith(_GROUND) else finish
        for name, finish in finishes.items()
    }


def snowed(backdrop: Backdrop, street: Street, seed: int) -> Backdrop:
    """The same street under snow, with the tracks of tyres in its lanes."""
    lies = cover(backdrop.place, backdrop.normal, seed)[..., None]
    worn = tracks(backdrop.place, street)[..., None] * (backdrop.place[..., 2:] < 0.05)  # noqa: PLR2004
    # Light on a surface is its albedo times what falls on it; snow gets the same light on another albedo.
    falls = cv2.GaussianBlur(backdrop.light, (0, 0), 1.0)
    falls = falls / np.maximum(cv2.GaussianBlur(backdrop.albedo, (0, 0), 1.0), 0.04)
    ground = np.where(worn > 0, _WHITE * (1 - worn) + _SLUSH * worn, _WHITE).astype(np.float32)
    known = (backdrop.albedo.sum(axis=-1, keepdims=True) > 0.01).astype(np.float32)  # noqa: PLR2004 - sky
    lies = lies * known
    return replace(
        backdrop,
        light=backdrop.light + lies * (np.minimum(falls, 6) * ground - backdrop.light),
        albedo=backdrop.albedo + lies * (ground - backdrop.albedo),
    )


def cover(place: Plane, normal: Plane, seed: int) -> Plane:
    """How much of each pixel snow covers, (H, W) 0..1: what looks up, in drifts."""
    up = np.clip((normal[..., 2] - _UP) / 0.25, 0, 1)
    drifts = sampled(cloud(seed), place[..., 0] / 9.0, place[..., 1] / 9.0)
    fine = sampled(cloud(seed + 1), place[..., 0] / 1.3, place[..., 1] / 1.3)
    lies: Plane = up * np.clip(0.72 + 0.9 * (drifts - 0.5) + 0.6 * (fine - 0.5), 0.15, 1)
    return lies.astype(np.float32)


def tracks(place: Plane, street: Street) -> Plane:
    """How much tyres have worn each place free, (H, W) 0..1: two tracks along every lane."""
    best = np.zeros(place.shape[:2], np.float32)
    for lane in street.lane:
        aside = np.full(best.shape, np.inf, np.float32)
        for (x0, y0), (x1, y1) in zip(lane.path, lane.path[1:], strict=False):
            length = float(np.hypot(x1 - x0, y1 - y0))
            ux, uy = (x1 - x0) / length, (y1 - y0) / length
            along = np.clip((place[..., 0] - x0) * ux + (place[..., 1] - y0) * uy, 0, length)
            away = np.hypot(place[..., 0] - x0 - along * ux, place[..., 1] - y0 - along * uy)
            aside = np.minimum(aside, away.astype(np.float32))
        # Nobody drives quite straight, and where many do the snow between the tracks goes too.
        strays = sampled(cloud(street.seed + 3), place[..., 0] / 23.0, place[..., 1] / 23.0) - 0.5
        wear = np.exp(-(((aside - _TRACK_M - 0.3 * strays) / (_TRACK_WIDE_M + 0.2 * strays)) ** 2))
        wear = np.maximum(wear, np.clip(2.2 * strays, 0, 0.6) * (aside < _TRACK_M))
        patches = sampled(cloud(street.seed + 4), place[..., 0] / 3.1, place[..., 1] / 3.1)
        best = np.maximum(best, wear * np.clip(0.35 + 0.9 * patches, 0, 0.92))
    return best.astype(np.float32)


def hazed(backdrop: Backdrop, eye: Sequence[float], air: Air) -> Backdrop:
    """The same street through drops or flakes: the far fades into the colour of the air."""
    away = np.linalg.norm(backdrop.place - np.array(eye, np.float32), axis=-1)
    known = np.abs(backdrop.place).sum(axis=-1) > 0
    left = np.where(known, np.exp(-away / air.sight_m), np.exp(-2.0)).astype(np.float32)[..., None]
    return replace(backdrop, light=backdrop.light * left + air_light(backdrop) * (1 - left))


def air_light(backdrop: Backdrop) -> Plane:
    """The colour of the lit air, (3,): of everything in the picture together."""
    mean: Plane = backdrop.light.mean(axis=(0, 1)) * 1.1
    return mean


class Fall:
    """Drops or flakes before the camera; the same seed and frame give the same."""

    def __init__(self, kind: str, size: tuple[int, int], seed: int) -> None:
        self._seed, self._size = seed, size
        chance = np.random.default_rng((seed, 7))
        shape = (size[1] + _ROOM_PX, size[0] + _ROOM_PX)
        count = round(AIRS[kind].streaks * shape[0] * shape[1] / (640 * 360))
        draw = _drops if kind == "rain" else _flakes
        self._bank = [draw(shape, count, size[1] / 360, chance) for _ in range(_BANK)]

    def lay(self, frame: Plane, number: int, sky: float) -> None:
        """Let it fall through a frame, in place; each shines with the light around it and with the sky."""
        chance = np.random.default_rng((self._seed, number))
        down, across = (int(value) for value in chance.integers(0, _ROOM_PX, 2))
        height, width = frame.shape[:2]
        streaks = self._bank[number % _BANK]
        if streaks.shape[0] < height + down or streaks.shape[1] < width + across:
            down = across = 0
        seen = cv2.resize(streaks, (width, height)) if streaks.shape[0] < height else streaks
        seen = seen[down : down + height, across : across + width, None]
        tiny = cv2.resize(frame, (20, 12), interpolation=cv2.INTER_AREA)
        around = cv2.resize(tiny, (width, height), interpolation=cv2.INTER_LINEAR)
        frame += seen * (1.25 * around + sky - frame)


def _drops(shape: tuple[int, int], count: int, scale: float, chance: np.random.Generator) -> Plane:
    """Streaks as a fiftieth of a second draws them: the near long and faint, the far short."""
    plane = np.zeros(shape, np.float32)
    slant = chance.normal(0.06, 0.03)
    for _ in range(count):
        near = chance.random() ** 3
        length = scale * (5 + 34 * near)
        x, y = chance.uniform(0, shape[1]), chance.uniform(-20, shape[0])
        lean = length * (slant + chance.normal(0, 0.02))
        line = np.array([[x, y], [x + lean, y + length]]) * 16
        alpha = float(chance.uniform(0.05, 0.20) * (1 - 0.5 * near))
        thick = 2 if near > 0.6 else 1  # noqa: PLR2004
        cv2.line(plane, line[0].astype(int), line[1].astype(int), alpha, thick, cv2.LINE_AA, 4)
    return cv2.GaussianBlur(plane, (0, 0), 0.5 * scale + 0.2).astype(np.float32)


def _flakes(shape: tuple[int, int], count: int, scale: float, chance: np.random.Generator) -> Plane:
    plane = np.zeros(shape, np.float32)
    for _ in range(count):
        near = chance.random() ** 4
        x, y = int(chance.uniform(0, shape[1]) * 16), int(chance.uniform(0, shape[0]) * 16)
        radius = scale * (0.45 + 2.2 * near)
        alpha = float(chance.uniform(0.25, 0.8) * (1 - 0.45 * near))
        cv2.circle(plane, (x, y), round(radius * 16), alpha, -1, cv2.LINE_AA, 4)
    return cv2.GaussianBlur(plane, (0, 0), 0.6 * scale + 0.2).astype(np.float32)


def cloud(seed: int) -> Plane:
    """A tile of smooth noise in 0..1."""
    chance = np.random.default_rng((seed, 19))
    total = np.zeros((128, 128), np.float32)
    for octave in range(4):
        grid = chance.random((4 * 2**octave, 4 * 2**octave), dtype=np.float32)
        total += 0.6**octave * cv2.resize(grid, (128, 128), interpolation=cv2.INTER_CUBIC)
    tile: Plane = (total - total.min()) / (total.max() - total.min())
    return tile


def sampled(tile: Plane, u: Plane, v: Plane) -> Plane:
    """A tile repeated over the ground, one tile a unit."""
    size = tile.shape[0]
    x, y = np.mod(u, 2), np.mod(v, 2)
    x, y = np.minimum(x, 2 - x) * (size - 1), np.minimum(y, 2 - y) * (size - 1)  # mirrored: no seams
    seen = cv2.remap(tile, x.astype(np.float32), y.astype(np.float32), cv2.INTER_LINEAR)
    return np.asarray(seen, np.float32)
