"""The light that vehicles throw ahead of them, on whatever of the street lies there. Pure.

A sprite's shadow catcher can only darken; light that an actor adds is worked out here from the street's
own places, normals and albedo, as games do.
"""

import math
from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from studio.camera.lens import OVERSCAN_PX, Lens, margin_of
from studio.composing.backdrop import Backdrop
from studio.conditions.footprint import extent
from studio.scenes.poses import Shot

Plane = npt.NDArray[np.float32]

_COLOUR = np.array((1.0, 0.90, 0.74), np.float32)
_HIGH_M = 0.68
_REACH_M, _WIDE = 26.0, 0.9
_POWER = 20.0
_SPREAD = 0.42
_COARSE = 4
"""Pools are smooth: they are worked out for every fourth pixel and enlarged."""


class Headlamps:
    """Throws pools of light into frames of one street and camera."""

    def __init__(self, backdrop: Backdrop, lens: Lens) -> None:
        self._lens = lens
        self._albedo = backdrop.albedo * _COLOUR
        self._place = np.ascontiguousarray(backdrop.place[_COARSE // 2 :: _COARSE, _COARSE // 2 :: _COARSE])
        self._normal = np.ascontiguousarray(backdrop.normal[_COARSE // 2 :: _COARSE, _COARSE // 2 :: _COARSE])

    def throw(self, frame: Plane, shots: Sequence[Shot], power: float) -> None:
        """Add the pools of all whose lamps burn to a frame, in place; (H, W, 3) linear light."""
        margin = margin_of(frame, self._lens)
        cut = OVERSCAN_PX - margin
        whole = np.zeros(self._albedo.shape, np.float32)
        for shot in shots:
            if shot.key.burning:
                self._throw(whole, shot, margin, power)
        frame += whole[cut : cut + frame.shape[0], cut : cut + frame.shape[1]]

    def _throw(self, frame: Plane, shot: Shot, margin: int, power: float) -> None:
        along = np.array((math.cos(shot.key.heading), math.sin(shot.key.heading)), np.float32)
        x, y = self._lens.on_ground(shot.to[0] - margin, shot.to[1] - margin)
        front = float(extent(shot.key.look)[1][0])
        lamp = np.array((x + along[0] * front, y + along[1] * front, _HIGH_M), np.float32)
        box = self._touched(lamp, along)
        if box is None:
            return
        left, top, right, bottom = box
        near = slice(top, bottom), slice(left, right)
        light = power * received(self._place[near], self._normal[near], lamp, along)
        size = ((right - left) * _COARSE, (bottom - top) * _COARSE)
        fine = cv2.resize(light, size, interpolation=cv2.INTER_LINEAR)
        rows = slice(top * _COARSE, bottom * _COARSE)
        columns = slice(left * _COARSE, right * _COARSE)
        target = frame[rows, columns]
        fine = fine[: target.shape[0], : target.shape[1]]
        target += self._albedo[rows, columns] * fine[..., None]

    def _touched(self, lamp: Plane, along: Plane) -> tuple[int, int, int, int] | None:
        """The coarse pixels that a beam may touch: left, top, right, bottom."""
        aside = np.array((-along[1], along[0]))
        corners = [
            (*(lamp[:2] + along * far + aside * side * (far * _WIDE + 1)), z)
            for far in (0.0, _REACH_M)
            for side in (-1, 1)
            for z in (0.0, 2.0)
        ]
        seen = self._lens.project(np.array(corners))
        if seen[:, 2].max() <= 1:
            return None
        seen[:, :2] += OVERSCAN_PX
        low = np.maximum(np.floor(seen[:, :2].min(axis=0) / _COARSE), 0).astype(int)
        size = self._place.shape[1], self._place.shape[0]
        high = np.minimum(np.ceil(seen[:, :2].max(axis=0) / _COARSE), size).astype(int)
        if (high - low).min() < 1:
            return None
        return int(low[0]), int(low[1]), int(high[0]), int(high[1])


def received(place: Plane, normal: Plane, lamp: Plane, along: Plane) -> Plane:
    """What of a dipped beam each surface receives.

    Args:
        place: (H, W, 3) metres.
        normal: (H, W, 3).
        lamp: where the beam begins, (3,) metres.
        along: which way it looks on the ground, (2,).

    Returns:
        (H, W): 0 behind the lamps, above the cut-off and on surfaces that look away.
    """
    x, y, z = (place[..., k] - lamp[k] for k in range(3))
    ahead = x * along[0] + y * along[1]
    aside = np.abs(y * along[0] - x * along[1])
    far = np.maximum(ahead, 0.3)
    faces = -(x * normal[..., 0] + y * normal[..., 1] + z * normal[..., 2])
    # A reflector aims most light just under the horizon, so that the far road gets its share: what falls
    # on the ground fades like 1 / distance instead of like its cube.
    flat = np.exp(-((np.maximum(aside - 0.7, 0) / (far * _SPREAD)) ** 2))
    dipped = np.clip(1 - (z / far + 0.01) * 18, 0, 1)
    light = np.where(ahead > 0, flat * dipped, 0) * np.maximum(faces, 0)
    light *= _POWER / (6 + ahead * ahead * np.sqrt(far))
    shown: Plane = (light * np.clip((_REACH_M - ahead) / 10, 0, 1)).astype(np.float32)
    return shown
