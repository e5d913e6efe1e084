"""Two kinds of time: the wall clock, and working time with public holidays."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import ValidationError

from cases.clocks import OFFICE, Calendar, Clock, due_at, elapsed_s
from cases.lights import Light, Lights, light

BEIJING = ZoneInfo("Asia/Shanghai")
HOUR = 3600.0
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 1), timezones=st.just(UTC))  # noqa: DTZ001


def there(month, day, hour, minute=0, zone=BEIJING):
    return datetime(2026, month, day, hour, minute, tzinfo=zone)


@pytest.mark.parametrize(
    ("start", "hours", "due"),
    [
        pytest.param(there(11, 23, 9), 2, there(11, 23, 11), id="within a morning"),
        pytest.param(there(11, 23, 11), 2, there(11, 23, 14, 30), id="across lunch"),
        pytest.param(
            there(11, 23, 9), 3, there(11, 23, 12), id="to the last minute, not to the next morning"
        ),
        pytest.param(there(11, 27, 17), 1, there(11, 30, 9, 30), id="across a weekend"),
        pytest.param(there(11, 28, 3), 0, there(11, 30, 9), id="at once means when people are there"),
        pytest.param(there(9, 30, 17), 4, there(10, 8, 14), id="across the National Day week"),
        pytest.param(there(10, 10, 9), 1, there(10, 10, 10), id="a Saturday that makes up for a holiday"),
        pytest.param(there(2, 14, 16, 30), 2, there(2, 24, 10), id="across the Spring Festival"),
    ],
)
def test_working_time_is_counted_when_people_work(start, hours, due):
    assert due_at(start, hours * HOUR, Clock.WORKING) == due


def test_the_wall_clock_knows_no_weekend():
    assert due_at(there(11, 27, 17), 30, Clock.WALL) == there(11, 27, 17) + timedelta(seconds=30)


NIGHT = Calendar(
    timezone="Europe/Berlin", country="DE", hours=("00:00-24:00",), working_days=("2026-03-29", "2026-10-25")
)


@pytest.mark.parametrize(
    ("month", "day", "hours"), [pytest.param(3, 29, 23, id="spring"), pytest.param(10, 25, 25, id="autumn")]
)
def test_the_day_on_which_clocks_change_has_its_true_length(month, day, hours):
    berlin = ZoneInfo("Europe/Berlin")
    start, end = there(month, day, 0, zone=berlin), there(month, day, 0, zone=berlin) + timedelta(days=1)
    assert elapsed_s(start, end, Clock.WORKING, NIGHT) == hours * HOUR


def test_a_clock_that_jumped_back_has_let_no_time_pass():
    assert elapsed_s(there(11, 23, 10), there(11, 23, 9), Clock.WALL) == 0
    assert elapsed_s(there(11, 23, 10), there(11, 23, 9), Clock.WORKING) == 0


@given(start=MOMENTS, amount_s=st.floats(0, 200 * HOUR), clock=st.sampled_from(Clock))
def test_when_something_is_due_exactly_so_much_time_has_passed(start, amount_s, clock):
    due = due_at(start, amount_s, clock)
    assert due >= start
    assert elapsed_s(start, due, clock) == pytest.approx(amount_s, abs=1e-3)


@given(start=MOMENTS, one=st.floats(0, 100 * HOUR), more=st.floats(0, 100 * HOUR))
def test_more_time_is_never_due_earlier(start, one, more):
    assert due_at(start, one, Clock.WORKING) <= due_at(start, one + more, Clock.WORKING)


@given(start=MOMENTS, amount_s=st.floats(1, 100 * HOUR))
def test_nothing_of_the_working_clock_is_due_while_nobody_works(start, amount_s):
    due = due_at(start, amount_s, Clock.WORKING).astimezone(BEIJING)
    assert OFFICE.works_on(due.date())
    minutes = due.hour * 60 + due.minute
    assert 9 * 60 <= minutes <= 12 * 60 or 13 * 60 + 30 <= minutes <= 17 * 60 + 30


@given(times=st.lists(MOMENTS, min_size=3, max_size=3))
def test_time_adds_up(times):
    first, middle, last = sorted(times)
    assume(last - first < timedelta(days=120))
    parts = elapsed_s(first, middle, Clock.WORKING) + elapsed_s(middle, last, Clock.WORKING)
    assert parts == pytest.approx(elapsed_s(first, last, Clock.WORKING), abs=1e-3)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        pytest.param({"timezone": "Asia/Nowhere"}, "is no time zone", id="no such zone"),
        pytest.param({"country": "XX"}, "no public holidays are known of 'XX'", id="no such country"),
        pytest.param({"country": "CN", "subdivision": "ZZ"}, "'CN ZZ'", id="no such province"),
        pytest.param({"hours": ("9-17",)}, "write e.g. '09:00-17:30'", id="hours that cannot be read"),
        pytest.param({"hours": ("22:00-06:00",)}, "two spans across midnight", id="backwards"),
        pytest.param({"hours": ("09:00-12:00", "11:00-17:00")}, "sort them", id="hours that overlap"),
        pytest.param({"hours": ("09:00-09:10",)}, "less than one hour", id="nobody works"),
        pytest.param({"hours": ()}, "hours", id="none"),
    ],
)
def test_a_calendar_that_cannot_be_kept_is_refused(fields, says):
    with pytest.raises(ValidationError, match=says):
        Calendar(**fields)


def test_days_of_ones_own_win_over_the_library():
    own = Calendar(days_off=("2026-11-23",), working_days=("2026-11-22", "2026-10-01"))
    assert [
        own.works_on(datetime(2026, *day, tzinfo=UTC).date()) for day in ((11, 23), (11, 22), (10, 1))
    ] == [
        False,
        True,
        True,
    ]


@pytest.mark.parametrize(
    ("days", "shown"), [(0.9, "green"), (1, "yellow"), (2.9, "yellow"), (3, "red"), (5, "overdue")]
)
def test_a_light_turns_after_one_three_and_five_days(days, shown):
    start = there(11, 2, 9)
    assert light(start, start + timedelta(days=days)) == shown


def test_a_light_may_count_working_days():
    friday, monday = there(11, 27, 9), there(11, 30, 9)
    assert light(friday, monday, Lights(clock=Clock.WORKING)) is Light.YELLOW
    assert (
        light(friday, monday - timedelta(seconds=1), Lights(clock=Clock.WORKING, yellow_after_days=1.1))
        is Light.GREEN
    )
    assert light(friday, monday, closed=True) is Light.OFF


def test_lights_that_turn_in_no_order_are_refused():
    with pytest.raises(ValidationError, match="turn in no order"):
        Lights(yellow_after_days=4)
