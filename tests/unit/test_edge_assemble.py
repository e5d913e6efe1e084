"""A camera from its settings: its source, its turns, its stills, and what it says of itself."""

import threading

import msgspec
import pytest
from parts_camera import PLAN as PLAN_TEXT

from detectors.network import ScriptedNetwork
from edge.assemble import make_cameras, make_errands, make_source
from edge.closeup import Errands
from edge.scheduler import Load, Turns
from edge.settings import CameraSettings, EdgeSettings
from edge.spool import Spool
from models.errors import ConfigurationError
from models.plan import parse_plan
from models.records import CameraHealth
from models.toml import parse

PLAN = parse_plan(PLAN_TEXT, "plan.toml")


def settings(**changes):
    fields = {"name": "north-gate", "source": "rtsp://gate/2", "plan": "plan.toml"} | changes
    return CameraSettings(**fields)


@pytest.fixture
def spool(tmp_path):
    made = Spool(tmp_path / "box.db", 1024 * 1024)
    yield made
    made.close()


def test_a_camera_says_how_often_it_looks_and_whether_the_box_is_overloaded(spool):
    box = EdgeSettings(camera=(settings(source="rtsp://admin:hunter2@gate/2"),), looks_at_once=1)
    (camera,) = make_cameras(box, ScriptedNetwork([]), spool, lambda *_: None, {"north-gate": PLAN})
    health = camera.health()
    assert (health.look_interval_s, health.overloaded) == (0.0, False)
    assert "hunter2" not in str(health)
    camera._scheduled._turns._load = Load(factor=3.0)
    camera._scheduled._looks_at.extend((0.0, 3.0, 6.0))
    health = camera.health()
    assert (health.look_interval_s, health.overloaded) == (3.0, True)
    assert msgspec.json.decode(msgspec.json.encode(health), type=CameraHealth) == health


@pytest.mark.parametrize(
    ("source", "watchdog_s"),
    [("rtsp://gate/2", 92.0), ("http://gate/snap.jpg", 92.0), ("/dev/video0", 22.0), ("", None)],
)
def test_every_kind_of_camera_has_a_watchdog_but_a_folder_minds_itself(tmp_path, source, watchdog_s):
    made = make_source(settings(source=source or str(tmp_path)), PLAN, Turns(1))
    assert made._watchdog_s == watchdog_s


def test_only_a_camera_with_a_main_stream_has_stills():
    assert make_errands(settings(), threading.Semaphore()) is None
    assert isinstance(make_errands(settings(main="rtsp://gate/1"), threading.Semaphore()), Errands)


@pytest.mark.parametrize(
    "line",
    ['main = ""', 'manner = "guess"', 'decoder = "CUDA!"', 'decoder = ""', "look_interval_s = 0"],
)
def test_settings_that_mean_nothing_are_refused(line):
    text = f'name = "gate"\nsource = "rtsp://gate/2"\nplan = "a.toml"\n{line}\n'
    with pytest.raises(ConfigurationError, match=line.split(" ", maxsplit=1)[0]):
        parse(text, "camera.toml", CameraSettings)


def test_turns_are_shared_by_the_cameras_of_a_box(spool):
    box = EdgeSettings(camera=(settings(), settings(name="south-gate")), looks_at_once=1)
    plans = dict.fromkeys(("north-gate", "south-gate"), PLAN)
    one, other = make_cameras(box, ScriptedNetwork([]), spool, lambda *_: None, plans)
    assert one._scheduled._turns is other._scheduled._turns
