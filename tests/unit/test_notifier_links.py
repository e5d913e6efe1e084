"""The short link in a message."""

from datetime import timedelta
from uuid import UUID

import pytest
from factories import NOON, at
from hypothesis import given
from hypothesis import strategies as st

from notifier.links import DIGITS, EPOCH, BadLink, LinkExpired, Links

NOTICE = "0b0e3f6c-8f6f-5a6e-9a41-c1ea4a7c1ea4"
BASE = "https://way.example.org"
LINKS = Links(b"a key", BASE, days=14)
DAY = 86_400


def token(links=LINKS, notice=NOTICE, when=NOON):
    return links.make(notice, when).rpartition("/")[2]


def test_a_link_fits_into_a_message():
    link = LINKS.make(NOTICE, NOON)
    assert len(link.removeprefix(BASE)) == 40
    assert link.removeprefix(BASE + "/c/").isalnum()


@given(st.uuids(), st.integers(0, 3000), st.integers(1, 366))
def test_what_was_made_is_read_until_its_last_day_is_over(notice, day, days):
    links, made = Links(b"a key", BASE, days), EPOCH + timedelta(days=day, hours=13)
    made_token = token(links, str(notice), made)
    last = EPOCH + timedelta(days=day + days + 1) - timedelta(seconds=1)
    assert UUID(links.read(made_token, last).notice_id) == notice
    with pytest.raises(LinkExpired):
        links.read(made_token, last + timedelta(seconds=1))


@given(st.data())
def test_a_link_with_one_sign_changed_is_none(data):
    whole = token()
    place = data.draw(st.integers(0, len(whole) - 1))
    sign = data.draw(st.sampled_from(sorted(set(DIGITS) - {whole[place]})))
    with pytest.raises(BadLink) as raised:
        LINKS.read(whole[:place] + sign + whole[place + 1 :], NOON)
    assert not isinstance(raised.value, LinkExpired)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text):
    with pytest.raises(BadLink):
        LINKS.read(text, NOON)


def test_a_date_cannot_be_moved():
    with pytest.raises(BadLink):
        Links(b"another key", BASE, days=366).read(token(), NOON)


def test_links_of_the_key_before_are_still_read():
    renewed = Links(b"new", BASE, days=14, older=(b"a key",))
    assert renewed.read(token(), at(DAY)).notice_id == NOTICE
    with pytest.raises(BadLink):
        LINKS.read(token(renewed), NOON)
