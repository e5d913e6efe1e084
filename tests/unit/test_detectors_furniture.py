"""What the plan's reference picture shows belongs to the street, in any light; what came since does not."""

import factories
import numpy as np
import pytest
from factories import scene
from hypothesis import given
from hypothesis import strategies as st

from detectors.furniture import newly_come

KIOSK, BAY = (0.1, 0.3, 0.3, 0.6), (0.5, 0.4, 0.8, 0.7)
REFERENCE = scene((KIOSK, 5))


def lit(luma, gain, offset=0):
    return np.clip(luma.astype(float) * gain + offset, 0, 255).astype(np.uint8)


def come(luma, *boxes, shift=(0.0, 0.0), reference=REFERENCE):
    left = newly_come(factories.found(*boxes), reference, luma, shift)
    return [tuple(round(float(edge), 2) for edge in box) for box in left.boxes_xyxy]


@pytest.mark.parametrize("gain", [0.5, 0.8, 1.0, 1.2])
def test_what_stood_there_when_the_zones_were_drawn_has_not_come(gain):
    assert come(lit(scene((KIOSK, 5)), gain), KIOSK) == []


def test_a_vehicle_that_stands_there_now_has():
    assert come(scene((KIOSK, 5), (BAY, 7)), KIOSK, BAY) == [BAY]


def test_a_vehicle_before_the_kiosk_has_even_if_half_of_the_kiosk_shows():
    half = (KIOSK[0], KIOSK[1], 0.2, KIOSK[3])
    assert come(scene((KIOSK, 5), (half, 9)), KIOSK) == [KIOSK]


def test_bare_ground_proves_nothing():
    bare = np.full_like(REFERENCE, 40)
    assert come(bare, BAY, reference=np.full_like(REFERENCE, 120)) == [BAY]


def test_what_stands_in_the_dark_is_no_part_of_the_street_because_nothing_shows():
    assert come(np.full_like(REFERENCE, 9), BAY) == [BAY]


def test_a_shaken_look_shows_the_street_moved():
    moved = np.roll(REFERENCE, 4, axis=1)
    by = 4 / REFERENCE.shape[1]
    seen = (KIOSK[0] + by, KIOSK[1], KIOSK[2] + by, KIOSK[3])
    assert come(moved, seen, shift=(by, 0.0)) == []


@given(seed=st.integers(2, 40), left=st.floats(0, 0.7), top=st.floats(0, 0.7))
def test_another_picture_in_its_place_is_never_taken_for_the_street(seed, left, top):
    box = (left, top, left + 0.25, top + 0.25)
    assert len(come(scene((box, seed)), box, reference=scene())) == 1


def test_labels_and_scores_stay_with_their_boxes():
    seen = factories.found((KIOSK, "stall", 0.6), (BAY, "truck", 0.9))
    left = newly_come(seen, REFERENCE, scene((KIOSK, 5), (BAY, 7)), (0.0, 0.0))
    assert (left.labels, left.scores.tolist()) == (("truck",), [0.9])
