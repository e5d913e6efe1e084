"""From what an edge box or a sensor says to a case and a message, through real processes."""

import json
from datetime import UTC, datetime

import pytest
from parts_site import dead_letters, site_in, speaking

from benchmarks.observations import overstay
from benchmarks.site import Box, until
from clearway.simulator import TOPIC


def test_an_overstay_becomes_a_case_and_an_sms(tmp_path):
    owners = tmp_path / "owners.csv"
    owners.write_text("plate,phone,language\n浙B12345,+447700900001,en\n", encoding="utf-8")
    with site_in(tmp_path, notifier={"owners": str(owners)}) as site:
        site.start("broker")
        site.start("phone", "ingest", "notifier")
        with Box(site).running() as box:
            for number, plate in enumerate(["浙B12345", "浙B99999"]):
                said = overstay(number, datetime.now(UTC), plate)
                box.spool.put([(said.id, said.body)])
            until(lambda: len(site.reading.cases()) == 2, what="two cases")
            until(lambda: site.reading.totals().notices.get("accepted", 0) == 1, what="an accepted notice")
            until(lambda: box.spool.health().events == 0, what="the receipts")
        (notice,) = [row for row in site.reading.notices() if row["state"] == "accepted"]
        assert notice["latency_s"] < 5
        assert "447700900001" not in json.dumps(site.reading.notices(), default=str)
        assert {case["zone"] for case in site.reading.cases()} == {"zone-0", "zone-1"}


SENSOR = {
    "name": "smoke",
    "topic": TOPIC,
    "value": "data.smoke",
    "alarm_at": 0.3,
    "clear_at": 0.1,
    "heartbeat_s": 2.0,
    "place": "Hallway, building 3",
}


@pytest.fixture(scope="module")
def hallway(tmp_path_factory):
    """A box that has a smoke sensor and no camera, and the sensor's own voice."""
    folder = tmp_path_factory.mktemp("hallway")
    edge = {"site": "bench", "device": "box", "sensor": [SENSOR], "status_interval_s": 0.5}
    with site_in(folder, edge=edge) as site:
        site.start("broker")
        site.start("ingest", "edge")
        with speaking(site, "sensor") as voice:
            yield site, lambda smoke: voice.say(TOPIC, json.dumps({"data": {"smoke": smoke}}).encode()), voice


def test_an_alarm_is_a_case_to_verify_and_a_clear_closes_it(hallway):
    site, beat, _ = hallway
    beat(0.02)
    beat(0.5)
    (case,) = until(site.reading.cases, what="a case")
    assert (case["zone"], case["task"], case["unit"]) == ("smoke", "verify", "fire-brigade")
    assert case["state"] != "closed"
    assert case["place"] == "Hallway, building 3"
    beat(0.2)
    beat(0.6)
    beat(0.05)
    until(lambda: site.reading.cases()[0]["state"] == "closed", what="the end of it")
    assert [row["resolution"] for row in site.reading.cases()] == ["cleared"]


def test_a_silent_sensor_is_shown_until_it_speaks_again(hallway):
    site, beat, _ = hallway
    beat(0.02)
    (row,) = until(site.reading.conditions, what="silence")
    assert (row["source"], row["state"]) == ("/bench/box/smoke", "silent")
    assert site.status("edge")["sensors"][0]["state"] == "silent"
    beat(0.02)
    until(lambda: not site.reading.conditions(), what="its voice")
    assert site.status("edge")["sensors"][0]["state"] == "ok"


def test_a_garbage_reading_is_a_dead_letter_with_its_field(hallway):
    site, beat, voice = hallway
    voice.say(TOPIC, b"\xff\x00 nonsense")
    until(lambda: site.reading.totals().dead_letters >= 1, what="a dead letter")
    letter = dead_letters(site)[-1]
    assert (letter["origin"], letter["field"]) == (TOPIC, "$")
    assert letter["problem"] == "is not UTF-8 text (1 such reading(s) of sensor smoke)"
    assert letter["payload_base64"] == "/wAgbm9uc2Vuc2U="
    # The sensor goes on being heard.
    beat(0.5)
    until(lambda: len(site.reading.cases(limit=10)) == 2, what="the next alarm")
