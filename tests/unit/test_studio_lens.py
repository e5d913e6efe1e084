"""The studio's camera: metres to pixels, zones to fractions."""

import numpy as np
import pytest

from models.geometry import polygon_fault
from studio.camera.lens import Lens

LENS = Lens(eye=(0, 0, 6), target=(20, 0, 0), focal_mm=36, width=640, height=360)


def test_the_target_is_in_the_middle():
    assert LENS.ground(20, 0)[:2] == pytest.approx((320, 180))


@pytest.mark.parametrize(("place", "side"), [((20, 3), -1), ((20, -3), 1)])
def test_what_lies_to_the_left_is_drawn_to_the_left(place, side):
    assert np.sign(LENS.ground(*place)[0] - 320) == side


def test_what_is_higher_is_drawn_higher():
    low, high = LENS.project(np.array([[20, 0, 0], [20, 0, 2]]))
    assert high[1] < low[1]


def test_a_metre_is_smaller_farther_away():
    near = LENS.ground(10, -1)[0] - LENS.ground(10, 0)[0]
    far = LENS.ground(40, -1)[0] - LENS.ground(40, 0)[0]
    assert near > 2 * far > 0


def test_a_zone_that_leaves_the_frame_is_cut_off_at_its_edge():
    polygon = LENS.fractions([(15, -30), (25, -30), (25, 30), (15, 30)])
    assert polygon_fault(polygon) is None
    assert {0.0, 1.0} <= {x for x, _ in polygon}
