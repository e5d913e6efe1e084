"""What a surveillance camera makes of light: tone curve, sharpening, noise, a breathing exposure."""

from datetime import datetime, timedelta
from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from studio.camera.traits import Traits
from studio.matter.finishes import Picture
from studio.matter.lettering import BAND_PX, Mask, words_over

__all__ = ["Sensor", "Traits"]

_CURVE_TOP = 8.0
_BANK, _ROOM_PX = 5, 64
"""Noise is drawn once, larger than the frame, and laid elsewhere in every frame."""

_NO_SIGNAL = np.uint8(6)
"""What electronics write where the sensor says nothing."""

_WEEKDAYS = "一二三四五六日"


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
        clock: datetime | None = None,
    ) -> None:
        self._traits = traits or Traits()
        self._chance = np.random.default_rng(seed)
        width, height = size
        self._size = size
        self._caption = words_over(caption, width) if caption else None
        self._clock = clock
        grain = self._chance.standard_normal((_BANK, height + _ROOM_PX, width + _ROOM_PX, 3), np.float32)
        grain *= self._traits.noise
        grey = grain.mean(axis=3, keepdims=True) * 1.2
        self._grain = np.stack(
            [cv2.GaussianBlur(0.45 * g + y, (0, 0), 0.55) for g, y in zip(grain, grey, strict=True)]
        )
        y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
        # As wide as the frame: OpenCV is quicker by plane and plane than NumPy by spreading one over three.
        self._light = _threefold(
            (exposure * (1 - self._traits.vignette * (x * x + y * y) / 2)).astype(np.float32)
        )
        self._curve = _tone(np.linspace(0, _CURVE_TOP, 65536, dtype=np.float32), self._traits.contrast)
        self._drift = 0.0

    def __call__(
        self, linear: npt.NDArray[np.float32], *, second: float = 0.0, black: bool = False
    ) -> Picture:
        """One frame: (H, W, 3) linear RGB to RGB as a screen shows it.

        Args:
            linear: the light.
            second: of the clip, for the clock in the picture.
            black: the sensor says nothing; caption and clock are written all the same.
        """
        traits = self._traits
        self._drift = 0.9 * self._drift + 0.1 * float(self._chance.standard_normal())
        light = cv2.GaussianBlur(linear, (0, 0), traits.softness_px)
        scale = (1 + traits.breathing * self._drift) * 65535 / _CURVE_TOP
        cv2.multiply(light, self._light, dst=light, scale=scale)
        shown = self._curve.take(np.minimum(light, 65535, out=light).astype(np.uint16))
        grey = cv2.cvtColor(shown, cv2.COLOR_RGB2GRAY)
        # What is added to all three: grey for what colour lost, and the edges.
        keeps, blurred = 1 - traits.saturation + traits.sharpening, cv2.GaussianBlur(grey, (0, 0), 1.3)
        added = np.asarray(cv2.addWeighted(grey, keeps, blurred, -traits.sharpening, 0), np.float32)
        cv2.addWeighted(shown, traits.saturation, _threefold(added), 1, 0, dst=shown)
        down, across = self._chance.integers(0, _ROOM_PX, 2)
        width, height = self._size
        grain = self._grain[self._chance.integers(_BANK), down : down + height, across : across + width]
        cv2.add(shown, cv2.multiply(grain, _threefold(1.35 - grey)), dst=shown)
        np.clip(shown, 0, 1, out=shown)
        if black:
            shown[...] = _NO_SIGNAL / np.float32(255)
        if self._caption is not None:
            _write(shown[-BAND_PX:], *self._caption)
        if self._clock is not None:
            _write(shown[:BAND_PX], *_time_over(self._clock + timedelta(seconds=int(second)), width))
        picture: Picture = (shown * 255).astype(np.uint8)
        return picture


def _threefold(plane: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """One plane as three channels."""
    return np.asarray(cv2.merge([plane, plane, plane]), np.float32)


def _write(band: npt.NDArray[np.float32], ink: Mask, cover: Mask) -> None:
    band += (ink - band) * cover


@lru_cache(maxsize=4)
def _time_over(at: datetime, width: int) -> tuple[Mask, Mask]:
    return words_over(f"{at:%Y-%m-%d} 星期{_WEEKDAYS[at.weekday()]} {at:%H:%M:%S}", width)


def _tone(light: npt.NDArray[np.float32], contrast: float) -> npt.NDArray[np.float32]:
    """A film-like curve (Narkowicz, 2015), then gamma; whites burn out as in cheap cameras."""
    curve = light * (2.51 * light + 0.03) / (light * (2.43 * light + 0.59) + 0.14)
    flat = np.clip(curve * 1.04, 0, 1) ** (1 / 2.2)
    bent = flat * flat * (3 - 2 * flat)
    shown: npt.NDArray[np.float32] = (flat + contrast * (bent - flat)).astype(np.float32)
    return shown
