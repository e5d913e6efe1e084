"""From a few timed waypoints to a place, a heading and a speed at any second.

A path is interpolated twice with monotone cubics: the distance over time, and each coordinate over the
distance. Monotone cubics never overshoot, so a car that is told to hold does hold, one that pulls in to
the kerb never swings past it, and nobody moves backwards between two waypoints ahead.
"""

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise

import numpy as np

REST_MPS = 0.05
"""Slower than this is standing: a car at idle rolls faster."""


@dataclass(frozen=True, slots=True)
class Waypoint:
    """Where an actor is at one second of the clip; `to` is metres on the street's ground."""

    at_s: float
    to: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Motion:
    """Where an actor is, which way it faces (radians, x towards y) and how far it has come."""

    x: float
    y: float
    heading: float
    travelled_m: float
    speed_mps: float


class Path:
    """A way through the street over time. Before the first and after the last waypoint nobody is there."""

    def __init__(self, waypoints: Sequence[Waypoint], *, heading: float | None = None) -> None:
        """Take the waypoints in order of time.

        Args:
            waypoints: at least one; a single one, or equal ones, means standing.
            heading: the way to face where the path does not say, because it never moves.
        """
        self._waypoints = tuple(waypoints)
        self._heading = heading

    @property
    def begins_s(self) -> float:
        """When the actor appears."""
        return self._waypoints[0].at_s

    @property
    def ends_s(self) -> float:
        """When the actor is gone."""
        return self._waypoints[-1].at_s

    def at(self, second: float) -> Motion | None:
        """Where the actor is at a second of the clip, or None while it is not there."""
        if not self.begins_s <= second <= self.ends_s:
            return None
        distance = float(self._distance(second))
        speed = abs(float(self._distance(second + 0.02)) - float(self._distance(second - 0.02))) / 0.04
        x, y = self._place(distance)
        return Motion(x, y, self._heading_at(distance), distance, speed)

    def rests(self) -> tuple[tuple[float, float, float, float], ...]:
        """Every halt: from which second to which, and where (x, y)."""
        halts: list[tuple[float, float, float, float]] = []
        for before, after in pairwise(self._waypoints):
            if before.to != after.to:
                continue
            began = halts.pop()[0] if halts and halts[-1][1] == before.at_s else before.at_s
            halts.append((began, after.at_s, *before.to))
        return tuple(halts)

    @cached_property
    def _corners(self) -> tuple[list[float], list[float]]:
        """The places without repeats: x and y of each."""
        places = [self._waypoints[0].to]
        places += [after.to for before, after in pairwise(self._waypoints) if before.to != after.to]
        return [float(x) for x, _ in places], [float(y) for _, y in places]

    @cached_property
    def _marks(self) -> list[float]:
        """How far along the path each corner lies."""
        xs, ys = self._corners
        steps = [float(np.hypot(c - a, d - b)) for (a, b), (c, d) in pairwise(zip(xs, ys, strict=True))]
        return list(accumulate(steps, initial=0.0))

    @cached_property
    def _schedule(self) -> tuple[list[float], list[float]]:
        """The distance come at each waypoint's second."""
        steps = [math.dist(a.to, b.to) for a, b in pairwise(self._waypoints)]
        return [float(waypoint.at_s) for waypoint in self._waypoints], list(accumulate(steps, initial=0.0))

    def _distance(self, second: float) -> float:
        return monotone(*self._schedule, second)

    def _place(self, distance: float) -> tuple[float, float]:
        xs, ys = self._corners
        x, y = monotone(self._marks, xs, distance), monotone(self._marks, ys, distance)
        return round(x, 6), round(y, 6)  # micrometres: what stands must not tremble with the last digit

    def _heading_at(self, distance: float) -> float:
        if len(self._marks) == 1:
            return self._heading or 0.0
        reach = 0.15  # metres ahead and behind: a heading from less is noise where the path turns sharply
        ax, ay = self._place(max(distance - reach, 0.0))
        bx, by = self._place(min(distance + reach, self._marks[-1]))
        return math.atan2(by - ay, bx - ax)


def monotone(knots: Sequence[float], values: Sequence[float], at: float) -> float:
    """A cubic through all points that stays between neighbours (Fritsch and Carlson, 1980).

    Outside the knots the nearest value holds. In plain floats: it is asked a million times for a set of
    clips, about a handful of points each.
    """
    if len(knots) == 1 or at <= knots[0]:
        return values[0]
    if at >= knots[-1]:
        return values[-1]
    index = bisect_right(knots, at) - 1
    width = knots[index + 1] - knots[index]
    left, right = _slope(knots, values, index), _slope(knots, values, index + 1)
    t = (at - knots[index]) / width
    low, high = values[index], values[index + 1]
    return (
        low * (1 + 2 * t) * (1 - t) ** 2
        + high * t * t * (3 - 2 * t)
        + width * t * (1 - t) * (left * (1 - t) - right * t)
    )


def _slope(knots: Sequence[float], values: Sequence[float], index: int) -> float:
    """The slope at a knot: a weighted harmonic mean of its neighbours', none where they disagree."""
    last = len(knots) - 1
    before, after = _secant(knots, values, max(index, 1)), _secant(knots, values, min(index + 1, last))
    if index in {0, last}:
        return before
    if before * after <= 0:
        return 0.0
    h0, h1 = knots[index] - knots[index - 1], knots[index + 1] - knots[index]
    w0, w1 = 2 * h1 + h0, h1 + 2 * h0
    return (w0 + w1) / (w0 / before + w1 / after)


def _secant(knots: Sequence[float], values: Sequence[float], index: int) -> float:
    """The slope of the straight line that ends at a knot."""
    return (values[index] - values[index - 1]) / (knots[index] - knots[index - 1])
