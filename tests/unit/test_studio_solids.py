"""Geometry of the studio: sizes in metres, finishes that exist, models in few parts."""

import numpy as np
import pytest

from studio.actors.people import person
from studio.actors.stalls import cart
from studio.actors.vehicles import car, scooter
from studio.composing.sprites import Sprite
from studio.filming.cache import Cache, digest_of_model
from studio.matter.finishes import FINISHES, Finish
from studio.matter.merging import merged
from studio.matter.solids import bounds, box, cylinder, moved

MODELS = {
    "sedan": (car("sedan", "red", ""), 4.6),
    "scooter": (scooter("red"), 2.0),
    "cart": (cart(is_open=True), 3.3),
}


@pytest.mark.parametrize("name", MODELS)
def test_a_vehicle_is_as_long_as_its_like_and_stands_on_the_ground(name):
    model, length = MODELS[name]
    low, high = bounds(model)
    assert high[0] - low[0] == pytest.approx(length, abs=0.25)
    assert low[2] == pytest.approx(0, abs=0.05)


@pytest.mark.parametrize("name", MODELS)
def test_every_finish_a_model_wears_exists(name):
    model, _ = MODELS[name]
    assert {finish for part in model for finish in part.finishes} <= set(FINISHES)


def test_a_person_is_as_tall_as_asked_in_every_phase():
    for phase in range(-1, 8):
        low, high = bounds(person("red", phase=phase, phases=8, height_m=1.7))
        assert high[2] - low[2] == pytest.approx(1.7, abs=0.12)


def test_a_merged_model_is_the_same_in_fewer_parts():
    model = MODELS["sedan"][0]
    few = merged(model)
    assert len(few) < len(model) / 4
    assert sum(len(part.faces) for part in few) == sum(len(part.faces) for part in model)
    for before, after in zip(bounds(model), bounds(few), strict=True):
        assert after == pytest.approx(before)


def test_a_turned_part_is_moved_after_it_is_turned():
    (part,) = moved([box((2, 1, 1), (0, 0, 0), "trim")], (5, 0, 0), (0, 0, np.pi / 2))
    low, high = bounds([part])
    assert (low, high) == (pytest.approx([4.5, -1, -0.5]), pytest.approx([5.5, 1, 0.5]))


@pytest.mark.parametrize(
    ("model", "finish"),
    [
        pytest.param(box((1, 1, 1.01), (0, 0, 0), "trim"), Finish(), id="another shape"),
        pytest.param(box((1, 1, 1), (0, 0, 0), "trim"), Finish(rough=0.1), id="another gloss"),
        pytest.param(
            box((1, 1, 1), (0, 0, 0), "trim"), Finish(picture=np.zeros((2, 2, 3), np.uint8)), id="a picture"
        ),
    ],
)
def test_a_change_that_shows_is_rendered_anew(model, finish):
    before = digest_of_model([box((1, 1, 1), (0, 0, 0), "trim")], {"trim": Finish()})
    assert digest_of_model([model], {"trim": finish}) != before


def test_finishes_that_nobody_wears_change_nothing():
    model = [cylinder(1, 1, (0, 0, 0), "trim")]
    bare = digest_of_model(model, {"trim": Finish()})
    assert digest_of_model(model, {"trim": Finish(), "rim": Finish()}) == bare


def test_the_cache_gives_back_what_it_was_given(tmp_path):
    cache = Cache(tmp_path)
    cache.keep("ab12", Sprite(3, -4, np.full((5, 6, 4), 0.25, np.float32), np.ones((5, 6), bool)))
    cache.keep("cd34", None)
    kept = cache.sprite("ab12")
    assert (kept.x, kept.y, kept.light[0, 0, 0], kept.mask.sum()) == (3, -4, 0.25, 30)
    assert cache.has("cd34")
    assert cache.sprite("cd34") is None
    assert not cache.has("ef56")
