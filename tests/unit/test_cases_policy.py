"""Policies: ladders that fit together, and those that ship."""

import pytest

from cases.policy import When, builtin_policies, parse_policy, policy_for
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
    assert builtin_policies()[name].step == ()


def test_a_fire_lane_warns_at_once_reminds_and_thanks():
    policy = builtin_policies()["fire-lane"]
    assert [(step.id, step.after_s) for step in policy.steps(When.STANDING)] == [
        ("notice", 0),
        ("reminder", 1800),
    ]
    assert [step.id for step in policy.steps(When.LEFT)] == ["thanks"]


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
    with pytest.raises(ConfigurationError, match="known: fire-lane, no-parking"):
        policy_for("zzz", builtin_policies())
