"""The gate: what needs the network, and what does not."""

import factories
import msgspec
import numpy as np
import pytest
from factories import scene

from detectors import novelty
from detectors.novelty import AGAIN_S, RECHECK_S, SWEEP_S, UNSURE_RECHECK_S, Need, Novelty
from detectors.reduced import reduce
from detectors.things import Sight, Standing

PLACE = (0.4, 0.4, 0.6, 0.6)
ZONE = novelty.zone_cells([[(0.3, 0.3), (0.7, 0.3), (0.7, 0.7), (0.3, 0.7)]])
WHOLE = np.zeros((0, 4))


def thing(**changes):
    """What stands at `PLACE`."""
    fields = {
        "id": "1",
        "label": "car",
        "score": 0.8,
        "box_xyxy": PLACE,
        "picture": b"",
        "first_ground_xy": (0.5, 0.6),
        "first_seen_at": factories.at(0),
        "last_seen_at": factories.at(0),
        "looks": 9,
    }
    return Standing(**(fields | changes))


class Street:
    """A street before the gate: what it asked, by the second.

    Attributes:
        finds: boxes of what the network finds when it is asked.
        stands: what is known to stand.
        stepped: the state before the network's answer to the last look.
    """

    def __init__(self, reference=None):
        self.reference = b"" if reference is None else reduce(reference).relief.tobytes()
        self.state, self.stepped, self.asked = Novelty(), Novelty(), []
        self.finds, self.stands, self.unsure, self.idle = WHOLE, (), frozenset(), frozenset()

    def looks(self, seconds, *things, noise=2):
        for second in seconds:
            luma = scene(*things).astype(int)
            luma += np.random.default_rng(int(second * 10)).integers(-noise, noise + 1, luma.shape)
            relief = reduce(np.clip(luma, 0, 255).astype(np.uint8)).relief
            at = factories.at(second)
            self.state, gate = novelty.step(
                self.state,
                relief,
                ZONE,
                self.stands,
                at,
                unsure=self.unsure,
                idle=self.idle,
                street=self.reference,
            )
            self.stepped = self.state
            if gate.asks:
                self.asked.append((second, gate.need))
                self.state = novelty.answered(self.state, WHOLE, self.finds, self.stands, at)
        return self

    def onset(self, second):
        ((_, since),) = novelty.onsets(self.stepped, np.array([PLACE]), factories.at(second))
        return since


def known_street():
    """One that was seen empty for a while."""
    street = Street().looks(range(20))
    street.asked.clear()
    return street


def test_an_empty_street_is_asked_about_at_first_and_then_now_and_then():
    street = Street().looks(range(60))
    assert len(street.asked) <= 3
    street.looks([60 + SWEEP_S])
    assert street.asked[-1][1] is Need.SWEEP


def test_what_comes_to_stand_is_asked_about_at_the_second_look_and_dated_back_to_the_first():
    street = known_street()
    street.finds = np.array([PLACE])
    street.looks(range(20, 22), (PLACE, 7))
    assert street.asked == [(21, Need.NEW_STANDS)]
    assert street.onset(21) == factories.at(20)


def test_what_the_network_was_shown_at_rest_and_did_not_find_is_not_dated_back():
    street = known_street()
    street.finds = np.zeros((0, 4))
    street.looks(range(20, 23), (PLACE, 7))
    assert street.asked == [(21, Need.NEW_STANDS)]
    street.looks([23], (PLACE, 7))
    assert street.asked[-1] == (23, Need.NEW_STANDS)
    assert street.onset(23) == factories.at(23)


def test_traffic_that_never_stands_is_seldom_asked_about():
    street = known_street()
    for second in range(20, 80):
        left = 0.25 + 0.1 * (second % 4)
        street.looks([second], ((left, 0.4, left + 0.2, 0.6), second))
    assert len(street.asked) <= 12


def test_what_stands_outside_the_zones_is_not_asked_about():
    assert known_street().looks(range(20, 60), ((0.05, 0.75, 0.2, 0.95), 7)).asked == []


def test_what_the_network_does_not_find_is_asked_about_again_and_then_part_of_the_street():
    street = known_street().looks(range(20, 80), (PLACE, 7))
    first = street.asked[0][0]
    assert [second - first for second, _ in street.asked] == [0, AGAIN_S[0], AGAIN_S[0] + AGAIN_S[1]]


def test_who_was_found_waiting_and_is_no_zones_business_is_asked_about_once_until_they_move():
    street = known_street()
    street.finds = np.array([PLACE])
    street.looks(range(20, 60), (PLACE, 7))
    assert [need for _, need in street.asked] == [Need.NEW_STANDS]
    street.looks(range(60, 70), (PLACE, 8))
    assert [need for _, need in street.asked] == [Need.NEW_STANDS] * 2


def test_who_waits_since_before_the_first_look_is_asked_about_ever_more_seldom():
    street = Street()
    street.finds = np.array([PLACE])
    street.looks(range(100), (PLACE, 7))
    unknown = [second for second, need in street.asked if need is Need.UNKNOWN]
    waits = np.diff(unknown)
    assert waits[0] == 5
    assert len(unknown) <= 7
    assert waits[-1] == 20


def test_what_left_the_street_as_it_was_is_not_asked_about():
    street = known_street().looks([20], (PLACE, 7))
    assert street.looks(range(21, 60)).asked == []


@pytest.mark.parametrize(
    "light",
    [pytest.param((1.0, 40.0), id="a cloud has gone"), pytest.param((0.95, 5.0), id="the exposure breathes")],
)
def test_another_light_is_nothing_new(light):
    street = known_street()
    for second in range(20, 40):
        luma = np.clip(scene().astype(float) * light[0] + light[1], 0, 255).astype(np.uint8)
        street.state, gate = novelty.step(street.state, reduce(luma).relief, ZONE, (), factories.at(second))
        assert not gate.asks


def test_what_stands_and_looks_as_before_is_looked_at_now_and_then():
    street = known_street()
    street.stands, street.finds = (thing(),), np.array([PLACE])
    street.looks(range(20, 120), (PLACE, 7))
    rechecks = [second for second, need in street.asked if need is Need.RECHECK]
    assert len(street.asked) == len(rechecks)
    assert np.diff(rechecks).tolist() == [RECHECK_S] * (len(rechecks) - 1)


def test_what_the_network_was_not_sure_of_is_looked_at_sooner():
    street = known_street()
    unsure = thing(first_seen_at=factories.at(20))
    street.stands, street.finds, street.unsure = (unsure,), np.array([PLACE]), {unsure.id}
    street.looks(range(20, 200), (PLACE, 7))
    waits = np.diff([second for second, need in street.asked if need is Need.RECHECK]).tolist()
    assert waits[:4] == [UNSURE_RECHECK_S] * 4
    assert waits[-3:] == [RECHECK_S] * 3


def test_what_may_have_left_is_asked_about_in_every_look_that_holds_still():
    street = known_street()
    gone = thing(sight=Sight.EMPTY, absent_since=factories.at(20))
    street.looks(range(20, 22))
    street.stands = (gone,)
    street.looks(range(22, 25))
    assert street.asked == [(second, Need.DOUBT) for second in (22, 23, 24)]


@pytest.mark.parametrize(
    ("changes", "asks"),
    [
        pytest.param({}, True, id="found where these cells saw nothing come"),
        pytest.param({"needs": 5}, False, id="it looked like the empty place: a ghost, perhaps"),
        pytest.param({"looks": 9}, False, id="it stands already, and looks as before"),
    ],
)
def test_a_dark_car_found_by_night_is_confirmed_although_its_place_looks_empty_from_afar(changes, asks):
    street = known_street()
    street.stands = (thing(**{"looks": 1, "last_seen_at": factories.at(20)} | changes),)
    street.state = novelty.answered(street.state, WHOLE, WHOLE, street.stands, factories.at(20))
    street.looks([21, 22, 23])
    assert [need for _, need in street.asked] == [Need.DOUBT] * asks


def test_what_is_found_once_over_what_stands_there_is_not_confirmed_where_it_looks_empty():
    street = known_street()
    street.stands = (thing(id="2"), thing(looks=1, last_seen_at=factories.at(20)))
    street.state = novelty.answered(street.state, WHOLE, WHOLE, street.stands, factories.at(20))
    street.looks([21, 22, 23])
    assert street.asked == []


def test_a_car_that_was_found_once_in_passing_is_not_asked_about_again():
    street = known_street()
    street.looks([20], (PLACE, 7))
    street.stands = (thing(looks=1, last_seen_at=factories.at(20)),)
    street.asked.clear()
    street.looks(range(21, 25))
    assert street.asked == []


def test_what_passes_in_front_is_waited_for():
    street = known_street()
    street.stands, street.finds = (thing(),), np.array([PLACE])
    street.looks(range(20, 30), (PLACE, 7))
    street.asked.clear()
    street.stands = (thing(sight=Sight.OCCLUDED, absent_since=factories.at(30)),)
    for second in range(30, 34):
        street.looks([second], (PLACE, second))
    assert street.asked == []
    street.looks([35], (PLACE, 35))
    assert street.asked == [(35, Need.DOUBT)]


def test_what_has_been_hidden_for_long_is_asked_about_ever_more_seldom_until_its_place_looks_empty():
    hidden = thing(sight=Sight.OCCLUDED, absent_since=factories.at(21))
    street = known_street()
    street.stands, before = (hidden,), len(street.asked)
    street.looks(range(21, 221), (PLACE, 7))
    seconds = [second for second, need in street.asked[before:] if need is Need.DOUBT and second > 31]
    waits = np.diff(seconds)
    assert waits[0] == 5
    assert waits[-1] >= 15
    before = len(street.asked)
    street.looks(range(221, 241))
    assert len(street.asked) - before >= 3


def test_of_what_no_zone_asks_how_long_it_stands_it_is_asked_now_and_then_what_became_of_it():
    street = known_street()
    street.stands, street.idle = (thing(sight=Sight.EMPTY, absent_since=factories.at(20)),), frozenset({"1"})
    street.looks(range(20, 41))
    seconds = [second for second, need in street.asked if need is Need.DOUBT]
    assert len(seconds) >= 3
    assert min(np.diff(seconds)) >= 5


@pytest.mark.parametrize(("sight", "each_look"), [(Sight.STANDING, False), (Sight.OCCLUDED, True)])
def test_behind_what_stands_in_sight_there_is_nothing_new_to_ask(sight, each_look):
    hidden = thing(sight=Sight.OCCLUDED, absent_since=factories.at(21))
    bus = thing(id="2", box_xyxy=(0.38, 0.35, 0.65, 0.65), sight=sight, absent_since=hidden.absent_since)
    street = known_street()
    street.looks(range(20, 22), (bus.box_xyxy, 7))
    street.stands, before = (hidden, bus), len(street.asked)
    street.looks(range(22, 28), (bus.box_xyxy, 7))
    asked = [second for second, need in street.asked[before:] if need is Need.DOUBT]
    assert len(asked) == (6 if each_look else 0)


def test_what_does_not_touch_a_zone_is_nobodys_doubt():
    street = known_street()
    street.stands = (thing(box_xyxy=(0.0, 0.7, 0.2, 0.9), sight=Sight.EMPTY, absent_since=factories.at(20)),)
    assert street.looks(range(20, 60)).asked == []


def test_rain_on_the_picture_is_nothing_new():
    street = Street().looks(range(40), noise=12)
    street.asked.clear()
    assert street.looks(range(40, 100), noise=12).asked == []


def test_the_gate_survives_being_written_down():
    street = known_street()
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(street.state), type=Novelty) == street.state


def test_regions_lie_around_what_is_new():
    street = known_street()
    street.state, _ = novelty.step(street.state, reduce(scene((PLACE, 7))).relief, ZONE, (), factories.at(20))
    _, gate = novelty.step(street.state, reduce(scene((PLACE, 7))).relief, ZONE, (), factories.at(21))
    left, top = gate.regions[:, :2].min(axis=0)
    right, bottom = gate.regions[:, 2:].max(axis=0)
    assert (left, top, right, bottom) == pytest.approx(PLACE, abs=0.07)


def test_a_street_that_looks_as_in_the_plans_reference_is_known_from_the_first_look():
    assert [second for second, _ in Street().looks(range(20)).asked] == [0, 5]
    assert Street(reference=scene()).looks(range(20)).asked == [(0, Need.UNKNOWN)]


def test_what_stands_there_already_is_not_taken_for_the_street_of_the_reference():
    street = Street(reference=scene()).looks(range(20), (PLACE, 9))
    assert [second for second, _ in street.asked][:2] == [0, 5]


def test_a_reference_of_another_light_says_nothing():
    other = np.clip(scene().astype(int) // 3 + np.arange(scene().shape[1]) // 4, 0, 255).astype(np.uint8)
    assert len(Street(reference=other).looks(range(20)).asked) > 1
