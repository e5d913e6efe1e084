import importlib
import json
import os
import re
import subprocess
import sys

import cv2
import pytest
import typer
from factories import NOON, found
from parts_camera import CAR, EMPTY, PLACE, PLAN, every, street
from parts_network import write_network
from parts_video import closed_port, cut, write_video
from typer.main import get_group

from clearway import __version__, cli, wiring
from clearway.cli import run
from clearway.late_commands import MODULES
from clearway.replay import look_through, replay
from clearway.settings import Settings
from detectors.network import ScriptedNetwork
from detectors.plates import AssumedPlates
from edge.sources import ScriptedSource
from models.errors import ConfigurationError, SourceLost, SourceUnusable
from models.plan import parse_plan

FIELDS = {"zone", "kind", "label", "began_s", "overstayed_s", "ended_s", "ended_by", "plate", "plate_score"}


def clearway(*arguments, **environment):
    ours = {name: value for name, value in os.environ.items() if not name.startswith("CLEARWAY_")}
    return subprocess.run(
        [sys.executable, "-m", "clearway", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=ours | {"COLUMNS": "200", "NO_COLOR": "1"} | environment,
    )


@pytest.fixture
def plan(tmp_path):
    path = tmp_path / "plan.toml"
    path.write_text(PLAN, encoding="utf-8")
    return path


def test_it_says_its_version():
    assert clearway("--version").stdout.strip() == __version__


def test_without_a_command_it_helps():
    assert "Keeps the way clear" in clearway().stdout + clearway().stderr


def test_a_misspelt_option_gets_the_nearest_and_no_traceback(plan):
    done = clearway("replay", "a.mp4", "--pln", plan)
    assert done.returncode == 2
    assert "No such option: --pln" in done.stderr
    assert "--plan" in done.stderr
    assert "Traceback" not in done.stderr


def test_no_such_plan_is_said_by_name(tmp_path, video):
    done = clearway("demo", "--camera", video, "--plan", tmp_path / "none.toml")
    assert done.returncode == 78
    assert done.stderr.startswith(f"clearway: {tmp_path}/none.toml: cannot be read")
    assert "Traceback" not in done.stderr


def test_a_wrong_plan_is_said_at_its_line(plan, video):
    plan.write_text(PLAN.replace("fire_lane", "fire_lain"), encoding="utf-8")
    done = clearway("replay", video, "--plan", plan)
    assert done.returncode == 78
    assert f"{plan}:5: zone[0].kind: 'fire_lain'" in done.stderr
    assert "did you mean 'fire_lane'?" in done.stderr


@pytest.mark.parametrize("content", [b"a letter, not a network", b""])
def test_a_wrong_network_file_is_said_by_name(plan, video, tmp_path, content):
    path = tmp_path / "yolo.onnx"
    path.write_bytes(content)
    done = clearway("replay", video, "--plan", plan, "--network", path)
    assert done.returncode == 78
    assert f"clearway: {path}: is not a network" in done.stderr
    assert "Traceback" not in done.stderr


def test_no_such_network_is_said_by_name(plan, video):
    done = clearway("replay", video, "--plan", plan, "--network", "/none.onnx")
    assert (done.returncode, done.stderr) == (
        78,
        "clearway: /none.onnx: no such network file; give --network an existing file\n",
    )


def test_no_network_at_all_says_what_to_give(monkeypatch):
    monkeypatch.setattr("detectors.shipped.shipped_network", lambda: None)
    with pytest.raises(ConfigurationError, match=r"give --network FILE\.onnx"):
        wiring.network(Settings())


def test_without_a_network_named_the_one_that_ships_is_used(monkeypatch, tmp_path):
    monkeypatch.setattr("detectors.shipped.shipped_network", lambda: write_network(tmp_path / "nano.onnx"))
    assert wiring.network(Settings()).labels == {"car"}


def test_the_network_may_come_from_the_environment(plan, video):
    done = clearway("replay", video, "--plan", plan, CLEARWAY_EDGE__NETWORK="/none.onnx")
    assert done.returncode == 78
    assert "/none.onnx: no such network file" in done.stderr


def test_no_such_recording_is_said_by_name(plan):
    done = clearway("demo", "--camera", "/none.mp4", "--plan", plan)
    assert done.returncode == 78
    assert "/none.mp4: no such recording" in done.stderr


@pytest.mark.parametrize("speed", ["0", "-1", "nan", "inf", "fast", ""])
def test_a_wrong_speed_is_refused(speed):
    with pytest.raises(ConfigurationError, match="is no speed; use a positive number, or `max`"):
        cli._speed(speed)


def test_a_time_without_an_offset_is_refused():
    with pytest.raises(ConfigurationError, match="has no offset"):
        cli._time("2026-11-21T08:00:00")


def test_a_folder_of_somebody_elses_is_not_a_demos(plan, video, tmp_path):
    done = clearway("demo", "--camera", video, "--plan", plan, "--data-dir", tmp_path)
    assert done.returncode == 78
    assert "is not empty and was not made by a demo" in done.stderr


def test_real_credentials_need_owners_that_may_be_written_to(plan, video):
    done = clearway(
        "demo", "--camera", video, "--plan", plan, CLEARWAY_SMS__TOKEN="t", CLEARWAY_SMS__ACCOUNT_SID="AC1"
    )
    assert done.returncode == 78
    assert "messages would go out for real" in done.stderr


def test_status_says_when_nothing_runs(tmp_path):
    path = tmp_path / "site.toml"
    path.write_text(f"[status]\nbase_port = {closed_port()}\n", encoding="utf-8")
    done = clearway("status", "--settings", path, "--json")
    assert done.returncode == 1
    assert {row["up"] for row in json.loads(done.stdout)} == {False}


def test_dead_letters_of_a_ledger_that_is_not_there_yet_say_what_to_do(tmp_path):
    path = tmp_path / "site.toml"
    path.write_text('data_dir = "data"\n', encoding="utf-8")
    done = clearway("deadletters", "--settings", path)
    assert done.returncode == 78
    assert "run `clearway migrate`" in done.stderr
    assert clearway("migrate", "--settings", path).returncode == 0
    assert (clearway("deadletters", "--settings", path, "--json").stdout) == ""


LOOKS = every(1, 0, 8, CAR) + every(1, 8, 13, EMPTY)


def scripted():
    return ScriptedNetwork(found(PLACE) if what == CAR else found() for _, what in LOOKS)


def test_replay_finds_the_stays_of_a_recording():
    source = ScriptedSource([street(what, second) for second, what in LOOKS])
    outcome = look_through(
        source,
        parse_plan(PLAN, "plan"),
        scripted(),
        AssumedPlates({"fire-lane-1": "浙B12345"}),
        NOON,
        gated=False,
    )
    *stays, last = map(json.loads, outcome.lines())
    assert stays == [
        {
            "zone": "fire-lane-1",
            "kind": "fire_lane",
            "label": "car",
            "began_s": 0.0,
            "overstayed_s": 5.0,
            "ended_s": 8.0,
            "ended_by": "left",
            "plate": "浙B12345",
            "plate_score": 1.0,
        }
    ]
    assert last["summary"].keys() == {"looks", "network_runs", "video_s", "cpu_s", "wall_s"}
    assert (last["summary"]["looks"], last["summary"]["network_runs"]) == (13, 13)


def test_a_stay_that_goes_on_ends_with_the_recording():
    source = ScriptedSource([street(CAR, second) for second in range(4)])
    outcome = look_through(source, parse_plan(PLAN, "plan"), scripted(), AssumedPlates({}), NOON, gated=False)
    (stay,) = outcome.stays
    assert (stay.overstayed_s, stay.ended_s, stay.ended_by, stay.plate) == (
        None,
        None,
        "end_of_recording",
        None,
    )
    assert json.loads(next(outcome.lines())).keys() == FIELDS


def test_a_recording_that_breaks_off_gives_what_it_showed():
    frames = [street(CAR, second) for second in range(4)]
    source = ScriptedSource(frames, failure=SourceLost("the disk is scratched"))
    outcome = look_through(source, parse_plan(PLAN, "plan"), scripted(), AssumedPlates({}), NOON, gated=False)
    assert (len(outcome.stays), outcome.broken) == (1, "the disk is scratched")
    assert json.loads(list(outcome.lines())[-1])["summary"]["broken"] == "the disk is scratched"


def test_a_recording_that_shows_nothing_is_refused():
    source = ScriptedSource([], failure=SourceLost("the disk is scratched"))
    with pytest.raises(SourceLost):
        look_through(source, parse_plan(PLAN, "plan"), scripted(), AssumedPlates({}), NOON, gated=False)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    def draw(second):
        return street(CAR if second < 8 else EMPTY, second).pixels

    return write_video(tmp_path_factory.mktemp("drawn") / "street.mp4", draw=draw, seconds=13)


def test_a_drawn_video_is_replayed(drawn):
    outcome = replay(str(drawn), parse_plan(PLAN, "plan"), scripted(), gated=False)
    (stay,) = outcome.stays
    assert (stay.began_s, stay.overstayed_s, stay.ended_s, stay.ended_by) == pytest.approx(
        (0, 5, 8, "left"), abs=0.2
    )
    assert outcome.video_s == pytest.approx(13, abs=0.2)


def test_a_replay_takes_a_look_as_often_as_it_is_told(drawn):
    assert (
        replay(str(drawn), parse_plan(PLAN, "plan"), scripted(), look_interval_s=2.0, gated=False).looks == 7
    )


def test_a_replay_says_the_same_every_time(drawn):
    def stays():
        return replay(str(drawn), parse_plan(PLAN, "plan"), scripted(), start_at=NOON, gated=False).stays

    assert stays() == stays()


def test_a_truncated_video_is_replayed_as_far_as_it_goes(drawn):
    outcome = replay(str(cut(drawn, 0.6)), parse_plan(PLAN, "plan"), scripted(), gated=False)
    assert 5 <= outcome.looks < 13


def test_what_is_no_video_is_refused(tmp_path):
    path = tmp_path / "street.mp4"
    path.write_text("a letter")
    with pytest.raises(SourceLost, match=r"street\.mp4"):
        replay(str(path), parse_plan(PLAN, "plan"), scripted(), gated=False)
    with pytest.raises(SourceUnusable, match="no such file"):
        replay("/none.mp4", parse_plan(PLAN, "plan"), scripted(), gated=False)


def test_a_snapshot_is_the_first_picture_in_full_size(drawn, tmp_path, capsys):
    picture = tmp_path / "view.jpg"
    with pytest.raises(SystemExit) as done:
        cli.run(["snapshot", str(drawn), "-o", str(picture)])
    assert done.value.code == 0
    height, width = cv2.imread(str(picture)).shape[:2]
    assert f"{width}x{height}" in capsys.readouterr().out


def test_a_snapshot_of_nothing_or_into_nowhere_says_so(drawn, tmp_path, capsys):
    with pytest.raises(SystemExit):
        cli.run(["snapshot", str(tmp_path / "none.mp4"), "-o", str(tmp_path / "view.jpg")])
    assert "none.mp4" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        cli.run(["snapshot", str(drawn), "-o", str(tmp_path / "none" / "view.gif")])
    assert "give -o a .jpg or .png" in capsys.readouterr().err


@pytest.mark.parametrize("name", MODULES)
def test_a_late_command_is_there_when_it_is_asked_for(name, capsys):
    with pytest.raises(SystemExit) as ended:
        run([name, "--help"])
    assert ended.value.code == 0
    assert re.search(rf"Usage: .*\b{name}\b", capsys.readouterr().out)


def test_every_command_of_a_late_module_is_listed():
    for module in set(MODULES.values()):
        whole = typer.Typer()
        whole.add_typer(importlib.import_module(f"clearway.{module}").app)
        assert {name for name, where in MODULES.items() if where == module} == set(get_group(whole).commands)


def test_a_process_loads_what_its_role_needs_and_no_more():
    """Eight of them start at once in a demonstration, and a box beside a camera has little memory."""
    heavy = ["sqlalchemy", "alembic", "cv2", "onnxruntime", "twilio", "aiokafka", "nicegui", "faust"]
    code = f"import sys, clearway.cli, clearway.wiring; print([n for n in {heavy} if n in sys.modules])"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
