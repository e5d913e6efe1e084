"""Whether a step of the ladder is taken now, later, or never: one pure function for every kind of step."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from cases.clocks import Clock
from cases.notices.instead import GOES_ON
from cases.record import Case
from cases.states import Disowned, Resolution, State
from cases.steps import AFTERWARDS, PENALISES, Does, Step, When

LOOK_AGAIN = timedelta(seconds=10)
"""Before a step is looked at again that waits for something which tells nobody when it happens."""

DISOWNED = "the owner says it is not their vehicle: a person reviews it"
NOT_THEIRS = "a person found that it is not their vehicle"

GAP_KEPT = 0.5
"""Share of the time between two notices of a ladder that passes at least, however late the first one went
out: after an outage a reminder must not follow its notice at once. Half, so that seconds put nothing off."""

NO_VIOLATION = frozenset({Resolution.EXEMPT.value, Resolution.FALSE_ALARM.value})


@dataclass(frozen=True, slots=True)
class Take:
    """Now."""

    why: str = ""


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
"""The answer to every question about a step or a notice, here and in `notifier.ladder`."""


class Purpose(StrEnum):
    """What a notice is there for."""

    LEAVE = "leave"
    TOWING = "towing"
    """Where to ask for a vehicle that was towed."""
    THANKS = "thanks"


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What else the ledger knows that decides on a case's steps.

    Attributes:
        violations: when earlier incidents of the same plate in the same matter began, this one not counted.
        taken: steps of its ladder that were taken, also by cases that were merged into it.
        inherited: those of them that were taken by such cases.
        told: when notices of its steps were accepted by the provider, the latest of each step.
        unreached: steps that found nobody to tell, so that the department's steps after them go on.
        undecided: steps that may still be taken.
        elsewhere: steps whose notice is under way in a case that was merged into it.
        silence: why no steps are taken now, and until when; None when they are.
        graver: what goes on at the same place that holds back tows and notices about them; empty when nothing
            does.
    """

    violations: tuple[datetime, ...] = ()
    taken: frozenset[str] = frozenset()
    inherited: frozenset[str] = frozenset()
    told: Mapping[str, datetime] = field(default_factory=lambda: MappingProxyType({}))
    unreached: frozenset[str] = frozenset()
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
    too_soon = _too_soon(rung, case, around)
    return too_soon if too_soon is not None and too_soon.until > at else Take()


def never(rung: Step, case: Case, around: Surroundings) -> str:
    """Why a step will never be taken; empty if it may be."""
    reasons = (_over, _not_theirs, _overtaken, _too_few, _unfounded, _unled)
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
    if rung.when not in AFTERWARDS and not case.state.is_open:
        told = ": nobody who has left is told to leave" if rung.does is Does.NOTIFY_OWNER else ""
        return f"the case is {case.state.value}{told}"
    return "a case that was merged into this one took it" if rung.id in around.inherited else ""


def _not_theirs(rung: Step, case: Case, _around: Surroundings) -> str:
    """Whoever says that it is not theirs is told nothing more, and is not thanked for leaving."""
    if rung.does is not Does.NOTIFY_OWNER or case.disowned is None:
        return ""
    if case.disowned is Disowned.TRUE:
        return NOT_THEIRS
    return DISOWNED if rung.when is When.LEFT else ""


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


def _unled(rung: Step, case: Case, around: Surroundings) -> str:
    earlier = rung.only_after
    if earlier is None or earlier in around.taken or earlier in around.undecided:
        return ""
    if _stands_in(rung, case, around):
        return ""
    return f"the step {earlier!r} before it was never sent or taken"


def _stands_in(rung: Step, case: Case, around: Surroundings) -> bool:
    """Whether it is the department's, and goes on although nobody could be told before it.

    So it does while the plate is not read surely: the notice waits for that, for as long as it takes.
    """
    earlier = case.policy.step_of(rung.only_after or "")
    if rung.does not in GOES_ON or earlier is None:
        return False
    unnamed = case.plate is None or not case.plate.sure
    return earlier.id in around.unreached or (unnamed and earlier.does is Does.NOTIFY_OWNER)


def _overtaken(rung: Step, case: Case, around: Surroundings) -> str:
    """Whether what a step is there for has happened already, or has not happened at all."""
    match rung.when:
        case When.UNACCEPTED if case.state in {State.ACCEPTED, State.HANDLING}:
            return "a department accepted it in time"
        case When.UNSTARTED if case.state is State.HANDLING:
            return "somebody was on scene in time"
        case When.UNDECIDED:
            asked = case.decisions.get(rung.only_after or "")
            return "it was decided in time" if asked is not None and asked.granted is not None else ""
        case When.LEFT | When.TOWED:
            return _not_gone_so(rung, case, around)
    return ""


def _not_gone_so(rung: Step, case: Case, around: Surroundings) -> str:
    """Who drives off on the last warning and who is towed look alike: after a request, nobody is thanked."""
    tow_requested = any(
        step.does is Does.TOW_REQUEST and step.id in around.taken for step in case.policy.step
    )
    if rung.when is When.TOWED:
        return "" if tow_requested or case.resolution is Resolution.TOWED else "it was not towed"
    if case.resolution is not Resolution.LEFT:
        return "nobody saw the vehicle leave"
    return "towing was requested: nobody is thanked for having been towed" if tow_requested else ""


def is_about_towing(rung: Step, case: Case) -> bool:
    """Whether a step tows, or warns the owner of it; to leave, owners are told whatever burns."""
    if rung.does is not Does.NOTIFY_OWNER:
        return rung.does is Does.TOW_REQUEST
    before = case.policy.step_of(rung.only_after or "")
    return before is not None and before.does is Does.REQUEST_DECISION


def purpose_of(rung: Step) -> Purpose:
    """What a step's notice is there for."""
    return {When.LEFT: Purpose.THANKS, When.TOWED: Purpose.TOWING}.get(rung.when, Purpose.LEAVE)


def _too_soon(rung: Step, case: Case, around: Surroundings) -> Later | None:
    """An earlier notice that went out late moves the later ones back."""
    if not _tells_to_leave(rung):
        return None
    waits = [
        Later(
            around.told[earlier.id] + timedelta(seconds=(rung.after_s - earlier.after_s) * GAP_KEPT),
            f"the step {earlier.id!r} went out only at {around.told[earlier.id]:%Y-%m-%d %H:%M} UTC",
        )
        for earlier in case.policy.step
        if earlier.id in around.told and earlier.after_s < rung.after_s and _tells_to_leave(earlier)
    ]
    return max(waits, key=lambda wait: wait.until, default=None)


def _tells_to_leave(rung: Step) -> bool:
    return rung.does is Does.NOTIFY_OWNER and rung.when is When.STANDING and rung.counts_by is Clock.WALL


def _waits(rung: Step, case: Case, around: Surroundings) -> str:
    earlier, decision = rung.only_after, rung.needs_decision
    reasons = (
        (case.disowned is not None and rung.does is Does.NOTIFY_OWNER, DISOWNED),
        (rung.id in around.elsewhere, "its notice is under way in a case that was merged into this one"),
        (
            bool(around.graver) and is_about_towing(rung, case),
            f"{around.graver} at the same place: nobody tows there now",
        ),
        (
            earlier is not None and earlier not in around.taken and not _stands_in(rung, case, around),
            f"the step {earlier!r} before it is still under way",
        ),
        (decision is not None and not case.granted(decision), f"nobody has decided {decision!r} yet"),
        (rung.when is When.STANDING and case.unseen_since is not None, "out of sight: it may have left"),
    )
    return next((why for holds, why in reasons if holds), "")
