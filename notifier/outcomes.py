"""What became of a notice at one turn, for the log, the metrics and the status page."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from cases.notices.records import CaseView, Pending
from notifier.messages import case_number
from notifier.segments import size


class Turn(StrEnum):
    """The word for it."""

    SENT = "sent"
    FOUND = "found"
    """The provider was asked, and had it already."""
    REFUSED = "refused"
    WITHHELD = "withheld"
    NOT_SENT = "not_sent"
    """The step ended without a notice."""
    WAITS = "waits"
    DELAYED = "delayed"
    IN_DOUBT = "in_doubt"
    CLEARED = "cleared"
    """The provider was asked, and does not have it."""
    DOUBTFUL = "doubtful"
    """Nobody can say whether the provider has it: never again, a person decides."""
    CLOSED = "closed"
    """The provider refuses our account."""


ACCEPTED = frozenset({Turn.SENT, Turn.FOUND})
FAILING = frozenset({Turn.REFUSED, Turn.DELAYED, Turn.IN_DOUBT, Turn.DOUBTFUL, Turn.CLOSED})
QUIET = frozenset({Turn.WAITS})
"""Repeats every few seconds while a vehicle is out of sight."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One turn of one notice. Holds no number and no text.

    Attributes:
        segments: SMS that its text takes.
    """

    turn: Turn
    case: CaseView
    step: str
    why: str
    mask: str = ""
    notice: str = ""
    attempts: int = 0
    provider_id: str = ""
    latency_s: float | None = None
    segments: int = 1

    def line(self) -> dict[str, Any]:
        """The canonical log line: the same ids all the way from the kerb."""
        line: dict[str, Any] = {
            "outcome": self.turn.value,
            "case": self.case.id,
            "case_number": case_number(self.case.number),
            "source": self.case.source,
            "zone": self.case.zone,
            "step": self.step,
            "why": self.why,
        }
        if self.notice:
            line |= {"notice": self.notice, "mask": self.mask, "attempts": self.attempts}
        if self.provider_id:
            line["provider_id"] = self.provider_id
        if self.latency_s is not None:
            line["latency_s"] = round(self.latency_s, 3)
        return line


def outcome_of(
    turn: Turn, notice: Pending, why: str, *, provider_id: str = "", latency_s: float | None = None
) -> Outcome:
    """One turn of a notice that is written down."""
    return Outcome(
        turn=turn,
        case=notice.case,
        step=notice.step.id,
        why=why,
        mask=notice.mask,
        notice=notice.id,
        attempts=notice.attempts,
        provider_id=provider_id,
        latency_s=latency_s,
        segments=size(notice.body).segments,
    )
