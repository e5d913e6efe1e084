"""What surfaces are made of: colour, gloss, pattern, picture. Plain data; `blender` makes shaders of it."""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

from studio.matter.looks import COLOURS, Rgb

Picture = npt.NDArray[np.uint8]
"""(H, W, 3) RGB as a screen shows it, row 0 on top."""


@dataclass(frozen=True)
class Finish:
    """One surface.

    Attributes:
        colour: linear light.
        rough: 0 mirrors, 1 is chalk.
        metal, coat: 0..1; a coat is the clear lacquer on paint.
        glow: how much light it gives of itself.
        pattern: noise or bricks between `colour` and `other`; `scale` is features per metre.
        bump: how deep the pattern is felt.
        wet: how much water lies on it, 0..1: darker, smoother, with puddles.
        picture: worn by UV instead of a colour.
    """

    colour: Rgb = (0.5, 0.5, 0.5)
    rough: float = 0.6
    metal: float = 0.0
    coat: float = 0.0
    glow: float = 0.0
    pattern: Literal["plain", "noise", "brick", "tile"] = "plain"
    other: Rgb = (0.5, 0.5, 0.5)
    scale: float = 1.0
    bump: float = 0.0
    wet: float = 0.0
    picture: Picture | None = field(default=None, compare=False)


def _dull(colour: Rgb, by: float) -> Rgb:
    return (colour[0] * by, colour[1] * by, colour[2] * by)


def _cloth(colour: Rgb) -> Finish:
    return Finish(colour, 0.9, pattern="noise", other=_dull(colour, 0.65), scale=9, bump=0.3)


def _wall(colour: Rgb, dirt: float = 0.72) -> Finish:
    return Finish(colour, 0.9, pattern="noise", other=_dull(colour, dirt), scale=0.45, bump=0.05)


FINISHES: dict[str, Finish] = {
    "glass": Finish((0.006, 0.008, 0.009), 0.04, coat=1),
    "trim": Finish((0.010, 0.010, 0.011), 0.5),
    "dark": Finish((0.006, 0.006, 0.006), 0.7),
    "tyre": Finish((0.014, 0.014, 0.014), 0.85),
    "rim": Finish((0.42, 0.42, 0.44), 0.3, metal=0.9),
    "chrome": Finish((0.7, 0.7, 0.7), 0.12, metal=1),
    "lamp": Finish((0.62, 0.64, 0.66), 0.12, metal=0.3, coat=1, glow=0.03),
    "tail": Finish((0.36, 0.010, 0.008), 0.15, coat=1, glow=0.03),
    "flood": Finish((0.13, 0.098, 0.066), 0.08, bump=0.16, scale=2.6),
    "lamp-glass": Finish((0.60, 0.60, 0.58), 0.2),
    "bumper": Finish((0.20, 0.20, 0.21), 0.5),
    "cargo": Finish((0.66, 0.66, 0.64), 0.5, pattern="noise", other=(0.50, 0.49, 0.47), scale=1.5),
    "rib": Finish((0.50, 0.50, 0.49), 0.5),
    "skin": Finish((0.40, 0.23, 0.15), 0.55),
    "hair": Finish((0.010, 0.008, 0.007), 0.6),
    "shoe": Finish((0.03, 0.03, 0.03), 0.6),
    "trousers": _cloth((0.03, 0.035, 0.055)),
    "steel": Finish((0.45, 0.45, 0.45), 0.35, metal=0.7, pattern="noise", other=(0.33, 0.33, 0.33), scale=5),
    "pole": Finish((0.22, 0.23, 0.24), 0.5, metal=0.4),
    "wood": Finish((0.28, 0.16, 0.08), 0.7, pattern="noise", other=(0.20, 0.11, 0.05), scale=6),
    "card": Finish((0.40, 0.27, 0.15), 0.9, pattern="noise", other=(0.33, 0.22, 0.12), scale=4),
    "foam": Finish((0.76, 0.76, 0.74), 0.7),
    "canvas-red": Finish((0.50, 0.025, 0.025), 0.8),
    "canvas-white": Finish((0.68, 0.66, 0.60), 0.8),
    "fruit-orange": Finish((0.72, 0.22, 0.02), 0.35),
    "fruit-red": Finish((0.55, 0.03, 0.02), 0.35),
    "fruit-green": Finish((0.32, 0.46, 0.05), 0.35),
    "stool": Finish((0.05, 0.12, 0.45), 0.4),
    "bark": Finish(
        (0.09, 0.065, 0.045), 0.95, pattern="noise", other=(0.16, 0.125, 0.095), scale=9, bump=0.5
    ),
    "leaf-dark": Finish((0.028, 0.066, 0.014), 0.55),
    "leaf": Finish((0.055, 0.115, 0.024), 0.55),
    "leaf-light": Finish((0.105, 0.170, 0.034), 0.55),
    "kerb": Finish((0.34, 0.33, 0.31), 0.85, pattern="noise", other=(0.22, 0.21, 0.20), scale=1.3, bump=0.2),
    "paving": Finish((0.27, 0.255, 0.24), 0.85, pattern="brick", other=(0.20, 0.155, 0.135), scale=2.2),
    "tactile": Finish(
        (0.48, 0.33, 0.06), 0.85, pattern="noise", other=(0.36, 0.25, 0.06), scale=2.5, bump=0.3
    ),
    "soil": Finish((0.07, 0.05, 0.035), 0.95, pattern="noise", other=(0.04, 0.03, 0.02), scale=4),
    "grass": Finish(
        (0.05, 0.085, 0.025), 0.95, pattern="noise", other=(0.085, 0.075, 0.04), scale=3, bump=0.6
    ),
    "wall-cream": _wall((0.52, 0.48, 0.40)),
    "wall-grey": _wall((0.42, 0.43, 0.43)),
    "wall-pink": _wall((0.46, 0.34, 0.28)),
    "wall-white": _wall((0.58, 0.58, 0.56), 0.62),
    "wall-far": Finish((0.52, 0.56, 0.60), 0.9, glow=0.22),
    "wall-brick": Finish((0.30, 0.14, 0.10), 0.9, pattern="tile", other=(0.22, 0.10, 0.075), scale=3.5),
    "wall-tile": Finish((0.50, 0.49, 0.45), 0.5, pattern="tile", other=(0.42, 0.41, 0.38), scale=5),
    "pane-dark": Finish((0.012, 0.016, 0.020), 0.06, coat=0.5),
    "pane-grey": Finish((0.03, 0.04, 0.05), 0.08, coat=0.5),
    "pane-curtain": Finish((0.16, 0.14, 0.11), 0.3, coat=0.5),
    "frame": Finish((0.50, 0.50, 0.50), 0.4),
    "sill": Finish((0.40, 0.38, 0.35), 0.8),
    "grille": Finish((0.35, 0.35, 0.36), 0.4, metal=0.6),
    "appliance": Finish((0.56, 0.56, 0.54), 0.5, pattern="noise", other=(0.44, 0.43, 0.40), scale=2),
    "shutter": Finish((0.31, 0.33, 0.36), 0.5, pattern="noise", other=(0.24, 0.25, 0.27), scale=1.2),
    "interior": Finish((0.42, 0.30, 0.17), 0.6, glow=0.10),
    "awning-red": Finish((0.34, 0.03, 0.03), 0.8, pattern="noise", other=(0.26, 0.025, 0.025), scale=1),
    "awning-green": Finish((0.03, 0.17, 0.09), 0.8, pattern="noise", other=(0.03, 0.12, 0.07), scale=1),
    "awning-blue": Finish((0.04, 0.12, 0.30), 0.8, pattern="noise", other=(0.04, 0.09, 0.22), scale=1),
    "bin-green": Finish((0.02, 0.14, 0.05), 0.4),
    "bin-blue": Finish((0.02, 0.07, 0.26), 0.4),
    "bollard": Finish((0.52, 0.05, 0.03), 0.5),
    "sign-blue": Finish((0.02, 0.06, 0.36), 0.4),
}
"""Linear reflectances: asphalt 0.1, concrete 0.3, white plaster 0.6, as tables of albedo give them."""

FINISHES |= {f"paint-{name}": Finish(colour, 0.32, metal=0.25, coat=1) for name, colour in COLOURS.items()}
FINISHES |= {f"cloth-{name}": _cloth(colour) for name, colour in COLOURS.items()}
