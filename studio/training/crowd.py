"""Whole pictures of a crowded street straight from Blender: for training, where nothing is shown twice."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import bpy
import numpy as np
import numpy.typing as npt
from mathutils import Vector

from studio.actors.casting import cast
from studio.camera.lens import OVERSCAN_PX, SENSOR_WIDTH_MM, Lens
from studio.composing.backdrop import Backdrop
from studio.conditions.glow import actor_lit, lamps_of, street_lit
from studio.conditions.surroundings import on_ground
from studio.filming import blender
from studio.filming.stage import Stage, backdrop_of, extra_passes
from studio.matter.solids import Vec
from studio.scenes.light import LIGHTS, Light
from studio.scenes.poses import SpriteKey
from studio.streets.setting import Setting, setting_of
from studio.streets.street import Street


class Crowd(Stage):
    """A stage on which many act at once, before a camera that moves between pictures.

    Actors are built once and hidden between their appearances: building is what takes time.
    """

    def __init__(
        self,
        setting: Setting,
        lens: Lens,
        light: Light,
        *,
        lamps: Sequence[Vec],
        height: Callable[[float, float], float],
        threads: int,
    ) -> None:
        super().__init__(setting, lens, light, lamps=lamps, height=height, threads=threads)
        self._troupe: dict[tuple[str, int, bool, int], list[Any]] = {}
        self._catch(on=False)
        extra_passes(on=True)
        # Half the light's ways of a background: small pictures, seen once, hardly show the rest.
        cycles = bpy.context.scene.cycles
        cycles.max_bounces, cycles.diffuse_bounces, cycles.glossy_bounces = 3, 1, 1

    @classmethod
    def in_street(cls, street: Street, lens: Lens, light: str, *, wet: bool, threads: int) -> "Crowd":
        """The stage for a street in a light, `wet` after rain."""
        built = setting_of(street)
        lit = LIGHTS[light]
        setting = Setting(built.model, street_lit(built.finishes, lit))
        setting = on_ground(setting, "wet" if wet else "dry")
        lamps = lamps_of(street, next(iter(street.view.values())))
        return cls(setting, lens, lit, lamps=lamps, height=street.ground_height, threads=threads)

    def aim(self, lens: Lens) -> None:
        """Hang the camera elsewhere."""
        self._lens = lens
        camera = bpy.context.scene.camera
        camera.location = lens.eye
        camera.rotation_euler = (Vector(lens.target) - Vector(lens.eye)).to_track_quat("-Z", "Y").to_euler()
        camera.data.sensor_width = SENSOR_WIDTH_MM * (lens.width + 2 * OVERSCAN_PX) / lens.width
        camera.data.lens = lens.focal_mm

    def shoot(
        self, actors: Sequence[SpriteKey], samples: int, *, quick: bool = False
    ) -> tuple[Backdrop, npt.NDArray[np.int32]]:
        """One picture.

        Args:
            actors: who is there.
            samples: of each pixel.
            quick: whether a denoiser that is a fifth quicker will do.

        Returns:
            Everything seen, actors and all; and for each pixel the number of the actor seen there, counted
            from one. Both without overscan.
        """
        cycles = bpy.context.scene.cycles
        cycles.samples, cycles.denoising_quality = samples, "BALANCED"
        cycles.denoising_prefilter = "FAST" if quick else "ACCURATE"
        present = set()
        alike: Counter[tuple[str, int, bool]] = Counter()
        for number, key in enumerate(actors, start=1):
            same = (key.look, key.phase, key.burning)
            role = (*same, alike[same])
            alike[same] += 1
            present.add(role)
            if role not in self._troupe:
                model, finishes = cast(key.look, key.phase)
                worn = actor_lit(finishes, self._light, burning=key.burning)
                self._troupe[role] = blender.build(model, worn, self._shaders[key.burning], index=number)
            lift = self._height(key.x, key.y)
            for made in self._troupe[role]:
                made.location, made.rotation_euler = (key.x, key.y, lift), (0, 0, key.heading)
                made.pass_index = number
        for role, objects in self._troupe.items():
            for made in objects:
                made.hide_render = role not in present
        shown = self._render(None)
        edge = OVERSCAN_PX
        index = next(plane for name, plane in shown.items() if "IndexOB" in name)
        seen = backdrop_of({name: plane[edge:-edge, edge:-edge] for name, plane in shown.items()})
        return seen, np.rint(index[edge:-edge, edge:-edge]).astype(np.int32)
