"""What the console asks the ledger."""

import pytest
from factories import arrival, at, short_ladders
from parts_ledger import ledger_at

from cases.arrivals import DeadLetter
from cases.ledger import Ledger
from cases.life import Resolution, SignalKind, State
from cases.reading import Reading, Totals


@pytest.fixture
def reading(tmp_path):
    database = ledger_at(tmp_path / "ledger.db")
    ledger = Ledger(database, short_ladders())
    for number in range(5):
        names = {"origin_id": f"stay-{number}", "dedup_key": f"k{number}", "zone": f"z{number}"}
        ledger.apply([arrival(SignalKind.OBSERVED, **names)], at(number))
        if number < 2:
            ledger.apply([arrival(SignalKind.ENDED, resolution=Resolution.LEFT, **names)], at(10))
    ledger.note_dead_letters([DeadLetter(f"d/0/{n}", at(n), "t", "$", "p", 1, b"x") for n in range(3)])
    yield Reading(database)
    database.close()


def test_cases_come_newest_first_page_by_page(reading):
    assert [case["number"] for case in reading.cases()] == [5, 4, 3, 2, 1]
    assert [case["number"] for case in reading.cases(limit=2, offset=1)] == [4, 3]


def test_cases_can_be_asked_for_by_state(reading):
    assert [case["number"] for case in reading.cases(state=State.CLOSED)] == [2, 1]


def test_one_case_comes_with_its_whole_story(reading):
    case = reading.case(reading.cases()[-1]["id"])
    assert [entry["what"] for entry in case["audit"]] == ["opened", "closed"]
    assert [step["step"] for step in case["steps"]] == ["notice", "reminder", "thanks"]
    assert len(case["observations"]) == 2
    assert case["notices"] == []


def test_a_case_that_is_not_there_is_none(reading):
    assert reading.case("nothing") is None


def test_the_feed_is_what_happened_newest_first_and_only_the_new(reading):
    feed = reading.feed()
    assert [item["id"] for item in feed] == sorted((item["id"] for item in feed), reverse=True)
    assert len(feed) == 7
    assert reading.feed(after=feed[0]["id"]) == []
    assert len(reading.feed(after=feed[2]["id"])) == 2


def test_dead_letters_come_newest_first(reading):
    assert [letter["id"] for letter in reading.dead_letters(limit=2)] == ["d/0/2", "d/0/1"]


def test_totals_count_everything(reading):
    assert reading.totals() == Totals(
        observations=7, cases_open=3, cases_closed=2, notices={}, steps_waiting=8, dead_letters=3
    )


def test_what_is_due_is_counted_up_to_a_moment(reading):
    assert reading.due_before(at(-1)) == 0
    assert reading.due_before(at(100)) == 5
    assert reading.due_before(at(5000)) == 8


def test_every_time_read_is_aware(reading):
    assert all(case["opened_at"].utcoffset() is not None for case in reading.cases())
