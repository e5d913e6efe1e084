"""Which streets a scene needs, and what light, weather and water do to its frames."""

import numpy as np
import pytest

from models.errors import ConfigurationError
from studio.camera.lens import OVERSCAN_PX, Lens
from studio.composing.backdrop import Backdrop
from studio.composing.compose import compose
from studio.conditions.surroundings import Conditions, exposure_of, grounds_of
from studio.scenes.scene import Scene, parse_scene
from studio.streets.street import bundled, parse_street

STREET = parse_street(*bundled("shopping"))
LENS = Lens((-8.8, -3.4, 6.0), (5.4, 5.0, 0.2), 27, 64, 64)
SIZE = 64 + 2 * OVERSCAN_PX


def scene(more: str = "") -> Scene:
    text = 'name = "n"\nstreet = "shopping"\nview = "mast"\nduration_s = 60\nwidth = 64\nheight = 64\n'
    return parse_scene(text + more, "s")


def backdrop(light: float) -> Backdrop:
    place = np.zeros((SIZE, SIZE, 3), np.float32)
    place[..., 0], place[..., 1] = np.meshgrid(np.linspace(0, 20, SIZE), np.linspace(8, 0.3, SIZE))
    up = np.zeros_like(place)
    up[..., 2] = 1
    return Backdrop(np.full_like(place, light), np.full_like(place, 0.1), place, up)


RISING = "water = [{ at_s = 10, level_m = 0 }, { at_s = 20, level_m = 0.3 }]"


@pytest.mark.parametrize(
    ("more", "grounds"),
    [
        pytest.param("", ("dry",), id="dry daylight"),
        pytest.param('weather = "snow"', ("dry",), id="snow is laid over the dry street"),
        pytest.param('weather = "rain"', ("wet",), id="rain"),
        pytest.param("water = [{ at_s = 0, level_m = 0 }]", ("wet",), id="wet, but no water"),
        pytest.param(RISING, ("wet", "flooded"), id="water that rises"),
    ],
)
def test_no_street_is_rendered_that_is_not_shown(more, grounds):
    assert grounds_of(scene(more)) == grounds


def test_the_camera_closes_its_iris_before_snow():
    assert exposure_of(scene('weather = "snow"')) < exposure_of(scene())


def test_in_dry_daylight_nothing_is_done_to_a_frame():
    conditions = Conditions(scene(), STREET, LENS, {"dry": backdrop(0.2)})
    assert conditions.at(5) is None
    assert np.array_equal(conditions.street_at(5), backdrop(0.2).light)


def test_rising_water_turns_the_wet_street_into_the_flooded_one():
    shown = {"wet": backdrop(0.1), "flooded": backdrop(0.4)}
    conditions = Conditions(scene(RISING), STREET, LENS, shown)
    means = [float(conditions.street_at(second).mean()) for second in (5, 11, 12.5, 20)]
    assert means[0] == pytest.approx(0.1)
    assert means == sorted(means)
    assert means[-1] == pytest.approx(0.4, abs=0.01)


@pytest.mark.parametrize("more", ['weather = "rain"', 'weather = "snow"', 'light = "night"'])
def test_the_same_second_looks_the_same_again(more):
    needed = grounds_of(scene(more))
    frames = []
    for _ in range(2):
        conditions = Conditions(scene(more), STREET, LENS, dict.fromkeys(needed, backdrop(0.2)))
        frames.append(compose(conditions.street_at(3), (), lambda _key: None, conditions.at(3))[0])
    assert np.array_equal(*frames)
    assert frames[0].shape == (64, 64, 3)


def test_water_that_goes_back_in_time_is_a_fault():
    with pytest.raises(ConfigurationError, match="back in time"):
        scene("water = [{ at_s = 20, level_m = 0 }, { at_s = 10, level_m = 0.3 }]")
