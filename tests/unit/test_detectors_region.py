"""The part of a look that the network is shown, and the way back into the frame."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors import region
from detectors.look import Detections
from detectors.region import NEEDED_PX, Region

PIXELS = np.zeros((1080, 1920, 3), np.uint8)
CAR = np.array([[0.5, 0.5, 0.55, 0.56]])


def found(*boxes):
    return Detections(np.array(boxes), np.full(len(boxes), 0.8), ("car",) * len(boxes))


def test_a_region_shows_a_place_with_its_surroundings():
    left, top, right, bottom = region.around(CAR).box_xyxy
    assert (left, top, right, bottom) == pytest.approx((0.44, 0.44, 0.61, 0.62))


def test_two_places_share_a_region():
    left, _, right, _ = region.around(np.array([[0.2, 0.5, 0.25, 0.55], [0.4, 0.5, 0.45, 0.55]])).box_xyxy
    assert left < 0.2
    assert right > 0.45


@pytest.mark.parametrize(
    "places",
    [
        pytest.param(np.zeros((0, 4)), id="no place in particular"),
        pytest.param(np.array([[0.1, 0.1, 0.9, 0.9]]), id="most of the frame"),
        pytest.param(np.array([[0, 0, 0.1, 0.1], [0.9, 0.9, 1, 1]]), id="opposite corners"),
    ],
)
def test_the_whole_frame_is_shown_where_a_part_saves_nothing(places):
    assert region.around(places) is None


def test_a_large_vehicle_is_looked_at_in_small_and_a_small_one_as_it_is():
    large = Region((0.2, 0.2, 0.6, 0.6), 0.2).cut(PIXELS)
    assert large.shape[1] == pytest.approx(0.4 * 1920 * NEEDED_PX / (0.2 * 1920), abs=1)
    assert Region((0.2, 0.2, 0.6, 0.6), 0.01).cut(PIXELS).shape == (432, 768, 3)


def test_a_network_of_one_size_is_shown_what_its_input_has_room_for_and_nothing_enlarged_beyond_twice():
    small = Region((0.5, 0.5, 0.52, 0.54), 0.02)  # 38 px, which need 48
    left, top, right, bottom = small.filling((640, 640), PIXELS).box_xyxy
    scale = NEEDED_PX / (0.02 * 1920)
    assert ((right - left) * 1920, (bottom - top) * 1080) == pytest.approx((640 / scale, 640 / scale))
    assert ((left + right) / 2, (top + bottom) / 2) == pytest.approx((0.51, 0.52))
    tiny = Region((0.5, 0.5, 0.505, 0.51), 0.005).filling((640, 640), PIXELS).box_xyxy
    assert (tiny[2] - tiny[0]) * 1920 == pytest.approx(640 / region.MOST_ENLARGED)


def test_what_lies_at_the_edge_keeps_its_room_inside_the_frame():
    at_the_edge = Region((0.95, 0.9, 1.0, 1.0), 0.02).filling((640, 640), PIXELS).box_xyxy
    assert at_the_edge[2:] == (1.0, 1.0)
    assert (at_the_edge[2] - at_the_edge[0]) * 1920 == pytest.approx(640 / (NEEDED_PX / 38.4))


def test_a_network_of_one_size_sees_a_small_frame_whole():
    frame = np.zeros((360, 640, 3), np.uint8)
    assert Region((0.3, 0.4, 0.5, 0.6), 0.2).filling((640, 640), frame) is None


BOXES = st.tuples(st.floats(0.05, 0.6), st.floats(0.05, 0.6), st.floats(0.1, 0.35), st.floats(0.1, 0.35))


@given(place=BOXES, inner=BOXES)
def test_what_is_found_in_a_region_is_where_it_is_in_the_frame(place, inner):
    x, y, wide, high = place
    part = Region((x, y, x + wide, y + high), 0.05)
    left, top, across, down = inner
    box = (left, top, left + across, top + down)
    mapped = part.mapped(found(box), PIXELS).boxes_xyxy
    expected = (x + box[0] * wide, y + box[1] * high, x + box[2] * wide, y + box[3] * high)
    assert mapped == pytest.approx(np.array([expected]), abs=2 / 1080)


def test_what_is_cut_off_by_the_regions_edge_is_no_vehicle():
    part = Region((0.3, 0.3, 0.6, 0.6), 0.05)
    assert len(part.mapped(found((0.0, 0.2, 0.4, 0.6), (0.3, 0.3, 0.6, 0.6)), PIXELS)) == 1


def test_what_is_cut_off_by_the_frames_own_edge_is_one():
    part = Region((0.0, 0.3, 0.4, 1.0), 0.05)
    assert len(part.mapped(found((0.0, 0.4, 0.4, 0.8), (0.3, 0.5, 0.6, 1.0)), PIXELS)) == 2
    assert len(part.mapped(found((0.6, 0.4, 1.0, 0.8)), PIXELS)) == 0


def test_a_region_is_an_array_for_those_who_ask_what_was_shown():
    assert Region((0.1, 0.2, 0.3, 0.4), 0.1).as_boxes.tolist() == [[0.1, 0.2, 0.3, 0.4]]


@pytest.mark.parametrize(
    ("box", "goes_on"),
    [
        pytest.param((0.3, 0.0, 0.7, 0.9), True, id="a stall whose umbrella is cut off"),
        pytest.param((0.3, 0.1, 0.7, 0.9), False, id="all of it is shown"),
        pytest.param((0.0, 0.0, 0.2, 0.2), False, id="something else at the edge"),
    ],
)
def test_what_goes_on_beyond_the_edge_at_the_place_is_noticed(box, goes_on):
    places = np.array([[0.45, 0.45, 0.55, 0.6]])
    part = Region((0.4, 0.4, 0.6, 0.7), 0.1)
    assert part.cuts_off(found(box), PIXELS, places) is goes_on


def test_the_frames_own_edge_cuts_nothing_off():
    part = Region((0.0, 0.0, 0.3, 0.3), 0.1)
    assert not part.cuts_off(found((0.0, 0.0, 0.9, 0.9)), PIXELS, np.array([[0.05, 0.05, 0.2, 0.2]]))


def test_where_nothing_was_found_nothing_is_cut_off():
    assert not Region((0.4, 0.4, 0.6, 0.7), 0.1).cuts_off(Detections(), PIXELS, CAR)
