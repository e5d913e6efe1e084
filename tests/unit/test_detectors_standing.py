"""What stands: by place and picture, never by one detection alone."""

import cv2
import factories
import numpy as np
import pytest
from factories import SMALL_WH, found, scene
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors import standing
from detectors.emptiness import Emptiness, View
from detectors.ending import EMPTY_LOOKS, HIDDEN_LIMIT_S, REPLACED_LOOKS
from detectors.look import Detections
from detectors.picture import DOUBT, similarity
from detectors.things import BARE_LOOKS, Asked, Sight

PLACE = (0.3, 0.3, 0.5, 0.5)
IN_FRONT = (0.2, 0.25, 0.7, 0.8)
CAR, OTHER_CAR, BUS = 11, 12, 13
STANDS = (found(PLACE), scene((PLACE, CAR)))
MISSED = (found(), scene((PLACE, CAR)))
LEFT = (found(), scene())
HIDDEN = (found((IN_FRONT, "bus")), scene((PLACE, CAR), (IN_FRONT, BUS)))


class Street:
    """One camera's looks after each other.

    Attributes:
        ends: everything that is gone so far.
        at_s: second after noon of the next look.
    """

    def __init__(self, every_s=1.0):
        self.objects, self.places, self.ends = (), Emptiness(), []
        self.at_s, self.every_s = 0.0, every_s

    def look(self, detections, luma, *, shift_xy=(0.0, 0.0), **more):
        asked, view = Asked(detections=detections, **more), View(self.places, luma, shift_xy)
        self.objects, gone = standing.step(self.objects, asked, view, factories.at(self.at_s))
        self.places = standing.learnt(self.objects, asked, view)
        self.ends.extend(gone)
        self.at_s += self.every_s
        return self

    def looks(self, *looks):
        for detections, luma in looks:
            self.look(detections, luma)
        return self

    @property
    def one(self):
        (thing,) = self.objects
        return thing

    @property
    def standing(self):
        return [thing for thing in self.objects if thing.stands]


def watch(looks, learnt=0):
    """All looks after each other, after so many of the empty street: the objects at the end, and the ends."""
    street = Street()
    street.at_s = -float(learnt)
    street.looks(*[LEFT] * learnt, *looks)
    return street.objects, street.ends


def test_a_car_seen_twice_stands():
    (thing,), _ = watch([STANDS])
    assert not thing.stands
    (thing,), gone = watch([STANDS, STANDS])
    assert thing.stands
    assert thing.first_seen_at == factories.at(0)
    assert not gone


def test_a_car_seen_once_is_forgotten():
    assert watch([STANDS, LEFT, LEFT]) == ((), [])


def test_a_network_that_blinks_does_not_lose_an_arrival():
    (thing,), _ = watch([STANDS, MISSED, STANDS], learnt=5)
    assert thing.stands
    assert thing.first_seen_at == factories.at(0)


def test_a_lone_ghost_on_an_unchanging_street_never_stands():
    """The picture of its place stays the same for ever, because nothing was ever there."""
    objects, _ = watch([(found(PLACE), scene()), LEFT, LEFT, LEFT])
    assert objects == ()


def hard_to_see():
    """The empty street through so hard a compression that nobody could swear it is."""
    luma = scene().astype(float)
    blocks = np.random.default_rng(1).normal(0, 17, (luma.shape[0] // 4 + 1, luma.shape[1] // 4 + 1))
    coarse = np.kron(blocks, np.ones((4, 4)))[: luma.shape[0], : luma.shape[1]]
    return found(), np.clip(luma + coarse, 0, 255).astype(np.uint8)


@pytest.mark.parametrize(("away", "is_another"), [(BARE_LOOKS - 2, False), (BARE_LOOKS + 1, True)])
def test_whoever_was_away_long_enough_comes_anew_even_to_the_inch(away, is_another):
    street = Street(5)
    street.looks(*[LEFT] * 5, *[STANDS] * 6)
    first = street.one.first_seen_at
    street.looks(*[hard_to_see()] * away, *[STANDS] * 8)
    assert (street.one.first_seen_at != first) is is_another
    assert [end.proven for end in street.ends] == [False] * is_another


FRONT, WHOLE = (0.3, 0.4, 0.39, 0.5), (0.3, 0.33, 0.45, 0.5)
"""The front of a car and all of it: on the same wheels, an overlap of a third."""


def test_a_car_known_by_its_front_is_no_second_car_when_it_is_found_whole():
    view = scene((WHOLE, CAR))
    street = Street().looks(*[(found(FRONT), view)] * 3, *[(found(WHOLE), view)] * 5)
    assert street.one.box_xyxy == FRONT


def test_a_front_that_nobody_was_sure_of_grows_into_the_car_that_is_found_whole():
    view = scene((WHOLE, CAR))
    unsure, sure = found((FRONT, "car", 0.4)), found((WHOLE, "car", 0.7))
    street = Street().looks(*[(unsure, view)] * 3, (sure, view))
    assert (street.one.box_xyxy, street.one.score) == (WHOLE, 0.7)
    assert street.one.first_seen_at == factories.at(0)
    assert street.one.reasons[-1].what == "found whole: what was known was a part of it"


def test_a_car_found_whole_does_not_make_its_rear_as_sure_as_its_front():
    view, rear = scene((WHOLE, CAR)), (0.32, 0.33, 0.45, 0.48)
    parts = found((FRONT, "car", 0.7), (rear, "truck", 0.3))
    street = Street().looks(*[(parts, view)] * 3, *[(found((WHOLE, "car", 0.8)), view)] * 3)
    assert sorted(thing.score for thing in street.objects) == [0.3, 0.7]


def test_a_part_and_the_whole_found_in_one_look_are_one_car():
    assert (
        len(Street().looks((found((FRONT, "car", 0.6), (WHOLE, "truck", 0.4)), scene((WHOLE, CAR)))).objects)
        == 1
    )


def test_a_front_found_once_gives_way_to_the_whole():
    view = scene((WHOLE, CAR))
    street = Street().looks((found(FRONT), view), *[(found(WHOLE), view)] * 3)
    assert street.one.box_xyxy == WHOLE
    assert street.one.stands


def test_what_is_seen_of_a_car_above_another_that_passes_in_front_is_no_second_car():
    roof, passing = (0.3, 0.3, 0.5, 0.41), (0.25, 0.41, 0.55, 0.7)
    passes = (found((roof, "car", 0.66), passing), scene((PLACE, CAR), (passing, OTHER_CAR)))
    street = Street().looks(*[STANDS] * 3, *[passes] * 3, *[STANDS] * 3)
    assert [thing.box_xyxy for thing in street.standing if thing.box_xyxy != passing] == [PLACE]
    assert street.standing[0].first_seen_at == factories.at(0)


def test_a_car_before_a_bus_stands_for_itself():
    """Its wheels are lower in the picture than those of what stands behind it."""
    bus, car = (0.3, 0.2, 0.6, 0.5), (0.35, 0.35, 0.53, 0.54)
    alone, both = (found(car), scene((car, CAR))), (found(car, (bus, "bus")), scene((bus, BUS), (car, CAR)))
    street = Street().looks(*[alone] * 3, *[both] * 3)
    assert len(street.standing) == 2


def test_a_passing_car_never_stands():
    looks = []
    for index in range(12):
        box = (index * 0.06, 0.4, index * 0.06 + 0.15, 0.55)
        looks.append((found(box), scene((box, CAR))))
    street = Street()
    for look in looks:
        assert not street.looks(look).standing
    assert not street.ends


def test_traffic_that_fills_a_place_never_stands():
    looks = [(found(PLACE), scene((PLACE, 100 + index))) for index in range(20)]
    street = Street()
    for look in looks:
        assert not street.looks(look).standing


@pytest.mark.parametrize("missed", [1, 5, 60])
def test_missed_detections_are_tolerated_while_the_picture_is_the_same(missed):
    (thing,), gone = watch([STANDS, STANDS, *[MISSED] * missed])
    assert thing.sight is Sight.STANDING
    assert thing.last_seen_at == factories.at(1 + missed)
    assert not gone


def test_a_bus_in_front_for_40_seconds_does_not_end_it():
    objects, gone = watch([STANDS, STANDS, *[HIDDEN] * 40, STANDS])
    thing = next(thing for thing in objects if thing.box_xyxy == PLACE)
    assert thing.first_seen_at == factories.at(0)
    assert thing.sight is Sight.STANDING
    assert thing.absent_since is None
    assert not gone


@pytest.mark.parametrize(
    ("learnt", "enough"),
    [
        pytest.param(5, EMPTY_LOOKS, id="the empty place is known"),
        pytest.param(0, BARE_LOOKS, id="it stood there from the first look on"),
    ],
)
def test_it_has_left_only_after_enough_empty_looks(learnt, enough):
    (thing,), gone = watch([STANDS, STANDS, *[LEFT] * (enough - 1)], learnt)
    assert thing.sight is Sight.EMPTY
    assert not gone
    objects, gone = watch([STANDS, STANDS, *[LEFT] * enough], learnt)
    assert objects == ()
    assert [(end.proven, end.at) for end in gone] == [(True, factories.at(2))]


@pytest.mark.parametrize(("learnt", "enough"), [(5, EMPTY_LOOKS), (0, BARE_LOOKS)])
def test_what_left_behind_a_bus_is_away_since_the_first_look_that_shows_it(learnt, enough):
    _, gone = watch([STANDS, STANDS, *[HIDDEN] * 30, *[LEFT] * enough], learnt)
    assert [(end.proven, end.at) for end in gone if end.object.box_xyxy == PLACE] == [
        (True, factories.at(32))
    ]


def test_a_bus_that_the_network_finds_a_look_late_is_no_sight_of_the_place_without_it():
    unasked = (None, HIDDEN[1])
    _, gone = watch([STANDS, STANDS, unasked, *[HIDDEN] * 30, *[LEFT] * EMPTY_LOOKS], learnt=5)
    assert [end.at for end in gone if end.object.box_xyxy == PLACE] == [factories.at(33)]


def test_passers_by_interrupt_the_proof_but_do_not_undo_it():
    looks = [STANDS, STANDS, LEFT, HIDDEN, LEFT, HIDDEN, LEFT]
    _, gone = watch(looks, learnt=5)
    assert [(end.proven, end.at) for end in gone] == [(True, factories.at(2))]


def test_where_the_empty_place_was_never_seen_a_look_that_hides_it_starts_the_proof_again():
    looks = [STANDS, STANDS]
    for _ in range(6):
        looks += [*[LEFT] * (BARE_LOOKS - 1), HIDDEN]
    _, gone = watch(looks)
    assert not gone


def test_a_stall_that_is_packed_up_is_the_same_stall():
    folded = (0.3, 0.37, 0.5, 0.5)
    packing = (found((folded, "stall")), scene((folded, OTHER_CAR)))
    objects, gone = watch([*[(found((PLACE, "stall")), scene((PLACE, CAR)))] * 5, *[packing] * 3])
    assert (len(objects), len(gone)) == (1, 0)
    assert objects[0].sight is Sight.STANDING


def test_the_lower_half_of_what_was_found_whole_in_the_same_look_is_no_second_thing():
    lower, whole_now = (0.3, 0.42, 0.5, 0.56), (0.29, 0.3, 0.51, 0.56)
    look = (found((whole_now, "stall"), (lower, "stall")), scene((PLACE, CAR)))
    objects, _ = watch([*[(found((PLACE, "stall")), scene((PLACE, CAR)))] * 5, *[look] * 3])
    assert len(objects) == 1


def test_where_the_empty_place_is_not_known_looks_without_the_network_neither_count_nor_begin_anew():
    unasked = (None, scene())
    rare = [*[LEFT] * (BARE_LOOKS - 1), *([unasked] * 4 + [LEFT]) * 20]
    _, (gone,) = watch([*[STANDS] * 5, *rare])
    assert gone.proven
    assert gone.at == factories.at(5)
    # Asked now and then only, a bus that is not found could pass for the empty place: a minute must go by.
    some = [*[LEFT] * (BARE_LOOKS - 1), *[unasked] * 4, LEFT]
    objects, gone = watch([*[STANDS] * 5, *some])
    assert not gone
    assert objects[0].bare_looks == BARE_LOOKS


def test_one_look_that_seems_empty_does_not_make_two_of_one_car():
    objects, gone = watch([STANDS, STANDS, LEFT, STANDS], learnt=5)
    assert [(thing.first_seen_at, thing.empty_looks) for thing in objects] == [(factories.at(0), 0)]
    assert not gone


def test_another_car_in_its_place_ends_it_unproven_and_is_a_new_one():
    other = (found(PLACE), scene((PLACE, OTHER_CAR)))
    objects, gone = watch([STANDS, STANDS, *[other] * (REPLACED_LOOKS + 1)])
    assert [(end.proven, end.at) for end in gone] == [(False, factories.at(2))]
    (new,) = objects
    assert new.first_seen_at == factories.at(2)
    assert new.id != gone[0].object.id


def night(*things):
    return (scene(*things) // 4).astype(np.uint8)


def test_a_car_whose_lamps_go_out_in_the_dark_is_the_same_car():
    lit, out = (found(PLACE), night((PLACE, CAR))), (found(PLACE), night((PLACE, OTHER_CAR)))
    street = Street().looks(*[lit] * 3, *[out] * 8)
    assert street.one.first_seen_at == factories.at(0)
    assert street.one.sight is Sight.STANDING
    assert not street.ends


def test_in_the_dark_whoever_was_seen_away_comes_anew_for_lamps_look_alike():
    """By day it is held against its colour."""
    view = {"day": (scene((PLACE, CAR)), scene((PLACE, BUS)))}
    view["night"] = tuple((picture // 4).astype(np.uint8) for picture in view["day"])
    came_back = {}
    for time, (there, away) in view.items():
        here, gone = (found(PLACE), there), (None, away)
        street = Street().looks(*[here] * 4, *[gone] * 5, *[here] * 4)
        came_back[time] = {thing.first_seen_at for thing in street.standing if thing.absent_since is None}
    assert came_back == {"day": {factories.at(0)}, "night": {factories.at(9)}}


def test_in_the_dark_another_car_comes_some_seconds_after_the_one_that_left():
    lit, none = (found(PLACE), night((PLACE, CAR))), (found(), night())
    other = (found(PLACE), night((PLACE, OTHER_CAR)))
    street = Street().looks(*[lit] * 3, *[none] * 4, *[other] * 8)
    assert street.one.first_seen_at == factories.at(7)
    assert len(street.ends) == 1


def with_lamps(luma):
    """A look with two lamps burning in the place."""
    luma = luma.copy()
    for x in (0.34, 0.44):
        cv2.circle(luma, (round(x * SMALL_WH[0]), round(0.45 * SMALL_WH[1])), 4, 255, -1)
    return luma


@pytest.mark.parametrize(("seed", "is_another"), [(CAR, False), (OTHER_CAR, True)])
def test_in_the_dark_lamps_that_look_alike_bring_nobody_back_whose_lines_are_others(seed, is_another):
    own, back = (with_lamps(night((PLACE, which))) for which in (CAR, seed))
    assert (
        similarity(View(Emptiness(), own, (0, 0)).now(PLACE), View(Emptiness(), back, (0, 0)).now(PLACE))
        > DOUBT
    )
    street = Street().looks(*[(found(), night())] * 5, *[(found(PLACE), own)] * 6)
    for _ in range(5):
        street.look(found(), night((PLACE, CAR), (IN_FRONT, BUS)), hiding=np.array([IN_FRONT]))
    street.looks(*[(found(PLACE), back)] * 3)
    came = {thing.first_seen_at for thing in street.standing}
    assert (factories.at(16) in came) == is_another


@pytest.mark.parametrize(
    ("paint", "cars"), [((200, 40, 40), 1), ((40, 40, 200), 2)], ids=["its own", "another"]
)
def test_in_the_dark_its_very_colours_bring_back_whose_lines_are_others(paint, cars):
    own, back = (with_lamps(night((PLACE, which))) for which in (CAR, OTHER_CAR))
    hidden = night((PLACE, CAR), (IN_FRONT, BUS))
    street = Street().looks(*[(found(), night())] * 5)
    for _ in range(6):
        street.look(found(PLACE), own, pixels=painted(own, (200, 40, 40)))
    for _ in range(5):
        street.look(found(), hidden, hiding=np.array([IN_FRONT]), pixels=painted(hidden, (90, 90, 90)))
    for _ in range(3):
        street.look(found(PLACE), back, pixels=painted(own, paint))
    assert len({thing.first_seen_at for thing in street.standing}) == cars


@pytest.mark.parametrize(
    ("passing", "cars"),
    [((0.36, 0.28, 0.56, 0.46), 2), ((0.36, 0.34, 0.56, 0.56), 1)],
    ids=["on its ground", "in front"],
)
def test_who_stands_where_another_was_found_on_its_very_ground_is_another(passing, cars):
    """A queue moves on: between two looks nobody leaves the place to another, unless seen."""
    own = painted(STANDS[1], (200, 40, 40))
    street = Street().looks(*[LEFT] * 5)
    for _ in range(6):
        street.look(*STANDS, pixels=own)
    street.look(found(passing), scene((PLACE, CAR), (passing, BUS)), pixels=own)
    for _ in range(3):
        street.look(found(PLACE), scene((PLACE, OTHER_CAR)), pixels=own)
    everything = [*street.objects, *(end.object for end in street.ends)]
    assert len({thing.first_seen_at for thing in everything if thing.stands}) == cars


def test_what_is_hidden_for_too_long_is_gone_without_proof():
    street = Street().looks(STANDS, STANDS)
    street.every_s = 10
    street.looks(*[HIDDEN] * (int(HIDDEN_LIMIT_S) // 10 + 1))
    assert not street.ends
    street.looks(HIDDEN)
    end = next(end for end in street.ends if end.object.label == "car")
    assert (end.proven, end.at) == (False, factories.at(2))


def test_blind_time_does_not_use_up_the_patience_with_what_is_hidden():
    street = Street().looks(STANDS, STANDS, HIDDEN)
    street.at_s += 1000
    street.look(*HIDDEN, blind_s=1000)
    assert not street.ends
    street.looks(*[HIDDEN] * 40, STANDS)
    assert not street.ends
    assert {thing.first_seen_at for thing in street.objects if thing.label == "car"} == {factories.at(0)}


def test_one_vehicle_called_a_car_and_a_truck_is_one_object():
    nearly = (0.3, 0.3, 0.51, 0.51)
    look = (found((PLACE, "car", 0.6), (nearly, "truck", 0.7)), scene((PLACE, CAR)))
    (thing,), gone = watch([look] * 6)
    assert thing.label == "truck"
    assert not gone


def test_a_second_box_later_is_no_second_object():
    nearly = (0.3, 0.3, 0.52, 0.52)
    twice = (found(PLACE, (nearly, "truck", 0.7)), scene((PLACE, CAR)))
    objects, _ = watch([STANDS, STANDS, twice, twice, twice])
    assert len(objects) == 1


def test_what_stands_comes_before_a_second_box_of_it_that_lies_a_little_better():
    """In a flickering light it was not known for a look, and something new began in its place."""
    beside = (0.302, 0.3, 0.502, 0.5)
    flickers, nearly = (
        cv2.addWeighted(scene((PLACE, CAR)), 1 - share, scene((PLACE, BUS)), share, 0) for share in (0.6, 0.4)
    )
    street = Street().looks(*[LEFT] * 5, *[STANDS] * 6)
    for _ in range(4):
        street.look(found(), HIDDEN[1], hiding=np.array([IN_FRONT]))
    street.look(found(beside), flickers)
    assert len(street.objects) == 2
    street.looks(*[(found(beside), nearly)] * 4)
    assert [thing.first_seen_at for thing in street.standing] == [factories.at(5)]


def test_two_cars_side_by_side_are_two_objects():
    beside = (0.55, 0.3, 0.75, 0.5)
    look = (found(PLACE, beside), scene((PLACE, CAR), (beside, OTHER_CAR)))
    objects, _ = watch([look] * 3)
    assert sorted(thing.box_xyxy for thing in objects) == [PLACE, beside]
    assert len({thing.id for thing in objects}) == 2


def test_the_place_is_averaged_first_and_then_fixed():
    street = Street()
    for index in range(40):
        left = 0.3 + 0.002 * index  # creeping: 8 % of the frame in the end
        street.look(found((left, 0.3, left + 0.2, 0.5)), scene((PLACE, CAR)))
    assert street.one.box_xyxy[0] == pytest.approx(0.304, abs=0.002)


def test_the_label_is_the_networks_word_at_its_best_score():
    looks = [
        (found((PLACE, "car", 0.5)), scene((PLACE, CAR))),
        (found((PLACE, "truck", 0.9)), scene((PLACE, CAR))),
        (found((PLACE, "bus", 0.6)), scene((PLACE, CAR))),
    ]
    (thing,), _ = watch(looks)
    assert (thing.label, thing.score) == ("truck", 0.9)


def test_light_that_fades_does_not_end_it():
    looks = []
    for index in range(30):
        dusk = np.clip(scene((PLACE, CAR)) * (1 - index * 0.02), 0, 255).astype(np.uint8)
        looks.append((found(PLACE), dusk))
    (thing,), gone = watch(looks)
    assert thing.looks == 30
    assert not gone


def test_a_box_outside_the_frame_or_without_area_never_stands():
    boxes = found((1.1, 0.2, 1.3, 0.4), (0.2, 0.2, 0.2, 0.2))
    objects, gone = watch([(boxes, scene())] * 4)
    assert not any(thing.stands for thing in objects)
    assert not gone


def test_nothing_found_in_nothing_is_nothing():
    view = View(Emptiness(), scene())
    assert standing.step((), Asked(detections=Detections()), view, factories.at(0)) == ((), ())


def test_the_same_footage_gives_the_same_ids():
    looks = [STANDS, STANDS, HIDDEN, STANDS]
    assert watch(looks) == watch(looks)


def lit(look, change):
    """The same look with its brightness changed, and its detections."""
    detections, luma = look
    return detections, np.clip(change(luma.astype(np.float64)), 0, 255).astype(np.uint8)


def shadow(luma):
    """A hard shadow over the left half of the place."""
    dark = luma.copy()
    dark[:, : int(0.4 * SMALL_WH[0])] *= 0.4
    return dark


def glare(luma):
    """A headlight beside the place."""
    y, x = np.mgrid[: SMALL_WH[1], : SMALL_WH[0]]
    away = (x / SMALL_WH[0] - 0.3) ** 2 + (y / SMALL_WH[1] - 0.5) ** 2
    return luma + 255 * np.exp(-away / 0.004)


def rain(luma):
    wet = luma.copy()
    rng = np.random.default_rng(3)
    for x, y in zip(rng.integers(0, SMALL_WH[0], 150), rng.integers(0, SMALL_WH[1], 150), strict=True):
        wet[y : y + 8, x] += 60
    return wet


LIGHTS = {
    "a hard shadow over half of it": shadow,
    "a headlight": glare,
    "rain": rain,
    "half the light": lambda luma: luma * 0.5,
    "twice the exposure": lambda luma: luma * 2.0,
    "another gamma": lambda luma: 255 * (luma / 255) ** 2,
    "noise": lambda luma: luma + np.random.default_rng(4).normal(0, 10, luma.shape),
}


@pytest.mark.parametrize("light", LIGHTS.values(), ids=LIGHTS.keys())
@pytest.mark.parametrize("look", [STANDS, MISSED], ids=["found", "missed"])
def test_another_light_never_ends_it_and_never_makes_two_of_it(light, look):
    changed = [lit(look, light)] * 8
    objects, gone = watch([STANDS, STANDS, *changed, STANDS, STANDS], learnt=5)
    assert [thing.first_seen_at for thing in objects] == [factories.at(0)]
    assert objects[0].sight is Sight.STANDING
    assert not gone


@pytest.mark.parametrize("light", LIGHTS.values(), ids=LIGHTS.keys())
def test_in_another_light_an_empty_place_is_still_no_car(light):
    _, gone = watch([STANDS, STANDS, *[lit(LEFT, light)] * 12], learnt=5)
    assert all(end.at == factories.at(2) for end in gone)
    assert all(end.proven for end in gone)


def test_a_picture_gone_white_proves_nothing():
    white = (found(), np.full_like(scene(), 250))
    (thing,), gone = watch([STANDS, STANDS, *[white] * 60], learnt=5)
    assert thing.sight is Sight.OCCLUDED
    assert not gone


@pytest.mark.parametrize("size", [0.15, 0.3], ids=["a van before it", "a lorry before it"])
def test_what_the_network_does_not_find_in_front_is_no_empty_place(size):
    left, top, right, bottom = PLACE
    before = (left - size / 2, top - size / 2, right + size / 2, bottom + size / 2)
    hidden = (found(), scene((PLACE, CAR), (before, BUS)))
    objects, gone = watch([STANDS, STANDS, *[hidden] * 15, STANDS], learnt=5)
    assert [thing.first_seen_at for thing in objects] == [factories.at(0)]
    assert not gone


def test_somebody_at_its_door_hides_a_part_and_the_rest_is_enough():
    person = (0.3, 0.3, 0.38, 0.52)
    luma = scene((PLACE, CAR), (person, 40))
    street = Street().looks(*[LEFT] * 5, STANDS, STANDS)
    for _ in range(60):
        street.look(found(), luma, hiding=np.array([person]))
    assert street.one.sight is Sight.STANDING
    assert street.one.reasons[-1].what == "partly hidden, the rest looks as before"


def test_a_look_alike_within_seconds_is_another_car():
    """The same model in the same paint, three looks after the place was seen empty."""
    objects, gone = watch([STANDS, STANDS, *[LEFT] * 3, STANDS, STANDS], learnt=5)
    assert [(end.proven, end.at) for end in gone] == [(True, factories.at(2))]
    assert [thing.first_seen_at for thing in objects] == [factories.at(5)]


def test_two_empty_looks_are_enough_when_another_car_stands_there_after_them():
    objects, gone = watch([STANDS, STANDS, LEFT, LEFT, STANDS, STANDS], learnt=5)
    assert [(end.proven, end.at) for end in gone] == [(True, factories.at(2))]
    assert [thing.first_seen_at for thing in objects] == [factories.at(4)]


def lamps_over_the_street(share):
    """The empty place while another's lamps sweep over it: by so much another picture."""
    return found(), cv2.addWeighted(scene(), 1 - share, scene((PLACE, BUS)), share, 0)


@pytest.mark.parametrize(
    ("between", "cars"),
    [([], 1), ([lamps_over_the_street(0.45)], 2), ([lamps_over_the_street(0.6)], 1)],
    ids=["one empty look", "and one like the empty street", "and one like nothing known"],
)
def test_a_look_like_the_empty_street_after_an_empty_one_is_a_second_without_it(between, cars):
    street = Street().looks(*[LEFT] * 5, *[STANDS] * 4, LEFT, *between, *[STANDS] * 3)
    everything = [*street.objects, *(end.object for end in street.ends)]
    assert len({thing.first_seen_at for thing in everything if thing.stands}) == cars


def painted(luma, bgr):
    """A look in colours: the place in a paint, the street grey."""
    pixels = cv2.cvtColor(luma, cv2.COLOR_GRAY2BGR)
    width, height = SMALL_WH
    left, top, right, bottom = PLACE
    rows = slice(int(top * height), int(bottom * height))
    columns = slice(int(left * width), int(right * width))
    pixels[rows, columns] = pixels[rows, columns] // 2 + np.array(bgr, np.uint8) // 2
    return lambda: pixels


@pytest.mark.parametrize(("paint", "stands"), [((200, 40, 40), 1), ((40, 40, 200), 2)], ids=["blue", "red"])
def test_after_one_empty_look_the_paint_tells_whether_it_is_the_same_car(paint, stands):
    street = Street().looks(*[LEFT] * 5)
    for _ in range(3):
        street.look(*STANDS, pixels=painted(STANDS[1], (200, 40, 40)))
    street.look(*LEFT, pixels=painted(LEFT[1], (90, 90, 90)))
    for _ in range(3):
        street.look(*STANDS, pixels=painted(STANDS[1], paint))
    everything = [*street.objects, *(end.object for end in street.ends)]
    assert len({thing.first_seen_at for thing in everything}) == stands


def test_the_network_not_being_asked_proves_nothing():
    street = Street().looks(*[LEFT] * 5, STANDS, STANDS)
    for _ in range(60):
        street.look(None, scene())
    assert not street.ends
    assert street.one.doubtful
    street.looks(*[LEFT] * EMPTY_LOOKS)
    assert [(end.proven, end.at) for end in street.ends] == [(True, factories.at(7))]


def test_while_the_network_is_not_asked_the_picture_keeps_it():
    street = Street().looks(*[LEFT] * 5, STANDS)
    for _ in range(60):
        street.look(None, scene((PLACE, CAR)))
    assert street.one.stands
    assert not street.one.doubtful
    assert street.one.last_seen_at == factories.at(65)


@pytest.mark.parametrize(("unasked", "is_kept"), [(3, True), (4, False)])
def test_a_car_found_once_is_waited_for_while_nobody_asks_and_its_picture_flickers(unasked, is_kept):
    flickers = cv2.convertScaleAbs(scene((PLACE, CAR)), alpha=0.3, beta=120)[:, ::-1]
    street = Street().looks(*[LEFT] * 5, STANDS)
    for _ in range(unasked):
        street.look(None, flickers)
    street.look(*STANDS)
    assert [thing.stands for thing in street.objects] == [is_kept]


@pytest.mark.parametrize(("paint", "cars"), [((200, 40, 40), 1), ((40, 40, 200), 2)], ids=["blue", "red"])
def test_between_two_looks_lines_that_changed_make_no_other_car_of_one_in_the_same_colours(paint, cars):
    """A lamp beside it throws other shadows over it: its lines are others, its colours are not."""
    lit = scene((PLACE, OTHER_CAR))
    street = Street().looks(*[LEFT] * 5)
    for luma, bgr in [*[(STANDS[1], (200, 40, 40))] * 6, *[(lit, paint)] * 3]:
        street.look(found(PLACE), luma, pixels=painted(STANDS[1], bgr))
    came = {thing.first_seen_at for thing in [*street.objects, *(end.object for end in street.ends)]}
    assert len(came) == cars


def test_what_lies_outside_the_regions_the_network_was_shown_was_not_looked_at():
    street = Street().looks(*[LEFT] * 5, STANDS, STANDS)
    for _ in range(20):
        street.look(found(), scene(), regions=np.array([[0.6, 0.0, 1.0, 1.0]]))
    assert not street.ends
    for _ in range(EMPTY_LOOKS):
        street.look(found(), scene(), regions=np.array([[0.2, 0.2, 0.6, 0.6]]))
    assert [end.proven for end in street.ends] == [True]


def test_a_newcomer_is_dated_back_to_when_something_came_to_rest_there():
    street = Street().looks(*[LEFT] * 5)
    for _ in range(3):
        street.look(None, scene((PLACE, CAR)))
    street.look(*STANDS, onsets=[((0.31, 0.31, 0.49, 0.52), factories.at(5))])
    assert street.one.first_seen_at == factories.at(5)
    street.look(None, scene((PLACE, CAR)))
    assert street.one.stands


@pytest.mark.parametrize("shift_px", [(3, 0), (-4, 2), (6, -5)])
def test_a_shaken_camera_shows_the_same_when_it_says_how_far(shift_px):
    dx, dy = shift_px
    shift_xy = (dx / SMALL_WH[0], dy / SMALL_WH[1])
    moved_box = tuple(value + shift_xy[index % 2] for index, value in enumerate(PLACE))
    street = Street().looks(*[LEFT] * 5, STANDS, STANDS)
    for index in range(12):
        luma = np.roll(scene((PLACE, CAR)), (dy, dx), axis=(0, 1))
        street.look(found(moved_box) if index % 3 else found(), luma, shift_xy=shift_xy)
    assert street.one.sight is Sight.STANDING
    assert street.one.box_xyxy == pytest.approx(PLACE, abs=1e-4)
    for _ in range(EMPTY_LOOKS):
        street.look(found(), np.roll(scene(), (dy, dx), axis=(0, 1)), shift_xy=shift_xy)
    assert [end.proven for end in street.ends] == [True]


def test_two_cars_bumper_to_bumper_are_both_kept():
    """Seen along the row: the boxes overlap by half, the wheels do not."""
    behind = (0.3, 0.18, 0.5, 0.41)
    before = (0.3, 0.27, 0.5, 0.5)
    look = (found(before, behind), scene((behind, OTHER_CAR), (before, CAR)))
    objects, gone = watch([*[look] * 6], learnt=5)
    assert sorted(thing.box_xyxy for thing in objects) == [behind, before]
    left = (found(behind), scene((behind, OTHER_CAR)))
    objects, gone = watch([*[look] * 6, *[left] * 4], learnt=5)
    assert [end.object.box_xyxy for end in gone if end.proven] == [before]
    assert [thing.box_xyxy for thing in objects] == [behind]


def test_what_was_there_while_the_street_was_learnt_stands_all_the_same_and_leaves():
    """The network overlooked it for a minute: the place was learnt with it."""
    street = Street().looks(*[MISSED] * 60, *[STANDS] * 8)
    assert street.one.stands
    street.looks(*[LEFT] * (BARE_LOOKS + 1))
    assert [end.proven for end in street.ends] == [True]


def test_a_look_every_quarter_of_a_minute_is_enough():
    street = Street(every_s=15).looks(*[LEFT] * 5, *[STANDS] * 40)
    assert street.one.first_seen_at == factories.at(75)
    street.looks(*[LEFT] * EMPTY_LOOKS)
    assert [(end.proven, end.at) for end in street.ends] == [(True, factories.at(45 * 15))]


def test_what_replaces_another_in_its_place_has_not_crept():
    street = Street().looks(*[LEFT] * 5)
    for detections, luma in [*[STANDS] * 6, *[LEFT] * 4, *[STANDS] * 3]:
        street.look(detections, luma, pixels=painted(luma, (200, 40, 40)))
    assert [thing.crept for thing in street.standing] == [0]
    assert len(street.ends) == 1


def test_after_a_while_out_of_sight_the_same_shape_in_another_colour_is_another_car():
    street = Street().looks(*[LEFT] * 5)
    for luma, paint in [*[(STANDS[1], (200, 40, 40))] * 6]:
        street.look(STANDS[0], luma, pixels=painted(luma, paint))
    for _ in range(5):
        street.look(*HIDDEN, pixels=painted(HIDDEN[1], (90, 90, 90)))
    for _ in range(3):
        street.look(*STANDS, pixels=painted(STANDS[1], (40, 40, 200)))
    newest = max(street.standing, key=lambda thing: thing.first_seen_at)
    assert newest.first_seen_at == factories.at(16)


def test_after_a_while_out_of_sight_the_same_car_goes_on():
    street = Street().looks(*[LEFT] * 5)
    for detections, luma in [*[STANDS] * 6, *[HIDDEN] * 5, *[STANDS] * 3]:
        street.look(detections, luma, pixels=painted(luma, (200, 40, 40)))
    assert [thing.first_seen_at for thing in street.standing if thing.label == "car"] == [factories.at(5)]


@pytest.mark.parametrize(
    ("paint", "cars"), [((200, 40, 40), 1), ((200, 40, 80), 2)], ids=["its own", "nearly its own"]
)
def test_a_part_of_its_picture_brings_nobody_back_in_another_colour(paint, cars):
    # The right half stood behind a neighbour and looks otherwise now; the left half is as it was.
    neighbour, split = (0.4, 0.3, 0.6, 0.5), 0.42
    back = scene((PLACE, 44)).copy()
    kept = round(split * SMALL_WH[0])
    back[:, :kept] = scene((PLACE, CAR))[:, :kept]
    own = (200, 40, 40)
    street = Street().looks(*[LEFT] * 5)
    for detections, luma in [
        *[STANDS] * 6,
        *[(found(PLACE, neighbour), scene((PLACE, CAR), (neighbour, OTHER_CAR)))] * 4,
    ]:
        street.look(detections, luma, pixels=painted(luma, own))
    for _ in range(5):
        street.look(found(), HIDDEN[1], hiding=np.array([IN_FRONT]), pixels=painted(HIDDEN[1], (90, 90, 90)))
    for _ in range(2):
        street.look(found(PLACE), back, pixels=painted(back, paint))
    assert len([thing for thing in street.standing if thing.box_xyxy == PLACE]) == cars


CART, SPREAD = (0.4, 0.5, 0.5, 0.7), (0.36, 0.3, 0.54, 0.72)


@pytest.mark.parametrize(("label", "things"), [("stall", 1), ("car", 2)])
def test_a_stall_that_opens_its_umbrella_is_still_itself_and_a_car_in_front_is_another(label, things):
    cart = (found((CART, label)), scene((CART, 31)))
    spread = (found((SPREAD, label)), scene((SPREAD, 32)))
    street = Street().looks(*[LEFT] * 5, *[cart] * 6, *[spread] * 4)
    everything = [*street.standing, *(end.object for end in street.ends)]
    assert len({thing.id for thing in everything}) == things
    newest = max(everything, key=lambda thing: thing.last_seen_at)
    assert newest.box_xyxy == SPREAD


def test_what_moves_on_by_a_length_has_crept():
    ahead = (0.52, 0.3, 0.72, 0.5)
    looks = [(found(PLACE), scene((PLACE, CAR))), (found(ahead), moved_scene(CAR, PLACE, ahead))]
    street = Street().looks(*[LEFT] * 5)
    for detections, luma in [looks[0]] * 10 + [looks[1]] * 4:
        street.look(detections, luma, pixels=lambda luma=luma: cv2.cvtColor(luma, cv2.COLOR_GRAY2BGR))
    assert [thing.crept for thing in street.standing if thing.box_xyxy == ahead] == [1]


def moved_scene(seed, before, after):
    """A street on which the thing drawn at one place stands at another."""
    width, height = SMALL_WH
    luma, drawn = scene().copy(), scene((before, seed))
    (a, b, c, d), (e, f, _, _) = before, after
    crop = drawn[round(b * height) : round(d * height), round(a * width) : round(c * width)]
    top, left = round(f * height), round(e * width)
    luma[top : top + crop.shape[0], left : left + crop.shape[1]] = crop
    return luma


def test_the_reasons_say_what_every_look_rested_on():
    objects, _ = watch([STANDS, STANDS, *[MISSED] * 3, *[HIDDEN] * 4, STANDS], learnt=5)
    thing = next(thing for thing in objects if thing.label == "car")
    assert [(reason.what, reason.looks) for reason in thing.reasons] == [
        ("first found here", 1),
        ("found in its place, looking the same", 1),
        ("not found, but its place looks as before", 3),
        ("hidden by a bus", 4),
        ("found in its place, looking the same", 1),
    ]
    assert thing.reasons[1].values.keys() == {"overlap", "correlation"}


PARTS = st.lists(
    st.tuples(
        st.sampled_from(["found", "missed", "hidden", "unasked", *LIGHTS]), st.booleans(), st.integers(1, 4)
    ),
    max_size=12,
)


def shown(kind, *, is_found):
    """One look at a car that stands there all the time."""
    if kind == "hidden":
        return HIDDEN
    if kind == "unasked":
        return None, scene((PLACE, CAR))
    look = STANDS if is_found or kind == "found" else MISSED
    return lit(look, LIGHTS[kind]) if kind in LIGHTS else look


@settings(deadline=None, max_examples=20)
@given(PARTS)
def test_one_car_is_one_object_whatever_hides_misses_or_lights_it(parts):
    street = Street().looks(*[LEFT] * 5, STANDS, STANDS)
    for kind, is_found, count in parts:
        for _ in range(count):
            street.look(*shown(kind, is_found=is_found))
    street.looks(STANDS)
    cars = [thing for thing in street.standing if thing.label == "car"]
    assert [thing.first_seen_at for thing in cars] == [factories.at(5)]
    assert not [end for end in street.ends if end.object.label == "car"]


@settings(deadline=None, max_examples=20)
@given(st.integers(2, 6), st.integers(2, 8), st.integers(2, 8), st.sampled_from([CAR, OTHER_CAR]))
def test_two_cars_with_the_empty_place_between_them_are_never_one(first, empty, second, other):
    there = (found(PLACE), scene((PLACE, other)))
    street = Street().looks(*[LEFT] * 5, *[STANDS] * first, *[LEFT] * empty, *[there] * second)
    assert [(end.proven, end.at) for end in street.ends] == [(True, factories.at(5 + first))]
    assert [thing.first_seen_at for thing in street.standing] == [factories.at(5 + first + empty)]


HISTORY = st.lists(st.sampled_from(["stands", "missed", "left", "hidden", "unasked", "dark"]), max_size=40)


@settings(deadline=None, max_examples=30)
@given(HISTORY, st.booleans())
def test_nothing_has_left_before_its_place_was_seen_empty(history, learnt):
    looks = {
        "stands": STANDS,
        "missed": MISSED,
        "left": LEFT,
        "hidden": HIDDEN,
        "unasked": (None, scene()),
        "dark": lit(LEFT, lambda luma: luma * 0.05),
    }
    street = Street().looks(*[LEFT] * (5 if learnt else 0))
    start = int(street.at_s)
    street.looks(*[looks[name] for name in history])
    for end in street.ends:
        if end.proven and end.object.label == "car":
            last = round((end.object.last_seen_at - factories.at(start)).total_seconds())
            assert history[last + 1 :].count("left") >= 2
            assert end.at > end.object.last_seen_at
    ids = [thing.id for thing in street.objects] + [end.object.id for end in street.ends]
    assert len(ids) == len(set(ids))
