"""How good a camera is. Data; `sensor` makes pictures by it."""

from dataclasses import dataclass


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
