from datetime import datetime, timedelta

import pytest
from factories import at
from hypothesis import given
from hypothesis import strategies as st

from cases.notices.instead import Instead, instead
from cases.policy import builtin_policies, parse_policy
from cases.steps import When

NOON = at(0)
POLICIES = builtin_policies()


def due(**after_s: float) -> dict[str, datetime]:
    return {name.replace("_", "-"): NOON + timedelta(seconds=value) for name, value in after_s.items()}


def ladder(name: str) -> dict[str, datetime]:
    """What waits just after the opening, without the step that is taken first."""
    policy = POLICIES[name]
    return {
        rung.id: NOON + timedelta(seconds=rung.amount_s)
        for when in (When.STANDING, When.OPENED, When.UNACCEPTED)
        for rung in policy.steps(when)
        if rung.id != "notice"
    }


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("fire-lane", Instead(("reminder",))),
        ("fire-gate-carriageway", Instead(("reminder",))),
        ("no-parking", Instead(("reminder",), "inform")),
        ("abandoned-vehicle", Instead(("reminder",), "inform")),
    ],
)
def test_the_shipped_ladders_go_on_with_the_department(policy, expected):
    found = instead(POLICIES[policy], "notice", ladder(policy), frozenset())
    assert found == expected


def test_a_department_that_was_told_already_is_not_told_earlier():
    policy = POLICIES["no-parking"]
    waiting = ladder("no-parking")
    del waiting["inform"]
    assert instead(policy, "notice", waiting, frozenset({"inform"})) == Instead(("reminder",))


def test_what_waits_for_a_person_another_step_or_a_repeat_offender_goes_on_waiting():
    policy = parse_policy(
        'name = "p"\nmatter = "m"\nunit = "u"\n'
        '[[step]]\nid = "notice"\ndoes = "notify_owner"\n'
        '[[step]]\nid = "ask"\ndoes = "request_decision"\nafter_s = 10\n'
        '[[step]]\nid = "granted"\ndoes = "dispatch"\nafter_s = 20\nneeds_decision = "ask"\n'
        '[[step]]\nid = "third"\ndoes = "dispatch"\nafter_s = 30\nviolations_at_least = 3\n'
        '[[step]]\nid = "asked"\ndoes = "dispatch"\nafter_s = 40\nonly_after = "ask"\n'
        '[[step]]\nid = "told"\ndoes = "dispatch"\nafter_s = 50\nonly_after = "notice"\n',
        "p.toml",
    )
    waiting = due(ask=10, granted=20, third=30, asked=40, told=50)
    assert instead(policy, "notice", waiting, frozenset()) == Instead((), "told")


@given(st.sampled_from(sorted(POLICIES)), st.data())
def test_only_what_waits_is_dropped_or_brought_forward(name, data):
    policy = POLICIES[name]
    ids = [rung.id for rung in policy.step]
    step = data.draw(st.sampled_from(ids))
    waiting = dict.fromkeys(data.draw(st.sets(st.sampled_from(ids))) - {step}, NOON)
    found = instead(policy, step, waiting, frozenset())
    assert set(found.dropped) <= waiting.keys()
    assert not found.now or found.now in waiting
    assert found.now not in found.dropped
