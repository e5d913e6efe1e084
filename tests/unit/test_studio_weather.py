"""Rain, snow and rising water: what becomes wet, white, flooded, mirrored and cut off."""

import numpy as np
import pytest

from studio.composing.backdrop import Backdrop
from studio.composing.compose import Placed
from studio.conditions.footprint import waterline
from studio.conditions.mirror import gloss, mirror
from studio.conditions.water import Flood, Relief, flooded_share, level_at
from studio.conditions.weather import AIRS, Fall, cover, hazed, snowed, tracks, wet
from studio.matter.finishes import FINISHES
from studio.scenes.scene import parse_scene
from studio.streets.street import bundled, parse_street

STREET = parse_street(*bundled("shopping"))
RELIEF = Relief(STREET)
LANE = ((0.0, 0.2), (14.0, 0.2), (14.0, 8.0), (0.0, 8.0))
SCENE = """
    name = "n"
    street = "shopping"
    view = "mast"
    duration_s = 60
    water = [{ at_s = 10, level_m = 0 }, { at_s = 20, level_m = 0.2 }]
"""


def street_of(place: np.ndarray, albedo: float = 0.1) -> Backdrop:
    flat = np.zeros_like(place)
    flat[..., 2] = 1
    return Backdrop(np.full_like(place, 0.05), np.full_like(place, albedo), place, flat)


def ground(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.stack([x, y, np.zeros_like(x)], axis=-1).astype(np.float32)


def test_rain_wets_the_ground_and_leaves_walls_as_they_are():
    after = wet(FINISHES)
    assert after["kerb"].wet > 0
    assert after["wall-cream"] == FINISHES["wall-cream"]


def test_snow_lies_on_what_looks_up():
    place = ground(*np.meshgrid(np.arange(20.0), np.arange(20.0)))
    up, aside = np.zeros_like(place), np.zeros_like(place)
    up[..., 2], aside[..., 1] = 1, -1
    assert cover(place, up, 1).mean() > 0.5
    assert cover(place, aside, 1).max() == 0


def test_snow_makes_dark_ground_bright_without_more_light():
    place = ground(*np.meshgrid(np.linspace(0, 20, 40), np.linspace(0, 8, 40)))
    before = street_of(place)
    after = snowed(before, STREET, 1)
    assert after.light.mean() > 3 * before.light.mean()
    assert after.light.max() < before.light.max() / 0.1


def test_tyres_wear_two_tracks_into_every_lane():
    (x, y), *_ = STREET.lane[0].path
    across = np.array([-0.78, 0.0, 0.78, 1.6])
    worn = tracks(ground(*np.meshgrid(np.linspace(x + 5, x + 60, 300), y + across)), STREET).mean(axis=1)
    left, between, right, beside = worn
    assert min(left, right) > 1.5 * between
    assert beside < 0.5 * min(left, right)


def test_the_far_fades_into_the_air_more_than_the_near():
    place = ground(np.array([[5.0, 150.0, 60.0]]), np.zeros((1, 3)))
    street = street_of(place)
    street.light[0] = [[0.0] * 3, [0.0] * 3, [3.0] * 3]
    near, far, bright = hazed(street, (0, 0, 6), AIRS["snow"]).light[0, :, 0]
    assert 0 < near < far / 5
    assert bright < 3.0


@pytest.mark.parametrize("kind", ["rain", "snow"])
def test_the_same_seed_and_frame_show_the_same_drops(kind):
    frames = [np.full((90, 160, 3), 0.2, np.float32) for _ in range(3)]
    for frame, number in zip(frames, (7, 7, 8), strict=True):
        Fall(kind, (160, 90), 3).lay(frame, number, 0.5)
    assert np.array_equal(frames[0], frames[1])
    assert not np.array_equal(frames[0], frames[2])


@pytest.mark.parametrize(
    ("second", "level"),
    [
        pytest.param(0, 0.0, id="before the first point it is as at the first"),
        pytest.param(15, 0.1, id="straight between two points"),
        pytest.param(60, 0.2, id="after the last as at the last"),
    ],
)
def test_water_stands_as_the_scene_says(second, level):
    assert level_at(parse_scene(SCENE, "s"), second) == pytest.approx(level)


def test_water_covers_more_of_the_road_the_higher_it_stands():
    shares = [flooded_share(RELIEF, LANE, level) for level in (0.0, 0.02, 0.05, 0.08, 0.15)]
    assert shares[0] == 0
    assert shares == sorted(shares)
    assert 0 < shares[1] < 0.5 < shares[3]
    assert shares[4] == 1


def test_the_gutter_is_flooded_before_the_crown_and_the_pavement_last():
    place = ground(np.full((1, 3), 5.0), np.array([[8.0, 4.0, 9.5]]))
    place[0, 2, 2] = 0.12
    flood = Flood(STREET, place)
    assert [round(float(share)) for share in flood.shows(0.05)[0]] == [1, 0, 0]
    assert [round(float(share)) for share in flood.shows(0.13)[0]] == [1, 1, 0]
    assert flood.shows(0.30).min() == 1


def test_a_film_of_water_mirrors_more_the_flatter_one_looks():
    near, far = gloss(ground(np.array([[3.0, 60.0]]), np.zeros((1, 2))), (0, 0, 6))[0]
    assert near < 0.1 < far


def test_a_mirror_image_lies_below_its_actor_and_only_where_it_is_wet():
    frame = np.zeros((40, 20, 3), np.float32)
    light, mask = np.zeros((10, 4, 4), np.float32), np.ones((10, 4), bool)
    light[:2] = 5.0
    shines = np.zeros((40, 20), np.float32)
    shines[:, :10] = 0.5
    mirror(frame, Placed(8, 10, light, mask), shines, 0.8, 0.0)
    assert frame[28:30, 8:10].min() > 0.3
    assert frame[:20].max() == 0
    assert frame[:, 10:].max() == 0


def test_the_water_line_is_the_near_edge_of_what_stands_in_it():
    line = waterline(
        np.array([(0.0, 5.0), (10.0, 5.0), (10.0, 0.0), (0.0, 0.0)]), np.array([-3.0, 4.0, 12.0])
    )
    assert line.tolist() == [5.0, 5.0, 5.0]
