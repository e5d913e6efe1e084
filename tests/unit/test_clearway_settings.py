import os

import pytest
import tomli_w

from clearway.settings import load, variable
from models.errors import ConfigurationError


@pytest.fixture(autouse=True)
def _no_variables_of_ours(monkeypatch):
    for name in [name for name in os.environ if name.startswith("CLEARWAY_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def write(tmp_path):
    def _write(text, name="site.toml"):
        path = tmp_path / name
        path.write_text(text if isinstance(text, str) else tomli_w.dumps(text), encoding="utf-8")
        return path

    return _write


def faults_of(path):
    with pytest.raises(ConfigurationError) as caught:
        load(path)
    return caught.value.faults


def test_without_a_file_everything_has_a_default():
    settings = load(None)
    assert (settings.broker.embedded, settings.status.base_port, settings.log.level) == (True, 9460, "info")
    assert settings.ledger_url.startswith("sqlite:////")


def test_a_file_wins_over_the_defaults_and_the_environment_over_the_file(write, monkeypatch):
    path = write("[status]\nbase_port = 9000\n[log]\nlevel = 'error'\n")
    assert load(path).status.base_port == 9000
    monkeypatch.setenv("CLEARWAY_STATUS__BASE_PORT", "9100")
    settings = load(path)
    assert (settings.status.base_port, settings.log.level) == (9100, "error")


def test_a_variable_descends_without_hiding_its_neighbours_in_the_file(write, monkeypatch):
    path = write("[mqtt]\nurl = 'mqtt://broker:1884'\n")
    monkeypatch.setenv("CLEARWAY_MQTT__USERNAME", "box-1")
    monkeypatch.setenv("CLEARWAY_MQTT__PASSWORD", "hunter2")
    settings = load(path)
    assert settings.mqtt.address == ("broker", 1884)
    assert settings.mqtt.credentials == ("box-1", "hunter2")
    assert "hunter2" not in repr(settings)


@pytest.mark.parametrize(
    ("text", "line", "key", "remedy"),
    [
        ("[mqqt]\nurl = 'mqtt://x'\n", 1, "mqqt", "did you mean 'mqtt'?"),
        ("[status]\n\nbase_prot = 9000\n", 3, "status.base_prot", "did you mean 'base_port'?"),
        ("[edge]\n[[edge.camera]]\nname='a'\nsource='b'\nplan='c'\nlook_intervall_s=1\n", 6,
         "edge.camera[0].look_intervall_s", "did you mean 'look_interval_s'?"),
        ("[edge]\nxyzzy = 1\n", 2, "edge.xyzzy", "known keys: camera, device,"),
    ],
)  # fmt: skip
def test_an_unknown_key_is_refused_at_its_line_with_the_nearest_name(write, text, line, key, remedy):
    (fault,) = faults_of(write(text))
    assert (fault.line, fault.key, fault.problem) == (line, key, "no such key")
    assert remedy in fault.remedy


def test_all_faults_are_said_at_once_by_line(write):
    path = write("[status]\nbase_port = 0\n[log]\nlevel = 'loud'\n[broker]\nembeded = true\n")
    faults = faults_of(path)
    assert [(fault.source, fault.line, fault.key) for fault in faults] == [
        (str(path), 2, "status.base_port"),
        (str(path), 4, "log.level"),
        (str(path), 6, "broker.embeded"),
    ]


@pytest.mark.parametrize(
    ("text", "line", "key", "name"),
    [
        ("[sms]\n\ntoken = 'abc'\n", 3, "sms.token", "CLEARWAY_SMS__TOKEN"),
        ("[mqtt]\nusername='a'\npassword = 'b'\n", 3, "mqtt.password", "CLEARWAY_MQTT__PASSWORD"),
    ],
)
def test_a_secret_in_a_file_is_refused_with_its_line_and_the_variable_to_set(write, text, line, key, name):
    (fault,) = faults_of(write(text))
    assert (fault.line, fault.key) == (line, key)
    assert "never read from a file" in fault.problem
    assert name in fault.remedy


def test_a_secret_in_a_file_hides_no_other_fault(write):
    faults = faults_of(write("[sms]\ntoken = 'abc'\n[log]\nlevel = 'loud'\n"))
    assert [fault.key for fault in faults] == ["sms.token", "log.level"]


def test_a_fault_of_the_environment_names_the_variable(write, monkeypatch):
    monkeypatch.setenv("CLEARWAY_STATUS__BASE_PORT", "many")
    (fault,) = faults_of(write("[log]\nlevel = 'info'\n"))
    assert (fault.source, fault.line, fault.key) == ("environment", 0, "CLEARWAY_STATUS__BASE_PORT")


def test_a_key_has_a_variable():
    assert variable("sms.token") == "CLEARWAY_SMS__TOKEN"


def test_paths_are_meant_from_where_the_file_stands(write, tmp_path, monkeypatch):
    monkeypatch.chdir("/")
    text = {
        "data_dir": "data",
        "policies": "ladders",
        "notifier": {"owners": "owners.csv"},
        "edge": {
            "network": "nets/yolo.onnx",
            "camera": [
                {"name": "file", "source": "street.mp4", "plan": "plan.toml"},
                {"name": "whole", "source": "/videos/street.mp4", "plan": "/plans/plan.toml"},
                {"name": "net", "source": "rtsp://camera/1", "plan": "plan.toml"},
                {"name": "device", "source": "/dev/video0", "plan": "plan.toml"},
            ],
        },
    }
    settings = load(write(text))
    assert settings.data_dir == tmp_path / "data"
    assert settings.policies == tmp_path / "ladders"
    assert settings.notifier.owners == tmp_path / "owners.csv"
    assert settings.edge.network == tmp_path / "nets" / "yolo.onnx"
    assert [camera.source for camera in settings.edge.camera] == [
        str(tmp_path / "street.mp4"), "/videos/street.mp4", "rtsp://camera/1", "/dev/video0",
    ]  # fmt: skip
    assert [str(camera.plan) for camera in settings.edge.camera][:2] == [
        str(tmp_path / "plan.toml"),
        "/plans/plan.toml",
    ]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"[status\n", "is not TOML"),
        (b"\xff\xfe", "is not UTF-8"),
        (b"a = " + b"9" * 5000, "cannot be read"),
        (b"a = " + b"[" * 5000 + b"]" * 5000, "cannot be read"),
    ],
)
def test_what_is_no_settings_file_is_refused_by_name(tmp_path, content, problem):
    path = tmp_path / "site.toml"
    path.write_bytes(content)
    (fault,) = faults_of(path)
    assert fault.source == str(path)
    assert problem in fault.problem


@pytest.mark.parametrize(("name", "problem"), [("none.toml", "no such file"), (".", "cannot be read")])
def test_a_file_that_cannot_be_read_is_refused_by_name(tmp_path, name, problem):
    (fault,) = faults_of(tmp_path / name)
    assert problem in fault.problem
