"""Blender's stage: a street lit and seen by one camera; renders its background and its sprites.

Sprites are rendered with the whole street as shadow catcher, so the street's trees hide and shade the
actor, and the actor's shadow comes out as darkness in the sprite's alpha. Which pixels are the actor's own
is read from the object-index pass: the truth never depends on a threshold of colours.
"""

import math
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import numpy.typing as npt
import OpenEXR
from mathutils import Vector

from studio.actors.casting import cast
from studio.camera.lens import OVERSCAN_PX, SENSOR_WIDTH_MM, Lens
from studio.composing.backdrop import Backdrop
from studio.composing.sprites import Region, Sprite, cleaned, region_of
from studio.conditions.glow import LAMP_COLOUR, actor_lit
from studio.filming import blender
from studio.matter.solids import Vec, bounds
from studio.scenes.light import Light
from studio.scenes.poses import SpriteKey
from studio.streets.setting import Setting

Plane = npt.NDArray[np.float32]

_ACTOR = 1


class Stage:
    """One street, light and camera, ready to render."""

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
        bpy.ops.wm.read_factory_settings(use_empty=True)
        self._lens, self._light, self._height = lens, light, height
        self._street = blender.build(setting.model, setting.finishes, {}, index=0)
        blender.keep_apart(self._street)
        self._shaders: dict[bool, blender.Shaders] = {False: {}, True: {}}
        self._actor: tuple[tuple[str, int, bool], list[Any]] | None = None
        self._catches: bool | None = None
        _camera(lens)
        _lights(light)
        _lamps(light, lamps)
        _engine(threads)

    def backdrop(self, samples: int) -> Backdrop:
        """The empty street, with overscan."""
        self._dismiss()
        self._catch(on=False)
        bpy.context.scene.cycles.samples = samples
        extra_passes(on=True)
        shown = self._render(None)
        extra_passes(on=False)
        return backdrop_of(shown)

    def sprite(self, key: SpriteKey, samples: int) -> Sprite | None:
        """One actor in one pose, or None where the camera cannot see it."""
        objects = self._hire(key)
        lift = self._height(key.x, key.y)
        for made in objects:
            made.location, made.rotation_euler = (key.x, key.y, lift), (0, 0, key.heading)
        region = region_of(self._corners, key, self._lens, self._light)
        if region is None:
            return None
        scene = bpy.context.scene
        scene.cycles.samples = samples
        shown = self._render(region)
        index = next(plane for name, plane in shown.items() if "IndexOB" in name)
        return cleaned(stacked(shown, "Combined", "RGBA"), index == _ACTOR, region)

    def _hire(self, key: SpriteKey) -> list[Any]:
        """The objects of a look, built unless they are the ones on stage."""
        self._catch(on=True)
        role = (key.look, key.phase, key.burning)
        if self._actor is None or self._actor[0] != role:
            self._dismiss()
            model, finishes = cast(key.look, key.phase)
            lit = actor_lit(finishes, self._light, burning=key.burning)
            self._actor = role, blender.build(model, lit, self._shaders[key.burning], index=_ACTOR)
            self._corners = bounds(model)
        return self._actor[1]

    def _dismiss(self) -> None:
        if self._actor is not None:
            blender.remove(self._actor[1])
        self._actor = None

    def _catch(self, *, on: bool) -> None:
        if self._catches == on:
            return  # telling Blender again would make it read the whole street again: a second a sprite
        self._catches = on
        scene = bpy.context.scene
        for made in self._street:
            made.is_shadow_catcher = on
        scene.render.film_transparent = on
        scene.cycles.max_bounces = 2 if on else 5
        scene.cycles.diffuse_bounces = scene.cycles.glossy_bounces = 1 if on else 3
        # A walk down the tree of lights for every sample costs more than the noise it saves on a small crop:
        # at night eight samples without it are cheaper and cleaner than six with it.
        scene.cycles.use_light_tree = not on
        # On a crop of a few thousand pixels the thorough denoiser costs as much as three samples, and what it
        # adds is lost in their own noise: of six samples, both come out 0.016 off a clean rendering.
        scene.cycles.denoising_quality = "FAST" if on else "HIGH"
        scene.cycles.denoising_prefilter = "FAST" if on else "ACCURATE"
        scene.cycles.denoising_input_passes = "RGB_ALBEDO" if on else "RGB_ALBEDO_NORMAL"

    def _render(self, region: Region | None) -> dict[str, Plane]:
        """Every pass of a region, or of everything, channel by channel."""
        render = bpy.context.scene.render
        render.use_border = render.use_crop_to_border = region is not None
        if region is not None:
            wide, high = render.resolution_x, render.resolution_y
            render.border_min_x, render.border_max_x = region.x / wide, (region.x + region.width) / wide
            render.border_min_y = 1 - (region.y + region.height) / high
            render.border_max_y = 1 - region.y / high
        with tempfile.TemporaryDirectory() as folder:
            render.filepath = str(Path(folder) / "shot.exr")
            with _silence():
                bpy.ops.render.render(write_still=True)
            return _read(Path(render.filepath))


@contextmanager
def _silence() -> Iterator[None]:
    """Keep the renderer's own chatter, which it writes past Python, off the terminal."""
    sys.stdout.flush()
    kept = os.dup(1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)


def _read(path: Path) -> dict[str, Plane]:
    with OpenEXR.File(str(path), separate_channels=True) as file:
        return {name: np.array(channel.pixels, np.float32) for name, channel in file.channels().items()}


def stacked(channels: dict[str, Plane], name: str, parts: str) -> Plane:
    """One pass with its channels last; the file's names begin with the view layer's."""
    planes = [
        next(plane for key, plane in channels.items() if key.endswith(f"{name}.{part}")) for part in parts
    ]
    return np.stack(planes, axis=-1).astype(np.float32)


def backdrop_of(channels: dict[str, Plane]) -> Backdrop:
    """What was rendered with `extra_passes`."""
    return Backdrop(
        light=stacked(channels, "Combined", "RGB"),
        albedo=stacked(channels, "DiffCol", "RGB"),
        place=stacked(channels, "Position", "XYZ"),
        normal=stacked(channels, "Normal", "XYZ"),
    )


def extra_passes(*, on: bool) -> None:
    """What composing needs to know of the empty street besides its light."""
    layer = bpy.context.view_layer
    layer.use_pass_diffuse_color = layer.use_pass_position = layer.use_pass_normal = on


def _camera(lens: Lens) -> None:
    scene = bpy.context.scene
    data = bpy.data.cameras.new("mast")
    wide, high = lens.width + 2 * OVERSCAN_PX, lens.height + 2 * OVERSCAN_PX
    data.sensor_fit, data.sensor_width = "HORIZONTAL", SENSOR_WIDTH_MM * wide / lens.width
    data.lens = lens.focal_mm
    camera = bpy.data.objects.new("mast", data)
    scene.collection.objects.link(camera)
    camera.location = lens.eye
    camera.rotation_euler = (Vector(lens.target) - Vector(lens.eye)).to_track_quat("-Z", "Y").to_euler()
    scene.camera = camera
    scene.render.resolution_x, scene.render.resolution_y = wide, high
    scene.render.resolution_percentage = 100


def _lights(light: Light) -> None:
    scene = bpy.context.scene
    world = bpy.data.worlds.new("sky")
    scene.world = world
    world.use_nodes = True
    sky = world.node_tree.nodes["Background"]
    sky.inputs[0].default_value = (*light.sky_colour, 1)
    sky.inputs[1].default_value = light.sky_power
    data = bpy.data.lights.new("sun", "SUN")
    data.energy, data.angle, data.color = light.sun_power, math.radians(light.sun_size_deg), light.sun_colour
    sun = bpy.data.objects.new("sun", data)
    scene.collection.objects.link(sun)
    sun.rotation_euler = Vector(light.towards_ground).to_track_quat("-Z", "Y").to_euler()


def _lamps(light: Light, heads: Sequence[Vec]) -> None:
    """Street lamps shine down in a wide cone; what is above them stays dark."""
    if not light.lamp_power:
        return
    data = bpy.data.lights.new("lamp", "SPOT")
    data.energy, data.color = light.lamp_power, LAMP_COLOUR
    data.spot_size, data.spot_blend, data.shadow_soft_size = math.radians(150), 0.5, 0.15
    for head in heads:
        lamp = bpy.data.objects.new("lamp", data)
        bpy.context.scene.collection.objects.link(lamp)
        lamp.location = (head[0], head[1], head[2] - 0.05)


def _engine(threads: int) -> None:
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    cycles = scene.cycles
    cycles.device, cycles.use_adaptive_sampling, cycles.adaptive_threshold = "CPU", True, 0.03
    cycles.use_denoising, cycles.denoiser = True, "OPENIMAGEDENOISE"
    cycles.transparent_max_bounces = 4
    cycles.caustics_reflective = cycles.caustics_refractive = False
    cycles.sample_clamp_indirect = 4
    scene.render.threads_mode, scene.render.threads = "FIXED", threads
    scene.render.use_persistent_data = True
    bpy.context.view_layer.use_pass_object_index = True
    images = scene.render.image_settings
    images.file_format, images.color_depth, images.exr_codec = "OPEN_EXR_MULTILAYER", "32", "ZIP"
