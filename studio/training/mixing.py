"""Training pictures from a scene's sprites: whoever was rendered for it, together as they never met.

A sprite costs a second or two to render and milliseconds to lay, so clips that are made anyway give as many
pictures as one likes: true in light and perspective, and with another hiding every time. Before a street that
was built otherwise they teach what is a car and what only its street, at the price of one empty street.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from shapely import Polygon

from models.errors import ConfigurationError
from studio.camera.lens import Lens
from studio.composing.compose import composed
from studio.conditions.surroundings import Conditions, Ground
from studio.filming.production import Production
from studio.matter.looks import KINDS, held_back
from studio.scenes.poses import Shot, SpriteKey, keys_of
from studio.streets.street import Street
from studio.training.pictures import Placed, Planned, cleared, footprint
from studio.training.rebuilding import rebuilt
from studio.training.trainset import FOLDERS, Index, corners, picture_file, write_picture

_FEWEST, _MOST = 2, 18
_NEAREST_M = 4.0
_CLEAR_M = 0.15
_WEATHERS = ("dry", "dry", "rain", "snow")
_SAMPLES = 6
"""Of each pixel of a street that is seen in a few pictures only; the denoiser does the rest."""


@dataclass(frozen=True, slots=True)
class _Place:
    """An empty street and what is done to it; `parked` are the two-wheelers that stand in it."""

    street: Street
    parked: tuple[Placed, ...]
    weather: str
    conditions: Conditions


def mix(
    productions: Sequence[Production], out: Path, count: int, *, seed: int, a_street: int = 0
) -> Iterator[int]:
    """Write what is missing of the first `count` mixed pictures; yields how many are there.

    Only sprites that are rendered already are used; render the scenes first.

    Args:
        productions: scenes before one camera in one light.
        out: folder of images and labels.
        count: of pictures.
        seed: of everything.
        a_street: so many pictures before one street built otherwise, in a weather that chance decides, then
            before the next; 0 for the scenes' own, as each of them has it.

    Raises:
        ConfigurationError: the scenes do not share camera and light.
    """
    first = productions[0]
    for other in productions:
        if (other.scene.street, other.lens, other.scene.light) != (
            first.scene.street,
            first.lens,
            first.scene.light,
        ):
            raise ConfigurationError.of(
                other.scene.name,
                f"has another street, camera or light than {first.scene.name}",
                "mix them by themselves",
            )
    split = first.street.split
    folder = FOLDERS[split]
    for kind in ("images", "labels"):
        (out / kind / folder).mkdir(parents=True, exist_ok=True)
    keys = _rendered(productions)
    place: tuple[int, _Place] | None = None
    for number in range(count):
        if picture_file(out, folder, number).exists():
            yield number + 1
            continue
        group = number // a_street if a_street else number * len(productions) // count
        if place is None or place[0] != group:
            made = _elsewhere(first, [seed, group]) if a_street else _at_home(productions[group])
            place = group, made
        where = place[1]
        chance = np.random.default_rng([seed, number])
        placed = gathered(chance, keys, first.lens, where.street.ground_height)
        second = float(chance.uniform(0, first.scene.duration_s))
        frame, owner, _ = composed(
            where.conditions.street_at(second),
            [_shot(each.key, first.lens) for each in placed],
            first.sprite,
            where.conditions.at(second),
        )
        planned = Planned(
            number=number,
            street=first.scene.street,
            built=where.street,
            light=first.scene.light,
            weather=where.weather,
            lens=first.lens,
            placed=(*placed, *where.parked),
            seed=int(chance.integers(1 << 31)),
        )
        index = told_apart(owner.astype(np.int32), where.parked, first.lens, len(placed) + 1)
        write_picture(out, folder, planned, frame, index)
        yield number + 1


def _rendered(productions: Sequence[Production]) -> tuple[SpriteKey, ...]:
    """All sprites of the scenes that are rendered and may be shown, in order."""
    found = {
        key: None
        for production in productions
        for key in keys_of(production.scene, production.lens, range(production.scene.frames))
        if worn_in(production.street.split, key.look) and production.cache.has(production.digest(key))
    }
    return tuple(found)


def _at_home(production: Production) -> _Place:
    _, parked = cleared(production.street)
    return _Place(production.street, parked, production.scene.weather, production.conditions())


def _elsewhere(production: Production, seed: Sequence[int]) -> _Place:
    """The street built otherwise, empty, dry or in some weather, before the same camera in the same light."""
    from studio.training.crowd import Crowd  # noqa: PLC0415 - Blender takes seconds, and a street as it is needs none

    chance = np.random.default_rng(seed)
    street, _ = cleared(rebuilt(production.street, chance))
    weather = str(chance.choice(_WEATHERS))
    wet = weather == "rain"
    ground: Ground = "wet" if wet else "dry"
    scene = production.scene.model_copy(update={"weather": weather, "water": ()})
    stage = Crowd.in_street(street, production.lens, scene.light, wet=wet, threads=production.threads)
    empty = stage.backdrop(_SAMPLES)
    return _Place(street, (), weather, Conditions(scene, street, production.lens, {ground: empty}))


def told_apart(index: Index, parked: Sequence[Placed], lens: Lens, number: int) -> Index:
    """Whose pixel it is, also of the two-wheelers in the picture of the empty street, from `number` on.

    As far as their hulls reach and no sprite lies before them: what else of the street does is not known.
    """
    found = index.copy()
    for count, one in sorted(enumerate(parked), key=lambda pair: -lens.ground(*_at(pair[1]))[2]):
        own = np.zeros(index.shape, np.uint8)
        seen = corners(one, lens)
        if seen[:, 2].min() <= 0:
            continue
        cv2.fillConvexPoly(own, cv2.convexHull(np.rint(seen[:, :2]).astype(np.int32)), 1)
        found[(own > 0) & (index == 0)] = number + count
    return found


def _at(placed: Placed) -> tuple[float, float]:
    return placed.key.x, placed.key.y


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
