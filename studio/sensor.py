"""What a surveillance camera makes of light: tone curve, sharpening, noise, a breathing exposure."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from studio.finishes import Picture
from studio.lettering import BAND_PX, words_over

_CURVE_TOP = 8.0
_BANK, _ROOM_PX = 5, 64
"""Noise is drawn once, larger than the frame, and laid elsewhere in every frame."""


@dataclass(frozen=True, slots=True)
class Traits:
    """How good a camera is.

    Attributes:
        softness_px: of the lens; `sharpening` is what the camera's electronics add against it.
        noise: standard deviation at black, of 1.
        breathing: how much the automatic exposure wanders, of 1.
        vignette: how much darker the corners are, of 1.
        saturation: of colours; surveillance cameras exaggerate.
        contrast: how far the tone curve is bent into an S, 0..1; the same cameras crush shadows.
    """

    softness_px: float = 0.6
    sharpening: float = 0.8
    noise: float = 0.017
    breathing: float = 0.012
    vignette: float = 0.22
    saturation: float = 1.25
    contrast: float = 0.4


class Sensor:
    """Turns linear frames into pictures, one after the other; the same seed gives the same noise."""

    def __init__(
        self,
        size: tuple[int, int],
        *,
        exposure: float,
        seed: int,
        traits: Traits | None = None,
        caption: str = "",
    ) -> None:
        self._traits = traits or Traits()
        self._chance = np.random.default_rng(seed)
        width, height = size
        self._size = size
        self._caption = words_over(caption, width) if caption else None
        grain = self._chance.standard_normal((_BANK, height + _ROOM_PX, width + _ROOM_PX, 3), np.float32)
        grain *= self._traits.noise
        grey = grain.mean(axis=3, keepdims=True) * 1.2
        self._grain = np.stack(
            [cv2.GaussianBlur(0.45 * g + y, (0, 0), 0.55) for g, y in zip(grain, grey, strict=True)]
        )
        y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
        self._light = (exposure * (1 - self._traits.vignette * (x * x + y * y) / 2))[..., None].astype(
            np.float32
        )
        self._curve = _tone(np.linspace(0, _CURVE_TOP, 65536, dtype=np.float32), self._traits.contrast)
        self._drift = 0.0

    def __call__(self, linear: npt.NDArray[np.float32]) -> Picture:
        """One frame: (H, W, 3) linear RGB to RGB as a screen shows it."""
        traits = self._traits
        self._drift = 0.9 * self._drift + 0.1 * float(self._chance.standard_normal())
        light = cv2.GaussianBlur(linear, (0, 0), traits.softness_px)
        light *= self._light * ((1 + traits.breathing * self._drift) * 65535 / _CURVE_TOP)
        shown = self._curve.take(np.minimum(light, 65535).astype(np.uint16))
        grey = cv2.cvtColor(shown, cv2.COLOR_RGB2GRAY)
        sharp = traits.sharpening * (grey - cv2.GaussianBlur(grey, (0, 0), 1.3))
        shown *= traits.saturation
        shown += ((1 - traits.saturation) * grey + sharp)[..., None]
        down, across = self._chance.integers(0, _ROOM_PX, 2)
        width, height = self._size
        grain = self._grain[self._chance.integers(_BANK), down : down + height, across : across + width]
        shown += grain * (1.35 - grey)[..., None]
        np.clip(shown, 0, 1, out=shown)
        if self._caption is not None:
            ink, cover = self._caption
            band = shown[-BAND_PX:]
            band += (ink - band) * cover
        picture: Picture = (shown * 255).astype(np.uint8)
        return picture


def _tone(light: npt.NDArray[np.float32], contrast: float) -> npt.NDArray[np.float32]:
    """A film-like curve (Narkowicz, 2015), then gamma; whites burn out as in cheap cameras."""
    curve = light * (2.51 * light + 0.03) / (light * (2.43 * light + 0.59) + 0.14)
    flat = np.clip(curve * 1.04, 0, 1) ** (1 / 2.2)
    bent = flat * flat * (3 - 2 * flat)
    shown: npt.NDArray[np.float32] = (flat + contrast * (bent - flat)).astype(np.float32)
    return shown
