import json
import pickle

import pytest

from notifier.numbers import mask, parse_phone

KEY = b"k" * 32


@pytest.mark.parametrize(
    ("text", "region", "e164", "shown"),
    [
        ("13800000001", "CN", "+8613800000001", "+86 138****0001"),
        ("138 0000 0001", "CN", "+8613800000001", "+86 138****0001"),
        ("+86 138-0000-0001", "DE", "+8613800000001", "+86 138****0001"),
        ("0086 13800000001", "CN", "+8613800000001", "+86 138****0001"),
        ("0574 8765 4321", "CN", "+8657487654321", "+86 574****4321"),
        ("202-555-0123", "US", "+12025550123", "+1 202****123"),
        ("+65 8123 4567", "CN", "+6581234567", "+65 81****67"),
    ],
)
def test_a_number_is_read_as_people_write_it_and_shown_only_masked(text, region, e164, shown):
    phone, doubt = parse_phone(text, region)
    assert phone.reveal() == e164
    assert phone.mask == str(phone) == shown
    assert doubt == ""


@pytest.mark.parametrize("text", ["", "abc", "12", "+86 138000000011111", "no number"])
def test_what_cannot_be_a_number_is_refused_without_repeating_it(text):
    with pytest.raises(ValueError, match=r"phone number") as caught:
        parse_phone(text, "CN")
    assert not text or text not in str(caught.value)


def test_a_number_of_a_range_for_films_is_kept_with_a_doubt():
    phone, doubt = parse_phone("+44 7700 900123", "CN")
    assert phone.reveal() == "+447700900123"
    assert doubt


@pytest.mark.parametrize("length", range(1, 16))
def test_a_mask_always_hides_at_least_four_digits_or_all(length):
    national = "123456789012345"[:length]
    shown = mask(86, national).removeprefix("+86 ")
    assert len(shown) == length
    assert shown.count("*") >= min(4, length)


def test_a_number_shows_itself_nowhere():
    phone, _ = parse_phone("13800000001", "CN")
    for shown in (repr(phone), str(phone), f"{phone}", repr([phone]), phone.token(KEY)):
        assert "13800000001" not in shown
    with pytest.raises(TypeError):
        pickle.dumps(phone)
    with pytest.raises(TypeError):
        json.dumps(phone)


def test_a_token_is_the_same_for_the_same_number_and_key_only():
    one, same, other = (
        parse_phone(text, "CN")[0] for text in ("13800000001", "+8613800000001", "13800000002")
    )
    assert one == same
    assert one.token(KEY) == same.token(KEY)
    assert one.token(KEY) != other.token(KEY)
    assert one.token(KEY) != one.token(b"another key")
    assert len(one.token(KEY)) == 20
