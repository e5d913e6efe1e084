"""From a scene to its pictures: what must be rendered, rendering what is missing, composing the rest."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from models.errors import ConfigurationError
from models.toml import nearest
from studio.actors.casting import cast
from studio.camera.lens import Lens
from studio.camera.sensor import Sensor
from studio.composing.compose import Presence
from studio.composing.sprites import Sprite
from studio.conditions.glow import actor_lit, lamps_of, street_lit
from studio.conditions.surroundings import Conditions, Ground, exposure_of, grounds_of, on_ground
from studio.filming.cache import Cache, digest_of, digest_of_model
from studio.filming.camera import Camera, compose_swayed
from studio.matter.finishes import Picture
from studio.scenes.light import LIGHTS, Light
from studio.scenes.poses import SpriteKey, keys_of, shots_at
from studio.scenes.scene import Scene
from studio.streets.setting import Setting, setting_of
from studio.streets.street import Street

if TYPE_CHECKING:
    from studio.filming.stage import Stage

BACKGROUND_SAMPLES, SPRITE_SAMPLES = 48, 6


@lru_cache(maxsize=4)
def _built(street: str) -> Setting:
    """A street's geometry, from its JSON: it takes seconds, and the clips of one street share it."""
    return setting_of(Street.model_validate_json(street))


@lru_cache(maxsize=32)
def _digest_of_street(street: str, light: str) -> str:
    built = _built(street)
    return digest_of_model(built.model, street_lit(built.finishes, LIGHTS[light]))


@dataclass(frozen=True)
class Production:
    """One scene in its street, with the cache its pictures are kept in."""

    scene: Scene
    street: Street
    cache: Cache
    threads: int = 2

    @cached_property
    def lens(self) -> Lens:
        """The camera of the scene's view.

        Raises:
            ConfigurationError: the street has no such view.
        """
        view = self.street.view.get(self.scene.view)
        if view is None:
            known = sorted(self.street.view)
            hint = nearest(self.scene.view, known) or f"known: {', '.join(known)}"
            raise ConfigurationError.of(
                self.scene.street, f"has no view {self.scene.view!r}", hint, key="view"
            )
        return Lens(view.eye, view.target, view.focal_mm, self.scene.width, self.scene.height)

    @property
    def light(self) -> Light:
        """The scene's light."""
        return LIGHTS[self.scene.light]

    @cached_property
    def setting(self) -> Setting:
        """The street's geometry."""
        built = _built(self.street.model_dump_json())
        return replace(built, finishes=street_lit(built.finishes, self.light))

    def missing(self, frames: Iterable[int]) -> tuple[SpriteKey, ...]:
        """The sprites that some frames need and the cache has not yet."""
        keys = keys_of(self.scene, self.lens, frames)
        return tuple(key for key in keys if not self.cache.has(self.digest(key)))

    def render(self, frames: Iterable[int]) -> Iterator[str]:
        """Render what some frames need and is missing, and say of each picture what it was.

        Blender is started only if there is something to render.
        """
        for ground in grounds_of(self.scene):
            digest = self._digest_of_ground(ground)
            if not self.cache.has(digest):
                stage = self._stage if ground == "dry" else self._stage_on(ground)
                self.cache.keep_backdrop(digest, stage.backdrop(BACKGROUND_SAMPLES))
                yield "background"
        for key in self.missing(frames):
            self.cache.keep(self.digest(key), self._stage.sprite(key, SPRITE_SAMPLES))
            yield key.look

    def pictures(self, frames: Iterable[int]) -> Iterator[tuple[Picture | None, tuple[Presence, ...]]]:
        """Frames as the camera shows them, None where the stream drops out, with how each actor shows.

        Whatever is wrong with the camera, who is there stays known.
        """
        scene = self.scene
        sensor = Sensor(
            (scene.width, scene.height),
            exposure=exposure_of(scene),
            seed=scene.seed,
            traits=self.light.traits,
            caption=scene.caption,
            clock=scene.clock,
        )
        camera = Camera(sensor, scene.fault, seed=scene.seed)
        conditions = self.conditions()
        sprite_of = lru_cache(maxsize=512)(self.sprite)
        for number in frames:
            second = number / scene.fps
            shots = shots_at(scene, self.lens, second)
            linear, presences = compose_swayed(
                conditions.street_at(second), shots, sprite_of, camera.sway(second), conditions.at(second)
            )
            yield camera(linear, second), presences

    def background(self) -> npt.NDArray[np.float32]:
        """The empty street at the scene's beginning, (H, W, 3) linear light with overscan."""
        return self.conditions().street_at(0.0)

    def conditions(self) -> Conditions:
        """Light, weather and water as they come over the frames."""
        needed = grounds_of(self.scene)
        shown = {ground: self.cache.backdrop(self._digest_of_ground(ground)) for ground in needed}
        return Conditions(self.scene, self.street, self.lens, shown)

    def digest(self, key: SpriteKey) -> str:
        """Where a sprite is kept."""
        worn = _digest_of_cast(key.look, key.phase, self.light, key.burning)
        return digest_of(self._place, worn, key, SPRITE_SAMPLES)

    def sprite(self, key: SpriteKey) -> Sprite | None:
        """A sprite that has been rendered; None where there was nothing to see."""
        return self.cache.sprite(self.digest(key))

    @cached_property
    def _place(self) -> str:
        street = _digest_of_street(self.street.model_dump_json(), self.scene.light)
        return digest_of(street, self.lens, self.light.rendered)

    def _digest_of_ground(self, ground: Ground) -> str:
        if ground == "dry":
            return digest_of(self._place, BACKGROUND_SAMPLES)
        made = on_ground(self.setting, ground)
        street = digest_of_model(made.model, made.finishes)
        return digest_of(street, self.lens, self.light.rendered, BACKGROUND_SAMPLES)

    @cached_property
    def _stage(self) -> "Stage":
        return self._stage_on("dry")

    def _stage_on(self, ground: Ground) -> "Stage":
        """A stage; Blender has only one, so the one before is given up."""
        self.__dict__.pop("_stage", None)
        from studio.filming.stage import Stage  # noqa: PLC0415 - Blender takes seconds and is not needed to compose

        lamps = lamps_of(self.street, self.street.view[self.scene.view])
        height = self.street.ground_height
        setting = on_ground(self.setting, ground)
        return Stage(setting, self.lens, self.light, lamps=lamps, height=height, threads=self.threads)


@lru_cache(maxsize=256)
def _digest_of_cast(look: str, phase: int, light: Light, burning: bool) -> str:
    model, finishes = cast(look, phase)
    return digest_of_model(model, actor_lit(finishes, light, burning=burning))
