"""The empty street as rendered, with what composing must know of each of its pixels."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Plane = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Backdrop:
    """One empty street seen by one camera in one light, with overscan; every plane is (H, W, 3).

    Attributes:
        light: linear RGB.
        albedo: what share of light falling on it a surface gives back, RGB; lamps that pass by light it.
        place: metres of the street; all 0 where there is sky.
        normal: which way the surface looks.
    """

    light: Plane
    albedo: Plane
    place: Plane
    normal: Plane
