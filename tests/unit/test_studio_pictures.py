"""Training pictures: decided by a seed, split cleanly, labelled by what is seen."""

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from models.errors import ConfigurationError
from studio.camera.lens import Lens
from studio.filming.cache import Cache
from studio.filming.production import Production
from studio.matter.looks import COLOURS, KINDS, held_back
from studio.scenes.poses import SpriteKey
from studio.scenes.scene import parse_scene
from studio.streets.roadside import STAND_PITCH_M
from studio.streets.street import all_bundled, bundled, parse_street
from studio.training.mixing import gathered, mix, told_apart, worn_in
from studio.training.pictures import (
    CLASSES,
    CONDITIONS,
    GROUPS,
    VIEWS,
    Placed,
    Planned,
    cleared,
    footprint,
    group_of,
)
from studio.training.trainset import labels_of, outline, write_card

STREETS = {name: parse_street(*bundled(name)) for name in all_bundled()}
SIZE = (480, 270)
LENS = Lens((-8.8, -3.4, 6.0), (5.4, 5.0, 0.2), 27, *SIZE)
CAR = Placed(SpriteKey("sedan/red/", 4.0, 4.2, 0, -1), 0.0, "car")


def group(split="develop", number=0, seed=1):
    return tuple(group_of(split, number, seed=seed, streets=STREETS, conditions=CONDITIONS, size=SIZE))


def first(split="develop", number=0):
    """Only the first picture of a group: planning a whole one takes a second."""
    return next(iter(group_of(split, number, seed=1, streets=STREETS, conditions=CONDITIONS, size=SIZE)))


def planned(*placed):
    return Planned(0, "shopping", STREETS["shopping"], "noon", "dry", LENS, tuple(placed), 1)


def index_with(**boxes):
    index = np.zeros(SIZE[::-1], np.int32)
    for number, (x0, y0, x1, y1) in boxes.items():
        index[y0:y1, x0:x1] = int(number.removeprefix("n"))
    return index


def test_the_same_seed_plans_the_same_pictures_and_another_others():
    assert group() == group()
    assert group() != group(seed=2)


def test_a_group_shares_its_street_and_light_and_numbers_its_pictures_on():
    pictures = group(number=3)
    assert [picture.number for picture in pictures] == list(range(96, 128))
    assert len({(picture.street, picture.light, picture.weather) for picture in pictures}) == 1


def test_develop_and_hold_out_share_neither_streets_nor_looks():
    splits = {}
    for split in ("develop", "hold-out"):
        pictures = [picture for number in range(3) for picture in group(split, number)]
        looks = {each.key.look.rsplit("/", 1)[0] for picture in pictures for each in picture.placed}
        splits[split] = {picture.street for picture in pictures}, looks
    assert not splits["develop"][0] & splits["hold-out"][0]
    assert not splits["develop"][1] & splits["hold-out"][1]


def test_a_develop_street_is_built_otherwise_for_each_group_and_keeps_its_ways():
    as_it_is = STREETS["shopping"]
    built = [first(number=number).built for number in range(6)]
    built = [street for street in built if street.lane == as_it_is.lane]
    assert len({street.seed for street in built}) == len(built) > 1
    for street in built:
        assert street.building != as_it_is.building
        assert (street.lane, street.walk, street.view) == (as_it_is.lane, as_it_is.walk, as_it_is.view)


def test_in_a_develop_street_four_cameras_see_the_same_actors_and_in_a_hold_out_one_each_sees_its_own():
    develop, judged = group(number=1), group("hold-out")
    for first_of in range(0, len(develop), VIEWS):
        views = develop[first_of : first_of + VIEWS]
        assert len({picture.lens.eye for picture in views}) == VIEWS
        assert len({picture.placed for picture in views}) == 1
    assert len({picture.placed for picture in develop}) == GROUPS["develop"] // VIEWS
    assert len({picture.placed for picture in judged}) == GROUPS["hold-out"]


def test_a_hold_out_street_is_judged_as_it_is():
    pictures = [first("hold-out", number) for number in range(2)]
    assert all(picture.built == cleared(STREETS[picture.street])[0] for picture in pictures)


@pytest.mark.parametrize("name", sorted(STREETS))
def test_the_two_wheelers_of_a_street_are_actors_who_carry_labels(name):
    scooters = [thing for thing in STREETS[name].thing if thing.kind == "scooter"]
    bare, parked = cleared(STREETS[name])
    assert not {"scooter", "bicycle-stand"} & {thing.kind for thing in bare.thing}
    found = [one for one in parked if one.label == "motorcycle"]
    assert [(one.key.x, one.key.y) for one in found] == [pytest.approx(thing.at) for thing in scooters]


def test_a_stand_is_a_bicycle_beside_the_other():
    (stand,) = [thing for thing in STREETS["junction"].thing if thing.kind == "bicycle-stand"]
    bicycles = [one.key for one in cleared(STREETS["junction"])[1] if one.label == "bicycle"]
    assert len(bicycles) == int(stand.size / STAND_PITCH_M)
    apart = [math.hypot(b.x - a.x, b.y - a.y) for a, b in pairwise(bicycles)]
    assert apart == pytest.approx([STAND_PITCH_M] * len(apart), abs=0.01)


def test_the_pictures_that_judge_show_every_street_in_every_light_and_weather_as_often():
    groups = [first("hold-out", number) for number in range(2 * len(set(CONDITIONS)))]
    assert groups[-1].number + GROUPS["hold-out"] == 144
    shown = {(picture.street, picture.light, picture.weather) for picture in groups}
    assert len(shown) == len(groups)


def test_every_kind_has_looks_for_both_splits():
    for kind in KINDS:
        kept = {held_back(kind, colour) for colour in COLOURS}
        assert kept == {True, False}, kind


def test_nobody_stands_in_anybody_else():
    for picture in group(number=1):
        places = [(each.key.x, each.key.y) for each in picture.placed]
        assert len(set(places)) == len(places)


def test_a_label_goes_round_the_pixels_seen_and_carries_its_class():
    x0, y0, x1, y1 = (round(value) for value in outline(CAR, LENS))
    (found,) = labels_of(planned(CAR), index_with(n1=(x0, y0, x1, y1)))
    assert (found.label, found.box_xyxy) == ("car", (x0, y0, x1, y1))


def test_a_two_wheeler_of_the_empty_street_is_told_apart_where_no_sprite_lies_before_it():
    scooter = Placed(SpriteKey("scooter/black/", 4.0, 4.2, 0, -1), 0.0, "motorcycle")
    x0, y0, x1, y1 = (round(value) for value in outline(scooter, LENS))
    middle = (x0 + x1) // 2
    index = told_apart(index_with(n1=(0, 0, middle, SIZE[1])), (scooter,), LENS, 2)
    assert set(np.unique(index)) == {0, 1, 2}
    assert (index[:, :middle] == 1).all()
    (found,) = labels_of(planned(Placed(CAR.key, 0.0, ""), scooter), index)
    assert (found.label, found.box_xyxy) == ("motorcycle", pytest.approx((middle, y0, x1, y1), abs=2))


def test_what_shows_less_than_a_quarter_carries_no_label():
    x0, y0, x1, y1 = (round(value) for value in outline(CAR, LENS))
    sliver = index_with(n1=(x0, y0, x0 + (x1 - x0) // 6, y1))
    assert labels_of(planned(CAR), sliver) == ()


def test_a_mere_thing_carries_no_label():
    thing = Placed(CAR.key, 0.0, "")
    assert labels_of(planned(thing), index_with(n1=(100, 100, 200, 180))) == ()


def test_the_card_counts_what_is_there(tmp_path):
    for folder in ("train", "val"):
        (tmp_path / "labels" / folder).mkdir(parents=True)
    (tmp_path / "labels" / "train" / "00000.txt").write_text("3 0.5 0.5 0.1 0.1\n3 0.2 0.2 0.1 0.1\n")
    write_card(tmp_path, seed=1, size=SIZE, conditions=("noon",))
    card = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert "| train | 1 | 0 | 0 | 0 | 2 | 0 | 0 | 0 | 0 |" in card
    assert f"  {CLASSES.index('car')}: car" in (tmp_path / "data.yaml").read_text(encoding="utf-8")


def parked(look, x, y=4.2):
    return SpriteKey(look, x, y, 0, -1)


def test_mixed_pictures_show_sprites_that_stand_clear_of_each_other_the_far_first():
    keys = [parked("sedan/red/", x) for x in np.arange(2.0, 40.0, 0.5)] + [parked("cart/red/", 12.0, 9.0)]
    for seed in range(20):
        placed = gathered(np.random.default_rng(seed), keys, LENS, lambda _x, _y: 0.0)
        shapes = [footprint(each.key.look, each.key.x, each.key.y, each.key.heading) for each in placed]
        assert not any(one.intersects(other) for one in shapes for other in shapes if one is not other)
        depths = [LENS.ground(each.key.x, each.key.y)[2] for each in placed]
        assert depths == sorted(depths, reverse=True)
        assert all(each.label == ("car" if "sedan" in each.key.look else "stall") for each in placed)


def test_in_a_mix_a_rare_look_is_drawn_as_often_as_a_common_one():
    keys = [parked("sedan/red/", x) for x in np.arange(2.0, 60.0, 0.25)] + [parked("cart/red/", 12.0, 9.0)]
    mixes = [gathered(np.random.default_rng(seed), keys, LENS, lambda _x, _y: 0.0) for seed in range(40)]
    with_cart = sum(any(each.label == "stall" for each in placed) for placed in mixes)
    assert with_cart >= 30


def test_a_mix_of_nothing_is_empty():
    assert gathered(np.random.default_rng(1), [], LENS, lambda _x, _y: 0.0) == ()


def test_a_mix_for_training_shows_no_look_that_is_held_back():
    looks = [f"sedan/{colour}/浙B12345" for colour in COLOURS]
    assert {look for look in looks if worn_in("develop", look)}.isdisjoint(
        look for look in looks if worn_in("hold-out", look)
    )
    assert any(worn_in("develop", look) for look in looks)


@pytest.mark.parametrize("other", [{"view": "high"}, {"light": "night"}, {"street": "gate"}])
def test_only_scenes_of_one_camera_and_light_are_mixed(tmp_path, other):
    scene = parse_scene('name = "one"\nstreet = "shopping"\nview = "mast"\nduration_s = 4\n', "one.scene")
    one = Production(scene, STREETS["shopping"], Cache(tmp_path))
    changed = scene.model_copy(update={"name": "two", **other})
    two = replace(one, scene=changed, street=STREETS[changed.street])
    with pytest.raises(ConfigurationError, match=r"two.*another street, camera or light than one"):
        next(mix([one, two], tmp_path, 4, seed=1))
