"""What plates say: kinds, provinces and letters dealt out evenly, the same for the same seed."""

from collections import Counter

import pytest

from studio.plates.numbers import LETTERS, PROVINCES, SHARES, is_held_out, kind_of, text_of

SEED = 5


def test_of_each_hundred_plates_every_kind_has_its_share():
    assert Counter(kind_of(number, SEED) for number in range(300, 400)) == SHARES


def test_every_province_and_letter_comes_as_often_as_the_others():
    texts = [text_of(number, "blue", SEED) for number in range(3200) if kind_of(number, SEED) == "blue"]
    for place, symbols in ((0, PROVINCES), (1, LETTERS)):
        counts = Counter(text[place] for text in texts)
        assert max(counts.values()) - min(counts[symbol] for symbol in symbols) <= 1


def test_no_plate_has_more_letters_than_are_issued():
    texts = [text_of(number, "blue", SEED) for number in range(200)]
    assert max(sum(symbol.isalpha() for symbol in text[2:]) for text in texts) == 2


def test_a_text_is_held_out_or_not_whatever_the_seed():
    texts = [text_of(number, "blue", SEED) for number in range(600)]
    assert sum(map(is_held_out, texts)) / 600 == pytest.approx(0.2, abs=0.05)
    assert is_held_out(texts[0]) == is_held_out(str(texts[0]))
