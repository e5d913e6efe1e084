"""The last look before sending: in the transaction that writes the intent, nobody who has left is told to."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest
from cases_parts import POLICIES, new_ledger, overstay, policy, rows
from factories import arrival, at, plate
from sqlalchemy import update

from cases.ledger import Ledger
from cases.life import Resolution, SignalKind
from cases.notices.addressees import Addressee, Told, with_history
from cases.notices.book import NoticeBook
from cases.notices.optouts import OptOuts
from cases.notices.queue import waiting
from cases.notices.records import Intent
from cases.silences import Silence, SilenceBook
from cases.tables import audit, cases, notices, steps
from cases.taking import Later, Never, Take

LADDER = policy(
    """
urgent = true
quiet_gap_s = 300
[storm]
most = 0
[[step]]
id = "notice"
does = "notify_owner"
[[step]]
id = "reminder"
does = "notify_owner"
after_s = 1800
only_after = "notice"
[[step]]
id = "may-we"
does = "request_decision"
when = "opened"
[[step]]
id = "tow"
does = "tow_request"
needs_decision = "may-we"
[[step]]
id = "tow-info"
does = "notify_owner"
when = "towed"
[[step]]
id = "thanks"
does = "notify_owner"
when = "left"
only_after = "notice"
urgent = false
"""
)
MASK = "+86 138****0001"


@pytest.fixture
def database(tmp_path):
    with new_ledger(tmp_path) as made:
        yield made


@pytest.fixture
def ledger(database):
    return Ledger(database, POLICIES | {"p": LADDER})


@pytest.fixture
def book(database):
    return NoticeBook(database)


def intent(due, recipient="token", **changes):
    return Intent(
        case_id=due.case.id,
        step=due.step.id,
        recipient=recipient,
        mask=MASK,
        language="en",
        body="move",
        **changes,
    )


def ended(origin, seconds, resolution=Resolution.LEFT):
    fields = {"origin_id": origin, "policy": "p", "at": at(seconds), "recorded_at": at(seconds)}
    return arrival(SignalKind.ENDED, resolution=resolution, **fields)


def by_sight(item, _addressee):
    """As the notifier judges: the ladder, then whether it is in sight."""
    if isinstance(item.verdict, Take) and item.case.unseen_since is not None:
        return Later(at(1000), "out of sight")
    return item.verdict


def intend(book, due, seconds=1, *, judge=by_sight, recipients=("token",), **changes):
    intents = [intent(due, one, **changes) for one in recipients]
    lease = at(seconds + 60)
    return book.intend(due, intents, at(seconds), lease_until=lease, judge=judge, at_once=1)


def test_who_leaves_between_decision_and_writing_is_told_nothing(ledger, book, database):
    overstay(ledger, origin_id="a")
    (due,) = book.due(at(1))
    ledger.apply([ended("a", 1)], at(1))
    assert intend(book, due).verdict is None
    assert rows(database, notices) == []


def test_who_is_lost_from_sight_between_decision_and_writing_is_waited_for(ledger, book, database):
    overstay(ledger, origin_id="a")
    (due,) = book.due(at(1))
    ledger.apply([ended("a", 1, None)], at(1))
    written = intend(book, due)
    assert isinstance(written.verdict, Later)
    assert rows(database, notices) == []
    step = next(row for row in rows(database, steps) if row["step"] == "notice")
    assert step["done_at"] is None
    assert step["outcome"].startswith("waits: out of sight")


def test_who_leaves_while_a_notice_waits_for_its_turn_is_told_nothing(ledger, book, database):
    overstay(ledger, origin_id="a")
    (due,) = book.due(at(1))
    written = intend(book, due, recipients=("one", "two"))
    assert [one.recipient for one in written.now] == ["one"]
    (queued,) = written.queued
    ledger.apply([ended("a", 2)], at(2))
    _, answer = book.attempting(queued, Addressee(recipient="two"), at(3), lease_until=at(60), judge=by_sight)
    assert isinstance(answer, Never)
    assert "nobody who has left is told to leave" in answer.why
    states = {row["recipient"]: row["state"] for row in rows(database, notices)}
    assert states == {"one": "intended", "two": "withheld"}
    assert rows(database, audit)[-1]["what"] == "notice_withheld"


def test_one_notice_is_taken_by_one_notifier(ledger, book):
    overstay(ledger)
    (due,) = book.due(at(1))
    (queued,) = intend(book, due, recipients=("one", "two")).queued
    taken, answer = book.attempting(queued, Addressee(recipient="two"), at(2), lease_until=at(60))
    assert isinstance(answer, Take)
    assert (taken.attempts, taken.in_doubt) == (1, False)
    assert book.attempting(queued, Addressee(recipient="two"), at(2), lease_until=at(60)) is None


def test_a_notice_in_doubt_is_asked_for_whatever_became_of_the_case(ledger, book):
    overstay(ledger, origin_id="a")
    (due,) = book.due(at(1))
    (sent,) = intend(book, due).now
    ledger.apply([ended("a", 2)], at(2))
    (doubtful,) = book.pending(at(100))
    taken, answer = book.attempting(
        doubtful, Addressee(recipient="token"), at(100), lease_until=at(200), judge=lambda *_: Never("gone")
    )
    assert isinstance(answer, Take)
    assert (taken.id, taken.in_doubt) == (sent.id, True)


def test_whoever_wrote_stop_is_not_told_and_the_step_says_so(ledger, book, database):
    OptOuts(database).set("two", at(0), "message")
    overstay(ledger)
    (due,) = book.due(at(1))

    def judge(_item, addressee):
        return Never("STOP") if addressee is not None and addressee.opted_out else Take("it stands there")

    written = intend(book, due, judge=judge, recipients=("one", "two"))
    assert [one.recipient for one in written.now] == ["one"]
    ((other, answer),) = written.others
    assert (other.recipient, answer) == ("two", Never("STOP"))
    states = {row["recipient"]: (row["state"], row["why"]) for row in rows(database, notices)}
    assert states == {"one": ("intended", "it stands there"), "two": ("withheld", "STOP")}
    step = next(row for row in rows(database, steps) if row["step"] == "notice")
    assert step["outcome"] == f"1 notice(s) written: it stands there; to {MASK} not sent: STOP"


def test_where_everybody_wants_no_messages_the_department_goes_on(ledger, book, database):
    overstay(ledger)
    (due,) = book.due(at(1))
    intend(book, due, judge=lambda _, who: Take() if who is None else Never("STOP"))
    step = next(row for row in rows(database, steps) if row["step"] == "notice")
    assert step["outcome"].startswith("nobody to tell: ")


def test_a_notice_that_waits_for_the_morning_is_judged_as_soon_as_its_case_is_over(ledger, book):
    overstay(ledger, origin_id="a")
    (due,) = book.due(at(1))
    intend(
        book, due, judge=lambda _, who: Take() if who is None else Later(at(30_000), "the provider's limit")
    )
    assert book.pending(at(100)) == []
    ledger.apply([ended("a", 100)], at(100))
    (notice,) = book.pending(at(101))
    assert isinstance(notice.verdict, Never)


def test_a_silence_that_is_lifted_lets_waiting_notices_go(ledger, book, database):
    overstay(ledger)
    (due,) = book.due(at(1))
    quiet = SilenceBook(database).add(
        Silence(source="/harbour", since=at(0), until=at(9000), reason="works", author="ann"), at(0)
    )
    intend(book, due, judge=lambda _, who: Take() if who is None else Later(at(9000), quiet.why))
    assert book.pending(at(100)) == []
    SilenceBook(database).lift(quiet.id, by="ann", why="done", now=at(100))
    assert len(book.pending(at(100))) == 1


def test_urgent_is_what_the_policy_says_but_for_a_step_that_says_otherwise(ledger, book, database):
    overstay(ledger, origin_id="a")
    (due,) = book.due(at(1))
    assert due.urgent
    (notice,) = intend(book, due).now
    book.accepted(notice, "SM1", at(1))
    ledger.apply([ended("a", 2)], at(2))
    with database.read() as connection:
        found = waiting(connection, at(3))
    assert [(item.urgent, item.case_id) for item in found] == [(False, due.case.id)]
    (thanks,) = book.due(at(3))
    assert (thanks.step.id, thanks.urgent) == ("thanks", False)


def test_a_reminder_keeps_half_its_distance_from_a_notice_that_went_out_late(ledger, book):
    overstay(ledger, origin_id="a")
    (due,) = book.due(at(1))
    (notice,) = intend(book, due).now
    book.accepted(notice, "SM1", at(1700))
    (reminder,) = book.due(at(1800))
    assert reminder.verdict == Later(
        at(1700 + 900), f"the step 'notice' went out only at {at(1700):%Y-%m-%d %H:%M} UTC"
    )
    (reminder,) = book.due(at(2600))
    assert isinstance(reminder.verdict, Take)


def towed(database, case_id):
    """As the clock leaves it when it has taken the tow step."""
    with database.write() as connection:
        tow = (steps.c.case_id == case_id) & (steps.c.step == "tow")
        connection.execute(update(steps).where(tow).values(done_at=at(10), outcome="taken"))
        granted = {"may-we": {"asked_at": at(1), "granted": True, "by": "ann", "at": at(2)}}
        connection.execute(update(cases).where(cases.c.id == case_id).values(decisions=granted))


@pytest.mark.parametrize("tow_requested", [True, False])
def test_who_is_gone_after_a_tow_was_requested_is_told_where_to_ask_and_not_thanked(
    ledger, book, database, tow_requested
):
    case_id = overstay(ledger, origin_id="a")
    (due,) = book.due(at(1))
    (notice,) = intend(book, due).now
    book.accepted(notice, "SM1", at(1))
    if tow_requested:
        towed(database, case_id)
    ledger.apply([ended("a", 20)], at(20))
    taken = {one.step.id: isinstance(one.verdict, Take) for one in book.due(at(21))}
    assert taken == ({"tow-info": True, "thanks": False} if tow_requested else {"thanks": True})


def test_what_somebody_was_told_is_counted_by_what_the_provider_took_or_may_have(ledger, book, database):
    for origin in "abc":
        overstay(ledger, origin_id=origin, plate=plate(f"浙B0000{origin.upper()}"))
    due = book.due(at(1))
    ((first,), (second,)) = (intend(book, one).now for one in due[:2])
    intend(book, due[2], judge=lambda _, who: Take() if who is None else Later(at(500), "later"))
    book.accepted(first, "SM1", at(5))
    book.delayed(second, "no answer", at(60), in_doubt=True)
    asked = [Addressee(recipient="token"), Addressee(recipient="other", fleet=True)]
    with database.read() as connection:
        known, other = with_history(connection, asked, at(6))
        (without,) = with_history(connection, asked[:1], at(6), apart_from=first.id)
        (days_later,) = with_history(connection, asked[:1], at(3 * 86_400))
    alike = "fire-lane-blocked/notice"
    assert sorted(known.told, key=lambda one: one.at) == [Told(at(1), alike), Told(at(5), alike)]
    assert [one.at for one in without.told] == [at(1)]
    assert other == replace(asked[1], told=())
    assert days_later.told == ()


def once(item, addressee):
    """Nobody is told twice."""
    return Never("told already") if addressee is not None and addressee.told else item.verdict


def test_two_notifiers_that_write_to_one_owner_at_once_keep_their_limit(ledger, book):
    for number in range(20):
        overstay(ledger, origin_id=f"a{number}", plate=plate(f"浙B{number:05d}"), dedup_key=f"k{number}")
    due = book.due(at(1))
    assert len(due) == 20
    for pair in zip(due[::2], due[1::2], strict=True):
        together, recipient = Barrier(2), f"owner of {pair[0].case.id}"

        def tell(one, together=together, recipient=recipient):
            together.wait()
            return intend(book, one, judge=once, recipients=(recipient,))

        with ThreadPoolExecutor(2) as pool:
            written = list(pool.map(tell, pair))
        assert sum(len(one.now) for one in written) == 1
