import threading
import time

import pytest
from parts_camera import CAR, Plug, Post, every
from parts_video import closed_port

from benchmarks.site import until
from edge.agent import Agent
from edge.settings import EdgeSettings, SensorSettings
from edge.spool import Spool
from models.connection import MqttSettings
from models.errors import SourceLost

SMOKE = SensorSettings(name="smoke", topic="hall/smoke", heartbeat_s=0.3)


def agent(folder, *, cameras=lambda _spool, _show: [], **settings):
    nobody = MqttSettings(url=f"mqtt://127.0.0.1:{closed_port()}")
    return Agent(EdgeSettings(**settings), nobody, folder, "0.1", cameras)


@pytest.fixture
def started():
    """Starts an agent in a thread; everything started is stopped in the end."""
    stop, threads = threading.Event(), []

    def _start(made):
        threads.append(threading.Thread(target=made.run, args=(stop,)))
        threads[-1].start()
        return stop, threads[-1]

    yield _start
    stop.set()
    for thread in threads:
        thread.join(timeout=10)


def test_without_a_broker_it_says_so_keeps_what_it_hears_and_stops_in_time(tmp_path, started):
    made = agent(tmp_path, sensor=(SMOKE,))
    stop, thread = started(made)
    until(lambda: made.status()["sensors"][0]["state"] == "silent", what="silence")
    status = made.status()
    assert (status["broker"], status["spool"]["events"]) == ("not connected", 1)
    began = time.monotonic()
    stop.set()
    thread.join(timeout=10)
    assert time.monotonic() - began < 4
    assert not thread.is_alive()


def test_a_sensors_memory_of_another_version_is_put_aside(tmp_path):
    spool = Spool(tmp_path / "box.db", 1024 * 1024)
    spool.remember("sensor/smoke", b"\xc1 not what it was")
    spool.close()
    assert agent(tmp_path, sensor=(SMOKE,)).status()["sensors"][0]["state"] == "ok"


class Deaf(Plug):
    """A camera that hangs where nobody can call it back, as a library's connect does."""

    def frames(self, stop):
        del stop
        self.opened += 1
        time.sleep(8)
        yield from ()


def test_many_cameras_that_hang_do_not_hold_up_the_end(tmp_path, started):
    posts = [Post(tmp_path / str(number)) for number in range(4)]
    hanging = [Deaf([], SourceLost("never said")) for _ in posts]
    looking = [post.camera([], source=source) for post, source in zip(posts, hanging, strict=True)]
    stop, thread = started(agent(tmp_path, cameras=lambda _spool, _show: looking))
    until(lambda: all(source.opened for source in hanging), what="all of them hanging")
    began = time.monotonic()
    stop.set()
    thread.join(timeout=20)
    assert time.monotonic() - began < 4.5


def test_when_its_recordings_are_over_it_waits_for_the_centre(tmp_path, started):
    posts = []

    def cameras(spool, _show):
        spool.put([("said before", b"{}")])
        posts.append(Post(tmp_path / "camera"))
        return [posts[0].camera(every(1, 0, 4, CAR))]

    made = agent(tmp_path, cameras=cameras, until_end=True)
    _, thread = started(made)
    until(lambda: made.status()["cameras"][0]["state"] == "ended", what="the end of the recording")
    thread.join(timeout=1)
    assert thread.is_alive()
    assert made.status()["spool"]["events"] == 1
