"""Stays: dwell by the wall clock, blind time excepted, ends back-dated to the truth."""

from collections import Counter
from itertools import pairwise

import factories
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors import stays
from detectors.standing import Gone, Sight, Standing
from detectors.stays import CONTINUES_S, SETTLE_S, StayTurn, ZoneRule
from models.plan import Zone
from models.records import EndedBy, ZoneKind

SOURCE = "/s/d/c"
BOX = (0.4, 0.4, 0.6, 0.6)
WHOLE = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
at = factories.at


def rule(zone_id="z", dwell_s=10.0, polygon=WHOLE, **more):
    return ZoneRule.of(Zone(id=zone_id, kind=ZoneKind.FIRE_LANE, polygon=polygon, dwell_s=dwell_s, **more))


def thing(seconds, *, sight=Sight.STANDING, since=None, first=0.0, name="a", looks=9, label="car"):
    return Standing(
        id=name,
        label=label,
        score=0.8,
        box_xyxy=BOX,
        picture=b"",
        first_ground_xy=(0.5, 0.6),
        first_seen_at=at(first),
        last_seen_at=at(seconds if since is None else since),
        looks=looks,
        sight=sight,
        absent_since=None if since is None else at(since),
    )


class Camera:
    """Looks after each other at the rules of one camera, for the tests below."""

    def __init__(self, *rules):
        self.rules = rules or (rule(),)
        self.stays = ()
        self.events = []

    def look(self, seconds, *objects, gone=(), blind_s=0.0):
        self.stays, events = stays.step(
            self.stays, objects, gone, self.rules, source=SOURCE, at=at(seconds), blind_s=blind_s
        )
        self.events.extend(events)
        return [event.turn for event in events]

    def stands(self, *seconds):
        return [turn for second in seconds for turn in self.look(second, thing(second))]

    def leaves(self, seconds, *, since, proven=True, blind_s=0.0):
        end = Gone(object=thing(seconds, since=since), proven=proven, at=at(since), why="")
        return self.look(seconds, gone=(end,), blind_s=blind_s)


def test_a_stay_begins_with_its_first_look_once_it_has_settled():
    camera = Camera()
    assert camera.stands(1) == []
    assert camera.stands(SETTLE_S) == [StayTurn.BEGAN]
    assert camera.events[0].at == camera.stays[0].began_at == at(0)


def test_whatever_was_seen_once_only_has_no_stay():
    assert Camera().look(60, thing(60, looks=1)) == []


def test_a_stay_is_an_overstay_once_when_its_dwell_is_over_by_the_wall_clock():
    camera = Camera(rule(dwell_s=10))
    assert camera.stands(2, 9.9) == [StayTurn.BEGAN]
    assert camera.stands(10.1, 11, 12) == [StayTurn.OVERSTAYED]
    assert camera.stays[0].overstayed_at == at(10.1)


def test_dwell_does_not_count_looks():
    camera = Camera(rule(dwell_s=10))
    assert camera.stands(9, 10) == [StayTurn.BEGAN, StayTurn.OVERSTAYED]


def test_without_dwell_a_stay_is_an_overstay_at_once():
    assert Camera(rule(dwell_s=0)).stands(SETTLE_S) == [StayTurn.BEGAN, StayTurn.OVERSTAYED]


def test_an_overstay_continues_every_minute_and_never_more():
    camera = Camera(rule(dwell_s=10))
    camera.stands(*range(2, 400))
    times = [event.at for event in camera.events if event.turn is StayTurn.CONTINUES]
    assert len(times) == 6
    assert all((b - a).total_seconds() >= CONTINUES_S for a, b in pairwise([at(10), *times]))


def test_a_stay_within_its_dwell_never_continues():
    camera = Camera(rule(dwell_s=3600))
    camera.stands(*range(2, 400))
    assert [event.turn for event in camera.events] == [StayTurn.BEGAN]


def test_nothing_is_said_of_a_stay_that_is_hidden():
    camera = Camera(rule(dwell_s=10))
    camera.stands(2)
    for second in range(3, 100):
        assert camera.look(second, thing(second, sight=Sight.OCCLUDED, since=3)) == []
    assert camera.stands(100) == [StayTurn.OVERSTAYED]


def test_an_end_is_dated_back_to_the_first_look_without_it():
    camera = Camera()
    camera.stands(2, 5)
    assert camera.leaves(9, since=6) == [StayTurn.ENDED]
    end = camera.events[-1]
    assert (end.at, end.ended_by, end.stay.stood_s(end.at)) == (at(6), EndedBy.LEFT, 6)
    assert camera.stays == ()


def test_an_end_without_proof_is_unknown():
    camera = Camera()
    camera.stands(2)
    camera.leaves(9, since=6, proven=False)
    assert camera.events[-1].ended_by is EndedBy.UNKNOWN


def test_the_end_of_what_had_no_stay_is_no_news():
    assert Camera().leaves(9, since=6) == []


def test_blind_time_neither_counts_nor_ends_a_stay():
    camera = Camera(rule(dwell_s=60))
    camera.stands(2, 30)
    assert camera.look(630, thing(630), blind_s=600) == []
    assert camera.stays[0].stood_s(at(630)) == 30
    assert camera.stands(659) == []
    assert camera.stands(660) == [StayTurn.OVERSTAYED]


def test_blind_time_before_a_stay_was_spoken_of_does_not_count_either():
    camera = Camera(rule(dwell_s=60))
    assert camera.stands(1) == []
    assert camera.look(601, thing(601), blind_s=600) == [StayTurn.BEGAN]
    assert camera.stays[0].stood_s(at(601)) == 1


def test_blind_time_after_it_left_is_no_part_of_its_stay():
    camera = Camera()
    camera.stands(2, 30)
    camera.look(40, thing(40, sight=Sight.EMPTY, since=40))
    camera.look(640, thing(640, sight=Sight.EMPTY, since=40), blind_s=600)
    camera.leaves(1241, since=40, blind_s=600)
    end = camera.events[-1]
    assert end.stay.stood_s(end.at) == 40


def test_blind_time_while_it_was_hidden_does_not_count_when_it_turns_out_to_stand():
    camera = Camera(rule(dwell_s=60))
    camera.stands(2, 30)
    camera.look(40, thing(40, sight=Sight.OCCLUDED, since=40))
    camera.look(640, thing(640, sight=Sight.OCCLUDED, since=40), blind_s=600)
    assert camera.stands(641) == []
    assert camera.stays[0].stood_s(at(641)) == 41


def test_blind_time_right_before_it_was_found_gone_does_not_count():
    camera = Camera()
    camera.stands(2, 30)
    camera.look(630, thing(630, sight=Sight.EMPTY, since=630), blind_s=600)
    camera.leaves(632, since=630)
    end = camera.events[-1]
    assert end.stay.stood_s(end.at) == 30


def test_a_vehicle_across_two_zones_has_a_stay_in_each():
    left, right = ((0, 0), (0.5, 0), (0.5, 1), (0, 1)), ((0.5, 0), (1, 0), (1, 1), (0.5, 1))
    camera = Camera(rule("left", polygon=left), rule("right", dwell_s=20, polygon=right))
    camera.stands(*range(2, 30))
    said = Counter((event.stay.zone, event.turn) for event in camera.events)
    assert said == {(z, t): 1 for z in ("left", "right") for t in (StayTurn.BEGAN, StayTurn.OVERSTAYED)}
    assert len({event.stay.id for event in camera.events}) == 2


@pytest.mark.parametrize(
    ("zone", "label"),
    [
        pytest.param(rule(), "bicycle", id="what the zone does not forbid"),
        pytest.param(rule(polygon=((0, 0), (1, 0), (1, 0.2))), "car", id="what stands beside it"),
        pytest.param(
            rule(min_share=0.9, polygon=((0, 0), (0.5, 0), (0.5, 1), (0, 1))), "car", id="too little inside"
        ),
    ],
)
def test_no_stay_for(zone, label):
    camera = Camera(zone)
    assert camera.look(60, thing(60, label=label)) == []


def test_a_stay_outlives_the_plan_that_named_its_zone():
    camera = Camera(rule("old", dwell_s=10))
    camera.stands(2)
    camera.rules = (rule("new", dwell_s=10),)
    assert camera.stands(3) == [StayTurn.BEGAN]
    assert camera.stands(60) == [StayTurn.OVERSTAYED]
    assert camera.leaves(70, since=65) == [StayTurn.ENDED, StayTurn.ENDED]
    assert {event.stay.zone for event in camera.events[-2:]} == {"old", "new"}


def test_what_became_true_comes_oldest_first():
    camera = Camera(rule(dwell_s=10))
    camera.look(5, thing(5, name="a"), thing(5, name="b"))
    end = Gone(object=thing(11, name="b", since=7), proven=True, at=at(7), why="")
    assert camera.look(11, thing(11, name="a"), gone=(end,)) == [StayTurn.ENDED, StayTurn.OVERSTAYED]


def test_a_replay_gives_the_same_ids():
    one, other = Camera(), Camera()
    for camera in (one, other):
        camera.stands(*range(2, 100))
        camera.leaves(105, since=101)
    assert one.events == other.events


SIGHTS = st.lists(
    st.tuples(st.sampled_from(["standing", "occluded", "blind"]), st.floats(0.5, 90)), min_size=1, max_size=40
)


@settings(deadline=None)
@given(SIGHTS, st.floats(0, 100), st.booleans(), st.booleans())
def test_whatever_happens_a_stay_goes_forward_once(history, dwell_s, leaves, proven):
    camera = Camera(rule(dwell_s=dwell_s))
    now, blind_s, away = 0.0, 0.0, None
    for sight, passed_s in history:
        now += passed_s
        if sight == "blind":
            blind_s += passed_s
            continue
        if sight == "standing":
            away = None
            camera.look(now, thing(now), blind_s=blind_s)
        else:
            away = now if away is None else away
            camera.look(now, thing(now, sight=Sight.OCCLUDED, since=away), blind_s=blind_s)
        blind_s = 0.0
    if leaves:
        camera.leaves(now + 3, since=now + 1 if away is None else away, proven=proven, blind_s=blind_s)
    turns = [event.turn for event in camera.events]
    order = [StayTurn.BEGAN, StayTurn.OVERSTAYED, StayTurn.CONTINUES, StayTurn.ENDED]
    assert turns == sorted(turns, key=order.index)
    said = Counter(turns)
    assert said[StayTurn.BEGAN] <= 1
    assert said[StayTurn.OVERSTAYED] <= said[StayTurn.BEGAN]
    assert said[StayTurn.ENDED] == (said[StayTurn.BEGAN] if leaves else 0)
    assert not (said[StayTurn.CONTINUES] and not said[StayTurn.OVERSTAYED])
    for event in camera.events:
        if event.turn is not StayTurn.BEGAN:
            assert event.stay.stood_s(event.at) >= -1e-5
        if event.turn is StayTurn.OVERSTAYED:
            assert event.stay.stood_s(event.at) >= dwell_s - 1e-5


@settings(deadline=None, max_examples=50)
@given(SIGHTS)
def test_the_time_it_stood_and_the_blind_time_make_up_the_wall_clock(history):
    camera = Camera(rule(dwell_s=1e6))
    camera.stands(SETTLE_S)
    now, blind_s, all_blind_s, away = SETTLE_S, 0.0, 0.0, None
    for sight, passed_s in [*history, ("standing", 1.0)]:
        now += passed_s
        if sight == "blind":
            blind_s += passed_s
            continue
        away = None if sight == "standing" else (now if away is None else away)
        seen = thing(now) if away is None else thing(now, sight=Sight.OCCLUDED, since=away)
        camera.look(now, seen, blind_s=blind_s)
        all_blind_s, blind_s = all_blind_s + blind_s, 0.0
    assert camera.stays[0].stood_s(at(now)) == pytest.approx(now - all_blind_s, abs=1e-3)
