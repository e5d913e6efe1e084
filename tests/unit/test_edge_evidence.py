import hashlib
import json

import cv2
import msgspec
import numpy as np
import pytest
from factories import NOON, SMALL_WH, at, found, frame, texture
from hypothesis import given, settings
from hypothesis import strategies as st
from parts_camera import CAR, PLACE, PLAN, Post, every

from detectors.look import Frame
from detectors.watch import Looked, Memory
from edge import evidence, trails
from edge.evidence import BAR_PX
from models.plan import parse_plan
from models.records import PictureRole, Trail

ZONE = parse_plan(PLAN, "plan.toml").zones[0]
WIDTH, HEIGHT = SMALL_WH
LOOK = frame(texture(3), 0)


def decoded(jpeg):
    return cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)


def test_a_panorama_is_the_whole_view_with_a_bar_below():
    proof = evidence.panorama(PictureRole.OVERSTAY, LOOK, ZONE, PLACE, "north-gate")
    assert decoded(proof.jpeg).shape == (HEIGHT + BAR_PX, WIDTH, 3)
    assert proof.picture.role is PictureRole.OVERSTAY
    assert proof.picture.sha256 == hashlib.sha256(proof.jpeg).hexdigest()
    assert (proof.picture.captured_at, proof.picture.bytes) == (NOON, len(proof.jpeg))


def test_a_panorama_has_the_zone_drawn_in_and_leaves_the_frame_as_it_was():
    before = LOOK.pixels.copy()
    proof = evidence.panorama(PictureRole.ARRIVAL, LOOK, ZONE, PLACE, "north-gate")
    blue, _, red = decoded(proof.jpeg)[round(0.3 * HEIGHT), round(0.5 * WIDTH)].astype(int)
    assert red > blue + 60
    assert (LOOK.pixels == before).all()


def test_a_close_up_is_the_vehicle_with_a_margin():
    jpeg = evidence.close_up(LOOK, PLACE).jpeg
    height, width = decoded(jpeg).shape[:2]
    assert (width, height) == pytest.approx((0.26 * WIDTH, 0.26 * HEIGHT), abs=2)


BOXES = [
    pytest.param((-0.2, -0.1, 0.3, 0.3), id="left and above"),
    pytest.param((0.8, 0.9, 1.4, 1.2), id="right and below"),
    pytest.param((1.2, 1.2, 1.5, 1.5), id="outside"),
    pytest.param((-1.0, -1.0, -0.5, -0.5), id="outside on the other side"),
    pytest.param((0.5, 0.5, 0.5, 0.5), id="a point"),
    pytest.param((0.6, 0.6, 0.4, 0.4), id="turned over"),
    pytest.param((-1.0, -1.0, 2.0, 2.0), id="larger than the frame"),
]


@pytest.mark.parametrize("box", BOXES)
def test_a_box_partly_or_wholly_outside_still_gives_pictures(box):
    assert decoded(evidence.close_up(LOOK, box).jpeg).size > 0
    assert decoded(evidence.panorama(PictureRole.EMPTY, LOOK, ZONE, box, "gate").jpeg).shape[1] == WIDTH


SIDE = st.floats(-1, 2)


@settings(max_examples=60, deadline=None)
@given(st.tuples(SIDE, SIDE, SIDE, SIDE), st.integers(1, 40), st.integers(1, 40))
def test_no_box_and_no_size_of_frame_is_too_odd(box, width, height):
    look = Frame(np.zeros((height, width, 3), np.uint8), NOON, NOON)
    assert decoded(evidence.close_up(look, box).jpeg).size > 0
    assert decoded(evidence.panorama(PictureRole.EMPTY, look, ZONE, box, "gate").jpeg).shape[:2] == (
        height + BAR_PX,
        width,
    )


@pytest.mark.parametrize("name", ["", "宁波北门", "a" * 500, "100 %s {}\n\t\x00", "\u202e🚒"])
def test_a_caption_may_hold_any_name(name):
    proof = evidence.panorama(PictureRole.ARRIVAL, LOOK, ZONE, PLACE, name)
    assert decoded(proof.jpeg) is not None


@pytest.mark.parametrize(("width", "shown"), [(1920, 960), (960, 960), (320, 320)])
def test_a_preview_is_small(width, shown):
    pixels = np.zeros((width // 2, width, 3), np.uint8)
    assert decoded(evidence.preview(pixels)).shape == (shown // 2, shown, 3)


def trail_of(memory, detections):
    looked = Looked(memory=memory, detections=detections)
    return msgspec.json.decode(trails.encode("north-gate", at(0), looked, ()), type=Trail)


def test_a_trail_of_nothing_is_empty():
    trail = trail_of(Memory(), found())
    assert (trail.camera, trail.at, trail.objects, trail.zones) == ("north-gate", at(0), (), ())


def test_what_passes_is_shown_as_passing():
    trail = trail_of(Memory(), found(((0.1, 0.2, 0.3, 0.4), "truck", 0.7)))
    (item,) = trail.objects
    assert (item.label, item.score, item.box_xyxy, item.phase) == (
        "truck",
        0.7,
        (0.1, 0.2, 0.3, 0.4),
        "passing",
    )


def test_what_stands_is_shown_once_with_its_stay_and_the_zones_are_drawn(tmp_path):
    post = Post(tmp_path, preview_interval_s=1e-6)
    post.see(every(1, 0, 4, CAR))
    trail = json.loads(next(data for kind, data in reversed(post.told) if kind == "trail"))
    assert [(item["zone"], item["phase"], item["standing_s"]) for item in trail["objects"]] == [
        ("fire-lane-1", "began", 3.0)
    ]
    assert [zone["zone"] for zone in trail["zones"]] == ["fire-lane-1"]
    post.spool.close()
