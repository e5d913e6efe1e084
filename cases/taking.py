"""Whether a step of the ladder is taken now, later, or never: one pure function for every kind of step."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from cases.record import Case
from cases.states import Resolution, State
from cases.steps import PENALISES, Does, Step, When

LOOK_AGAIN = timedelta(seconds=10)
"""Before a step is looked at again that waits for something which tells nobody when it happens."""

NO_VIOLATION = frozenset({Resolution.EXEMPT.value, Resolution.FALSE_ALARM.value})


@dataclass(frozen=True, slots=True)
class Take:
    """Now."""


@dataclass(frozen=True, slots=True)
class Later:
    """Not now; look again then."""

    until: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Never:
    """Its condition does not hold and will not."""

    why: str


Verdict = Take | Later | Never


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What else the ledger knows that decides on a case's steps.

    Attributes:
        violations: when earlier incidents of the same plate in the same matter began, this one not counted.
        taken: steps of its ladder that were taken, also by cases that were merged into it.
        undecided: steps that may still be taken.
        elsewhere: steps whose notice is under way in a case that was merged into it.
        silence: why no steps are taken now, and until when; None when they are.
        graver: what goes on at the same place that holds back tows and notices about them; empty when nothing
            does.
    """

    violations: tuple[datetime, ...] = ()
    taken: frozenset[str] = frozenset()
    undecided: frozenset[str] = frozenset()
    elsewhere: frozenset[str] = frozenset()
    silence: tuple[datetime, str] | None = None
    graver: str = ""


def verdict(rung: Step, case: Case, around: Surroundings, at: datetime) -> Verdict:
    """Decide on a step whose time has come, but for what the notifier alone knows.

    Args:
        rung: the step.
        case: as it is now.
        around: what else decides.
        at: now.
    """
    if why := never(rung, case, around):
        return Never(why)
    if around.silence is not None:
        return Later(*around.silence)
    if why := _waits(rung, case, around):
        return Later(at + LOOK_AGAIN, why)
    return Take()


def never(rung: Step, case: Case, around: Surroundings) -> str:
    """Why a step will never be taken; empty if it may be."""
    reasons = (_over, _overtaken, _too_few, _unfounded, _unled)
    return next((why for reason in reasons if (why := reason(rung, case, around))), "")


def violations(
    rows: Iterable[tuple[datetime, datetime | None, str | None]], grace_s: float
) -> tuple[datetime, ...]:
    """The incidents among cases that count as violations: not who left in time, was exempt, or was none.

    Args:
        rows: opened, closed and resolution of each case.
        grace_s: who left within it has violated nothing.
    """
    grace = timedelta(seconds=grace_s)
    return tuple(
        opened
        for opened, closed, resolution in rows
        if resolution not in NO_VIOLATION
        and not (resolution == Resolution.LEFT.value and closed is not None and closed - opened <= grace)
    )


def _over(rung: Step, case: Case, around: Surroundings) -> str:
    if rung.when is not When.LEFT and not case.state.is_open:
        return f"the case is {case.state.value}"
    return "a case that was merged into this one took it" if rung.id in around.taken else ""


def _too_few(rung: Step, case: Case, around: Surroundings) -> str:
    if rung.violations_at_least == 1:
        return ""
    since = case.opened_at - timedelta(days=rung.within_days)
    n = 1 + sum(1 for one in around.violations if since <= one <= case.opened_at)
    if n >= rung.violations_at_least:
        return ""
    return f"violation {n} in {rung.within_days:g} days; the step is for {rung.violations_at_least} and more"


def _unfounded(rung: Step, case: Case, around: Surroundings) -> str:
    """No penalty without a rule that people can know, and without a person who grants it."""
    if rung.does in PENALISES and not case.enforceable:
        return "the zone has no legal basis and sign on record: it can warn, not penalise"
    decision = rung.needs_decision
    if decision is None:
        return ""
    asked = case.decisions.get(decision)
    if asked is not None and asked.granted is False:
        return f"the decision {decision!r} was refused by {asked.by}"
    if asked is None and decision not in around.undecided:
        return f"the decision {decision!r} was never asked for"
    return ""


def _unled(rung: Step, _case: Case, around: Surroundings) -> str:
    earlier = rung.only_after
    if earlier is None or earlier in around.taken or earlier in around.undecided:
        return ""
    return f"the step {earlier!r} before it was never sent or taken"


def _overtaken(rung: Step, case: Case, _around: Surroundings) -> str:
    """Whether what a step is there for has happened already, or has not happened at all."""
    match rung.when:
        case When.UNACCEPTED if case.state in {State.ACCEPTED, State.HANDLING}:
            return "a department accepted it in time"
        case When.UNSTARTED if case.state is State.HANDLING:
            return "somebody was on scene in time"
        case When.UNDECIDED:
            asked = case.decisions.get(rung.only_after or "")
            return "it was decided in time" if asked is not None and asked.granted is not None else ""
        case When.LEFT if case.resolution is not Resolution.LEFT:
            return "nobody saw the vehicle leave"
    return ""


def is_about_towing(rung: Step, case: Case) -> bool:
    """Whether a step tows, or warns the owner of it; to leave, owners are told whatever burns."""
    if rung.does is not Does.NOTIFY_OWNER:
        return rung.does is Does.TOW_REQUEST
    before = case.policy.step_of(rung.only_after or "")
    return before is not None and before.does is Does.REQUEST_DECISION


def _waits(rung: Step, case: Case, around: Surroundings) -> str:
    if rung.id in around.elsewhere:
        return "its notice is under way in a case that was merged into this one"
    if around.graver and is_about_towing(rung, case):
        return f"{around.graver} at the same place: nobody tows there now"
    if rung.only_after is not None and rung.only_after not in around.taken:
        return f"the step {rung.only_after!r} before it is still under way"
    if rung.needs_decision is not None and not case.granted(rung.needs_decision):
        return f"nobody has decided {rung.needs_decision!r} yet"
    if rung.when is When.STANDING and case.unseen_since is not None:
        return "out of sight: it may have left"
    return ""
