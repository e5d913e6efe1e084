"""What is true of a clip, known because it was planned: stays, zones, plates, and boxes in every frame.

One JSON object a line: first the clip's facts, then each frame's objects.
"""

from collections.abc import Iterable

from shapely import Point, Polygon

from models.plan import DEFAULT_LABELS
from models.records import Record
from studio.compose import Presence
from studio.lens import Lens
from studio.scene import Actor, Scene
from studio.street import Street, StreetZone

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


class TrueClip(Record, frozen=True, kw_only=True):
    """The first line."""

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


class TrueObject(Record, frozen=True, kw_only=True):
    """One actor in one frame; the box in fractions, as if no other actor stood before it."""

    id: str
    label: str
    box: Box
    visible: float


class TrueFrame(Record, frozen=True, kw_only=True):
    """Each further line."""

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
            TrueZone(id=zone.id, kind=zone.kind, dwell_s=zone.dwell_s, polygon=lens.fractions(zone.ground))
            for zone in street.zone
        ),
        stays=stays_of(scene, street),
        plates={actor.id: actor.plate for actor in scene.actors if actor.plate},
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


def _stay(scene: Scene, actor: Actor, zone: StreetZone, began: float, ended: float) -> TrueStay:
    last = min(ended, scene.duration_s)
    return TrueStay(
        zone=zone.id,
        kind=zone.kind,
        actor=actor.id,
        label=actor.label,
        plate=actor.plate or None,
        began_s=max(began, 0.0),
        overstayed_s=max(began, 0.0) + zone.dwell_s if last - max(began, 0.0) > zone.dwell_s else None,
        ended_s=ended if ended < scene.duration_s else None,
    )


def _fractions(box: tuple[int, int, int, int], scene: Scene) -> Box:
    x0, y0, x1, y1 = box
    wide, high = scene.width, scene.height
    return round(x0 / wide, 4), round(y0 / high, 4), round(x1 / wide, 4), round(y1 / high, 4)
