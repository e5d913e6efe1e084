"""The report's figures: counted by the database, and counted again row by row."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from parts_report import put, recount

from cases.database import Database
from cases.policy import Policy
from cases.states import OPEN_STATES
from cases.statistics.making import make
from cases.statistics.page import html, percent, span
from cases.statistics.period import Period, parse_period
from cases.statistics.plain import plain
from cases.statistics.records import Lights, OnTime, Share
from cases.tables import cases, deadlines, metadata, notices
from models.errors import ConfigurationError

BERLIN = ZoneInfo("Europe/Berlin")
CHANGE = datetime(2026, 10, 25, 1, 0, tzinfo=UTC)
"""Clocks in Berlin go back from 03:00 to 02:00."""
NOW = CHANGE + timedelta(days=9)
AUTUMN = Period(since=CHANGE - timedelta(days=7), until=CHANGE + timedelta(days=7), zone=BERLIN)


@pytest.fixture(scope="module")
def ledger():
    made = Database("sqlite://")
    metadata.create_all(made.engine)
    yield made
    made.close()


@pytest.fixture
def database(ledger):
    empty(ledger)
    return ledger


moments = st.one_of(
    st.integers(-14 * 86_400_000_000, 14 * 86_400_000_000),
    st.sampled_from(
        [0, -1, 1, 3_600_000_000, -3_600_000_000, 999_999, -7 * 86_400_000_000, 7 * 86_400_000_000]
    ),
).map(lambda us: CHANGE + timedelta(microseconds=us))
short = st.integers(-2_000_000, 4 * 3600 * 1_000_000).map(lambda us: timedelta(microseconds=us))


POLICIES = {
    name: Policy(name=name, matter="m", unit="u", **more).model_dump(mode="json")
    for name, more in {
        "fire-lane": {},
        "no-parking": {"lights": {"yellow_after_days": 0.5, "red_after_days": 2.25, "overdue_after_days": 9}},
        "no-stall": {"lights": {"clock": "working"}},
    }.items()
}
AREAS = ["", "/city", "/city/north", "/city/north/grid-1", "/city/north/grid-10", "/city/south", "/村/格"]


@st.composite
def duties(draw):
    """One deadline of a case."""
    done_at = draw(st.one_of(st.none(), moments))
    return {
        "name": draw(st.sampled_from(["order", "accept", "archive"])),
        "unit": draw(st.sampled_from(["fire-brigade", "traffic-police"])),
        "area_path": draw(st.sampled_from(AREAS)),
        "due_at": draw(moments),
        "done_at": done_at,
        "outcome": None if done_at is None else draw(st.sampled_from(["kept", "missed"])),
    }


@st.composite
def histories(draw):
    """One case as it may stand in a ledger, clocks that jump and all; and its notices."""
    opened = draw(moments)
    recorded = opened + draw(short)
    state = draw(
        st.sampled_from(
            [
                *sorted(OPEN_STATES),
                "closed",
                "closed",
                "closed",
                "archived",
                "dismissed",
                "dismissed",
                "merged",
            ]
        )
    )
    ended = state in {"closed", "archived", "dismissed", "merged"}
    ways = ["left", "left", "left", "unknown", "towed", "handled", "exempt"]
    way = draw(st.sampled_from(ways if state != "dismissed" else ["false_alarm", "exempt", None]))
    policy = draw(st.sampled_from(sorted(POLICIES)))
    camera = draw(st.sampled_from(["/harbour/box/gate", "/harbour/box/north", ""]))
    case = {
        "state": state,
        "resolution": way if ended and state != "merged" else None,
        "policy": POLICIES[policy],
        "policy_digest": policy,
        "area_path": draw(st.sampled_from(AREAS)),
        "unit": draw(st.sampled_from(["fire-brigade", "traffic-police"])),
        "source": camera,
        "zone": draw(st.sampled_from(["z1", "z2"])),
        "place": draw(st.sampled_from(["Harbour Road 1", "海曙路1号", ""])),
        "opened_at": opened,
        "recorded_at": recorded,
        "closed_at": draw(st.one_of(moments, short.map(lambda after: opened + after))) if ended else None,
    }
    told = [
        {
            "state": draw(st.sampled_from(["accepted", "accepted", "refused", "intended"])),
            "after": draw(short),
        }
        for _ in range(draw(st.integers(0, 2)))
    ]
    noticed = [
        {
            "state": one["state"],
            "accepted_at": recorded + one["after"] if one["state"] == "accepted" else None,
        }
        for one in told
    ]
    return case, noticed, draw(st.lists(duties(), max_size=3))


def fill(database, found):
    with database.write() as connection:
        for number, (case, told, owed) in enumerate(found):
            case_id = f"case-{number}"
            put(connection, cases, {"id": case_id, "dedup_key": f"key-{number}"} | case)
            for step, notice in enumerate(told):
                row = {"id": f"{case_id}-{step}", "case_id": case_id, "step": f"s{step}"}
                put(connection, notices, row | notice)
            for duty in owed:
                put(connection, deadlines, {"case_id": case_id} | duty)


def empty(database):
    with database.write() as connection:
        for table in reversed(metadata.sorted_tables):
            connection.execute(table.delete())


@settings(max_examples=60, deadline=None)
@given(
    found=st.lists(histories(), max_size=12),
    zone=st.sampled_from(
        ["Europe/Berlin", "Asia/Shanghai", "America/St_Johns", "UTC", "Australia/Lord_Howe"]
    ),
)
def test_the_database_and_a_slow_recount_agree_on_every_figure(ledger, found, zone):
    period = Period(since=AUTUMN.since, until=AUTUMN.until, zone=ZoneInfo(zone))
    empty(ledger)
    fill(ledger, found)
    with ledger.read() as connection:
        slow = recount(connection, period, NOW)
    assert make(ledger, period, NOW) == slow


def one(**changes):
    """A case that opened, was notified after a second and left after ten minutes."""
    opened = changes.pop("opened_at", CHANGE)
    case = {
        "state": "closed",
        "resolution": "left",
        "policy": POLICIES["fire-lane"],
        "policy_digest": "fire-lane",
        "unit": "fire-brigade",
        "source": "/harbour/box/gate",
        "zone": "z1",
        "place": "Harbour Road 1",
        "opened_at": opened,
        "recorded_at": opened,
        "closed_at": opened + timedelta(minutes=10),
    }
    return case | changes


def told(at):
    return [{"state": "accepted", "accepted_at": at}]


def test_an_empty_period_has_no_figures_and_no_error(database):
    report = make(database, AUTUMN, NOW)
    assert report.totals.opened == report.to_notice.count == report.same_day.of == 0
    assert report.to_notice.p99_s is report.same_day.ratio is report.to_close.mean_s is None
    assert (report.places, report.cameras, report.lights, report.on_time_by_unit) == ((), (), (), ())


def test_a_case_without_a_notice_counts_as_a_case_and_in_no_share_of_those_told(database):
    fill(database, [(one(), [], [])])
    report = make(database, AUTUMN, NOW)
    assert (report.totals.closed, report.notified.notified, report.to_notice.count) == (1, 0, 0)
    assert report.same_day == Share(1, 1)


def test_who_left_before_the_notice_did_not_leave_on_notice(database):
    fill(database, [(one(), told(CHANGE + timedelta(minutes=11)), [])])
    report = make(database, AUTUMN, NOW)
    assert report.notified.notified == 0
    assert report.to_notice.p50_s == 660


def test_a_false_alarm_that_somebody_was_told_of_is_an_error_and_nobody_who_stayed(database):
    fill(database, [(one(state="dismissed", resolution="false_alarm"), told(CHANGE), [])])
    report = make(database, AUTUMN, NOW)
    assert (report.notified.notified, report.notified.in_error) == (0, 1)
    assert report.cameras[0].share == Share(1, 1)


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"closed_at": CHANGE - timedelta(seconds=1)}, id="closed before it opened"),
        pytest.param({"closed_at": NOW + timedelta(seconds=1)}, id="closed in the future"),
        pytest.param({"recorded_at": CHANGE + timedelta(hours=1)}, id="notified before it was seen"),
    ],
)
def test_clocks_that_contradict_each_other_are_said_and_spoil_no_duration(database, wrong):
    fill(database, [(one(**wrong), told(CHANGE + timedelta(seconds=1)), []), (one(), [], [])])
    report = make(database, AUTUMN, NOW)
    assert (report.totals.opened, report.totals.odd_clocks) == (2, 1)
    assert (report.to_notice.count, report.to_close.count) == (0, 1)
    assert "clocks that contradict" in html(report)


def test_the_hour_that_comes_twice_counts_twice_and_both_are_one_day(database):
    first, second = CHANGE - timedelta(minutes=30), CHANGE + timedelta(minutes=30)
    fill(database, [(one(opened_at=first), [], []), (one(opened_at=second), [], [])])
    report = make(database, AUTUMN, NOW)
    assert report.hours[6 * 24 + 2] == 2  # Sunday, from 02:00
    assert report.same_day == Share(2, 2)
    assert report.places[0].cases == 2


def test_the_same_day_is_the_day_there(database):
    opened = datetime(2026, 10, 26, 22, 55, tzinfo=UTC)
    fill(database, [(one(opened_at=opened), [], [])])
    assert make(database, AUTUMN, NOW).same_day == Share(0, 1)  # 23:55 to 00:05 in Berlin
    in_utc = Period(since=AUTUMN.since, until=AUTUMN.until, zone=ZoneInfo("UTC"))
    assert make(database, in_utc, NOW).same_day == Share(1, 1)


def test_a_deadline_done_late_and_one_not_done_are_missed(database):
    due = {"name": "order", "unit": "fire-brigade", "area_path": "/city/north", "due_at": CHANGE}
    late, never = due | {"done_at": CHANGE + timedelta(seconds=1)}, due | {"done_at": None}
    running = due | {"due_at": NOW + timedelta(seconds=1), "done_at": None}
    fill(database, [(one(), [], [due | {"done_at": CHANGE}, late, never, running])])
    report = make(database, AUTUMN, NOW)
    fire_brigade = OnTime(name="fire-brigade", met=1, missed=2, running=1)
    assert report.on_time_by_unit == (fire_brigade,)
    assert [area.name for area in report.on_time_by_area] == ["/city", "/city/north"]
    assert fire_brigade.share.ratio == pytest.approx(1 / 3)


def test_lamps_turn_by_working_time_where_the_policy_says_so(database):
    """Seven hours a working day in China: from Friday noon to Monday noon is one day of work, not three."""
    friday, monday = datetime(2026, 11, 13, 4, tzinfo=UTC), datetime(2026, 11, 16, 4, tzinfo=UTC)
    standing = {"opened_at": friday, "state": "handling", "resolution": None, "closed_at": None}
    fill(database, [(one(**standing), [], [])])
    fill_one = one(**standing, policy=POLICIES["no-stall"], policy_digest="no-stall")
    with database.write() as connection:
        put(connection, cases, {"id": "other", "dedup_key": "other"} | fill_one)
    period = Period(since=friday, until=monday - timedelta(minutes=1), zone=BERLIN)
    assert make(database, period, monday).lights == (Lights(area="", green=1, yellow=1, red=0, overdue=0),)


def test_the_page_needs_nothing_from_outside_and_escapes_what_it_shows(database):
    fill(database, [(one(place="<script>alert(1)</script>"), told(CHANGE + timedelta(seconds=1)), [])] * 1)
    with database.write() as connection:
        put(connection, cases, {"id": "other", "dedup_key": "other"} | one(place="<script>alert(1)</script>"))
    page = html(make(database, AUTUMN, NOW))
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert not re.search(r"(?:https?:)?//|url\(|@import", page)


def test_the_page_of_an_empty_period_says_so(database):
    assert "No case opened in this period." in html(make(database, AUTUMN, NOW))


def test_json_has_seconds_and_shares(database):
    fill(database, [(one(), told(CHANGE + timedelta(milliseconds=1500)), [])])
    found = msgspec.json.decode(msgspec.json.encode(plain(make(database, AUTUMN, NOW))))
    assert found["to_notice"]["p99_s"] == 1.5
    assert found["same_day"] == {"part": 1, "of": 1, "share": 1.0}
    assert found["notified"]["share"] == 1.0
    assert found["resolutions"] == {"left": 1}


@pytest.mark.parametrize(
    ("since", "until", "begins", "ends"),
    [
        pytest.param(
            "2026-10-25", "2026-10-25", "2026-10-24T22:00", "2026-10-25T23:00", id="a day of 25 hours"
        ),
        pytest.param("2026-10-25T08:00", None, "2026-10-25T07:00", "2026-11-03T01:00", id="until now"),
        pytest.param(
            "2026-10-25T08:00+08:00", "2026-10-26", "2026-10-25T00:00", "2026-10-26T23:00", id="offset"
        ),
    ],
)
def test_dates_are_whole_days_there(since, until, begins, ends):
    period = parse_period(since, until, "Europe/Berlin", NOW)
    assert (period.since.replace(tzinfo=None).isoformat(timespec="minutes")) == begins
    assert (period.until.replace(tzinfo=None).isoformat(timespec="minutes")) == ends


@pytest.mark.parametrize(
    ("since", "until", "zone", "named"),
    [
        ("yesterday", None, "UTC", "--from"),
        ("2026-10-25", "2026-13-01", "UTC", "--to"),
        ("2026-10-25", "2026-10-24", "UTC", "--to"),
        ("2026-12-25", None, "UTC", "--to"),
        ("9999-12-31", "9999-12-31", "UTC", "--to"),
        ("2026-10-25", None, "Mars/Olympus", "--time-zone"),
    ],
)
def test_a_period_that_is_none_is_refused_with_the_option(since, until, zone, named):
    with pytest.raises(ConfigurationError, match=named):
        parse_period(since, until, zone, NOW)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(None, "–"), (0.25, "0.2 s"), (59.0, "59 s"), (150.0, "2.5 min"), (90_000.0, "1.0 d")],
)
def test_durations_read_as_people_say_them(seconds, said):
    assert span(seconds) == said


@pytest.mark.parametrize(
    ("ratio", "said"), [(None, "–"), (0.0, "0 %"), (1.0, "100 %"), (0.99999, "99.9 %"), (0.00001, "0.1 %")]
)
def test_a_share_is_all_or_nothing_only_when_it_is(ratio, said):
    assert percent(ratio) == said
