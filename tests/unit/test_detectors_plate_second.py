"""What a second reader says to each character that the first one read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.plate_grammar import open_grammar
from detectors.plate_second import Word, opposites, words

CN = open_grammar("cn")
SAME, OTHER, UNSEEN = Word.SAME, Word.OTHER, Word.UNSEEN


def test_what_both_read_is_the_same_and_a_province_is_never_contradicted():
    assert words(CN, "浙BK3456", "浙B·K3456") == (SAME,) * 7
    assert words(CN, "浙BK3456", "BK3456") == (UNSEEN, *[SAME] * 6)
    assert words(CN, "浙BK3456", "新BK3456") == (UNSEEN, *[SAME] * 6)


def test_a_misread_character_is_another_although_readers_confuse_the_two():
    assert words(CN, "蒙L07Y28", "蒙LC7Y28")[2] is OTHER
    assert words(CN, "蒙L07Y28", "LC7Y28") == (UNSEEN, SAME, OTHER, *[SAME] * 4)


def test_a_character_the_other_left_out_is_unseen():
    assert words(CN, "晋E4T597", "晋ET597") == (SAME, SAME, UNSEEN, *[SAME] * 4)


def test_what_stands_on_no_plate_is_no_other_character():
    assert words(CN, "浙BD3456", "浙B口3456")[2] is UNSEEN
    assert words(CN, "浙B03456", "浙BO3456")[2] is SAME


def test_a_word_at_the_end_is_not_contradicted_either():
    assert words(CN, "浙B1234警", "浙B1234")[-1] is UNSEEN


def test_a_digit_stands_opposite_a_letter_sooner_than_opposite_a_word():
    """A D that the second reader takes for a 0, beside province and word that it does not see."""
    assert words(CN, "粤V233D学", "V2330") == (UNSEEN, SAME, SAME, SAME, SAME, OTHER, UNSEEN)


@pytest.mark.parametrize(
    ("text", "other", "found"),
    [
        ("ABC", "ABC", "ABC"),
        ("ABC", "AXC", "AXC"),
        ("ABC", "AC", "A C"),
        ("ABC", "XXABC", "ABC"),
        ("ABC", "", "   "),
    ],
)
def test_the_cheapest_alignment_says_what_stands_opposite(text, other, found):
    assert opposites(text, other) == found


@given(st.text("浙B8K236", max_size=8), st.text("浙B8K236", max_size=10))
def test_opposites_are_of_the_other_text_in_its_order(text, other):
    found = opposites(text, other)
    assert len(found) == len(text)
    rest = iter(other)
    assert all(one in rest for one in found if one != " ")
    assert opposites(text, text) == text
