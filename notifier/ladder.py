"""Whether a notice goes out now: one pure function with a readable answer.

It is asked when a step becomes due, and again before every single attempt, because between the two the
vehicle may have left: nobody who has left is told to leave.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from cases.life import Resolution, State
from cases.notice_records import CaseView, DueStep, Pending
from cases.policy import When
from cases.taking import Later, Never, Verdict
from models.records import PlateSource

LOOK_AGAIN = timedelta(seconds=5)
"""A case out of sight comes back or closes by itself; asking more often would only write more."""


@dataclass(frozen=True, slots=True)
class Send:
    """It goes out."""

    why: str


@dataclass(frozen=True, slots=True)
class Wait:
    """Not now; ask again then."""

    until: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Withhold:
    """Never."""

    why: str


Decision = Send | Wait | Withhold


def decide(item: DueStep | Pending, at: datetime, fresh_s: float) -> Decision:
    """Decide on a step that is due, or on a notice already written down.

    Args:
        item: with the case as it is now.
        at: now, by the wall clock.
        fresh_s: an incident not confirmed for longer is not told to its owner.
    """
    case = item.case
    if case.plate is None:
        return Withhold("no plate known: the department decides")
    if isinstance(item, DueStep):
        if answer := _by_the_rules(item.verdict) or _after_earlier_step(item, at):
            return answer
    elif item.hold is not None:
        return Wait(*item.hold)
    if item.step.when is When.LEFT:
        return _thanks(case)
    return _still_standing(case, at, fresh_s)


def _by_the_rules(verdict: Verdict) -> Decision | None:
    """What holds for every kind of step comes first."""
    match verdict:
        case Later(until, why):
            return Wait(until, why)
        case Never(why):
            return Withhold(why)
        case _:
            return None


def _after_earlier_step(due: DueStep, at: datetime) -> Decision | None:
    """A step that builds on another one needs that one to have reached the owner."""
    earlier = due.step.only_after
    if earlier is None or earlier in due.taken:
        return None
    if earlier in due.undecided:
        return Wait(at + LOOK_AGAIN, f"the step {earlier!r} before it is still under way")
    return Withhold(f"the step {earlier!r} before it was never sent")


def _thanks(case: CaseView) -> Decision:
    if case.state not in {State.CLOSED, State.ARCHIVED} or case.resolution != Resolution.LEFT:
        return Withhold("nobody saw the vehicle leave")
    return Send(f"the vehicle left{_plate_note(case)}")


def _still_standing(case: CaseView, at: datetime, fresh_s: float) -> Decision:
    if not case.state.is_open:
        return Withhold(f"the case is {case.state.value}: nobody who has left is told to leave")
    if case.plate is not None and not case.plate.sure:
        return Wait(at + LOOK_AGAIN, "the plate is not read surely: a wrong notice is the worst error")
    if case.unseen_since is not None:
        return Wait(at + LOOK_AGAIN, "out of sight: it may have left")
    age_s = (at - case.last_seen_at).total_seconds()
    if age_s > fresh_s:
        return Wait(at + LOOK_AGAIN, f"last confirmed more than {fresh_s:.0f} s ago")
    return Send(f"it stands there, confirmed {max(age_s, 0):.0f} s ago{_plate_note(case)}")


def _plate_note(case: CaseView) -> str:
    if case.plate is not None and case.plate.source is PlateSource.ASSUMED:
        return "; the plate is assumed (plan or flag), no camera read it"
    return ""
