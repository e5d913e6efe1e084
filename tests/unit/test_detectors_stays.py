"""Stays: dwell by the wall clock, blind time excepted, ends back-dated to the truth."""

from collections import Counter
from itertools import pairwise
from zoneinfo import ZoneInfo

import factories
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors import stays
from detectors.stays import CONTINUES_S, CREEP_SETTLE_S, SETTLE_S, StayTurn, ZoneRule
from detectors.things import Gone, Sight, Standing
from models.plan import Plan, Zone
from models.records import EndedBy, Reason, ZoneKind

SOURCE = "/s/d/c"
BOX = (0.4, 0.4, 0.6, 0.6)
WHOLE = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
at = factories.at


def rule(zone_id="z", dwell_s=10.0, polygon=WHOLE, **more):
    return ZoneRule.of(Zone(id=zone_id, kind=ZoneKind.FIRE_LANE, polygon=polygon, dwell_s=dwell_s, **more))


def thing(seconds, *, sight=Sight.STANDING, since=None, first=0.0, name="a", looks=9, label="car", score=0.8):
    return Standing(
        id=name,
        label=label,
        score=score,
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
        self.plates = {}

    def look(self, seconds, *objects, gone=(), blind_s=0.0):
        self.stays, events = stays.step(
            self.stays,
            objects,
            gone,
            self.rules,
            source=SOURCE,
            at=at(seconds),
            blind_s=blind_s,
            plates=self.plates,
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


def test_nobody_is_told_of_what_the_network_was_never_sure_of():
    camera = Camera(rule(dwell_s=10))
    for second in range(2, 100):
        assert camera.look(second, thing(second, score=0.4)) == []
    assert camera.leaves(101, since=100) == []
    assert camera.stays == ()


def test_a_plan_taken_away_ends_an_unsure_stay_without_a_word():
    camera = Camera()
    camera.look(2, thing(2, score=0.4))
    assert stays.given_up(camera.stays, (thing(2, score=0.4),), at(3), "why") == ()


def test_once_the_network_is_sure_the_stay_has_lasted_from_its_first_look_without_blind_time():
    camera = Camera(rule(dwell_s=10))
    camera.look(2, thing(2, score=0.4))
    camera.look(20, thing(20, score=0.4), blind_s=15)
    assert camera.look(23, thing(23, score=0.5)) == [StayTurn.BEGAN]
    assert camera.stands(24.9, 25) == [StayTurn.OVERSTAYED]
    assert (camera.stays[0].began_at, camera.stays[0].overstayed_at) == (at(0), at(25))
    assert any("not as sure" in reason.what for reason in camera.events[-1].stay.reasons)


def test_a_zone_says_how_sure_is_sure():
    assert Camera(rule(min_score=0.3)).look(2, thing(2, score=0.3)) == [StayTurn.BEGAN]
    assert Camera(rule(min_score=0.9)).look(2, thing(2, score=0.8)) == []


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


def test_blind_time_while_it_was_hidden_does_not_count_when_it_turns_out_to_have_left():
    """A bus from 5 on, blind from 6 to 26, its place empty at 30: twenty seconds count for nothing."""
    camera = Camera()
    camera.stands(1, 2, 3, 4)
    camera.look(5, thing(5, sight=Sight.OCCLUDED, since=5))
    camera.look(26, thing(26, sight=Sight.OCCLUDED, since=5), blind_s=20.0)
    camera.look(32, gone=(Gone(object=thing(32, since=5), proven=True, at=at(30), why=""),))
    ended = camera.events[-1]
    assert (ended.turn, ended.at, ended.stay.blind_s) == (StayTurn.ENDED, at(30), 20.0)


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


def scheduled(hours_text="20:05-20:10", **more):
    """A zone whose rule is in force from 300 s to 600 s of these looks: noon UTC is 20:00 in Shanghai."""
    zone = Zone(id="z", kind=ZoneKind.FIRE_LANE, polygon=WHOLE, hours=hours_text, **more)
    (ready,) = stays.zone_rules(Plan(camera="c", zone=(zone,)))
    return ready


def test_only_time_in_force_is_dwell():
    camera = Camera(scheduled(dwell_s=60))
    assert camera.stands(*range(2, 359)) == [StayTurn.BEGAN]
    assert camera.stays[0].stood_s(at(358)) == pytest.approx(58)
    assert camera.stands(359, 360, 361) == [StayTurn.OVERSTAYED]
    assert camera.stays[0].overstayed_at == at(360)


def test_an_overstay_is_only_said_while_the_rule_is_in_force():
    camera = Camera(scheduled(dwell_s=60))
    for second in (562, 599, 640, 80_000, 86_640):
        camera.look(second, thing(second, first=560))
        assert [event.turn for event in camera.events] == [StayTurn.BEGAN]
    camera.look(86_720, thing(86_720, first=560))
    assert camera.stays[0].overstayed_at == at(86_720)


def test_nothing_continues_out_of_force():
    camera = Camera(scheduled(dwell_s=10))
    camera.stands(*range(2, 1200, 10))
    times = [event.at for event in camera.events if event.turn is StayTurn.CONTINUES]
    assert times
    assert at(300) < min(times) <= max(times) < at(600)


def test_blind_time_is_not_counted_twice_where_it_was_out_of_force():
    camera = Camera(scheduled(dwell_s=1e4))
    camera.stands(2, 100)
    camera.look(400, thing(400), blind_s=300)
    assert camera.stays[0].stood_s(at(400)) == pytest.approx(0)
    camera.stands(500)
    assert camera.stays[0].stood_s(at(500)) == pytest.approx(100)


def test_time_out_of_force_after_it_left_is_no_part_of_its_stay():
    camera = Camera(scheduled(dwell_s=1e4))
    camera.stands(301, 400, 590)
    camera.look(598, thing(598, sight=Sight.EMPTY, since=598))
    camera.look(900, thing(900, sight=Sight.EMPTY, since=598))
    camera.leaves(901, since=598)
    end = camera.events[-1]
    assert end.stay.stood_s(end.at) == pytest.approx(298)


def test_no_second_while_it_was_hidden_counts_as_blind_and_as_out_of_force_both():
    """In force until 600; a bus from 560 on, blind from 565 to 610, its place empty since 630."""
    camera = Camera(scheduled(dwell_s=1e4))
    camera.stands(301, 559)
    camera.look(560, thing(560, sight=Sight.OCCLUDED, since=560))
    camera.look(610, thing(610, sight=Sight.OCCLUDED, since=560), blind_s=45)
    camera.look(700, thing(700, sight=Sight.OCCLUDED, since=560))
    camera.look(702, gone=(Gone(object=thing(702, since=560), proven=True, at=at(630), why=""),))
    end = camera.events[-1]
    assert (end.turn, end.at, end.stay.blind_s) == (StayTurn.ENDED, at(630), 45)
    assert end.stay.stood_s(end.at) == pytest.approx(260)


def test_a_zone_without_hours_is_always_in_force():
    assert ZoneRule.of(rule().zone).in_force(at(0))
    assert rule().idle_s(at(0), at(1000)) == 0


@pytest.mark.parametrize("label", ["ambulance", "fire_engine"])
def test_who_may_stand_has_a_stay_and_never_an_overstay(label):
    camera = Camera(rule(dwell_s=10))
    for second in range(2, 200):
        camera.look(second, thing(second, label=label))
    (event,) = camera.events
    assert (event.turn, event.stay.exempt) == (StayTurn.BEGAN, label)


def test_a_plate_that_may_stand_has_no_overstay():
    camera = Camera(rule(dwell_s=10, exempt_plates=("浙A*警",)))
    camera.plates = {"a": "浙A0001警"}
    camera.stands(*range(2, 100))
    assert [(event.turn, event.stay.exempt) for event in camera.events] == [
        (StayTurn.BEGAN, "plate 浙A0001警")
    ]


def test_a_plate_that_is_read_after_the_overstay_calls_it_off():
    camera = Camera(rule(dwell_s=10, exempt_plates=("浙A*警",)))
    camera.stands(*range(2, 20))
    camera.plates = {"a": "浙A0001警"}
    assert camera.stands(20, 21) == [StayTurn.CONTINUES]
    assert camera.events[-1].why == "may stand there: plate 浙A0001警"
    camera.plates = {}
    camera.stands(22)
    assert camera.stays[0].exempt == "plate 浙A0001警"


LOOKS = bytes([1]) + bytes(range(111))
OTHER_LOOKS = bytes([1]) + bytes(reversed(range(111)))
BESIDE = (0.45, 0.4, 0.65, 0.6)


def parked(seconds, *, first=0.0, name="a", box=BOX, looks=LOOKS, since=None):
    one = thing(seconds, first=first, name=name, since=since)
    return msgspec.structs.replace(one, box_xyxy=box, appearance=looks)


def gone(seconds, since, **more):
    return (Gone(object=parked(seconds, since=since, **more), proven=True, at=at(since), why="left"),)


def test_whoever_shunts_within_the_grace_goes_on_with_its_stay():
    camera = Camera(rule(dwell_s=60, grace_s=20))
    camera.look(2, parked(2))
    camera.look(33, gone=gone(33, 30))
    assert camera.look(36, parked(36, first=32, name="b", box=BESIDE)) == []
    assert camera.stays[0].object_id == "b"
    assert camera.look(60, parked(60, first=32, name="b", box=BESIDE)) == [StayTurn.OVERSTAYED]
    assert [event.turn for event in camera.events] == [StayTurn.BEGAN, StayTurn.OVERSTAYED]
    assert "it was away for a moment" in {reason.what for reason in camera.events[-1].stay.reasons}


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"looks": OTHER_LOOKS}, id="another vehicle"),
        pytest.param({"box": (0.0, 0.0, 0.2, 0.2)}, id="far away"),
        pytest.param({"looks": b""}, id="nobody looked"),
    ],
)
def test_whatever_else_comes_within_the_grace_has_a_stay_of_its_own(other):
    camera = Camera(rule(dwell_s=60, grace_s=20))
    camera.look(2, parked(2))
    camera.look(33, gone=gone(33, 30))
    for second in range(36, 60):
        camera.look(second, parked(second, first=34, name="b", **other))
    assert [(event.turn, event.at) for event in camera.events] == [
        (StayTurn.BEGAN, at(0)),
        (StayTurn.BEGAN, at(34)),
        (StayTurn.ENDED, at(30)),
    ]


def test_without_a_grace_an_end_is_an_end():
    camera = Camera(rule(dwell_s=60))
    camera.look(2, parked(2))
    assert camera.look(33, gone=gone(33, 30)) == [StayTurn.ENDED]


def test_after_the_grace_an_end_is_told_as_it_was():
    camera = Camera(rule(dwell_s=60, grace_s=20))
    camera.look(2, parked(2))
    for second in range(33, 50):
        assert camera.look(second, gone=gone(second, 30) if second == 33 else ()) == []
    assert camera.look(50) == [StayTurn.ENDED]
    end = camera.events[-1]
    assert (end.at, end.ended_by, end.stay.stood_s(end.at)) == (at(30), EndedBy.LEFT, 30)


def test_a_queue_that_creeps_is_no_stay_until_it_stands():
    camera = Camera(rule(dwell_s=10))
    for second in range(2, 44):
        assert camera.look(second, msgspec.structs.replace(thing(second), crept=2)) == []
    assert camera.look(CREEP_SETTLE_S, msgspec.structs.replace(thing(CREEP_SETTLE_S), crept=2)) == [
        StayTurn.BEGAN,
        StayTurn.OVERSTAYED,
    ]


def test_an_event_tells_what_it_rests_on():
    camera = Camera(rule(dwell_s=60))
    seen = Reason(what="found in its place", since=at(0), until=at(30), looks=30)
    camera.look(2, thing(2))
    camera.look(100, msgspec.structs.replace(thing(100), reasons=(seen,)), blind_s=40)
    camera.look(101, msgspec.structs.replace(thing(101), reasons=(seen,)))
    assert [reason.what for reason in camera.events[-1].stay.reasons] == [
        "found in its place",
        "the camera could not tell",
    ]
    assert camera.stays[0].reasons[0].values == {"seconds": 40}


def test_stays_of_an_older_version_still_read():
    """Written before hours, grace and reasons were kept."""
    camera = Camera()
    camera.stands(2)
    new = ("idle_s", "unsure_idle_s", "judged_at", "appearance", "exempt", "reasons", "parted")
    old = {name: value for name, value in msgspec.to_builtins(camera.stays[0]).items() if name not in new}
    camera.stays = (msgspec.convert(old, stays.Stay),)
    camera.stands(9, 10)
    assert [event.turn for event in camera.events] == [StayTurn.BEGAN, StayTurn.OVERSTAYED]


@settings(deadline=None, max_examples=50)
@given(SIGHTS, st.integers(0, 600), st.integers(1, 600))
def test_stood_blind_and_idle_time_make_up_the_wall_clock(history, opens_s, lasts_s):
    opens, closes = at(opens_s), at(opens_s + lasts_s)
    local = [moment.astimezone(ZoneInfo("Asia/Shanghai")) for moment in (opens, closes)]
    if any(moment.second for moment in local):
        opens, closes = opens.replace(second=0), closes.replace(second=0)
        local = [moment.replace(second=0) for moment in local]
    if closes <= opens:
        return
    camera = Camera(scheduled(f"{local[0]:%H:%M}-{local[1]:%H:%M}", dwell_s=1e6))
    camera.stands(SETTLE_S)
    now, last, away, seen_s = SETTLE_S, SETTLE_S, None, _in(opens, closes, 0, SETTLE_S)
    for sight, passed_s in [*history, ("standing", 1.0)]:
        now += passed_s
        if sight == "blind":
            continue
        # As a camera's eye has it: a gap with blind looks in it is blind altogether.
        blind_s = 0.0 if now - last == pytest.approx(passed_s) else now - last
        seen_s += 0.0 if blind_s else _in(opens, closes, last, now)
        last = now
        away = None if sight == "standing" else (now if away is None else away)
        seen = thing(now) if away is None else thing(now, sight=Sight.OCCLUDED, since=away)
        camera.look(now, seen, blind_s=blind_s)
    assert camera.stays[0].stood_s(at(now)) == pytest.approx(seen_s, abs=1e-2)


def _in(opens, closes, since_s, until_s):
    """Seconds of a span that lie in force, by hand."""
    first, last = max(opens, at(since_s)), min(closes, at(until_s))
    return max(0.0, (last - first).total_seconds())
