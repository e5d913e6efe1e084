"""Geometry on fractions of a frame."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.geometry import (
    FOOTPRINT_SHARE,
    covered,
    footprint_share,
    ground_points,
    iou,
    polygon_fault,
    shape,
)

SIDES = st.floats(-1, 2)
BOXES = st.tuples(SIDES, SIDES, SIDES, SIDES).map(
    lambda s: np.array([min(s[0], s[2]), min(s[1], s[3]), max(s[0], s[2]), max(s[1], s[3])])
)
SOLID = BOXES.filter(lambda box: box[2] - box[0] > 1e-6 and box[3] - box[1] > 1e-6)
LEFT_HALF = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))


@given(BOXES, BOXES)
def test_overlap_is_symmetric_and_a_share(one, other):
    there, back = iou(one, other[None])[0], iou(other, one[None])[0]
    assert there == back
    assert 0 <= there <= 1


@given(SOLID)
def test_a_box_overlaps_itself_wholly(box):
    assert iou(box, box[None])[0] == 1
    assert covered(box, box[None])[0] == 1


@given(BOXES, BOXES)
def test_no_more_of_a_box_is_covered_than_all_of_it(one, other):
    assert 0 <= covered(one, other[None])[0] <= 1


@given(SOLID, SOLID)
def test_boxes_overlap_no_more_than_either_is_covered(one, other):
    overlap = iou(one, other[None])[0]
    assert overlap <= covered(one, other[None])[0] + 1e-9
    assert overlap <= covered(other, one[None])[0] + 1e-9


@pytest.mark.parametrize(
    ("other", "overlap", "share"),
    [
        pytest.param((0.5, 0.5, 0.9, 0.9), 0, 0, id="touching at a corner"),
        pytest.param((0.1, 0.1, 0.5, 0.3), 0.5, 0.5, id="half of it"),
        pytest.param((0.0, 0.0, 1.0, 1.0), 0.16, 1, id="all of it"),
        pytest.param((0.3, 0.3, 0.3, 0.3), 0, 0, id="a point in it"),
        pytest.param((0.5, 0.5, 0.1, 0.1), 0, 0, id="inside out"),
    ],
)
def test_overlap_table(other, overlap, share):
    box, boxes = np.array((0.1, 0.1, 0.5, 0.5)), np.array([other])
    assert iou(box, boxes)[0] == pytest.approx(overlap)
    assert covered(box, boxes)[0] == pytest.approx(share)


def test_one_box_against_none_gives_none():
    none = np.zeros((0, 4))
    box = np.array((0, 0, 1, 1.0))
    assert iou(box, none).shape == covered(box, none).shape == (0,)
    assert footprint_share(none, shape(LEFT_HALF)).shape == (0,)


def test_a_point_is_covered_by_nothing():
    assert covered(np.array((0.5, 0.5, 0.5, 0.5)), np.array([(0, 0, 1, 1.0)]))[0] == 0


def test_a_box_touches_the_ground_in_the_middle_of_its_lower_edge_even_outside_the_frame():
    boxes = np.array([(0.2, 0.1, 0.4, 0.6), (-0.2, 0.1, 0.4, 1.2)])
    assert ground_points(boxes) == pytest.approx(np.array([(0.3, 0.6), (0.1, 1.2)]))


@pytest.mark.parametrize(
    ("box", "share"),
    [
        pytest.param((0.1, 0.1, 0.3, 0.5), 1, id="inside"),
        pytest.param((0.6, 0.1, 0.8, 0.5), 0, id="outside"),
        pytest.param((0.5, 0.1, 0.8, 0.5), 0, id="touching the edge from outside"),
        pytest.param((0.3, 0.1, 0.5, 0.5), 1, id="touching the edge from inside"),
        pytest.param((0.4, 0.1, 0.6, 0.5), 0.5, id="half across the edge"),
        pytest.param((-0.2, 0.1, 0.2, 0.5), 0.5, id="half out of the frame"),
        pytest.param((0.2, 0.2, 0.2, 0.6), 0, id="no width"),
        pytest.param((0.2, 0.2, 0.4, 0.2), 0, id="no height"),
    ],
)
def test_a_vehicle_is_in_a_zone_with_a_share_of_its_footprint(box, share):
    assert footprint_share(np.array([box]), shape(LEFT_HALF))[0] == pytest.approx(share)


def test_only_the_lower_quarter_of_a_box_counts():
    upper = shape(((0, 0), (1, 0), (1, 0.5), (0, 0.5)))
    standing_below = np.array([(0.2, 0.2, 0.4, 0.7)])
    assert FOOTPRINT_SHARE == 0.25
    assert footprint_share(standing_below, upper)[0] == 0


@settings(max_examples=60)
@given(st.lists(BOXES, min_size=1, max_size=4))
def test_a_footprint_share_is_a_share(boxes):
    shares = footprint_share(np.array(boxes), shape(((0.1, 0.2), (0.9, 0.1), (0.5, 0.5), (0.7, 0.95))))
    assert ((shares >= 0) & (shares <= 1 + 1e-9)).all()


@pytest.mark.parametrize(
    ("points", "fault"),
    [
        pytest.param([], "has 0 points", id="nothing"),
        pytest.param([(0.1, 0.1), (0.2, 0.2)], "has 2 points, a polygon needs 3", id="two points"),
        pytest.param([(0, 0), (1, 1), (1, 0), (0, 1)], "no simple polygon: Self-inter", id="a bow tie"),
        pytest.param([(0, 0), (1.2, 0), (1, 1)], "point [1.2, 0] is outside", id="right of the frame"),
        pytest.param([(0, 0), (1, 0), (1, -0.1)], "point [1, -0.1] is outside", id="above the frame"),
        pytest.param([(0, 0), (640, 0), (640, 352)], "fractions from 0 to 1", id="in pixels"),
        pytest.param([(0, 0), (math.nan, 0), (1, 1)], "outside the frame", id="NaN"),
        pytest.param([(0, 0), (math.inf, 0), (1, 1)], "outside the frame", id="endless"),
        pytest.param([(0.1, 0.1), (0.2, 0.2), (0.3, 0.3)], "", id="on one line"),
        pytest.param([(0.1, 0.1)] * 3, "", id="one point three times"),
        pytest.param([(0.1, 0.1), (0.103, 0.1), (0.1, 0.103)], "no area worth", id="tiny"),
    ],
)
def test_what_is_no_zone_is_said_in_words(points, fault):
    found = polygon_fault(points)
    assert found
    assert fault in found


@pytest.mark.parametrize(
    "points",
    [
        pytest.param([(0, 0), (1, 0), (1, 1), (0, 1)], id="the whole frame"),
        pytest.param([(0, 0), (0, 1), (1, 1)], id="the other way round"),
        pytest.param([(0, 0), (1, 0), (0.5, 0.4), (1, 1), (0, 1)], id="a dent"),
        pytest.param([(0, 0), (1, 0), (1, 1), (0, 1), (0, 0)], id="closed by hand"),
    ],
)
def test_what_is_a_zone_passes(points):
    assert polygon_fault(points) is None


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.floats(), st.floats()) | st.tuples(st.floats(0, 1), st.floats(0, 1)), max_size=7)
)
def test_any_points_are_either_a_zone_with_an_area_or_a_fault(points):
    if polygon_fault(points) is None:
        assert shape(points).area > 0
