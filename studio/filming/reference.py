"""The picture that an operator drew the zones on: the empty street, which a plan names as its `reference`."""

from pathlib import Path

import cv2

from studio.camera.lens import OVERSCAN_PX
from studio.camera.sensor import Sensor
from studio.filming.production import Production
from studio.matter.finishes import Picture

_SEED = 5


def photograph(production: Production) -> Picture:
    """The empty street of a scene, RGB; rendered if the cache has it not yet."""
    for _ in production.render(()):
        pass
    scene, light = production.scene, production.light
    sensor = Sensor((scene.width, scene.height), exposure=light.exposure, seed=_SEED, traits=light.traits)
    return sensor(production.background()[OVERSCAN_PX:-OVERSCAN_PX, OVERSCAN_PX:-OVERSCAN_PX])


def write_picture(file: Path, picture: Picture) -> None:
    """Write it as a JPEG, whole or not at all."""
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
