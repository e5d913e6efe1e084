"""How vehicles drive: along a lane, into a place beside it, out again, at times that repeat."""

import math

from shapely import LineString, Point

from studio.storyboards.board import Stage, Timed
from studio.streets.street import Lane, Place, Spot

PULL_IN_M = 14.0
"""Along the lane before the place where a vehicle begins to brake and to turn."""

_STRAIGHT_M = 2.4
"""The last metres are driven straight, so that it stands along its place and not across."""

_WIDTH_M = 2.2
"""Nearer than this, two vehicles side by side would touch."""

_PULL_IN_S, _STRAIGHT_S, _PULL_OUT_S = 3.0, 2.0, 3.4


def passing(stage: Stage, lane: Lane, start: float, speed: float | None = None) -> list[Timed]:
    """All along a lane.

    Args:
        stage: gives the beat.
        lane: which way.
        start: when it enters, s.
        speed: other than the lane's own, m/s.
    """
    way = LineString(lane.path)
    return _along(way, 0.0, float(way.length), stage.beat(start), speed or lane.speed_mps)


def arriving(stage: Stage, spot: Spot, at: float) -> list[Timed]:
    """From the lane's beginning into a spot; the last point is when it stands, `at` or a beat beside it."""
    lane = stage.lane(spot.lane)
    way = LineString(lane.path)
    turn = max(float(way.project(Point(spot.at))) - PULL_IN_M, 0.5)
    on_the_way = turn / lane.speed_mps + _PULL_IN_S + _STRAIGHT_S
    start = stage.beat(at - on_the_way)
    points = _along(way, 0.0, turn, start, lane.speed_mps)
    began = points[-1][0]
    points.append((began + _PULL_IN_S, _ahead(spot, -_STRAIGHT_M)))
    points.append((began + _PULL_IN_S + _STRAIGHT_S, spot.at))
    return points


def leaving(stage: Stage, spot: Spot, at: float) -> list[Timed]:
    """Out of a spot at a second and to the lane's end; the first point is when it still stands."""
    lane = stage.lane(spot.lane)
    way = LineString(lane.path)
    back = min(float(way.project(Point(spot.at))) + PULL_IN_M, float(way.length) - 0.5)
    start = stage.beat(at)
    points: list[Timed] = [(start, spot.at), (start + _STRAIGHT_S, _ahead(spot, _STRAIGHT_M))]
    onward = _along(way, back, float(way.length), start + _STRAIGHT_S + _PULL_OUT_S, lane.speed_mps)
    return points + onward


def parking(stage: Stage, spot: Spot, at: float, until: float | None) -> list[Timed]:
    """Comes at a second, stands, and leaves at another; None stays beyond every clip."""
    points = arriving(stage, spot, at)
    if until is None:
        return [*points, (points[-1][0] + 7200.0, spot.at)]
    return points + leaving(stage, spot, until)


def beside(stage: Stage, spot: Spot) -> Spot:
    """In the nearest lane beside a spot, a vehicle's width away: where one stands in the second row."""
    lanes = [(lane, LineString(lane.path)) for lane in stage.street.lane]
    apart = [
        (distance, index)
        for index, (_, way) in enumerate(lanes)
        if (distance := float(way.distance(Point(spot.at)))) > _WIDTH_M
    ]
    lane, way = lanes[min(apart)[1]] if apart else lanes[0]
    return _on(way, float(way.project(Point(spot.at))), lane)


def before(stage: Stage, spot: Spot) -> Spot:
    """In a lane between the camera and a spot: whatever halts there hides the spot.

    The line of sight is taken on the ground; where no lane crosses it, it is the lane beside the spot.
    """
    sight = LineString([stage.eye, spot.at])
    crossings: list[tuple[float, Spot]] = []
    for lane in stage.street.lane:
        way = LineString(lane.path)
        meets = way.intersection(sight)
        if not meets.is_empty:
            along = float(way.project(meets.centroid))
            place = _on(way, along, lane)
            crossings.append((math.dist(place.at, spot.at), place))
    apart = [(distance, place) for distance, place in crossings if distance > _WIDTH_M]
    return min(apart, key=lambda crossing: crossing[0])[1] if apart else beside(stage, spot)


def aside(spot: Spot, metres: float, ahead: float = 0.0) -> Place:
    """A place to the left of what stands in a spot, as its driver sits; to the right below zero."""
    x, y = _ahead(spot, ahead)
    turn = math.radians(spot.heading_deg + 90)
    return x + math.cos(turn) * metres, y + math.sin(turn) * metres


def _on(way: LineString, along: float, lane: Lane) -> Spot:
    here, there = way.interpolate(along), way.interpolate(along + 0.5)
    if along + 0.5 > way.length:
        here, there = way.interpolate(along - 0.5), here
    heading = math.degrees(math.atan2(there.y - here.y, there.x - here.x))
    return Spot(id=f"{lane.id}-halt", at=(here.x, here.y), heading_deg=heading, lane=lane.id)


def _ahead(spot: Spot, metres: float) -> Place:
    turn = math.radians(spot.heading_deg)
    return spot.at[0] + math.cos(turn) * metres, spot.at[1] + math.sin(turn) * metres


def _along(way: LineString, first: float, last: float, start: float, speed: float) -> list[Timed]:
    """Each corner of a way between two distances, at a constant speed."""
    marks = [float(way.project(Point(corner))) for corner in way.coords]
    between = [mark for mark in marks if first + 0.5 < mark < last - 0.5]
    points = []
    for mark in (first, *between, last):
        place = way.interpolate(mark)
        points.append((start + (mark - first) / speed, (place.x, place.y)))
    return points
