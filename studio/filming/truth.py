"""What is true of a clip, known because it was planned: stays, zones, plates, and boxes in every frame.

One JSON object a line: first the clip's facts, then each frame's objects.
"""

from collections.abc import Iterable

from shapely import Point, Polygon

from models.plan import DEFAULT_LABELS
from models.records import Record
from studio.camera.faults import blind_spans
from studio.camera.lens import Lens
from studio.composing.compose import Presence
from studio.conditions.water import level_at
from studio.scenes.scene import Actor, Scene
from studio.streets.street import Street, StreetZone

LEAST_STAY_S = 3.0
"""Shorter halts are traffic: a queue, a give-way. The truth of stays lists what stood."""

Box = tuple[float, float, float, float]


class TrueStay(Record, frozen=True, kw_only=True):
    """One halt of one actor in one zone that forbids it; seconds from the clip's start."""

    zone: str
    kind: str
    actor: str
    label: str
    plate: str | None
    began_s: float
    overstayed_s: float | None
    ended_s: float | None


class TrueZone(Record, frozen=True, kw_only=True):
    """A zone as the camera sees it: fractions of the frame."""

    id: str
    kind: str
    dwell_s: float
    polygon: tuple[tuple[float, float], ...]


class TrueStory(Record, frozen=True, kw_only=True):
    """What the clip was made to try; see `studio.scenes.scene.Story`."""

    board: str
    condition: str
    split: str
    trap: str
    traffic: tuple[str, ...] = ()
    excused: tuple[str, ...] = ()


class TrueBlind(Record, frozen=True, kw_only=True):
    """When nobody could tell from the pictures what stands there, and why: a kind of camera fault."""

    from_s: float
    until_s: float
    why: str


class TrueFault(Record, frozen=True, kw_only=True):
    """What was wrong with the camera, as planned."""

    kind: str
    from_s: float
    until_s: float
    strength: float


class TrueClip(Record, frozen=True, kw_only=True):
    """The first line.

    Attributes:
        water: metres over the street's lowest place at each full second; empty when there never is any.
        blind: spans in which the objects of the frames are true all the same, though no picture shows them.
    """

    scene: str
    street: str
    view: str
    light: str
    seed: int
    fps: int
    size: tuple[int, int]
    zones: tuple[TrueZone, ...]
    stays: tuple[TrueStay, ...]
    plates: dict[str, str]
    duration_s: float = 0.0
    story: TrueStory | None = None
    weather: str = "dry"
    water: tuple[float, ...] = ()
    faults: tuple[TrueFault, ...] = ()
    blind: tuple[TrueBlind, ...] = ()


class TrueObject(Record, frozen=True, kw_only=True):
    """One actor in one frame; the box in fractions, as if no other actor stood before it."""

    id: str
    label: str
    box: Box
    visible: float


class TrueFrame(Record, frozen=True, kw_only=True):
    """Each further line; one for each frame time, also where the stream drops out and the clip has none."""

    frame: int
    t: float
    objects: tuple[TrueObject, ...]


def stays_of(scene: Scene, street: Street) -> tuple[TrueStay, ...]:
    """Every stay of a scene in order of its beginning: halts inside zones that forbid what halts."""
    stays = [
        _stay(scene, actor, zone, began, ended)
        for actor in scene.actors
        for began, ended, x, y in actor.route.rests()
        for zone in street.zone
        if ended - began >= LEAST_STAY_S
        and actor.label in forbidden(zone)
        and Polygon(zone.ground).covers(Point(x, y))
    ]
    return tuple(sorted(stays, key=lambda stay: (stay.began_s, stay.actor)))


def forbidden(zone: StreetZone) -> frozenset[str]:
    """What may not stand in a zone, in the network's words."""
    return frozenset(zone.labels if zone.labels is not None else DEFAULT_LABELS[zone.kind])


def dwell_of(scene: Scene, zone: StreetZone) -> float:
    """How long one may stand in a zone in this clip, s."""
    return zone.dwell_s if scene.dwell_s is None else scene.dwell_s


def clip_of(scene: Scene, street: Street, lens: Lens) -> TrueClip:
    """The facts of a whole clip."""
    return TrueClip(
        scene=scene.name,
        street=scene.street,
        view=scene.view,
        light=scene.light,
        seed=scene.seed,
        fps=scene.fps,
        size=(scene.width, scene.height),
        zones=tuple(
            TrueZone(
                id=zone.id,
                kind=zone.kind,
                dwell_s=dwell_of(scene, zone),
                polygon=lens.fractions(zone.ground),
            )
            for zone in street.zone
        ),
        stays=stays_of(scene, street),
        plates={actor.id: actor.plate for actor in scene.actors if actor.plate},
        weather=scene.weather,
        water=_water(scene),
        faults=tuple(
            TrueFault(kind=fault.kind, from_s=fault.from_s, until_s=fault.until_s, strength=fault.strength)
            for fault in scene.fault
        ),
        blind=tuple(
            TrueBlind(from_s=began, until_s=ended, why=why)
            for began, ended, why in blind_spans(scene.fault, scene.duration_s)
        ),
        duration_s=scene.duration_s,
        story=None if scene.story is None else TrueStory(**scene.story.model_dump()),
    )


def frame_of(scene: Scene, number: int, presences: Iterable[Presence]) -> TrueFrame:
    """The objects of one frame, in the order of the scene's file."""
    labels = {actor.id: actor.label for actor in scene.actors}
    order = {actor.id: index for index, actor in enumerate(scene.actors)}
    objects = [
        TrueObject(
            id=presence.actor,
            label=labels[presence.actor],
            box=_fractions(presence.box, scene),
            visible=round(presence.seen_px / presence.own_px, 3),
        )
        for presence in sorted(presences, key=lambda presence: order[presence.actor])
        if labels[presence.actor]
    ]
    return TrueFrame(frame=number, t=round(number / scene.fps, 3), objects=tuple(objects))


def _water(scene: Scene) -> tuple[float, ...]:
    if not any(point.level_m > 0 for point in scene.water):
        return ()
    return tuple(round(level_at(scene, second), 3) for second in range(int(scene.duration_s) + 1))


def _stay(scene: Scene, actor: Actor, zone: StreetZone, began: float, ended: float) -> TrueStay:
    last, dwell_s = min(ended, scene.duration_s), dwell_of(scene, zone)
    return TrueStay(
        zone=zone.id,
        kind=zone.kind,
        actor=actor.id,
        label=actor.label,
        plate=actor.plate or None,
        began_s=max(began, 0.0),
        overstayed_s=max(began, 0.0) + dwell_s if last - max(began, 0.0) > dwell_s else None,
        ended_s=ended if ended < scene.duration_s else None,
    )


def _fractions(box: tuple[int, int, int, int], scene: Scene) -> Box:
    x0, y0, x1, y1 = box
    wide, high = scene.width, scene.height
    return round(x0 / wide, 4), round(y0 / high, 4), round(x1 / wide, 4), round(y1 / high, 4)
