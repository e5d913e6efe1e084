"""Paths of the studio: actors are where the scene says, when it says, and nowhere else."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.scenes.paths import Path, Waypoint, monotone

PARKS = Path(
    [
        Waypoint(0, (40, 4)),
        Waypoint(4, (14, 4)),
        Waypoint(7, (2, 6.7)),
        Waypoint(50, (2, 6.7)),
        Waypoint(54, (-20, 4)),
    ]
)


@pytest.mark.parametrize(
    ("second", "place"), [(0, (40, 4)), (4, (14, 4)), (7, (2, 6.7)), (28, (2, 6.7)), (54, (-20, 4))]
)
def test_an_actor_is_at_each_waypoint_at_its_second(second, place):
    motion = PARKS.at(second)
    assert (motion.x, motion.y) == pytest.approx(place)


@pytest.mark.parametrize("second", [-0.1, 54.1])
def test_nobody_is_there_before_the_first_and_after_the_last_waypoint(second):
    assert PARKS.at(second) is None


def test_a_halt_does_not_move_by_a_hair():
    places = {(motion.x, motion.y) for second in np.arange(7, 50, 0.25) if (motion := PARKS.at(second))}
    assert places == {(2.0, 6.7)}


def test_a_parked_car_stands_along_the_street():
    assert math.cos(PARKS.at(20).heading) == pytest.approx(-1, abs=0.02)


def test_a_car_brakes_before_it_stands():
    assert PARKS.at(6.9).speed_mps < PARKS.at(5).speed_mps < PARKS.at(2).speed_mps


def test_halts_in_a_row_are_one_halt():
    path = Path([Waypoint(0, (0, 0)), Waypoint(3, (0, 0)), Waypoint(9, (0, 0)), Waypoint(10, (5, 0))])
    assert path.rests() == ((0, 9, 0, 0),)


def test_who_never_moves_faces_where_it_is_told():
    assert Path([Waypoint(0, (1, 1)), Waypoint(9, (1, 1))], heading=1.5).at(4).heading == 1.5


rising = st.lists(st.floats(0.01, 10), min_size=2, max_size=8).map(np.cumsum)


@given(rising, st.data())
def test_a_curve_never_leaves_the_span_of_its_neighbours(knots, data):
    size = len(knots)
    values = np.array(data.draw(st.lists(st.floats(-50, 50), min_size=size, max_size=size)))
    at = data.draw(st.floats(float(knots[0]), float(knots[-1])))
    right = min(int(np.searchsorted(knots, at, side="right")), size - 1)
    low, high = sorted((values[right - 1], values[right]))
    assert low - 1e-6 <= monotone(knots, values, at) <= high + 1e-6
