"""The envelope: what goes in comes out, and whatever else comes in is a `BadRecord`."""

import base64
import json
import math
from datetime import UTC, datetime, timedelta
from uuid import UUID

import factories
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models import envelope
from models.errors import BadRecord
from models.records import (
    BlindReason,
    CameraBlind,
    CameraSees,
    EndedBy,
    EvidenceSealed,
    Picture,
    PictureRole,
    Plate,
    PlateSource,
    ReadingRefused,
    Reason,
    SensorAlarmed,
    SensorCleared,
    SensorHeard,
    SensorKind,
    SensorSilent,
    StayBegan,
    StayContinues,
    StayEnded,
    StayOverstayed,
    ZoneKind,
)

QUICK = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""An event is a large thing to draw; each of these laws is drawn for by several tests."""

NAMES = st.from_regex(r"\A[A-Za-z0-9][A-Za-z0-9_-]{0,63}\Z")
TEXTS = st.text(st.characters(codec="utf-8"), max_size=20)
TIMES = st.datetimes(datetime(1971, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
SCORES = st.floats(0, 1)
SECONDS = st.floats(0, 1e8)
IDS = st.uuids().map(str)
BOXES = st.tuples(*[st.floats(-1, 2)] * 4)
PLATES = st.none() | st.builds(
    Plate,
    text=st.text(st.characters(codec="utf-8"), min_size=2, max_size=16),
    score=SCORES,
    source=st.sampled_from(PlateSource),
    sure=st.booleans(),
    reads=st.integers(0, 100),
    characters=st.lists(SCORES, max_size=3).map(tuple),
    kind=st.sampled_from(["", "blue", "new-energy"]),
    picture=st.none() | st.binary(min_size=32, max_size=32).map(bytes.hex),
)
PICTURES = st.lists(
    st.builds(
        Picture,
        role=st.sampled_from(PictureRole),
        sha256=st.binary(min_size=32, max_size=32).map(bytes.hex),
        captured_at=TIMES,
        bytes=st.integers(1, 2**40),
        private_xyxy=st.lists(BOXES, max_size=2).map(tuple),
    ),
    max_size=3,
).map(tuple)
REASONS = st.lists(
    st.builds(
        Reason,
        what=TEXTS,
        since=TIMES,
        until=TIMES,
        looks=st.integers(1, 10**6),
        values=st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=8), SCORES, max_size=2),
    ),
    max_size=2,
).map(tuple)
STAY = {
    "stay_id": IDS,
    "camera": NAMES,
    "zone": NAMES,
    "kind": st.sampled_from(ZoneKind),
    "policy": NAMES,
    "label": st.text(st.characters(codec="utf-8"), min_size=1, max_size=40),
    "score": SCORES,
    "box_xyxy": BOXES,
    "began_at": TIMES,
    "place": TEXTS,
    "plate": PLATES,
    "pictures": PICTURES,
    "why": TEXTS,
    "reasons": REASONS,
    "appearance": st.binary(max_size=64).map(bytes.hex),
    "group": NAMES,
    "exempt": TEXTS,
}
SENSOR = {
    "sensor": NAMES,
    "kind": st.sampled_from(SensorKind),
    "policy": NAMES,
    "place": TEXTS,
    "value": st.none() | st.floats(allow_nan=False, allow_infinity=False),
    "why": TEXTS,
}
RECORDS = {
    StayBegan: st.builds(StayBegan, **STAY),
    StayOverstayed: st.builds(StayOverstayed, **STAY, dwell_s=SECONDS, overstayed_at=TIMES),
    StayContinues: st.builds(StayContinues, **STAY, stood_s=SECONDS),
    StayEnded: st.builds(
        StayEnded, **STAY, ended_at=TIMES, ended_by=st.sampled_from(EndedBy), stood_s=SECONDS
    ),
    CameraBlind: st.builds(
        CameraBlind, camera=NAMES, reason=st.sampled_from(BlindReason), since=TIMES, why=TEXTS
    ),
    CameraSees: st.builds(CameraSees, camera=NAMES, blind_since=TIMES, why=TEXTS),
    EvidenceSealed: st.builds(
        EvidenceSealed,
        stay_id=IDS,
        camera=NAMES,
        number=st.integers(1, 2**40),
        manifest=st.text(st.characters(codec="utf-8"), min_size=2, max_size=100),
        signature=st.binary(min_size=64, max_size=64).map(lambda raw: base64.b64encode(raw).decode()),
        key=st.binary(min_size=32, max_size=32).map(lambda raw: base64.b64encode(raw).decode()),
    ),
    SensorAlarmed: st.builds(SensorAlarmed, **SENSOR, alarm_id=IDS, alarmed_at=TIMES),
    SensorCleared: st.builds(SensorCleared, **SENSOR, alarm_id=IDS, cleared_at=TIMES),
    SensorSilent: st.builds(SensorSilent, **SENSOR, last_heard_at=TIMES, heartbeat_s=SECONDS),
    SensorHeard: st.builds(SensorHeard, **SENSOR, silent_since=TIMES),
    ReadingRefused: st.builds(
        ReadingRefused,
        sensor=NAMES,
        topic=TEXTS,
        field=TEXTS,
        problem=TEXTS,
        payload=st.text(st.characters(codec="utf-8"), max_size=100),
        times=st.integers(1, 10**6),
    ),
}
SOURCES = st.tuples(NAMES, NAMES, NAMES).map(lambda words: "/" + "/".join(words))


def wrapped(data, source, about, at, recorded_at):
    subject = getattr(data, "zone", None) or source.rsplit("/", 1)[-1]
    return envelope.event(data, source=source, subject=subject, about=about, at=at, recorded_at=recorded_at)


EVENTS = st.builds(wrapped, st.one_of(*RECORDS.values()), SOURCES, IDS, TIMES, TIMES)
JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["2026-11-21T12:00:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=4,
)
VALID = envelope.encode(factories.event(factories.ended(place="Quay 3", why="left")))


def altered(**changes):
    """The bytes of a valid event with some fields of its envelope changed."""
    return json.dumps(json.loads(VALID) | changes).encode()


def altered_data(**changes):
    return altered(data=json.loads(VALID)["data"] | changes)


def field_of(raw):
    with pytest.raises(BadRecord) as caught:
        envelope.decode(raw)
    assert caught.value.problem
    return caught.value.field


def test_the_round_trip_covers_every_event_type():
    assert set(RECORDS) == set(envelope.EVENT_TYPES.values())


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.__name__)
@QUICK
@given(draw=st.data())
def test_an_event_decodes_to_what_was_encoded(record, draw):
    data = draw.draw(RECORDS[record])
    event = wrapped(data, draw.draw(SOURCES), draw.draw(IDS), draw.draw(TIMES), draw.draw(TIMES))
    again = envelope.decode(envelope.encode(event))
    assert again == event
    assert type(again.data) is record


@QUICK
@given(EVENTS)
def test_the_bridge_reads_the_same_id_and_key_as_the_stream(event):
    found = envelope.address(envelope.encode(event))
    assert (found.id, found.partitionkey) == (event.id, event.partitionkey)


@QUICK
@given(EVENTS)
def test_an_encoded_event_is_a_cloud_event(event):
    wire = json.loads(envelope.encode(event))
    assert wire["specversion"] == "1.0"
    assert wire["datacontenttype"] == "application/json"
    assert wire["type"] in envelope.EVENT_TYPES
    assert UUID(wire["id"])
    assert (event.site, event.device) == tuple(wire["source"].split("/")[1:3])


@QUICK
@given(st.lists(EVENTS, max_size=4))
def test_a_batch_splits_into_the_bytes_that_were_joined(events):
    raws = [envelope.encode(event) for event in events]
    assert envelope.split(envelope.join(raws)) == raws


def test_a_lone_event_is_no_batch():
    assert envelope.split(VALID) == [VALID]


def test_space_around_a_batch_does_not_matter():
    assert envelope.split(b" \n" + envelope.join([VALID, VALID]) + b"\n") == [VALID, VALID]


def test_what_a_newer_device_adds_is_ignored():
    newer = altered(data=json.loads(VALID)["data"] | {"mood": {"x": [1, 2]}}, traceparent="00-1-2-03")
    assert envelope.decode(newer) == envelope.decode(VALID)


def test_what_an_older_device_does_not_say_has_a_default():
    data = json.loads(VALID)["data"]
    for name in ("place", "plate", "pictures", "why"):
        del data[name]
    decoded = envelope.decode(altered(data=data)).data
    assert (decoded.place, decoded.plate, decoded.pictures, decoded.why) == ("", None, (), "")


def test_times_with_an_offset_are_the_same_instant_in_utc():
    found = envelope.decode(altered(time="2026-11-21T20:00:00+08:00"))
    assert found.time == factories.NOON
    assert found.time.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        pytest.param(b"", "$", id="nothing"),
        pytest.param(b"\x00\xff\x17", "$", id="random bytes"),
        pytest.param(VALID[:200], "$", id="cut off"),
        pytest.param(b"null", "$", id="null"),
        pytest.param(b"[1]", "$", id="a list"),
        pytest.param(b"{}", "$", id="an empty object"),
        pytest.param(altered(specversion="2.0"), "specversion", id="another CloudEvents"),
        pytest.param(altered(id=""), "id", id="no id"),
        pytest.param(altered(id="x" * 65), "id", id="an endless id"),
        pytest.param(altered(id=7), "id", id="an id that is a number"),
        pytest.param(altered(source="north-gate"), "source", id="a source of another shape"),
        pytest.param(altered(source="/a/b/../c"), "source", id="a source that climbs"),
        pytest.param(altered(source="/a/b/c\n"), "source", id="a source with a line feed"),
        pytest.param(altered(type="clearway.stay.began.v9"), "type", id="an unknown type"),
        pytest.param(altered(time="2026-11-21T12:00:00"), "time", id="a time without offset"),
        pytest.param(altered(time="yesterday"), "time", id="a time in words"),
        pytest.param(altered(time=1763726400), "time", id="a time as a number"),
        pytest.param(altered(time="0001-01-01T00:00:00+14:00"), "time", id="before the calendar"),
        pytest.param(altered(recordedtime="9999-12-31T23:59:59-14:00"), "recordedtime", id="after it"),
        pytest.param(altered(data=None), "data", id="no data"),
        pytest.param(altered_data(score=1.1), "data.score", id="a score beyond 1"),
        pytest.param(altered_data(score="high"), "data.score", id="a score in words"),
        pytest.param(altered_data(score=10**400), "data.score", id="an endless integer"),
        pytest.param(altered_data(score=math.nan), "$", id="NaN is no JSON"),
        pytest.param(altered_data(stood_s=-1), "data.stood_s", id="a negative duration"),
        pytest.param(altered_data(stood_s=None), "data.stood_s", id="no duration"),
        pytest.param(altered_data(box_xyxy=[0, 0, 1]), "data.box_xyxy", id="a box of three"),
        pytest.param(altered_data(box_xyxy=[0, 0, 1, 9]), "data.box_xyxy[3]", id="a box far outside"),
        pytest.param(altered_data(kind="runway"), "data.kind", id="an unknown kind"),
        pytest.param(altered_data(kind="x - at `$.place`"), "data.kind", id="a kind that fakes a path"),
        pytest.param(altered_data(camera="north gate"), "data.camera", id="a camera with a space"),
        pytest.param(altered_data(camera="north-gate\n"), "data.camera", id="a camera with a line feed"),
        pytest.param(altered_data(place="x" * 501), "data.place", id="an endless place"),
        pytest.param(altered_data(began_at="2026-11-21T12:00:00"), "data.began_at", id="began, no offset"),
        pytest.param(
            altered_data(began_at="0001-01-01T00:00:00+14:00"), "data.began_at", id="began before all time"
        ),
        pytest.param(altered_data(plate={"text": "x"}), "data.plate.text", id="a plate of one letter"),
        pytest.param(VALID.replace(b"Quay 3", b"\\ud800"), "$", id="half a surrogate pair"),
        pytest.param(VALID.replace(b"Quay 3", b"\xff\xfe"), "$", id="not UTF-8"),
        pytest.param(VALID[:-1] + b',"new":"\xff"}', "$", id="not UTF-8 in a field we do not know"),
        pytest.param(VALID[:-1] + b',"x":' + b"[" * 99_999 + b"]" * 99_999 + b"}", "$", id="nested deeply"),
    ],
)
def test_a_bad_event_names_the_field(raw, field):
    assert field_of(raw) == field


def test_data_nested_deeply_is_bad():
    deep = VALID.replace(b'"Quay 3"', b'{"a":' * 50_000 + b"1" + b"}" * 50_000)
    with pytest.raises(BadRecord):
        envelope.decode(deep)


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param(b"[", id="cut off at once"),
        pytest.param(b"[" + VALID, id="cut off after an event"),
        pytest.param(b"[" + VALID + b"]]", id="a bracket too many"),
        pytest.param(b"[" * 99_999 + b"]" * 99_999, id="nested deeply"),
        pytest.param(b"[\xff]", id="not UTF-8"),
    ],
)
def test_a_bad_batch_is_refused_as_a_whole(payload):
    with pytest.raises(BadRecord) as caught:
        envelope.split(payload)
    assert caught.value.field == "$"


def test_one_bad_event_does_not_spoil_its_batch():
    raws = envelope.split(envelope.join([VALID, b'{"id":7}', VALID]))
    assert [raw == VALID for raw in raws] == [True, False, True]
    with pytest.raises(BadRecord):
        envelope.address(raws[1])


@given(st.binary(max_size=200) | st.text(max_size=50).map(lambda text: json.dumps(text).encode()))
def test_no_bytes_raise_anything_but_a_bad_record(raw):
    for read in (envelope.decode, envelope.address, envelope.split):
        try:
            read(raw)
        except BadRecord as exc:
            assert exc.field  # noqa: PT017 - most bytes raise, a few may not


@settings(QUICK, max_examples=60)
@given(EVENTS, st.data())
def test_no_changed_event_raises_anything_but_a_bad_record(event, draw):
    wire = json.loads(envelope.encode(event))
    place = wire if draw.draw(st.booleans()) else wire["data"]
    name = draw.draw(st.sampled_from(sorted(place)))
    if draw.draw(st.booleans()):
        del place[name]
    else:
        place[name] = draw.draw(JSON_VALUES)
    try:
        envelope.decode(json.dumps(wire).encode())
    except BadRecord as exc:
        assert exc.field  # noqa: PT017 - some changes are legal


@settings(QUICK, max_examples=60)
@given(EVENTS, st.data())
def test_no_damaged_bytes_raise_anything_but_a_bad_record(event, draw):
    raw = bytearray(envelope.encode(event))
    start = draw.draw(st.integers(0, len(raw)))
    raw[start : start + draw.draw(st.integers(0, 9))] = draw.draw(st.binary(max_size=9))
    try:
        found = envelope.decode(bytes(raw))
    except BadRecord:
        return
    assert envelope.decode(envelope.encode(found)) == found


@QUICK
@given(st.sampled_from(sorted(envelope.EVENT_TYPES)), EVENTS)
def test_data_of_another_type_is_refused_or_fits(name, event):
    wire = json.loads(envelope.encode(event)) | {"type": name}
    try:
        found = envelope.decode(json.dumps(wire).encode())
    except BadRecord as exc:
        assert exc.field.startswith("data")  # noqa: PT017 - a record may fit another's shape
    else:
        assert type(found.data) is envelope.EVENT_TYPES[name]


def test_records_are_frozen():
    with pytest.raises(AttributeError):
        factories.began().zone = "other"


def test_the_types_of_the_envelope_are_the_union_of_observations():
    assert {record for record in envelope.TYPE_OF if issubclass(record, msgspec.Struct)} == set(RECORDS)
