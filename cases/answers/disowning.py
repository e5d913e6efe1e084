"""What becomes of a case when its owner answers, and when a person has looked at the answer. Pure.

"It is not mine" stops what owners are told, and nothing else: the department keeps its case. "I have moved
it" changes nothing, for only a look at the empty place ends a case.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from cases.record import Case
from cases.states import Change, DismissReason, Disowned, State
from models.errors import Refused


class AnswerKind(StrEnum):
    """What an owner can answer."""

    MOVED = "moved"
    NOT_MINE = "not_mine"
    OBJECTION = "objection"


@dataclass(frozen=True, slots=True)
class Answered:
    """An owner answered."""

    kind: AnswerKind


def answerable(state: State, kind: AnswerKind) -> bool:
    """Whether a case in a state takes an answer: nobody moves what has left, and an archive is closed."""
    return state.is_open if kind is AnswerKind.MOVED else state is not State.ARCHIVED


def answered(case: Case, answer: Answered) -> tuple[Case, Change]:
    """Advance a case by an owner's answer.

    Raises:
        Refused: it is over, and takes no such answer.
    """
    if not answerable(case.state, answer.kind):
        raise Refused("it is over; nothing more is to be said", state=case.state, command=answer.kind)
    if answer.kind is not AnswerKind.NOT_MINE or case.disowned is Disowned.TRUE:
        return case, Change.ANSWERED
    return replace(case, disowned=Disowned.WAITING), Change.DISOWNED


def reviewed(case: Case, at: datetime, *, theirs: bool, keep_open: bool) -> tuple[Case, Change]:
    """Advance a case by a person's finding on "it is not mine".

    Args:
        case: the case so far.
        at: now.
        theirs: whether it is the owner's vehicle after all: then its ladder goes on.
        keep_open: if it is not theirs, whether the department goes on with the case; else it is dismissed for
            its wrong plate.

    Raises:
        Refused: nobody said so, or somebody has decided already.
    """
    if case.disowned is not Disowned.WAITING:
        found = "a person has found that already" if case.disowned else "no owner says that it is not theirs"
        raise Refused(found, state=case.state, command="review")
    if theirs:
        return replace(case, disowned=None), Change.REVIEWED
    known = replace(case, disowned=Disowned.TRUE)
    if keep_open or not case.state.is_open:
        return known, Change.REVIEWED
    gone = replace(known, state=State.DISMISSED, closed_at=at, live_origins=frozenset(), unseen_since=None)
    return replace(gone, dismissed_as=DismissReason.WRONG_PLATE), Change.DISMISSED
