import asyncio
import contextlib
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from parts_video import closed_port

from benchmarks.site import free_ports
from clearway.roles import ORDER, status_port
from clearway.settings import load
from clearway.stack import Extras, jobs
from clearway.supervisor import Job, Supervisor
from models.backoff import Backoff
from models.errors import ConfigurationError

FALLS = ("no-such-command",)
"""The command line refuses it at once, with exit code 2: a process that falls."""
REFUSES = ("check", "/no/such/file.toml")
ENDS = ("--version",)


@pytest.fixture
def site(tmp_path):
    """Jobs of a real site, and the first of its status ports."""
    base, more = free_ports(len(ORDER)), free_ports(3)
    path = tmp_path / "site.toml"
    path.write_text(
        f'data_dir = "."\n[status]\nbase_port = {base}\n[broker]\nport = {more}\n'
        f'[mqtt]\nurl = "mqtt://127.0.0.1:{more}"\n[console]\nport = {more + 1}\n',
        encoding="utf-8",
    )
    made = jobs(load(path), path, Extras(), to_files=True)
    return {job.name: job for job in made}, base


@contextlib.asynccontextmanager
async def kept(jobs, base):
    keeper = Supervisor(jobs, base)
    try:
        yield keeper
    finally:
        await keeper.stop()


async def until(condition, within_s=20.0):
    async with asyncio.timeout(within_s):
        while not condition():
            await asyncio.sleep(0.02)


def pid(keeper, name):
    return keeper._running[name].process.pid


async def test_it_waits_until_a_process_is_ready_and_stops_it_in_time(site):
    made, base = site
    async with kept([made["broker"]], base) as keeper:
        await keeper.start()
        began = time.monotonic()
        assert await keeper.stop() == {"broker": 0}
        assert time.monotonic() - began < 5
        assert keeper.restarts() == {"broker": 0}


async def test_a_process_that_falls_is_started_again(site):
    made, base = site
    async with kept([made["broker"]], base) as keeper:
        await keeper.start()
        first = pid(keeper, "broker")
        keeper._running["broker"].process.kill()
        await until(lambda: keeper.restarts()["broker"] == 1 and pid(keeper, "broker") != first)
        await keeper._ready(keeper._running["broker"])
        assert await keeper.stop() == {"broker": 0}


async def test_a_process_that_falls_at_once_is_started_again_ever_later():
    async with kept([Job(name="phone", arguments=FALLS)], free_ports(len(ORDER))) as keeper:
        starting = asyncio.create_task(keeper.start())
        await until(lambda: keeper.restarts()["phone"] >= 2)
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
        assert not keeper.fell.is_set()


async def test_stop_does_not_wait_for_a_restart_that_is_due_later(monkeypatch):
    monkeypatch.setattr("clearway.supervisor.RESTART", Backoff(first_s=30.0, limit_s=30.0))
    async with kept([Job(name="phone", arguments=FALLS)], free_ports(len(ORDER))) as keeper:
        starting = asyncio.create_task(keeper.start())
        await until(lambda: keeper._running["phone"].exit_code is not None)
        began = time.monotonic()
        assert await keeper.stop() == {"phone": 2}
        assert time.monotonic() - began < 2
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)


async def test_a_process_that_refuses_its_configuration_stops_everything(site):
    made, base = site
    async with kept([made["broker"], Job(name="phone", arguments=REFUSES)], base) as keeper:
        with pytest.raises(ConfigurationError, match="process phone cannot start"):
            await keeper.start()
        assert keeper.fell.is_set()
        assert (await keeper.stop())["phone"] == 78
        assert keeper.restarts()["phone"] == 0


async def test_the_whole_run_ends_with_its_exit_code(site):
    made, base = site
    late = Job(name="phone", arguments=REFUSES, stage=1)
    assert await Supervisor([made["broker"], late], base).run() == 78


async def test_a_job_that_may_end_ends_well():
    job = Job(name="edge", arguments=ENDS, ends=True)
    async with kept([job], free_ports(len(ORDER))) as keeper:
        await keeper.start()
        assert await keeper.ended("edge") == 0
        assert not keeper.fell.is_set()


async def test_a_job_that_may_end_and_falls_is_not_started_again():
    job = Job(name="edge", arguments=FALLS, ends=True)
    async with kept([job], free_ports(len(ORDER))) as keeper:
        with pytest.raises(ConfigurationError, match="process edge cannot start"):
            await keeper.start()
        assert await keeper.ended("edge") == 2
        assert keeper.broken == "edge"


async def test_a_proxy_for_the_world_is_not_asked_about_our_own_processes(site, monkeypatch):
    made, base = site
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{closed_port()}")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    async with kept([made["broker"]], base) as keeper:
        async with asyncio.timeout(20):
            await keeper.start()


class _Stranger(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"<html>I live here</html>")

    def log_message(self, *_):
        """Say nothing."""


async def test_a_stranger_on_a_status_port_is_named_and_everything_stops(site, capfd):
    made, base = site
    with HTTPServer(("127.0.0.1", status_port(base, "broker")), _Stranger) as stranger:
        thread = threading.Thread(target=stranger.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        async with kept([made["broker"]], base) as keeper:
            with pytest.raises(ConfigurationError, match="process broker cannot start"):
                await keeper.start()
        stranger.shutdown()
        thread.join()
    assert f"port {status_port(base, 'broker')} is taken" in capfd.readouterr().err
