"""What every live camera promises, tried on real ones: RTSP and pictures over HTTP on the loopback."""

import os
import signal
import threading
import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import av
import av.error
import pytest
from parts_rtsp import write_pictures, write_stream

from benchmarks.rtsp_bench import serving
from benchmarks.site import until
from edge.closeup import MainCamera, MainStream
from edge.scheduler import ScheduledSource, Turns
from edge.sources import Pace, Patience, VideoSource, hardware
from edge.sources.stream import LiveVideo, opened, pieces
from models.errors import SourceLost

QUICK = Patience(open_s=5.0, read_s=2.0)
STREAMS = {
    "h264": ("h264", 25),
    "h265": ("h265", 25),
    "h264-long": ("h264", 125),
    "h264-every": ("h264", 1),
}


@pytest.fixture(scope="module")
def cameras(tmp_path_factory):
    """The street by several cameras."""
    folder = tmp_path_factory.mktemp("cameras")
    for name, (codec, group) in STREAMS.items():
        write_stream(folder / f"{name}.mp4", codec=codec, group=group)
    write_stream(folder / "h264-stripes.mp4", more=":intra-refresh=1")
    write_pictures(folder / "gate")
    with serving(folder) as found:
        yield found


@pytest.fixture(params=[*STREAMS, "h264-stripes", "snapshot"])
def camera(request, cameras):
    if request.param == "snapshot":
        return VideoSource(cameras.picture("gate"), Pace(1.0), QUICK, manner="snapshot")
    return VideoSource(cameras.stream(f"{request.param}.mp4"), Pace(1.0), QUICK)


def looks(source, most):
    found, stop = [], threading.Event()
    for item in source.frames(stop):
        found.append((time.monotonic(), item))
        if len(found) == most:
            stop.set()
    return [item for _, item in found], [at for at, _ in found]


def test_a_live_camera_gives_a_look_a_second_stamped_when_it_came_in(camera):
    found, seen_at = looks(camera, most=5)
    assert not camera.is_recording
    assert len(found) == 5
    assert 3.0 < seen_at[-1] - seen_at[0] < 10.0
    for earlier, later in pairwise(found):
        assert later.captured_at - earlier.captured_at > timedelta(seconds=0.2)
    assert abs((found[-1].captured_at - datetime.now(UTC)).total_seconds()) < 2
    assert all(item.luma(160).shape == (90, 160) for item in found)
    assert found[0].pixels.shape == (180, 320, 3)
    assert found[0].luma(160).std() > 10


def test_the_first_keyframe_has_no_time_stamp_and_is_the_first_look(cameras):
    address = cameras.stream("h264-long.mp4")
    with opened(address, QUICK) as (container, stream):
        first = next(pieces(container, stream))
        assert first.packet.is_keyframe
        assert first.packet.pts is None
    began = time.monotonic()
    looks(VideoSource(address, Pace(1.0), QUICK), most=1)
    assert time.monotonic() - began < 4.5


class Counting:
    """A decoder that counts what it is given."""

    def __init__(self, decoder):
        self._decoder = decoder
        self.given = []

    def decode(self, packet):
        self.given.append(packet is not None and packet.is_keyframe)
        return self._decoder.decode(packet)

    def flush_buffers(self):
        self._decoder.flush_buffers()


@pytest.fixture
def decoders(monkeypatch):
    made = []

    def counting(*args):
        made.append(Counting(hardware.decoder_of(*args)))
        return made[-1]

    monkeypatch.setattr("edge.sources.stream.decoder_of", counting)
    return made


def test_where_keyframes_do_nothing_else_is_decoded(cameras, decoders):
    looks(LiveVideo(cameras.stream("h264.mp4"), Pace(1.0), QUICK), most=6)
    keyframes, whole = decoders
    assert 3 <= sum(keyframes.given) <= 6
    assert len(keyframes.given) == sum(keyframes.given)
    assert len(whole.given) < 60


def test_of_keyframes_that_come_too_often_only_those_due_are_decoded(cameras, decoders):
    looks(LiveVideo(cameras.stream("h264-every.mp4"), Pace(1.0), QUICK), most=5)
    assert sum(len(decoder.given) for decoder in decoders) <= 8


def test_a_camera_that_saves_on_keyframes_is_decoded_in_order(cameras, decoders):
    found, _ = looks(LiveVideo(cameras.stream("h264-long.mp4"), Pace(0.5), QUICK), most=8)
    keyframes, whole = decoders
    assert keyframes.given == []
    assert len(whole.given) > 50
    assert len({item.luma(160).tobytes() for item in found}) > 4


def test_circuits_that_are_not_there_are_done_without(cameras):
    hardware._usable.cache_clear()
    for name in ("auto", "cuda", "nonsense"):
        found, _ = looks(VideoSource(cameras.stream("h264.mp4"), Pace(0.5), QUICK, decoder=name), most=1)
        assert found[0].pixels.shape == (180, 320, 3)


class Lent(Counting):
    """Circuits that are lent to somebody else when they are needed."""

    is_hwaccel = True

    def decode(self, _packet):
        raise av.error.ExternalError(1, "no free session")


def test_circuits_that_fail_are_done_without_as_well(cameras, monkeypatch):
    asked = []

    def lent(stream, decoder, loop_filter):
        asked.append(decoder)
        made = hardware.decoder_of(stream, "off", loop_filter)
        return Lent(made) if decoder == "cuda" else made

    monkeypatch.setattr("edge.sources.stream.decoder_of", lent)
    found, _ = looks(LiveVideo(cameras.stream("h264.mp4"), Pace(0.5), QUICK, decoder="cuda"), most=2)
    assert len(found) == 2
    assert asked[0] == "cuda"
    assert set(asked[2:]) == {"off"}


def test_a_still_of_the_main_stream_is_there_in_time(cameras):
    began = time.monotonic()
    for name in ("h264.mp4", "h265.mp4"):
        still = MainCamera(cameras.stream(name)).grab(threading.Event())
        assert still.pixels.shape == (180, 320, 3)
    assert MainCamera(cameras.picture("gate")).grab(threading.Event()).pixels.shape == (180, 320, 3)
    assert time.monotonic() - began < 15


@pytest.mark.parametrize("name", STREAMS)
def test_a_still_taken_briefly_is_the_one_that_takes_longer(cameras, name):
    stills = [MainStream(cameras.stream(f"{name}.mp4")) for _ in range(2)]
    stills[1]._briefly = False
    brief, long = (still.grab(threading.Event()).pixels for still in stills)
    assert brief.std() > 10
    assert (brief == long).all()


def test_two_who_connect_to_a_live_camera_in_one_second_see_the_same(tmp_path):
    write_stream(tmp_path / "h264.mp4", seconds=6)
    shown = {}
    with serving(tmp_path, live=True) as live:
        main = MainStream(live.stream("h264.mp4"))

        def seconds_seen():
            second = int(time.time())
            both = [main.grab(threading.Event()).pixels for _ in range(2)]
            if int(time.time()) == second:  # else the second of the two came to see another one
                shown[second % 6] = both
            return len(shown) >= 3

        until(seconds_seen, what="three seconds of the street")
    assert all((one == other).all() for one, other in shown.values())
    assert len({one.tobytes() for one, _ in shown.values()}) == len(shown)


def test_a_camera_that_ends_its_stream_is_lost(cameras):
    with pytest.raises(SourceLost, match="ended the stream"):
        looks(VideoSource(cameras.stream("h264.mp4", once=True), Pace(1.0), QUICK), most=100)


def test_an_address_that_the_camera_does_not_know_is_lost_by_name(cameras):
    address = cameras.stream("nothing.mp4")
    with pytest.raises(SourceLost, match=address):
        looks(VideoSource(address, Pace(1.0), QUICK), most=1)


def test_a_camera_that_falls_silent_is_lost_in_time(cameras):
    stop = threading.Event()
    frames = VideoSource(cameras.stream("h264.mp4"), Pace(0.5), QUICK).frames(stop)
    next(frames)
    os.kill(cameras.process_id, signal.SIGSTOP)
    try:
        began = time.monotonic()
        with pytest.raises(SourceLost, match=r"127\.0\.0\.1"):
            list(frames)
        assert time.monotonic() - began < 10
    finally:
        os.kill(cameras.process_id, signal.SIGCONT)


def test_however_slow_looks_are_each_is_of_the_moment(cameras):
    source = ScheduledSource(
        VideoSource(cameras.stream("h264.mp4"), Pace(0.2), QUICK),
        Turns(1),
        interval_s=0.2,
        watchdog_s=20.0,
        name="gate",
    )
    stop, ages = threading.Event(), []
    for item in source.frames(stop):
        ages.append((datetime.now(UTC) - item.captured_at).total_seconds())
        time.sleep(1.5)
        if len(ages) == 4:
            stop.set()
    assert max(ages) < 3.0
    assert ages[-1] < ages[0] + 1.5


def test_two_cameras_share_one_turn(cameras):
    turns, stop = Turns(1), threading.Event()
    names = ("h264.mp4", "h265.mp4")
    counts = dict.fromkeys(names, 0)

    def watch(name):
        source = ScheduledSource(
            VideoSource(cameras.stream(name), Pace(0.5), QUICK),
            turns,
            interval_s=0.5,
            watchdog_s=20.0,
            name=name,
        )
        for _ in source.frames(stop):
            counts[name] += 1

    threads = [threading.Thread(target=watch, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    until(lambda: min(counts.values()) >= 3, what="looks of both")
    stop.set()
    for thread in threads:
        thread.join(timeout=10)
    assert not any(thread.is_alive() for thread in threads)


def test_the_library_finds_the_pictures_that_nothing_is_built_on():
    """What is left out where a camera saves on keyframes: the attribute that says so must exist."""
    context = av.CodecContext.create("h264", "r")
    context.skip_frame = "NONREF"
    assert context.skip_frame == "NONREF"
