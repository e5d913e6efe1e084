"""What burns in which light, where lamps throw their light, and what becomes of a light too bright."""

import math

import numpy as np
import pytest

from studio.camera.lens import Lens
from studio.conditions.glow import actor_lit, bloomed, lamps_of, street_lit
from studio.conditions.headlamps import received
from studio.matter.finishes import FINISHES, Finish
from studio.scenes.light import LIGHTS
from studio.scenes.poses import shots_at
from studio.scenes.scene import parse_scene
from studio.streets.street import View, bundled, parse_street

DARK = ("dusk", "night")
SIGN = Finish(picture=np.zeros((2, 2, 3), np.uint8))


def plane(*rows: tuple[float, float, float]) -> np.ndarray:
    return np.array([rows], np.float32)


@pytest.mark.parametrize("name", sorted(LIGHTS))
def test_signs_shine_in_the_dark_only(name):
    lit = street_lit({"sign-shop": SIGN}, LIGHTS[name])
    assert (lit["sign-shop"].glow > 0) is (name in DARK)


def test_far_houses_do_not_shine_at_night_as_hazy_air_does_by_day():
    by_day, by_night = (street_lit(FINISHES, LIGHTS[name])["wall-far"].glow for name in ("noon", "night"))
    assert by_night < by_day / 20


def test_who_parks_has_the_lamps_off_and_who_drives_has_them_on():
    parked, driving = (actor_lit(FINISHES, LIGHTS["night"], burning=burns) for burns in (False, True))
    assert driving["lamp"].glow > 1000 * parked["lamp"].glow


def test_exposure_and_grain_are_not_the_renderers_affair():
    assert LIGHTS["night"].rendered.exposure == LIGHTS["noon"].rendered.exposure
    assert LIGHTS["night"].rendered.traits == LIGHTS["noon"].rendered.traits


def test_a_low_sun_throws_shadows_longer_than_what_throws_them():
    assert math.hypot(*LIGHTS["low-sun"].towards_ground[:2]) > 3
    assert math.hypot(*LIGHTS["noon"].towards_ground[:2]) < 1


def test_the_mast_that_bears_the_camera_bears_a_lamp_above_it():
    street = parse_street(*bundled("shopping"))
    view = View(eye=(0, 0, 8.0), target=(10, 0, 0), focal_mm=28)
    first, *others = lamps_of(street, view)
    assert first[2] > view.eye[2]
    assert len(others) == sum(thing.kind == "lamp" for thing in street.thing)


def test_lamps_burn_a_little_longer_than_a_car_drives():
    text = """
        name = "n"
        street = "shopping"
        view = "mast"
        light = "{light}"
        duration_s = 60
        [[actor]]
        id = "a"
        kind = "sedan"
        path = [{{ at_s = 0, to = [0, 4] }}, {{ at_s = 10, to = [20, 4] }}, {{ at_s = 60, to = [20, 4] }}]
    """
    lens = Lens((-8, -3, 6), (6, 5, 0), 27, 640, 360)
    burning = {
        light: [
            shots_at(parse_scene(text.format(light=light), "s"), lens, second)[0].key.burning
            for second in (5.0, 12.0, 30.0)
        ]
        for light in ("noon", "night")
    }
    assert burning == {"noon": [False, False, False], "night": [True, True, False]}


def test_a_dipped_beam_lights_the_road_ahead_and_nothing_behind_or_above():
    road, up = (0.0, 0.0, 1.0), plane((6, 0, 0), (-6, 0, 0), (6, 0, 2.5), (6, 9, 0))
    lamp, along = np.array((0, 0, 0.7), np.float32), np.array((1, 0), np.float32)
    ahead, behind, above, beside = received(up, plane(*[road] * 4), lamp, along)[0]
    assert ahead > 0
    assert behind == 0
    assert above == 0
    assert beside < ahead / 10


def test_what_is_too_bright_shines_over_its_neighbours_and_the_rest_stays():
    frame = np.full((64, 64, 3), 0.1, np.float32)
    bloomed(frame, 1.0)
    assert np.allclose(frame, 0.1)
    frame[28:36, 28:36] = 20
    bloomed(frame, 1.0)
    assert frame[32, 42].min() > 0.1
    assert np.allclose(frame[0, 0], 0.1, atol=0.02)
