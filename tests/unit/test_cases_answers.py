"""What owners answer: what it makes of the case, of its ladder and of its zone."""

from datetime import timedelta

import pytest
from cases_parts import new_ledger, rows
from factories import at
from hypothesis import given
from hypothesis import strategies as st
from parts_public import POLICIES, leave, now, told, write_notice

from cases.answers.book import MOST_OBJECTIONS, Answer, AnswerBook
from cases.answers.disowning import AnswerKind
from cases.answers.doubts import Doubt, DoubtReading, Said, doubts
from cases.answers.tables import case_answers
from cases.case_event import TYPES
from cases.commands import Dismiss, Merge, Review
from cases.ledger import Ledger
from cases.life import DismissReason
from cases.notices.book import NoticeBook
from cases.notices.optouts import OptOuts
from cases.reading import Reading
from cases.settings import DoubtRule
from cases.tables import audit, cases, outbox, steps
from cases.taking import DISOWNED, NOT_THEIRS, Later, Never
from models.errors import Refused

DAY = timedelta(days=1)
RULE = DoubtRule()


@pytest.fixture
def database(tmp_path):
    with new_ledger(tmp_path) as found:
        yield found


@pytest.fixture
def book(database):
    return AnswerBook(database)


def say(book, notice, kind=AnswerKind.NOT_MINE, text="", when=None):
    return book.answer(Answer(notice_id=notice, kind=kind, text=text, at=when or now(), client="c"))


def case_row(database, case):
    return next(row for row in rows(database, cases) if row["id"] == case)


def review(database, case, *, theirs, keep_open=False):
    order = Review(theirs=theirs, keep_open=keep_open, why="looked at the picture")
    return Ledger(database, POLICIES).command(case, order, actor="ann", at=now())


def whats(database, case):
    return [row["what"] for row in rows(database, audit) if row["case_id"] == case]


def test_i_have_moved_it_is_written_down_and_closes_nothing(database, book):
    case, notice = told(database)
    assert say(book, notice, AnswerKind.MOVED).case_id == case
    row = case_row(database, case)
    assert (row["state"], row["disowned"]) == ("assessed", "")
    assert whats(database, case)[-1] == "answered"


@pytest.mark.parametrize("kind", AnswerKind)
def test_a_second_tap_changes_nothing(database, book, kind):
    _, notice = told(database)
    text = "It was the fire brigade's own car" if kind is AnswerKind.OBJECTION else ""
    assert not say(book, notice, kind, text).repeat
    before = len(rows(database, audit)), len(rows(database, outbox))
    assert say(book, notice, kind, text).repeat
    assert (len(rows(database, audit)), len(rows(database, outbox))) == before


def test_not_mine_asks_for_a_review_and_leaves_the_case_with_its_department(database, book):
    case, notice = told(database)
    say(book, notice)
    row = case_row(database, case)
    assert (row["state"], row["unit"], row["disowned"]) == ("assessed", "fire-brigade", "waiting")
    assert [row["type"] for row in rows(database, outbox)][-1] == "clearway.case.disowned.v1"


def due_verdict(database, case):
    return next(one for one in NoticeBook(database).due(now() + DAY) if one.case.id == case).verdict


def test_while_it_is_looked_at_the_owner_is_told_nothing(database, book):
    case, notice = told(database)
    say(book, notice)
    verdict = due_verdict(database, case)
    assert isinstance(verdict, Later)
    assert verdict.why == DISOWNED


def test_theirs_after_all_lets_the_ladder_go_on_at_once(database, book):
    case, notice = told(database)
    say(book, notice)
    notices = NoticeBook(database)
    later = now() + DAY
    waiting = next(one for one in notices.due(later) if one.case.id == case)
    notices.put_off(waiting, later, DISOWNED)
    review(database, case, theirs=True)
    assert case_row(database, case)["disowned"] == ""
    assert whats(database, case)[-1] == "reviewed"
    step = next(row for row in rows(database, steps) if row["id"] == waiting.row)
    assert step["due_at"] <= now()
    assert not (isinstance(v := due_verdict(database, case), Later) and v.why == DISOWNED)


def test_not_theirs_dismisses_the_case_for_its_wrong_plate(database, book):
    case, notice = told(database)
    say(book, notice)
    review(database, case, theirs=False)
    row = case_row(database, case)
    assert (row["state"], row["dismissed_as"], row["disowned"]) == ("dismissed", "wrong_plate", "true")
    assert rows(database, case_answers)[0]["review"] == "not_theirs"


def test_not_theirs_may_leave_the_department_its_case(database, book):
    case, notice = told(database)
    say(book, notice)
    review(database, case, theirs=False, keep_open=True)
    assert case_row(database, case)["state"] == "assessed"
    assert due_verdict(database, case) == Never(NOT_THEIRS)


def test_a_finding_needs_somebody_who_asked_for_one(database, book):
    case, notice = told(database)
    with pytest.raises(Refused, match="no owner says"):
        review(database, case, theirs=True)
    say(book, notice)
    review(database, case, theirs=False, keep_open=True)
    with pytest.raises(Refused, match="already"):
        review(database, case, theirs=True)


def test_whoever_insists_after_the_finding_is_not_looked_at_again(database, book):
    case, notice = told(database)
    say(book, notice)
    review(database, case, theirs=True)
    assert say(book, notice).repeat
    assert case_row(database, case)["disowned"] == ""


def test_the_words_of_an_objection_stand_in_one_table_only(database, book):
    _, notice = told(database)
    words = "我的车当天在修理厂, honestly — ﷽"
    say(book, notice, AnswerKind.OBJECTION, words)
    assert [row["text"] for row in rows(database, case_answers)] == [words]
    for table in (audit, outbox):
        assert words not in str(rows(database, table))


def test_objections_have_a_number(database, book):
    _, notice = told(database)
    for index in range(MOST_OBJECTIONS):
        say(book, notice, AnswerKind.OBJECTION, f"no {index}")
    with pytest.raises(Refused, match="objections"):
        say(book, notice, AnswerKind.OBJECTION, "one more")


def test_a_case_that_is_over_takes_objections_and_no_move(database, book):
    case, notice = told(database)
    order = Dismiss(reason=DismissReason.OTHER, why="a mistake")
    Ledger(database, POLICIES).command(case, order, actor="ann", at=now())
    with pytest.raises(Refused):
        say(book, notice, AnswerKind.MOVED)
    say(book, notice, AnswerKind.NOT_MINE)
    say(book, notice, AnswerKind.OBJECTION, "all the same")
    assert len(rows(database, case_answers)) == 2


def test_a_notice_nobody_keeps_takes_no_answer(book):
    assert say(book, "0b0e3f6c-8f6f-5a6e-9a41-c1ea4a7c1ea4") is None


def test_the_second_wrong_notice_of_a_zone_raises_one_alert(database, book):
    notices = [told(database, index)[1] for index in range(3)]
    raised = [say(book, notice).doubt for notice in notices]
    assert [one is not None for one in raised] == [False, True, False]
    events = [row for row in rows(database, outbox) if row["type"] == "clearway.case.notices_doubted.v1"]
    assert len(events) == 1
    assert events[0]["body"]["doubt"] == {
        "source": "/harbour/box-1/north-gate",
        "zone": "fire-lane-1",
        "answers": 2,
    }
    assert DoubtReading(database).now(now())[0].answers == 3


def test_an_alert_goes_when_a_person_found_that_the_vehicles_are_theirs(database, book):
    told_of = [told(database, index) for index in range(2)]
    for _, notice in told_of:
        say(book, notice)
    review(database, told_of[0][0], theirs=True)
    assert DoubtReading(database).now(now()) == ()


def test_every_word_of_it_can_be_subscribed_to():
    assert {
        f"clearway.case.{word}.v1" for word in ("answered", "disowned", "reviewed", "notices_doubted")
    } <= TYPES


def said(zone="a", day=0.0, case="1", reviewed=""):
    return Said("/s/d/c", zone, case, int(case), at(day * 86_400), reviewed)


@pytest.mark.parametrize(
    ("answers", "doubted"),
    [
        pytest.param([said()], [], id="one is chance"),
        pytest.param([said(), said(case="2")], ["a"], id="two are none"),
        pytest.param([said(), said("b", case="2")], [], id="of two zones"),
        pytest.param([said(), said(case="2", reviewed="theirs")], [], id="one was refuted"),
        pytest.param([said(), said(case="2", reviewed="not_theirs")], ["a"], id="one was confirmed"),
        pytest.param([said(day=-8), said(case="2")], [], id="one is too long ago"),
    ],
)
def test_when_a_zone_is_doubted(answers, doubted):
    assert [one.zone for one in doubts(answers, RULE, at(60))] == doubted


@given(
    st.lists(st.builds(said, st.sampled_from("ab"), st.floats(0, 7), st.sampled_from(["1", "2", "3"]))),
    st.randoms(use_true_random=False),
)
def test_the_order_of_answers_does_not_matter(answers, dice):
    shuffled = list(answers)
    dice.shuffle(shuffled)
    now = at(7 * 86_400)
    assert {(d.zone, d.answers, d.since) for d in doubts(answers, RULE, now)} == {
        (d.zone, d.answers, d.since) for d in doubts(shuffled, RULE, now)
    }
    assert all(isinstance(d, Doubt) for d in doubts(answers, RULE, now))


def test_who_wants_no_messages_is_known_by_token(database):
    outs = OptOuts(database)
    assert outs.set("token-1", at(0), "message")
    assert not outs.set("token-1", at(1), "provider")
    assert outs.has("token-1")
    assert outs.clear("token-1", at(2), "message")
    assert not outs.clear("token-1", at(3), "message")
    assert not outs.has("token-1")
    found = [row["what"] for row in rows(database, audit)]
    assert found == ["opted_out", "opted_in"]


def test_the_case_shows_the_answers(database, book):
    case, notice = told(database)
    say(book, notice, AnswerKind.OBJECTION, "no")
    assert [row["text"] for row in Reading(database).case(case)["answers"]] == ["no"]


def test_who_was_reminded_answers_once(database, book):
    case, notice = told(database)
    reminder = write_notice(database, case, "token-0", step="reminder")
    assert not say(book, notice).repeat
    assert say(book, reminder).repeat


def test_nobody_is_thanked_who_says_that_it_is_not_theirs(database, book):
    case, notice = told(database)
    say(book, notice)
    leave(database, 0)
    thanks = next(one for one in NoticeBook(database).due(now() + DAY) if one.step.id == "thanks")
    assert thanks.case.id == case
    assert thanks.verdict == Never(DISOWNED)


def test_the_case_that_goes_on_after_a_merge_waits_for_the_finding(database, book):
    elder, _ = told(database, 1)
    younger, notice = told(database, 0)
    say(book, notice)
    order = Merge(into=elder, why="the same")
    Ledger(database, POLICIES).command(younger, order, actor="ann", at=now())
    assert [case_row(database, one)["disowned"] for one in (elder, younger)] == ["waiting", ""]
    with pytest.raises(Refused):
        review(database, younger, theirs=True)
    review(database, elder, theirs=True)
    assert [row["review"] for row in rows(database, case_answers)] == ["theirs"]
