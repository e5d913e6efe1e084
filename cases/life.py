"""The life of a case, as one pure function.

```
 OBSERVED              Assess             Accept             Start
 ─────────► discovered ──────► assessed ──────► accepted ──────► handling
                 │ ▲  by itself    │  ▲ HandOver,  │               │
                 │ └── with proof  │  └─ Return ───┴───────────────┤
                 │                 │                               │
                 ├── Dismiss ──────┼──► dismissed                  │
                 ├── Merge, same plate ► merged                    │
                 └── ENDED, Done, quiet gap over ──► closed ◄──────┘
                                                       └── in time ──► archived
```

While a case is open, whatever its state, machine signals go on: it grows, is lost from sight, is seen again
and closes when it is seen to end. A case whose vehicle turns out to be exempt is closed at once. Nothing
re-opens a case; the next incident opens a new one that links to it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from cases.answers.disowning import Answered, answered
from cases.clocks import due_at
from cases.commands import Command
from cases.orders import asked, escalated, levels_above, ordered, over
from cases.record import Case, Decision, Duty, Signal, SignalKind
from cases.sightings import (
    SAME_SPOT,
    absorbed,
    close_unseen,
    excused,
    named_by,
    open_case,
    opens,
    proven,
    resumes,
    sighted,
    unseen_deadline,
)
from cases.states import OPEN_STATES, Change, DismissReason, Resolution, State
from cases.steps import Does, Step, When
from models.errors import Refused

__all__ = [
    "OPEN_STATES",
    "SAME_SPOT",
    "Answered",
    "Attached",
    "Case",
    "Change",
    "Decision",
    "DismissReason",
    "DueStep",
    "Duty",
    "Identified",
    "Missed",
    "Resolution",
    "Shelved",
    "Signal",
    "SignalKind",
    "State",
    "Taken",
    "absorbed",
    "close_unseen",
    "due_steps",
    "excused",
    "merged",
    "named_by",
    "open_case",
    "opens",
    "resumes",
    "settled",
    "step",
    "unseen_deadline",
]


@dataclass(frozen=True, slots=True)
class Taken:
    """A step of the ladder whose time came and whose condition holds."""

    step: Step


@dataclass(frozen=True, slots=True)
class Missed:
    """A deadline that nobody kept."""

    name: str


@dataclass(frozen=True, slots=True)
class Shelved:
    """The time for the archive has come."""


@dataclass(frozen=True, slots=True)
class Identified:
    """The plate was read surely: the incident has another key from now on."""

    dedup_key: str


@dataclass(frozen=True, slots=True)
class Attached:
    """A report of a person is about this incident too.

    Attributes:
        source: what the ledger keeps of the report: its id, its channel, how sure it is that it belongs here.
    """

    source: Mapping[str, Any]


Given = Signal | Command | Taken | Missed | Shelved | Identified | Attached | Answered
"""Everything that can move a case: the stream, people, owners, and the clock."""


@dataclass(frozen=True, slots=True)
class DueStep:
    """A step of the ladder that becomes due."""

    step: str
    due_at: datetime


DONE_BY: dict[Does, Change] = {
    Does.INFORM_DEPARTMENT: Change.INFORMED,
    Does.DISPATCH: Change.DISPATCHED,
    Does.ESCALATE: Change.ESCALATED,
    Does.REQUEST_DECISION: Change.DECISION_REQUESTED,
    Does.TOW_REQUEST: Change.TOW_REQUESTED,
}
"""What a step of the ladder makes of a case. Notices are the notifier's: they change nothing about it."""


def step(  # noqa: PLR0911 - a table of what can be given
    case: Case, given: Given, at: datetime, by: str = ""
) -> tuple[Case, tuple[Change, ...]]:
    """Advance a case.

    Args:
        case: the case so far.
        given: a signal whose origin or key belongs to this case, a person's command, or the clock's word.
        at: now; a signal brings its own time.
        by: who gives the command.

    Returns:
        The case afterwards, and what became of it; nothing when nothing did.

    Raises:
        Refused: a command that is impossible, or a step that can no longer be taken.
    """
    match given:
        case Signal():
            after, change = sighted(case, given) if case.state.is_open else (case, None)
            return after, () if change is None else (change,)
        case Taken(rung):
            return _taken(case, rung, at)
        case Missed():
            return case, (Change.DEADLINE_MISSED,)
        case Shelved():
            if case.state is not State.CLOSED:
                raise Refused("only a closed case goes into the archive", state=case.state, command="archive")
            return replace(case, state=State.ARCHIVED, archived_at=at), (Change.ARCHIVED,)
        case Attached(source):
            if not case.state.is_open:
                raise Refused("it is over; open a new case", state=case.state, command="attach")
            return replace(case, sources=(*case.sources, source)), (Change.ATTACHED,)
        case Identified(key):
            return replace(case, dedup_key=key), (Change.IDENTIFIED,)
        case Answered():
            after, made = answered(case, given)
            return after, (made,)
        case _:
            after, made = ordered(case, given, at, by)
            return after, (made,)


def settled(case: Case, at: datetime) -> tuple[Case, tuple[Change, ...]]:
    """What follows by itself: a case that its policy sees proven needs nobody to assess it."""
    if not proven(case):
        return case, ()
    return replace(case, state=State.ASSESSED, assessed_at=at), (Change.ASSESSED,)


def due_steps(case: Case, change: Change, at: datetime, about: str = "") -> tuple[DueStep, ...]:
    """The steps of the ladder that a change sets going.

    Args:
        case: the case after the change.
        change: what became of it.
        at: the wall-clock time that steps are counted from.
        about: the step that asked for a decision, where that is the change.
    """
    ladder = case.policy
    rungs = [rung for when in _SETS_GOING.get(change, ()) for rung in ladder.steps(when)]
    if change is Change.CLOSED and case.resolution is Resolution.LEFT:
        rungs = [*ladder.steps(When.LEFT), *(ladder.steps(When.TOWED) if case.granted() else ())]
    elif change is Change.CLOSED and case.resolution is Resolution.TOWED:
        rungs = list(ladder.steps(When.TOWED))
    elif change is Change.DECISION_REQUESTED:
        rungs = [rung for rung in ladder.steps(When.UNDECIDED) if rung.only_after == about]
    return tuple(
        DueStep(rung.id, due_at(at, rung.amount_s, rung.counts_by, ladder.calendar)) for rung in rungs
    )


_SETS_GOING: dict[Change, tuple[When, ...]] = {
    Change.OPENED: (When.STANDING, When.OPENED, When.UNACCEPTED),
    Change.ASSESSED: (When.ASSESSED,),
    Change.ACCEPTED: (When.UNSTARTED,),
}


def _taken(case: Case, rung: Step, at: datetime) -> tuple[Case, tuple[Change, ...]]:
    if rung.does is Does.NOTIFY_OWNER:
        return case, ()
    if rung.does is Does.ESCALATE:
        if case.escalated >= levels_above(case):
            raise Refused("it is at the top already: no area is above", state=case.state, command="escalate")
        case = escalated(case)
    elif rung.does is Does.REQUEST_DECISION:
        case = asked(case, rung.id, at)
    return case, (DONE_BY[rung.does],)


def merged(younger: Case, elder: Case, at: datetime) -> tuple[Case, Case]:
    """Two cases of one incident become one: the younger ends, the elder goes on with all it knew."""
    gone = replace(over(younger, State.MERGED, at), merged_into=elder.id, disowned=None)
    return gone, absorbed(elder, younger)
