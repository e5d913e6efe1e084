"""From an event to what the ledger does with it, and how bad bytes travel."""

import base64
from datetime import UTC, datetime

import factories
import pytest
from factories import NOON, at, event
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.tampering import sealed
from cases.arrivals import Arrival, Condition, DeadLetter, SealedEvidence
from cases.life import Resolution, SignalKind
from ingest.conclude import conclude, read
from ingest.deadletters import KEPT_BYTES, letter, refuse
from ingest.dedup import incident_key
from models import envelope
from models.errors import BadRecord
from models.packet import unpack
from models.records import (
    BlindReason,
    CameraBlind,
    CameraSees,
    EndedBy,
    EvidenceSealed,
    ReadingRefused,
    SensorHeard,
    SensorKind,
    SensorSilent,
)

POLICIES = frozenset({"fire-lane", "smoke"})
SENSOR = {"sensor": "smoke-1", "kind": SensorKind.SMOKE, "policy": "smoke"}


def reading_refused(payload):
    return ReadingRefused(
        sensor="smoke-1", topic="hall/7", field="$", problem="no JSON", payload=payload, times=3
    )


def concluded(data, seconds=0.0):
    about = event(data, seconds)
    return conclude(about, envelope.encode(about), at(100))


@pytest.mark.parametrize(
    ("data", "kind", "resolution"),
    [
        pytest.param(factories.began(), SignalKind.NOTED, None, id="began"),
        pytest.param(factories.overstayed(), SignalKind.OBSERVED, None, id="overstayed"),
        pytest.param(factories.continues(), SignalKind.CONTINUES, None, id="continues"),
        pytest.param(factories.ended(), SignalKind.ENDED, Resolution.LEFT, id="left"),
        pytest.param(factories.ended(ended_by=EndedBy.UNKNOWN), SignalKind.ENDED, None, id="lost from sight"),
        pytest.param(
            factories.ended(ended_by=EndedBy.END_OF_RECORDING),
            SignalKind.ENDED,
            None,
            id="the recording ended",
        ),
    ],
)
def test_a_stay_becomes_a_signal(data, kind, resolution):
    found = concluded(data, 60)
    assert isinstance(found, Arrival)
    signal = found.signal
    assert (signal.kind, signal.resolution) == (kind, resolution)
    assert (signal.origin_id, signal.zone, signal.policy) == (data.stay_id, data.zone, data.policy)
    assert (signal.at, signal.began_at, signal.plate) == (at(60), data.began_at, data.plate)
    assert signal.spot_xy == (0.5, 0.6)
    assert signal.dedup_key == incident_key("harbour", data)


@pytest.mark.parametrize(
    ("data", "kind", "resolution"),
    [
        (factories.alarmed(), SignalKind.OBSERVED, None),
        (factories.cleared(), SignalKind.ENDED, Resolution.CLEARED),
    ],
    ids=["alarmed", "cleared"],
)
def test_an_alarm_becomes_a_signal(data, kind, resolution):
    signal = concluded(data).signal
    assert (signal.kind, signal.resolution, signal.label) == (kind, resolution, "smoke")
    assert (signal.origin_id, signal.zone, signal.plate, signal.spot_xy) == (
        data.alarm_id,
        "smoke-1",
        None,
        None,
    )


@pytest.mark.parametrize(
    ("data", "state", "since"),
    [
        pytest.param(
            CameraBlind(camera="c", reason=BlindReason.BLACK, since=at(3)), "blind: black", at(3), id="blind"
        ),
        pytest.param(CameraSees(camera="c", blind_since=at(3)), "ok", at(9), id="sees"),
        pytest.param(
            SensorSilent(**SENSOR, last_heard_at=at(3), heartbeat_s=60.0), "silent", at(3), id="silent"
        ),
        pytest.param(SensorHeard(**SENSOR, silent_since=at(3)), "ok", at(9), id="heard"),
    ],
)
def test_what_cannot_tell_is_a_condition_and_no_case(data, state, since):
    assert concluded(data, 9) == Condition(factories.SOURCE, state, since, at(9), "")


@pytest.mark.parametrize(
    ("payload", "bytes_"),
    [
        pytest.param(base64.b64encode(b"\x00bad").decode(), b"\x00bad", id="base64"),
        pytest.param("not base64!", b"not base64!", id="not base64"),
        pytest.param("烟", "烟".encode(), id="not even ASCII"),
        pytest.param("", b"", id="empty"),
    ],
)
def test_a_refused_reading_is_a_dead_letter(payload, bytes_):
    found = concluded(reading_refused(payload))
    assert isinstance(found, DeadLetter)
    assert (found.origin, found.payload, found.size, found.at) == ("hall/7", bytes_, len(bytes_), at(100))
    assert found.problem == "no JSON (3 such reading(s) of sensor smoke-1)"


@given(st.text(st.characters(codec="utf-8"), max_size=60))
def test_no_refused_reading_can_stop_the_stream(payload):
    assert isinstance(concluded(reading_refused(payload)), DeadLetter)


@pytest.fixture(scope="module")
def packet(tmp_path_factory):
    """A packet that a real seal made."""
    files = sealed(tmp_path_factory.mktemp("box"), stays=1).files
    return unpack(files["stay-0000.zip"])[0]


def evidence_sealed(packet, **changes):
    said = packet.manifest
    fields = {"stay_id": said.stay_id, "camera": said.camera, "number": said.number, "key": said.key}
    fields |= {"manifest": packet.raw.decode(), "signature": packet.signature}
    return EvidenceSealed(**(fields | changes))


def test_sealed_evidence_is_kept_as_it_was_signed(packet):
    found = concluded(evidence_sealed(packet))
    assert isinstance(found, SealedEvidence)
    assert (found.packet.raw, found.packet.signature) == (packet.raw, packet.signature)


def test_evidence_whose_seal_does_not_hold_is_bad_and_names_the_field(packet):
    changed = packet.raw.decode().replace("Harbour Road 1", "Harbour Road 2")
    with pytest.raises(BadRecord, match=r"data\.signature: does not hold"):
        concluded(evidence_sealed(packet, manifest=changed))


def test_every_event_type_has_a_conclusion(packet):
    records = [
        evidence_sealed(packet),
        factories.began(),
        factories.overstayed(),
        factories.continues(),
        factories.ended(),
        factories.alarmed(),
        factories.cleared(),
        CameraBlind(camera="c", reason=BlindReason.FROZEN, since=NOON),
        CameraSees(camera="c", blind_since=NOON),
        SensorSilent(**SENSOR, last_heard_at=NOON, heartbeat_s=60.0),
        SensorHeard(**SENSOR, silent_since=NOON),
        reading_refused("x"),
    ]
    assert {type(record) for record in records} == set(envelope.TYPE_OF)
    assert all(concluded(record) is not None for record in records)


def raw(data=None, seconds=0.0, recorded=None):
    data = data or factories.overstayed()
    made = envelope.event(
        data,
        source=factories.SOURCE,
        subject="z",
        about="x",
        at=at(seconds),
        recorded_at=at(seconds if recorded is None else recorded),
    )
    return envelope.encode(made)


@pytest.mark.parametrize(
    ("seconds", "recorded", "field"),
    [
        pytest.param(31, 0, "time", id="captured in the future"),
        pytest.param(0, 31, "recordedtime", id="received in the future"),
        pytest.param(10**9, 0, "time", id="in another century"),
    ],
)
def test_an_event_from_the_future_is_bad(seconds, recorded, field):
    with pytest.raises(BadRecord, match="in the future; set the device's clock") as caught:
        read(raw(seconds=seconds, recorded=recorded), NOON, 30, POLICIES)
    assert caught.value.field == field


@pytest.mark.parametrize("seconds", [30, 0, -(10**8)])
def test_an_event_of_now_or_long_ago_is_good(seconds):
    assert read(raw(seconds=seconds), NOON, 30, POLICIES).time == at(seconds)


def test_an_unknown_policy_is_bad():
    with pytest.raises(BadRecord, match="no policy 'fire-line'") as caught:
        read(raw(factories.overstayed(policy="fire-line")), NOON, 30, POLICIES)
    assert caught.value.field == "data.policy"


def test_what_has_no_policy_needs_none():
    assert read(raw(CameraSees(camera="c", blind_since=NOON)), NOON, 30, frozenset())


def test_a_dead_letter_travels_with_its_reason():
    refused = refuse("clearway/v1/s/d/observations", b"\xffbad", BadRecord("data.score", "too high"), at(5))
    assert letter("dead/0/7", refused.value, refused.headers) == DeadLetter(
        id="dead/0/7",
        at=at(5),
        origin="clearway/v1/s/d/observations",
        field="data.score",
        problem="too high",
        size=4,
        payload=b"\xffbad",
    )


def test_of_a_huge_message_only_the_beginning_travels():
    refused = refuse("t", b"x" * 20_000_000, BadRecord("$", "too large"), at(5))
    assert len(refused.value) == KEPT_BYTES
    assert letter("p", refused.value, refused.headers).size == 20_000_000


def test_a_dead_letter_without_headers_still_shows():
    shown = letter("dead/0/7", b"abc", {})
    assert (shown.origin, shown.field, shown.size) == ("dead/0/7", "$", 3)
    assert shown.at == datetime.fromtimestamp(0, UTC)


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"size": b"many"}, id="size in words"),
        pytest.param({"size": "²".encode()}, id="a digit that is no number"),
        pytest.param({"size": b"-5"}, id="negative size"),
        pytest.param({"at": b"yesterday"}, id="time in words"),
        pytest.param({"at": b"2026-11-21T12:00:00"}, id="time without offset"),
        pytest.param({"at": b"0001-01-01T00:00:00+14:00"}, id="time before the calendar"),
        pytest.param({"origin": b"\xff\x00", "problem": b"\x00"}, id="no text"),
    ],
)
def test_a_dead_letter_with_broken_headers_still_shows(headers):
    shown = letter("p", b"abc", headers)
    assert shown.size == 3
    assert "\x00" not in shown.origin + shown.problem
    assert shown.at.utcoffset() is not None


HEADERS = st.dictionaries(
    st.sampled_from(["origin", "field", "problem", "size", "at"]),
    st.binary(max_size=30) | st.integers().map(lambda n: str(n).encode()),
)


@given(st.binary(max_size=30), HEADERS)
def test_no_dead_letter_can_stop_the_stream(value, headers):
    shown = letter("p", value, headers)
    assert shown.payload == value
    assert 0 <= shown.size < 2**31


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=300), st.binary(max_size=50))
def test_whatever_was_refused_is_shown_as_it_was(origin, payload):
    refused = refuse(origin, payload, BadRecord("$", "x"), at(5))
    shown = letter("p", refused.value, refused.headers)
    assert (shown.payload, shown.size) == (payload, len(payload))
    assert shown.origin == origin.replace("\x00", "\ufffd")
    assert len(refused.key) <= 200
