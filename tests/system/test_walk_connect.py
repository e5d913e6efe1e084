"""`clearway connect` as its own process: delivers, says how it is doing, ends when told to."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
from connect_parts import ENVIRONMENT, LOOPBACK, SECRET_NAME, happen, new_ledger, receiving, states
from notifier_parts import wait_until

from benchmarks.site import free_ports
from clearway.roles import ORDER, status_port

ROOT = Path(__file__).parents[2]


def test_the_relay_delivers_says_how_it_is_doing_and_ends_when_told_to(tmp_path):
    base = free_ports(len(ORDER))
    settings = tmp_path / "settings.toml"
    with new_ledger(tmp_path / "data" / "ledger.db") as database, receiving() as receiver:
        settings.write_text(
            f'data_dir = "data"\n[status]\nbase_port = {base}\n[connect]\nallow_networks = ["{LOOPBACK}"]\n'
            f'[[connect.webhook]]\nname = "dispatch"\nurl = "{receiver.url}"\nplain_http = true\n'
            f'secrets = ["{SECRET_NAME}"]\nstart = "beginning"\n',
            encoding="utf-8",
        )
        happen(database, ("case-1", 1), ("case-1", 2), ("case-2", 3))
        command = [sys.executable, "-m", "clearway", "connect", "-s", str(settings)]
        environment = os.environ | ENVIRONMENT
        with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL) as child:
            wait_until(lambda: states(database) == ["delivered"] * 3, 60, "not all were delivered")
            url = f"http://127.0.0.1:{status_port(base, 'connect')}"
            wait_until(
                lambda: "dead" in httpx.get(f"{url}/status").json()["webhooks"]["dispatch"], 20, "no counts"
            )
            status = httpx.get(f"{url}/status").json()
            metrics = httpx.get(f"{url}/metrics").text
            child.send_signal(signal.SIGTERM)
            assert child.wait(10) == 0
    assert (status["role"], status["state"]) == ("connect", "relaying")
    assert status["webhooks"]["dispatch"]["dead"] == 0
    assert 'clearway_connect_delivered_total{subscription="dispatch"} 3.0' in metrics
    for gauge in ("waiting", "dead", "paused"):
        assert f'clearway_connect_{gauge}{{subscription="dispatch"}}' in metrics
    assert sorted(receiver.rows()) == [1, 2, 3]
