"""When nobody can be told: the ladder goes on with the department in the owner's place.

A step that was to tell the owner, and found nobody to tell, takes those that only repeat it with it. Steps of
the department that were to follow it go on as if it had been taken, and where no department was told yet, the
first that would be is told now: there is nobody left to give time to.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from cases.policy import Policy
from cases.steps import Does, When

TAKEN = "taken"
"""The outcome of a step that the clock took."""

NOBODY = "nobody to tell: "
"""How the outcome of a step begins that found nobody; the reason follows."""

GOES_ON = frozenset({Does.INFORM_DEPARTMENT, Does.DISPATCH, Does.ESCALATE, Does.REQUEST_DECISION})
"""What follows an owner's step although nobody could be told. A tow keeps its own conditions."""

_OF_THE_DEPARTMENT = frozenset({Does.INFORM_DEPARTMENT, Does.DISPATCH})
_BY_TIME = frozenset({When.STANDING, When.OPENED})


@dataclass(frozen=True, slots=True)
class Instead:
    """What becomes of the rest of the ladder.

    Attributes:
        dropped: steps that tell the owner only after the one that found nobody.
        now: the department's step that is due at once; empty for none.
    """

    dropped: tuple[str, ...] = ()
    now: str = ""


def instead(policy: Policy, step: str, waiting: Mapping[str, datetime], done: frozenset[str]) -> Instead:
    """Decide what follows a step that found nobody to tell.

    Args:
        policy: the case's ladder.
        step: the one.
        waiting: when the case's other steps are due.
        done: those that were taken.
    """
    gone = {step}
    for rung in policy.step:
        if rung.does is Does.NOTIFY_OWNER and rung.only_after in gone and rung.id in waiting:
            gone.add(rung.id)
    dropped = tuple(rung.id for rung in policy.step if rung.id in gone - {step})
    departments = [rung for rung in policy.step if rung.does in _OF_THE_DEPARTMENT]
    if any(rung.id in done for rung in departments):
        return Instead(dropped)
    soon = [
        rung.id
        for rung in departments
        if rung.id in waiting
        and rung.when in _BY_TIME
        # What waits for another step, a person or a repeat offender goes on waiting for it.
        and (rung.only_after is None or rung.only_after in gone)
        and rung.needs_decision is None
        and rung.violations_at_least == 1
    ]
    return Instead(dropped, min(soon, key=lambda name: waiting[name], default=""))
