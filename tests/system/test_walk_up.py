"""`clearway up`: one machine with a camera that works and cameras that do not."""

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager

import httpx
import pytest
import tomli_w
from parts_camera import CAR, street
from parts_network import write_network
from parts_video import closed_port, silent_server, write_video

from benchmarks.site import PHONE_ACCOUNT, free_ports, until
from cases.database import Database
from cases.reading import Reading
from clearway.roles import ORDER, status_port
from clearway.settings import load

PLAN = """
[[zone]]
id = "lane"
kind = "fire_lane"
polygon = [[0.2, 0.2], [0.8, 0.2], [0.8, 0.8], [0.2, 0.8]]
dwell_s = 3
"""


class Machine:
    """A machine's settings file, its ledger and its status ports."""

    def __init__(self, folder, cameras):
        ports = free_ports(len(ORDER) + 2)
        self.base = ports
        values = {
            "data_dir": "data",
            "mqtt": {"url": f"mqtt://127.0.0.1:{ports + len(ORDER)}"},
            "broker": {"port": ports + len(ORDER)},
            "console": {"port": ports + len(ORDER) + 1},
            "status": {"base_port": ports},
            "sms": {
                "base_url": f"http://127.0.0.1:{closed_port()}",
                "account_sid": PHONE_ACCOUNT,
                "sender": "+447700900999",
            },
            "edge": {"network": "one-car.onnx", "status_interval_s": 0.5, "camera": cameras},
        }
        for camera in cameras:
            (folder / camera["plan"]).write_text(f'camera = "{camera["name"]}"\n{PLAN}', encoding="utf-8")
        write_network(folder / "one-car.onnx")
        self.file = folder / "site.toml"
        self.file.write_text(tomli_w.dumps(values), encoding="utf-8")
        self._database = Database(load(self.file).ledger_url)
        self._database.migrate()
        self.reading = Reading(self._database)

    @contextmanager
    def up(self):
        process = subprocess.Popen(
            [sys.executable, "-m", "clearway", "up", str(self.file)],
            env={**os.environ, "CLEARWAY_SMS__TOKEN": "made-up"},
            start_new_session=True,
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()

    def edge(self):
        try:
            url = f"http://127.0.0.1:{status_port(self.base, 'edge')}/status"
            return httpx.get(url, timeout=2, trust_env=False).json()
        except (httpx.HTTPError, ValueError):
            return None

    def camera(self, name):
        found = [item for item in (self.edge() or {"cameras": []})["cameras"] if item["camera"] == name]
        return found[0] if found else {"state": "", "looks": 0, "reconnects": 0, "detail": ""}

    def close(self):
        self._database.close()


@pytest.fixture
def machine(tmp_path):
    def draw(second):
        return street(CAR, second).pixels

    write_video(tmp_path / "street.mp4", draw=draw, seconds=30)
    with silent_server() as silent:
        made = Machine(
            tmp_path,
            [
                {"name": "works", "source": "street.mp4", "plan": "works.toml"},
                {"name": "nobody", "source": f"rtsp://127.0.0.1:{closed_port()}/1", "plan": "nobody.toml"},
                *(
                    {"name": f"mute-{number}", "source": f"rtsp://127.0.0.1:{silent}/1", "plan": "mute.toml"}
                    for number in range(3)
                ),
            ],
        )
        (tmp_path / "mute.toml").write_text(f'camera = "mute"\n{PLAN}', encoding="utf-8")
        yield made
        made.close()


def test_one_camera_works_while_others_are_dead_ctrl_c_ends_it_all_and_the_next_start_goes_on(machine):
    with machine.up() as process:
        until(machine.reading.cases, within_s=60, what="a case")
        until(lambda: machine.camera("nobody")["reconnects"] >= 2, what="attempts at the dead camera")
        assert machine.camera("nobody")["state"] == "lost"
        assert "127.0.0.1" in machine.camera("nobody")["detail"]
        looks = machine.camera("works")["looks"]
        until(lambda: machine.camera("works")["looks"] > looks + 1, what="the working one looking on")
        assert machine.camera("works")["state"] == "seeing"
        status = machine.reading.devices()[0]["status"]
        assert {item["camera"]: item["state"] for item in status["cameras"]}["nobody"] == "lost"
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=10) == 0
        assert time.monotonic() - began < 5
    assert machine.edge() is None
    before = machine.reading.devices()[0]["at"]
    with machine.up() as process:
        until(lambda: machine.camera("works")["looks"] >= 6, within_s=60, what="more looks")
        until(lambda: machine.reading.devices()[0]["at"] > before, what="news of the box")
        until(lambda: machine.camera("nobody")["reconnects"] >= 1, what="the dead one being tried again")
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=10) == 0
    assert len(machine.reading.cases()) == 1
    assert machine.reading.cases()[0]["state"] != "closed"
