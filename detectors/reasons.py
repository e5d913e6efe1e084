"""What a judgement rested on: a short list that says the same thing once, however many looks said it."""

from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec

from models.records import Reason

KEPT = 20
"""Reasons that are kept of one thing: the first, which says how it began, and the newest."""


def noted(
    reasons: tuple[Reason, ...], what: str, at: datetime, values: Mapping[str, float] | None = None
) -> tuple[Reason, ...]:
    """The reasons with one more; a look that says what the look before said is merged with it.

    Args:
        reasons: so far, oldest first.
        what: a sentence fragment for operators.
        at: when the look was captured.
        values: the figures it rested on; of looks that are merged, those of the last.
    """
    figures = {name: round(float(value), 3) for name, value in (values or {}).items()}
    if reasons and reasons[-1].what == what:
        last = msgspec.structs.replace(
            reasons[-1], until=at, looks=reasons[-1].looks + 1, values=figures or reasons[-1].values
        )
        return (*reasons[:-1], last)
    return bounded((*reasons, Reason(what=what, since=at, until=at, values=figures)))


def bounded(reasons: tuple[Reason, ...]) -> tuple[Reason, ...]:
    """No more than are kept: the first and the newest."""
    return reasons if len(reasons) <= KEPT else (reasons[0], *reasons[-(KEPT - 1) :])


def together(*lists: Iterable[Reason]) -> tuple[Reason, ...]:
    """Several lists as one, oldest first."""
    everything = [reason for one in lists for reason in one]
    return bounded(tuple(sorted(everything, key=lambda reason: reason.since)))
