"""Comparing pictures of one place: light and wind are not departures, another thing is."""

import cv2
import factories
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.picture import DOUBT, PATCH_PX, SAME, patch, similarity

PLACE = (0.3, 0.3, 0.6, 0.6)


def seen(seed=1, *, shift=0, gain=1.0, offset=0.0):
    return patch(factories.texture(seed, shift=shift, gain=gain, offset=offset), PLACE)


@pytest.mark.parametrize(
    ("gain", "offset"),
    [(1.0, 0.0), (0.5, 0.0), (1.0, 40.0), (1.0, -40.0), (1.3, -10.0), (0.4, 90.0)],
)
def test_light_changes_are_not_departures(gain, offset):
    assert similarity(seen(), seen(gain=gain, offset=offset)) >= SAME


@pytest.mark.parametrize("shift", [0, 1, 2, 4])
def test_a_mast_in_the_wind_shows_the_same_picture(shift):
    assert similarity(seen(), seen(shift=shift)) >= SAME


@given(st.integers(0, 500), st.integers(501, 1000))
@settings(max_examples=30, deadline=None)
def test_another_thing_is_another_picture(one, other):
    assert similarity(seen(one), seen(other)) < DOUBT


def test_noise_of_a_camera_does_not_matter():
    luma = factories.texture(1)
    noise = np.random.default_rng(7).normal(0, 6, luma.shape)
    noisy = np.clip(luma + noise, 0, 255).astype(np.uint8)
    assert similarity(patch(luma, PLACE), patch(noisy, PLACE)) >= SAME


@pytest.mark.parametrize("grey", [0, 17, 128, 200, 255])
def test_a_featureless_picture_is_like_nothing(grey):
    flat = patch(np.full((240, 320), grey, np.uint8), PLACE)
    assert similarity(flat, seen()) == 0
    assert similarity(flat, flat) == 0
    assert similarity(seen(), flat) < DOUBT


@pytest.mark.parametrize("seed", range(5))
def test_fog_with_a_little_noise_is_like_nothing(seed):
    fog = np.random.default_rng(seed).integers(180, 182, (240, 320), dtype=np.uint8)
    assert similarity(seen(), patch(fog, PLACE)) < DOUBT
    assert similarity(patch(fog, PLACE), seen()) < DOUBT


def test_what_was_never_seen_is_like_nothing():
    assert similarity(b"", seen()) == similarity(seen(), b"") == similarity(b"", b"") == 0


@pytest.mark.parametrize(
    ("box", "size"),
    [
        pytest.param((0.2, 0.2, 0.4, 0.4), PATCH_PX**2, id="inside"),
        pytest.param((-0.2, -0.2, 0.2, 0.2), PATCH_PX**2, id="half out"),
        pytest.param((-1, -1, 2, 2), PATCH_PX**2, id="larger than the frame"),
        pytest.param((1.1, 0.2, 1.4, 0.4), 0, id="outside"),
        pytest.param((0.2, 0.2, 0.205, 0.4), 0, id="a sliver"),
        pytest.param((0.4, 0.4, 0.2, 0.2), 0, id="inside out"),
    ],
)
def test_a_patch_has_one_size_or_none(box, size):
    assert len(patch(factories.texture(1), box)) == size


@given(st.integers(0, 99), st.integers(0, 255))
@settings(max_examples=20, deadline=None)
def test_similarity_is_a_correlation(seed, top):
    raw = np.random.default_rng(seed).integers(0, top + 1, PATCH_PX**2, dtype=np.uint8).tobytes()
    assert -1.001 <= similarity(raw, seen(seed)) <= 1.001
    assert -1.001 <= similarity(seen(seed), raw) <= 1.001


def test_a_patch_keeps_what_a_larger_view_shows():
    large = cv2.resize(factories.texture(3), None, fx=4, fy=4)
    assert similarity(patch(factories.texture(3), PLACE), patch(large, PLACE)) >= SAME
