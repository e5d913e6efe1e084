"""What a provider reports of a message afterwards: twice, late, in any order."""

from datetime import timedelta

import pytest
from factories import at
from hypothesis import given
from hypothesis import strategies as st
from notifier_parts import new_ledger, overstay

from cases.notices.book import NoticeBook
from cases.notices.delivery import Delivery, surpasses
from cases.notices.records import Intent
from cases.reading import Reading
from notifier.dispatcher import utc_now


@pytest.fixture
def database(tmp_path):
    with new_ledger(tmp_path / "ledger.db") as found:
        yield found


@pytest.fixture
def book(database):
    return NoticeBook(database)


def write_down(book, database, index=0, policy="one-step"):
    """A notice that is being sent."""
    case = overstay(database, index, policy)
    now = utc_now()
    due = next(one for one in book.due(now) if one.case.id == case)
    intent = Intent(case_id=case, step="notice", recipient=f"t{index}", mask="+86 1", language="en", body="x")
    return book.intend(due, [intent], now, lease_until=now + timedelta(minutes=1)).now[0]


def rows(database, case):
    return Reading(database).notices(case_id=case)


def entries(database, case):
    found = Reading(database).case(case)
    return [one["why"] for one in found["audit"] if one["what"] == "notice_delivery"]


def known_after(reports):
    known = ""
    for report in reports:
        known = report.value if surpasses(report, known) else known
    return known


@given(st.lists(st.sampled_from(Delivery)), st.randoms(use_true_random=False))
def test_the_order_and_the_number_of_reports_do_not_matter(reports, dice):
    shuffled = reports * 2
    dice.shuffle(shuffled)
    assert known_after(shuffled) == known_after(reports)


def test_a_late_sent_never_undoes_delivered(book, database):
    notice = write_down(book, database)
    book.accepted(notice, "SM1", utc_now())
    for state in (Delivery.QUEUED, Delivery.DELIVERED, Delivery.SENT, Delivery.UNDELIVERED):
        assert book.delivered("SM1", state, "", at(9))
    row = rows(database, notice.case.id)[0]
    assert (row["delivery"], row["delivered_at"]) == ("delivered", at(9))


def test_a_report_that_repeats_is_audited_once(book, database):
    notice = write_down(book, database)
    book.accepted(notice, "SM1", utc_now())
    for _ in range(3):
        assert book.delivered("SM1", Delivery.UNDELIVERED, "30005", at(9))
    assert entries(database, notice.case.id) == ["notice: undelivered (code 30005)"]


def test_a_report_may_be_faster_than_the_answer_it_is_about(book, database):
    notice = write_down(book, database)
    assert not book.delivered("SM1", Delivery.SENT, "", at(9))
    assert book.delivered("SM1", Delivery.SENT, "", at(9), notice=notice.id)
    book.accepted(notice, "SM1", utc_now())
    row = rows(database, notice.case.id)[0]
    assert (row["state"], row["delivery"]) == ("accepted", "sent")


def test_a_report_about_another_message_of_the_notice_says_nothing(book, database):
    notice = write_down(book, database)
    book.accepted(notice, "SM1", utc_now())
    assert not book.delivered("SM2", Delivery.DELIVERED, "", at(9), notice=notice.id)
    assert rows(database, notice.case.id)[0]["delivery"] == ""


def test_a_message_that_is_not_ours_is_shrugged_at(book):
    assert not book.delivered("SM404", Delivery.DELIVERED, "", at(9))


@pytest.mark.parametrize("state", [Delivery.UNDELIVERED, Delivery.FAILED])
def test_what_reached_nobody_sends_the_department_in_the_owners_place(book, database, state):
    notice = write_down(book, database, policy="no-parking")
    book.accepted(notice, "SM1", utc_now())
    assert book.delivered("SM1", state, "30005", utc_now())
    found = Reading(database).case(notice.case.id)
    said = {one["what"]: one["why"] for one in found["audit"]}
    assert said["step_brought_forward"].startswith("inform: now")
    assert f"the provider could not deliver the message ({state.value})" in said["step_brought_forward"]
    steps = {one["step"]: one for one in found["steps"]}
    assert steps["reminder"]["outcome"].startswith("nobody to tell")


def test_one_of_two_recipients_that_was_reached_is_enough(book, database):
    case = overstay(database, 0, "no-parking")
    now = utc_now()
    due = next(one for one in book.due(now) if one.case.id == case)
    intents = [
        Intent(case_id=case, step="notice", recipient=name, mask="+86 1", language="en", body="x")
        for name in ("a", "b")
    ]
    first, second = book.intend(due, intents, now, lease_until=now + timedelta(minutes=1)).now
    book.accepted(first, "SM1", now)
    book.accepted(second, "SM2", now)
    book.delivered("SM1", Delivery.UNDELIVERED, "30005", now)
    assert "step_brought_forward" not in {one["what"] for one in Reading(database).case(case)["audit"]}
    book.delivered("SM2", Delivery.UNDELIVERED, "30005", now)
    assert "step_brought_forward" in {one["what"] for one in Reading(database).case(case)["audit"]}
