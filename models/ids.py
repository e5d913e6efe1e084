"""Deterministic ids: the same footage through the same plan says the same things under the same names.

So a replay, a restart or a second delivery can never open a second case.
"""

from datetime import datetime
from uuid import UUID, uuid5

from models.units import utc

CLEARWAY = UUID("3d0d7c1e-2f0a-5b60-9a41-c1ea4a7c1ea4")
"""Namespace of every id made here."""


def _moment(at: datetime) -> str:
    return utc(at).isoformat(timespec="milliseconds")


def stay_id(source: str, zone: str, first_look_at: datetime, ground_xy: tuple[float, float]) -> str:
    """The name of one stay.

    Args:
        source: `/{site}/{device}/{camera}`.
        zone: the zone's id.
        first_look_at: the first look that showed it standing.
        ground_xy: where it touches the ground then, in fractions: two vehicles may stop in one zone
            between two looks.
    """
    x, y = ground_xy
    return str(uuid5(CLEARWAY, f"stay {source} {zone} {_moment(first_look_at)} {x:.3f} {y:.3f}"))


def alarm_id(source: str, alarmed_at: datetime) -> str:
    """The name of one alarm of one sensor (`source` ends in the sensor's name)."""
    return str(uuid5(CLEARWAY, f"alarm {source} {_moment(alarmed_at)}"))


def event_id(subject_id: str, event_type: str, at: datetime) -> str:
    """The name of one observation: whom it is about, what it says, and when that was so."""
    return str(uuid5(CLEARWAY, f"event {subject_id} {event_type} {_moment(at)}"))


def case_id(dedup_key: str, first_event_id: str) -> str:
    """The name of the case that an observation opens."""
    return str(uuid5(CLEARWAY, f"case {dedup_key} {first_event_id}"))


def notice_id(case: str, step: str, recipient_token: str) -> str:
    """The name of one notice: one case, one step of its ladder, one recipient."""
    return str(uuid5(CLEARWAY, f"notice {case} {step} {recipient_token}"))
