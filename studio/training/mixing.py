"""Training pictures from a scene's sprites: whoever was rendered for it, together as they never met.

A sprite costs a second or two to render and milliseconds to lay, so a clip that is made anyway gives as many
pictures as one likes: true in light and perspective, and with another hiding every time.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from shapely import Polygon

from studio.camera.lens import Lens
from studio.composing.compose import composed
from studio.filming.production import Production
from studio.matter.looks import KINDS, held_back
from studio.scenes.poses import Shot, SpriteKey, keys_of
from studio.training.pictures import Placed, Planned, footprint
from studio.training.trainset import FOLDERS, picture_file, write_picture

_FEWEST, _MOST = 2, 18
_NEAREST_M = 4.0
_CLEAR_M = 0.15


def mix(production: Production, out: Path, count: int, *, seed: int) -> Iterator[int]:
    """Write what is missing of a scene's first `count` mixed pictures; yields how many are there.

    Only sprites that are rendered already are used; render the scene first.
    """
    scene = production.scene
    folder = FOLDERS[production.street.split]
    for kind in ("images", "labels"):
        (out / kind / folder).mkdir(parents=True, exist_ok=True)
    needed = keys_of(scene, production.lens, range(scene.frames))
    keys = [
        key
        for key in needed
        if worn_in(production.street.split, key.look) and production.cache.has(production.digest(key))
    ]
    conditions = production.conditions()
    for number in range(count):
        if picture_file(out, folder, number).exists():
            yield number + 1
            continue
        chance = np.random.default_rng([seed, number])
        placed = gathered(chance, keys, production.lens, production.street.ground_height)
        second = float(chance.uniform(0, scene.duration_s))
        frame, owner, _ = composed(
            conditions.street_at(second),
            [_shot(each.key, production.lens) for each in placed],
            production.sprite,
            conditions.at(second),
        )
        planned = Planned(
            number=number,
            street=scene.street,
            built=production.street,
            light=scene.light,
            weather=scene.weather,
            lens=production.lens,
            placed=placed,
            seed=int(chance.integers(1 << 31)),
        )
        write_picture(out, folder, planned, frame, owner.astype(np.int32))
        yield number + 1


def worn_in(split: str, look: str) -> bool:
    """Whether pictures of a split may show a look: `train` and `val` share none."""
    kind, colour, _ = look.split("/")
    return held_back(kind, colour) == (split == "hold-out")


def gathered(
    chance: np.random.Generator,
    keys: Sequence[SpriteKey],
    lens: Lens,
    height: Callable[[float, float], float],
) -> tuple[Placed, ...]:
    """Some of the sprites that stand clear of each other, the far first.

    Looks are drawn evenly, so that who walks all along the street is not everybody.
    """
    of_look: dict[str, list[SpriteKey]] = {}
    for key in keys:
        if lens.ground(key.x, key.y)[2] > _NEAREST_M:
            of_look.setdefault(key.look, []).append(key)
    looks = sorted(of_look)
    taken: list[Polygon] = []
    chosen: list[SpriteKey] = []
    for _ in range(int(chance.integers(_FEWEST, _MOST + 1)) if looks else 0):
        among = of_look[looks[int(chance.integers(len(looks)))]]
        key = among[int(chance.integers(len(among)))]
        shape = footprint(key.look, key.x, key.y, key.heading).buffer(_CLEAR_M)
        if not any(shape.intersects(other) for other in taken):
            taken.append(shape)
            chosen.append(key)
    chosen.sort(key=lambda key: -lens.ground(key.x, key.y)[2])
    return tuple(Placed(key, height(key.x, key.y), KINDS[key.look.split("/")[0]].label) for key in chosen)


def _shot(key: SpriteKey, lens: Lens) -> Shot:
    x, y, depth = lens.ground(key.x, key.y)
    return Shot(key.look, key, 1.0, (x, y), (x, y), depth)
