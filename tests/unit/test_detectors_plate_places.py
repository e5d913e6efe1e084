"""Lines of writing become rows, rows become plates, and a plate is cut out straight on."""

import numpy as np
import pytest

from detectors.plate_places import Crop, crop_of, height_px, places, straight, width_px


def line(left, top, width, height, slope=0.0):
    """Corners of a line of writing that rises by `slope`."""
    drop = -slope * width
    return np.array(
        [(left, top), (left + width, top + drop), (left + width, top + height + drop), (left, top + height)],
        float,
    )


def rows_of(lines):
    return [[len(row) for row in place.rows] for place in places(lines)]


def test_two_pieces_of_one_line_are_joined_from_left_to_right():
    (place,) = places([line(60, 10, 70, 20), line(10, 10, 40, 20)])
    assert [corners[0][0] for corners in place.rows[0]] == [10, 60]
    assert place.corners == pytest.approx(line(10, 10, 120, 20))


def test_pieces_of_a_slanting_line_are_joined_too():
    (place,) = places([line(10, 40, 40, 20, 0.25), line(56, 28.5, 70, 20, 0.25)])
    assert len(place.rows[0]) == 2


def test_two_rows_are_read_together_the_upper_first_and_each_alone_as_well():
    upper, lower = line(40, 10, 60, 18), line(10, 32, 120, 30)
    assert rows_of([lower, upper]) == [[1, 1], [1], [1]]
    together = places([lower, upper])[0]
    assert together.rows[0][0] is upper
    assert together.corners == pytest.approx(line(10, 10, 120, 52))


@pytest.mark.parametrize(
    "other",
    [
        line(300, 10, 60, 20),  # far to the right
        line(10, 200, 120, 20),  # far below
        line(140, 10, 200, 90),  # of another size
    ],
)
def test_writing_elsewhere_is_a_place_of_its_own(other):
    assert rows_of([line(10, 10, 120, 20), other]) == [[1], [1]]


def test_nothing_written_is_no_place():
    assert places([]) == []


def test_a_slanting_place_comes_out_straight():
    picture = np.zeros((80, 200, 3), np.uint8)
    corners = line(20, 50, 120, 20, 0.2)
    for share in np.linspace(0, 1, 400):
        x, y = corners[0] + share * (corners[1] - corners[0])
        picture[int(y) : int(y) + 20, int(x)] = 255
    shown = straight(picture, corners, (128, 40))
    assert shown.shape == (40, 128, 3)
    assert shown[4:36, 4:124].mean() > 240


def test_sides_are_means_of_opposite_ones():
    corners = np.array([(0, 0), (100, 0), (110, 40), (0, 30)], float)
    assert width_px(corners) == pytest.approx((100 + np.hypot(110, 10)) / 2)
    assert height_px(corners) == pytest.approx((30 + np.hypot(10, 40)) / 2)


def test_a_crop_knows_where_it_lies_in_the_frame():
    frame = np.zeros((100, 200, 3), np.uint8)
    crop = crop_of(frame, (0.25, 0.5, 0.75, 1.2))
    assert crop.pixels.shape == (50, 100, 3)
    quad = crop.quad(line(0, 0, 100, 50))
    assert quad == ((0.25, 0.5), (0.75, 0.5), (0.75, 1.0), (0.25, 1.0))


@pytest.mark.parametrize("box", [(0.5, 0.5, 0.52, 0.9), (1.1, 0.2, 1.5, 0.8), (-0.5, -0.5, 0.0, 0.0)])
def test_too_little_of_a_vehicle_is_no_crop(box):
    assert crop_of(np.zeros((100, 200, 3), np.uint8), box) is None


def test_a_crop_is_a_part_of_the_frame():
    assert isinstance(crop_of(np.zeros((100, 200, 3), np.uint8), (0, 0, 1, 1)), Crop)
