"""The full picture on demand, and what it proves."""

import threading
from contextlib import contextmanager

import cv2
import pytest
from factories import at, frame, scene
from parts_video import served, silent_server, write_audio, write_video

from benchmarks.site import until
from detectors import picture
from detectors.look import Frame
from edge.closeup import Errands, MainCamera, MainStream, ScriptedStills, likeness
from edge.sources import Patience
from edge.sources.stream import opened
from models.errors import SourceLost, SourceUnusable

PLACE = (0.4, 0.4, 0.6, 0.6)
QUICK = Patience(open_s=1.0, read_s=1.0, picture_s=2.0)
NEVER = threading.Event()


def in_full(luma, seconds):
    """The same view from the main stream: three times as large."""
    large = cv2.resize(luma, None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC)
    return Frame(cv2.cvtColor(large, cv2.COLOR_GRAY2BGR), at(seconds), at(seconds))


def test_the_same_vehicle_in_the_same_view_is_alike():
    look = frame(scene((PLACE, 7)), 0)
    assert likeness(look, in_full(scene((PLACE, 7)), 2), PLACE) >= picture.SAME


@pytest.mark.parametrize(
    "shown",
    [
        pytest.param(scene((PLACE, 8)), id="another vehicle"),
        pytest.param(scene(), id="the empty place"),
        pytest.param(scene(((0.5, 0.5, 0.7, 0.7), 7)), id="another part of the street"),
    ],
)
def test_a_still_that_shows_something_else_proves_nothing(shown):
    assert likeness(frame(scene((PLACE, 7)), 0), in_full(shown, 2), PLACE) < picture.DOUBT


def test_a_stream_gives_its_first_whole_picture(video):
    with served(video.parent) as address:
        still = MainCamera(f"{address}/{video.name}", patience=QUICK).grab(NEVER)
    assert still.pixels.shape == (240, 320, 3)


def test_a_web_address_may_be_a_picture(tmp_path):
    cv2.imwrite(str(tmp_path / "gate.jpg"), scene((PLACE, 7)))
    with served(tmp_path) as address:
        camera = MainCamera(f"{address}/gate.jpg", patience=QUICK)
        assert camera.grab(NEVER).pixels.shape == (240, 320, 3)
        assert camera.grab(NEVER).luma(160).shape == (120, 160)


def test_nobody_waits_longer_than_a_still_may_take():
    with silent_server() as port, pytest.raises(SourceLost, match=f"127.0.0.1:{port}"):
        MainCamera(f"rtsp://user:secret@127.0.0.1:{port}/1", patience=QUICK).grab(NEVER)


def test_a_stream_without_video_is_refused(tmp_path):
    write_audio(tmp_path / "street.m4a")
    with served(tmp_path) as address, pytest.raises(SourceUnusable, match="no video"):
        MainCamera(f"{address}/street.m4a", patience=QUICK).grab(NEVER)


def test_a_stream_that_is_told_to_stop_gives_nothing(tmp_path):
    path = write_video(tmp_path / "square.mp4")
    stop = threading.Event()
    stop.set()
    with served(tmp_path) as address, pytest.raises(SourceLost, match="no whole picture"):
        MainCamera(f"{address}/{path.name}", patience=QUICK).grab(stop)


def test_after_a_failure_the_other_way_of_opening_is_tried(monkeypatch, video):
    ways = []

    @contextmanager
    def failing(address, patience, *, briefly):
        ways.append(briefly)
        if len(ways) in {1, 2}:
            raise SourceLost("no picture this way")
        with opened(address, patience, briefly=briefly) as both:
            yield both

    monkeypatch.setattr("edge.closeup.opened", failing)
    with served(video.parent) as address:
        camera = MainStream(f"{address}/{video.name}", patience=QUICK)
        for _ in range(2):
            with pytest.raises(SourceLost, match="this way"):
                camera.grab(NEVER)
        for _ in range(2):
            assert camera.grab(NEVER).pixels.shape == (240, 320, 3)
    assert ways == [True, False, True, True]


def at_once(work):
    work()


def test_what_was_asked_for_is_fetched_once():
    errands = Errands(ScriptedStills([frame(scene(), 1), frame(scene(), 2)]), start=at_once)
    errands.ask("stay-1")
    (done,) = errands.collect({"stay-1"})
    assert (done.key, done.still.captured_at, done.why) == ("stay-1", at(1), "")
    assert errands.collect({"stay-1"}) == ()


def test_one_still_answers_all_that_wait_for_one():
    kept = []
    errands = Errands(ScriptedStills([frame(scene(), 1)]), start=kept.append)
    for key in ("stay-1", "stay-2", "stay-1"):
        errands.ask(key)
    (work,) = kept
    work()
    assert [done.key for done in errands.collect({"stay-1", "stay-2"})] == ["stay-1", "stay-2"]


def test_each_who_asked_collects_what_is_theirs():
    errands = Errands(ScriptedStills([frame(scene(), 1), frame(scene(), 2)]), start=at_once)
    for key in ("stay-1", "plates"):
        errands.ask(key)
    assert [done.key for done in errands.collect({"plates"})] == ["plates"]
    assert [done.key for done in errands.collect({"stay-1", "plates"})] == ["stay-1"]


def test_a_still_that_cannot_be_had_says_why_and_may_be_asked_for_again():
    errands = Errands(ScriptedStills([], SourceLost("no route")), start=at_once)
    for _ in range(2):
        errands.ask("stay-1")
        (done,) = errands.collect({"stay-1"})
        assert (done.still, done.why) == (None, "no route")


class Failing:
    def grab(self, _stop):
        raise ZeroDivisionError("a bug")


def test_a_bug_in_a_still_costs_nothing_but_the_still():
    errands = Errands(Failing(), start=at_once)
    errands.ask("stay-1")
    assert "a bug" in errands.collect({"stay-1"})[0].why


def test_looks_go_on_while_a_still_is_fetched():
    let_go = threading.Event()

    class Slow:
        def grab(self, _stop):
            let_go.wait(10)
            return frame(scene(), 3)

    errands = Errands(Slow())
    errands.ask("stay-1")
    assert errands.collect({"stay-1"}) == ()
    let_go.set()
    found = []
    until(lambda: found.extend(errands.collect({"stay-1"})) or found, what="the still")
    assert found[0].still.captured_at == at(3)


def test_when_told_to_stop_it_fetches_nothing_more():
    kept = []
    errands = Errands(ScriptedStills([frame(scene(), 1)]), start=kept.append)
    errands.ask("stay-1")
    errands.stop()
    kept[0]()
    assert errands.collect({"stay-1"}) == ()
