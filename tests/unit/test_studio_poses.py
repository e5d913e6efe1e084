"""Shots of the studio: few sprites, each laid where the actor truly is."""

import pytest

from studio.camera.lens import Lens
from studio.matter.looks import STRIDE_PHASES
from studio.scenes.poses import SHOWN_PHASES, keys_of, lattice_step, shots_at, snapped
from studio.scenes.scene import parse_scene

LENS = Lens(eye=(-8.8, -3.4, 6.0), target=(5.4, 5.0, 0.2), focal_mm=27, width=640, height=360)


def scene(*actors):
    head = 'name = "s"\nstreet = "shopping"\nview = "mast"\nduration_s = 20\nfps = 10\n'
    return parse_scene(head + "".join(f"[[actor]]\n{actor}\n" for actor in actors), "s.toml")


def passing(name="a", seconds=8, y=4.2, kind="sedan"):
    path = f"[{{ at_s = 0, to = [40, {y}] }}, {{ at_s = {seconds}, to = [0, {y}] }}]"
    return f'id = "{name}"\nkind = "{kind}"\npath = {path}'


def standing(name, x, y):
    path = f"[{{ at_s = 0, to = [{x}, {y}] }}, {{ at_s = 20, to = [{x}, {y}] }}]"
    return f'id = "{name}"\nkind = "suv"\npath = {path}'


def test_a_sprite_is_laid_where_the_actor_truly_is():
    moment = scene(passing())
    (shot,) = shots_at(moment, LENS, 3.3)
    motion = moment.actors[0].route.at(3.3)
    assert shot.to == pytest.approx(LENS.ground(motion.x, motion.y)[:2])
    assert shot.source == pytest.approx(LENS.ground(shot.key.x, shot.key.y)[:2])


def test_a_sprite_is_moved_by_a_few_pixels_at_most():
    moment = scene(passing())
    moves = [
        abs(shot.to[0] - shot.source[0]) for frame in range(80) for shot in shots_at(moment, LENS, frame / 10)
    ]
    assert max(moves) < 14


def test_a_sprite_grows_when_the_actor_is_nearer_than_it():
    for frame in range(80):
        for shot in shots_at(scene(passing()), LENS, frame / 10):
            assert (shot.scale > 1) == (shot.depth_m < LENS.ground(shot.key.x, shot.key.y)[2])


def test_the_far_are_laid_first():
    names = [shot.actor for shot in shots_at(scene(standing("near", 2, 6), standing("far", 30, 6)), LENS, 1)]
    assert names == ["far", "near"]


def test_vehicles_of_one_look_share_the_sprites_of_a_lane_whatever_their_speed():
    frames = range(100)
    one = set(keys_of(scene(passing()), LENS, frames))
    both = set(keys_of(scene(passing(), passing("b", seconds=9.7)), LENS, frames))
    assert len(both) < 1.4 * len(one)


def test_a_standing_car_is_one_sprite():
    assert len(keys_of(scene(standing("a", 2.37, 6.71)), LENS, range(200))) == 1


def test_a_walker_shows_every_phase_of_a_stride_and_stands_still_at_rest():
    walk = "[{ at_s = 0, to = [2, 9] }, { at_s = 8, to = [12, 9] }, { at_s = 12, to = [12, 9] }]"
    keys = keys_of(scene(f'id = "a"\nkind = "person"\npath = {walk}'), LENS, range(121))
    assert {key.phase for key in keys} == {-1, *range(0, STRIDE_PHASES, STRIDE_PHASES // SHOWN_PHASES)}


def test_what_is_behind_the_camera_is_not_drawn():
    assert shots_at(scene(standing("a", -20, -3)), LENS, 1) == ()


@pytest.mark.parametrize(("distance_m", "step"), [(5, 0.25), (14, 0.5), (28, 1.0), (60, 2.0)])
def test_the_lattice_grows_with_the_distance(distance_m, step):
    assert lattice_step(distance_m, 0.036) == step


def test_places_snap_to_the_nearest_point():
    assert snapped(3.13, 0.25) == 3.25
