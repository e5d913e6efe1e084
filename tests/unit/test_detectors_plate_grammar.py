"""Which texts are plates, and which misreadings may be put right."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.plate_grammar import (
    BUNDLED,
    REPAIR_FACTOR,
    SAME_FACTOR,
    Grammar,
    fit,
    open_grammar,
    read_grammar,
)
from models.errors import ConfigurationError

CN, EU, GENERIC = (open_grammar(name) for name in ("cn", "eu", "generic"))

PLATES = {
    "浙B8K236": "blue",
    "沪AD12345": "green",
    "沪AF71017": "green",
    "粤B12345D": "green-large",
    "鄂F8888警": "police",
    "WJ京93015": "armed",
    "WJ1693015": "armed",
    "使014578": "embassy",
    "224578使": "embassy",
    "沪A0023领": "consulate",
    "粤ZF023港": "hk-macao",
    "川A1234学": "trainer",
    "鲁H52W1挂": "trailer",
}

OWN = """
name = "own"
title = "our county"
alike = ["8B", "0DQ"]
[set]
letter = "ABDQ"
digit = "0123456789"
[[kind]]
name = "car"
title = "car"
forms = ["letter digit*3"]
"""


def plate(text, grammar=CN, **more):
    return fit(grammar, text, [0.9] * len(text), **more)


@pytest.mark.parametrize(("text", "kind"), PLATES.items())
def test_every_chinese_kind_is_known_by_what_it_says(text, kind):
    found = plate(text)
    assert (found.text, found.kind, found.repairs) == (text, kind, 0)


@pytest.mark.parametrize("kind", ["yellow", "yellow-double", "motorcycle", "moped", "blue"])
def test_kinds_that_say_the_same_are_told_apart_by_the_readers_hint(kind):
    assert plate("浙B8K236", hint=kind).kind == kind


def test_a_hint_that_does_not_fit_what_was_read_is_not_followed():
    assert plate("鄂F8888警", hint="blue").kind == "police"


def test_two_rows_of_seven_characters_are_a_lorrys_plate():
    assert plate("浙B8K236", rows=2).kind == "yellow-double"


@pytest.mark.parametrize("text", ["浙B·8K236", "浙B 8K236", " 浙b-8k236", "浙Ｂ８Ｋ２３６"])
def test_dots_spaces_cases_and_widths_mean_nothing(text):
    assert plate(text).text == "浙B8K236"


@pytest.mark.parametrize("text", ["", "B8K236", "浙浙B8K236", "13805740001", "顺丰速运95338", "浙BABCDE"])
def test_other_writing_is_no_plate(text):
    assert plate(text) is None


def test_a_read_i_or_o_can_only_have_been_one_or_nought():
    found = plate("浙BOI236")
    assert (found.text, found.repairs) == ("浙B01236", 2)
    assert found.characters == pytest.approx((0.9, 0.9, 0.9 * SAME_FACTOR, 0.9 * SAME_FACTOR, 0.9, 0.9, 0.9))


def test_a_repair_is_made_where_exactly_one_plate_is_left_and_costs_score():
    found = plate("使0145B8")
    assert (found.text, found.repairs) == ("使014588", 1)
    assert found.characters[5] == pytest.approx(0.9 * REPAIR_FACTOR)
    assert found.characters[4] == 0.9


def test_a_repair_is_no_choice():
    # A nought where a letter must stand may have been a D or a Q.
    assert plate("浙012345") is None


def test_what_reads_as_a_plate_is_never_repaired():
    for text in PLATES:
        assert plate(text).text == text


def test_more_than_two_repairs_make_no_plate():
    assert plate("使B14578").text == "使814578"
    assert plate("使BSZ578") is None


@given(st.text(alphabet="浙京使警学WJ0O1I8B2Z5S6GDQA3479港", max_size=9))
def test_a_repaired_text_is_a_plate_itself_and_no_score_rises(text):
    found = fit(CN, text, [0.5] * len(text))
    if found is not None:
        again = fit(CN, found.text, found.characters)
        assert again is not None
        assert (again.text, again.repairs) == (found.text, 0)
        assert max(found.characters) <= 0.5
        assert len(found.characters) == len(found.text)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("AB-123-CD", "fr-it"),
        ("1234 BCD", "es"),
        ("1-ABC-234", "be"),
        ("WOB ZK 295", "de"),
        ("GÖ L 1234", "de"),
        ("ABC 123", "se-lt-hu"),
    ],
)
def test_european_plates_are_known(text, kind):
    assert plate(text, EU).kind == kind


@pytest.mark.parametrize("text", ["PARKING", "12345678", "TAXI"])
def test_words_and_numbers_are_no_plate_anywhere(text):
    assert plate(text, EU) is None
    assert plate(text, GENERIC) is None


def test_the_generic_grammar_repairs_nothing():
    assert plate("B0B123", GENERIC).repairs == 0


def test_a_grammar_knows_every_character_that_stands_on_its_plates():
    assert {"浙", "警", "Z", "0"} <= CN.characters
    assert not {"I", "O", "·"} & CN.characters
    assert "Ü" in EU.characters


def test_every_grammar_that_ships_is_sound():
    assert {file.stem for file in BUNDLED.glob("*.toml")} == {"cn", "eu", "generic"}
    for file in BUNDLED.glob("*.toml"):
        assert isinstance(read_grammar(file), Grammar)


def test_a_citys_own_grammar_comes_before_ours(tmp_path):
    (tmp_path / "own.toml").write_text(OWN, encoding="utf-8")
    own = open_grammar("own", tmp_path)
    assert plate("A12B", own).text == "A128"
    (tmp_path / "cn.toml").write_text(OWN.replace('"own"', '"cn"'), encoding="utf-8")
    assert open_grammar("cn", tmp_path).title == "our county"
    assert open_grammar("eu", tmp_path).title == EU.title


@pytest.mark.parametrize(
    ("wrong", "right", "said"),
    [
        ("letter digit*3", "leter digit*3", "no set 'leter'; did you mean 'letter'?"),
        ("letter digit*3", "letter digit*three", "is no item"),
        ("letter digit*3", "letter digit*30", "repeats wrongly"),
        ("letter digit*3", "letter digit", "no form of 4 to 12 characters"),
        ('title = "our county"', 'titel = "our county"', "titel"),
        ('name = "own"', 'name = "other"', "name it 'own'"),
        ("[set]", '[same]\n"A" = "A"\n[set]', "is no other single character"),
    ],
)
def test_a_fault_in_a_grammar_is_told_with_what_to_do(tmp_path, wrong, right, said):
    file = tmp_path / "own.toml"
    file.write_text(OWN.replace(wrong, right), encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        read_grammar(file)
    assert said in str(caught.value)
    assert str(file) in str(caught.value)


def test_an_unknown_grammar_is_told_with_the_nearest(tmp_path):
    with pytest.raises(ConfigurationError, match="known: cn, eu, generic"):
        open_grammar("xx", tmp_path)
