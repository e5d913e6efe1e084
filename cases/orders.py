"""What people's commands do to a case, and which are impossible. Pure."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Any, NoReturn

from cases.answers.disowning import reviewed
from cases.commands import (
    NEED_A_REASON,
    PENALTY,
    Accept,
    Assess,
    Assist,
    Command,
    Comment,
    Decide,
    Dismiss,
    Done,
    Escalate,
    HandOver,
    Merge,
    Return,
    Review,
    Start,
    word_of,
)
from cases.record import Case, Decision
from cases.states import DISMISSED_AS, OPEN_STATES, PENALTIES, PEOPLE_SAY, Change, State
from models.errors import Refused

LONGEST_WHY = 1000
LONGEST_UNIT = 100

ALLOWED: dict[type[Command], frozenset[State]] = {
    Assess: frozenset({State.DISCOVERED}),
    Accept: frozenset({State.ASSESSED}),
    Start: frozenset({State.ACCEPTED}),
    Done: frozenset({State.ACCEPTED, State.HANDLING}),
    Dismiss: OPEN_STATES,
    Merge: OPEN_STATES,
    HandOver: OPEN_STATES,
    Assist: OPEN_STATES,
    Return: frozenset({State.ASSESSED, State.ACCEPTED, State.HANDLING}),
    Escalate: OPEN_STATES,
    Decide: OPEN_STATES,
    Review: frozenset(State) - {State.ARCHIVED, State.MERGED},
    Comment: frozenset(State) - {State.ARCHIVED},
}
"""In which states a command can be given at all. Nothing re-opens a case."""

INSTEAD = {
    Accept: "assess it first",
    Start: "accept it first",
    Done: "accept it first, or dismiss it",
    Return: "nobody has taken it yet",
}


def ordered(case: Case, command: Command, at: datetime, by: str) -> tuple[Case, Change]:
    """Advance a case by one command.

    Args:
        case: the case so far.
        command: what is wished.
        at: now.
        by: who wishes it.

    Raises:
        Refused: it is impossible, with the reason; the case is as it was.
    """
    if case.state not in ALLOWED[type(command)]:
        over = "it is over; a new incident opens a new case" if not case.state.is_open else ""
        _refuse(case, command, over or INSTEAD.get(type(command), f"it is {case.state.value} already"))
    if len(command.why) > LONGEST_WHY:
        _refuse(case, command, f"why: {len(command.why)} characters are too many; use {LONGEST_WHY} at most")
    if isinstance(command, NEED_A_REASON) and not command.why.strip():
        _refuse(case, command, "why: a reason is needed; say one")
    return _DO[type(command)](case, command, at, by)


def over(case: Case, state: State, at: datetime) -> Case:
    """The case with nothing going on any more."""
    return replace(case, state=state, closed_at=at, live_origins=frozenset(), unseen_since=None)


def levels_above(case: Case) -> int:
    """How many levels up a case can go: to the top of its path, and once where no area is known."""
    depth = len([part for part in case.area_path.split("/") if part])
    return max(depth - 1, 1)


def escalated(case: Case) -> Case:
    """One level up."""
    return replace(case, escalated=case.escalated + 1)


def asked(case: Case, step: str, at: datetime) -> Case:
    """With a decision requested. Asking again changes nothing."""
    if step in case.decisions:
        return case
    return replace(case, decisions=MappingProxyType({**case.decisions, step: Decision(asked_at=at)}))


def _refuse(case: Case, command: Command, reason: str) -> NoReturn:
    raise Refused(reason, state=case.state.value, command=word_of(command))


def _assess(case: Case, _command: Assess, at: datetime, _by: str) -> tuple[Case, Change]:
    return replace(case, state=State.ASSESSED, assessed_at=at), Change.ASSESSED


def _accept(case: Case, _command: Accept, at: datetime, _by: str) -> tuple[Case, Change]:
    return replace(case, state=State.ACCEPTED, accepted_at=at), Change.ACCEPTED


def _start(case: Case, _command: Start, at: datetime, _by: str) -> tuple[Case, Change]:
    return replace(case, state=State.HANDLING, started_at=at), Change.STARTED


def _done(case: Case, command: Done, at: datetime, _by: str) -> tuple[Case, Change]:
    if command.resolution not in PEOPLE_SAY:
        known = ", ".join(sorted(PEOPLE_SAY))
        _refuse(case, command, f"resolution: {command.resolution.value!r} is not for people; one of {known}")
    if command.resolution in PENALTIES:
        if not case.enforceable:
            _refuse(case, command, "resolution: the zone has no legal basis and sign on record: warn only")
        if not case.granted():
            _refuse(case, command, "resolution: nobody granted a penalty; decide first")
    closed = over(case, State.CLOSED, at)
    return replace(closed, resolution=command.resolution, feedback_at=case.feedback_at or at), Change.CLOSED


def _dismiss(case: Case, command: Dismiss, at: datetime, _by: str) -> tuple[Case, Change]:
    resolution = DISMISSED_AS.get(command.reason)
    dismissed = replace(over(case, State.DISMISSED, at), dismissed_as=command.reason, resolution=resolution)
    return dismissed, Change.DISMISSED


def _merge(case: Case, command: Merge, at: datetime, _by: str) -> tuple[Case, Change]:
    if command.into == case.id:
        _refuse(case, command, "into: a case cannot be merged into itself")
    return replace(over(case, State.MERGED, at), merged_into=command.into), Change.MERGED


def _hand_over(case: Case, command: HandOver, _at: datetime, _by: str) -> tuple[Case, Change]:
    unit = _unit(case, command, command.unit)
    if unit == case.lead:
        _refuse(case, command, f"unit: {unit!r} leads already")
    state = case.state if case.state is State.DISCOVERED else State.ASSESSED
    given = replace(case, unit=unit, handed_by=case.lead, state=state, accepted_at=None, started_at=None)
    return replace(given, assisting=_without(case.assisting, unit)), Change.HANDED_OVER


def _assist(case: Case, command: Assist, _at: datetime, _by: str) -> tuple[Case, Change]:
    unit = _unit(case, command, command.unit)
    if unit == case.lead or unit in case.assisting:
        _refuse(case, command, f"unit: {unit!r} works on it already")
    return replace(case, assisting=(*case.assisting, unit)), Change.ASSIST_ASKED


def _return(case: Case, _command: Return, _at: datetime, _by: str) -> tuple[Case, Change]:
    given = replace(case, accepted_at=None, started_at=None)
    if case.handed_by:
        back = replace(given, state=State.ASSESSED, unit=case.handed_by, handed_by="")
        return replace(back, assisting=_without(case.assisting, case.handed_by)), Change.RETURNED
    return replace(given, state=State.DISCOVERED), Change.RETURNED


def _escalate(case: Case, command: Escalate, _at: datetime, _by: str) -> tuple[Case, Change]:
    if case.escalated >= levels_above(case):
        _refuse(case, command, "it is at the top already: no area is above")
    return escalated(case), Change.ESCALATED


def _decide(case: Case, command: Decide, at: datetime, by: str) -> tuple[Case, Change]:
    asked_for = case.decisions.get(command.step)
    if asked_for is None and command.step != PENALTY:
        known = ", ".join([*case.decisions, PENALTY])
        _refuse(case, command, f"step: nobody asked for {command.step!r}; one of {known}")
    if asked_for is not None and asked_for.granted is not None:
        said = "granted" if asked_for.granted else "refused"
        _refuse(case, command, f"step: {command.step!r} was {said} already by {asked_for.by}")
    if command.granted and not case.enforceable:
        _refuse(case, command, "granted: the zone has no legal basis and sign on record: warn only")
    since = at if asked_for is None else asked_for.asked_at
    said_so = Decision(asked_at=since, granted=command.granted, by=by, at=at)
    return replace(
        case, decisions=MappingProxyType({**case.decisions, command.step: said_so})
    ), Change.DECIDED


def _review(case: Case, command: Review, at: datetime, _by: str) -> tuple[Case, Change]:
    return reviewed(case, at, theirs=command.theirs, keep_open=command.keep_open)


def _comment(case: Case, _command: Comment, at: datetime, _by: str) -> tuple[Case, Change]:
    if case.state is State.HANDLING and case.feedback_at is None:
        return replace(case, feedback_at=at), Change.COMMENTED
    return case, Change.COMMENTED


def _unit(case: Case, command: Command, unit: str) -> str:
    unit = unit.strip()
    if not unit or len(unit) > LONGEST_UNIT:
        _refuse(case, command, f"unit: name a department in 1 to {LONGEST_UNIT} characters")
    return unit


def _without(units: tuple[str, ...], unit: str) -> tuple[str, ...]:
    return tuple(one for one in units if one != unit)


_DO: dict[type[Command], Callable[[Case, Any, datetime, str], tuple[Case, Change]]] = {
    Assess: _assess,
    Accept: _accept,
    Start: _start,
    Done: _done,
    Dismiss: _dismiss,
    Merge: _merge,
    HandOver: _hand_over,
    Assist: _assist,
    Return: _return,
    Escalate: _escalate,
    Decide: _decide,
    Review: _review,
    Comment: _comment,
}
