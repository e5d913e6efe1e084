"""What goes wrong on the wire: each bad thing is a dead letter with its reason, and nothing else suffers."""

import base64
import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from parts_site import Speaker, dead_letters, site_in, speaking
from pydantic import SecretStr

from benchmarks.observations import overstay
from benchmarks.site import Site, until
from models.envelope import join

OWN = "clearway/v1/bench/box"
KB = 1024


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with site_in(tmp_path_factory.mktemp("site"), ingest={"max_message_kb": 512}) as made:
        made.start("broker")
        made.start("ingest")
        yield made


@pytest.fixture(scope="module")
def box(site):
    with speaking(site, "edge", f"{OWN}/receipts") as speaker:
        yield speaker


NOW = datetime.now(UTC)


def good(number):
    return overstay(number, NOW).body


def from_the_future():
    return overstay(900, datetime.now(UTC) + timedelta(hours=1)).body


def elsewhere():
    return good(901).replace(b"bench/box/gate", b"bench/palace/gate")


def of_unknown_type():
    return good(902).replace(b"overstayed.v1", b"levitated.v1")


def of_unknown_policy():
    return good(903).replace(b'"policy":"fire-lane"', b'"policy":"martial-law"')


def nested():
    return b'{"id":"x","partitionkey":"bench/box/gate/z","data":' + b"[" * 20_000 + b"]" * 20_000 + b"}"


BAD = [
    pytest.param("observations", b"\x00\xff\x13random", "$", "", id="random bytes"),
    pytest.param("observations", b"[1, 2", "$", "not a batch", id="half a batch"),
    pytest.param("observations", b"", "$", "", id="nothing"),
    pytest.param("observations", nested(), "$", "", id="nested without end"),
    pytest.param("observations", b"[" * 100_000, "$", "", id="nothing but brackets"),
    pytest.param("observations", b"x" * (513 * KB), "$", "a message has at most 524288", id="too large"),
    pytest.param("observations", from_the_future(), "time", "in the future", id="an event from the future"),
    pytest.param("observations", elsewhere(), "partitionkey", "is not of bench/box", id="of another device"),
    pytest.param("observations", of_unknown_type(), "type", "levitated", id="an unknown type"),
    pytest.param("observations", of_unknown_policy(), "data.policy", "martial-law", id="an unknown policy"),
    pytest.param(
        f"evidence/{'0' * 64}", b"no such picture", "sha256", "hash to", id="evidence of other bytes"
    ),
    pytest.param("status", b"{'online': yes}", "$", "is no device status", id="a garbage status"),
    pytest.param("status", b"\xff\xfe\x00", "$", "is no device status", id="a status of random bytes"),
    pytest.param("trails", b"garbage", "$", "is no trail", id="a garbage trail"),
    pytest.param("trails", b"[" * 50_000, "$", "is no trail", id="a trail without end"),
]


@pytest.mark.parametrize(("tail", "payload", "field", "problem"), BAD)
def test_a_bad_message_is_a_dead_letter_with_its_reason(site, box, *, tail, payload, field, problem):
    before = site.reading.totals().dead_letters
    assert box.say(f"{OWN}/{tail}", payload)
    until(lambda: site.reading.totals().dead_letters > before, within_s=15, what="a dead letter")
    letter = site.reading.dead_letters(limit=1)[0]
    assert letter["field"] == field
    assert problem in letter["problem"]
    assert letter["size"] == len(payload)
    assert letter["payload"] == payload[: 64 * KB]


def test_one_bad_event_in_a_batch_does_not_take_the_others_with_it(site, box):
    before = site.reading.totals()
    assert box.say(f"{OWN}/observations", join([good(910), elsewhere(), b'{"id": 3}', good(911)]))
    until(lambda: site.reading.totals().dead_letters == before.dead_letters + 2, what="two dead letters")
    until(lambda: site.reading.totals().observations == before.observations + 2, what="two observations")


def test_a_payload_of_20_mb_ends_as_a_dead_letter_or_is_refused_by_the_broker(site, box):
    """The embedded broker takes it: MQTT allows 256 MB. What is kept of it is small."""
    before = site.reading.totals().dead_letters
    assert box.say(f"{OWN}/observations", b"x" * 20_000_000, within_s=60)
    until(lambda: site.reading.totals().dead_letters > before, within_s=60, what="a dead letter")
    letter = site.reading.dead_letters(limit=1)[0]
    assert (letter["size"], len(letter["payload"])) == (20_000_000, 64 * KB)
    assert letter["problem"] == "20000000 bytes; a message has at most 524288"


def test_dead_letters_are_read_on_the_command_line(site, box):
    assert box.say(f"{OWN}/observations", b"hello?")
    until(lambda: site.reading.dead_letters(limit=1)[0]["payload"] == b"hello?", what="the last dead letter")
    last = dead_letters(site)[-1]
    assert last["field"] == "$"
    assert last["problem"]
    assert base64.b64decode(last["payload_base64"]) == b"hello?"
    assert {"id", "at", "origin", "size"} <= last.keys()


def test_after_all_that_good_observations_still_become_cases_and_ingest_never_fell(site, box):
    pid = site.processes["ingest"].pid
    assert box.say(f"{OWN}/observations", good(999))
    until(lambda: any(case["zone"] == "zone-7" for case in site.reading.cases()), what="a case")
    assert site.processes["ingest"].poll() is None
    assert site.status("ingest")["pid"] == pid


def test_what_is_refused_is_not_confirmed_and_what_is_durable_is(box):
    box.heard.clear()
    said = overstay(950, NOW)
    assert box.say(f"{OWN}/observations", join([b'{"id": 4}', said.body]))
    picture = b"a picture"
    sha256 = hashlib.sha256(picture).hexdigest()
    assert box.say(f"{OWN}/evidence/{sha256}", picture)

    def confirmed(name):
        # One receipt or two: what became durable together may be confirmed together.
        return b"".join(payload for _, payload in box.heard).count(name.encode())

    until(lambda: confirmed(said.id) and confirmed(sha256), what="both receipts")
    assert (confirmed(said.id), confirmed(sha256)) == (1, 1)


def test_the_broker_refuses_wrong_credentials(site):
    settings = site.mqtt_as("edge").model_copy(update={"password": SecretStr("wrong")})
    speaker = Speaker(settings)
    speaker.start()
    until(speaker.gone.is_set, within_s=10, what="being refused")
    speaker.stop()
    assert not speaker.connected.is_set()


def test_the_broker_refuses_those_without_a_name(site):
    speaker = Speaker(site.settings.mqtt)
    speaker.start()
    until(speaker.gone.is_set, within_s=10, what="being refused")
    speaker.stop()
    assert not speaker.connected.is_set()


@pytest.mark.parametrize("topic", ["clearway/v1/bench/palace/observations", "clearway/v1/palace/box/status"])
def test_a_device_cannot_speak_for_another(site: Site, box, topic):
    before = site.reading.totals()
    with speaking(site, "edge") as stranger:
        stranger.say(topic, good(960), within_s=1)
        # What it may say arrives after what it may not: by then the other would have arrived as well.
        assert box.say(f"{OWN}/observations", good(961 + len(topic)))
        until(lambda: site.reading.totals().observations > before.observations, what="the good one")
    assert site.reading.totals().observations == before.observations + 1
    assert site.reading.totals().dead_letters == before.dead_letters


@pytest.mark.parametrize("topic", ["#", "clearway/v1/+/+/receipts", "clearway/v1/bench/palace/receipts"])
def test_a_device_cannot_listen_to_others(site, topic):
    with speaking(site, "edge", topic) as stranger:
        assert all(reason.is_failure for reason in stranger.grants)
