"""Few turns for many cameras: fair, never a queue, and rarer looks for all when there is too much to do."""

import threading
import time

import pytest
from factories import at, frame, texture
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.site import until
from edge import scheduler
from edge.scheduler import Load, Mailbox, ScheduledSource, Turns, Waiting, adapt, choose
from edge.sources import ScriptedSource
from models.errors import SourceLost

WAITING = st.builds(Waiting, looked_at=st.floats(0, 1000), interval_s=st.floats(0.1, 60))


def look(number):
    return frame(texture(number), number)


@given(st.lists(WAITING, min_size=1, max_size=30), st.floats(1000, 2000))
def test_the_next_is_who_missed_most_of_its_own_looks(waiting, now):
    chosen = waiting[choose(waiting, now)]
    overdue = (now - chosen.looked_at) / chosen.interval_s
    assert all(overdue >= (now - other.looked_at) / other.interval_s for other in waiting)


@given(st.integers(2, 12), st.integers(1, 3))
def test_under_overload_every_camera_gets_its_share(cameras, cost):
    looked_at = [0.0] * cameras
    looks = [0] * cameras
    for turn in range(cameras * 20):
        now = 1.0 + turn * cost
        index = choose([Waiting(seen, 1.0) for seen in looked_at], now)
        looked_at[index] = now
        looks[index] += 1
    assert max(looks) - min(looks) <= 1


def test_a_camera_that_wants_fewer_looks_gets_fewer():
    intervals, looked_at, looks = [1.0, 4.0], [0.0, 0.0], [0, 0]
    for turn in range(1, 201):
        index = choose(
            [Waiting(seen, interval) for seen, interval in zip(looked_at, intervals, strict=True)], turn
        )
        looked_at[index] = turn
        looks[index] += 1
    assert looks[0] / looks[1] == pytest.approx(4, rel=0.1)


def load_after(wait_share, seconds, load=Load()):  # noqa: B008 - frozen
    for number in range(round(seconds * 10)):
        load = adapt(load, wait_share, number / 10)
    return load


def test_long_waits_make_looks_rarer_and_short_ones_bring_them_back():
    busy = load_after(0.9, 30)
    assert busy.factor > scheduler.OVERLOADED
    assert load_after(0.0, 300, Load(busy.factor, busy.wait_share)).factor == 1.0


def test_looks_never_get_rarer_without_end_nor_more_than_asked_for():
    assert load_after(1.0, 600).factor == scheduler.LARGEST_STRETCH
    assert load_after(0.1, 60).factor == 1.0


def test_a_box_with_too_much_to_do_settles_where_it_can_keep_up():
    """Forty looks of 0.1 s on one core: four seconds apart is all it can do."""
    load, now, factors = Load(), 0.0, []
    for _ in range(4000):
        wanted_s = load.factor
        cycle_s = max(4.0, wanted_s)
        wait_s = max(0.0, 4.0 - wanted_s) if wanted_s < 4 else 0.05
        now += cycle_s / 40
        load = adapt(load, wait_s, now)
        factors.append(load.factor)
    settled = factors[2000:]
    assert 3 < sum(settled) / len(settled) < 5
    assert max(settled) / min(settled) < 1.6


def test_a_mailbox_keeps_the_newest_and_counts_what_it_dropped():
    box = Mailbox()
    for number in range(3):
        box.put(look(number))
    assert box.take().captured_at == at(2)
    assert box.dropped == 2
    assert not box.wait(0.0)
    assert box.take() is None


def test_a_mailbox_gives_its_last_frame_before_it_says_why_there_are_no_more():
    box = Mailbox()
    box.put(look(1))
    box.close(SourceLost("unplugged"))
    assert box.wait(0.0)
    assert box.take().captured_at == at(1)
    with pytest.raises(SourceLost, match="unplugged"):
        box.take()


def test_no_more_look_at_a_time_than_there_are_turns():
    turns, stop = Turns(2), threading.Event()
    lock, inside, most = threading.Lock(), [0], [0]

    def looker():
        for _ in range(20):
            with turns.turn(Waiting(time.monotonic(), 1.0), stop, is_live=True) as held:
                assert held
                with lock:
                    inside[0] += 1
                    most[0] = max(most[0], inside[0])
                with lock:
                    inside[0] -= 1

    threads = [threading.Thread(target=looker) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    assert not any(thread.is_alive() for thread in threads)
    assert 1 <= most[0] <= 2


def test_who_waits_for_a_turn_can_be_told_to_stop(monkeypatch):
    monkeypatch.setattr(scheduler, "STOP_POLL_S", 0.01)
    turns, stop = Turns(1), threading.Event()
    with turns.turn(Waiting(0, 1), stop, is_live=True):
        given_up = []

        def wait():
            with turns.turn(Waiting(0, 1), stop, is_live=True) as held:
                given_up.append(not held)

        thread = threading.Thread(target=wait)
        thread.start()
        stop.set()
        thread.join(timeout=5)
    assert given_up == [True]
    with turns.turn(Waiting(0, 1), threading.Event(), is_live=True) as held:
        assert held


def test_a_look_that_fails_gives_its_turn_back():
    turns, stop = Turns(1), threading.Event()
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), turns.turn(Waiting(0, 1), stop, is_live=True):
            _ = 1 / 0


def test_a_camera_whose_look_fails_holds_up_no_other():
    turns = Turns(1)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):  # noqa: PT012 - it fails while it looks
            for _ in scheduled(ScriptedSource([look(1), look(2)]), turns).frames(threading.Event()):
                _ = 1 / 0
    assert len(list(scheduled(ScriptedSource([look(1)]), turns).frames(threading.Event()))) == 1


def scheduled(source, turns=None, **changes):
    fields = {"interval_s": 1.0, "watchdog_s": 5.0, "name": "rtsp://camera/1"} | changes
    return ScheduledSource(source, turns or Turns(2), **fields)


def test_of_a_recording_every_frame_counts():
    source = scheduled(ScriptedSource([look(number) for number in range(50)]))
    assert source.is_recording
    assert len(list(source.frames(threading.Event()))) == 50
    assert not source.overloaded


class Live(ScriptedSource):
    """Gives its frames as fast as they are taken, once it is let go; then it is lost, or hangs."""

    def __init__(self, frames, failure, *, hang=False):
        super().__init__(frames, failure=failure)
        self.read = 0
        self.opened = 0
        self._hang = hang

    def frames(self, stop):
        del stop
        self.opened += 1
        if self._hang:
            threading.Event().wait(30)
        for item in self._frames:
            self.read += 1
            yield item
        raise self._failure


def test_a_live_camera_is_never_made_to_wait_and_a_look_gets_its_newest_frame():
    source = Live([look(number) for number in range(100)], SourceLost("unplugged"))
    seen = []
    with pytest.raises(SourceLost, match="unplugged"):  # noqa: PT012 - it ends while it is looked at
        for item in scheduled(source).frames(threading.Event()):
            until(lambda: source.read == 100, what="all being read while the first is looked at")
            seen.append(item.captured_at)
    assert seen[-1] == at(99)
    assert len(seen) <= 2


def test_a_camera_that_hangs_is_lost_in_time_by_name():
    source = Live([], SourceLost("never"), hang=True)
    with pytest.raises(SourceLost, match=r"rtsp://camera/1 gave no picture"):
        next(scheduled(source, watchdog_s=0.01).frames(threading.Event()))


def test_readers_that_hang_do_not_pile_up():
    source = Live([], SourceLost("never"), hang=True)
    camera = scheduled(source, watchdog_s=0.01)
    for _ in range(scheduler.STUCK_MOST):
        with pytest.raises(SourceLost, match="gave no picture"):
            next(camera.frames(threading.Event()))
    with pytest.raises(SourceLost, match="restart the camera"):
        next(camera.frames(threading.Event()))
    assert source.opened == scheduler.STUCK_MOST


def test_a_time_lapse_may_take_its_time(monkeypatch):
    monkeypatch.setattr(scheduler, "STOP_POLL_S", 0.01)
    stop = threading.Event()
    frames = scheduled(Live([], SourceLost("never"), hang=True), watchdog_s=None).frames(stop)
    threading.Timer(0.2, stop.set).start()
    assert list(frames) == []


def test_it_says_how_often_it_looks():
    source = scheduled(ScriptedSource([look(number) for number in range(5)]))
    assert source.look_interval_s == 0.0
    for _ in source.frames(threading.Event()):
        threading.Event().wait(0.02)
    assert 0.015 < source.look_interval_s < 2


def test_what_a_reader_did_not_foresee_reaches_the_camera():
    source = Live([], ZeroDivisionError("a bug"))
    with pytest.raises(ZeroDivisionError, match="a bug"):
        next(scheduled(source).frames(threading.Event()))
