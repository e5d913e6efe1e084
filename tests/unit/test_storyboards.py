"""Storyboards: each tells its story in every street, with its trap, the same way every time."""

import math
from dataclasses import replace

import pytest

from models.plan import parse_plan
from studio.camera.lens import Lens
from studio.filming.planfile import plan_text
from studio.filming.truth import clip_of, stays_of
from studio.matter.looks import COLOURS, KINDS, held_back
from studio.scenes.poses import keys_of
from studio.scenes.scene import parse_scene
from studio.storyboards import BOARDS, Stage, shoot, trap_of
from studio.storyboards.clipset import bundled_street, listed, scene_text, scenes

STREETS = ("shopping", "estate", "gate", "junction")


def stage(street="shopping", **more):
    return Stage(street, bundled_street(street), "mast", **more)


def told(board, street="shopping", **more):
    """Who stands where in a story, without those who only pass: (actor, whether it overstays)."""
    scene = shoot(board, stage(street, **more), alone=True)
    return [(stay.actor, stay.overstayed_s is not None) for stay in stays_of(scene, bundled_street(street))]


@pytest.mark.parametrize("board", BOARDS)
def test_every_storyboard_says_what_its_trap_is(board):
    assert len(trap_of(board)) > 40
    assert shoot(board, stage(), alone=True).story.trap == trap_of(board)


@pytest.mark.parametrize("street", STREETS)
@pytest.mark.parametrize(
    ("board", "stays"),
    [
        ("parks-and-leaves", [("hero", True)]),
        ("stops-short", [("hero", False), ("hero-again", False)]),
        ("loads-and-drives", [("van", False)]),
        ("ambulance-on-duty", [("ambulance", True)]),
        ("over-the-edge", []),
        ("leaves-during-blackout", [("hero", False)]),
        ("driver-at-the-door", [("hero", True)]),
        ("bumper-to-bumper", [("hero", True), ("neighbour", True)]),
        ("vendor-sets-up", [("stall", True)]),
        ("pedestrian-waits", [("taxi", False)]),
        ("water-rises-and-falls", [("hero", True)]),
        ("wet-but-no-water", [("hero", True)]),
    ],
)
def test_a_story_ends_the_same_way_in_every_street(street, board, stays):
    assert told(board, street) == stays


@pytest.mark.parametrize("street", STREETS)
def test_who_stays_overnight_stays_while_neighbours_come_and_go(street):
    assert told("stays-overnight", street)[:2] == [("neighbour", True), ("hero", True)]


@pytest.mark.parametrize("street", STREETS)
def test_a_look_alike_makes_two_stays_that_overstay_or_two_that_do_not(street):
    assert told("replaced-by-look-alike", street, seed=1) == [("hero", False), ("look-alike", False)]
    assert told("replaced-by-look-alike", street, seed=2) == [("hero", True), ("look-alike", True)]


@pytest.mark.parametrize("street", STREETS)
def test_who_creeps_in_a_queue_never_overstays_and_is_traffic(street):
    stays = told("queue-creeps", street)
    assert len(stays) > 4
    assert not any(over for _, over in stays)
    assert set(shoot("queue-creeps", stage(street), alone=True).story.traffic) >= {
        actor for actor, _ in stays
    }


@pytest.mark.parametrize("street", STREETS)
def test_the_bus_halts_between_the_camera_and_the_car(street):
    scene = shoot("bus-in-front", stage(street), alone=True)
    actors = {actor.id: actor.route for actor in scene.actors}
    ((_, _, *bus),) = actors["bus"].rests()
    ((_, _, *car),) = actors["hero"].rests()
    eye = stage(street).eye
    assert math.dist(eye, bus) < math.dist(eye, car)
    off_line = math.dist(eye, bus) + math.dist(bus, car) - math.dist(eye, car)
    assert off_line < 1.0


def test_the_car_leaves_while_nobody_can_see():
    scene = shoot("leaves-during-blackout", stage(), alone=True)
    ((_, left, *_),) = scene.actors[0].route.rests()
    (dark,) = scene.fault
    assert dark.from_s < left < dark.until_s


def test_the_same_stage_gives_the_same_scene_and_another_seed_other_traffic():
    assert shoot("parks-and-leaves", stage()) == shoot("parks-and-leaves", stage())
    assert shoot("parks-and-leaves", stage()).actors != shoot("parks-and-leaves", stage(seed=2)).actors


@pytest.mark.parametrize("street", STREETS)
def test_nobody_who_passes_runs_into_anybody(street):
    scene = shoot("double-parks", stage(street))
    for second in range(0, round(scene.duration_s), 2):
        there = [(actor.id, actor.route.at(second)) for actor in scene.actors]
        places = [(name, (motion.x, motion.y)) for name, motion in there if motion is not None]
        for index, (name, place) in enumerate(places):
            for other, elsewhere in places[:index]:
                assert math.dist(place, elsewhere) > 0.6, (name, other, second)


@pytest.mark.parametrize("street", STREETS)
@pytest.mark.parametrize("board", BOARDS)
def test_no_two_vehicles_of_a_story_drive_through_each_other(board, street):
    scene = shoot(board, stage(street), alone=True)
    vehicles = [
        actor.route for actor in scene.actors if not actor.walks and actor.label not in {"person", "stall"}
    ]
    for half in range(round(scene.duration_s) * 2):
        motions = [motion for route in vehicles if (motion := route.at(half / 2)) is not None]
        for index, one in enumerate(motions):
            for other in motions[:index]:
                assert math.dist((one.x, one.y), (other.x, other.y)) > 1.9, half / 2


def test_clips_of_one_stage_share_most_of_their_pictures():
    view = bundled_street("shopping").view["mast"]
    lens = Lens(view.eye, view.target, view.focal_mm, 640, 360)
    one, other = (
        {key for key in keys_of(scene, lens, range(scene.frames)) if not key.look.startswith(("per", "wom"))}
        for scene in (shoot("parks-and-leaves", stage(seed=1)), shoot("stops-short", stage(seed=2)))
    )
    assert len(one & other) > 0.6 * min(len(one), len(other))


def test_a_camera_that_fails_all_along_fails_until_the_clip_ends():
    always = {"kind": "shake", "from_s": 0, "until_s": 3600, "strength": 0.5}
    scene = shoot("parks-and-leaves", stage(faults=(always,)), alone=True)
    assert [fault.until_s for fault in scene.fault] == [scene.duration_s]


def clips():
    return [
        (take, board, bundled_street(take.street).split) for take in listed().take for board in take.boards
    ]


def test_the_set_has_at_least_sixty_clips_each_of_its_own_name():
    names = [(take.street, take.view, take.condition, board) for take, board, _ in clips()]
    assert len(set(names)) == len(names) >= 60


@pytest.mark.parametrize("split", ["develop", "hold-out"])
def test_every_story_is_told_in_streets_to_tune_on_and_in_streets_kept_back(split):
    assert {board for _, board, its in clips() if its == split} == set(BOARDS)


def test_every_listed_condition_is_used():
    assert {take.condition for take, _, _ in clips()} == set(listed().condition)


@pytest.mark.parametrize(("street", "view"), sorted({(take.street, take.view) for take in listed().take}))
def test_every_camera_of_the_set_sees_its_zones_and_where_the_stories_happen(street, view):
    scene = shoot("parks-and-leaves", replace(stage(street), view=view), alone=True)
    where = bundled_street(street)
    camera = where.view[view]
    lens = Lens(camera.eye, camera.target, camera.focal_mm, 640, 360)
    plan = parse_plan(plan_text(scene, where, clip_of(scene, where, lens)), "s.toml")
    assert {zone.dwell_s for zone in plan.zones} == {scene.dwell_s}
    spots = [*stage(street).forbidden_spots(), stage(street).lawful_spots()[0], stage(street).pitch()]
    for spot in spots:
        x, y, _ = lens.ground(*spot.at)
        assert -20 < x < 660, spot.id
        assert 0 < y < 380, spot.id


@pytest.mark.parametrize("board", BOARDS)
def test_the_studio_can_cast_every_story_and_read_it_from_its_own_file(board):
    scene = shoot(board, stage(), alone=True)
    kinds = {
        kind for actor in scene.actors for kind in (actor.kind, *(change.kind for change in actor.changes))
    }
    assert kinds <= set(KINDS)
    assert {actor.colour for actor in scene.actors} <= set(COLOURS)
    assert parse_scene(scene_text(scene), "s.toml") == scene


@pytest.mark.parametrize("split", ["develop", "hold-out"])
def test_who_plays_in_one_split_wears_what_the_other_never_does(split):
    worn = {
        (kind, actor.colour)
        for scene in scenes(split, "")
        for actor in scene.actors
        for kind in (actor.kind, *(change.kind for change in actor.changes))
    }
    assert worn
    assert {look for look in worn if held_back(*look) != (split == "hold-out")} == set()
