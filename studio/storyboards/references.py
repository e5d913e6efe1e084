"""The picture that an operator drew the zones on: the empty street by day, one for each street and camera.

A plan names it as its `reference`. It is of another hour than most clips, as it is in a city.
"""

from collections.abc import Iterable
from pathlib import Path

import cv2

from studio.camera.lens import OVERSCAN_PX
from studio.camera.sensor import Sensor
from studio.filming.cache import Cache
from studio.filming.production import Production
from studio.matter.finishes import Picture
from studio.scenes.light import LIGHTS
from studio.scenes.scene import Scene
from studio.streets.street import Street

_SEED = 5


def drawn_on(scenes: Iterable[Scene], street: str, view: str) -> Scene | None:
    """The scene in whose light an operator comes: the first by day and dry of a street and camera."""
    for scene in scenes:
        by_day = not LIGHTS[scene.light].headlamps and scene.weather == "dry"
        if (scene.street, scene.view) == (street, view) and by_day:
            return scene
    return None


def photograph(scene: Scene, street: Street, cache: Cache) -> Picture:
    """The empty street in a scene's light, RGB; rendered if the cache has it not yet."""
    production = Production(scene, street, cache, threads=1)
    for _ in production.render(()):
        pass
    light = production.light
    sensor = Sensor((scene.width, scene.height), exposure=light.exposure, seed=_SEED, traits=light.traits)
    return sensor(production.background()[OVERSCAN_PX:-OVERSCAN_PX, OVERSCAN_PX:-OVERSCAN_PX])


def write_picture(file: Path, picture: Picture) -> None:
    """Write it, whole or not at all."""
    partial = file.with_suffix(".part.jpg")
    cv2.imwrite(str(partial), picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 90])
    partial.replace(file)


def refer(plan: Path, picture: str) -> None:
    """Let a plan name its reference, unless it does already."""
    text = plan.read_text(encoding="utf-8")
    line = f'reference = "{picture}"\n'
    if line in text:
        return
    head, camera, rest = text.partition("camera = ")
    name, _, zones = rest.partition("\n")
    plan.write_text(f"{head}{camera}{name}\n{line}{zones}", encoding="utf-8")
