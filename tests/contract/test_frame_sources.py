"""What every source of frames promises, and what becomes of those that cannot keep it."""

import inspect
import shutil
import threading
import time
from datetime import UTC, datetime, timedelta

import av
import av.error
import numpy as np
import pytest
from factories import NOON, at, frame, texture
from parts_video import FPS, SECONDS, closed_port, cut, served, silent_server, write_audio, write_video

from edge.settings import CameraSettings
from edge.sources import Pace, Patience, ScriptedSource, VideoSource, without_credentials
from edge.sources.translating import translated
from models.errors import ConfigurationError, SourceLost, SourceUnusable
from models.toml import parse

QUICK = Patience(open_s=1.0, read_s=1.0)


def looks(source, most=None):
    """The frames of a source, as far as they go, and why it ended."""
    found, stop = [], threading.Event()
    try:
        for number, item in enumerate(source.frames(stop), start=1):
            found.append(item)
            if number == most:
                stop.set()
    except SourceLost as exc:
        return found, exc
    return found, None


def seconds(frames):
    return [round((item.captured_at - frames[0].captured_at).total_seconds(), 3) for item in frames]


@pytest.fixture(params=["scripted", "file at its own speed", "file as fast as it goes"])
def recording(request, video):
    if request.param == "scripted":
        return ScriptedSource([frame(texture(number), number) for number in range(SECONDS)])
    speed = 50.0 if request.param == "file at its own speed" else "max"
    return VideoSource(str(video), Pace(1.0, speed))


def test_a_recording_gives_looks_at_least_an_interval_apart_and_ends(recording):
    found, why = looks(recording)
    assert recording.is_recording
    assert why is None
    assert seconds(found) == [0, 1, 2, 3, 4, 5]
    assert all(item.pixels.dtype == np.uint8 and item.pixels.shape == (240, 320, 3) for item in found)


def test_stop_ends_it(recording):
    found, why = looks(recording, most=2)
    assert (len(found), why) == (2, None)


def test_it_can_be_looked_through_again(recording):
    assert len(looks(recording)[0]) == len(looks(recording)[0]) == SECONDS


@pytest.mark.parametrize("speed", [20.0, 50.0, "max"])
def test_however_fast_a_recording_is_played_nothing_it_shows_lies_in_the_future(video, speed):
    for item in VideoSource(str(video), Pace(1.0, speed)).frames(threading.Event()):
        assert item.captured_at <= datetime.now(UTC) + timedelta(seconds=0.11)
        assert item.received_at <= datetime.now(UTC)


def test_as_fast_as_possible_it_ends_now(video):
    found, _ = looks(VideoSource(str(video), Pace(0.0, "max")))
    assert len(found) == SECONDS * FPS
    assert datetime.now(UTC) - timedelta(seconds=2) < found[-1].captured_at <= datetime.now(UTC)


def test_at_its_own_speed_it_starts_now_and_takes_its_time(video):
    began = time.monotonic()
    found, _ = looks(VideoSource(str(video), Pace(0.5, 1.0)), most=3)
    assert 0.9 < time.monotonic() - began < 3
    assert abs((found[0].captured_at - datetime.now(UTC)).total_seconds()) < 3
    assert seconds(found) == [0, 0.5, 1.0]


def test_a_recording_may_have_begun_when_we_say(video):
    found, _ = looks(VideoSource(str(video), Pace(2.0, "max", NOON)))
    assert [item.captured_at for item in found] == [at(0), at(2), at(4)]


def test_stop_does_not_wait_for_the_next_look(video):
    stop = threading.Event()
    frames = VideoSource(str(video), Pace(5.0, 0.01)).frames(stop)
    next(frames)
    threading.Timer(0.2, stop.set).start()
    began = time.monotonic()
    assert list(frames) == []
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("name", ["square.mp4", "square.mkv", "square.avi", "square.ts"])
def test_any_container_does(tmp_path, name):
    codec = "mpeg4" if name.endswith(".avi") else "libx264"
    found, why = looks(VideoSource(str(write_video(tmp_path / name, codec=codec)), Pace(1.0, "max")))
    assert (len(found), why) == (SECONDS, None)


@pytest.mark.parametrize("name", ["square.mp4", "square.mkv", "square.ts"])
def test_a_truncated_video_gives_the_looks_it_has(tmp_path, name):
    part = cut(write_video(tmp_path / name), 0.6)
    found, why = looks(VideoSource(str(part), Pace(1.0, "max")))
    assert 2 <= len(found) < SECONDS
    assert why is None or str(part) in str(why)


def test_a_truncated_video_whose_index_is_gone_says_so(tmp_path):
    part = cut(write_video(tmp_path / "square.mp4", index_first=False), 0.6)
    found, why = looks(VideoSource(str(part), Pace(1.0, "max")))
    assert found == []
    assert str(part) in str(why)
    assert "no video" in str(why)


def text_file(folder):
    path = folder / "street.mp4"
    path.write_text("a letter, not a video\n" * 100, encoding="utf-8")
    return path


def empty_file(folder):
    path = folder / "street.mp4"
    path.touch()
    return path


def any_bytes(folder):
    path = folder / "street.mp4"
    path.write_bytes(np.random.default_rng(3).bytes(100_000))
    return path


def audio_only(folder):
    return write_audio(folder / "street.m4a")


def a_folder(folder):
    return folder


def nothing_there(folder):
    return folder / "street.mp4"


def too_long_a_name(folder):
    return folder / ("s" * 400 + ".mp4")


def a_null_in_its_name(folder):
    return folder / "street\0.mp4"


@pytest.mark.parametrize(
    "bad",
    [
        text_file,
        empty_file,
        any_bytes,
        audio_only,
        a_folder,
        nothing_there,
        too_long_a_name,
        a_null_in_its_name,
    ],
)
def test_what_is_no_video_is_refused_by_name(tmp_path, bad):
    path = bad(tmp_path)
    found, why = looks(VideoSource(str(path), Pace(1.0, "max")))
    assert found == []
    assert str(path) in str(why)


@pytest.mark.parametrize("bad", [audio_only, nothing_there])
def test_what_will_never_be_a_video_is_unusable(tmp_path, bad):
    _, why = looks(VideoSource(str(bad(tmp_path))))
    assert isinstance(why, SourceUnusable)


@pytest.mark.parametrize("scheme", ["rtsp", "http"])
def test_a_camera_that_nobody_answers_for_is_lost_at_once(scheme):
    address = f"{scheme}://127.0.0.1:{closed_port()}/stream"
    began = time.monotonic()
    source = VideoSource(address)
    _, why = looks(source)
    assert not source.is_recording
    assert type(why) is SourceLost
    assert address in str(why)
    assert time.monotonic() - began < 3


@pytest.mark.parametrize("scheme", ["rtsp", "http"])
def test_a_camera_that_accepts_and_never_answers_is_lost_in_time(scheme):
    with silent_server() as port:
        began = time.monotonic()
        _, why = looks(VideoSource(f"{scheme}://127.0.0.1:{port}/stream", patience=QUICK))
    assert type(why) is SourceLost
    assert time.monotonic() - began < 5


def test_a_protocol_that_does_not_exist_is_unusable():
    _, why = looks(VideoSource("gopher-over-pigeon://camera/1"))
    assert isinstance(why, SourceUnusable)


def test_a_device_that_is_not_there_is_not_usable():
    _, why = looks(VideoSource("/dev/video97"))
    assert isinstance(why, SourceLost)
    assert "/dev/video97" in str(why)


def test_a_stream_over_http_is_read_by_the_same_code(video):
    with served(video.parent) as address:
        source = VideoSource(f"{address}/{video.name}", Pace(0.0))
        found, why = looks(source)
    assert len(found) == SECONDS * FPS
    assert found[0].pixels.shape == (240, 320, 3)
    assert abs((found[0].captured_at - datetime.now(UTC)).total_seconds()) < 5
    assert "ended the stream" in str(why)


def test_a_page_that_is_not_there_is_lost_by_name(video):
    with served(video.parent) as address:
        _, why = looks(VideoSource(f"{address}/nothing.mp4"))
    assert f"{address}/nothing.mp4" in str(why)


def test_credentials_are_never_told():
    address = f"rtsp://admin:hunter2@127.0.0.1:{closed_port()}/stream"
    _, why = looks(VideoSource(address))
    assert "hunter2" not in str(why)
    assert "admin" not in str(why)
    assert "127.0.0.1" in str(why)


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("rtsp://admin:pass@host:554/1", "rtsp://host:554/1"),
        ("rtsp://admin:p@ss/word@host/1", "rtsp://host/1"),
        ("http://host/1.mjpg", "http://host/1.mjpg"),
        ("/recordings/a@b.mp4", "/recordings/a@b.mp4"),
        ("/dev/video0", "/dev/video0"),
    ],
)
def test_an_address_is_shown_without_credentials(address, shown):
    assert without_credentials(address) == shown


def library_errors():
    """Every exception the video library can raise of its own."""
    found = {kind for _, kind in inspect.getmembers(av.error, inspect.isclass) if issubclass(kind, Exception)}
    return sorted((kind for kind in found if issubclass(kind, av.error.FFmpegError)), key=str)


def test_the_library_has_exceptions_to_enumerate():
    assert len(library_errors()) > 20


@pytest.mark.parametrize("kind", library_errors(), ids=lambda kind: kind.__name__)
def test_no_exception_of_the_library_comes_through(kind):
    with pytest.raises(SourceLost, match=r"^camera-7 "), translated("camera-7"):
        raise kind(1, "made up")


@pytest.mark.parametrize("kind", [OSError, ConnectionResetError, TimeoutError, PermissionError])
def test_nor_does_the_systems(kind):
    with pytest.raises(SourceLost, match=r"^camera-7 "), translated("camera-7"):
        raise kind(5, "made up")


@pytest.mark.parametrize("speed", ["0", "-1", "nan", "inf", '"fast"'])
def test_a_speed_that_is_none_is_refused(speed):
    text = f'name = "gate"\nsource = "a.mp4"\nplan = "a.toml"\nspeed = {speed}\n'
    with pytest.raises(ConfigurationError, match="speed"):
        parse(text, "camera.toml", CameraSettings)


def test_a_scripted_camera_fails_as_told():
    source = ScriptedSource([frame(texture(1), 0)], failure=SourceLost("pulled the plug"))
    found, why = looks(source)
    assert (len(found), str(why), source.is_recording) == (1, "pulled the plug", False)


def test_a_file_that_shrinks_while_it_is_read_ends_without_a_fall(video, tmp_path):
    path = tmp_path / "shrinking.mp4"
    shutil.copy(video, path)
    stop, found = threading.Event(), 0
    try:
        for _ in VideoSource(str(path), Pace(0.0, "max")).frames(stop):
            found += 1
            path.write_bytes(path.read_bytes()[:2000])
    except SourceLost as exc:
        assert str(path) in str(exc)  # noqa: PT017 - it may end either way
    assert 0 < found <= SECONDS * FPS


def test_a_raw_stream_without_time_stamps_has_all_its_looks(tmp_path):
    path = tmp_path / "square.h264"
    with av.open(str(write_video(tmp_path / "square.mp4"))) as container, path.open("wb") as raw:
        only = container.streams.video[0]
        filtered = av.BitStreamFilterContext("h264_mp4toannexb", only)
        for packet in container.demux(only):
            raw.writelines(bytes(part) for part in filtered.filter(packet if packet.size else None))
    found, why = looks(VideoSource(str(path), Pace(1.0, "max")))
    assert why is None
    assert len(found) in {SECONDS, SECONDS * 25 // FPS, SECONDS * FPS // 25 + 1}
