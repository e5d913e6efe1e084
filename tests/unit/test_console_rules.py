"""The small rules of the console: lights, times, freshness, health, the story of a case, settings."""

import asyncio
import json
import socket
from datetime import datetime
from zoneinfo import ZoneInfo

import cv2
import numpy as np
import pytest
from factories import NOON, at
from markupsafe import Markup

from cases.ledger import TORN
from cases.lights import Light, light
from console import moments, server, wall
from console.desk import Snapshot
from console.entry_check import require_safe_entry
from console.health import health
from console.jpeg import size_of
from console.pills import Pill, pills
from console.settings import ConsoleSettings
from console.timeline import timeline
from console.views import CaseFile, case_name
from console.wall import LiveCamera
from console.wording import ENGLISH
from models.errors import ConfigurationError
from models.toml import parse

DAY_S = 86_400
SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("age_s", "shown"),
    [
        pytest.param(0, Light.GREEN, id="new"),
        pytest.param(DAY_S - 1, Light.GREEN, id="not yet a day"),
        pytest.param(DAY_S, Light.YELLOW, id="a day"),
        pytest.param(3 * DAY_S, Light.RED, id="three days"),
        pytest.param(5 * DAY_S, Light.OVERDUE, id="five days"),
        pytest.param(-5, Light.GREEN, id="a clock that runs ahead"),
    ],
)
def test_the_light_of_an_open_case_follows_its_age(age_s, shown):
    assert light(NOON, at(age_s)) is shown


def test_a_closed_case_has_no_light():
    assert light(NOON, at(9 * DAY_S), closed=True) is Light.OFF


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (59.9, "59 s"),
        (60, "1 min"),
        (134, "2 min 14 s"),
        (3600, "1 h"),
        (90_061, "1 d 1 h"),
        (-3, "0 s"),
    ],
)
def test_a_duration_is_told_in_its_two_largest_units(seconds, text):
    assert moments.span(seconds) == text


def test_a_time_is_local_with_its_offset_and_its_date_when_that_is_not_today():
    assert moments.local(NOON, SHANGHAI, at(60)) == "20:00:00 +08:00"
    assert moments.local(NOON, SHANGHAI, at(DAY_S)) == "2026-11-21 20:00:00 +08:00"


def test_a_time_says_utc_on_hover():
    assert 'title="2026-11-21 12:00:00 UTC"' in moments.tag(NOON, SHANGHAI, NOON)


def test_no_time_is_shown_as_nothing():
    assert (
        moments.tag(None, SHANGHAI, NOON)
        == moments.ago(None, SHANGHAI, NOON, ("now", "{} ago"))
        == Markup("")
    )


def camera(mark: str, news_at: datetime) -> LiveCamera:
    return LiveCamera(source="/a/b/c", version="1", mark=mark, size_wh=(4, 3), trail=None, news_at=news_at)


def test_a_picture_is_stale_ten_seconds_after_it_last_changed():
    first = wall.step({}, [camera("one", NOON)], NOON)
    same = wall.step(first, [camera("one", at(11))], at(11))
    assert same["/a/b/c"].is_stale
    assert same["/a/b/c"].news_at == NOON
    changed = wall.step(same, [camera("two", NOON)], at(12))
    assert not changed["/a/b/c"].is_stale


def test_an_old_picture_is_stale_from_the_start():
    assert wall.step({}, [camera("one", at(-600))], NOON)["/a/b/c"].is_stale


def test_the_clock_of_a_recording_does_not_make_a_changing_picture_stale():
    first = wall.step({}, [camera("one", at(-DAY_S))], NOON)
    assert not wall.step(first, [camera("two", at(-DAY_S + 1))], at(1))["/a/b/c"].is_stale


@pytest.mark.parametrize("flags", [[], [cv2.IMWRITE_JPEG_PROGRESSIVE, 1]], ids=["baseline", "progressive"])
def test_the_size_of_a_jpeg_is_read_from_its_header(flags):
    encoded = cv2.imencode(".jpg", np.zeros((37, 91, 3), np.uint8), flags)[1].tobytes()
    assert size_of(encoded) == (91, 37)


@pytest.mark.parametrize(
    "data", [b"", b"\xff\xd8", b"GIF89a" * 9, b"\xff\xd8\xff\xc0\x00\x03\x08", b"\xff\xd8" + b"\xff" * 40]
)
def test_what_is_no_jpeg_has_no_size(data):
    assert size_of(data) is None


def device(*, online: bool = True, camera_state: str = "seeing", sensor_state: str = "ok") -> dict:
    status = {
        "online": online,
        "at": NOON.isoformat(),
        "cameras": [
            {"camera": "gate", "state": camera_state, "source": "rtsp://u:p@x/1", "since": NOON.isoformat()}
        ],
        "sensors": [{"sensor": "smoke", "kind": "smoke", "state": sensor_state}],
        "spool": {"events": 2, "pictures": 1},
    }
    return {"site": "harbour", "device": "box-1", "at": NOON, "status": status}


def blind(source: str = "/harbour/box-1/gate", state: str = "blind") -> dict:
    return {"source": source, "state": state, "since": NOON, "at": NOON, "why": ""}


def test_what_a_device_says_is_counted():
    found = health([device()], [])
    assert (found.cameras_seeing, found.cameras_blind, found.sensors_ok, found.spool_waiting) == (1, 0, 1, 3)


@pytest.mark.parametrize(
    ("devices", "conditions", "seeing", "blind_ones"),
    [
        pytest.param([device(camera_state="lost")], [], 0, 1, id="its device says so"),
        pytest.param([device()], [blind()], 0, 1, id="an observation says so"),
        pytest.param([device(online=False)], [], 0, 1, id="its device is gone"),
        pytest.param([device(camera_state="ended")], [blind()], 0, 0, id="its recording ended"),
        pytest.param([], [blind()], 0, 1, id="no status came yet"),
    ],
)
def test_a_camera_is_blind_as_soon_as_anything_says_so(devices, conditions, seeing, blind_ones):
    found = health(devices, conditions)
    assert (found.cameras_seeing, found.cameras_blind) == (seeing, blind_ones)


def test_a_sensor_is_silent_when_it_or_an_observation_says_so():
    assert health([device(sensor_state="silent")], []).sensors_silent == 1
    assert health([device()], [blind("/harbour/box-1/smoke", "silent")]).sensors_silent == 1
    assert health([device(sensor_state="alarm")], []).sensors_alarm == 1


def test_a_status_of_another_form_is_shown_as_unreadable():
    (line,) = health([device(camera_state="dreaming")], []).devices
    assert not line.readable


def test_the_address_of_a_camera_is_never_shown():
    assert "rtsp" not in health([device()], []).model_dump_json()


def test_a_torn_chain_of_evidence_is_a_devices_trouble_and_no_cameras():
    found = health([device()], [blind("/harbour/box-1", TORN)])
    assert (found.chains_torn, found.cameras_seeing, found.cameras_blind) == (1, 1, 0)
    shown = pills(Snapshot(at=NOON, read_at=NOON, health=found), ENGLISH)
    assert Pill("bad", "1 chain of evidence torn") in shown
    assert [line.state for line in found.conditions] == [TORN]


def case_row(**changes) -> dict:
    row = {
        "number": 7,
        "state": "discovered",
        "matter": "m",
        "unit": "u",
        "task": "clear",
        "source": "/a/b/c",
    }
    row |= {
        "id": "x",
        "zone": "z",
        "place": "",
        "label": "car",
        "plate": None,
        "pictures": [],
        "resolution": None,
    }
    row |= dict.fromkeys(("began_at", "opened_at", "recorded_at", "last_seen_at"), NOON)
    row |= {
        "closed_at": None,
        "previous_id": None,
        "notices": [],
        "audit": [],
        "steps": [],
        "observations": [],
    }
    return row | changes


def seen(number: int, kind: str = "continues") -> dict:
    body = json.dumps({"data": {"why": f"stood {number} s"}})
    return {
        "id": f"e{number}",
        "at": at(number),
        "applied_at": at(number),
        "body": body,
        "type": f"clearway.stay.{kind}.v1",
    }


def grew(number: int, cause: str) -> dict:
    return {"at": at(number), "actor": "clearway.ingest", "what": "grew", "why": "", "cause": cause}


def test_the_story_of_a_case_folds_what_repeats_and_says_why():
    heartbeats = [seen(number) for number in (60, 120, 180)]
    audit = [grew(number, f"e{number}") for number in (60, 120, 180)]
    file = CaseFile.at(case_row(observations=[seen(0, "overstayed"), *heartbeats], audit=audit), NOON)
    first, folded = timeline(file, ENGLISH)
    assert (first.title, first.why, first.captured_at) == ("Overstayed", "stood 0 s", NOON)
    assert (folded.title, folded.count, folded.last_at) == ("Still standing", 3, at(180))


def test_each_reason_for_which_somebody_was_not_told_is_a_line_of_its_own():
    whys = ["notice: too many today", "notice: they want no messages", "notice: they want no messages"]
    audit = [
        grew(number, "") | {"what": "notice_withheld", "why": why, "actor": "clearway.notifier"}
        for number, why in enumerate(whys)
    ]
    told = timeline(CaseFile.at(case_row(audit=audit), NOON), ENGLISH)
    assert [(entry.why, entry.count) for entry in told] == [(whys[0], 1), (whys[1], 2)]


def test_a_body_that_cannot_be_read_has_no_reason():
    broken = seen(1) | {"body": "[1]"}
    (entry,) = timeline(CaseFile.at(case_row(observations=[broken]), NOON), ENGLISH)
    assert entry.why == ""


def test_a_case_has_one_name_on_every_screen():
    assert case_name(1) == "CW-000001"


def test_a_word_nobody_translated_is_shown_readable():
    assert ENGLISH.name("unit", "fire-brigade") == "Fire brigade"
    assert ENGLISH.name("unit", None) == ""


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.9", "::1", "localhost"])
def test_the_loopback_is_a_place_to_listen(host):
    require_safe_entry(ConsoleSettings(host=host))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "city.example", ""])
def test_any_other_place_is_refused_with_the_reason_and_the_remedy(host):
    with pytest.raises(ConfigurationError, match=r"has no sign-in.*sign_in = 'password'") as refused:
        require_safe_entry(ConsoleSettings(host=host))
    assert refused.value.faults[0].key == "host"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('timezone = "Mars/Olympus"', "no time zone; use an IANA name"),
        ('timezone = "../etc/passwd"', "no time zone"),
        ('phone_url = "ftp://x"', "no http address"),
        ("prot = 1", "did you mean 'port'"),
        ('language = "xx"', "is not one of"),
    ],
)
def test_a_fault_in_the_settings_says_what_to_write(line, message):
    with pytest.raises(ConfigurationError, match=message):
        parse(line, "console.toml", ConsoleSettings)


async def test_a_port_that_is_taken_is_a_fault_of_the_settings():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigurationError, match=f"127.0.0.1:{port} is taken by another program"):
            await server.serve(None, "127.0.0.1", port, asyncio.Event(), print)
