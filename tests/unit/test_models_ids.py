"""Ids: the same fact has the same name, another fact another one."""

from datetime import timedelta, timezone
from uuid import UUID

import factories
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import ids

NOON = factories.NOON
NAMES = st.from_regex(r"\A[A-Za-z0-9][A-Za-z0-9_-]{0,9}\Z")
SHARES = st.integers(0, 1000).map(lambda n: n / 1000)
STAYS = st.tuples(
    NAMES.map(lambda name: f"/s/d/{name}"),
    NAMES,
    st.integers(0, 10**9).map(lambda ms: NOON + timedelta(milliseconds=ms)),
    st.tuples(SHARES, SHARES),
)


@given(STAYS, STAYS)
def test_stays_have_the_same_id_exactly_when_they_are_the_same(one, other):
    assert (ids.stay_id(*one) == ids.stay_id(*other)) == (one == other)


def test_an_id_is_a_uuid_and_never_changes():
    """Written down once: other ids would open every case of every device a second time."""
    assert ids.stay_id("/s/d/c", "z", NOON, (0.5, 0.5)) == "e995bd54-a48f-5121-8a4e-b203d8789a6f"
    assert UUID(ids.stay_id("/s/d/c", "z", NOON, (0.5, 0.5))).version == 5


def test_the_same_instant_in_another_offset_is_the_same_id():
    abroad = NOON.astimezone(timezone(timedelta(hours=8)))
    assert ids.alarm_id("/s/d/x", abroad) == ids.alarm_id("/s/d/x", NOON)


def test_a_time_without_offset_names_nothing():
    with pytest.raises(ValueError, match="no offset"):
        ids.alarm_id("/s/d/x", NOON.replace(tzinfo=None))


def test_two_vehicles_that_stop_in_one_look_have_two_ids():
    assert ids.stay_id("/s/d/c", "z", NOON, (0.4, 0.5)) != ids.stay_id("/s/d/c", "z", NOON, (0.6, 0.5))


def test_jitter_below_a_thousandth_of_the_frame_is_the_same_id():
    assert ids.stay_id("/s/d/c", "z", NOON, (0.40001, 0.5)) == ids.stay_id("/s/d/c", "z", NOON, (0.4, 0.5))


def test_kinds_of_ids_do_not_meet():
    found = {
        ids.alarm_id("a", NOON),
        ids.event_id("a", "b", NOON),
        ids.case_id("a", "b"),
        ids.notice_id("a", "b", "c"),
        ids.notice_id("a", "b", "d"),
        ids.notice_id("a", "c", "c"),
        ids.case_id("a", "c"),
        ids.event_id("a", "c", NOON),
        ids.event_id("a", "b", NOON + timedelta(milliseconds=1)),
    }
    assert len(found) == 9
