"""The ledger's benchmark: its city, and the big ledger made of a small one."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from benchmarks import ledger_build
from benchmarks.ledger_city import MONDAY, WEEK, city, week
from cases.database import Database
from cases.reading import Reading
from cases.statistics.making import make
from cases.statistics.period import parse_period
from cases.tables import cases, metadata

SEED = 8
COPIES = 6


@pytest.fixture(scope="module")
def big(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ledgers")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder))
        patch.setattr(ledger_build, "SEED_CASES", SEED)
        made = Database(f"sqlite:///{ledger_build.ledger_file(SEED * COPIES)}")
    yield made
    made.close()


def test_the_city_and_its_week_are_the_same_at_every_run():
    assert city() == city()
    assert week(50) == week(50)
    assert len({(spot.source, spot.zone) for spot in city()}) == len(city())
    assert all(MONDAY <= one.at < MONDAY + WEEK for one in week(200))


def test_the_big_ledger_holds_each_week_of_each_side_of_town_once(big):
    with big.read() as connection:
        numbers = connection.execute(select(func.count(), func.count(cases.c.id.distinct()))).one()
        weeks = connection.execute(select(cases.c.opened_at)).scalars().all()
        sides = connection.execute(select(func.substr(cases.c.source, 1, 3)).distinct()).scalars().all()
    assert numbers == (SEED * COPIES, SEED * COPIES)
    assert {(MONDAY + WEEK - at) // WEEK for at in weeks} == {0, 1}
    assert sorted(sides) == ["/e-", "/n-", "/s-", "/w-"]


def test_a_copied_case_has_its_whole_history_at_its_own_time(big):
    reading = Reading(big)
    for number in (1, SEED * COPIES):
        case = reading.case(reading.case_id(number) or "")
        assert case is not None
        assert case["audit"][0]["what"] == "opened"
        assert case["observations"]
        for row in (*case["audit"], *case["steps"], *case["notices"]):
            at = row.get("at") or row.get("due_at") or row["intended_at"]
            assert abs(at - case["opened_at"]) < timedelta(days=40)


def test_indexes_and_guards_stand_again(big):
    wanted = {index.name for table in metadata.sorted_tables for index in table.indexes}
    with big.read() as connection:
        found = connection.execute(text("SELECT type, name FROM sqlite_master")).all()
    assert wanted <= {name for kind, name in found if kind == "index"}
    assert any(name.startswith("audit_no") for kind, name in found if kind == "trigger")


def test_the_report_counts_the_big_ledger(big):
    now = MONDAY + WEEK
    report = make(big, parse_period("2026-11-02", "2026-11-15", "UTC", now), now)
    assert report.totals.opened == SEED * COPIES
    assert report.to_notice.count > 0
