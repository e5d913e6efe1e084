"""Number plates: what they say, how they look, and sets of them as a camera catches them."""

import itertools

import cv2
import numpy as np
import pytest

from models.errors import ConfigurationError
from studio.plates.crop import LEAST_WIDTH_PX, MOST_WIDTH_PX, catch_of
from studio.plates.crops import crop, labels_of, samples, write_set
from studio.plates.glyphs import STROKE_MM, glyph
from studio.plates.numbers import LETTERS, PROVINCES, SHARES, is_held_out, kind_of, text_of
from studio.plates.picture import FORMS, plate_kind, plate_picture, plate_size_mm

SEED = 5
EXAMPLES = {
    "blue": "浙B8K236",
    "yellow-double": "京EA5331",
    "green": "沪AF71017",
    "green-large": "粤B12345D",
    "police": "鄂F8888警",
    "armed": "WJ京93015",
    "embassy": "使014578",
    "consulate": "沪A0023领",
    "hk-macao": "粤ZF023港",
    "trainer": "川A1234学",
    "trailer": "鲁H52W1挂",
}


@pytest.mark.parametrize(
    ("text", "vehicle", "kind"),
    [
        *((text, "", kind) for kind, text in EXAMPLES.items() if kind != "yellow-double"),
        ("浙B6T889", "lorry", "yellow"),
        ("浙B6T889", "bus", "yellow"),
        ("浙B6T889", "motorcycle", "motorcycle"),
        ("浙B6T889", "scooter", "moped"),
        ("浙AD06218", "bus", "green"),
        ("鄂F8888警", "van", "police"),
    ],
)
def test_a_plates_kind_follows_from_what_it_says_and_what_wears_it(text, vehicle, kind):
    assert plate_kind(text, vehicle=vehicle) == kind


def test_every_kind_has_its_share_of_a_set():
    assert set(SHARES) == set(FORMS)


def test_a_heavy_vehicle_has_a_yellow_plate():
    assert plate_kind("浙B6T889", heavy=True) == "yellow"


@pytest.mark.parametrize("kind", FORMS)
def test_a_plate_is_as_large_as_the_standard_says(kind):
    number = next(number for number in range(400) if kind_of(number, SEED) == kind)
    text = text_of(number, kind, SEED)
    assert len(text) == len(FORMS[kind].cells)
    assert plate_picture(text, kind).shape == (plate_size_mm(kind)[1], plate_size_mm(kind)[0], 3)


@pytest.mark.parametrize("kind", FORMS)
def test_no_glyph_touches_another_or_the_rim(kind):
    width, height = plate_size_mm(kind)
    for left, top, wide, high in FORMS[kind].cells:
        assert 6 < left < left + wide < width - 6
        assert 6 < top < top + high < height - 6
    for one, other in itertools.combinations(FORMS[kind].cells, 2):
        apart = one[0] + one[2] <= other[0] or other[0] + other[2] <= one[0] or one[1] + one[3] <= other[1]
        assert apart


@pytest.mark.parametrize("character", [*LETTERS, *"0123456789"])
def test_a_glyph_fills_its_cell_with_strokes_of_one_width(character):
    ink = glyph(character, 90, 180) > 0.5
    rows = np.flatnonzero(ink.any(axis=1))
    assert rows[0] <= 2
    assert rows[-1] >= 177
    widest = cv2.distanceTransform(np.pad(ink.astype(np.uint8), 1), cv2.DIST_L2, 5).max()
    assert STROKE_MM * 0.9 < widest < STROKE_MM * 2


def test_glyphs_differ_from_each_other():
    drawn = [glyph(character, 45, 90) for character in (*LETTERS, *"0123456789", *PROVINCES)]
    apart = min(np.abs(one - other).mean() for one, other in itertools.combinations(drawn, 2))
    assert apart > 0.02


def test_the_word_police_is_red_on_white():
    picture = plate_picture("鄂F8888警", "police")[25:115, 380:424].reshape(-1, 3).astype(int)
    assert ((picture[:, 0] - picture[:, 1]) > 100).mean() > 0.2


def test_a_number_and_a_seed_always_give_the_same_crop():
    assert crop(17, SEED) == crop(17, SEED)
    assert crop(17, SEED)[0] != crop(17, SEED + 1)[0]


def test_a_plate_lies_within_its_crop_at_the_width_that_was_drawn():
    for number in range(30):
        _, label = crop(number, SEED)
        corners = np.array(label.corners)
        assert (corners > 0).all()
        assert (corners < label.size).all()
        middles = (corners[0] + corners[3]) / 2, (corners[1] + corners[2]) / 2
        assert np.hypot(*(middles[1] - middles[0])) == pytest.approx(label.catch.width_px, abs=0.1)


def test_all_widths_are_drawn_the_narrow_ones_as_often_per_octave():
    widths = [catch_of(np.random.default_rng(seed)).width_px for seed in range(1500)]
    assert LEAST_WIDTH_PX <= min(widths) < 26
    assert 190 < max(widths) <= MOST_WIDTH_PX
    assert np.mean(np.array(widths) < 70) == pytest.approx(0.5, abs=0.05)


def test_a_set_that_was_stopped_goes_on_where_it_was(tmp_path):
    whole, stopped = tmp_path / "whole", tmp_path / "stopped"
    assert [*write_set(whole, 6, SEED)] == [0, 1, 2, 3, 4, 5, 6]
    assert [*write_set(stopped, 3, SEED)][-1] == 3
    with (stopped / "labels.jsonl").open("ab") as labels:
        labels.write(b'{"file":"000/0000')
    assert [*write_set(stopped, 6, SEED)] == [3, 4, 5, 6]
    files = [file.relative_to(whole) for file in sorted(whole.rglob("*")) if file.is_file()]
    assert len(files) == 7
    assert all((whole / file).read_bytes() == (stopped / file).read_bytes() for file in files)


def test_a_folder_with_another_set_is_refused(tmp_path):
    [*write_set(tmp_path, 1, SEED)]
    with pytest.raises(ConfigurationError, match="seed"):
        [*write_set(tmp_path, 2, SEED + 1)]


def test_a_set_says_what_is_in_it(tmp_path):
    [*write_set(tmp_path, 4, SEED)]
    for number, label in enumerate(labels_of(tmp_path)):
        assert label.kind == kind_of(number, SEED)
        assert label.split == ("hold-out" if is_held_out(label.text) else "develop")
        assert cv2.imread(str(tmp_path / label.file)).shape[1::-1] == label.size
    assert {picture.shape for picture in samples(tmp_path, 1)} <= {(120, 320, 3)}
