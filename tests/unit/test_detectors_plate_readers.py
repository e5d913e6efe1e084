"""Both plate readers over stand-ins for their networks: what is cut out, joined, asked twice and kept."""

from datetime import UTC, datetime
from types import SimpleNamespace

import numpy as np
import pytest
import rapidocr

from detectors import plate_ocr
from detectors.look import Frame
from detectors.plate_grammar import fit, open_grammar
from detectors.plate_net import NetPlateReader, PlateNets, open_nets, region_around, shared, tensor
from detectors.plate_ocr import LEAST_SIDE_PX, MOST_SIDE_PX, OcrPlateReader, TextFinder
from detectors.plate_opening import open_plate_reader
from models.errors import ConfigurationError

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
FRAME = Frame(np.full((400, 800, 3), 90, np.uint8), NOON, NOON)
CAR = (0.25, 0.25, 0.75, 0.75)  # 400 x 200 px
NOBODY = np.zeros((0, 4))
CN = open_grammar("cn")


def box(left, top, right, bottom):
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom)], float)


class Finder:
    """Finds given lines, fractions of what it is shown, and reads them in order of their widths.

    `again` is what it reads of the plates that it is shown straightened, one after the other.
    """

    def __init__(self, *lines, again=()):
        self._lines, self._again, self.sizes = lines, again, []
        self._texts = iter(())

    def lines(self, pixels):
        high, wide = pixels.shape[:2]
        self.sizes.append((wide, high))
        # As readers do, the widest is asked for first.
        order = sorted(self._lines, key=lambda line: line[0][0] - line[0][2])
        self._texts = iter([*(text for _, text in order), *self._again])
        return [box(*corners) * (wide, high) for corners, _ in self._lines]

    def text(self, line):
        assert line.shape[0] == 48
        text = next(self._texts)
        return text, (0.9,) * len(text)


def test_a_line_of_writing_is_read_and_placed_in_the_frame():
    finder = Finder(((0.4, 0.8, 0.6, 0.9), "浙B·8K236"))
    (read,) = OcrPlateReader(finder).read(FRAME, CAR, NOBODY)
    assert (read.text, read.rows, len(read.characters)) == ("浙B·8K236", 1, 8)
    assert np.array(read.quad) == pytest.approx(box(0.45, 0.65, 0.55, 0.70))
    assert fit(CN, read.text, read.characters).text == "浙B8K236"


def test_two_rows_are_one_text_read_from_above():
    finder = Finder(((0.42, 0.70, 0.54, 0.80), "京E"), ((0.38, 0.82, 0.58, 0.95), "A5331"))
    first = OcrPlateReader(finder).read(FRAME, CAR, NOBODY)[0]
    assert (first.text, first.rows) == ("京EA5331", 2)
    assert fit(CN, first.text, first.characters, rows=first.rows).kind == "yellow-double"


def test_two_pieces_of_a_line_are_one_text():
    finder = Finder(((0.40, 0.8, 0.45, 0.9), "浙B"), ((0.47, 0.8, 0.60, 0.9), "8K236"))
    (read,) = OcrPlateReader(finder).read(FRAME, CAR, NOBODY)
    assert read.text == "浙B8K236"


def test_writing_in_the_box_of_a_nearer_vehicle_is_not_this_ones():
    finder = Finder(((0.4, 0.8, 0.6, 0.9), "浙B8K236"))
    nearer = np.array([[0.4, 0.5, 0.9, 0.95]])
    assert OcrPlateReader(finder).read(FRAME, CAR, nearer) == ()


@pytest.mark.parametrize(("side", "searched"), [(0.05, LEAST_SIDE_PX), (0.4, 480), (1.0, MOST_SIDE_PX)])
def test_crops_are_searched_at_a_size_at_which_plates_can_be_read(side, searched):
    finder = Finder()
    OcrPlateReader(finder).read(FRAME, (0, 0, side, side), NOBODY)
    assert max(finder.sizes[0]) == pytest.approx(searched, abs=2)


def test_nothing_written_and_no_vehicle_are_no_read():
    assert OcrPlateReader(Finder()).read(FRAME, CAR, NOBODY) == ()
    assert OcrPlateReader(Finder()).read(FRAME, (1.2, 0.2, 1.5, 0.5), NOBODY) == ()


class Engine:
    """Answers as the text recognition library does, or fails as it does."""

    def __init__(self, *_args, trouble=None, **_params):
        self.trouble, self.answer = trouble, SimpleNamespace()

    def __call__(self, _pixels, **_wishes):
        if self.trouble is not None:
            raise self.trouble
        return self.answer


@pytest.fixture
def engine(monkeypatch):
    made = Engine()
    monkeypatch.setattr(rapidocr, "RapidOCR", lambda **_: made)
    return made


def test_each_character_has_the_score_the_library_gives_it(engine):
    words = SimpleNamespace(confs=[0.9, 0.8, 0.7])
    engine.answer = SimpleNamespace(txts=("浙B8",), scores=(0.8,), word_results=(words,))
    assert TextFinder().text(np.zeros((48, 99, 3), np.uint8)) == ("浙B8", (0.9, 0.8, 0.7))


def test_where_the_library_gives_too_few_the_lines_score_stands_for_all(engine):
    engine.answer = SimpleNamespace(txts=("浙B8",), scores=(0.8,), word_results=(None,))
    assert TextFinder().text(np.zeros((48, 99, 3), np.uint8))[1] == (0.8, 0.8, 0.8)


def test_a_picture_the_library_fails_on_has_no_writing(engine):
    finder = TextFinder()
    engine.trouble = RuntimeError("out of order")
    assert finder.lines(np.zeros((64, 64, 3), np.uint8)) == []
    assert finder.text(np.zeros((48, 64, 3), np.uint8)) == ("", ())


def test_a_library_that_cannot_start_is_a_fault_of_the_installation(engine):
    engine.trouble = FileNotFoundError("PP-OCR: no such file")
    with pytest.raises(ConfigurationError, match="reinstall"):
        TextFinder()


class Session:
    """A network that says the same whatever it sees."""

    def __init__(self, *answers):
        self._answers, self.seen = answers, []

    def run(self, _names, feeds):
        self.seen.append(next(iter(feeds.values())))
        return list(self._answers)


ALPHABET = "28368BK浙"


def nets(text, corners=((0.25, 0.3), (0.75, 0.3), (0.75, 0.7), (0.25, 0.7)), kind=0):
    shares = np.full((1, 8, len(ALPHABET) + 1), 0.01, np.float32)
    for place in range(8):
        known = ALPHABET.index(text[place]) if place < len(text) else len(ALPHABET)
        shares[0, place, known] = 0.92
    kinds = np.eye(2, dtype=np.float32)[[kind]]
    return PlateNets(
        Session(np.array([corners], np.float32)), Session(shares, kinds), ALPHABET, ("blue", "yellow")
    )


def test_our_own_networks_say_text_scores_kind_and_the_plates_corners():
    finder = Finder(((0.42, 0.8, 0.58, 0.9), "浙B8K236"))
    (read,) = NetPlateReader(finder, nets("浙B8K236", kind=1)).read(FRAME, CAR, NOBODY)
    assert (read.text, read.kind) == ("浙B8K236", "yellow")
    assert read.characters == pytest.approx((0.92,) * 7)
    # The regions are 1.6 writings and 1.5 plates wide, half as high; the plate is their middle half.
    assert read.quad[1][0] - read.quad[0][0] == pytest.approx(0.16 * 1.6 / 2 * 1.5 / 2 * 0.5)


def test_a_read_by_our_networks_carries_what_text_recognition_saw_there():
    lines = ((0.42, 0.70, 0.54, 0.80), "浙b"), ((0.38, 0.82, 0.58, 0.95), "8K2S6")
    finder = Finder(*lines, again=["浙B", "8k236", "浙B8K236", "浙B8K236"])
    reads = NetPlateReader(finder, nets("浙B8K236")).read(FRAME, CAR, NOBODY)
    (whole,) = (read for read in reads if read.rows == 2)
    assert sorted(whole.others[0]) == sorted("浙B8K2S6")
    assert whole.others[1] == "浙B8K236"
    alone = OcrPlateReader(finder).read(FRAME, CAR, NOBODY)
    assert {one.others for one in alone} == {()}


def test_the_corners_are_looked_for_once_more_around_what_was_found():
    finder = Finder(((0.42, 0.8, 0.58, 0.9), "浙B8K236"))
    right_half = ((0.5, 0.3), (0.9, 0.3), (0.9, 0.7), (0.5, 0.7))
    ours = nets("浙B8K236", right_half)
    reader = NetPlateReader(finder, ours)
    crop = np.full((200, 400, 3), 90, np.uint8)
    found = reader.locate(crop, box(168, 160, 232, 180))
    assert len(ours.corners.seen) == 2
    first = 200 + 0.2 * 1.6 * 64  # the middle of what was found in a region around the writing
    assert found[:, 0].mean() == pytest.approx(first + 0.2 * 1.5 * 0.4 * 1.6 * 64, abs=1)


def test_networks_know_only_the_plates_they_were_taught():
    taught = tuple(kind.name for kind in CN.kind)
    everything = "".join(CN.characters)
    assert PlateNets(None, None, everything, taught).know(CN)
    assert not PlateNets(None, None, everything.replace("警", ""), taught).know(CN)
    assert not PlateNets(None, None, everything, taught[1:]).know(CN)
    assert not PlateNets(None, None, everything + "IO", taught).know(open_grammar("generic"))


def test_what_only_a_network_taught_on_plates_sees_is_not_believed():
    finder = Finder(((0.42, 0.8, 0.58, 0.9), "SALE 50%"))
    assert NetPlateReader(finder, nets("浙B8K236")).read(FRAME, CAR, NOBODY) == ()


def test_the_other_reader_may_miss_the_province_and_confuse_some():
    finder = Finder(((0.42, 0.8, 0.58, 0.9), "B·BK2S6"), again=["浙B8K2S6"])
    (read,) = NetPlateReader(finder, nets("浙B8K236")).read(FRAME, CAR, NOBODY)
    assert read.others == ("B·BK2S6", "浙B8K2S6")


def test_the_straightened_plate_is_shown_only_where_the_line_did_not_say_it_all():
    finder = Finder(((0.42, 0.8, 0.58, 0.9), "浙B·8K236"), again=["never asked"])
    (read,) = NetPlateReader(finder, nets("浙B8K236")).read(FRAME, CAR, NOBODY)
    assert read.others == ("浙B·8K236",)


def test_what_stands_upright_is_no_plate():
    upright = ((0.4, 0.1), (0.5, 0.1), (0.5, 0.9), (0.4, 0.9))
    finder = Finder(((0.42, 0.8, 0.58, 0.9), "浙B8K236"))
    assert NetPlateReader(finder, nets("浙B8K236", upright)).read(FRAME, CAR, NOBODY) == ()


@pytest.mark.parametrize(
    ("one", "other", "count"), [("ABCD", "ABCD", 4), ("ABCD", "XBXD", 2), ("", "A", 0), ("AB", "BA", 1)]
)
def test_shared_characters_keep_their_order(one, other, count):
    assert shared(one, other) == count


def test_a_region_has_the_networks_shape_around_what_was_found():
    region = region_around(np.array((100.0, 50.0)), np.array((60.0, 40.0)), 1.5)
    assert region[2] - region[0] == pytest.approx((120, 60))
    assert region.mean(axis=0) == pytest.approx((100, 50))


def test_light_and_contrast_say_nothing_to_the_networks():
    chance = np.random.default_rng(1)
    picture = chance.integers(60, 120, (40, 128, 3)).astype(np.uint8)
    assert tensor(picture).shape == (1, 3, 40, 128)
    assert tensor(picture * 2) == pytest.approx(tensor(picture), abs=0.02)
    assert abs(tensor(np.full((40, 128, 3), 200, np.uint8))).max() == 0


def test_networks_that_are_missing_or_something_else_are_told_by_name(tmp_path):
    with pytest.raises(ConfigurationError, match=r"clearway-plate-corners\.onnx"):
        open_nets(tmp_path)
    (tmp_path / "clearway-plate-corners.onnx").write_bytes(b"nothing")
    with pytest.raises(ConfigurationError, match=r"is no network.*training\.plates"):
        open_nets(tmp_path)


def test_only_so_many_lines_of_one_vehicle_are_read():
    lettered = Finder(*(((0.1, k / 40, 0.9, k / 40 + 0.015), str(k)) for k in range(0, 40, 1)))
    crop_lines = plate_ocr.found_lines(lettered, SimpleNamespace(pixels=np.zeros((600, 600, 3), np.uint8)))
    assert len(crop_lines) == plate_ocr.MOST_LINES


def test_without_networks_of_our_own_text_recognition_reads_alone(engine, tmp_path):
    assert engine.trouble is None
    assert isinstance(open_plate_reader(CN, tmp_path), OcrPlateReader)


def test_the_networks_that_ship_read_chinese_plates(engine):
    assert engine.trouble is None
    assert isinstance(open_plate_reader(CN), NetPlateReader)


@pytest.mark.parametrize("name", ["eu", "generic"])
def test_plates_our_networks_were_not_taught_are_read_by_text_recognition(engine, name):
    assert engine.trouble is None
    assert isinstance(open_plate_reader(open_grammar(name)), OcrPlateReader)


def test_half_of_our_networks_is_a_fault_and_not_a_lesser_reader(engine, tmp_path):
    assert engine.trouble is None
    (tmp_path / "clearway-plates.onnx").write_bytes(b"half")
    with pytest.raises(ConfigurationError, match=r"clearway-plate-corners\.onnx"):
        open_plate_reader(CN, tmp_path)
