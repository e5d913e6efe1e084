"""A notice and the step it takes, as the notifier sees them, and as rows of the ledger."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec
from sqlalchemy import RowMapping, Select

from cases.life import State
from cases.policy import Step
from cases.tables import cases
from cases.taking import Take, Verdict
from models.ids import notice_id
from models.records import Plate

_TAKE = Take()


class NoticeState(StrEnum):
    """How far a notice has come."""

    INTENDED = "intended"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    WITHHELD = "withheld"


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
        taken: ids of the case's steps for which a notice was accepted by the provider.
        undecided: ids of the case's steps that may still be taken: not due or put off, or with a notice
            that is neither accepted nor given up.
        verdict: what the rules say that hold for all kinds of steps: silences, repeat offenders, decisions.
    """

    row: int
    case: CaseView
    step: Step
    due_at: datetime
    taken: frozenset[str]
    undecided: frozenset[str] = frozenset()
    verdict: Verdict = _TAKE


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """A notice about to be written down."""

    case_id: str
    step: str
    recipient: str
    mask: str
    language: str
    body: str

    @property
    def id(self) -> str:
        """Deterministic: the same case, step and recipient is the same notice."""
        return notice_id(self.case_id, self.step, self.recipient)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """A notice that is written down and not yet accepted.

    Attributes:
        hold: until when it is not sent, and why; None when it may be.
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
    hold: tuple[datetime, str] | None = None


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


def intent_row(intent: Intent, now: datetime, lease_until: datetime) -> dict[str, Any]:
    """A notice as it is first written down: in doubt, and leased to whoever wrote it."""
    return {
        "id": intent.id,
        "case_id": intent.case_id,
        "step": intent.step,
        "recipient": intent.recipient,
        "mask": intent.mask,
        "language": intent.language,
        "body": intent.body,
        "state": NoticeState.INTENDED.value,
        "why": "",
        "attempts": 1,
        "next_try_at": lease_until,
        "in_doubt": True,
        "intended_at": now,
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
