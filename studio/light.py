"""Lights by name: where the sun stands and what the sky gives. Data."""

import math
from dataclasses import dataclass

from studio.looks import Rgb
from studio.solids import Vec


@dataclass(frozen=True, slots=True)
class Light:
    """One light.

    Attributes:
        sun_height_deg: above the horizon.
        sun_bearing_deg: where the sun stands, seen from above: 0 along x, 90 along y.
        sun_power: watts per square metre; with `sun_size_deg` how soft its shadows are.
        sun_colour, sky_colour: linear light.
        sky_power: of the sky's dome.
        exposure: what the camera multiplies the light by, as its automatic would.
    """

    sun_height_deg: float
    sun_bearing_deg: float
    sun_power: float
    sun_size_deg: float
    sun_colour: Rgb
    sky_colour: Rgb
    sky_power: float
    exposure: float

    @property
    def towards_ground(self) -> Vec:
        """How far a shadow falls per metre of height, along x and y; z is -1."""
        reach = 1 / math.tan(math.radians(self.sun_height_deg))
        bearing = math.radians(self.sun_bearing_deg)
        return -math.cos(bearing) * reach, -math.sin(bearing) * reach, -1.0


LIGHTS: dict[str, Light] = {
    "noon": Light(50, 292, 4.6, 1.0, (1.0, 0.93, 0.82), (0.55, 0.72, 1.0), 0.80, 0.86),
    "overcast": Light(55, 250, 0.9, 25, (1.0, 0.98, 0.95), (0.86, 0.92, 1.0), 1.15, 0.95),
}
