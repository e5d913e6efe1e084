"""Light, weather and water of a scene as they come over its frames."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from studio.camera.lens import OVERSCAN_PX, Lens, margin_of
from studio.composing.backdrop import Backdrop
from studio.composing.compose import Placed, Surroundings
from studio.conditions.footprint import submerge
from studio.conditions.glow import bloomed
from studio.conditions.headlamps import Headlamps
from studio.conditions.mirror import gloss, mirror
from studio.conditions.water import SURFACE_M, Flood, level_at
from studio.conditions.weather import AIRS, Fall, air_light, hazed, snowed, wet
from studio.matter.solids import panel
from studio.scenes.light import LIGHTS
from studio.scenes.poses import Shot
from studio.scenes.scene import Scene
from studio.streets.street import Street

if TYPE_CHECKING:
    from studio.streets.setting import Setting  # draws signs, for which not all who compose have fonts

Plane = npt.NDArray[np.float32]
Ground = Literal["dry", "wet", "flooded"]
"""What must be rendered of an empty street."""

_MIRRORED = 0.7
"""Of the sky; the rest of what a road mirrors are houses and trees."""
_FILM = np.float32(0.7)
"""How much of a wet road mirrors; the rest is too rough or has run dry."""


def grounds_of(scene: Scene) -> tuple[Ground, ...]:
    """The empty streets that a scene is composed of."""
    if any(point.level_m > 0 for point in scene.water):
        return "wet", "flooded"
    return ("wet",) if scene.weather == "rain" or scene.water else ("dry",)


def on_ground(setting: "Setting", ground: Ground) -> "Setting":
    """A street after rain, or with water standing all over it."""
    if ground == "dry":
        return setting
    finishes = wet(setting.finishes)
    if ground == "wet":
        return replace(setting, finishes=finishes)
    low, high = -400.0, 400.0
    corners = [(low, low, SURFACE_M), (high, low, SURFACE_M), (high, high, SURFACE_M), (low, high, SURFACE_M)]
    return replace(setting, model=(*setting.model, panel(corners, "flood")), finishes=finishes)


def exposure_of(scene: Scene) -> float:
    """What the camera multiplies light by."""
    air = AIRS.get(scene.weather)
    return LIGHTS[scene.light].exposure * (air.exposure if air is not None else 1.0)


class Conditions:
    """Everything between the street, its actors and the camera, for one scene seen by one camera."""

    def __init__(self, scene: Scene, street: Street, lens: Lens, shown: Mapping[Ground, Backdrop]) -> None:
        """Take the empty streets that `grounds_of` names."""
        self._scene, self._lens = scene, lens
        self._light, self._exposure = LIGHTS[scene.light], exposure_of(scene)
        self._air = AIRS.get(scene.weather)
        first, *_ = grounds_of(scene)
        street_shown = shown[first]
        if scene.weather == "snow":
            street_shown = snowed(street_shown, street, scene.seed)
        self._veil = air_light(street_shown)
        if self._air is not None:
            street_shown = hazed(street_shown, lens.eye, self._air)
        self._street = street_shown.light
        self._headlamps = Headlamps(street_shown, lens) if self._light.headlamps else None
        size = lens.width + 2 * OVERSCAN_PX, lens.height + 2 * OVERSCAN_PX
        self._fall = Fall(scene.weather, size, scene.seed) if self._air is not None else None
        self._water = street_shown.light
        self._flood: Flood | None = None
        if "flooded" in shown:
            flooded = shown["flooded"]
            self._water = (hazed(flooded, lens.eye, self._air) if self._air is not None else flooded).light
            self._flood = Flood(street, street_shown.place)
        self._gloss: Plane | None = None
        if first == "wet":
            flat = np.clip(street_shown.normal[..., 2] * 4 - 3, 0, 1) * (street_shown.place[..., 2] < 0.3)  # noqa: PLR2004
            self._gloss = (gloss(street_shown.place, lens.eye) * flat).astype(np.float32)
        self._mixed: tuple[float, Plane, Plane] | None = None

    def street_at(self, second: float) -> Plane:
        """The empty street at a second of the clip, with overscan."""
        return self._at_level(level_at(self._scene, second))[0]

    def at(self, second: float) -> Surroundings | None:
        """What is done to the frame of a second; None where there is nothing to do: in dry daylight."""
        if self._headlamps is None and self._fall is None and self._gloss is None:
            return None
        level = level_at(self._scene, second)
        return Moment(
            lens=self._lens,
            number=round(second * self._scene.fps),
            exposure=self._exposure,
            headlamps=self._headlamps,
            power=self._light.headlamps,
            fall=self._fall,
            sight_m=self._air.sight_m if self._air is not None else math.inf,
            veil=self._veil,
            shines=self._at_level(level)[1] if self._gloss is not None else None,
            flood=self._flood,
            level_m=level,
            daylight=self._light.haze,
            sky=_MIRRORED * self._light.sky_power * sum(self._light.sky_colour) / 3,
        )

    def _at_level(self, level: float) -> tuple[Plane, Plane]:
        """Light and mirroring of the empty street with water at a level; the last is kept."""
        if self._gloss is None:
            return self._street, self._street[..., 0]
        if level <= 0 or self._flood is None:
            return self._street, self._gloss * _FILM
        level = round(level, 3)
        if self._mixed is None or self._mixed[0] != level:
            shows = self._flood.shows(level)
            light = self._street + shows[..., None] * (self._water - self._street)
            self._mixed = level, light, self._gloss * (_FILM + (1 - _FILM) * shows)
        return self._mixed[1:]


@dataclass(frozen=True)
class Moment:
    """What is done to one frame.

    Attributes:
        lens: the camera.
        number: of the frame.
        exposure: of the sensor; what is brighter than it can show blooms.
        headlamps, power: the lamps of vehicles, where they burn.
        fall: drops or flakes.
        sight_m, veil: how far one sees, and the light of the air that hides the rest.
        shines: how much of the light each pixel mirrors, with overscan; None where nothing is wet.
        flood, level_m: water over the road.
        daylight: how much of it drops and flakes catch, of noon's.
        sky: how bright that is which wet ground mirrors.
    """

    lens: Lens
    number: int
    exposure: float
    headlamps: Headlamps | None
    power: float
    fall: Fall | None
    sight_m: float
    veil: Plane
    shines: Plane | None
    flood: Flood | None
    level_m: float
    daylight: float
    sky: float

    def below(self, frame: Plane, shots: Sequence[Shot]) -> None:
        """Light that falls on the street."""
        if self.headlamps is not None:
            self.headlamps.throw(frame, shots, self.power)

    def around(self, frame: Plane, placed: Placed, shot: Shot) -> None:
        """What one actor loses to water and air, and its mirror image."""
        margin = margin_of(frame, self.lens)
        if self.flood is not None and self.level_m > 0:
            at = self.lens.on_ground(shot.to[0] - margin, shot.to[1] - margin)
            depth = self.flood.depth_at(*at, self.level_m)
            if depth > 0:
                submerge(placed, shot, at, self.lens, (margin, depth))
        if self.fall is not None:
            left = math.exp(-shot.depth_m / self.sight_m)
            placed.light[..., :3] *= left
            placed.light[..., :3] += placed.light[..., 3:] * placed.mask[..., None] * self.veil * (1 - left)
        if self.shines is not None:
            cut = OVERSCAN_PX - margin
            shines = self.shines[cut : cut + frame.shape[0], cut : cut + frame.shape[1]]
            mirror(frame, placed, shines, max(1.0, 26 / shot.depth_m), self.sky)

    def above(self, frame: Plane) -> None:
        """What is between all and the camera, and in its lens."""
        if self.headlamps is not None:
            bloomed(frame, 1.3 / self.exposure)
        if self.fall is not None:
            self.fall.lay(frame, self.number, 0.12 * self.daylight / self.exposure)
