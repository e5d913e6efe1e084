"""Appearances: one vehicle is like itself in another light, and unlike the one beside it."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.appearance import BYTES, LIKE, VERY_LIKE, appearance, resemblance

BOX = (0.25, 0.25, 0.75, 0.75)
PAINTS = {"red": (40, 40, 200), "blue": (200, 60, 40), "white": (230, 230, 230), "black": (25, 25, 25)}


def vehicle(paint, seed=1, *, wide=1.0):
    """A body in a paint with windows and lamps of its own, in the middle of a grey street, BGR."""
    pixels = np.full((200, 320, 3), 110, np.uint8)
    cv2.rectangle(pixels, (80, 50), (240, 150), PAINTS[paint], -1)
    rng = np.random.default_rng(seed)
    for _ in range(4):
        x, y = rng.integers(85, 200), rng.integers(55, 120)
        cv2.rectangle(pixels, (int(x), int(y)), (int(x + 36 * wide), int(y + 22)), (60, 55, 50), -1)
    return pixels


def lit(pixels, gain=1.0, tint=(1.0, 1.0, 1.0)):
    return np.clip(pixels * (gain * np.array(tint)), 0, 255).astype(np.uint8)


def seen(paint, seed=1, **light):
    return appearance(lit(vehicle(paint, seed), **light), BOX)


@pytest.mark.parametrize("paint", PAINTS)
@pytest.mark.parametrize(
    "light",
    [{}, {"gain": 0.8}, {"gain": 1.2}, {"tint": (0.95, 1.0, 1.05)}],
    ids=["same", "darker", "brighter", "warmer"],
)
def test_a_vehicle_is_like_itself(paint, light):
    assert resemblance(seen(paint), seen(paint, **light)) >= LIKE


@pytest.mark.parametrize("paint", PAINTS)
def test_in_the_same_light_it_is_very_like_itself(paint):
    noise = np.random.default_rng(3).normal(0, 4, vehicle(paint).shape)
    noisy = np.clip(vehicle(paint) + noise, 0, 255).astype(np.uint8)
    assert resemblance(seen(paint), appearance(noisy, BOX)) >= VERY_LIKE


@pytest.mark.parametrize(
    ("one", "other"), [("red", "blue"), ("white", "black"), ("red", "white"), ("black", "blue")]
)
def test_the_same_model_in_another_paint_is_another_vehicle(one, other):
    assert resemblance(seen(one), seen(other)) < VERY_LIKE


@pytest.mark.parametrize(("one", "other"), [("red", "blue"), ("white", "black"), ("red", "white")])
def test_another_model_in_another_paint_is_unlike(one, other):
    assert resemblance(seen(one, 1), seen(other, 9)) < LIKE


def test_it_is_short_enough_for_a_record():
    assert len(seen("red")) == BYTES <= 128


@pytest.mark.parametrize(
    "box",
    [(1.2, 0.2, 1.4, 0.4), (0.5, 0.5, 0.51, 0.51), (0.6, 0.6, 0.4, 0.4)],
    ids=["outside", "tiny", "none"],
)
def test_what_is_too_small_has_none(box):
    assert appearance(vehicle("red"), box) == b""


@pytest.mark.parametrize("other", [b"", b"\x01", b"\x02" + seen("red")[1:]], ids=["none", "short", "newer"])
def test_what_cannot_be_compared_is_like_nothing(other):
    assert resemblance(seen("red"), other) == resemblance(other, seen("red")) == 0


@settings(deadline=None, max_examples=40)
@given(st.binary(min_size=BYTES - 1, max_size=BYTES - 1), st.binary(min_size=BYTES - 1, max_size=BYTES - 1))
def test_resemblance_is_a_share_and_takes_no_sides(one, other):
    one, other = b"\x01" + one, b"\x01" + other
    assert 0 <= resemblance(one, other) <= 1
    assert resemblance(one, other) == pytest.approx(resemblance(other, one), abs=1e-5)
    assert resemblance(one, one) >= resemblance(one, other) - 1e-6
