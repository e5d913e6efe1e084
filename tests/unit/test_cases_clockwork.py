"""The clock of the ledger: steps that are no notices, deadlines, silences and inhibitions, the archive."""

import itertools
from types import SimpleNamespace

import factories
import pytest
from cases_parts import POLICIES, new_ledger, overstay, policy, rows
from factories import arrival, at

from cases.commands import Accept, Assess, Comment, Decide, Dismiss, Done, Start
from cases.ledger import Ledger
from cases.life import DismissReason, Resolution, SignalKind
from cases.notices.book import NoticeBook
from cases.notices.records import Intent
from cases.silences import Silence, SilenceBook
from cases.tables import audit, cases, deadlines, outbox, steps
from cases.taking import Later, Take, is_about_towing
from models.errors import BadRecord, Refused
from models.records import PlateSource

DAY = 86_400
LADDER = policy(
    """
archive_after_days = 7
[deadlines]
order_s = 30
accept_s = 60
[[step]]
id = "inform"
does = "inform_department"
when = "opened"
[[step]]
id = "dispatch"
does = "dispatch"
after_s = 900
[[step]]
id = "unheard"
does = "escalate"
when = "unaccepted"
after_s = 600
[[step]]
id = "may-we"
does = "request_decision"
when = "opened"
after_s = 1000
violations_at_least = 3
within_days = 90
[[step]]
id = "nag"
does = "escalate"
when = "undecided"
only_after = "may-we"
after_s = 3600
[[step]]
id = "tow"
does = "tow_request"
after_s = 1000
needs_decision = "may-we"
"""
)
READ = factories.plate("浙B99999", PlateSource.READ)
KEY = "harbour/p/plate/浙B99999"
LEFT = {"kind": SignalKind.ENDED, "resolution": Resolution.LEFT, "policy": "p"}


@pytest.fixture
def database(tmp_path):
    with new_ledger(tmp_path) as made:
        yield made


@pytest.fixture
def ledger(database):
    return Ledger(database, POLICIES | {"p": LADDER})


def run(ledger, seconds):
    """Everything that is due by then."""
    return sum(iter(lambda: ledger.run_due(at(seconds)), 0))


def happened(database, *, of=None):
    """What the outbox says after the openings, oldest first: change and what it is about."""
    return [
        (row["type"].split(".")[2], row["body"].get("about", ""))
        for row in rows(database, outbox)
        if not row["type"].endswith("opened.v1") and (of is None or row["case_id"] == of)
    ]


def state_of(database, step, of=None):
    """What a step says of itself, in its case or in the only one."""
    return next(
        row["outcome"]
        for row in rows(database, steps)
        if row["step"] == step and of in {None, row["case_id"]}
    )


def tell(ledger, case_id, order, seconds):
    ledger.command(case_id, order, actor="ann", at=at(seconds))


def test_steps_and_deadlines_are_taken_at_their_time_and_once(ledger, database):
    overstay(ledger)
    seen = []
    for seconds in (0, 29, 30, 30, 599, 600, 900):
        before = len(happened(database))
        run(ledger, seconds)
        seen.append(happened(database)[before:])
    assert seen == [
        [("informed", "inform")],
        [],
        [("deadline_missed", "order")],
        [],
        [],
        [("escalated", "unheard")],
        [("dispatched", "dispatch")],
    ]


def test_what_was_missed_while_down_is_done_once_at_the_start_and_in_order(tmp_path):
    with new_ledger(tmp_path) as before:
        overstay(Ledger(before, {"p": LADDER}))
        overstay(Ledger(before, {"p": LADDER}), 1)
    with new_ledger(tmp_path) as after:
        again = Ledger(after, {"p": LADDER})
        run(again, 950)
        run(again, 951)
        order = [row["body"]["due_at"] for row in rows(after, outbox) if "due_at" in row["body"]]
        assert order == sorted(order)
        assert len(order) == len(happened(after)) == 2 * len(["inform", "order", "unheard", "dispatch"])


def test_a_clock_that_jumps_back_doubles_nothing(ledger, database):
    overstay(ledger)
    run(ledger, 700)
    first = happened(database)
    for seconds in (-5000, 0, 650, 700):
        run(ledger, seconds)
    assert happened(database) == first


def test_a_deadline_that_was_kept_is_never_missed(ledger, database):
    case_id = overstay(ledger)
    for seconds, order in ((20, Assess()), (70, Accept()), (80, Start()), (90, Comment(why="on our way"))):
        tell(ledger, case_id, order, seconds)
    run(ledger, 100_000)
    assert {row["name"]: row["outcome"] for row in rows(database, deadlines)} == {
        "order": "kept",
        "accept": "kept",
        "first_responder": "kept",
        "feedback": "kept",
    }
    assert "unheard" not in [about for _, about in happened(database)]


def test_what_was_done_too_late_is_missed_even_if_the_clock_stood_still_meanwhile(ledger, database):
    case_id = overstay(ledger)
    tell(ledger, case_id, Assess(), 31)
    tell(ledger, case_id, Dismiss(reason=DismissReason.OTHER, why="x"), 32)
    run(ledger, 33)
    assert ("deadline_missed", "order") in happened(database)
    assert {row["name"]: row["outcome"] for row in rows(database, deadlines)}["accept"] == "kept"


def test_a_case_that_is_over_takes_no_step(ledger, database):
    overstay(ledger, origin_id="a")
    ledger.apply([arrival(**LEFT, origin_id="a")], at(5))
    run(ledger, 5000)
    assert happened(database) == [("closed", "")]


def test_a_closed_case_goes_into_the_archive_after_its_days(ledger, database):
    overstay(ledger, origin_id="a")
    ledger.apply([arrival(**LEFT, origin_id="a")], at(5))
    run(ledger, 7 * DAY)
    assert rows(database, cases)[0]["state"] == "closed"
    run(ledger, 7 * DAY + 5)
    assert (rows(database, cases)[0]["state"], happened(database)[-1]) == ("archived", ("archived", ""))
    with pytest.raises(Refused):
        tell(ledger, rows(database, cases)[0]["id"], Comment(why="too late"), 8 * DAY)


def test_out_of_sight_a_standing_step_waits_until_it_is_seen_again(ledger, database):
    overstay(ledger, origin_id="a", spot_xy=(0.5, 0.5))
    ledger.apply([arrival(SignalKind.ENDED, origin_id="a", policy="p", recorded_at=at(800))], at(800))
    run(ledger, 900)
    assert state_of(database, "dispatch") == "waits: out of sight: it may have left"
    seen = arrival(SignalKind.CONTINUES, origin_id="a", policy="p", recorded_at=at(905))
    ledger.apply([seen], at(905))
    run(ledger, 910)
    assert ("dispatched", "dispatch") in happened(database)


def violate(ledger, day, *, stood_s=3600, **changes):
    """One incident of the same car on a day; it stands so long, or goes on."""
    seconds = day * DAY
    name = f"visit-{day}"
    fields = {"origin_id": name, "dedup_key": KEY, "plate": READ, "enforceable": True}
    case_id = overstay(ledger, seconds, **(fields | changes))
    if stood_s:
        end = at(seconds + stood_s)
        ledger.apply([arrival(**LEFT, origin_id=name, at=end, recorded_at=end)], end)
    return case_id


def test_the_third_violation_in_ninety_days_asks_for_a_decision_and_a_granted_one_for_a_tow(ledger, database):
    violate(ledger, 0)
    violate(ledger, 30)
    third = violate(ledger, 60, stood_s=0)
    now = 60 * DAY + 1000
    run(ledger, now)
    assert happened(database, of=third)[-1] == ("decision_requested", "may-we")
    tell(ledger, third, Decide(step="may-we", granted=True, why="third time"), now + 5)
    run(ledger, now + 10)
    assert happened(database, of=third)[-1] == ("tow_requested", "tow")
    run(ledger, now + 10_000)
    assert "nag" not in [about for _, about in happened(database)]


@pytest.mark.parametrize(
    ("days", "changes"),
    [
        pytest.param((0, 30), {}, id="only the second"),
        pytest.param((0, 30, 91), {}, id="the first is too long ago"),
        pytest.param((0, 30, 60), {"stood_s": 800}, id="who leaves within 15 minutes violates nothing"),
    ],
)
def test_what_is_no_third_violation_asks_for_nothing(ledger, database, days, changes):
    *before, last = days
    for day in before:
        violate(ledger, day, **changes)
    third = violate(ledger, last, stood_s=0)
    run(ledger, last * DAY + 1000)
    assert "may-we" not in [about for _, about in happened(database, of=third)]


@pytest.mark.parametrize(
    ("lawful", "says"), [(False, "no legal basis and sign on record"), (True, "refused by ann")]
)
def test_without_a_lawful_zone_and_a_granted_decision_nobody_is_towed(ledger, database, lawful, says):
    violate(ledger, 0)
    violate(ledger, 1)
    third = violate(ledger, 2, stood_s=0, enforceable=lawful)
    now = 2 * DAY + 1000
    run(ledger, now)
    if lawful:
        tell(ledger, third, Decide(step="may-we", granted=False, why="first time here"), now)
    else:
        with pytest.raises(Refused, match="no legal basis"):
            tell(ledger, third, Decide(step="may-we", granted=True, why="x"), now)
    run(ledger, now + 60)
    assert "tow" not in [about for _, about in happened(database)]
    assert says in state_of(database, "tow", third)


def test_who_does_not_decide_in_time_is_told_one_level_up(ledger, database):
    violate(ledger, 0)
    violate(ledger, 1)
    third = violate(ledger, 2, stood_s=0)
    tell(ledger, third, Assess(), 2 * DAY + 1)
    tell(ledger, third, Accept(), 2 * DAY + 2)
    run(ledger, 2 * DAY + 1000)
    run(ledger, 2 * DAY + 1000 + 3600)
    assert ("escalated", "nag") in happened(database, of=third)


def silence(**changes):
    fields = {
        "since": at(-10),
        "until": at(700),
        "reason": "road works",
        "author": "ann",
        "source": "/harbour",
    }
    return Silence(**(fields | changes))


def test_a_silenced_case_opens_and_takes_its_steps_when_the_silence_is_over(ledger, database):
    SilenceBook(database).add(silence(), at(-10))
    overstay(ledger)
    run(ledger, 650)
    assert [name for name, _ in happened(database)] == ["deadline_missed"]
    assert "road works" in state_of(database, "inform")
    run(ledger, 700)
    assert ("informed", "inform") in happened(database)


def test_a_lifted_silence_lets_the_steps_go_on_at_once(ledger, database):
    book = SilenceBook(database)
    made = book.add(silence(), at(-10))
    overstay(ledger)
    run(ledger, 1)
    assert [one.id for one in book.active(at(1))] == [made.id]
    book.lift(made.id, by="bob", why="done early", now=at(2))
    run(ledger, 2)
    assert happened(database) == [("informed", "inform")]
    assert [row["what"] for row in rows(database, audit) if row["case_id"] is None] == [
        "silenced",
        "silence_lifted",
    ]
    with pytest.raises(Refused, match="no silence"):
        book.lift(made.id, by="bob", why="again", now=at(3))


@pytest.mark.parametrize(
    ("changes", "silent"),
    [
        pytest.param({}, True, id="a site"),
        pytest.param({"source": factories.SOURCE, "zone": "fire-lane-1"}, True, id="a zone"),
        pytest.param({"source": factories.SOURCE, "zone": "fire-lane-2"}, False, id="another zone"),
        pytest.param({"source": "/harb"}, False, id="a site that only begins alike"),
        pytest.param({"source": "", "matter": "fire-lane-blocked"}, True, id="a matter"),
        pytest.param({"source": "", "matter": "road-flooded"}, False, id="another matter"),
        pytest.param({"until": at(-1)}, False, id="over"),
        pytest.param({"since": at(5)}, False, id="not yet"),
    ],
)
def test_a_silence_covers_what_it_names(ledger, database, changes, silent):
    SilenceBook(database).add(silence(**changes), at(-10))
    overstay(ledger)
    run(ledger, 1)
    assert (happened(database) == []) is silent


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"reason": " "}, "reason"),
        ({"author": ""}, "author"),
        ({"source": ""}, "place"),
        ({"zone": "z", "source": "", "matter": "m"}, "source"),
        ({"until": at(-10)}, "until"),
        ({"until": at(400 * DAY)}, "until"),
        ({"since": at(0).replace(tzinfo=None)}, "since"),
        ({"place": "x" * 501}, "place"),
    ],
)
def test_a_silence_that_cannot_be_kept_is_refused_by_field(database, changes, field):
    with pytest.raises(BadRecord) as caught:
        SilenceBook(database).add(silence(**changes), at(-10))
    assert caught.value.field == field


WARNS = policy(
    """
[[step]]
id = "notice"
does = "notify_owner"
[[step]]
id = "may-we"
does = "request_decision"
when = "opened"
[[step]]
id = "warning"
does = "notify_owner"
only_after = "may-we"
"""
)
NOTICE = policy('quiet_gap_s = 300\n[[step]]\nid = "notice"\ndoes = "notify_owner"\n')


def alarm(kind, **changes):
    fields = {
        "origin_id": "alarm-1",
        "dedup_key": "harbour/sensor/smoke-1/smoke",
        "policy": "smoke",
        "source": "/harbour/box-1/smoke-1",
        "zone": "smoke-1",
        "plate": None,
    }
    return arrival(kind, **(fields | changes))


@pytest.mark.parametrize("source", ["/harbour/box-2/smoke-9", "/station/box-1/smoke-9"])
def test_to_leave_owners_are_told_whatever_burns(database, source):
    ledger, book = Ledger(database, POLICIES | {"p": NOTICE}), NoticeBook(database)
    ledger.apply([alarm(SignalKind.OBSERVED, source=source)], at(0))
    overstay(ledger)
    (due,) = book.due(at(1))
    assert not isinstance(due.verdict, Later)


def test_a_notice_to_leave_that_is_tried_again_is_not_held_while_it_burns(database):
    ledger, book = Ledger(database, POLICIES | {"p": WARNS}), NoticeBook(database)
    case_id = overstay(ledger)
    for due in book.due(at(1)):
        intent = Intent(
            case_id=case_id, step=due.step.id, recipient="t", mask="+86 ***", language="en", body="move"
        )
        book.intend(due, [intent], at(1), lease_until=at(2), judge=lambda *_: Take())
    ledger.apply([alarm(SignalKind.OBSERVED)], at(2))
    assert {notice.step.id: isinstance(notice.verdict, Take) for notice in book.pending(at(3))} == {
        "notice": True,
        "warning": False,
    }


def test_while_it_burns_nobody_tows_nor_is_told_of_towing():
    case = SimpleNamespace(policy=POLICIES["fire-lane"])
    held = {rung.id for rung in POLICIES["fire-lane"].step if is_about_towing(rung, case)}
    assert held == {"warning", "tow"}


def test_the_notifier_is_never_given_the_clocks_steps(ledger, database):
    overstay(ledger)
    book = NoticeBook(database)
    assert not book.anything_due(at(100_000))
    assert book.due(at(100_000)) == []


@pytest.mark.parametrize("order", list(itertools.permutations([("a", 30), ("b", 30), ("c", 30)], 2)))
def test_what_falls_due_together_is_all_done(ledger, database, order):
    for origin, _ in order:
        overstay(ledger, origin_id=origin)
    run(ledger, 30)
    assert happened(database).count(("deadline_missed", "order")) == len(order)


def test_done_by_a_department_closes_with_its_word(ledger, database):
    case_id = overstay(ledger)
    for order in (Assess(), Accept(), Done(resolution=Resolution.REMOVED)):
        tell(ledger, case_id, order, 1)
    (row,) = rows(database, cases)
    assert (row["state"], row["resolution"], row["feedback_at"]) == ("closed", "removed", at(1))
