import hashlib
import threading
import time

import cv2
import msgspec
import numpy as np
import pytest
from factories import SMALL_WH, at
from parts_camera import CAR, EMPTY, PLAN, SOURCE, Plug, Post, every, street
from parts_video import write_video
from structlog.testing import capture_logs

from benchmarks.site import until
from edge.camera import Kept
from edge.evidence import BAR_PX
from edge.sources import Pace, ScriptedSource, VideoSource
from models.errors import SourceLost, SourceUnusable
from models.plan import parse_plan
from models.records import (
    BlindReason,
    CameraBlind,
    CameraHealth,
    CameraSees,
    CameraState,
    EndedBy,
    PictureRole,
    PlateSource,
    StayBegan,
    StayContinues,
    StayEnded,
    StayOverstayed,
    Trail,
)

WIDTH, HEIGHT = SMALL_WH


@pytest.fixture
def post(tmp_path):
    made = Post(tmp_path)
    yield made
    made.spool.close()


def kinds(records):
    return [type(record) for record in records]


def size_of(jpeg):
    height, width = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR).shape[:2]
    return width, height


def roles(record):
    return [picture.role for picture in record.pictures]


def test_a_stay_is_told_from_its_beginning_to_its_end(post):
    post.see(every(1, 0, 8, CAR) + every(1, 8, 13, EMPTY))
    began, overstayed, ended, blind = post.said()
    assert kinds([began, overstayed, ended, blind]) == [StayBegan, StayOverstayed, StayEnded, CameraBlind]
    assert began.began_at == overstayed.began_at == at(0)
    assert (overstayed.dwell_s, overstayed.overstayed_at) == (5, at(5))
    assert (ended.ended_at, ended.ended_by, ended.stood_s) == (at(8), EndedBy.LEFT, 8)
    assert began.stay_id == overstayed.stay_id == ended.stay_id
    assert (began.place, began.policy, began.label) == ("Harbour Road 1", "fire-lane", "car")
    assert (began.plate.text, began.plate.source) == ("浙B12345", PlateSource.ASSUMED)


def test_an_overstay_is_proven_by_three_pictures_and_leaving_by_a_fourth(post):
    post.see(every(1, 0, 8, CAR) + every(1, 8, 13, EMPTY))
    began, overstayed, ended, _ = post.said()
    assert roles(began) == []
    assert roles(overstayed) == [PictureRole.ARRIVAL, PictureRole.OVERSTAY, PictureRole.CLOSE_UP]
    assert roles(ended) == [*roles(overstayed), PictureRole.EMPTY]
    assert [picture.captured_at for picture in ended.pictures] == [at(0), at(5), at(5), at(12)]


def test_every_picture_is_in_the_spool_under_its_hash_and_can_be_looked_at(post):
    post.see(every(1, 0, 8, CAR) + every(1, 8, 13, EMPTY))
    kept = post.pictures()
    named = {picture.sha256: picture for record in post.said()[:3] for picture in record.pictures}
    assert kept.keys() == named.keys()
    for sha256, jpeg in kept.items():
        assert hashlib.sha256(jpeg).hexdigest() == sha256
        assert len(jpeg) == named[sha256].bytes
        width, height = size_of(jpeg)
        if named[sha256].role is PictureRole.CLOSE_UP:
            assert (width, height) == pytest.approx((0.26 * WIDTH, 0.26 * HEIGHT), abs=2)
        else:
            assert (width, height) == (WIDTH, HEIGHT + BAR_PX)


def test_a_stay_that_is_short_proves_nothing_and_leaves_nothing_behind(post):
    post.see(every(1, 0, 4, CAR) + every(1, 4, 9, EMPTY))
    assert kinds(post.said()) == [StayBegan, StayEnded, CameraBlind]
    assert post.pictures() == {}
    assert post.spool.recall(f"arrival/{post.said()[0].stay_id}") is None


def test_an_overstay_that_goes_on_is_said_now_and_then(post):
    post.see(every(5, 0, 130, CAR))
    assert kinds(post.said()) == [StayBegan, StayOverstayed, StayContinues, StayContinues, CameraBlind]
    assert [record.stood_s for record in post.said()[2:4]] == [65, 125]


def test_the_end_of_a_recording_is_said_and_ends_no_stay(post):
    camera = post.see(every(1, 0, 8, CAR))
    assert kinds(post.said()) == [StayBegan, StayOverstayed, CameraBlind]
    assert post.said()[-1].reason is BlindReason.END_OF_RECORDING
    assert camera.health().state is CameraState.ENDED
    assert not camera.failed


def test_a_restart_goes_on_with_the_same_stay_and_its_dwell(post):
    post.see(every(1, 0, 4, CAR))
    post.see(every(1, 4, 8, CAR) + every(1, 8, 13, EMPTY))
    said = post.said()
    assert kinds(said) == [StayBegan, CameraBlind, CameraSees, StayOverstayed, StayEnded, CameraBlind]
    stays = [record for record in said if hasattr(record, "stay_id")]
    assert len({record.stay_id for record in stays}) == 1
    # One second between the last look before and the first look after was blind: it does not count.
    assert stays[1].overstayed_at == at(6)
    assert roles(stays[1]) == [PictureRole.ARRIVAL, PictureRole.OVERSTAY, PictureRole.CLOSE_UP]
    assert stays[1].pictures[0].captured_at == at(0)
    assert roles(stays[2])[-1] is PictureRole.EMPTY


def test_hours_without_a_look_neither_count_nor_end_a_stay(post):
    post.see(every(1, 0, 4, CAR))
    post.see(every(1, 7200, 7203, CAR))
    assert kinds(post.said())[-2:] == [StayOverstayed, CameraBlind]
    assert post.said()[-2].overstayed_at == at(7202)


def test_the_same_recording_says_the_same_things_under_the_same_names(post, tmp_path):
    other = Post(tmp_path / "other")
    looks = every(1, 0, 8, CAR) + every(1, 8, 13, EMPTY)
    post.see(looks)
    other.see(looks)
    assert [event.id for event in post.events()] == [event.id for event in other.events()]
    other.spool.close()


def test_a_memory_of_another_version_is_put_aside(post):
    post.spool.remember("north-gate", msgspec.msgpack.encode({"memory": "of an elephant"}))
    post.see(every(1, 0, 8, CAR))
    assert kinds(post.said()) == [StayBegan, StayOverstayed, CameraBlind]


def test_a_clock_that_goes_back_ends_what_it_cannot_time_and_starts_afresh(post):
    with capture_logs() as lines:
        post.see(every(1, 1000, 1004, CAR) + every(1, 0, 8, CAR))
    began, ended, again, overstayed, _ = post.said()
    assert kinds([began, ended, again, overstayed]) == [StayBegan, StayEnded, StayBegan, StayOverstayed]
    assert (ended.stay_id, ended.ended_by) == (began.stay_id, EndedBy.UNKNOWN)
    assert (again.began_at, overstayed.stay_id) == (at(0), again.stay_id)
    assert "the clock went back, starting afresh" in [line["event"] for line in lines]


def test_a_live_camera_waits_for_a_clock_that_was_set_back_a_little(post):
    looks = [*every(1, 0, 6, CAR), *every(1, 3, 12, CAR)]
    plug = Plug([[street(what, second) for second, what in looks]], SourceLost("the end"))
    camera = post.camera(looks, source=plug)
    stop = threading.Event()
    running = threading.Thread(target=camera.run, args=(stop,))
    running.start()
    until(lambda: camera.health().state is CameraState.LOST, what="the end")
    stop.set()
    running.join(timeout=5)
    assert camera.health().looks == 13
    told = [record for record in post.said() if not isinstance(record, CameraBlind)]
    assert kinds(told) == [StayBegan, StayOverstayed]


def test_a_zone_that_was_taken_out_of_the_plan_ends_its_stay_and_the_camera_goes_on(post):
    post.see(every(1, 0, 8, CAR))
    post.plan = parse_plan(PLAN.replace("fire-lane-1", "fire-lane-2"), "plan.toml")
    camera = post.see(every(1, 8, 16, CAR))
    began, overstayed, _, ended, _, again, over_again, _ = post.said()
    assert kinds([began, overstayed, ended]) == [StayBegan, StayOverstayed, StayEnded]
    assert (ended.stay_id, ended.zone, ended.ended_by) == (began.stay_id, "fire-lane-1", EndedBy.UNKNOWN)
    assert (again.zone, over_again.zone, again.began_at) == ("fire-lane-2", "fire-lane-2", at(0))
    assert camera.health().detail == "the recording is over"


def test_a_zone_that_was_redrawn_elsewhere_tells_nobody_to_leave(post):
    post.see(every(1, 0, 3, CAR))
    elsewhere = "[[0.0, 0.0], [0.1, 0.0], [0.1, 0.1], [0.0, 0.1]]"
    text = PLAN.replace("[[0.3, 0.3], [0.7, 0.3], [0.7, 0.7], [0.3, 0.7]]", elsewhere)
    post.plan = parse_plan(text.replace("Harbour Road 1", "Harbour Road 2"), "plan.toml")
    post.see(every(1, 3, 20, CAR))
    stays = [record for record in post.said() if not isinstance(record, CameraBlind | CameraSees)]
    assert kinds(stays) == [StayBegan, StayEnded]
    assert "the plan was changed" in stays[1].why
    assert stays[1].place == stays[0].place == "Harbour Road 1"
    assert "found in its place, looking the same" in {one.what for one in stays[1].reasons}


def test_a_zone_remembered_by_a_version_with_other_keys_stops_no_camera(post):
    post.see(every(1, 0, 3, CAR))
    memory = msgspec.msgpack.decode(post.spool.recall("north-gate"), type=Kept)
    other = msgspec.structs.replace(memory, zones={"fire-lane-1": '{"id": "fire-lane-1", "colour": "red"}'})
    post.spool.put([], [], [("north-gate", msgspec.msgpack.encode(other))])
    post.plan = parse_plan(PLAN.replace("fire-lane-1", "fire-lane-2"), "plan.toml")
    camera = post.see(every(1, 3, 8, CAR))
    assert camera.health().detail == "the recording is over"
    assert post.said()[-2].zone == "fire-lane-2"


def test_a_plan_with_another_address_keeps_its_stays(post):
    post.see(every(1, 0, 3, CAR))
    post.plan = parse_plan(PLAN.replace("Harbour Road 1", "Harbour Road 2"), "plan.toml")
    post.see(every(1, 3, 8, CAR))
    stays = [record for record in post.said() if not isinstance(record, CameraBlind | CameraSees)]
    assert kinds(stays) == [StayBegan, StayOverstayed]
    assert (stays[0].stay_id, stays[1].place) == (stays[1].stay_id, "Harbour Road 2")


def test_a_black_picture_is_blind_and_stands_still_for_the_stay(post):
    black = [street(EMPTY, second) for second in range(4, 8)]
    for item in black:
        item.pixels[:] = 0
    frames = (
        [street(CAR, second) for second in range(4)] + black + [street(CAR, second) for second in (8, 9, 10)]
    )
    source = ScriptedSource(frames)
    camera = post.camera([(0, CAR)] * 20, source=source)
    camera.run(threading.Event())
    assert kinds(post.said()) == [StayBegan, CameraBlind, CameraSees, StayOverstayed, CameraBlind]
    assert post.said()[1].reason is BlindReason.BLACK
    assert post.said()[3].overstayed_at == at(10)
    assert camera.health().network_runs == 7


def test_a_lost_camera_backs_off_and_says_blind_once(post):
    plug = Plug([[street(CAR, 0), street(CAR, 1)]], SourceLost("cable pulled"))
    camera = post.camera([(0, CAR), (1, CAR)], source=plug)
    stop = threading.Event()
    running = threading.Thread(target=camera.run, args=(stop,))
    began = time.monotonic()
    running.start()
    until(lambda: camera.health().reconnects >= 2, what="two attempts")
    assert time.monotonic() - began > 0.9
    health = camera.health()
    stop.set()
    running.join(timeout=5)
    assert (health.state, health.detail, health.looks) == (CameraState.LOST, "cable pulled", 2)
    assert kinds(post.said()) == [CameraBlind]
    assert (post.said()[0].reason, post.said()[0].since) == (BlindReason.NO_FRAMES, at(1))
    assert not camera.failed


def test_a_camera_that_comes_back_sees_and_goes_on_with_its_stay(post):
    turns = [
        [street(CAR, second) for second in range(4)],
        [street(CAR, second) for second in range(60, 64)],
    ]
    plug = Plug(turns, SourceLost("cable pulled"))
    camera = post.camera([(0, CAR)] * 8, source=plug)
    stop = threading.Event()
    running = threading.Thread(target=camera.run, args=(stop,))
    running.start()
    until(lambda: camera.health().looks == 8, what="all looks")
    until(lambda: camera.health().state is CameraState.LOST, what="a second loss")
    stop.set()
    running.join(timeout=5)
    assert kinds(post.said()) == [StayBegan, CameraBlind, CameraSees, StayOverstayed, CameraBlind]
    assert len({record.stay_id for record in post.said() if hasattr(record, "stay_id")}) == 1


def test_a_camera_that_refuses_us_is_asked_again_much_later(post):
    plug = Plug([], SourceUnusable("unauthorised"))
    camera = post.camera([], source=plug)
    stop = threading.Event()
    running = threading.Thread(target=camera.run, args=(stop,))
    running.start()
    until(lambda: camera.health().state is CameraState.UNUSABLE, what="being refused")
    assert camera.failed
    stop.set()
    running.join(timeout=5)
    assert not running.is_alive()
    assert plug.opened == 1


def test_a_broken_recording_ends_and_says_why(post):
    source = VideoSource("/nowhere/street.mp4", Pace(1.0, "max"))
    camera = post.camera([], source=source, address="/nowhere/street.mp4")
    camera.run(threading.Event())
    assert camera.failed
    assert "/nowhere/street.mp4: no such file" in camera.health().detail
    assert post.said() == []


def test_being_told_to_stop_is_not_the_end_of_a_recording(post):
    stop = threading.Event()

    class Stopping(ScriptedSource):
        def frames(self, stop):
            for number, item in enumerate(super().frames(stop)):
                if number == 4:
                    stop.set()
                    return
                yield item

    looks = every(1, 0, 8, CAR)
    source = Stopping([street(what, second) for second, what in looks])
    camera = post.camera(looks, source=source)
    camera.run(stop)
    assert kinds(post.said()) == [StayBegan]
    assert camera.health().state is CameraState.SEEING
    post.see(every(1, 4, 8, CAR))
    assert kinds(post.said())[:2] == [StayBegan, StayOverstayed]
    assert post.said()[1].overstayed_at == at(5)


def test_health_tells_no_credentials(post):
    address = "rtsp://admin:hunter2@127.0.0.1:1/stream"
    camera = post.camera([], source=VideoSource(address), address=address)
    stop = threading.Event()
    with capture_logs() as lines:
        running = threading.Thread(target=camera.run, args=(stop,))
        running.start()
        until(lambda: camera.health().state is CameraState.LOST, what="the camera being lost")
        stop.set()
        running.join(timeout=10)
    health = camera.health()
    assert health.source == "rtsp://127.0.0.1:1/stream"
    assert "127.0.0.1:1" in health.detail
    for text in (str(health), str(lines)):
        assert "hunter2" not in text
        assert "admin" not in text


def test_a_long_reason_still_fits_the_status(post):
    plug = Plug([], SourceLost("x" * 5000))
    camera = post.camera([], source=plug)
    stop = threading.Event()
    running = threading.Thread(target=camera.run, args=(stop,))
    running.start()
    until(lambda: camera.health().state is CameraState.LOST, what="the camera being lost")
    stop.set()
    running.join(timeout=5)
    health = camera.health()
    assert msgspec.json.decode(msgspec.json.encode(health), type=CameraHealth) == health


def test_a_full_spool_costs_observations_loudly_and_never_the_camera(post):
    post.spool.limit_pages(12)
    with capture_logs() as lines:
        camera = post.see(every(1, 0, 8, CAR))
    assert camera.health().looks == 8
    assert "observations lost" in [line["event"] for line in lines]


def test_the_live_view_gets_a_picture_and_a_look(tmp_path):
    post = Post(tmp_path, preview_interval_s=0.000001)
    post.see(every(1, 0, 7, CAR))
    pictures = [data for kind, data in post.told if kind == "picture"]
    trails = [msgspec.json.decode(data, type=Trail) for kind, data in post.told if kind == "trail"]
    assert len(pictures) == len(trails) == 7
    assert size_of(pictures[0]) == SMALL_WH
    assert [(item.zone, item.phase) for item in trails[-1].objects] == [("fire-lane-1", "overstayed")]
    assert trails[-1].objects[0].standing_s == 6
    post.spool.close()


def test_without_a_wish_for_it_nothing_is_shown(post):
    post.see(every(1, 0, 3, CAR))
    assert post.told == []


def test_a_drawn_video_is_looked_at_like_any_camera(post, tmp_path):
    def draw(second):
        return street(CAR if second < 8 else EMPTY, second).pixels

    path = write_video(tmp_path / "street.mp4", draw=draw, seconds=13)
    camera = post.camera(
        every(1, 0, 8, CAR) + every(1, 8, 13, EMPTY), source=VideoSource(str(path), Pace(1.0, "max"))
    )
    camera.run(threading.Event())
    assert kinds(post.said()) == [StayBegan, StayOverstayed, StayEnded, CameraBlind]
    assert post.said()[2].stood_s == pytest.approx(8, abs=0.01)
    assert post.events()[0].source == SOURCE
    assert post.events()[0].recordedtime > post.events()[0].time


def test_two_zones_over_one_place_have_a_stay_each(tmp_path):
    second = (
        PLAN.split("[[zone]]")[1].replace("fire-lane-1", "fire-lane-2").replace("dwell_s = 5", "dwell_s = 3")
    )
    post = Post(tmp_path, plan=PLAN + "[[zone]]" + second)
    post.see(every(1, 0, 8, CAR))
    overstays = [record for record in post.said() if isinstance(record, StayOverstayed)]
    assert {(record.zone, record.overstayed_at) for record in overstays} == {
        ("fire-lane-1", at(5)),
        ("fire-lane-2", at(3)),
    }
    post.spool.close()


def test_a_look_that_fails_in_a_way_nobody_foresaw_loses_the_camera_and_not_its_thread(post):
    class Poisoned(ScriptedSource):
        is_recording = False

        def frames(self, stop):
            yield street(CAR, 0)
            stop.set()
            raise ZeroDivisionError("in a library")

    stop = threading.Event()
    camera = post.camera([(0, CAR)], source=Poisoned([]))
    camera.run(stop)
    health = camera.health()
    assert health.state is CameraState.LOST
    assert "ZeroDivisionError('in a library')" in health.detail
