"""From a scene to its pictures: what must be rendered, rendering what is missing, composing the rest."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from models.errors import ConfigurationError
from models.toml import nearest
from studio.cache import Cache, digest_of, digest_of_model
from studio.casting import cast
from studio.compose import Presence, compose
from studio.finishes import Picture
from studio.lens import Lens
from studio.light import LIGHTS, Light
from studio.poses import SpriteKey, keys_of, shots_at
from studio.scene import Scene
from studio.sensor import Sensor
from studio.setting import Setting, setting_of
from studio.sprites import Sprite
from studio.street import Street

if TYPE_CHECKING:
    from studio.stage import Stage

BACKGROUND_SAMPLES, SPRITE_SAMPLES = 96, 6


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
        return setting_of(self.street)

    def missing(self, frames: Iterable[int]) -> tuple[SpriteKey, ...]:
        """The sprites that some frames need and the cache has not yet."""
        keys = keys_of(self.scene, self.lens, frames)
        return tuple(key for key in keys if not self.cache.has(self.digest(key)))

    def render(self, frames: Iterable[int]) -> Iterator[str]:
        """Render what some frames need and is missing, and say of each picture what it was.

        Blender is started only if there is something to render.
        """
        if not self.cache.has(self._background_digest):
            self.cache.keep_background(self._background_digest, self._stage.background(BACKGROUND_SAMPLES))
            yield "background"
        for key in self.missing(frames):
            self.cache.keep(self.digest(key), self._stage.sprite(key, SPRITE_SAMPLES))
            yield key.look

    def pictures(self, frames: Iterable[int]) -> Iterator[tuple[Picture, tuple[Presence, ...]]]:
        """Frames as the camera shows them, with how each actor shows in each."""
        scene = self.scene
        sensor = Sensor(
            (scene.width, scene.height), exposure=self.light.exposure, seed=scene.seed, caption=scene.caption
        )
        background = self.background()
        sprite_of = lru_cache(maxsize=512)(self._sprite)
        for number in frames:
            linear, presences = compose(background, shots_at(scene, self.lens, number / scene.fps), sprite_of)
            yield sensor(linear), presences

    def background(self) -> npt.NDArray[np.float32]:
        """The empty street."""
        return self.cache.background(self._background_digest)

    def digest(self, key: SpriteKey) -> str:
        """Where a sprite is kept."""
        return digest_of(self._place, _digest_of_look(key.look, key.phase), key, SPRITE_SAMPLES)

    def _sprite(self, key: SpriteKey) -> Sprite | None:
        return self.cache.sprite(self.digest(key))

    @cached_property
    def _place(self) -> str:
        unexposed = replace(self.light, exposure=1.0)  # the sensor's affair, not the renderer's
        return digest_of(digest_of_model(self.setting.model, self.setting.finishes), self.lens, unexposed)

    @property
    def _background_digest(self) -> str:
        return digest_of(self._place, BACKGROUND_SAMPLES)

    @cached_property
    def _stage(self) -> "Stage":
        from studio.stage import Stage  # noqa: PLC0415 - Blender takes seconds and is not needed to compose

        road = next(strip.y for strip in self.street.strip if strip.kind == "road")
        return Stage(self.setting, self.lens, self.light, road=road, threads=self.threads)


@lru_cache(maxsize=256)
def _digest_of_look(look: str, phase: int) -> str:
    return digest_of_model(*cast(look, phase))
