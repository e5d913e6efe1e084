"""Pictures for people outside a case: what is private is beyond recovery, the rest is as it was."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cases.evidence.blurring import CELLS, MARGIN, blurred

WIDTH, HEIGHT = 200, 100


def jpeg(pixels, quality=95):
    return cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()


def decoded(data):
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)


def written(text):
    pixels = np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
    cv2.putText(pixels, text, (20, 60), cv2.FONT_HERSHEY_SIMPLEX, 1, (0, 0, 0), 3)
    return pixels


def test_a_plate_can_no_more_be_told_from_another():
    """What is left of two plates differs by less than headlights, a shadow or the JPEG itself make of one."""
    box = (0.05, 0.3, 0.95, 0.7)
    one, other = (decoded(blurred(jpeg(written(text)), [box])) for text in ("B12345", "B73846"))
    assert cv2.absdiff(written("B12345"), written("B73846")).max() == 255
    assert cv2.absdiff(one, other).max() <= 16


def test_no_more_than_a_few_cells_of_a_box_are_left():
    noise = np.random.default_rng(1).integers(0, 255, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    inside = decoded(blurred(jpeg(noise), [(0.1, 0.1, 0.9, 0.9)]))[15:85, 30:170]
    again = cv2.resize(cv2.resize(inside, (CELLS * 2, CELLS * 2)), (140, 70))
    assert cv2.absdiff(inside, again).mean() < 6
    assert inside.std() < noise.std() / 4


def test_the_rest_stays_as_it_was():
    pixels = cv2.GaussianBlur(written("B12345"), (5, 5), 0)
    found = decoded(blurred(jpeg(pixels), [(0.0, 0.0, 0.2, 0.2)]))
    edge = round(0.2 * (1 + MARGIN) * WIDTH) + 8
    assert cv2.absdiff(found[:, edge:], pixels[:, edge:]).max() < 40


def test_nothing_private_is_the_same_bytes():
    data = jpeg(written("B12345"))
    assert blurred(data, []) is data


SIDE = st.floats(-0.5, 1.5)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(SIDE, SIDE, SIDE, SIDE), min_size=1, max_size=3))
def test_no_box_is_too_odd(boxes):
    assert decoded(blurred(jpeg(written("x")), boxes)).shape == (HEIGHT, WIDTH, 3)


@pytest.mark.parametrize("data", [b"", b"a letter", b"\xff\xd8 half"])
def test_what_is_no_picture_is_never_shown_unblurred(data):
    with pytest.raises(ValueError, match="no picture"):
        blurred(data, [(0, 0, 1, 1)])
