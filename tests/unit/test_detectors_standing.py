"""What stands: by place and picture, never by one detection alone."""

import factories
import numpy as np
import pytest
from factories import found, scene

from detectors import standing
from detectors.look import Detections
from detectors.standing import EMPTY_LOOKS, HIDDEN_LIMIT_S, REPLACED_LOOKS, Sight

PLACE = (0.3, 0.3, 0.5, 0.5)
IN_FRONT = (0.2, 0.25, 0.7, 0.8)
CAR, OTHER_CAR, BUS = 11, 12, 13
STANDS = (found(PLACE), scene((PLACE, CAR)))
MISSED = (found(), scene((PLACE, CAR)))
LEFT = (found(), scene())
HIDDEN = (found((IN_FRONT, "bus")), scene((PLACE, CAR), (IN_FRONT, BUS)))


def watch(looks, objects=(), start=0, every_s=1):
    """All looks after each other: the objects at the end, and everything that is gone."""
    ends = []
    for index, (detections, luma) in enumerate(looks):
        objects, gone = standing.step(objects, detections, luma, factories.at(start + index * every_s))
        ends.extend(gone)
    return objects, ends


def test_a_car_seen_twice_stands():
    (thing,), _ = watch([STANDS])
    assert not thing.stands
    (thing,), gone = watch([STANDS, STANDS])
    assert thing.stands
    assert thing.first_seen_at == factories.at(0)
    assert not gone


def test_a_car_seen_once_is_forgotten():
    assert watch([STANDS, LEFT]) == ((), [])


def test_a_lone_ghost_on_an_unchanging_street_never_stands():
    """The picture of its place stays the same for ever, because nothing was ever there."""
    objects, _ = watch([(found(PLACE), scene()), LEFT, LEFT, LEFT])
    assert objects == ()


def test_a_passing_car_never_stands():
    looks = []
    for index in range(12):
        box = (index * 0.06, 0.4, index * 0.06 + 0.15, 0.55)
        looks.append((found(box), scene((box, CAR))))
    objects = ()
    for index, look in enumerate(looks):
        objects, gone = watch([look], objects, start=index)
        assert not any(thing.stands for thing in objects)
        assert not gone


def test_traffic_that_fills_a_place_never_stands():
    looks = [(found(PLACE), scene((PLACE, 100 + index))) for index in range(20)]
    objects = ()
    for index, look in enumerate(looks):
        objects, _ = watch([look], objects, start=index)
        assert not any(thing.stands for thing in objects)


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


def test_it_has_left_only_after_enough_empty_looks():
    (thing,), gone = watch([STANDS, STANDS, *[LEFT] * (EMPTY_LOOKS - 1)])
    assert thing.sight is Sight.EMPTY
    assert not gone
    objects, gone = watch([STANDS, STANDS, *[LEFT] * EMPTY_LOOKS])
    assert objects == ()
    assert [(end.proven, end.at) for end in gone] == [(True, factories.at(2))]


def test_a_look_that_hides_the_place_starts_the_proof_again():
    looks = [STANDS, STANDS]
    for _ in range(6):
        looks += [*[LEFT] * (EMPTY_LOOKS - 1), HIDDEN]
    _, gone = watch(looks)
    assert not gone


def test_it_is_back_before_the_proof_was_complete():
    objects, gone = watch([STANDS, STANDS, *[LEFT] * (EMPTY_LOOKS - 1), STANDS])
    assert [(thing.first_seen_at, thing.empty_looks) for thing in objects] == [(factories.at(0), 0)]
    assert not gone


def test_another_car_in_its_place_ends_it_unproven_and_is_a_new_one():
    other = (found(PLACE), scene((PLACE, OTHER_CAR)))
    objects, gone = watch([STANDS, STANDS, *[other] * (REPLACED_LOOKS + 1)])
    assert [(end.proven, end.at) for end in gone] == [(False, factories.at(2))]
    (new,) = objects
    assert new.first_seen_at == factories.at(2)
    assert new.id != gone[0].object.id


def test_what_is_hidden_for_too_long_is_gone_without_proof():
    until = int(HIDDEN_LIMIT_S) // 10
    _, gone = watch([STANDS, STANDS], every_s=1)
    objects, _ = watch([STANDS, STANDS])
    objects, gone = watch([HIDDEN] * (until + 1), objects, start=2, every_s=10)
    assert not gone
    _, gone = watch([HIDDEN], objects, start=2 + HIDDEN_LIMIT_S + 1)
    end = next(end for end in gone if end.object.label == "car")
    assert (end.proven, end.at) == (False, factories.at(2))


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


def test_two_cars_side_by_side_are_two_objects():
    beside = (0.55, 0.3, 0.75, 0.5)
    look = (found(PLACE, beside), scene((PLACE, CAR), (beside, OTHER_CAR)))
    objects, _ = watch([look] * 3)
    assert sorted(thing.box_xyxy for thing in objects) == [PLACE, beside]
    assert len({thing.id for thing in objects}) == 2


def test_the_place_is_averaged_first_and_then_fixed():
    objects = ()
    for index in range(40):
        left = 0.3 + 0.002 * index  # creeping: 8 % of the frame in the end
        box = (left, 0.3, left + 0.2, 0.5)
        objects, _ = watch([(found(box), scene((PLACE, CAR)))], objects, start=index)
    assert objects[0].box_xyxy[0] == pytest.approx(0.304, abs=0.002)


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
    assert standing.step((), Detections(), scene(), factories.at(0)) == ((), ())


def test_the_same_footage_gives_the_same_ids():
    looks = [STANDS, STANDS, HIDDEN, STANDS]
    assert watch(looks) == watch(looks)
