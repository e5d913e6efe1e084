"""Hours in force: by the place's own clock, holidays and nights of clock changes included."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import ConfigurationError
from models.hours import country_fault, hours, hours_fault, timezone_fault

RUSH = "Mo-Fr 07:00-09:00,16:30-18:30; PH off"


def utc(*moment):
    return datetime(*moment, tzinfo=UTC)


def china(expression):
    return hours(expression, "Asia/Shanghai", "CN")


def berlin(expression):
    return hours(expression, "Europe/Berlin", "DE")


@pytest.mark.parametrize(
    ("at", "in_force"),
    [
        pytest.param(utc(2026, 11, 22, 23, 30), True, id="Monday 07:30 there is Sunday elsewhere"),
        pytest.param(utc(2026, 11, 23, 7, 30), False, id="07:30 of another place's clock"),
        pytest.param(utc(2026, 11, 23, 1, 0), False, id="the end is no part of it"),
        pytest.param(utc(2026, 11, 22, 23, 0), True, id="the beginning is"),
        pytest.param(utc(2026, 11, 21, 23, 30), False, id="a Sunday"),
        pytest.param(utc(2026, 9, 30, 23, 30), False, id="National Day, a Thursday"),
        pytest.param(utc(2026, 9, 29, 23, 30), True, id="the day before it"),
    ],
)
def test_a_rule_is_in_force_by_the_places_own_clock(at, in_force):
    assert china(RUSH).in_force(at) is in_force


def test_what_may_be_is_not_in_force():
    assert not china("24/7 unknown").in_force(utc(2026, 1, 1))
    assert china("24/7 unknown").seconds_in_force(utc(2026, 1, 1), utc(2026, 1, 2)) == 0


@pytest.mark.parametrize(
    ("expression", "days", "expected_h"),
    [
        pytest.param(RUSH, 7, 16, id="four working days: the fifth is a holiday"),
        pytest.param("24/7", 7, 168, id="always"),
        pytest.param("off", 7, 0, id="never"),
        pytest.param("22:00-06:00", 7, 56, id="over midnight"),
        pytest.param("PH 10:00-12:00", 7, 2, id="only on holidays"),
        pytest.param("2026 Sep 29-2026 Sep 30 08:00-10:00", 7, 4, id="on two dates"),
        pytest.param("24/7; 2026 Oct 1-7 off", 7, 72, id="but for a week of leave"),
    ],
)
def test_seconds_in_force_add_up_over_a_week(expression, days, expected_h):
    since = utc(2026, 9, 27, 16)  # Monday, midnight in Shanghai
    found_s = china(expression).seconds_in_force(since, since + timedelta(days=days))
    assert found_s == expected_h * 3600


@pytest.mark.parametrize(
    ("expression", "day", "expected_s"),
    [
        pytest.param("02:30-02:45", utc(2026, 10, 24, 22), 1800, id="a quarter that comes twice"),
        pytest.param("02:30-02:45", utc(2026, 3, 28, 22), 0, id="a quarter that never comes"),
        pytest.param("24/7", utc(2026, 10, 24, 22), 86_400, id="a day and a night"),
        pytest.param("01:00-04:00", utc(2026, 10, 24, 22), 4 * 3600, id="a long night"),
        pytest.param("01:00-04:00", utc(2026, 3, 28, 22), 2 * 3600, id="a short one"),
    ],
)
def test_nights_in_which_the_clock_is_changed_count_as_they_are(expression, day, expected_s):
    assert berlin(expression).seconds_in_force(day, day + timedelta(days=1)) == pytest.approx(expected_s)


MOMENTS = st.floats(0, 730).map(lambda days: utc(2026, 1, 1) + timedelta(days=days))
SPANS = st.floats(0, 10 * 86_400).map(lambda seconds: timedelta(seconds=seconds))
EXPRESSIONS = st.sampled_from([RUSH, "22:00-06:00", "02:30-02:45", "24/7"])
RULES = st.one_of(EXPRESSIONS.map(berlin), EXPRESSIONS.map(china))


@given(RULES, MOMENTS, SPANS, st.floats(0, 1))
def test_a_span_is_the_sum_of_its_parts(rule, since, span, share):
    middle, until = since + span * share, since + span
    parts = rule.seconds_in_force(since, middle) + rule.seconds_in_force(middle, until)
    assert parts == pytest.approx(rule.seconds_in_force(since, until), abs=1e-3)
    assert 0 <= parts <= span.total_seconds() + 1e-3


@given(RULES, MOMENTS)
def test_an_instant_in_force_is_time_in_force(rule, at):
    assert (rule.seconds_in_force(at, at + timedelta(milliseconds=1)) > 0) is rule.in_force(at)


@given(RULES, MOMENTS, SPANS)
def test_backwards_there_is_no_time(rule, since, span):
    assert rule.seconds_in_force(since, since - span) == 0


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        pytest.param(hours_fault("Mo-"), "from character 4 on; see https://", id="broken off"),
        pytest.param(hours_fault("7 to 9"), "cannot be read as opening hours", id="plain words"),
        pytest.param(hours_fault("sunrise-sunset"), "names the sunrise", id="the sun"),
        pytest.param(hours_fault("Mo-Fr 08:00-16:00; SH off"), "school holidays", id="school holidays"),
        pytest.param(timezone_fault("Asia/Shangai"), "is no time zone; use", id="a misspelt zone"),
        pytest.param(timezone_fault("../../etc/passwd"), "is no time zone; use", id="a path"),
        pytest.param(timezone_fault(""), "is no time zone; use", id="no zone"),
        pytest.param(country_fault("XX"), "is no country; use", id="no country"),
    ],
)
def test_what_cannot_be_meant_is_said_with_its_remedy(fault, says):
    assert says in fault


def test_a_comment_may_name_the_sun():
    assert hours_fault('Mo-Fr 08:00-16:00 "until sunset, SH too"') is None


@pytest.mark.parametrize(
    ("expression", "timezone", "country", "key"),
    [
        ("Mo-", "UTC", "CN", "hours"),
        ("24/7", "Mars/Base", "CN", "timezone"),
        ("24/7", "UTC", "XX", "country"),
    ],
)
def test_hours_that_cannot_be_made_are_a_fault_of_their_key(expression, timezone, country, key):
    with pytest.raises(ConfigurationError) as caught:
        hours(expression, timezone, country)
    assert [fault.key for fault in caught.value.faults] == [key]


@pytest.mark.parametrize(
    ("expression", "at", "ends"),
    [
        pytest.param("22:00-07:00", (2026, 11, 21, 15, 30), (2026, 11, 21, 23, 0), id="over midnight"),
        pytest.param("22:00-07:00", (2026, 11, 21, 4, 0), None, id="not in force"),
        pytest.param("24/7", (2026, 11, 21, 4, 0), None, id="for ever"),
        pytest.param(
            "22:00-24:00,00:00-07:00", (2026, 11, 21, 15, 30), (2026, 11, 21, 23, 0), id="two as one"
        ),
    ],
)
def test_hours_say_when_they_end(expression, at, ends):
    found = hours(expression, "Asia/Shanghai", "CN").ends_at(datetime(*at, tzinfo=UTC))
    assert found == (None if ends is None else datetime(*ends, tzinfo=UTC))


@pytest.mark.parametrize(
    ("at", "ends"),
    [
        pytest.param((2026, 10, 25, 0, 20), (2026, 10, 25, 0, 50), id="the first time it is twenty past two"),
        pytest.param((2026, 10, 25, 1, 20), (2026, 10, 25, 1, 50), id="the second time"),
    ],
)
def test_where_clocks_go_back_hours_end_at_the_time_that_comes_next(at, ends):
    end = hours("02:10-02:50", "Europe/Berlin", "DE").ends_at(datetime(*at, tzinfo=UTC))
    assert end == datetime(*ends, tzinfo=UTC)


@given(
    st.sampled_from(["22:00-07:00", "02:10-02:50", "01:30-03:30", "Mo-Fr 20:00-06:00; Su off"]),
    st.sampled_from([datetime(2026, 3, 28, tzinfo=UTC), datetime(2026, 10, 24, tzinfo=UTC)]),
    st.integers(0, 3 * 24 * 60),
)
def test_hours_end_where_they_say_also_in_the_nights_in_which_clocks_change(expression, day, minutes):
    rule = hours(expression, "Europe/Berlin", "DE")
    at = day + timedelta(minutes=minutes)
    end = rule.ends_at(at)
    if not rule.in_force(at):
        assert end is None
        return
    assert end > at
    assert not rule.in_force(end)
    between = [at + (end - at) * share / 16 for share in range(16)]
    assert all(rule.in_force(moment) for moment in between)
