"""One camera through its good and bad moments: light in, pictures out, or none."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

import cv2
import numpy as np
import numpy.typing as npt

from studio.camera.faults import CameraFault, FaultKind
from studio.camera.lens import OVERSCAN_PX
from studio.camera.spoil import coarse, covered, dirtied, flicker_at, gain_at, sway_at
from studio.composing.compose import Presence, SpriteOf, Surroundings, compose
from studio.matter.finishes import Picture
from studio.scenes.poses import Shot

Light = npt.NDArray[np.float32]

_COMES_S = 0.4
"""A hand is before the lens within half a second, and drops on it as fast."""

_SETTLES_S = 8.0
"""After a sudden light is gone, until the exposure is back to a hundredth."""


class Seeing(Protocol):
    """What makes pictures of light: `studio.camera.sensor.Sensor`."""

    def __call__(self, linear: Light, *, second: float, black: bool) -> Picture:
        """One frame, (H, W, 3)."""


class Camera:
    """Turns linear frames into what the camera sends, one after the other.

    Args:
        sensor: what makes pictures of light.
        faults: what goes wrong, when.
        seed: of all that chance decides in a fault.
    """

    def __init__(self, sensor: Seeing, faults: Sequence[CameraFault], *, seed: int) -> None:
        self._sensor = sensor
        self._faults = tuple(faults)
        self._seed = seed
        self._sent: Picture | None = None

    def sway(self, second: float) -> tuple[float, float]:
        """How far the camera is off its rest, x and y in pixels."""
        sways = [
            sway_at(second, fault.strength, self._seed + number)
            for number, fault in self._going_on("shake", second)
        ]
        reach = OVERSCAN_PX - 2.0
        x, y = np.clip(np.sum([(0.0, 0.0), *sways], axis=0), -reach, reach)
        return float(x), float(y)

    def __call__(self, linear: Light, second: float) -> Picture | None:
        """One frame: (H, W, 3) linear RGB to what arrives at the other end; None when nothing does."""
        if self._going_on("drop-out", second):
            return None
        if self._sent is not None and self._going_on("frozen", second):
            return self._sent
        black = bool(self._going_on("black", second))
        picture = self._sensor(self._spoilt(linear, second), second=second, black=black)
        for _, fault in self._going_on("compression", second):
            picture = coarse(picture, self._sent, fault.strength)
        self._sent = picture
        return picture

    def _spoilt(self, linear: Light, second: float) -> Light:
        height, width = linear.shape[:2]
        for fault in self._faults:
            if fault.kind == "sudden-light" and fault.from_s <= second < fault.until_s + _SETTLES_S:
                size = (width, height)
                linear = linear * gain_at(second - fault.from_s, fault.until_s - second, fault.strength, size)
        for _, fault in self._going_on("flicker", second):
            linear = linear * flicker_at(second, fault.strength, height)
        for number, fault in self._going_on("dirt", second):
            come = min(1.0, (second - fault.from_s) / _COMES_S) if fault.from_s > 0 else 1.0
            dirty = dirtied(linear, fault.strength, self._seed + number)
            linear = linear + np.float32(come) * (dirty - linear)
        for number, fault in self._going_on("covered", second):
            share = min(1.0, (second - fault.from_s + 0.1) / _COMES_S) if fault.from_s > 0 else 1.0
            linear = covered(linear, fault.strength, self._seed + number, share=share)
        return linear

    def _going_on(self, kind: FaultKind, second: float) -> list[tuple[int, CameraFault]]:
        return [
            (number, fault)
            for number, fault in enumerate(self._faults)
            if fault.kind == kind and fault.lasts_at(second)
        ]


def compose_swayed(
    background: Light,
    shots: Sequence[Shot],
    sprite_of: SpriteOf,
    sway: tuple[float, float],
    surroundings: Surroundings | None = None,
) -> tuple[Light, tuple[Presence, ...]]:
    """A frame as `compose` makes it, seen by a camera that is off its rest by some pixels.

    What comes in at the edges is the overscan with all that stands there; boxes move with the picture.
    """
    if sway == (0.0, 0.0):
        return compose(background, shots, sprite_of, surroundings)
    edge = OVERSCAN_PX
    height, width = background.shape[0] - 2 * edge, background.shape[1] - 2 * edge
    # An edge around the overscan makes `compose` fill the overscan itself.
    wide = np.pad(background, ((edge, edge), (edge, edge), (0, 0)), mode="edge")
    within = tuple(replace(shot, to=(shot.to[0] + edge, shot.to[1] + edge)) for shot in shots)
    frame, presences = compose(wide, within, sprite_of, surroundings)
    move = np.array([[1, 0, edge + sway[0]], [0, 1, edge + sway[1]]], np.float64)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    seen = cv2.warpAffine(frame, move, (width, height), flags=flags).astype(np.float32, copy=False)
    by = edge + round(sway[0]), edge + round(sway[1])
    moved = (_moved(presence, by, width, height) for presence in presences)
    return seen, tuple(presence for presence in moved if presence is not None)


def _moved(presence: Presence, by: tuple[int, int], width: int, height: int) -> Presence | None:
    """The same in a frame that begins `by` pixels further; None outside it."""
    x0, y0, x1, y1 = presence.box
    x0, x1 = max(x0 - by[0], 0), min(x1 - by[0], width)
    y0, y1 = max(y0 - by[1], 0), min(y1 - by[1], height)
    return replace(presence, box=(x0, y0, x1, y1)) if x1 > x0 and y1 > y0 else None
