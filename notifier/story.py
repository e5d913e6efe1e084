"""What became of each step of a case that tells the owner, in words: sent, waits, or not, and why."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cases.life import State
from cases.notices.records import NoticeState
from cases.policy import Does, Policy, Step, When
from cases.taking import Later, Never, Take
from notifier.ladder import in_words

Row = Mapping[str, Any]

WAITS = "waits: "
"""How the outcome of a step begins that is not done yet."""
BEGINS = {
    When.STANDING: "when the case opens",
    When.OPENED: "when the case opens",
    When.LEFT: "when the vehicle is seen to leave",
    When.TOWED: "when it was towed",
    When.ASSESSED: "when the case is assessed",
    When.UNACCEPTED: "when the case opens",
    When.UNSTARTED: "when a department has accepted it",
    When.UNDECIDED: "when a decision was asked for",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What became of a step, or of one of its notices.

    Attributes:
        step: of the ladder.
        mask: of the recipient's number; empty for the step as a whole.
        state: `sent`, `waits`, `not sent`, `in doubt` or `not due`.
        at: when it was sent, or is looked at again; None otherwise.
        answer: in words.
    """

    step: str
    mask: str
    state: str
    at: datetime | None
    answer: str


def story(policy: Policy, state: State, steps: Iterable[Row], notices: Iterable[Row]) -> tuple[Told, ...]:
    """Tell it for every step that notifies the owner, in the ladder's order.

    Args:
        policy: pinned into the case.
        state: of the case.
        steps: rows of the ledger.
        notices: rows of the ledger.
    """
    known = {row["step"]: row for row in steps}
    written: dict[str, list[Row]] = {}
    for row in sorted(notices, key=lambda one: (one["intended_at"], one["id"])):
        written.setdefault(row["step"], []).append(row)
    return tuple(
        line
        for rung in policy.step
        if rung.does is Does.NOTIFY_OWNER
        for line in _of_step(rung, state, known.get(rung.id), written.get(rung.id, ()))
    )


def _of_step(rung: Step, state: State, row: Row | None, notices: Sequence[Row]) -> Iterable[Told]:
    if notices:
        yield from (_of_notice(notice) for notice in notices)
        return
    yield _not_due(rung, state) if row is None else _unwritten(rung, row)


def _not_due(rung: Step, state: State) -> Told:
    if state.is_open:
        answer = f"not due: it begins {BEGINS[rung.when]}"
    else:
        answer = in_words(Never(f"the case is {state.value}; it would have begun {BEGINS[rung.when]}"))
    return Told(step=rung.id, mask="", state="not due", at=None, answer=answer)


def _unwritten(rung: Step, row: Row) -> Told:
    outcome = row["outcome"] or ""
    if row["done_at"] is not None:
        return Told(step=rung.id, mask="", state="not sent", at=None, answer=in_words(Never(outcome)))
    why = outcome.removeprefix(WAITS) if outcome.startswith(WAITS) else "its time has not come"
    return Told(
        step=rung.id, mask="", state="waits", at=row["due_at"], answer=in_words(Later(row["due_at"], why))
    )


def _of_notice(row: Row) -> Told:
    state, at, answer = _answer(row)
    return Told(step=row["step"], mask=row["mask"], state=state, at=at, answer=answer)


def _answer(row: Row) -> tuple[str, datetime | None, str]:
    match row["state"]:
        case NoticeState.ACCEPTED:
            said = row.get("delivery") or ""
            code = f", {row['delivery_code']}" if row.get("delivery_code") else ""
            delivered = f" ({said}{code})" if said else ""
            return "sent", row["accepted_at"], in_words(Take(row["why"]), row["accepted_at"]) + delivered
        case NoticeState.INTENDED if row["in_doubt"]:
            why = f"nobody knows yet whether the provider has it, and it is asked: {row['why']}"
            return "in doubt", row["next_try_at"], in_words(Later(row["next_try_at"], why))
        case NoticeState.INTENDED:
            return "waits", row["next_try_at"], in_words(Later(row["next_try_at"], row["why"]))
        case NoticeState.DOUBTFUL:
            return "in doubt", None, f"perhaps sent: {row['why']}; a person decides"
        case NoticeState.REFUSED:
            return "not sent", None, in_words(Never(f"the provider refuses it: {row['why']}"))
        case _:
            return "not sent", None, in_words(Never(row["why"]))
