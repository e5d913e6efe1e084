"""A notice and the step it takes, as the notifier sees them, and as rows of the ledger."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec
from sqlalchemy import RowMapping, Select

from cases.life import State
from cases.notices.addressees import Addressee
from cases.policy import Step
from cases.tables import cases
from cases.taking import Later, Never, Purpose, Take, Verdict
from models.ids import notice_id
from models.records import Plate

_TAKE = Take()


class NoticeState(StrEnum):
    """How far a notice has come."""

    INTENDED = "intended"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    WITHHELD = "withheld"
    DOUBTFUL = "doubtful"
    """Perhaps sent, and nobody can be asked: a person decides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseView:
    """As much of a case as deciding on a notice needs."""

    id: str
    number: int
    state: State
    resolution: str | None
    matter: str
    place: str
    source: str
    zone: str
    label: str
    plate: Plate | None
    opened_at: datetime
    recorded_at: datetime
    last_seen_at: datetime
    unseen_since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DueStep:
    """A step of a case's ladder whose time has come.

    Attributes:
        verdict: what the rules say that hold for all kinds of steps: silences, repeat offenders, decisions.
        purpose: what its notice is there for.
        urgent: whether it goes before others, and in quiet hours too.
    """

    row: int
    case: CaseView
    step: Step
    due_at: datetime
    verdict: Verdict = _TAKE
    purpose: Purpose = Purpose.LEAVE
    urgent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """A notice about to be written down.

    Attributes:
        fleet: its recipient is a company's desk for many vehicles.
        opted_out: the registry says that they want no messages.
    """

    case_id: str
    step: str
    recipient: str
    mask: str
    language: str
    body: str
    fleet: bool = False
    opted_out: bool = False

    @property
    def id(self) -> str:
        """Deterministic: the same case, step and recipient is the same notice."""
        return notice_id(self.case_id, self.step, self.recipient)

    @property
    def addressee(self) -> Addressee:
        """Its recipient, as far as the registry knows."""
        return Addressee(recipient=self.recipient, fleet=self.fleet, opted_out=self.opted_out)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """A notice that is written down and not yet accepted.

    Attributes:
        attempts: so far, the one under way included; 0 for one that never had its turn.
        verdict: what the rules of its step say now.
        purpose: what it is there for.
        urgent: whether it goes before others, and in quiet hours too.
        why: the reason for which it is sent.
    """

    id: str
    case: CaseView
    step: Step
    recipient: str
    mask: str
    body: str
    attempts: int
    in_doubt: bool
    intended_at: datetime
    verdict: Verdict = _TAKE
    purpose: Purpose = Purpose.LEAVE
    urgent: bool = False
    why: str = ""


Judge = Callable[[DueStep | Pending, Addressee | None], Verdict]
"""Decides on a step or notice as it is in this very transaction; without an addressee, for all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What became of a step when it was to be written down as notices.

    Attributes:
        verdict: on the step; None when somebody else was faster.
        now: the notices that the caller sends at once.
        queued: those that wait for their turn, for no other reason than that.
        others: those that are not sent now, with the reason.
    """

    verdict: Verdict | None
    now: tuple[Pending, ...] = ()
    queued: tuple[Pending, ...] = ()
    others: tuple[tuple[Intent, Later | Never], ...] = ()


_CASE_COLUMNS = (
    cases.c.id,
    cases.c.number,
    cases.c.state,
    cases.c.resolution,
    cases.c.matter,
    cases.c.place,
    cases.c.source,
    cases.c.zone,
    cases.c.label,
    cases.c.plate,
    cases.c.opened_at,
    cases.c.recorded_at,
    cases.c.last_seen_at,
    cases.c.unseen_since,
)


def with_case(query: Select[Any]) -> Select[Any]:
    """The query, with all that `view_of` reads."""
    return query.add_columns(*_CASE_COLUMNS)


def intent_row(
    intent: Intent, now: datetime, *, urgent: bool, why: str, lease_until: datetime | None = None
) -> dict[str, Any]:
    """A notice as it is first written down.

    Args:
        intent: what is meant to be sent.
        now: wall clock.
        urgent: whether it goes before others.
        why: it is sent, or waits.
        lease_until: until when it belongs to whoever wrote it, and is in doubt; None for one that waits.
    """
    leased = lease_until is not None
    return {
        "id": intent.id,
        "case_id": intent.case_id,
        "step": intent.step,
        "recipient": intent.recipient,
        "mask": intent.mask,
        "language": intent.language,
        "body": intent.body,
        "state": NoticeState.INTENDED.value,
        "why": why[:1000],
        "attempts": 1 if leased else 0,
        "next_try_at": lease_until if leased else now,
        "in_doubt": leased,
        "intended_at": now,
        "urgent": urgent,
    }


def view_of(row: RowMapping) -> CaseView:
    """The case of a row."""
    return CaseView(
        id=row["id"],
        number=row["number"],
        state=State(row["state"]),
        resolution=row["resolution"],
        matter=row["matter"],
        place=row["place"],
        source=row["source"],
        zone=row["zone"],
        label=row["label"],
        plate=None if row["plate"] is None else msgspec.convert(row["plate"], Plate),
        opened_at=row["opened_at"],
        recorded_at=row["recorded_at"],
        last_seen_at=row["last_seen_at"],
        unseen_since=row["unseen_since"],
    )
