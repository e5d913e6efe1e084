"""What in a picture is nobody's business."""

import numpy as np
import pytest
from factories import found

from detectors.network import ScriptedNetwork
from edge.masking import HEAD_SHARE, MOST, PLATE_SHARE, Masker, private

OWN = (0.4, 0.4, 0.6, 0.6)
OTHER = (0.1, 0.4, 0.3, 0.7)


def quad(left, top, right, bottom):
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom)])


def test_of_a_person_the_head_is_private():
    (box,) = private(found(((0.1, 0.2, 0.2, 0.6), "person")), OWN)
    assert box == pytest.approx((0.1, 0.2, 0.2, 0.2 + 0.4 * HEAD_SHARE))


def test_of_another_vehicle_the_lower_part_is_private_and_of_the_cases_own_nothing():
    (box,) = private(found(OWN, OTHER), OWN)
    assert box == pytest.approx((0.1, 0.7 - 0.3 * PLATE_SHARE, 0.3, 0.7))


def test_the_cases_own_vehicle_is_the_one_that_overlaps_best():
    near = (0.41, 0.41, 0.61, 0.61)
    assert len(private(found(near, OWN), OWN)) == 1
    assert private(found(near), OWN) == ()


def test_where_the_vehicle_has_left_all_vehicles_are_others():
    assert len(private(found(OWN, OTHER), None)) == 2
    assert len(private(found((0.0, 0.4, 0.9, 0.9)), OWN)) == 1


def test_a_known_plate_is_private_instead_of_the_lower_part():
    (box,) = private(found(OWN, OTHER), OWN, [quad(0.15, 0.6, 0.25, 0.65)])
    assert box == pytest.approx((0.14, 0.595, 0.26, 0.655))


def test_a_known_plate_belongs_to_the_smallest_vehicle_around_it():
    """A bus behind a car: the bus's own plate is still unknown, and still private."""
    bus = (0.0, 0.1, 0.5, 0.8)
    boxes = private(found(OTHER, (bus, "bus")), None, [quad(0.15, 0.6, 0.25, 0.65)])
    assert len(boxes) == 2
    assert boxes[0] == pytest.approx((0.0, 0.8 - 0.7 * PLATE_SHARE, 0.5, 0.8))


def test_a_plate_on_no_known_vehicle_is_private_all_the_same():
    assert len(private(found(), None, [quad(0.8, 0.8, 0.9, 0.85)])) == 1


def test_what_has_neither_face_nor_plate_is_not_touched():
    assert private(found((OTHER, "stall"), (OTHER, "bench")), OWN) == ()


def test_only_the_largest_travel_with_a_picture():
    crowd = [((0.01 * n, 0.1, 0.01 * n + 0.001 * (n + 1), 0.5), "person") for n in range(MOST + 20)]
    boxes = private(found(*crowd), OWN)
    assert len(boxes) == MOST
    assert boxes[0][2] - boxes[0][0] == pytest.approx(0.001 * (MOST + 20))


def test_nothing_found_hides_nothing():
    assert private(found(), OWN) == ()


def test_a_picture_of_several_overstays_is_looked_through_once():
    masker, one, other = Masker(ScriptedNetwork([found(OTHER), found()])), *np.zeros((2, 10, 10, 3), np.uint8)
    assert len(masker.look(one, OWN)) == 1
    assert masker.look(other, OWN) == ()
    assert len(masker.look(one, None)) == 1


def test_a_masker_asks_its_network():
    masker = Masker(ScriptedNetwork([found(OTHER)]))
    assert len(masker.look(np.zeros((10, 10, 3), np.uint8), OWN)) == 1
