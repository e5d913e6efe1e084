"""The words of a case's life: its states, why it ended, and what may become of it."""

from enum import StrEnum


class State(StrEnum):
    """Where a case is in its life.

    Somebody has to do something about the first four; the others are final, but for `archived`, which a
    closed case becomes in time.
    """

    DISCOVERED = "discovered"
    ASSESSED = "assessed"
    ACCEPTED = "accepted"
    HANDLING = "handling"
    CLOSED = "closed"
    ARCHIVED = "archived"
    DISMISSED = "dismissed"
    MERGED = "merged"

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to do something."""
        return self in OPEN_STATES


OPEN_STATES = frozenset({State.DISCOVERED, State.ASSESSED, State.ACCEPTED, State.HANDLING})


class Resolution(StrEnum):
    """How an incident ended."""

    LEFT = "left"
    CLEARED = "cleared"
    UNKNOWN = "unknown"
    EXEMPT = "exempt"
    REMOVED = "removed"
    TOWED = "towed"
    PENALISED = "penalised"
    HANDLED = "handled"
    NOT_FOUND = "not_found"
    FALSE_ALARM = "false_alarm"


PENALTIES = frozenset({Resolution.TOWED, Resolution.PENALISED})
"""Never without a person's decision in front of them."""

PEOPLE_SAY = PENALTIES | {
    Resolution.LEFT,
    Resolution.CLEARED,
    Resolution.REMOVED,
    Resolution.HANDLED,
    Resolution.NOT_FOUND,
}
"""What `Done` may say. A false alarm or an exempt vehicle is dismissed instead, so that the zone learns."""


class DismissReason(StrEnum):
    """Why a case was none: by it a dismissal counts as a false alarm of its zone or not (`DISMISSED_AS`)."""

    FALSE_ALARM = "false_alarm"
    EXEMPT = "exempt"
    DUPLICATE = "duplicate"
    WRONG_ZONE = "wrong_zone"
    WRONG_PLATE = "wrong_plate"
    TEST = "test"
    OTHER = "other"


DISMISSED_AS = {
    DismissReason.FALSE_ALARM: Resolution.FALSE_ALARM,
    DismissReason.WRONG_ZONE: Resolution.FALSE_ALARM,
    DismissReason.TEST: Resolution.FALSE_ALARM,
    DismissReason.EXEMPT: Resolution.EXEMPT,
}
"""The resolution that goes with a reason; none for the others."""


class Disowned(StrEnum):
    """What is known about an owner's word that the vehicle is not theirs.

    `waiting` for a person to look at it; `true` when that person found so. Where they found otherwise,
    nothing is left of it but the history.
    """

    WAITING = "waiting"
    TRUE = "true"


class Change(StrEnum):
    """What became of a case: the words of the audit and of the outbox (`clearway.case.{change}.v1`)."""

    OPENED = "opened"
    GREW = "grew"
    UNSEEN = "unseen"
    SEEN_AGAIN = "seen_again"
    IDENTIFIED = "identified"
    ATTACHED = "attached"
    ABSORBED = "absorbed"
    ASSESSED = "assessed"
    ACCEPTED = "accepted"
    STARTED = "started"
    HANDED_OVER = "handed_over"
    ASSIST_ASKED = "assist_asked"
    RETURNED = "returned"
    ESCALATED = "escalated"
    COMMENTED = "commented"
    INFORMED = "informed"
    DISPATCHED = "dispatched"
    TOW_REQUESTED = "tow_requested"
    DECISION_REQUESTED = "decision_requested"
    DECIDED = "decided"
    DEADLINE_MISSED = "deadline_missed"
    CLOSED = "closed"
    DISMISSED = "dismissed"
    MERGED = "merged"
    ARCHIVED = "archived"
    ANSWERED = "answered"
    DISOWNED = "disowned"
    REVIEWED = "reviewed"
    NOTICES_DOUBTED = "notices_doubted"
