"""Plates of all that stands before one camera: turns, and the frames that must be kept."""

import hashlib
from datetime import UTC, datetime, timedelta

import cv2
import numpy as np

from detectors import plate_watch, reading
from detectors.look import Frame
from detectors.plate_grammar import open_grammar
from detectors.plates import PlateRead, ScriptedReader
from detectors.things import Sight, Standing

CN = open_grammar("cn")
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
LEFT, RIGHT = (0.1, 0.4, 0.4, 0.8), (0.6, 0.4, 0.9, 0.8)


def car(name, box=LEFT, sight=Sight.STANDING):
    return Standing(
        id=name, label="car", score=0.9, box_xyxy=box, picture=b"", first_ground_xy=(0, 0),
        first_seen_at=NOON, last_seen_at=NOON, sight=sight,
    )  # fmt: skip


def read(box=LEFT, text="浙B8K236"):
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    quad = ((x - 0.05, y - 0.02), (x + 0.05, y - 0.02), (x + 0.05, y + 0.02), (x - 0.05, y + 0.02))
    return PlateRead(text=text, characters=(0.95,) * len(text), quad=quad)


def frame(second, grey=90):
    pixels = np.full((90, 160, 3), grey, np.uint8)
    pixels[0, 0] = second % 250
    return Frame(pixels, NOON + timedelta(seconds=second), NOON)


def looks(script, cars, frames, boxes=((LEFT),)):
    """The readings and what was kept, look by look."""
    reader = ScriptedReader(script)
    readings, done = {}, []
    for one in frames:
        seen = plate_watch.look(readings, one, cars, all_boxes=np.array(boxes), reader=reader, grammar=CN)
        readings = seen.readings
        done.append(seen)
    return done, reader


def test_a_vehicle_is_read_until_two_frames_agree_and_then_no_more():
    done, reader = looks([(read(),)] * 9, [car("a")], [frame(second) for second in range(6)])
    assert reader.runs == 2
    plate = reading.verdict(done[-1].readings["a"])
    assert (plate.text, plate.sure) == ("浙B8K236", True)


def test_the_frame_a_plate_names_is_the_one_that_was_handed_over():
    done, _ = looks([(read(),)] * 2, [car("a")], [frame(0), frame(1)])
    handed = {one.digest: one.jpeg for one in done if one.jpeg is not None}
    plate = reading.verdict(done[-1].readings["a"])
    assert plate.picture in handed
    assert plate.picture in done[-1].wanted
    assert hashlib.sha256(handed[plate.picture]).hexdigest() == plate.picture
    assert cv2.imdecode(np.frombuffer(handed[plate.picture], np.uint8), 1).shape == (90, 160, 3)


def test_a_frame_in_which_no_plate_was_read_is_not_kept():
    done, _ = looks([(read(text="顺丰速运"),)], [car("a")], [frame(0)])
    assert (done[0].jpeg, done[0].digest, done[0].wanted) == (None, "", frozenset())


def test_one_vehicle_is_read_a_look_and_whoever_was_never_tried_comes_first():
    cars = [car("a"), car("b", RIGHT)]
    script = [(), (read(RIGHT),), (), ()]
    done, reader = looks(script, cars, [frame(second) for second in range(2)], (LEFT, RIGHT))
    assert reader.runs == 2
    assert done[1].readings["b"].seen
    assert done[1].readings["a"].tries == 1


def test_what_is_hidden_is_not_read():
    _, reader = looks([(read(),)], [car("a", sight=Sight.OCCLUDED)], [frame(0), frame(1)])
    assert reader.runs == 0


def test_the_plate_of_a_nearer_neighbour_is_not_this_vehicles():
    nearer = (0.15, 0.5, 0.5, 0.95)
    done, _ = looks([(read(),)] * 3, [car("a")], [frame(0), frame(1)], (LEFT, nearer))
    assert reading.verdict(done[-1].readings["a"]) is None


def test_the_readings_of_what_is_gone_are_dropped():
    reader = ScriptedReader([(read(),)])
    boxes = np.array([LEFT])
    first = plate_watch.look({}, frame(0), [car("a")], all_boxes=boxes, reader=reader, grammar=CN)
    after = plate_watch.look(
        first.readings, frame(1), [], all_boxes=np.zeros((0, 4)), reader=reader, grammar=CN
    )
    assert first.wanted
    assert (after.readings, after.wanted) == ({}, frozenset())
