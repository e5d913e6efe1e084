"""A shaken picture: how far it is off, and what a camera usually shows."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors import steadiness
from detectors.reduced import FLAT, SMALL_WH, reduce, relief
from detectors.steadiness import REACH_PX, Shift


def street(seed=1):
    """A picture with coarse and fine lines, as streets have."""
    rng = np.random.default_rng(seed)
    coarse = cv2.resize(
        rng.uniform(40, 210, (9, 16)).astype(np.float32), (640, 360), interpolation=cv2.INTER_CUBIC
    )
    fine = cv2.GaussianBlur(rng.uniform(-90, 90, (360, 640)).astype(np.float32), (0, 0), 2.5) * 3
    return np.clip(coarse + fine, 0, 255).astype(np.uint8)


def shaken(luma, x_px, y_px):
    """The same, `x_px` and `y_px` further right and down."""
    move = np.array([[1, 0, x_px], [0, 1, y_px]], np.float64)
    return cv2.warpAffine(luma, move, luma.shape[::-1], borderMode=cv2.BORDER_REFLECT)


STREET = street()
USUAL = reduce(STREET).relief


@given(x_px=st.floats(-12, 12), y_px=st.floats(-8, 8))
def test_a_shake_of_a_few_pixels_is_found_to_half_a_pixel(x_px, y_px):
    found = steadiness.measure(USUAL, reduce(shaken(STREET, x_px, y_px)).relief)
    assert found.sure
    assert (found.x * 4, found.y * 4) == pytest.approx((x_px, y_px), abs=1.2)


def test_what_is_steadied_lies_where_it_usually_does():
    look = reduce(shaken(STREET, 9, -6)).relief
    mended = steadiness.steadied(look, steadiness.measure(USUAL, look))
    inner = np.s_[8:-8, 8:-8]
    before, after = (np.abs(one[inner].astype(int) - USUAL[inner]).mean() for one in (look, mended))
    assert after < before / 3


def test_a_lorry_before_a_third_of_the_view_shakes_nothing():
    look = shaken(STREET, 4, 4).copy()
    look[:, :213] = 150
    found = steadiness.measure(USUAL, reduce(look).relief)
    assert (found.x, found.y) == pytest.approx((1, 1), abs=0.3)


def test_a_picture_that_does_not_move_is_left_as_it_is():
    look = reduce(STREET).relief
    assert steadiness.steadied(look, Shift(0.1, -0.1)) is look


def test_another_street_has_no_shift():
    look = reduce(shaken(STREET, 60, 0)).relief
    found = steadiness.measure(USUAL, look)
    assert not found.sure or max(abs(found.x), abs(found.y)) < REACH_PX
    assert steadiness.steadied(look, Shift(sure=False)) is look


def test_a_shift_is_told_in_fractions_of_the_frame():
    assert Shift(1.6, -0.9).fractions_xy == pytest.approx((0.01, -0.01))


def test_traffic_never_becomes_a_part_of_the_usual_picture():
    usual = USUAL
    for number in range(200):
        look = STREET.copy()
        at = number * 37 % 560
        look[150:250, at : at + 80] = 240
        usual = steadiness.learn(usual, reduce(look).relief)
    assert np.abs(usual.astype(int) - USUAL).mean() < 3


def test_a_relief_is_flat_where_nothing_stands_out_and_as_light_changes():
    assert (relief(np.full(SMALL_WH[::-1], 200, np.uint8)) == FLAT).all()
    dimmed = reduce((STREET * 0.98).astype(np.uint8)).relief
    assert np.abs(dimmed.astype(int) - USUAL).mean() < 1


@pytest.mark.parametrize("wh", [(160, 90), (320, 240), (640, 352), (1920, 1080), (3840, 2160)])
def test_a_look_of_any_size_is_reduced(wh):
    made = reduce(cv2.resize(STREET, wh))
    assert (made.medium.shape, made.small.shape, made.relief.shape) == ((180, 320), (90, 160), (90, 160))
