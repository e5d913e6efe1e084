"""The buttons of a case: every command has one, shown only where it can be given."""

from typing import get_args

import pytest

from cases.clients import Client
from cases.commands import PENALTY, Command, Decide, Review, word_of
from cases.orders import ALLOWED
from cases.people.roles import SCOPES, Role
from cases.states import PENALTIES, Change, DismissReason, Resolution, State
from console.case_actions import labelled
from console.case_orders import CHOICES, choice_of, missing, possible
from console.visits import AT_HAND
from console.wording import ENGLISH

SAID = {
    "why": "because",
    "resolution": "removed",
    "dismissed_as": "test",
    "unit": "roads",
    "into": "x",
    "decision": "granted",
    "review": "not_theirs",
}


def test_every_command_has_a_button_that_makes_it():
    assert {one.kind for one in CHOICES} == set(get_args(Command))
    for one in CHOICES:
        made = one.make(SAID)
        assert type(made) is one.kind
        assert (made.why, word_of(made)) == ("because", one.word)


@pytest.mark.parametrize("state", list(State))
def test_a_button_is_there_exactly_where_its_command_can_be_given(state):
    allowed = {kind for kind, states in ALLOWED.items() if state in states}
    assert {one.kind for one in possible(state, AT_HAND.who, "waiting")} == allowed
    assert {one.kind for one in possible(state, AT_HAND.who)} == allowed - {Review}


@pytest.mark.parametrize(
    ("said", "order"),
    [
        ("theirs", Review(theirs=True, why="because")),
        ("not_theirs", Review(theirs=False, why="because")),
        ("not_theirs_kept", Review(theirs=False, keep_open=True, why="because")),
    ],
)
def test_a_finding_is_one_of_three(said, order):
    assert choice_of("review").make(SAID | {"review": said}) == order


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("state", list(State))
def test_a_button_is_there_only_for_whom_its_command_is_taken_from(state, role):
    who = Client(id="", name="ann", scopes=SCOPES[role])
    there = {one.kind for one in possible(state, who, "waiting")}
    wanted = {kind for kind, states in ALLOWED.items() if state in states}
    if role is Role.VIEWER:
        wanted = set()
    elif role is Role.OPERATOR:
        wanted -= {Decide}
    assert there == wanted


@pytest.mark.parametrize(
    ("role", "penalties"),
    [(Role.OPERATOR, False), (Role.SUPERVISOR, True), (Role.ADMIN, True)],
)
def test_an_end_that_is_a_penalty_is_offered_to_whom_it_is_taken_from(role, penalties):
    who = Client(id="", name="ann", scopes=SCOPES[role])
    offered = set(choice_of("done").usable_by(who))
    assert offered >= {"handled", "removed"}
    assert offered.isdisjoint({one.value for one in PENALTIES}) is not penalties
    assert set(choice_of("dismiss").usable_by(who)) == set(choice_of("dismiss").options)


@pytest.mark.parametrize(
    ("word", "said", "lacking"),
    [
        ("accept", {}, ""),
        ("done", {"why": "x"}, "resolution"),
        ("done", {"resolution": "removed"}, ""),
        ("hand_over", {"unit": " ", "why": "x"}, "unit"),
        ("hand_over", {"unit": "roads", "why": "\n"}, "why"),
        ("comment", {"why": "业主说马上来"}, ""),
    ],
)
def test_what_is_still_to_be_filled_in_is_named(word, said, lacking):
    assert missing(choice_of(word), said) == lacking


def test_each_step_that_asked_has_a_button_that_decides_about_it():
    decide = choice_of("decide")
    buttons = list(labelled(decide, ("tow-decision", "fine"), ENGLISH))
    assert [label for label, _ in buttons] == ["Decide: Tow decision", "Decide: Fine"]
    assert [decide.make(SAID | known).step for _, known in buttons] == ["tow-decision", "fine"]
    (penalty,) = labelled(decide, (), ENGLISH)
    assert decide.make(SAID | penalty[1]).step == PENALTY
    assert list(labelled(choice_of("accept"), ("fine",), ENGLISH)) == [("Accept", {})]


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("state", list(State)),
        ("resolution", list(Resolution)),
        ("dismissed_as", list(DismissReason)),
        ("what", list(Change)),
        ("command", [one.word for one in CHOICES]),
        ("field", [one.field for one in CHOICES if one.field]),
    ],
)
def test_everything_an_operator_reads_has_a_word(field, values):
    assert [value for value in values if value not in ENGLISH.of[field]] == []
