"""What people may tell a case, and what is impossible; every life that is possible, and none that is not."""

from dataclasses import replace

import factories
import pytest
from factories import at
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from cases import life
from cases.commands import (
    Accept,
    Assess,
    Assist,
    Comment,
    Decide,
    Dismiss,
    Done,
    Escalate,
    HandOver,
    Merge,
    Return,
    Start,
    word_of,
)
from cases.life import Change, DismissReason, Missed, Resolution, Shelved, SignalKind, State
from cases.orders import ALLOWED
from cases.policy import builtin_policies
from cases.states import OPEN_STATES, PENALTIES, PEOPLE_SAY
from models.errors import Refused
from models.records import PictureRole, PlateSource

FIRE_LANE = builtin_policies()["fire-lane"]
EXAMPLES = {
    Assess: Assess(),
    Accept: Accept(),
    Start: Start(),
    Done: Done(resolution=Resolution.REMOVED),
    Dismiss: Dismiss(reason=DismissReason.FALSE_ALARM, why="a shadow"),
    Merge: Merge(into="other", why="the same car"),
    HandOver: HandOver(unit="traffic-police", why="a public road"),
    Assist: Assist(unit="towing", why="heavy"),
    Return: Return(why="not ours"),
    Escalate: Escalate(why="nobody comes"),
    Decide: Decide(step="penalty", granted=False, why="first time"),
    Comment: Comment(why="still there"),
}


def case(state=State.DISCOVERED, **changes):
    opened = life.open_case(factories.signal(SignalKind.OBSERVED, enforceable=True), FIRE_LANE)
    return replace(opened, **({"state": state} | changes))


def tell(subject, command, seconds=10, by="ann"):
    return life.step(subject, command, at(seconds), by)


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("kind", EXAMPLES, ids=lambda kind: kind.__name__)
def test_a_command_is_granted_in_its_states_and_refused_with_a_reason_in_all_others(kind, state):
    subject = case(state)
    if state in ALLOWED[kind]:
        after, changes = tell(subject, EXAMPLES[kind])
        assert len(changes) == 1
        assert after.state in State
    else:
        with pytest.raises(Refused) as caught:
            tell(subject, EXAMPLES[kind])
        assert (caught.value.state, caught.value.command) == (state, word_of(EXAMPLES[kind]))
        assert caught.value.reason


@pytest.mark.parametrize(
    ("before", "command", "state", "change"),
    [
        (State.DISCOVERED, Assess(), State.ASSESSED, Change.ASSESSED),
        (State.ASSESSED, Accept(), State.ACCEPTED, Change.ACCEPTED),
        (State.ACCEPTED, Start(), State.HANDLING, Change.STARTED),
        (State.ACCEPTED, Done(resolution=Resolution.NOT_FOUND), State.CLOSED, Change.CLOSED),
        (State.HANDLING, Done(resolution=Resolution.REMOVED), State.CLOSED, Change.CLOSED),
        (State.HANDLING, EXAMPLES[Dismiss], State.DISMISSED, Change.DISMISSED),
        (State.DISCOVERED, EXAMPLES[Merge], State.MERGED, Change.MERGED),
        (State.DISCOVERED, EXAMPLES[HandOver], State.DISCOVERED, Change.HANDED_OVER),
        (State.HANDLING, EXAMPLES[HandOver], State.ASSESSED, Change.HANDED_OVER),
        (State.ACCEPTED, EXAMPLES[Return], State.DISCOVERED, Change.RETURNED),
        (State.CLOSED, EXAMPLES[Comment], State.CLOSED, Change.COMMENTED),
    ],
)
def test_a_command_moves_a_case(before, command, state, change):
    after, changes = tell(case(before), command)
    assert (after.state, changes) == (state, (change,))


@pytest.mark.parametrize("reason", DismissReason)
def test_a_dismissed_case_keeps_its_reason_code_and_is_over(reason):
    after, _ = tell(case(), Dismiss(reason=reason, why="seen"))
    assert (after.dismissed_as, after.closed_at, after.live_origins) == (reason, at(10), frozenset())


@pytest.mark.parametrize(
    ("subject", "command", "says"),
    [
        pytest.param(case(), replace(EXAMPLES[Dismiss], why=" "), "a reason is needed", id="no reason"),
        pytest.param(case(), Comment(why="x" * 1001), "1001 characters", id="too long a reason"),
        pytest.param(case(), HandOver(unit=" ", why="x"), "name a department", id="no unit"),
        pytest.param(case(), HandOver(unit="fire-brigade", why="x"), "leads already", id="to itself"),
        pytest.param(case(assisting=("towing",)), EXAMPLES[Assist], "already", id="asked twice"),
        pytest.param(case(escalated=1), EXAMPLES[Escalate], "at the top", id="above the top"),
        pytest.param(case(id="c"), Merge(into="c", why="x"), "into itself", id="merged into itself"),
        pytest.param(
            case(), Decide(step="tow", granted=True, why="x"), "nobody asked for 'tow'", id="unasked"
        ),
        pytest.param(
            case(State.HANDLING),
            Done(resolution=Resolution.FALSE_ALARM),
            "not for people",
            id="a false alarm",
        ),
        pytest.param(
            case(State.HANDLING), Done(resolution=Resolution.TOWED), "nobody granted", id="towed undecided"
        ),
        pytest.param(
            case(State.HANDLING, enforceable=False),
            Done(resolution=Resolution.PENALISED),
            "no legal basis and sign",
            id="where nothing forbids it",
        ),
    ],
)
def test_what_does_not_fit_is_refused_and_says_what_and_what_to_do(subject, command, says):
    with pytest.raises(Refused, match=says):
        tell(subject, command)


def test_a_penalty_follows_a_persons_decision_only():
    decided, changes = tell(
        case(State.HANDLING), Decide(step="penalty", granted=True, why="third time"), by="ann"
    )
    assert changes == (Change.DECIDED,)
    assert decided.decisions["penalty"].by == "ann"
    closed, _ = tell(decided, Done(resolution=Resolution.PENALISED))
    assert closed.resolution is Resolution.PENALISED
    with pytest.raises(Refused, match="was granted already by ann"):
        tell(decided, Decide(step="penalty", granted=False, why="no"))


def test_a_returned_case_goes_back_to_who_handed_it_over_and_is_not_assessed_by_itself_again():
    handed, _ = tell(case(State.ASSESSED, assessed_at=at(0)), EXAMPLES[HandOver])
    assert (handed.lead, handed.handed_by) == ("traffic-police", "fire-brigade")
    back, _ = tell(handed, EXAMPLES[Return])
    assert (back.lead, back.handed_by, back.state) == ("fire-brigade", "", State.ASSESSED)
    again, _ = tell(back, EXAMPLES[Return])
    assert again.state is State.DISCOVERED
    assert life.settled(again, at(20)) == (again, ())


def test_a_case_goes_up_as_many_levels_as_there_are_areas_above():
    subject, n = case(area_path="/city/district/grid"), 0
    while n < 2:
        subject, _ = tell(subject, EXAMPLES[Escalate])
        n += 1
    with pytest.raises(Refused, match="at the top"):
        tell(subject, EXAMPLES[Escalate])


READ = factories.plate("浙B99999", PlateSource.READ)
PROOF = {"plate": READ, "pictures": (factories.picture("a", PictureRole.OVERSTAY),)}


@pytest.mark.parametrize(
    ("assess", "known", "state"),
    [
        ("proof", PROOF, State.ASSESSED),
        ("proof", PROOF | {"plate": factories.plate()}, State.DISCOVERED),
        ("proof", PROOF | {"pictures": ()}, State.DISCOVERED),
        ("human", PROOF, State.DISCOVERED),
        ("always", {"plate": None}, State.ASSESSED),
    ],
)
def test_the_policy_says_whether_people_assess(assess, known, state):
    policy = FIRE_LANE.model_copy(update={"assess": assess})
    opened = life.open_case(factories.signal(SignalKind.OBSERVED, **known), policy)
    assert life.settled(opened, at(1))[0].state is state


class Lives(RuleBasedStateMachine):
    """Every life that signals, people and the clock can lead a case through."""

    @initialize(path=st.sampled_from(["", "/city/district/grid"]), enforceable=st.booleans())
    def open(self, path, enforceable):
        signal = factories.signal(SignalKind.OBSERVED, enforceable=enforceable)
        self.case = replace(life.open_case(signal, FIRE_LANE), area_path=path)
        self.now = 0
        self.over_since = None

    def given(self, what):
        self.now += 1
        before = self.case
        try:
            after, changes = life.step(before, what, at(self.now), "ann")
        except Refused:
            return
        if not changes:
            assert after == before
        if not before.state.is_open:
            # Nothing re-opens a case: it may be spoken about, and a closed one goes into the archive.
            assert after.state is before.state or (before.state, after.state) == (
                State.CLOSED,
                State.ARCHIVED,
            )
            assert after.resolution is before.resolution
        self.case = after

    @rule(kind=st.sampled_from(SignalKind), origin=st.sampled_from(["stay-1", "stay-2"]), left=st.booleans())
    def seen(self, kind, origin, left):
        resolution = Resolution.LEFT if left and kind is SignalKind.ENDED else None
        self.given(factories.signal(kind, origin_id=origin, resolution=resolution, recorded_at=at(self.now)))

    @rule(kind=st.sampled_from(sorted(EXAMPLES, key=lambda one: one.__name__)))
    def told(self, kind):
        self.given(EXAMPLES[kind])

    @rule(resolution=st.sampled_from(Resolution))
    def done(self, resolution):
        self.given(Done(resolution=resolution))

    @rule()
    def granted(self):
        self.given(Decide(step="penalty", granted=True, why="third time"))

    @rule(what=st.sampled_from([Missed("order"), Shelved()]))
    def clock(self, what):
        self.given(what)

    @precondition(lambda self: self.case.unseen_since is not None)
    @rule()
    def given_up(self):
        self.now += 400
        self.case, _ = life.close_unseen(self.case, at(self.now))

    @invariant()
    def possible(self):
        one = getattr(self, "case", None)
        if one is None:
            return
        if one.state.is_open:
            assert (one.closed_at, one.resolution, one.dismissed_as, one.merged_into) == (None,) * 4
            assert bool(one.live_origins) == (one.unseen_since is None)
        else:
            assert one.closed_at is not None
            assert (one.live_origins, one.unseen_since) == (frozenset(), None) or one.resolution == "unknown"
        assert (one.state is State.MERGED) == (one.merged_into is not None)
        assert (one.state is State.DISMISSED) == (one.dismissed_as is not None)
        assert (one.state is State.ARCHIVED) == (one.archived_at is not None)
        if one.state in {State.CLOSED, State.ARCHIVED}:
            assert one.resolution in PEOPLE_SAY | {Resolution.UNKNOWN, Resolution.EXEMPT}
        if one.resolution in PENALTIES:
            assert one.enforceable
            assert one.granted()
        assert one.lead


Lives.TestCase.settings = settings(max_examples=120, stateful_step_count=25, deadline=None)
test_no_life_is_impossible = Lives.TestCase


def test_every_state_can_be_reached():
    walk = {
        State.ASSESSED: [Assess()],
        State.ACCEPTED: [Assess(), Accept()],
        State.HANDLING: [Assess(), Accept(), Start()],
        State.CLOSED: [Assess(), Accept(), Done(resolution=Resolution.HANDLED)],
        State.ARCHIVED: [Assess(), Accept(), Done(resolution=Resolution.HANDLED), Shelved()],
        State.DISMISSED: [EXAMPLES[Dismiss]],
        State.MERGED: [EXAMPLES[Merge]],
    }
    for state, given in walk.items():
        subject = case()
        for one in given:
            subject, _ = tell(subject, one)
        assert subject.state is state
    assert {State.DISCOVERED, *walk} == set(State)
    assert {state for state in State if state.is_open} == OPEN_STATES
