"""How people go: along a walk, from somewhere to somewhere, at a pace."""

import math

from shapely import LineString, Point

from studio.storyboards.board import Stage, Timed
from studio.streets.street import Place, Walk

PACE_MPS = 1.25
CART_MPS = 0.9


def walking(stage: Stage, walk: Walk, start: float, *, back: bool = False) -> list[Timed]:
    """All along a walk, or back."""
    corners = tuple(reversed(walk.path)) if back else walk.path
    return going(corners, stage.beat(start))


def going(corners: tuple[Place, ...], start: float, pace: float = PACE_MPS) -> list[Timed]:
    """From place to place without a halt."""
    points: list[Timed] = [(start, corners[0])]
    for corner in corners[1:]:
        at, here = points[-1]
        if (metres := math.dist(here, corner)) > 0.05:  # noqa: PLR2004 - it is there already
            points.append((at + metres / pace, corner))
    return points


def resting(points: list[Timed], until: float) -> list[Timed]:
    """The same, and then stays where it came to until a second."""
    at, here = points[-1]
    return [*points, (max(until, at + 1.0), here)]


def way_to(stage: Stage, place: Place) -> tuple[Place, ...]:
    """From the nearest end of the nearest walk along it to where a place is beside it, and to the place."""
    walk = min(stage.street.walk, key=lambda walk: LineString(walk.path).distance(Point(place)))
    way = LineString(walk.path)
    along = float(way.project(Point(place)))
    corners = [(corner, float(way.project(Point(corner)))) for corner in walk.path]
    from_start = [corner for corner, mark in corners if mark < along - 0.5]
    from_end = [corner for corner, mark in reversed(corners) if mark > along + 0.5]
    beside = way.interpolate(along)
    if not from_start and not from_end:
        return ((beside.x, beside.y), place)
    nearer_start = bool(from_start) and (along <= way.length - along or not from_end)
    return (*(from_start if nearer_start else from_end), (beside.x, beside.y), place)
