"""By when something must have been done about a case: what begins with a change, and what a change fulfils.

Pure: the case and the time come as arguments. `cases.clockwork` says which were missed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from cases.clocks import Clock, due_at
from cases.policy import Policy
from cases.record import Case, Duty
from cases.routing import Deadline
from cases.states import Change, State

ARCHIVE = "archive"
"""Nobody's duty: when a case that was closed goes into the archive."""

OVER = frozenset({Change.CLOSED, Change.DISMISSED, Change.MERGED})
"""Whatever was to be done by then, it is over."""

FULFILS: dict[Change, frozenset[str]] = {
    Change.ASSESSED: frozenset({"order"}),
    Change.ACCEPTED: frozenset({"order", "accept"}),
    Change.STARTED: frozenset({"order", "accept", "first_responder", "arrive"}),
    Change.COMMENTED: frozenset({"feedback"}),
}
SAME_AS = {"arrive": "first_responder"}
"""What the catalogue calls by another name than the policy."""


@dataclass(frozen=True, slots=True)
class DueDeadline:
    """A deadline that begins."""

    name: str
    due_at: datetime


def duties(policy: Policy, catalogue: Iterable[Deadline] = ()) -> tuple[Duty, ...]:
    """What has to be done about a case, and by when.

    Args:
        policy: of the case.
        catalogue: of the matter; they count from the opening and win over the policy's of the same name.
    """
    own = policy.deadlines
    table = (
        ("order", Change.OPENED, own.order_s),
        ("accept", Change.ASSESSED, own.accept_s),
        ("first_responder", Change.ASSESSED, own.first_responder_s),
        ("feedback", Change.STARTED, own.feedback_s),
        ("close", Change.OPENED, own.close_s),
    )
    found = {
        name: Duty(name=name, since=since, after_s=after_s, clock=own.clock)
        for name, since, after_s in table
        if after_s > 0
    }
    for one in catalogue:
        name = SAME_AS.get(one.name, one.name)
        clock = Clock.WORKING if one.working else Clock.WALL
        found[name] = Duty(name=name, since=Change.OPENED, after_s=one.after_s, clock=clock)
    return tuple(found.values())


def begin(case: Case, change: Change, at: datetime) -> tuple[DueDeadline, ...]:
    """The deadlines that a change sets going.

    Args:
        case: after the change.
        change: what became of it.
        at: the wall-clock time they are counted from.
    """
    if change is Change.CLOSED:
        return (DueDeadline(ARCHIVE, at + timedelta(days=case.policy.archive_after_days)),)
    return tuple(
        DueDeadline(duty.name, due_at(at, duty.after_s, duty.clock, case.policy.calendar))
        for duty in case.duties
        if duty.since is change
    )


def fulfils(change: Change, name: str) -> bool:
    """Whether a change means that what a deadline asks for has been done, or need not be any more."""
    return name != ARCHIVE and (change in OVER or name in FULFILS.get(change, ()))


def archives(case: Case) -> bool:
    """Whether a case can go into the archive."""
    return case.state is State.CLOSED
