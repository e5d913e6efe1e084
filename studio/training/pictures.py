"""Training pictures as a plan: who stands where in which street, light and weather, before which camera.

Pure and decided by a seed: picture 417 of seed 1 is the same wherever it is rendered. Pictures come in groups
that share street, light, weather and a troupe of actors, because building those is what takes time.
"""

import math
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from shapely import Polygon
from shapely.affinity import rotate, translate
from shapely.geometry import box as rectangle

from studio.actors.casting import cast
from studio.camera.lens import Lens
from studio.matter.looks import CAR_PAINTS, COLOURS, KINDS, STRIDE_PHASES, WALKERS, held_back
from studio.matter.solids import bounds
from studio.scenes.poses import SpriteKey
from studio.streets.roadside import along_stand
from studio.streets.street import Street, Thing
from studio.training.rebuilding import rebuilt

GROUPS = {"develop": 32, "hold-out": 8}
"""Pictures of one street, light, weather and troupe: fewer where they judge, so that 144 of them show every
hold-out street in every light and weather, each as often. Of 64 in groups of 32 all were dusk or night."""

VIEWS = 4
"""Pictures of a develop street in which the same actors stand in the same places, each by another camera:
moving somebody costs as much as a picture, moving the camera nothing."""

CLASSES = ("person", "bicycle", "motorcycle", "car", "bus", "truck", "tricycle", "stall")
"""What the network learns, in the order of its outputs."""

SHARES = {
    "car": 0.40,
    "person": 0.22,
    "stall": 0.10,
    "truck": 0.07,
    "motorcycle": 0.07,
    "bus": 0.04,
    "bicycle": 0.05,
    "tricycle": 0.05,
}
"""How often each class is drawn into a troupe that judges: as in a street, with the rare ones lifted."""

TAUGHT_SHARES = {
    "car": 0.26,
    "person": 0.22,
    "stall": 0.18,
    "truck": 0.09,
    "motorcycle": 0.08,
    "bus": 0.05,
    "bicycle": 0.06,
    "tricycle": 0.06,
}
"""And what teaches: cars are learnt soonest and stalls last, so less of the one and more of the other."""

CONDITIONS = (
    *("noon", "overcast", "overcast/rain", "overcast/snow", "low-sun"),
    *("dusk", "dusk/rain", "night", "night/rain", "noon", "overcast"),
)
"""`light` or `light/weather`, the usual ones twice."""

_OF_WHEELERS = frozenset({"scooter", "bicycle-stand"})
_DRIVEN = frozenset({"car", "bus", "truck", "motorcycle", "tricycle"})
_DRIVING = 0.6
_TROUPE = 34
_FEWEST, _MOST = 4, 24
_NEAREST_M, _FARTHEST_M = 5.0, 75.0
_TRIES = 12
_ELSEWHERE, _MOVED_M, _LOOKS_BACK = 0.6, 45.0, 0.5
_CROWN_M, _BESIDE = 3.0, math.radians(40)
_PROVINCES = "京沪津渝冀晋辽吉黑苏浙皖闽赣鲁豫鄂湘粤桂琼川贵云陕甘青蒙宁新藏"
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class Placed:
    """One actor of a picture.

    Attributes:
        key: its look and pose.
        ground_m: how high the ground is there.
        label: its class; empty for a mere thing.
    """

    key: SpriteKey
    ground_m: float
    label: str


@dataclass(frozen=True, slots=True)
class Planned:
    """One picture.

    Attributes:
        number: within its split.
        street: its name; `light` and `weather` as in a scene.
        built: the street as it stands there, without its two-wheelers, which are among `placed`: a develop
            street is built otherwise for each group.
        placed: everybody who is there; labels are decided by what the camera sees of them.
        seed: of the camera's noise.
    """

    number: int
    street: str
    built: Street
    light: str
    weather: str
    lens: Lens
    placed: tuple[Placed, ...]
    seed: int


def group_of(
    split: str,
    group: int,
    *,
    seed: int,
    streets: Mapping[str, Street],
    conditions: Sequence[str],
    size: tuple[int, int],
) -> Iterator[Planned]:
    """The pictures of one group.

    Args:
        split: `develop` or `hold-out`: decides streets and looks.
        group: its number.
        seed: of everything.
        streets: all of them by name.
        conditions: as in `CONDITIONS`. A develop group has any of them; hold-out groups have them in turn.
        size: width and height, pixels.
    """
    chance = np.random.default_rng([seed, zlib.crc32(split.encode()), group])
    names = sorted(name for name, street in streets.items() if street.split == split)
    name = names[group % len(names)]
    street, parked = cleared(rebuilt(streets[name], chance) if split == "develop" else streets[name])
    if split == "develop":
        condition = str(chance.choice(list(conditions)))
    else:
        condition = tuple(dict.fromkeys(conditions))[group // len(names) % len(set(conditions))]
    light, _, weather = condition.partition("/")
    troupe = _troupe(chance, split)
    lens = _camera(chance, street, size)
    placed: tuple[Placed, ...] = ()
    for index in range(GROUPS[split]):
        if split != "develop" or index % VIEWS == 0:
            lens = _camera(chance, street, size) if index else lens
            placed = (*parked, *_fill(chance, street, lens, troupe, parked))
        else:
            lens = _beside(chance, street, lens)
        yield Planned(
            number=group * GROUPS[split] + index,
            street=name,
            built=street,
            light=light,
            weather=weather or "dry",
            lens=lens,
            placed=placed,
            seed=int(chance.integers(1 << 31)),
        )


def cleared(street: Street) -> tuple[Street, tuple[Placed, ...]]:
    """The street without the two-wheelers that belong to it, and those as actors, who can carry labels.

    A scooter before a shop is one, whoever put it there: unlabelled it teaches that scooters are none.
    """
    parked = []
    for thing in street.thing:
        for kind, (x, y), heading in _wheelers(thing):
            worn = _worn_in(street.split, kind)
            colour = (
                thing.colour if thing.colour in worn else worn[zlib.crc32(f"{x} {y}".encode()) % len(worn)]
            )
            key = SpriteKey(f"{kind}/{colour}/", round(x, 3), round(y, 3), _turns(heading), -1)
            parked.append(Placed(key, street.ground_height(x, y), KINDS[kind].label))
    rest = tuple(thing for thing in street.thing if thing.kind not in _OF_WHEELERS)
    return street.model_copy(update={"thing": rest}), tuple(parked)


def _wheelers(thing: Thing) -> Iterator[tuple[str, tuple[float, float], float]]:
    """The two-wheelers of a thing of the street: kind, place, heading."""
    heading = math.radians(thing.turn_deg)
    if thing.kind == "scooter":
        yield "scooter", thing.at, heading
    if thing.kind == "bicycle-stand":
        for along in along_stand(thing):
            at = thing.at[0] + along * math.cos(heading), thing.at[1] + along * math.sin(heading)
            yield "bicycle-parked", at, heading + math.pi / 2


def _turns(heading: float) -> int:
    return round(heading / math.radians(2.5)) % 144


def _troupe(chance: np.random.Generator, split: str) -> list[str]:
    """Looks to choose from, in the split's shares; a tenth are mere things that teach what is nothing."""
    looks = []
    shares = TAUGHT_SHARES if split == "develop" else SHARES
    labels = [label for label in shares if any(kind.label == label for kind in KINDS.values())]
    weights = np.array([shares[label] for label in labels])
    things = [name for name, kind in KINDS.items() if not kind.label]
    for _ in range(_TROUPE):
        if things and chance.random() < 0.08:  # noqa: PLR2004 - see above
            kind = str(chance.choice(things))
            looks.append(f"{kind}/{_colour(chance, _worn_in(split, kind))}/")
            continue
        label = str(chance.choice(labels, p=weights / weights.sum()))
        kind = str(chance.choice([name for name, made in KINDS.items() if made.label == label]))
        colour = _colour(chance, _worn_in(split, kind))
        plated = label in {"car", "bus", "truck"}
        looks.append(f"{kind}/{colour}/{_plate(chance) if plated else ''}")
    return sorted(set(looks))


def _worn_in(split: str, kind: str) -> list[str]:
    """The colours a kind wears in a split; every kind has some for each."""
    return [colour for colour in COLOURS if held_back(kind, colour) == (split == "hold-out")]


def _colour(chance: np.random.Generator, among: Sequence[str]) -> str:
    weights = np.sqrt([CAR_PAINTS.get(colour, 1) for colour in among])  # the rare ones lifted
    return str(chance.choice(list(among), p=weights / weights.sum()))


def _plate(chance: np.random.Generator) -> str:
    count = 6 if chance.random() < 0.3 else 5  # noqa: PLR2004 - new energy has one more
    tail = "".join(chance.choice(list("0123456789" * 2 + _LETTERS), count))
    return f"{chance.choice(list(_PROVINCES))}{chance.choice(list(_LETTERS))}{tail}"


def _camera(chance: np.random.Generator, street: Street, size: tuple[int, int]) -> Lens:
    """A camera near one of the street's; beside a develop street anywhere, looking along it either way.

    Else the network learns the background. A hold-out street is judged from where its cameras hang.
    """
    view = street.view[str(chance.choice(sorted(street.view)))]
    (x, y, z), (ahead, across, height) = view.eye, view.target
    for _ in range(_TRIES):
        elsewhere = street.split == "develop" and chance.random() < _ELSEWHERE
        at = x + chance.uniform(-2, 6) + elsewhere * chance.uniform(0, _MOVED_M)
        back = chance.random() < _LOOKS_BACK and at > x + _MOVED_M / 2
        eye = (at, y + chance.uniform(-0.4, 0.4), z + chance.uniform(-1.5, 2))
        away = ahead - x + chance.uniform(-3, 10)
        target = (at + (-away if back else away), across + chance.uniform(-2.5, 2.5), height)
        if not _hidden(street, eye, target):
            break
    return Lens(eye, target, view.focal_mm * chance.uniform(0.8, 1.35), *size)


def _beside(chance: np.random.Generator, street: Street, lens: Lens) -> Lens:
    """Another camera that looks much the same way: higher or lower, nearer or farther, with another lens."""
    (x, y, z), (ahead, across, height) = lens.eye, lens.target
    for _ in range(_TRIES):
        eye = (x + chance.uniform(-4, 4), y + chance.uniform(-0.8, 0.8), max(2.5, z + chance.uniform(-2, 2)))
        target = (ahead + chance.uniform(-3, 3), across + chance.uniform(-2, 2), height)
        if not _hidden(street, eye, target):
            break
    return replace(lens, eye=eye, target=target, focal_mm=lens.focal_mm * chance.uniform(0.8, 1.25))


def _hidden(street: Street, eye: tuple[float, float, float], target: tuple[float, float, float]) -> bool:
    """Whether the crown of a tree hangs before the lens."""
    looks = math.atan2(target[1] - eye[1], target[0] - eye[0])
    for thing in street.thing:
        along, aside = thing.at[0] - eye[0], thing.at[1] - eye[1]
        turned = (math.atan2(aside, along) - looks + math.pi) % math.tau - math.pi
        near = math.hypot(along, aside)
        if thing.kind == "tree" and (near < _CROWN_M or (near < 3 * _CROWN_M and abs(turned) < _BESIDE)):
            return True
    return False


def _fill(
    chance: np.random.Generator,
    street: Street,
    lens: Lens,
    troupe: Sequence[str],
    parked: Sequence[Placed],
) -> Iterator[Placed]:
    """Place actors one after the other where none stands yet, more of them near than far."""
    taken = [footprint(one.key.look, one.key.x, one.key.y, one.key.heading) for one in parked]
    most = len(taken) + int(chance.integers(_FEWEST, _MOST + 1))
    for look in chance.permutation(list(troupe)):
        if len(taken) >= most:
            return
        kind = look.split("/")[0]
        for _ in range(12):
            x, y, heading = _somewhere(chance, street, kind)
            shape = footprint(look, x, y, heading)
            if not _in_view(lens, x, y) or any(shape.intersects(other) for other in taken):
                continue
            taken.append(shape)
            walks = kind in WALKERS and chance.random() < 0.7  # noqa: PLR2004 - the others stand
            phase = int(chance.integers(STRIDE_PHASES)) if walks else -1
            drives = KINDS[kind].label in _DRIVEN and chance.random() < _DRIVING
            key = SpriteKey(str(look), round(x, 3), round(y, 3), _turns(heading), phase, burning=drives)
            yield Placed(key, street.ground_height(x, y), KINDS[kind].label)
            break


def _somewhere(chance: np.random.Generator, street: Street, kind: str) -> tuple[float, float, float]:
    """A place that suits a kind, with the disorder of a street: x, y, heading."""
    label = KINDS[kind].label
    if label in {"car", "bus", "truck", "tricycle", "motorcycle", "bicycle"}:
        if street.spot and chance.random() < 0.45:  # noqa: PLR2004 - the others drive
            spot = street.spot[chance.integers(len(street.spot))]
            return _jittered(chance, spot.at, math.radians(spot.heading_deg), (0.8, 0.3), 8)
        (x, y), heading = _along(chance, street.lane[chance.integers(len(street.lane))].path)
        return _jittered(chance, (x, y), heading, (0.5, 0.7), 5)
    if label == "person":
        paths = [walk.path for walk in street.walk] + [lane.path for lane in street.lane]
        weights = np.array([4.0] * len(street.walk) + [1.0] * len(street.lane))
        path = paths[int(chance.choice(len(paths), p=weights / weights.sum()))]
        (x, y), heading = _along(chance, path)
        return _jittered(chance, (x, y), heading, (0.5, 1.2), 180 if chance.random() < 0.4 else 20)  # noqa: PLR2004
    if street.pitch and chance.random() < 0.5:  # noqa: PLR2004 - the others anywhere on a pavement
        pitch = street.pitch[chance.integers(len(street.pitch))]
        return _jittered(chance, pitch.at, math.radians(pitch.heading_deg), (1.0, 0.4), 25)
    (x, y), heading = _along(chance, street.walk[chance.integers(len(street.walk))].path)
    return _jittered(chance, (x, y), heading, (0.5, 1.0), 25)


def _along(
    chance: np.random.Generator, path: Sequence[tuple[float, float]]
) -> tuple[tuple[float, float], float]:
    """A random point of a path and the direction of travel there."""
    points = np.array(path)
    legs = np.diff(points, axis=0)
    lengths = np.hypot(*legs.T)
    leg = int(chance.choice(len(legs), p=lengths / lengths.sum()))
    x, y = points[leg] + legs[leg] * chance.random()
    return (float(x), float(y)), math.atan2(legs[leg][1], legs[leg][0])


def _jittered(
    chance: np.random.Generator,
    at: tuple[float, float],
    heading: float,
    along_across_m: tuple[float, float],
    turn_deg: float,
) -> tuple[float, float, float]:
    along, across = (chance.normal(0, spread / 1.5) for spread in along_across_m)
    cos, sin = math.cos(heading), math.sin(heading)
    turned = heading + math.radians(chance.normal(0, turn_deg / 2))
    return at[0] + along * cos - across * sin, at[1] + along * sin + across * cos, turned


def _in_view(lens: Lens, x: float, y: float) -> bool:
    px, py, depth = lens.ground(x, y)
    if not _NEAREST_M < depth < _FARTHEST_M:
        return False
    return -0.1 * lens.width < px < 1.1 * lens.width and -0.1 * lens.height < py < 1.25 * lens.height


def footprint(look: str, x: float, y: float, heading: float) -> Polygon:
    """The ground that an actor covers, in metres of the street."""
    (x0, y0), (x1, y1) = _extent(look)
    return translate(rotate(rectangle(x0, y0, x1, y1), heading, origin=(0, 0), use_radians=True), x, y)


@lru_cache(maxsize=512)
def _extent(look: str) -> tuple[tuple[float, float], tuple[float, float]]:
    kind, colour, _ = look.split("/")
    low, high = bounds(cast(f"{kind}/{colour}/", -1)[0])
    return (float(low[0]), float(low[1])), (float(high[0]), float(high[1]))
