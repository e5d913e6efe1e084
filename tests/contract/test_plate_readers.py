"""What every plate reader does, whatever reads: on a rendered plate, and on nothing."""

from datetime import UTC, datetime

import cv2
import numpy as np
import pytest

from detectors.look import Frame
from detectors.plate_grammar import fit, open_grammar
from detectors.plate_net import NetPlateReader, open_nets
from detectors.plate_ocr import OcrPlateReader, TextFinder
from detectors.shipped import FOLDER
from studio.plates.crops import crop

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
CN = open_grammar("cn")
NOBODY = np.zeros((0, 4))
WIDE, HIGH, LEFT, TOP = 800, 500, 260, 180


@pytest.fixture(scope="module", params=["text recognition", "networks of our own"])
def reader(request):
    if request.param == "text recognition":
        return OcrPlateReader(TextFinder())
    return NetPlateReader(TextFinder(), open_nets(FOLDER))


@pytest.fixture(scope="module")
def street():
    """A frame with one plate, 180 px wide, its text, its corners and its vehicle's box."""
    jpeg, label = crop(0, 1)
    pixels = np.full((HIGH, WIDE, 3), 70, np.uint8)
    part = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    high, wide = part.shape[:2]
    pixels[TOP : TOP + high, LEFT : LEFT + wide] = part
    corners = (np.array(label.corners) + np.array((LEFT, TOP))) / (WIDE, HIGH)
    box = (LEFT / WIDE, TOP / HIGH, (LEFT + wide) / WIDE, (TOP + high) / HIGH)
    return Frame(pixels, NOON, NOON), label.text, corners, box


def test_a_plate_is_read_with_a_score_for_each_character(reader, street):
    frame, text, _, box = street
    reads = reader.read(frame, box, NOBODY)
    fits = [fit(CN, read.text, read.characters, hint=read.kind, rows=read.rows) for read in reads]
    assert text in {one.text for one in fits if one is not None}
    for read in reads:
        assert len(read.characters) == len(read.text)
        assert all(0 <= score <= 1 for score in read.characters)


def test_a_plate_is_said_to_be_where_it_is(reader, street):
    frame, _, corners, box = street
    quad = np.array(reader.read(frame, box, NOBODY)[0].quad)
    width = corners[1][0] - corners[0][0]
    assert np.abs(quad.mean(axis=0) - corners.mean(axis=0)).max() < 0.15 * width


def test_a_plate_outside_the_vehicles_box_is_not_its(reader, street):
    frame, _, _, _ = street
    assert reader.read(frame, (0.0, 0.0, 0.3, 1.0), NOBODY) == ()


def test_a_plate_of_a_nearer_vehicle_is_not_its(reader, street):
    frame, _, _, box = street
    nearer = np.array([[box[0] - 0.05, box[1] - 0.02, box[2] + 0.05, box[3] + 0.1]])
    assert reader.read(frame, box, nearer) == ()


def test_a_picture_without_writing_has_no_plate(reader):
    blank = Frame(np.full((HIGH, WIDE, 3), 70, np.uint8), NOON, NOON)
    assert reader.read(blank, (0.1, 0.1, 0.9, 0.9), NOBODY) == ()


def test_a_vehicle_outside_the_frame_has_no_plate(reader, street):
    assert reader.read(street[0], (1.1, 0.2, 1.4, 0.6), NOBODY) == ()
