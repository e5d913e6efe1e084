"""Commands on a real ledger: one transaction, once per key, and one incident stays one case."""

import factories
import pytest
from cases_parts import POLICIES, new_ledger, overstay, policy, rows
from factories import arrival, at

from cases.commands import Accept, Assess, Comment, Dismiss, Done, Escalate, HandOver, Merge, Start
from cases.ledger import Ledger
from cases.life import Change, DismissReason, Resolution, SignalKind, State
from cases.routing import Above, Deadline, NoRouter, Responsibility
from cases.tables import audit, cases, commands, deadlines, origins, outbox, steps
from models.errors import BadRecord, Refused
from models.records import PlateSource

LADDER = policy('[[step]]\nid = "notice"\ndoes = "notify_owner"\n')
OBSERVED, CONTINUES, ENDED = SignalKind.OBSERVED, SignalKind.CONTINUES, SignalKind.ENDED
READ = factories.plate("浙B99999", PlateSource.READ)
KEY = "harbour/p/plate/浙B99999"


@pytest.fixture
def database(tmp_path):
    with new_ledger(tmp_path) as made:
        yield made


@pytest.fixture
def ledger(database):
    return Ledger(database, POLICIES | {"p": LADDER})


def tell(ledger, case_id, order, seconds=10, key=""):
    return ledger.command(case_id, order, actor="ann", at=at(seconds), key=key)


def test_a_command_writes_the_case_its_audit_and_its_event_together(ledger, database):
    case_id = overstay(ledger)
    outcome = tell(ledger, case_id, Assess(why="clear picture"))
    assert (outcome.change, outcome.state, outcome.repeat) == (Change.ASSESSED, State.ASSESSED, False)
    (row,) = rows(database, cases)
    assert (row["state"], row["assessed_at"]) == ("assessed", at(10))
    entry, event = rows(database, audit)[-1], rows(database, outbox)[-1]
    assert (entry["actor"], entry["what"], entry["why"]) == ("ann", "assessed", "clear picture")
    assert (entry["before"]["state"], entry["after"]["state"]) == ("discovered", "assessed")
    assert event["type"] == "clearway.case.assessed.v1"
    assert (event["body"]["state"], event["body"]["why"]) == ("assessed", "clear picture")


def test_a_refused_command_leaves_the_ledger_as_it_was(ledger, database):
    case_id = overstay(ledger)
    before = [rows(database, table) for table in (cases, audit, outbox, commands)]
    with pytest.raises(Refused, match="start refused for a case that is discovered: accept it first"):
        tell(ledger, case_id, Start(), key="k")
    assert [rows(database, table) for table in (cases, audit, outbox, commands)] == before


def test_a_case_that_is_not_there_is_refused(ledger):
    with pytest.raises(Refused, match="there is no case 'nothing'"):
        tell(ledger, "nothing", Assess())


def test_the_same_key_again_has_the_first_outcome_and_changes_nothing(ledger, database):
    case_id = overstay(ledger)
    first = tell(ledger, case_id, Assess(), key="k")
    tell(ledger, case_id, Accept())
    before = [rows(database, table) for table in (cases, audit, outbox)]
    again = tell(ledger, case_id, Assess(), seconds=99, key="k")
    assert again.repeat
    assert (again.change, again.state, again.at) == (first.change, first.state, first.at)
    assert [rows(database, table) for table in (cases, audit, outbox)] == before


@pytest.mark.parametrize("order", [Accept(), Assess(why="another reason")])
def test_a_key_of_another_command_is_refused(ledger, order):
    case_id = overstay(ledger)
    tell(ledger, case_id, Assess(), key="k")
    with pytest.raises(Refused, match="was used for another command"):
        tell(ledger, case_id, order, key="k")


def test_a_case_that_is_over_takes_no_more_steps(ledger, database):
    case_id = overstay(ledger)
    tell(ledger, case_id, Dismiss(reason=DismissReason.FALSE_ALARM, why="a shadow"))
    assert [(row["step"], row["outcome"]) for row in rows(database, steps)] == [
        ("notice", "the case was dismissed")
    ]


@pytest.mark.parametrize(
    "order", [Dismiss(reason=DismissReason.EXEMPT, why="x"), Done(resolution=Resolution.HANDLED)]
)
def test_after_a_case_is_over_its_incident_opens_a_new_one_that_links_to_it(ledger, database, order):
    case_id = overstay(ledger, origin_id="a", dedup_key=KEY, plate=READ)
    tell(ledger, case_id, Assess())
    tell(ledger, case_id, Accept())
    tell(ledger, case_id, order)
    assert (
        ledger.apply([arrival(CONTINUES, origin_id="a", dedup_key=KEY, policy="p")], at(20))[0].change is None
    )
    second = overstay(ledger, 30, origin_id="b", dedup_key=KEY, plate=READ)
    assert {row["id"]: row["previous_id"] for row in rows(database, cases)} == {
        case_id: None,
        second: case_id,
    }


def test_signals_close_a_case_that_people_work_on(ledger, database):
    case_id = overstay(ledger, origin_id="a")
    for order in (Assess(), Accept(), Start()):
        tell(ledger, case_id, order)
    ledger.apply([arrival(ENDED, origin_id="a", resolution=Resolution.LEFT, policy="p")], at(20))
    (row,) = rows(database, cases)
    assert (row["state"], row["resolution"]) == ("closed", "left")


def test_people_merge_two_cases_and_the_other_goes_on_with_all_that_was_known(ledger, database):
    elder, younger = overstay(ledger, origin_id="a"), overstay(ledger, 5, origin_id="b")
    tell(ledger, younger, Merge(into=elder, why="the same car"))
    found = {row["id"]: row for row in rows(database, cases)}
    assert (found[younger]["state"], found[younger]["merged_into"]) == ("merged", elder)
    assert (found[elder]["live_origins"], found[elder]["incidents"]) == (["a", "b"], 2)
    assert {row["case_id"] for row in rows(database, origins)} == {elder}
    for origin in "ab":
        ledger.apply([arrival(ENDED, origin_id=origin, resolution=Resolution.LEFT, policy="p")], at(20))
    assert {row["id"]: row["state"] for row in rows(database, cases)} == {elder: "closed", younger: "merged"}


def test_what_is_over_takes_no_merge(ledger):
    elder, younger = overstay(ledger), overstay(ledger)
    tell(ledger, elder, Dismiss(reason=DismissReason.TEST, why="x"))
    with pytest.raises(Refused, match="merge into an open one"):
        tell(ledger, younger, Merge(into=elder, why="x"))


def test_a_report_is_attached_once(ledger, database):
    case_id = overstay(ledger)
    for _ in range(2):
        ledger.attach(
            case_id, {"report": "r1", "score": 0.9}, actor="ann", at=at(5), why="same place", key="r1"
        )
    (row,) = rows(database, cases)
    assert row["sources"] == [{"report": "r1", "score": 0.9}]
    assert rows(database, outbox)[-1]["type"] == "clearway.case.attached.v1"


class City(NoRouter):
    """Knows one grid below one district."""

    def route(self, matter, where, unit=""):  # noqa: ARG002
        return Responsibility(
            area="g1",
            area_path="/city/d1/g1",
            lead_unit="grid-team",
            assisting=("towing",),
            deadlines=(Deadline(name="arrive", after_s=600), Deadline(name="close", after_s=7200)),
        )

    def above(self, area):
        known = {"g1": ("d1", "/city/d1"), "d1": ("city", "/city")}
        if area not in known:
            return None
        return Above(area=known[area][0], area_path=known[area][1], unit=f"desk-{known[area][0]}")


def test_a_case_lands_in_its_grid_with_its_unit_and_its_deadlines(database):
    ledger = Ledger(database, {"p": LADDER}, City())
    case_id = overstay(ledger)
    (row,) = rows(database, cases)
    assert (row["area"], row["area_path"], row["unit"]) == ("g1", "/city/d1/g1", "grid-team")
    assert row["assisting"] == ["towing"]
    tell(ledger, case_id, Assess())
    assert {row["name"]: (row["due_at"], row["outcome"]) for row in rows(database, deadlines)} == {
        "order": (at(30), "kept"),
        "first_responder": (at(600), None),
        "close": (at(7200), None),
    }


def test_an_escalation_says_to_whom(database):
    ledger = Ledger(database, {"p": LADDER}, City())
    case_id = overstay(ledger)
    for unit in ("desk-d1", "desk-city"):
        tell(ledger, case_id, Escalate(why="nobody comes"))
        assert rows(database, outbox)[-1]["body"]["to_unit"] == unit
    with pytest.raises(Refused, match="at the top"):
        tell(ledger, case_id, Escalate(why="nobody comes"))


def test_a_unit_that_gets_a_case_has_to_accept_it(ledger, database):
    case_id = overstay(ledger)
    for order in (Assess(), Accept(), HandOver(unit="traffic-police", why="a public road")):
        tell(ledger, case_id, order)
    (row,) = rows(database, cases)
    assert (row["state"], row["unit"], row["handed_by"]) == ("assessed", "traffic-police", "fire-brigade")


def test_a_comment_on_a_closed_case_is_kept(ledger, database):
    case_id = overstay(ledger, origin_id="a")
    ledger.apply([arrival(ENDED, origin_id="a", resolution=Resolution.LEFT, policy="p")], at(5))
    tell(ledger, case_id, Comment(why="owner called: 谢谢"))
    assert [(row["what"], row["why"]) for row in rows(database, audit)][-1] == (
        "commented",
        "owner called: 谢谢",
    )


def test_a_policy_that_is_edited_later_changes_no_open_case(database):
    overstay(Ledger(database, {"p": LADDER}))
    (row,) = rows(database, cases)
    assert (row["policy_version"], row["policy_digest"]) == (1, LADDER.digest)
    edited = policy("version = 2\n")
    assert edited.digest != LADDER.digest
    overstay(Ledger(database, {"p": edited}))
    assert [row["policy_version"] for row in rows(database, cases)] == [1, 2]


def test_a_time_without_an_offset_is_refused_and_changes_nothing(ledger, database):
    case_id = overstay(ledger)
    with pytest.raises(BadRecord):
        ledger.command(case_id, Assess(), actor="ann", at=at(0).replace(tzinfo=None))
    assert [row["state"] for row in rows(database, cases)] == ["discovered"]
