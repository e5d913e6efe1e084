"""The demo on real footage, as a newcomer starts it."""

import json
import os
from pathlib import Path

import pytest
from parts_site import clearway

from benchmarks.site import free_ports

pytestmark = [
    pytest.mark.data,
    pytest.mark.timeout(400),
    pytest.mark.skipif(
        "CLEARWAY_DATA" not in os.environ, reason="needs CLEARWAY_DATA, a folder with footage"
    ),
]


def demo(*more):
    data = Path(os.environ["CLEARWAY_DATA"])
    done = clearway(
        "demo",
        "--camera", data / "video/street.mp4",
        "--plan", data / "plans/street.toml",
        "--network", data / "weights/yolo11n-640.onnx",
        "--port", free_ports(1),
        "--until-end",
        "--json",
        *more,
        timeout_s=300,
    )  # fmt: skip
    return done, json.loads(done.stdout)


@pytest.fixture(scope="module", params=["1", "max"], ids=["own speed", "as fast as it goes"])
def walk(request):
    return demo("--speed", request.param)


def steps(summary, zone):
    return [notice["step"] for notice in summary["notices"] if notice["zone"] == zone]


def test_it_ends_cleanly(walk):
    done, summary = walk
    assert (done.returncode, summary["clean"], summary["restarts"]) == (
        0,
        True,
        dict.fromkeys(summary["restarts"], 0),
    )
    assert summary["dead_letters"] == 0
    assert "Traceback" not in done.stderr


def test_each_stay_is_one_case_and_the_passing_traffic_is_none(walk):
    _, summary = walk
    cases = {case["zone"]: case for case in summary["cases"]}
    assert len(summary["cases"]) == 2
    assert cases.keys() == {"drive", "queue"}
    assert cases["drive"]["closed_at"] is None
    assert (cases["queue"]["state"], cases["queue"]["resolution"]) == ("closed", "left")
    assert 18 <= cases["queue"]["stood_s"] <= 23


def test_the_evidence_is_whole(walk):
    _, summary = walk
    cases = {case["zone"]: case["pictures"] for case in summary["cases"]}
    assert cases["drive"] == ["arrival", "overstay", "close_up"]
    assert cases["queue"] == ["arrival", "overstay", "close_up", "empty"]


def test_two_first_notices_and_at_most_a_word_of_thanks(walk):
    _, summary = walk
    assert {notice["state"] for notice in summary["notices"]} <= {"accepted", "cancelled", "suppressed"}
    accepted = [notice for notice in summary["notices"] if notice["state"] == "accepted"]
    assert sorted(notice["zone"] for notice in accepted if notice["step"] != "thanks") == ["drive", "queue"]
    assert all(notice["step"] in {"notice", "thanks"} for notice in accepted)
    assert steps(summary, "drive") == ["notice"]


def test_the_sensors_alarm_is_a_case_apart(walk):
    _, summary = walk
    (case,) = summary["sensor_cases"]
    assert (case["zone"], case["task"], case["plate"]) == ("hallway-smoke", "verify", None)


def test_the_network_runs_once_a_look_at_most(walk):
    _, summary = walk
    assert 30 <= summary["looks"] <= 40
    assert summary["network_runs"] <= 40


def test_an_overstay_is_an_sms_within_a_second(walk):
    _, summary = walk
    latency = summary["latency_s"]["overstay_to_sms"]
    assert 0 < latency["p50"] <= latency["p99"] < 1.0
