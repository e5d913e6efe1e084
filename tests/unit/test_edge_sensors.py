import json
import math

import pytest
from factories import NOON, at
from hypothesis import example, given, settings
from hypothesis import strategies as st

from edge.sensors import MAX_READING_BYTES, Reading, SensorMemory, read, step
from edge.settings import SensorSettings
from models import envelope
from models.errors import BadRecord, ConfigurationError
from models.records import SensorAlarmed, SensorCleared, SensorHeard, SensorKind, SensorSilent
from models.toml import parse

SOURCE = "/harbour/box-1/smoke-1"


def sensor(**changes):
    return SensorSettings(**({"name": "smoke-1", "topic": "hall/smoke"} | changes))


@pytest.mark.parametrize(
    ("payload", "value", "alarm"),
    [
        pytest.param(b"true", "", True, id="a bare true"),
        pytest.param(b"false", "", False, id="a bare false"),
        pytest.param(b"1", "", True, id="a bare one"),
        pytest.param(b"0", "", False, id="a bare zero"),
        pytest.param(b"ALARM", "", True, id="plain text in capitals"),
        pytest.param(b"  on \n", "", True, id="plain text with space around"),
        pytest.param(b'"alarm"', "", True, id="quoted text"),
        pytest.param(b"ok", "", False, id="any other text"),
        pytest.param(b"", "", False, id="nothing: a beat"),
        pytest.param(b'{"smoke": true}', "smoke", True, id="a field"),
        pytest.param(b'{"data": {"state": "alarm"}}', "data.state", True, id="a field within a field"),
        pytest.param(b'{"data": {"state": "idle"}}', "data.state", False, id="no word of alarm"),
    ],
)
def test_a_reading_is_an_alarm_by_its_words(payload, value, alarm):
    assert read(payload, sensor(value=value)).alarm is alarm


@pytest.mark.parametrize(
    ("payload", "alarm", "value"),
    [
        pytest.param(b"0.5", True, 0.5, id="at the threshold"),
        pytest.param(b"0.9", True, 0.9, id="above"),
        pytest.param(b"0.4", None, 0.4, id="between the two nothing changes"),
        pytest.param(b"0.3", False, 0.3, id="down at the lower one"),
        pytest.param(b"-1", False, -1.0, id="far below"),
    ],
)
def test_a_number_is_an_alarm_from_one_threshold_and_clear_from_the_other(payload, alarm, value):
    assert read(payload, sensor(alarm_at=0.5, clear_at=0.3)) == Reading(alarm=alarm, value=value)


def test_with_one_threshold_a_number_is_either_or():
    assert read(b"0.49", sensor(alarm_at=0.5)).alarm is False
    assert read(b"0.5", sensor(alarm_at=0.5)).alarm is True


@pytest.mark.parametrize(
    ("payload", "value", "field", "problem"),
    [
        pytest.param(b"\xff\xfe", "", "$", "UTF-8", id="random bytes"),
        pytest.param(b"{", "smoke", "$", "is not JSON", id="half a document"),
        pytest.param(b"[" * 60_000, "smoke", "$", "is not JSON", id="nested without end"),
        pytest.param(b"{}", "data.smoke", "data.smoke", "has no 'data'", id="the field is not there"),
        pytest.param(b'{"data": 3}', "data.smoke", "data.smoke", "has no 'smoke'", id="too short a path"),
        pytest.param(b'{"s": null}', "s", "s", "neither text, number nor true/false", id="null"),
        pytest.param(b'{"s": [1, 2]}', "s", "s", "neither text, number nor true/false", id="a list"),
        pytest.param(b'{"s": NaN}', "s", "$", "NaN is no number", id="NaN"),
        pytest.param(b'{"s": -Infinity}', "s", "$", "-Infinity is no number", id="infinite"),
        pytest.param(b'{"s": 1e999}', "s", "s", "larger than any number", id="too large a number"),
        pytest.param(b"9" * 400, "", "$", "larger than any number", id="too many digits"),
    ],
)
def test_garbage_names_its_field_and_its_fault(payload, value, field, problem):
    with pytest.raises(BadRecord) as caught:
        read(payload, sensor(value=value))
    assert caught.value.field == field
    assert problem in caught.value.problem


@pytest.mark.parametrize("payload", [b"smoke!", b'"0.7"', b"true", b"null", b"NaN", b"[" * 60_000])
def test_what_is_no_number_cannot_be_held_against_a_threshold(payload):
    with pytest.raises(BadRecord, match="`alarm_at` needs one"):
        read(payload, sensor(alarm_at=0.5))


def test_a_payload_without_measure_is_refused_unread():
    with pytest.raises(BadRecord, match=rf"20000000 bytes; a reading has at most {MAX_READING_BYTES}"):
        read(b"x" * 20_000_000, sensor())


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'{"s":'])
@pytest.mark.parametrize("depth", [10, 300, 480, 495, 500, 900, 980, 990, 995, 1000, 1100, 9000])
def test_no_depth_of_nesting_is_more_than_a_bad_record(opening, depth):
    closing = b"]" if opening == b"[" else b"}"
    for config in (sensor(), sensor(value="s"), sensor(alarm_at=1.0)):
        try:
            read(opening * depth + b"1" + closing * depth, config)
        except BadRecord:
            continue


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("sab") | st.text(), inner),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(
    st.binary(max_size=300) | JSON.map(lambda value: json.dumps(value).encode()),
    st.sampled_from(["", "s", "s.a", "s.a.b", "."]),
    st.sampled_from([None, 0.5, math.inf, -3.0]),
)
@example(b'"\\ud800"', "", None)
@example(b'{"s": 1e400}', "s", 0.5)
def test_a_payload_is_a_reading_or_a_bad_record_and_either_can_be_said(payload, path, alarm_at):
    config = sensor(value=path, alarm_at=alarm_at)
    try:
        reading = read(payload, config)
    except BadRecord as exc:
        why = exc
    else:
        why = None
    if why is not None:
        assert why.field
        assert why.problem.encode()
        return
    assert reading.value is None or math.isfinite(reading.value)
    _, said = step(SensorMemory(), reading, config, source=SOURCE, at=NOON)
    for record in said:
        event = envelope.event(record, source=SOURCE, subject="smoke-1", about="x", at=NOON, recorded_at=NOON)
        assert envelope.decode(envelope.encode(event)).data == record


def through(*readings, config=None, memory=None):
    """What is said of a row of (second, reading), and the memory afterwards."""
    memory, said = memory or SensorMemory(), []
    for second, reading in readings:
        memory, more = step(memory, reading, config or sensor(), source=SOURCE, at=at(second))
        said += more
    return said, memory


ALARM, CLEAR, BETWEEN = Reading(alarm=True), Reading(alarm=False), Reading(alarm=None)


def test_an_alarm_is_said_once_and_cleared_under_the_same_id():
    said, memory = through((0, CLEAR), (1, ALARM), (2, ALARM), (3, BETWEEN), (4, CLEAR), (5, CLEAR))
    assert [type(record) for record in said] == [SensorAlarmed, SensorCleared]
    assert said[0].alarm_id == said[1].alarm_id
    assert (said[0].alarmed_at, said[1].cleared_at) == (at(1), at(4))
    assert memory.alarm is None


def test_the_next_alarm_has_an_id_of_its_own():
    said, _ = through((1, ALARM), (2, CLEAR), (3, ALARM))
    assert said[0].alarm_id != said[2].alarm_id


def test_the_same_alarm_has_the_same_id_wherever_it_is_computed():
    assert through((1, ALARM))[0] == through((0, CLEAR), (1, ALARM))[0]
    other, _ = step(SensorMemory(), ALARM, sensor(), source="/harbour/box-1/smoke-2", at=at(1))
    assert other.alarm != through((1, ALARM))[1].alarm


def test_an_alarm_goes_on_over_a_restart():
    _, before = through((1, ALARM))
    said, _ = through((100, ALARM), (101, CLEAR), memory=before)
    assert [type(record) for record in said] == [SensorCleared]
    assert said[0].alarm_id == before.alarm


def test_silence_is_said_once_and_so_is_its_end():
    said, memory = through(
        (0, CLEAR), (299, None), (300, None), (301, None), (900, None), (1000, CLEAR), (1001, CLEAR)
    )
    assert [type(record) for record in said] == [SensorSilent, SensorHeard]
    assert said[0].last_heard_at == said[1].silent_since == at(0)
    assert "nothing heard for 301 s" in said[0].why
    assert not memory.silent


def test_a_sensor_that_was_never_heard_is_silent_a_heartbeat_after_we_began_to_listen():
    said, memory = through((0, None), (300, None), (301, None))
    assert [type(record) for record in said] == [SensorSilent]
    assert memory.silent


def test_a_sensor_that_comes_back_alarming_says_both():
    said, _ = through((0, CLEAR), (301, None), (400, ALARM))
    assert [type(record) for record in said] == [SensorSilent, SensorHeard, SensorAlarmed]


def test_silence_does_not_clear_an_alarm():
    said, memory = through((0, ALARM), (301, None))
    assert [type(record) for record in said] == [SensorAlarmed, SensorSilent]
    assert memory.alarm == said[0].alarm_id


def test_an_observation_carries_the_sensor_its_ladder_and_its_place():
    config = sensor(kind=SensorKind.WATER, place="Underpass", policy="night-water", alarm_at=0.3)
    said, _ = through((0, Reading(alarm=True, value=0.4)), config=config)
    assert (said[0].sensor, said[0].kind, said[0].policy) == ("smoke-1", SensorKind.WATER, "night-water")
    assert (said[0].place, said[0].value) == ("Underpass", 0.4)


def test_without_a_ladder_of_its_own_a_sensor_has_its_kinds():
    assert sensor(kind=SensorKind.WATER).policy_name == "water"


@pytest.mark.parametrize("topic", ["hall/+/smoke", "hall/#", ""])
def test_a_sensor_has_one_topic(topic):
    with pytest.raises(ConfigurationError, match="topic"):
        parse(f'name = "smoke-1"\ntopic = "{topic}"\n', "sensor.toml", SensorSettings)
