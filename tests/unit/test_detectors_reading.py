"""When plates are read, and what is kept of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import msgspec
import numpy as np

from detectors import reading
from detectors.look import Frame
from detectors.plate_grammar import open_grammar
from detectors.plates import PlateRead, ScriptedReader, belongs
from detectors.reading import LONGEST_PAUSE_S, MOST_READS, Reading

CN = open_grammar("cn")
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
CAR = (0.3, 0.4, 0.7, 0.8)
NOBODY = np.zeros((0, 4))
QUAD = ((0.45, 0.7), (0.55, 0.7), (0.55, 0.73), (0.45, 0.73))
ELSEWHERE = ((0.35, 0.5), (0.45, 0.5), (0.45, 0.53), (0.35, 0.53))


def read(text="浙B8K236", score=0.95, quad=QUAD):
    return PlateRead(text=text, characters=(score,) * len(text), quad=quad)


def sha(number):
    return f"{number:064x}"


def after(*looks):
    """A reading after looks of (seconds, reads)."""
    state = Reading()
    for number, (seconds, reads) in enumerate(looks):
        at = NOON + timedelta(seconds=seconds)
        state = reading.step(state, reads, CN, picture=sha(number), at=at)
    return state


def tried_at(until_s):
    """The seconds at which a plate that cannot be read is tried."""
    state, tried = reading.noticed(Reading(), brightness=90, hidden=False), []
    for second in range(until_s):
        at = NOON + timedelta(seconds=second)
        state = reading.noticed(state, brightness=90, hidden=False)
        if reading.due(state, at):
            tried.append(second)
            state = reading.step(state, (), CN, picture=sha(second), at=at)
    return tried


def test_a_plate_is_tried_at_once_then_ever_more_rarely():
    assert tried_at(200) == [0, 1, 3, 7, 15, 31, 63, 123, 183]


def test_the_longest_pause_is_a_minute_however_long_it_stands():
    assert reading.pause_s(10_000) == LONGEST_PAUSE_S


def test_reads_that_a_second_reader_contradicts_do_not_settle_a_plate_until_it_agrees_once():
    wrong = replace(read("蒙L07Y28"), others=("C7Y28",))
    state = after((0, [wrong]), (1, [wrong]), (3, [wrong]))
    assert (reading.verdict(state).text, reading.is_settled(state)) == ("蒙L07Y28", False)
    right = replace(read("蒙L07Y28"), others=("L·O7Y28",))
    assert reading.is_settled(after((0, [wrong]), (1, [right])))
    assert msgspec.json.decode(msgspec.json.encode(state), type=Reading) == state


def test_nothing_is_read_any_more_once_the_reads_agree():
    state = after((0, [read()]))
    assert not reading.is_settled(state)
    state = after((0, [read()]), (1, [read()]))
    assert reading.verdict(state).sure
    assert not reading.due(state, NOON + timedelta(hours=5))


def test_what_stands_in_front_puts_reading_off_and_its_leaving_brings_it_back():
    state = reading.noticed(after(*[(second, ()) for second in (0, 1, 3, 7)]), brightness=90, hidden=False)
    state = msgspec.structs.replace(state, tries=6)
    at = NOON + timedelta(seconds=8)
    assert not reading.due(state, at)
    hidden = reading.noticed(state, brightness=90, hidden=True)
    assert not reading.due(hidden, NOON + timedelta(hours=1))
    assert reading.due(reading.noticed(hidden, brightness=90, hidden=False), at)


def test_another_light_brings_reading_back():
    state = reading.noticed(Reading(), brightness=60, hidden=False)
    for second in range(8):
        state = reading.step(state, (), CN, picture=sha(second), at=NOON)
    at = NOON + timedelta(seconds=1)
    assert not reading.due(reading.noticed(state, brightness=66, hidden=False), at)
    assert reading.due(reading.noticed(state, brightness=110, hidden=False), at)


def test_light_that_creeps_counts_once_it_has_become_another():
    state = msgspec.structs.replace(reading.noticed(Reading(), brightness=60, hidden=False), tries=9)
    for brightness in range(60, 100):
        state = reading.noticed(state, brightness=brightness, hidden=False)
    assert state.tries == 0


def test_a_frozen_picture_does_not_agree_with_itself():
    state = Reading()
    for second in range(3):
        state = reading.step(state, [read()], CN, picture=sha(1), at=NOON + timedelta(seconds=second))
    assert len(state.seen) == 1
    assert not reading.verdict(state).sure


def test_writing_that_is_no_plate_is_not_kept():
    state = after((0, [read("顺丰速运"), read("13805740001")]))
    assert state.seen == ()
    assert reading.verdict(state) is None


def test_of_several_readings_of_one_place_the_best_counts():
    state = after((0, [read("浙B8K236", 0.6), read("浙BBK236", 0.9)]))
    assert [one.text for one in state.seen] == ["浙BBK236"]


def test_two_plates_in_one_vehicles_box_are_both_kept_and_leave_it_unsure():
    both = [read(), read("沪C11111", quad=ELSEWHERE)]
    state = after((0, both), (1, both))
    assert len(state.seen) == 4
    assert not reading.verdict(state).sure


def test_the_picture_of_the_verdict_is_the_best_reads_frame_and_is_kept():
    state = after((0, [read(score=0.9)]), (1, [read(score=0.97)]), (3, [read("浙BBK236", 0.4)]))
    assert reading.verdict(state).picture == sha(1)
    assert reading.pictures(state) == {sha(1), sha(2)}
    assert reading.place(state) == QUAD


def test_a_bounded_number_of_reads_is_kept_the_best():
    looks = [(second, [read(score=0.5 + second / 100)]) for second in range(30)]
    state = after(*[(second, reads) for second, reads in looks])
    assert len(state.seen) == MOST_READS
    assert min(one.score for one in state.seen) > 0.65


def test_a_reading_survives_a_restart():
    state = after((0, [read()]), (1, [read("浙BBK236", 0.5)]))
    assert msgspec.json.decode(msgspec.json.encode(state), type=Reading) == state
    assert msgspec.json.decode(b"{}", type=Reading) == Reading()


def test_a_plate_must_lie_inside_its_vehicles_box():
    assert belongs(QUAD, CAR, NOBODY)
    beyond = tuple((x + 0.2, y) for x, y in QUAD)
    assert not belongs(beyond, CAR, NOBODY)


def test_a_plate_in_the_box_of_a_nearer_vehicle_is_that_vehicles():
    nearer, farther = np.array([[0.4, 0.6, 0.8, 0.95]]), np.array([[0.4, 0.3, 0.8, 0.75]])
    assert not belongs(QUAD, CAR, nearer)
    assert belongs(QUAD, CAR, farther)


def test_a_scripted_reader_keeps_to_the_gate_of_place():
    frame = Frame(np.zeros((4, 4, 3), np.uint8), NOON, NOON)
    reader = ScriptedReader([(read(), read("沪C11111", quad=tuple((x + 0.3, y) for x, y in QUAD)))])
    assert [one.text for one in reader.read(frame, CAR, NOBODY)] == ["浙B8K236"]
    assert reader.read(frame, CAR, NOBODY) == ()
    assert reader.runs == 2
