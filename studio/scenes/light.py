"""Lights by name: where the sun stands, what the sky gives, what burns in the dark. Data."""

import math
from dataclasses import dataclass, replace

from studio.camera.traits import Traits
from studio.matter.looks import Rgb
from studio.matter.solids import Vec

_PLAIN = Traits()


@dataclass(frozen=True, slots=True)
class Light:
    """One light.

    Attributes:
        sun_height_deg: above the horizon; below a sun of no power lies what stands for the moon.
        sun_bearing_deg: where the sun stands, seen from above: 0 along x, 90 along y.
        sun_power: watts per square metre; with `sun_size_deg` how soft its shadows are.
        sun_colour, sky_colour: linear light.
        sky_power: of the sky's dome.
        exposure: what the camera multiplies the light by, as its automatic would.
        haze: how much light the air before far houses scatters, of noon's.
        lamp_power: watts of each street lamp.
        headlamps: how bright the lamps of driving vehicles are; 0 leaves them off.
        shops: how brightly signs and shop rooms shine, `windows` the lit flats above.
        spread_m: how far beside its geometric shadow an actor still darkens the ground.
        traits: what the camera makes of so much or so little light.
    """

    sun_height_deg: float
    sun_bearing_deg: float
    sun_power: float
    sun_size_deg: float
    sun_colour: Rgb
    sky_colour: Rgb
    sky_power: float
    exposure: float
    haze: float = 1.0
    lamp_power: float = 0.0
    headlamps: float = 0.0
    shops: float = 0.0
    windows: float = 0.0
    spread_m: float = 0.35
    traits: Traits = _PLAIN

    @property
    def towards_ground(self) -> Vec:
        """How far a shadow falls per metre of height, along x and y; z is -1."""
        reach = 1 / math.tan(math.radians(self.sun_height_deg))
        bearing = math.radians(self.sun_bearing_deg)
        return -math.cos(bearing) * reach, -math.sin(bearing) * reach, -1.0

    @property
    def rendered(self) -> "Light":
        """Only what the renderer sees of it; the rest is the sensor's affair."""
        return replace(self, exposure=1.0, traits=_PLAIN)


LIGHTS: dict[str, Light] = {
    "noon": Light(50, 292, 4.6, 1.0, (1.0, 0.93, 0.82), (0.55, 0.72, 1.0), 0.80, 0.86),
    "overcast": Light(
        55,
        250,
        0.9,
        25,
        (1.0, 0.98, 0.95),
        (0.86, 0.92, 1.0),
        1.15,
        0.95,
        spread_m=0.6,
        traits=Traits(contrast=0.3, saturation=1.1),
    ),
    "low-sun": Light(
        13,
        306,
        5.2,
        0.8,
        (1.0, 0.62, 0.30),
        (0.50, 0.66, 1.0),
        0.50,
        1.55,
        haze=0.9,
    ),
    "dusk": Light(
        60,
        250,
        0.0,
        30,
        (0.6, 0.7, 1.0),
        (0.24, 0.36, 0.72),
        0.30,
        2.3,
        haze=0.25,
        lamp_power=700,
        headlamps=1.0,
        shops=0.9,
        windows=0.8,
        spread_m=0.8,
        traits=Traits(noise=0.026, saturation=1.15),
    ),
    "night": Light(
        60,
        250,
        0.0,
        30,
        (0.6, 0.7, 1.0),
        (0.30, 0.34, 0.55),
        0.05,
        3.0,
        haze=0.02,
        lamp_power=1500,
        headlamps=1.0,
        shops=0.8,
        windows=0.35,
        spread_m=1.2,
        traits=Traits(softness_px=0.7, noise=0.034, saturation=1.05, breathing=0.02),
    ),
}
"""Powers are relative to noon's. A street lamp's some 20 lux and noon's 100,000 are closer here than in
nature, as are the exposures: only their product is seen."""
