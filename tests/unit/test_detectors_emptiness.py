"""The empty street: learnt where nothing stands, recognised in any light, and never seen where it is not."""

import cv2
import factories
import msgspec
import numpy as np
import pytest
from factories import scene

from detectors import emptiness
from detectors.emptiness import (
    KNOWN_LOOKS,
    RELEARN_LOOKS,
    SURE,
    Emptiness,
    Shows,
    View,
    differs,
    forget,
    judge,
    learn,
    of_reference,
)
from detectors.picture import patch

PLACE = (0.3, 0.3, 0.5, 0.5)
CAR = 11
NOTHING = np.zeros((0, 4))
PICTURE = patch(scene((PLACE, CAR)), PLACE)


def after(*looks, state=None, occupied=NOTHING, regions=None):
    state = state or Emptiness()
    for luma in looks:
        state = learn(View(state, luma), occupied, regions)
    return state


def told(state, luma, covering=NOTHING, picture=PICTURE):
    return judge(View(state, luma), PLACE, picture, covering)


KNOWN = after(*[scene()] * 6)


def test_a_place_is_known_after_enough_looks_without_anything_on_it():
    assert told(after(*[scene()] * (KNOWN_LOOKS - 1)), scene()).like_empty is None
    assert told(after(*[scene()] * KNOWN_LOOKS), scene()).shows is Shows.EMPTY


def test_a_place_on_which_something_stands_is_never_learnt():
    state = after(*[scene((PLACE, CAR))] * 50, occupied=np.array([PLACE]))
    assert View(state, scene()).empty(PLACE) == b""
    assert View(state, scene()).empty((0.7, 0.7, 0.9, 0.9)) != b""


HALF = after(*[scene()] * 6, occupied=np.array([(0.3, 0.3, 0.4, 0.5)]))
"""Traffic that never ceases passes over the left half of the place."""


@pytest.mark.parametrize(
    ("luma", "shows"),
    [
        pytest.param(scene((PLACE, CAR)), Shows.IT, id="it"),
        pytest.param(scene(), Shows.EMPTY, id="the empty place"),
        pytest.param(scene((PLACE, 77)), Shows.NEITHER, id="something else"),
    ],
)
def test_of_a_place_that_is_known_in_part_that_part_tells(luma, shows):
    assert told(HALF, luma).shows is shows


def test_a_place_of_which_too_little_is_known_tells_nothing_of_emptiness():
    little = after(*[scene()] * 6, occupied=np.array([(0.3, 0.3, 0.45, 0.5)]))
    assert told(little, scene()).like_empty is None


@pytest.mark.parametrize(
    ("luma", "shows"),
    [
        pytest.param(scene((PLACE, CAR)), Shows.IT, id="it"),
        pytest.param(scene(), Shows.EMPTY, id="the empty place"),
        pytest.param(scene((PLACE, 77)), Shows.NEITHER, id="something else"),
        pytest.param(np.full_like(scene(), 128), Shows.NEITHER, id="fog"),
        pytest.param(np.full_like(scene(), 255), Shows.NEITHER, id="white"),
        pytest.param(np.full_like(scene(), 2), Shows.NEITHER, id="darkness"),
        pytest.param(scene(street=5), Shows.NEITHER, id="another street"),
        pytest.param(scene(((0.2, 0.2, 0.7, 0.7), 5)), Shows.NEITHER, id="a lorry in front"),
    ],
)
def test_a_place_shows_it_or_the_street_or_neither(luma, shows):
    assert told(KNOWN, luma).shows is shows


@pytest.mark.parametrize("gain", [0.4, 0.7, 1.3])
@pytest.mark.parametrize(("things", "shows"), [(((PLACE, CAR),), Shows.IT), ((), Shows.EMPTY)])
def test_more_or_less_light_is_the_same_street(gain, things, shows):
    luma = np.clip(scene(*things) * gain, 0, 255).astype(np.uint8)
    assert told(KNOWN, luma).shows is shows


@pytest.mark.parametrize(("things", "shows"), [(((PLACE, CAR),), Shows.IT), ((), Shows.EMPTY)])
def test_what_is_in_sight_is_enough(things, shows):
    half = np.array([[0.3, 0.3, 0.4, 0.5]])
    found = told(KNOWN, scene(*things, ((0.3, 0.3, 0.4, 0.5), 40)), covering=half)
    assert found.shows is shows
    assert 0.3 < found.visible < 0.7


def test_what_is_covered_altogether_shows_nothing():
    found = told(KNOWN, scene(), covering=np.array([[0.2, 0.2, 0.6, 0.6]]))
    assert (found.shows, found.visible) == (Shows.NEITHER, 0)


def test_a_place_never_seen_empty_is_never_called_empty():
    state = after(*[scene((PLACE, CAR))] * 6, occupied=np.array([PLACE]))
    found = told(state, scene())
    assert (found.shows, found.like_empty) == (Shows.NEITHER, None)
    assert found.clear
    assert told(state, scene((PLACE, CAR))).shows is Shows.IT


def test_what_passes_leaves_no_trace():
    looks = [scene(((x / 20, 0.3, x / 20 + 0.2, 0.5), 33)) if x % 4 == 0 else scene() for x in range(16)]
    assert told(after(*looks, state=KNOWN), scene()).shows is Shows.EMPTY


def test_the_street_follows_dusk():
    dusk = [np.clip(scene() * (1 - step / 70), 0, 255).astype(np.uint8) for step in range(60)]
    state = after(*dusk, state=KNOWN)
    known = np.frombuffer(state.luma, np.uint8).mean()
    assert known == pytest.approx(dusk[-1].mean(), rel=0.25)
    assert told(state, dusk[-1]).shows is Shows.EMPTY


def test_without_the_network_nothing_new_is_learnt_soon():
    state = after(*[scene((PLACE, CAR))] * (RELEARN_LOOKS - 1), state=KNOWN, regions=NOTHING)
    assert told(state, scene()).shows is Shows.EMPTY


def test_without_the_network_an_unchanging_street_is_learnt_more_slowly():
    looks = [scene()] * (KNOWN_LOOKS * SURE)
    assert told(after(*looks[:-2], regions=NOTHING), scene()).like_empty is None
    assert told(after(*looks, regions=NOTHING), scene()).shows is Shows.EMPTY


def test_without_the_network_the_street_follows_the_light():
    dusk = [np.clip(scene() * (1 - step / 200), 0, 255).astype(np.uint8) for step in range(120)]
    state = after(*dusk, state=KNOWN, regions=NOTHING)
    assert np.frombuffer(state.luma, np.uint8).mean() == pytest.approx(dusk[-1].mean(), rel=0.1)


def test_only_what_the_network_was_shown_is_learnt_as_seen_free():
    half = np.array([[0.0, 0.0, 0.55, 1.0]])
    state = after(*[scene()] * KNOWN_LOOKS, regions=half)
    assert View(state, scene()).empty(PLACE) != b""
    assert View(state, scene()).empty((0.7, 0.3, 0.9, 0.5)) == b""


def test_another_view_is_learnt_anew_once_it_lasts():
    other = scene(street=5)
    state = after(*[other] * RELEARN_LOOKS, state=KNOWN)
    assert state.luma == KNOWN.luma
    state = after(*[other] * (1 + KNOWN_LOOKS), state=state)
    assert View(state, other).trusted
    assert told(state, other).shows is Shows.EMPTY


def test_a_view_of_another_size_begins_afresh():
    wide = np.zeros((180, 640), np.uint8)
    assert View(KNOWN, wide).street is None
    assert after(wide, state=KNOWN).size_wh != KNOWN.size_wh


def test_what_is_forgotten_is_unknown():
    state = forget(KNOWN, PLACE)
    assert told(state, scene()).like_empty is None
    assert View(state, scene()).empty((0.7, 0.7, 0.9, 0.9)) != b""
    assert forget(Emptiness(), PLACE) == Emptiness()


@pytest.mark.parametrize(("luma", "other"), [(scene((PLACE, CAR)), True), (scene(), False)])
def test_a_newcomer_differs_from_the_empty_place(luma, other):
    assert differs(View(KNOWN, luma), PLACE, patch(luma, PLACE)) is other
    assert differs(View(Emptiness(), luma), PLACE, patch(luma, PLACE)) is None


def test_a_shaken_look_is_laid_over_the_street():
    moved = np.roll(scene((PLACE, CAR)), (4, -6), axis=(0, 1))
    shift_xy = (-6 / factories.SMALL_WH[0], 4 / factories.SMALL_WH[1])
    assert judge(View(KNOWN, moved, shift_xy), PLACE, PICTURE, NOTHING).shows is Shows.IT


def test_the_street_survives_being_written_down():
    again = msgspec.msgpack.decode(msgspec.msgpack.encode(KNOWN), type=Emptiness)
    assert again == KNOWN
    assert len(msgspec.msgpack.encode(KNOWN)) < 50_000


@pytest.mark.parametrize("size_hw", [(8, 8), (17, 33), (120, 160), (1080, 1920)])
def test_any_size_of_picture_has_a_street(size_hw):
    luma = np.random.default_rng(1).integers(0, 255, size_hw, dtype=np.uint8)
    state = after(luma, luma, luma)
    width, height = state.size_wh
    assert width % emptiness.CELL_PX == height % emptiness.CELL_PX == 0
    assert View(state, luma).trusted


def test_in_the_same_light_the_plans_reference_says_what_lies_under_what_stands_there_already():
    state = of_reference(scene(), scene((PLACE, CAR)))
    assert told(state, scene((PLACE, CAR))).shows is Shows.IT
    assert told(state, scene()).shows is Shows.EMPTY


def test_in_another_light_the_plans_reference_says_nothing_of_the_place():
    night = (scene() // 4).astype(np.uint8)
    assert of_reference(scene(), night) == Emptiness()


def test_a_reference_may_be_larger_than_the_looks():
    large = cv2.resize(scene(), None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC)
    state = of_reference(large, scene((PLACE, CAR)))
    assert told(state, scene()).shows is Shows.EMPTY
