"""Overstays seen by a small stream are photographed in full by the main one."""

import cv2
import numpy as np
from factories import at, scene
from parts_camera import CAR, EMPTY, PLACE, Post, every

from detectors.look import Frame
from edge.closeup import Errands, ScriptedStills
from edge.still_desk import TRIES
from models.errors import SourceLost
from models.records import CameraBlind, PictureRole, StayBegan, StayContinues, StayEnded, StayOverstayed


def errands(stills):
    """Each still comes within the look that asks for it."""
    return Errands(stills, start=lambda work: work())


def in_full(car, seconds):
    """The main stream's picture: three times as large; with no car, of the empty street."""
    shown = scene() if car is None else scene((PLACE, car))
    large = cv2.resize(shown, None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC)
    return Frame(cv2.cvtColor(large, cv2.COLOR_GRAY2BGR), at(seconds), at(seconds))


def told(folder, stills, looks):
    """What the box says, and its pictures by hash, when its main stream gives these stills."""
    post = Post(folder, errands=errands(ScriptedStills(stills)))
    post.see(looks)
    said = [record for record in post.said() if not isinstance(record, CameraBlind)]
    pictures = post.pictures()
    post.spool.close()
    return said, pictures


def size_of(jpeg):
    height, width = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR).shape[:2]
    return width, height


def test_the_overstay_is_told_at_once_and_its_full_pictures_follow(tmp_path):
    said, pictures = told(tmp_path, [in_full(7, 5.5)], every(1, 0, 9, CAR))
    assert [type(record) for record in said] == [StayBegan, StayOverstayed, StayContinues]
    overstayed, full = said[1], said[2]
    new = [one for one in full.pictures if one.sha256 not in {old.sha256 for old in overstayed.pictures}]
    assert [one.role for one in new] == [PictureRole.OVERSTAY, PictureRole.CLOSE_UP]
    assert all(one.captured_at == at(5.5) for one in new)
    small = size_of(pictures[overstayed.pictures[1].sha256])
    assert size_of(pictures[new[0].sha256])[0] == 3 * small[0]
    assert full.why == "photographed by the main stream"
    assert {one.what for one in overstayed.reasons} <= {one.what for one in full.reasons} != set()


def test_a_still_of_another_vehicle_is_tried_again_and_proves_nothing(tmp_path):
    stills = [in_full(8, 5.5), in_full(7, 6.5)]
    said, _ = told(tmp_path, stills, every(1, 0, 9, CAR))
    (full,) = [record for record in said if isinstance(record, StayContinues)]
    assert {one.captured_at for one in full.pictures[-2:]} == {at(6.5)}


def test_a_still_of_the_empty_place_is_no_picture_of_the_vehicle_that_has_left(tmp_path):
    said, _ = told(tmp_path, [in_full(None, 6.5)] * 3, every(1, 0, 6, CAR) + every(1, 6, 8, EMPTY))
    assert [type(record) for record in said] == [StayBegan, StayOverstayed]


def test_after_a_few_tries_the_small_pictures_must_do(tmp_path):
    stills = ScriptedStills([in_full(8, second) for second in range(10)])
    post = Post(tmp_path, errands=errands(stills))
    post.see(every(1, 0, 15, CAR))
    assert not [record for record in post.said() if isinstance(record, StayContinues)]
    assert len(stills._frames) == 10 - TRIES
    post.spool.close()


def test_a_main_stream_that_cannot_be_had_costs_nothing_but_the_full_picture(tmp_path):
    post = Post(tmp_path, errands=errands(ScriptedStills([], SourceLost("no route"))))
    post.see(every(1, 0, 8, CAR) + every(1, 8, 13, EMPTY))
    said = [record for record in post.said() if not isinstance(record, CameraBlind)]
    assert [type(record) for record in said] == [StayBegan, StayOverstayed, StayEnded]
    post.spool.close()
