"""One rung of a policy's ladder: what is done, on which condition, and after how long."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from cases.clocks import Clock
from models.toml import FrozenModel
from models.units import NAME_PATTERN

StepName = Annotated[str, StringConstraints(pattern=NAME_PATTERN)]

LONGEST_S = 365 * 86_400.0
LONGEST_H = 2000.0
"""A year, by the wall clock and in working hours."""


class Does(StrEnum):
    """What a step does."""

    NOTIFY_OWNER = "notify_owner"
    INFORM_DEPARTMENT = "inform_department"
    DISPATCH = "dispatch"
    ESCALATE = "escalate"
    REQUEST_DECISION = "request_decision"
    TOW_REQUEST = "tow_request"


PENALISES = frozenset({Does.TOW_REQUEST})
"""Never without a person's decision in front of it."""


class When(StrEnum):
    """On which condition a step is taken, and from when its time counts."""

    STANDING = "standing"
    LEFT = "left"
    TOWED = "towed"
    OPENED = "opened"
    ASSESSED = "assessed"
    UNACCEPTED = "unaccepted"
    UNSTARTED = "unstarted"
    UNDECIDED = "undecided"


AFTERWARDS = frozenset({When.LEFT, When.TOWED})
"""What is done when the case is over; everything else is dropped then."""


class Step(FrozenModel):
    """One rung of the ladder.

    Attributes:
        id: unique in the policy; one notice per case, step and recipient.
        does: what happens.
        when: `standing` counts from the opening and needs the incident in sight; `opened` counts from the
            opening, in sight or not; `left` from the moment the vehicle left; `towed` from the moment the
            case was closed as towed, or left after towing was requested; `assessed` from the assessment;
            `unaccepted` from the opening, if no department accepted it by then; `unstarted` from the
            acceptance, if nobody was on scene by then; `undecided` from the request named in `only_after`,
            if nobody decided by then. All but `left` and `towed` are dropped when the case is over.
        after_s: seconds by the wall clock. By the working clock `after_working_h` says it.
        after_working_h: hours of working time.
        clock: which time counts; follows from the key that is written.
        only_after: an earlier step that must have been taken: nobody is thanked who was never told.
        violations_at_least: only from the n-th violation on of the same plate in the same matter.
        within_days: the span that violations are counted in, before the opening.
        needs_decision: an earlier `request_decision` step that a person must have granted.
        urgent: whether its notice goes before others and by night; the policy's own, if left out.
    """

    id: StepName
    does: Does
    when: When = When.STANDING
    after_s: float = Field(default=0.0, ge=0, le=LONGEST_S)
    after_working_h: float | None = Field(default=None, ge=0, le=LONGEST_H)
    clock: Clock = Clock.WALL
    only_after: StepName | None = None
    violations_at_least: int = Field(default=1, ge=1, le=1000)
    within_days: float = Field(default=90.0, gt=0, le=3660)
    needs_decision: StepName | None = None
    urgent: bool | None = None

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if self.after_working_h is not None and self.after_s:
            raise ValueError(f"step {self.id!r} has two times; write after_s or after_working_h")
        if self.clock is Clock.WORKING and self.after_working_h is None:
            remedy = "write after_working_h in place of after_s"
            raise ValueError(f"step {self.id!r} counts working time and does not say how much; {remedy}")
        if self.does in PENALISES and self.needs_decision is None:
            remedy = "name a request_decision step in needs_decision"
            raise ValueError(f"step {self.id!r} penalises without a person's decision; {remedy}")
        if self.when is When.UNDECIDED and self.only_after is None:
            raise ValueError(f"step {self.id!r} waits for no decision; name its request in only_after")
        return self

    @property
    def counts_by(self) -> Clock:
        """Which time counts."""
        return Clock.WALL if self.after_working_h is None else Clock.WORKING

    @property
    def amount_s(self) -> float:
        """How long it waits, in seconds of its clock."""
        return self.after_s if self.after_working_h is None else self.after_working_h * 3600
