"""One plate as a street camera catches it: aged, lit, seen at an angle, small, blurred, noisy.

Everything that happens is drawn first, as plain figures that go into the label; the picture follows from the
text and the figures alone.
"""

import math
from dataclasses import dataclass
from typing import Any

import cv2
import msgspec
import numpy as np
import numpy.typing as npt

from studio.matter.finishes import Picture
from studio.plates.picture import FORMS, plate_picture

Light = npt.NDArray[np.float32]
Corners = npt.NDArray[np.float64]
"""(4, 2): top left, top right, bottom right, bottom left of the plate, pixels of the crop."""

LEAST_WIDTH_PX, MOST_WIDTH_PX = 24, 200
_FINE = 3
"""Drawn so many times larger than caught: a camera's pixels gather light, they do not pick points."""

_NIGHTS, _GREY_NIGHTS = 0.22, 0.4
"""The share of crops taken at night, and of those the share taken in infra-red."""

_EYE_WIDTHS = 9.0
"""How many plate widths away the camera is: a long lens, so the perspective is weak."""


class Catch(msgspec.Struct, frozen=True, kw_only=True):
    """What happens to one plate.

    Attributes:
        width_px: between the middles of its left and right edge, in the crop.
        yaw_deg, pitch_deg, roll_deg: how it is turned against the camera.
        room: how much of the crop lies around the plate, of its width, on each side.
        dirt, shade, glare: how much of it, 0..1; 0 is none.
        night: whether headlights or an infra-red lamp light it.
        brightness: of the light, 1 is well exposed.
        blur_px, motion_px, motion_deg: of the lens, and of the vehicle.
        noise: standard deviation, of 255.
        jpeg: quality, 1..100.
    """

    width_px: float
    yaw_deg: float
    pitch_deg: float
    roll_deg: float
    room: float
    dirt: float
    shade: float
    glare: float
    night: bool
    brightness: float
    blur_px: float
    motion_px: float
    motion_deg: float
    noise: float
    jpeg: int


@dataclass(frozen=True)
class Caught:
    """A crop, as JPEG bytes, and where the plate is in it."""

    jpeg: bytes
    size: tuple[int, int]
    corners: Corners


def catch_of(chance: np.random.Generator) -> Catch:
    """Draw what happens: every width as likely, per octave; each nuisance often absent."""
    night = chance.random() < _NIGHTS
    width = math.exp(chance.uniform(math.log(LEAST_WIDTH_PX), math.log(MOST_WIDTH_PX)))

    def sometimes(share: float, most: float) -> float:
        return float(chance.uniform(0, most)) if chance.random() < share else 0.0

    return Catch(
        width_px=round(width, 1),
        yaw_deg=round(float(np.clip(chance.normal(0, 24), -62, 62)), 1),
        pitch_deg=round(float(chance.uniform(-2, 32)), 1),
        roll_deg=round(float(np.clip(chance.normal(0, 5), -18, 18)), 1),
        room=round(float(chance.uniform(0.12, 0.4)), 2),
        dirt=round(sometimes(0.5, 1.0) ** 1.6, 2),
        shade=round(0.0 if night else sometimes(0.3, 1.0), 2),
        glare=round(sometimes(0.15, 1.0), 2),
        night=night,
        brightness=round(float(chance.uniform(0.35, 1.25) if night else chance.uniform(0.6, 1.25)), 2),
        blur_px=round(float(chance.gamma(2.0, 0.22)) + 0.25, 2),
        motion_px=round(sometimes(0.3, max(1.5, 0.035 * width)), 2),
        motion_deg=round(float(chance.normal(0, 14)), 1),
        noise=round(float(chance.uniform(2, 14) if night else chance.uniform(0.8, 6)), 1),
        jpeg=int(chance.integers(28, 96)),
    )


def caught(
    text: str,
    kind: str,
    catch: Catch,
    chance: np.random.Generator,
    moment: np.random.Generator | None = None,
) -> Caught:
    """Take the picture.

    Args:
        text: what the plate says.
        kind: one of `studio.plates.picture.FORMS`.
        catch: what happens to it.
        chance: where dirt lies, which paint surrounds it, noise.
        moment: of the lens alone, where one plate is taken several times; else `chance` goes on.
    """
    plate = _linear(_aged(plate_picture(text, kind), catch, chance))
    plate = _lit(plate, catch, chance)
    quad, size = _seen(FORMS[kind].size, catch)
    around = _bumper(size, catch, chance)
    share = min(1.0, catch.width_px * _FINE * 1.15 / plate.shape[1])  # a warp picks points, it must find few
    plate = _single(cv2.resize(plate, None, fx=share, fy=share, interpolation=cv2.INTER_AREA))
    fine = (size[0] * _FINE, size[1] * _FINE)
    scene = _single(cv2.resize(around, fine, interpolation=cv2.INTER_CUBIC))
    scene = _screwed_on(scene, plate, quad * _FINE, rim_px=catch.width_px * _FINE * 0.02)
    light = _single(cv2.resize(scene, size, interpolation=cv2.INTER_AREA))
    shown = _through_lens(light, catch, moment or chance)
    _, packed = cv2.imencode(".jpg", shown[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, catch.jpeg])
    return Caught(packed.tobytes(), size, quad)


def _single(values: npt.NDArray[Any]) -> Light:
    return values.astype(np.float32, copy=False)


_TO_LIGHT = _single((np.arange(256) / 255) ** 2.2)


def _linear(picture: Picture) -> Light:
    return _TO_LIGHT[picture]


def _cloud(chance: np.random.Generator, shape: tuple[int, int], cell_px: float) -> Light:
    """Soft noise with features of about a size, (H, W), mean 0 and deviation about 1."""
    cells = (max(2, round(shape[0] / cell_px)), max(2, round(shape[1] / cell_px)))
    rough = chance.standard_normal(cells).astype(np.float32)
    return cv2.resize(rough, shape[::-1], interpolation=cv2.INTER_CUBIC).astype(np.float32)


def _aged(picture: Picture, catch: Catch, chance: np.random.Generator) -> Picture:
    """Faded paint, mud from below, scratches down to the metal."""
    shape = picture.shape[:2]
    shown = picture.astype(np.float32)
    fade = float(chance.uniform(0, 0.18))
    shown += (np.array((150, 150, 148), np.float32) - shown) * fade
    if catch.dirt > 0:
        height = np.linspace(-0.5, 0.7, shape[0], dtype=np.float32)[:, None]
        mud = _cloud(chance, shape, 90) * 0.5 + _cloud(chance, shape, 18) * 0.35 + height
        cover = np.clip((mud - 1.1 + 1.1 * catch.dirt) * 1.6, 0, 0.85)[..., None]
        tone = np.array((112, 100, 84), np.float32) * np.float32(chance.uniform(0.5, 1.2))
        shown += (tone - shown) * cover
        for _ in range(int(chance.integers(0, 5))):
            ends = [(int(chance.integers(0, shape[1])), int(chance.integers(0, shape[0]))) for _ in range(2)]
            cv2.line(shown, ends[0], ends[1], (150.0, 150.0, 150.0), 1, cv2.LINE_AA)
    worn: Picture = np.clip(shown, 0, 255).astype(np.uint8)
    return worn


def _lit(plate: Light, catch: Catch, chance: np.random.Generator) -> Light:
    """Sun and sky, the edge of a shadow, a reflection; at night a lamp in the middle."""
    height, width = plate.shape[:2]
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
    light = 1 + np.float32(0.12) * (x * np.float32(chance.normal()) + y * np.float32(chance.normal()))
    if catch.night:  # the sheeting throws the lamp's light back, most where the lamp points
        at = chance.uniform(-0.7, 0.7, 2)
        light *= 0.55 + 0.9 * np.exp(-((x - at[0]) ** 2 + (y - at[1]) ** 2) / np.float32(0.9))
    if catch.shade > 0:
        turn, offset = chance.uniform(0, 2 * math.pi), chance.uniform(-0.6, 0.6)
        side = (x * math.cos(turn) + y * 0.4 * math.sin(turn) - offset) * chance.uniform(4, 40)
        light *= 1 - np.float32(0.3 + 0.5 * catch.shade) / (1 + np.exp(-side))
    lit = plate * light[..., None]
    if catch.glare > 0:
        at = chance.uniform(-0.9, 0.9, 2)
        spot = np.exp(
            -(((x - at[0]) / chance.uniform(0.1, 0.6)) ** 2 + ((y - at[1]) / chance.uniform(0.3, 1)) ** 2)
        )
        lit += np.float32(0.9 * catch.glare) * spot[..., None].astype(np.float32)
    return _single(np.maximum(lit, 0))


def _seen(size_mm: tuple[int, int], catch: Catch) -> tuple[Corners, tuple[int, int]]:
    """The plate's corners in the crop, (4, 2), and the crop's size."""
    wide, high = 1.0, size_mm[1] / size_mm[0]
    flat = np.array([(-wide, -high, 0), (wide, -high, 0), (wide, high, 0), (-wide, high, 0)]) / 2
    yaw, pitch, roll = (math.radians(turn) for turn in (catch.yaw_deg, catch.pitch_deg, catch.roll_deg))
    about_y = np.array([[math.cos(yaw), 0, math.sin(yaw)], [0, 1, 0], [-math.sin(yaw), 0, math.cos(yaw)]])
    about_x = np.array(
        [[1, 0, 0], [0, math.cos(pitch), -math.sin(pitch)], [0, math.sin(pitch), math.cos(pitch)]]
    )
    about_z = np.array([[math.cos(roll), -math.sin(roll), 0], [math.sin(roll), math.cos(roll), 0], [0, 0, 1]])
    turned = flat @ (about_z @ about_x @ about_y).T
    points = turned[:, :2] / (1 + turned[:, 2:] / _EYE_WIDTHS)
    left, right = (points[0] + points[3]) / 2, (points[1] + points[2]) / 2
    points *= catch.width_px / float(np.hypot(*(right - left)))
    room = catch.room * catch.width_px * np.array((1.0, 0.8))
    low, top = points.min(axis=0) - room, points.max(axis=0) + room
    size = np.ceil(top - low).astype(int)
    return points - low, (int(size[0]), int(size[1]))


def _bumper(size: tuple[int, int], catch: Catch, chance: np.random.Generator) -> Light:
    """What surrounds a plate, (H, W, 3) linear: paint, a grille or a dark recess, edges that run across."""
    width, height = size
    paints = ((0.7, 0.7, 0.7), (0.25, 0.26, 0.27), (0.02, 0.02, 0.022), (0.4, 0.02, 0.02), (0.02, 0.06, 0.2),
              (0.10, 0.10, 0.11), (0.5, 0.42, 0.3))  # fmt: skip
    paint = np.array(paints[int(chance.integers(len(paints)))], np.float32) * np.float32(
        chance.uniform(0.5, 1.1)
    )
    canvas = np.tile(paint, (height, width, 1))
    slope = math.tan(math.radians(catch.roll_deg))
    for _ in range(int(chance.integers(2, 7))):
        y, thick = chance.uniform(0, height), max(1, round(chance.uniform(0.01, 0.2) * height))
        tone = chance.choice([0.01, 0.02, 0.05, 0.35]) * chance.uniform(0.6, 1.6)
        ends = (0, round(y - slope * width / 2)), (width, round(y + slope * width / 2))
        cv2.line(canvas, ends[0], ends[1], (float(tone),) * 3, thick, cv2.LINE_AA)
    canvas *= 1 + 0.15 * _cloud(chance, (height, width), max(height / 2, 2))[..., None]
    if catch.night:
        canvas *= np.float32(0.18)
    return np.maximum(canvas, 0.002).astype(np.float32)


def _screwed_on(scene: Light, plate: Light, quad: Corners, *, rim_px: float) -> Light:
    """The scene with the plate at its corners, and the thin dark rim it throws on what it is screwed to."""
    high, wide = plate.shape[:2]
    size = (scene.shape[1], scene.shape[0])
    flat = np.array([(0, 0), (wide, 0), (wide, high), (0, high)])
    # OpenCV counts from the middle of the first pixel, corners from its edge.
    move = cv2.getPerspectiveTransform((flat - 0.5).astype(np.float32), (quad - 0.5).astype(np.float32))
    laid = cv2.warpPerspective(plate, move, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    cover = cv2.warpPerspective(np.ones((high, wide), np.float32), move, size, flags=cv2.INTER_LINEAR)
    below = np.roll(cover, round(rim_px), axis=0)
    shadow = cv2.GaussianBlur(below, (0, 0), max(rim_px, 0.8))[..., None]
    share = cover[..., None]
    return _single(scene * (1 - 0.55 * shadow) * (1 - share) + laid * share)


def _through_lens(light: Light, catch: Catch, chance: np.random.Generator) -> Picture:
    """Blur, exposure, a cast of colour, sharpening, noise: RGB as a screen shows it."""
    light = cv2.GaussianBlur(light, (0, 0), catch.blur_px).astype(np.float32)
    if catch.motion_px > 0:
        light = cv2.filter2D(light, -1, _smear(catch.motion_px, catch.motion_deg)).astype(np.float32)
    cast = np.exp(chance.normal(0, 0.10 if catch.night else 0.05, 3)).astype(np.float32)
    shown = np.clip(light * cast * np.float32(catch.brightness), 0, 1) ** np.float32(1 / 2.2)
    if catch.night and chance.random() < _GREY_NIGHTS:  # the camera's infra-red mode is grey
        shown = np.repeat(shown.mean(axis=2, keepdims=True), 3, axis=2)
    soft = cv2.GaussianBlur(shown, (0, 0), 1.2)
    shown = shown + np.float32(chance.uniform(0, 0.9)) * (shown - soft)
    grain = chance.standard_normal(shown.shape).astype(np.float32)
    grain = 0.5 * grain + 0.7 * grain.mean(axis=2, keepdims=True) * np.float32(math.sqrt(3))
    shown = shown * 255 + cv2.GaussianBlur(grain, (0, 0), 0.5) * np.float32(catch.noise * 1.6)
    picture: Picture = np.clip(shown, 0, 255).astype(np.uint8)
    return picture


def _smear(length_px: float, turn_deg: float) -> Light:
    """A line to smear along, summing to 1."""
    side = 2 * math.ceil(length_px / 2 + 1) + 1
    kernel = np.zeros((side * 8, side * 8), np.float32)
    middle, half = side * 4, length_px * 4
    way = math.cos(math.radians(turn_deg)) * half, math.sin(math.radians(turn_deg)) * half
    ends = [(round(middle + sign * way[0]), round(middle + sign * way[1])) for sign in (-1, 1)]
    cv2.line(kernel, ends[0], ends[1], 1.0, 8)
    small = cv2.resize(kernel, (side, side), interpolation=cv2.INTER_AREA)
    return _single(small / small.sum())
