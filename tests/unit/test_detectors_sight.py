"""Whether a camera can tell: faults as the studio renders them, over the demonstration's own street.

Weather, light and lorries change every figure that a cover, a lens out of focus or a turned camera changes;
they are here to be let through.
"""

from functools import cache
from pathlib import Path

import av
import cv2
import factories
import msgspec
import numpy as np
import pytest

from detectors import blindness, sight, viewpoint
from detectors.blindness import FROZEN_S, SUSTAINED_S, Vision
from detectors.reduced import reduce
from detectors.sight import Eyesight
from models.records import BlindReason
from studio.camera import spoil

STREET = Path(__file__).parents[2] / "examples" / "demo" / "street.mp4"
LEARNT, SPOILT = 40, 32
SOON = 11
"""Looks within which what is covered, out of focus or shifted has been said."""


@cache
def looks():
    """The first looks of the demonstration, one a second, (360, 640, 3), BGR."""
    wanted, second = [], 0
    with av.open(str(STREET)) as container:
        for picture in container.decode(video=0):
            if picture.time >= second:
                wanted.append(picture.to_ndarray(format="bgr24"))
                second += 1
            if len(wanted) == LEARNT + SPOILT:
                return wanted
    return wanted


def grey(pixels):
    return cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY)


def linear(pixels):
    return (pixels.astype(np.float32) / 255) ** 2.2


def shown(light, noise=2.0, seed=0):
    """As a sensor shows light: tone curve and noise."""
    noisy = 255 * np.clip(light, 0, 1) ** (1 / 2.2) + np.random.default_rng(seed).normal(
        0, noise, light.shape
    )
    return np.clip(noisy, 0, 255).astype(np.uint8)


@cache
def learnt():
    """A camera that has seen some of its street."""
    state = Eyesight()
    for second, pixels in enumerate(looks()[:LEARNT]):
        state, found = sight.step(state, reduce(grey(pixels)), factories.at(second))
        assert not found.no_news
    return state


def seen(fault, count=SPOILT, state=None):
    """The sights of a camera under a fault, look by look; and the state afterwards."""
    state, sights = state or learnt(), []
    for number, pixels in enumerate(looks()[LEARNT : LEARNT + count]):
        look = reduce(grey(fault(pixels, number)))
        state, found = sight.step(state, look, factories.at(LEARNT + number))
        sights.append(found)
    return state, sights


def lorry(pixels, share):
    """A box body right before the lens, with stripes and a name on it."""
    covered = pixels.copy()
    wide = int(pixels.shape[1] * share)
    covered[:, :wide] = (150, 145, 140)
    covered[40::50, :wide] = (90, 90, 95)
    cv2.putText(covered, "CARGO 88", (10, 180), cv2.FONT_HERSHEY_SIMPLEX, 3, (40, 40, 160), 5)
    covered[300:, :wide] = 40
    return covered


def rain(pixels, number):
    rng = np.random.default_rng(number)
    veil = np.zeros(pixels.shape[:2], np.float32)
    for x, y, long in zip(
        rng.integers(0, 640, 420), rng.integers(0, 360, 420), rng.integers(10, 32, 420), strict=True
    ):
        cv2.line(veil, (int(x), int(y)), (int(x + long * 0.15), int(y + long)), 0.5, 1, cv2.LINE_AA)
    return (pixels * (1 - veil[..., None]) + 210 * veil[..., None]).astype(np.uint8)


def turned(pixels, share):
    move = np.array([[1, 0, share * 640], [0, 1, 4]], np.float64)
    return cv2.warpAffine(pixels, move, (640, 360), borderMode=cv2.BORDER_REFLECT)


def blurred(pixels, sigma):
    return cv2.GaussianBlur(pixels, (0, 0), sigma)


def sway(second):
    return spoil.sway_at(float(second), 1.0, 3)


FAULTS = [
    *(
        pytest.param(
            lambda pixels, n, s=seed: shown(spoil.covered(linear(pixels), 1.0, s), seed=n),
            BlindReason.COVERED,
            id=f"covered, seed {seed}",
        )
        for seed in range(5)
    ),
    pytest.param(
        lambda pixels, n: shown(4 * spoil.covered(linear(pixels), 1.0, 1), 3, seed=n),
        BlindReason.COVERED,
        id="covered, and the exposure has followed",
    ),
    pytest.param(lambda pixels, _: blurred(pixels, 3), BlindReason.DEFOCUSED, id="out of focus"),
    pytest.param(lambda pixels, _: blurred(pixels, 8), BlindReason.DEFOCUSED, id="far out of focus"),
    pytest.param(lambda pixels, _: turned(pixels, 0.03), BlindReason.MOVED, id="knocked"),
    pytest.param(lambda pixels, _: turned(pixels, 0.12), BlindReason.MOVED, id="turned"),
    pytest.param(lambda pixels, _: np.full_like(pixels, 4), BlindReason.BLACK, id="black"),
]

HARMLESS = [
    pytest.param(lambda pixels, _: pixels, id="nothing"),
    pytest.param(lambda pixels, n: shown(0.05 * linear(pixels), 5, n), id="night"),
    pytest.param(lambda pixels, n: shown(0.02 * linear(pixels), 6, n), id="a dark night"),
    pytest.param(lambda pixels, n: shown(linear(pixels) * 0.06 + 0.25, 1.5, n), id="fog"),
    pytest.param(rain, id="rain"),
    pytest.param(lambda pixels, _: lorry(pixels, 0.5), id="a lorry before half of the view"),
    pytest.param(
        lambda pixels, n: shown(spoil.dirtied(linear(pixels), 1.0, 3), seed=n), id="dirt on the glass"
    ),
    pytest.param(lambda pixels, _: spoil.coarse(pixels, None, 1.0), id="a coder with too few bits"),
    pytest.param(
        lambda pixels, n: shown(linear(pixels) * spoil.flicker_at(n, 1.0, 360), seed=n), id="flickering lamps"
    ),
    pytest.param(
        lambda pixels, n: shown(linear(pixels) * spoil.gain_at(0.2, 9, 1.0, (640, 360)), seed=n),
        id="a sudden light",
    ),
    pytest.param(
        lambda pixels, n: cv2.warpAffine(
            pixels,
            np.array([[1, 0, sway(n)[0]], [0, 1, sway(n)[1]]]),
            (640, 360),
            borderMode=cv2.BORDER_REFLECT,
        ),
        id="shake",
    ),
]


@pytest.mark.parametrize(("fault", "reason"), FAULTS)
def test_a_camera_that_cannot_tell_says_why_and_judges_nothing_from_the_first_look_on(fault, reason):
    _, sights = seen(fault, SOON)
    assert all(one.no_news for one in sights)
    said = [one.reason for one in sights if one.reason is not None]
    assert said[0] is reason
    assert next(one.why for one in sights if one.reason is reason)


def test_a_camera_that_shows_another_street_has_moved():
    _, sights = seen(lambda pixels, _: pixels[:, ::-1].copy())
    assert all(one.no_news for one in sights)
    assert (sights[-1].reason, "another view" in sights[-1].why) == (BlindReason.MOVED, True)


def test_a_camera_that_stands_still_is_frozen():
    _, sights = seen(lambda *_: looks()[LEARNT - 1])
    assert all(one.no_news for one in sights)
    assert sights[-1].reason is BlindReason.FROZEN


@pytest.mark.parametrize("change", HARMLESS)
def test_weather_light_and_lorries_blind_no_camera(change):
    _, sights = seen(change, 6)
    assert [(number, one.reason, one.lost) for number, one in enumerate(sights) if one.no_news] == []


@pytest.mark.parametrize(("fault", "reason"), [FAULTS[0].values, FAULTS[6].values, FAULTS[9].values])
def test_a_camera_that_can_tell_again_says_so_at_once(fault, reason):
    state, sights = seen(fault, SOON)
    assert sights[-1].reason is reason
    _, after = sight.step(state, reduce(grey(looks()[LEARNT + SOON])), factories.at(LEARNT + SOON))
    assert (after.reason, after.no_news) == (None, False)


def test_a_moment_before_the_lens_judges_nothing_and_is_not_spoken_of():
    count = int(SUSTAINED_S) - 1
    state, sights = seen(FAULTS[0].values[0], count)
    assert [(one.no_news, one.reason) for one in sights] == [(True, None)] * count
    after, found = sight.step(state, reduce(grey(looks()[LEARNT + count])), factories.at(LEARNT + count))
    assert not found.no_news
    assert after.vision.doubt is None


def test_a_fault_that_lasts_is_never_learnt():
    state, sights = seen(FAULTS[0].values[0], SOON)
    assert sights[-1].reason is BlindReason.COVERED
    assert (state.vision.usual, state.vision.levels) == (learnt().vision.usual, learnt().vision.levels)


def test_a_camera_knows_its_view_again_after_a_restart():
    kept = msgspec.msgpack.decode(msgspec.msgpack.encode(learnt()), type=Eyesight)
    assert kept == learnt()
    _, sights = seen(FAULTS[9].values[0], 12, kept)
    assert sights[-1].reason is BlindReason.MOVED
    assert "12% of its width to the right" in sights[-1].why


def captioned(luma):
    """White letters over 3 % of the pixels, as cameras write place and time."""
    written = luma.copy()
    written[-len(luma) // 16 :, : luma.shape[1] // 2] = 235
    return written


DARK = np.zeros((360, 640), np.uint8)


@pytest.mark.parametrize(
    ("luma", "reason"),
    [
        pytest.param(DARK, BlindReason.BLACK, id="black"),
        pytest.param(DARK + 8, BlindReason.BLACK, id="nearly black"),
        pytest.param(captioned(DARK), BlindReason.BLACK, id="black under caption and clock"),
        pytest.param(DARK + 120, None, id="grey fog is not black"),
        pytest.param(
            np.where(factories.scene() > 185, 255, 3).astype(np.uint8), None, id="a night with lamps"
        ),
        pytest.param(factories.scene(), None, id="a street"),
    ],
)
def test_a_camera_is_black_from_its_very_first_look(luma, reason):
    _, found = blindness.step(Vision(), reduce(luma), factories.at(0))
    assert (found.reason, found.no_news) == (reason, reason is not None)


def test_the_same_picture_again_is_no_look_and_frozen_after_a_while():
    vision, told = Vision(), []
    for second in (0, 10, FROZEN_S - 0.1, FROZEN_S, FROZEN_S + 10):
        vision, found = blindness.step(vision, reduce(factories.scene()), factories.at(second))
        told.append((found.no_news, found.reason))
    frozen = (True, BlindReason.FROZEN)
    assert told == [(False, None), (True, None), (True, None), frozen, frozen]


def test_a_clock_that_goes_on_is_a_live_picture():
    vision, _ = blindness.step(Vision(), reduce(DARK + 90), factories.at(0))
    _, found = blindness.step(vision, reduce(captioned(DARK + 90)), factories.at(FROZEN_S))
    assert not found.no_news


def by_night(pixels, number):
    """The same street under lamps: light and shadow of their own, among which that of the day is faint."""
    pools = np.random.default_rng(3).normal(0, 1, (36, 64)).astype(np.float32)
    pools = cv2.resize(pools, pixels.shape[1::-1], interpolation=cv2.INTER_CUBIC)[..., None]
    noise = np.random.default_rng(number).normal(0, 3, pixels.shape)
    return np.clip(90 + 0.25 * (pixels.astype(np.float32) - 110) + 28 * pools + noise, 0, 255).astype(
        np.uint8
    )


def test_a_camera_that_starts_by_night_is_not_said_to_show_another_view_than_its_picture_by_day():
    began = Eyesight(view=viewpoint.of_plan(grey(looks()[0])))
    state, sights = seen(by_night, state=began)
    assert BlindReason.MOVED not in {one.reason for one in sights}
    assert state.view.found


def test_a_camera_that_starts_on_another_street_than_its_picture_shows_is_said_to():
    began = Eyesight(view=viewpoint.of_plan(grey(looks()[0][:, ::-1].copy())))
    _, sights = seen(lambda pixels, _: pixels, state=began)
    assert BlindReason.MOVED in {one.reason for one in sights}
