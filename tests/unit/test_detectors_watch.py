"""One camera's whole eye: blind said once, the network asked rarely, memory that survives a restart."""

import cv2
import factories
import msgspec
import numpy as np
import pytest
from factories import frame, scene

from detectors import region, watch
from detectors.look import Detections
from detectors.network import ScriptedNetwork
from detectors.opening import open_reference
from detectors.plates import AssumedPlates
from detectors.stays import StayTurn
from detectors.watch import Memory, Watch
from models.errors import ConfigurationError
from models.plan import Plan, Zone
from models.records import BlindReason, PlateSource, ZoneKind

SOURCE = "/s/d/c"
BOX = (0.4, 0.4, 0.6, 0.6)
STREET = scene((BOX, 11))
BLACK = np.zeros_like(STREET)


def plan(**more):
    whole = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
    fields = {"id": "z", "kind": ZoneKind.FIRE_LANE, "polygon": whole, "dwell_s": 30}
    return Plan(camera="c", zone=(Zone(**(fields | more)),))


def noisy(luma, seed):
    noise = np.random.default_rng(seed).integers(-2, 3, luma.shape)
    return np.clip(luma.astype(int) + noise, 0, 255).astype(np.uint8)


class Eye:
    """A camera that looks on a schedule, with everything it said."""

    def __init__(self, memory=None, *, gated=False, reference=None, **more):
        self.seen = factories.found(BOX)
        network = ScriptedNetwork(iter(lambda: self.seen, None))
        self.watch = Watch(network, plan(**more), SOURCE, gated=gated, reference=reference)
        self.memory = memory or Memory()
        self.turns, self.blinds, self.sees = [], [], []

    def looks(self, seconds, luma=STREET):
        for second in seconds:
            pixels = luma if luma is BLACK else noisy(luma, int(second * 10))
            looked = self.watch.look(self.memory, frame(pixels, second))
            self.memory = looked.memory
            self.turns += [event.turn for event in looked.events]
            self.blinds += [looked.went_blind] if looked.went_blind else []
            self.sees += [looked.was_blind_since] if looked.was_blind_since else []
        return self


def test_a_car_that_stands_is_one_stay_and_one_overstay():
    eye = Eye().looks(range(40))
    assert eye.turns == [StayTurn.BEGAN, StayTurn.OVERSTAYED]
    assert eye.watch.network_runs == 40


def test_blindness_is_said_once_and_so_is_its_end():
    eye = Eye().looks(range(5)).looks(range(5, 60), BLACK).looks(range(60, 65))
    assert eye.blinds == [BlindReason.BLACK]
    assert eye.sees == [factories.at(4)]
    assert eye.watch.network_runs == 10


@pytest.mark.parametrize("blind_s", [5, 8, 20, 600])
def test_blind_time_does_not_count_however_short(blind_s):
    eye = Eye().looks(range(20)).looks(range(20, 20 + blind_s), BLACK)
    eye.looks([20 + blind_s])
    (stay,) = eye.memory.stays
    assert stay.stood_s(factories.at(20 + blind_s)) == 19


def test_a_long_time_without_looks_does_not_count():
    eye = Eye().looks(range(20)).looks([500])
    assert eye.memory.stays[0].stood_s(factories.at(500)) == 19


def test_a_short_time_without_looks_counts():
    eye = Eye().looks(range(20)).looks([25])
    assert eye.memory.stays[0].stood_s(factories.at(25)) == 25


def test_a_car_first_seen_right_before_a_long_gap_is_no_overstay_after_it():
    eye = Eye().looks([0]).looks([600, 601, 602])
    assert StayTurn.OVERSTAYED not in eye.turns


def test_memory_survives_being_written_down():
    eye = Eye().looks(range(10)).looks([10], BLACK)
    again = msgspec.msgpack.decode(msgspec.msgpack.encode(eye.memory), type=Memory)
    assert again == eye.memory


def test_a_restart_continues_the_same_stay():
    before = Eye().looks(range(20))
    kept = msgspec.msgpack.encode(before.memory)
    after = Eye(msgspec.msgpack.decode(kept, type=Memory)).looks(range(20, 40))
    assert after.turns == [StayTurn.OVERSTAYED]
    assert [stay.id for stay in after.memory.stays] == [stay.id for stay in before.memory.stays]
    assert Eye().looks(range(40)).memory == after.memory


def test_memory_of_an_older_version_still_reads():
    """Written before `unsure_s` was kept."""
    eye = Eye().looks(range(5))
    old = msgspec.to_builtins(eye.memory)
    for stay in old["stays"]:
        del stay["unsure_s"]
    assert msgspec.convert(old, Memory) == eye.memory


def test_a_newcomer_is_shown_once():
    eye = Eye()
    shown = [len(eye.watch.look(Memory(), frame(STREET, 0)).newcomers)]
    eye.looks([0])
    shown.append(len(eye.watch.look(eye.memory, frame(noisy(STREET, 3), 1)).newcomers))
    assert shown == [1, 0]


@pytest.fixture
def whole_frames(monkeypatch):
    """A script answers for the whole frame, whatever part of it is shown."""
    monkeypatch.setattr(region, "around", lambda places: None)  # noqa: ARG005 - as it is called


@pytest.mark.usefixtures("whole_frames")
def test_a_gated_eye_tells_the_same_and_asks_the_network_a_tenth_as_often():
    always, gated = Eye().looks(range(100)), Eye(gated=True).looks(range(100))
    told = [(stay.id, stay.began_at, stay.overstayed_at) for stay in always.memory.stays]
    assert [(stay.id, stay.began_at, stay.overstayed_at) for stay in gated.memory.stays] == told
    assert always.watch.network_runs == 100
    assert gated.watch.network_runs <= 10


@pytest.mark.usefixtures("whole_frames")
def test_what_came_to_stand_between_two_questions_is_dated_back():
    eye = Eye(gated=True)
    eye.seen = factories.found()
    eye.looks(range(30), scene())
    eye.seen = factories.found(BOX)
    eye.looks(range(30, 40))
    (stay,) = eye.memory.stays
    assert stay.began_at == factories.at(30)
    assert eye.watch.network_runs <= 10


def test_a_picture_that_stands_still_is_no_look_at_all():
    eye = Eye().looks(range(5))
    looked = eye.watch.look(eye.memory, frame(noisy(STREET, 40), 5))
    assert (looked.events, looked.memory.last_sight_at) == ((), factories.at(4))


def test_frozen_is_said_once_and_since_it_froze():
    eye = Eye().looks(range(5))
    for second in range(5, 40):
        looked = eye.watch.look(eye.memory, frame(noisy(STREET, 40), second))
        eye.memory = looked.memory
        eye.blinds += [looked.went_blind] if looked.went_blind else []
    assert eye.blinds == [BlindReason.FROZEN]
    assert eye.memory.blind_since == factories.at(4)
    eye.looks([40])
    assert eye.memory.stays[0].stood_s(factories.at(40)) == 4


def test_a_camera_that_never_shows_the_plans_view_is_blind_and_says_how():
    eye = Eye(reference=np.roll(STREET, 64, axis=1))
    why = []
    for second in range(20):
        looked = eye.watch.look(eye.memory, frame(noisy(STREET, second), second))
        eye.memory = looked.memory
        why += [(looked.went_blind, looked.blind_why)] if looked.went_blind else []
    ((reason, words),) = why
    assert reason is BlindReason.MOVED
    assert "20% of its width to the left" in words


def test_what_the_reference_shows_is_no_stay_and_what_comes_there_is():
    eye = Eye(reference=STREET).looks(range(40))
    assert eye.turns == []
    eye.looks(range(40, 80), scene((BOX, 23)))
    assert eye.turns == [StayTurn.BEGAN, StayTurn.OVERSTAYED]


def test_furniture_is_learnt_as_street_so_that_the_network_is_not_asked_about_it_again_and_again():
    dim = (STREET * 0.6).astype(np.uint8)
    eye = Eye(reference=STREET, gated=True).looks(range(90), dim)
    assert eye.turns == []
    assert eye.watch.network_runs <= 6


def test_a_plans_reference_lies_beside_it(tmp_path):
    cv2.imwrite(str(tmp_path / "view.png"), STREET)
    view = open_reference(tmp_path / "plan.toml", plan().model_copy(update={"reference": "view.png"}))
    assert (view == STREET).all()
    assert open_reference(tmp_path / "plan.toml", plan()) is None
    with pytest.raises(ConfigurationError, match=r"none\.png as its reference"):
        open_reference(tmp_path / "plan.toml", plan().model_copy(update={"reference": "none.png"}))


def test_losing_the_source_is_said_once():
    looked = watch.blind(Memory(last_sight_at=factories.at(3)), BlindReason.NO_FRAMES, factories.at(9))
    assert (looked.went_blind, looked.memory.blind_since) == (BlindReason.NO_FRAMES, factories.at(3))
    again = watch.blind(looked.memory, BlindReason.END_OF_RECORDING, factories.at(10))
    assert (again.went_blind, again.memory) == (None, looked.memory)


def test_what_the_zones_do_not_forbid_is_not_looked_at():
    eye = Eye()
    eye.seen = factories.found((BOX, "person"), ((0.1, 0.1, 0.2, 0.2), "car"))
    assert eye.watch.look(Memory(), frame(STREET, 0)).detections.labels == ("car",)


@pytest.mark.parametrize(
    ("more", "says"),
    [
        pytest.param(
            {"labels": ("car", "tuk-tuk")}, "forbids 'tuk-tuk', which the network", id="one unknown"
        ),
        pytest.param({"labels": ("trucks",)}, "did you mean 'truck'", id="misspelt"),
    ],
)
def test_a_plan_that_forbids_what_the_network_cannot_find_is_refused(more, says):
    with pytest.raises(ConfigurationError, match="zone 'z'") as caught:
        Watch(ScriptedNetwork([]), plan(**more), SOURCE)
    assert says in str(caught.value)


class OnlyPeople:
    """A network that finds people and nothing else."""

    labels = frozenset({"person"})
    fixed_wh = None

    def detect(self, pixels):  # noqa: ARG002 - it looks at nothing
        return Detections()


def test_a_zone_whose_defaults_the_network_cannot_find_is_refused():
    with pytest.raises(ConfigurationError, match="the network finds none"):
        Watch(OnlyPeople(), plan(), SOURCE)


def test_a_water_zone_asks_nothing_of_the_network():
    assert Watch(OnlyPeople(), plan(kind=ZoneKind.WATER), SOURCE).rules


def test_an_assumed_plate_is_the_zones_and_says_so():
    eye = Eye().looks(range(5))
    (stay,) = eye.memory.stays
    plate = AssumedPlates({"z": "浙B12345"}).read(stay)
    assert (plate.text, plate.source) == ("浙B12345", PlateSource.ASSUMED)
    assert AssumedPlates({}).read(stay) is None
