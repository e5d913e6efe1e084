"""Policies: ladders that fit together, and those that ship."""

import re
from pathlib import Path

import pytest

from cases.policy import Does, When, builtin_policies, parse_policy, policy_for
from cases.policy_check import policy_warnings
from models.errors import ConfigurationError
from models.plan import DEFAULT_POLICY

HEAD = 'name = "p"\nmatter = "m"\nunit = "u"\n'
NOTICE = '[[step]]\nid = "notice"\ndoes = "notify_owner"\n'


def test_every_kind_of_zone_has_a_policy_that_ships():
    assert set(DEFAULT_POLICY.values()) <= set(builtin_policies())


@pytest.mark.parametrize("name", sorted(builtin_policies()))
def test_a_shipped_policy_is_named_like_its_file_and_has_a_department(name):
    policy = builtin_policies()[name]
    assert policy.name == name
    assert policy.unit
    assert policy.quiet_gap_s > 0


@pytest.mark.parametrize("name", ["smoke", "water", "no-stall"])
def test_what_has_no_plate_sends_no_notice(name):
    assert all(step.does is not Does.NOTIFY_OWNER for step in builtin_policies()[name].step)


def test_a_fire_lane_warns_at_once_reminds_and_thanks():
    policy = builtin_policies()["fire-lane"]
    told = [step for step in policy.steps(When.STANDING) if step.does is Does.NOTIFY_OWNER]
    assert [(step.id, step.after_s) for step in told] == [
        ("notice", 0),
        ("reminder", 1800),
        ("warning", 2700),
    ]
    assert [step.id for step in policy.steps(When.LEFT)] == ["thanks"]


@pytest.mark.parametrize("name", ["fire-lane", "fire-gate-carriageway", "fire-gate-pavement", "smoke"])
def test_where_engines_must_pass_somebody_goes_at_once_and_is_there_in_three_minutes(name):
    policy = builtin_policies()[name]
    assert Does.DISPATCH in {step.does for step in policy.steps(When.ASSESSED)}
    limits = policy.deadlines
    assert (limits.order_s, limits.first_responder_s, limits.feedback_s) == (30, 180, 180)
    lights = policy.lights
    assert (lights.yellow_after_days, lights.red_after_days, lights.overdue_after_days) == (1, 3, 5)


@pytest.mark.parametrize("name", ["fire-lane", "no-parking"])
def test_the_third_violation_in_90_days_is_towed_only_if_a_person_says_so(name):
    policy = builtin_policies()[name]
    decision, tow = policy.step_of("tow-decision"), policy.step_of("tow")
    assert (decision.violations_at_least, decision.within_days) == (3, 90)
    assert (tow.does, tow.needs_decision) == (Does.TOW_REQUEST, "tow-decision")


def test_the_sixth_violation_in_a_year_is_looked_at_by_a_person():
    review = builtin_policies()["no-parking"].step_of("credit-review")
    assert (review.does, review.violations_at_least, review.within_days) == (Does.REQUEST_DECISION, 6, 365)


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        pytest.param(HEAD + NOTICE + NOTICE, 1, "step 'notice' stands twice", id="a step twice"),
        pytest.param(
            HEAD + NOTICE + '[[step]]\nid = "b"\ndoes = "notify_owner"\nonly_after = "notise"\n',
            1,
            "did you mean 'notice'?",
            id="waits for an unknown step",
        ),
        pytest.param(
            HEAD + '[[step]]\nid = "a"\ndoes = "notify_owner"\nonly_after = "a"\n',
            1,
            "step 'a' waits for unknown step 'a'; name a step that stands before it",
            id="waits for itself",
        ),
        pytest.param(HEAD + "quiet_gap = 3\n", 4, "did you mean 'quiet_gap_s'?", id="an unknown key"),
        pytest.param(HEAD + NOTICE + "after = 3\n", 7, "did you mean 'after_s'?", id="in a step"),
        pytest.param(
            HEAD + '[[step]]\nid = "a"\ndoes = "tow"\n', 6, "'tow' is not one of", id="an unknown deed"
        ),
        pytest.param(HEAD + NOTICE + "after_s = -1\n", 7, "step[0].after_s", id="before it opened"),
        pytest.param('name = "p"\nmatter = "m"\nunit = ""\n', 3, "unit", id="no department"),
        pytest.param('matter = "m"\nunit = "u"\n', 1, "name: is missing", id="no name"),
    ],
)
def test_a_faulty_policy_says_where_and_what(text, line, says):
    with pytest.raises(ConfigurationError) as caught:
        parse_policy(text, "p.toml")
    (fault,) = caught.value.faults
    assert (fault.source, fault.line) == ("p.toml", line)
    assert says in str(fault)


def test_an_unknown_policy_is_refused_with_the_nearest():
    with pytest.raises(ConfigurationError, match="did you mean 'fire-lane'"):
        policy_for("fire-line", builtin_policies())
    with pytest.raises(ConfigurationError, match="known: abandoned-vehicle, fire-gate-carriageway"):
        policy_for("zzz", builtin_policies())


DOCS = Path(__file__).parents[2] / "docs" / "policies.md"
TOW = '[[step]]\nid = "tow"\ndoes = "tow_request"\n'
ASK = '[[step]]\nid = "ask"\ndoes = "request_decision"\n'


def test_the_ladder_of_the_docs_can_be_read_and_warns_of_nothing():
    text = DOCS.read_text(encoding="utf-8").split("```toml")[1].split("```")[0]
    policy = parse_policy(text, "docs")
    assert {step.does for step in policy.step} == set(Does) - {Does.DISPATCH}
    assert {step.when for step in policy.step} == set(When) - {When.ASSESSED, When.UNSTARTED}
    assert policy_warnings(policy) == ()


def test_no_policy_that_ships_has_a_step_that_can_never_be_taken():
    assert [warning for policy in builtin_policies().values() for warning in policy_warnings(policy)] == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param(TOW, "penalises without a person's decision", id="a tow nobody decides on"),
        pytest.param(TOW + 'needs_decision = "ask"\n', "which none asks", id="an unknown decision"),
        pytest.param(
            NOTICE + TOW + 'needs_decision = "notice"\n', "which none asks", id="a decision of a notice"
        ),
        pytest.param(
            ASK + '[[step]]\nid = "b"\ndoes = "escalate"\nwhen = "undecided"\n',
            "name its request in only_after",
            id="waits for no decision",
        ),
        pytest.param(NOTICE + "after_s = 3\nafter_working_h = 1\n", "has two times", id="two times"),
        pytest.param(NOTICE + 'clock = "working"\n', "does not say how much", id="no working time"),
        pytest.param(NOTICE + "within_days = 0\n", "within_days", id="no days"),
        pytest.param("[deadlines]\norder = 3\n", "did you mean 'order_s'?", id="an unknown deadline"),
        pytest.param("[lights]\nred_after_days = 9\n", "turn in no order", id="lights in no order"),
        pytest.param('[calendar]\ncountry = "XX"\n', "no public holidays are known", id="no such country"),
        pytest.param("version = 0\n", "version", id="no version"),
    ],
)
def test_a_ladder_that_does_not_hold_together_is_refused(text, says):
    with pytest.raises(ConfigurationError, match=re.escape(says)):
        parse_policy(HEAD + text, "p.toml")


THANKS = '[[step]]\nid = "thanks"\ndoes = "notify_owner"\nwhen = "left"\n'
AFTER_THANKS = '[[step]]\nid = "more"\ndoes = "notify_owner"\nonly_after = "thanks"\n'


@pytest.mark.parametrize(
    ("text", "never"),
    [
        pytest.param(THANKS + AFTER_THANKS, ["more"], id="after the end"),
        pytest.param(
            THANKS + AFTER_THANKS + '[[step]]\nid = "c"\ndoes = "dispatch"\nonly_after = "more"\n',
            ["more", "c"],
            id="built on what never is",
        ),
        pytest.param(ASK + 'when = "left"\n', ["ask"], id="asks when it is over"),
        pytest.param(
            NOTICE + "violations_at_least = 1000\nwithin_days = 1\n", ["notice"], id="too many for the days"
        ),
        pytest.param('exempt_plates = ["*"]\n' + NOTICE, ["notice"], id="everybody is exempt"),
        pytest.param(NOTICE + "after_s = 86400\n", [], id="late is not never"),
    ],
)
def test_a_step_that_can_never_be_taken_is_warned_of(text, never):
    warnings = policy_warnings(parse_policy(HEAD + text, "p.toml"))
    assert [warning.split("'")[3] for warning in warnings] == never


def test_what_a_policy_says_decides_its_digest_and_not_how_it_is_written():
    one = parse_policy(HEAD + NOTICE, "p.toml")
    same = parse_policy("# edited\n" + HEAD + "version = 1\n" + NOTICE, "other.toml")
    assert one.digest == same.digest
    assert one.model_copy(update={"version": 2}).digest != one.digest
