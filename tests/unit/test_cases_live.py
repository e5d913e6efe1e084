"""The live board: the last picture and look of each camera, replaced whole."""

import factories
import msgspec

from cases.live import LiveBoard
from models.records import Trail

NORTH, SOUTH = "/harbour/box-1/north-gate", "/harbour/box-2/south-gate"


def test_nothing_shown_is_nothing_seen(tmp_path):
    board = LiveBoard(tmp_path / "live")
    assert board.cameras() == []
    assert board.picture(NORTH) is None
    assert board.trail(NORTH) is None


def test_the_last_picture_of_each_camera_is_shown(tmp_path):
    board = LiveBoard(tmp_path)
    for source, jpeg in ((SOUTH, b"1"), (NORTH, b"2"), (NORTH, b"3")):
        board.show_picture(source, jpeg)
    assert board.cameras() == [NORTH, SOUTH]
    assert (board.picture(NORTH), board.picture(SOUTH)) == (b"3", b"1")


def test_the_last_look_is_shown_beside_it(tmp_path):
    board = LiveBoard(tmp_path)
    trail = Trail(camera="north-gate", at=factories.NOON)
    board.show_trail(NORTH, msgspec.json.encode(trail))
    assert board.trail(NORTH) == trail


def test_a_writer_that_died_half_way_is_no_camera(tmp_path):
    board = LiveBoard(tmp_path)
    board.show_picture(NORTH, b"whole")
    (tmp_path / "harbour" / "box-1" / ".south.jpg.0a1b").write_bytes(b"ha")
    assert board.cameras() == [NORTH]


def test_nothing_is_left_beside_a_picture(tmp_path):
    board = LiveBoard(tmp_path)
    for _ in range(3):
        board.show_picture(NORTH, b"x")
    assert [path.name for path in (tmp_path / "harbour" / "box-1").iterdir()] == ["north-gate.jpg"]
