"""Pictures that appear in a folder: in the order in which they were taken, each when it is whole."""

import os
import struct
import threading
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import cv2
import pytest
from factories import NOON, texture

from edge.sources import Pace, VideoSource, exif, folder
from edge.sources.folder import PictureFolder
from edge.sources.picture_time import named_at, taken_at
from models.errors import SourceLost, SourceUnusable

SHANGHAI = ZoneInfo("Asia/Shanghai")


def jpeg(seed=1):
    _, data = cv2.imencode(".jpg", texture(seed))
    return data.tobytes()


def with_exif(data, *, taken=None, changed=None, offset=None, fraction=None, order="<"):
    """A photograph that says when it was taken."""

    def directory(entries, start):
        body, texts = b"", b""
        after = start + 2 + 12 * len(entries) + 4
        for tag, kind, value in entries:
            raw = value if isinstance(value, int) else value.encode() + b"\0"
            if isinstance(raw, int):
                body += struct.pack(f"{order}HHII", tag, kind, 1, raw)
            elif len(raw) <= 4:
                body += struct.pack(f"{order}HHI", tag, kind, len(raw)) + raw.ljust(4, b"\0")
            else:
                body += struct.pack(f"{order}HHII", tag, kind, len(raw), after + len(texts))
                texts += raw
        return struct.pack(f"{order}H", len(entries)) + body + struct.pack(f"{order}I", 0) + texts

    below = [(tag, 2, text) for tag, text in ((0x9003, taken), (0x9011, offset), (0x9291, fraction)) if text]
    first = [(0x0132, 2, changed)] if changed else []
    size = len(directory([*first, (0x8769, 4, 0)], 8))
    block = (b"II" if order == "<" else b"MM") + struct.pack(f"{order}HI", 42, 8)
    block += directory([*first, (0x8769, 4, 8 + size)], 8) + directory(below, 8 + size)
    segment = b"Exif\0\0" + block
    return data[:2] + b"\xff\xe1" + (len(segment) + 2).to_bytes(2, "big") + segment + data[2:]


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    ("fields", "utc"),
    [
        ({"taken": "2026:11:21 20:00:00"}, NOON),
        ({"taken": "2026:11:21 13:30:00", "offset": "+01:30"}, NOON),
        ({"taken": "2026:11:21 07:00:00", "offset": "-05:00"}, NOON),
        ({"taken": "2026:11:21 20:00:00", "fraction": "250"}, NOON + timedelta(seconds=0.25)),
        ({"changed": "2026:11:21 20:00:00"}, NOON),
        ({"taken": "2026:11:21 20:00:00", "changed": "2030:01:01 00:00:00"}, NOON),
    ],
)
def test_a_photograph_says_when_it_was_taken(order, fields, utc):
    assert exif.taken_at(with_exif(jpeg(), order=order, **fields), SHANGHAI) == utc


def test_our_own_library_reads_the_same(tmp_path):
    image = pytest.importorskip("PIL.Image")
    picture = image.fromarray(texture(1))
    said = image.Exif()
    said[0x0132] = "2026:11:21 20:00:00"
    picture.save(tmp_path / "a.jpg", exif=said)
    assert exif.taken_at((tmp_path / "a.jpg").read_bytes(), SHANGHAI) == NOON


@pytest.mark.parametrize("at", range(0, 60, 3))
def test_a_broken_photograph_says_nothing_and_breaks_nothing(at):
    data = bytearray(with_exif(jpeg(), taken="2026:11:21 20:00:00"))
    data[2 + at] ^= 0xFF
    exif.taken_at(bytes(data), SHANGHAI)
    assert exif.taken_at(bytes(data[: 20 + at]), SHANGHAI) is None


@pytest.mark.parametrize(
    ("name", "utc"),
    [
        ("gate_20261121-200000.jpg", NOON),
        ("gate-2026-11-21_20-00-00.jpg", NOON),
        ("2026-11-21T20.00.00.jpg", NOON),
        ("20261121200000.jpg", NOON),
        ("cam1_20261121200000500.jpg", NOON + timedelta(seconds=0.5)),
        ("IMG_20261121_200000_500.jpg", NOON + timedelta(seconds=0.5)),
        (f"{int(NOON.timestamp())}.jpg", NOON),
        (f"still-{int(NOON.timestamp() * 1000) + 250}.jpg", NOON + timedelta(seconds=0.25)),
        ("gate.jpg", None),
        ("00012.jpg", None),
        ("20269921-200000.jpg", None),
    ],
)
def test_a_name_says_when_a_picture_was_taken(name, utc):
    assert named_at(name, SHANGHAI) == utc


def test_the_picture_is_believed_before_its_name_and_its_name_before_its_file():
    changed = datetime(2026, 11, 22, tzinfo=UTC)
    said = with_exif(jpeg(), taken="2026:11:21 20:00:00")
    assert taken_at("20260101-000000.jpg", said, changed, SHANGHAI) == NOON
    assert taken_at("20261121-200000.jpg", jpeg(), changed, SHANGHAI) == NOON
    assert taken_at("gate.jpg", jpeg(), changed, SHANGHAI) == changed


def test_a_clock_that_was_never_set_is_not_believed():
    said = with_exif(jpeg(), taken="1980:01:01 00:00:00")
    assert taken_at("gate.jpg", said, NOON, SHANGHAI) == NOON


def put(path, name, *, seed=1, data=None):
    path.mkdir(parents=True, exist_ok=True)
    (path / name).write_bytes(jpeg(seed) if data is None else data)


def named(second):
    return f"gate_{(NOON + timedelta(seconds=second)):%Y%m%d-%H%M%S}.jpg"


def test_a_folder_is_a_recording_when_it_is_played_as_fast_as_possible(tmp_path):
    for second in (30, 0, 15, 45):
        put(tmp_path / str(second % 2), named(second), seed=second)
    source = VideoSource(str(tmp_path), Pace(1.0, "max"))
    found = list(source.frames(threading.Event()))
    assert source.is_recording
    assert [(item.captured_at - NOON).total_seconds() for item in found] == [0, 15, 30, 45]
    assert [item.spacing_s for item in found][-1] == 15
    assert found[0].pixels.shape == (240, 320, 3)
    assert len(list(source.frames(threading.Event()))) == 4


def test_it_may_have_begun_when_we_say(tmp_path):
    put(tmp_path, named(0))
    put(tmp_path, named(60))
    begun = datetime(2020, 1, 1, tzinfo=UTC)
    found = list(PictureFolder(str(tmp_path), Pace(1.0, "max", begun)).frames(threading.Event()))
    assert [item.captured_at for item in found] == [begun, begun + timedelta(minutes=1)]


def test_pictures_closer_than_a_look_are_left_out(tmp_path):
    for second in range(6):
        put(tmp_path, named(second))
    found = list(PictureFolder(str(tmp_path), Pace(2.0, "max")).frames(threading.Event()))
    assert [(item.captured_at - NOON).total_seconds() for item in found] == [0, 2, 4]


@pytest.mark.parametrize("speed", ["max", 1.0])
def test_a_folder_that_is_not_there_is_unusable(tmp_path, speed):
    with pytest.raises(SourceUnusable, match="no such folder"):
        next(PictureFolder(str(tmp_path / "none"), Pace(1.0, speed)).frames(threading.Event()))


def test_a_recording_without_pictures_is_unusable(tmp_path):
    put(tmp_path, "readme.txt")
    with pytest.raises(SourceUnusable, match="no pictures"):
        next(PictureFolder(str(tmp_path), Pace(1.0, "max")).frames(threading.Event()))


@pytest.fixture
def following(tmp_path, monkeypatch):
    """A folder that is followed; `next` gives the next look."""
    monkeypatch.setattr(folder, "POLL_S", 0.01)
    put(tmp_path, named(0), seed=1)
    put(tmp_path, named(10), seed=2)
    return PictureFolder(str(tmp_path), Pace(1.0)).frames(threading.Event())


def test_it_begins_with_the_newest_and_follows(tmp_path, following):
    assert next(following).captured_at == NOON + timedelta(seconds=10)
    put(tmp_path, named(20))
    assert next(following).captured_at == NOON + timedelta(seconds=20)
    put(tmp_path / "later", named(30))
    found = next(following)
    assert (found.captured_at - NOON).total_seconds() == 30
    assert found.spacing_s == 10


def test_a_picture_that_is_still_being_written_is_waited_for(tmp_path, following):
    next(following)
    whole = jpeg(5)
    path = tmp_path / named(20)
    path.write_bytes(whole[:500])
    timer = threading.Timer(0.3, path.write_bytes, [whole])
    timer.start()
    found = next(following)
    timer.join()
    assert found.pixels.shape == (240, 320, 3)


def test_a_picture_from_before_is_no_look(tmp_path, following):
    next(following)
    put(tmp_path, named(5))
    put(tmp_path, named(25))
    assert (next(following).captured_at - NOON).total_seconds() == 25


def test_a_picture_that_is_gone_again_is_forgotten(tmp_path, following):
    next(following)
    (tmp_path / named(20)).write_bytes(b"\xff\xd8 half")
    threading.Timer(0.1, (tmp_path / named(20)).unlink).start()
    threading.Timer(0.2, put, [tmp_path, named(30)]).start()
    assert (next(following).captured_at - NOON).total_seconds() == 30


def test_an_upload_that_stops_is_a_camera_that_is_lost(following, monkeypatch):
    monkeypatch.setattr(folder, "SILENT_S", 0.1)
    monkeypatch.setattr(folder, "UNKNOWN_SPACING_S", 0.01)
    next(following)
    with pytest.raises(SourceLost, match="no new picture"):
        next(following)


def test_opened_again_it_goes_on_where_it_was(tmp_path, monkeypatch):
    monkeypatch.setattr(folder, "POLL_S", 0.01)
    put(tmp_path, named(0))
    source = PictureFolder(str(tmp_path), Pace(1.0))
    first = source.frames(threading.Event())
    next(first)
    first.close()
    put(tmp_path, named(30))
    assert (next(source.frames(threading.Event())).captured_at - NOON).total_seconds() == 30


def test_only_folders_that_changed_are_read(tmp_path, monkeypatch):
    put(tmp_path, named(0))
    old = NOON.timestamp() - 1000
    os.utime(tmp_path, (old, old))
    source = PictureFolder(str(tmp_path), Pace(1.0))
    assert len(source._new()) == 1
    monkeypatch.setattr(folder.os, "scandir", lambda _: pytest.fail("read again"))
    assert source._new() == []
