"""Who is where in each frame, and which sprite shows it.

A sprite is an actor in one pose at one place, rendered once. Rendering is what costs, so a place is
snapped to a lattice of a few pixels' width and the sprite is then moved and scaled by what was cut off:
at most a few pixels, by which perspective does not change. So all vehicles of one look share the sprites
of a lane whatever their speed, and a clip of minutes needs a few hundred renderings.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from studio.camera.lens import Lens
from studio.matter.looks import STRIDE_PHASES
from studio.scenes.light import LIGHTS
from studio.scenes.paths import REST_MPS, Motion
from studio.scenes.scene import Actor, Scene

VEHICLE_STEP = 0.036
"""Lattice step over distance: at a focal length of 480 px a sprite is moved by 12 px at most."""

WALKER_STEP = 0.12
"""People are narrow and upright: their look changes less with the place, and every phase of a stride
needs its own sprite at each place."""

STRIDE_M = 1.35
SHOWN_PHASES = 4
"""Of a stride: at six frames a second more would not be seen, and each is a sprite at every place."""
_YAW_STEP = math.radians(2.5)
_RESTING = -1
LAMPS_LINGER_S = 4.0
"""How long a driver leaves the lamps on at each end of a drive."""


@dataclass(frozen=True, slots=True)
class SpriteKey:
    """What must be rendered. Two equal keys are the same picture.

    Attributes:
        look: the model and all that changes it: kind, colour, plate, seed.
        x, y: metres, on the lattice.
        turns: heading in steps of 2.5 degrees.
        phase: of a walker's stride, 0..7, or -1 at rest.
        burning: whether it drives with its lamps on.
    """

    look: str
    x: float
    y: float
    turns: int
    phase: int
    burning: bool = False

    @property
    def heading(self) -> float:
        """Radians."""
        return self.turns * _YAW_STEP


@dataclass(frozen=True, slots=True)
class Shot:
    """One actor in one frame: which sprite, and how to lay it into the frame.

    Attributes:
        actor: its id in the scene.
        key: the sprite.
        scale: of the sprite about its own ground point.
        source, to: that ground point in the rendering and in the frame, pixels.
        depth_m: how far ahead; the far are drawn first.
    """

    actor: str
    key: SpriteKey
    scale: float
    source: tuple[float, float]
    to: tuple[float, float]
    depth_m: float


def shots_at(scene: Scene, lens: Lens, second: float) -> tuple[Shot, ...]:
    """Everything that is in the street at a second, the far first."""
    shots = [
        _shot(scene, actor, motion, lens, second)
        for actor in scene.actors
        if (motion := actor.route.at(second)) is not None
    ]
    return tuple(sorted((shot for shot in shots if _ahead(shot)), key=lambda shot: -shot.depth_m))


def keys_of(scene: Scene, lens: Lens, frames: Iterable[int]) -> tuple[SpriteKey, ...]:
    """Every sprite that some frames need, each once, look by look so that a model is built once."""
    needed = {shot.key: None for frame in frames for shot in shots_at(scene, lens, frame / scene.fps)}
    return tuple(sorted(needed, key=lambda key: (key.look, key.phase, key.x, key.y, key.turns)))


def snapped(value: float, step: float) -> float:
    """The nearest point of a lattice."""
    return round(round(value / step) * step, 4)


def lattice_step(distance_m: float, share: float) -> float:
    """The lattice's step at a distance: a power of two, so that lattices of neighbours share points."""
    return float(2.0 ** round(math.log2(max(distance_m, 1.0) * share)))


def _shot(scene: Scene, actor: Actor, motion: Motion, lens: Lens, second: float) -> Shot:
    walking = actor.walks and motion.speed_mps > REST_MPS
    step = lattice_step(lens.distance_m(motion.x, motion.y), WALKER_STEP if walking else VEHICLE_STEP)
    phase = _phase(motion.travelled_m) if walking else _RESTING
    key = SpriteKey(
        look=actor.look_at(second),
        x=snapped(motion.x, step),
        y=snapped(motion.y, step),
        turns=round(motion.heading / _YAW_STEP) % round(2 * math.pi / _YAW_STEP),
        phase=phase,
        burning=LIGHTS[scene.light].headlamps > 0 and _drives(actor, second),
    )
    source_x, source_y, source_depth = lens.ground(key.x, key.y)
    to_x, to_y, depth = lens.ground(motion.x, motion.y)
    scale = source_depth / depth if depth > 0 else 1.0
    return Shot(actor.id, key, scale, (source_x, source_y), (to_x, to_y), depth)


def _phase(travelled_m: float) -> int:
    shown = int(travelled_m / STRIDE_M * SHOWN_PHASES) % SHOWN_PHASES
    return shown * (STRIDE_PHASES // SHOWN_PHASES)


def _drives(actor: Actor, second: float) -> bool:
    """Whether somebody sits at its wheel with the engine on: lamps burn a little before and after a drive."""
    if actor.walks:
        return False
    around = (actor.route.at(second + off) for off in (0.0, -LAMPS_LINGER_S, LAMPS_LINGER_S))
    return any(motion is not None and motion.speed_mps > REST_MPS for motion in around)


def _ahead(shot: Shot) -> bool:
    """Far enough ahead to be drawn: nearer, a vehicle would reach behind the camera."""
    return shot.depth_m > 3.0  # noqa: PLR2004 - about half a vehicle and a bit
