"""What the REST API shows: plates, and texts that may hold them, only to those who may see them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from cases.arrivals import CommandOutcome
from cases.clients import Client
from cases.states import Change, State
from console.views import CaseFile, CaseLine, NoticeLine, StepLine, View


class CasePage(BaseModel):
    """Cases, newest first.

    Attributes:
        next: cursor of the next page; null at the end. With `text`, a page may be short and still have one.
    """

    items: tuple[CaseLine, ...]
    next: str | None


class PictureLink(BaseModel):
    """One picture of the evidence, and where to fetch it."""

    role: str
    sha256: str
    captured_at: datetime
    href: str


class Evidence(BaseModel):
    """What proves a case.

    Attributes:
        sealed_packets: how many sealed packets there are.
        archive: where to fetch them in one ZIP file; null when there is none.
    """

    pictures: tuple[PictureLink, ...]
    sealed_packets: int
    archive: str | None


class Outcome(BaseModel):
    """What became of a command.

    Attributes:
        repeat: its idempotency key was used before; nothing was changed now.
    """

    case_id: str
    change: Change
    state: State
    at: datetime
    repeat: bool

    @classmethod
    def of(cls, outcome: CommandOutcome) -> "Outcome":
        """As the ledger says it."""
        return cls(
            case_id=outcome.case_id,
            change=outcome.change,
            state=outcome.state,
            at=outcome.at,
            repeat=outcome.repeat,
        )


class ReportLine(View):
    """A report of people."""

    id: str
    number: int
    channel: str
    reporter: str
    matter: str
    lat: float | None
    lon: float | None
    address: str
    description: str
    media_url: str | None
    reported_at: datetime
    received_at: datetime
    case_id: str | None
    case_number: int | None
    suggested_case_id: str | None
    score: float | None
    metres: float | None
    state: str
    decided_by: str
    contact_mask: str


class ReportPage(BaseModel):
    """Reports, newest first."""

    items: tuple[ReportLine, ...]
    next: str | None


class Likely(BaseModel):
    """An open case that may be the same incident."""

    case: CaseLine
    score: float
    metres: float | None


def line_for(client: Client, line: CaseLine) -> CaseLine:
    """A case as a client may see it."""
    return line if client.sees_plates else line.model_copy(update={"plate": None})


def file_for(client: Client, file: CaseFile) -> CaseFile:
    """A case's file as a client may see it: reasons and messages name plates."""
    if client.sees_plates:
        return file
    return file.model_copy(
        update={
            "case": line_for(client, file.case),
            "notices": tuple(map(_notice, file.notices)),
            "answers": tuple(one.model_copy(update={"text": ""}) for one in file.answers),
            "audit": tuple(line.model_copy(update={"why": ""}) for line in file.audit),
            "steps": tuple(_step(line) for line in file.steps),
            "observations": tuple(line.model_copy(update={"why": ""}) for line in file.observations),
        }
    )


def report_for(client: Client, row: Mapping[str, Any]) -> ReportLine:
    """A report as a client may see it: people's words are for those who work on cases."""
    line = ReportLine.of(row)
    if client.sees_plates and not client.is_local:  # the page does not show them either
        return line
    return line.model_copy(update={"description": "", "media_url": None, "contact_mask": ""})


def notice_for(client: Client, line: NoticeLine) -> NoticeLine:
    """A notice as a client may see it."""
    return line if client.sees_plates else _notice(line)


def _notice(line: NoticeLine) -> NoticeLine:
    return line.model_copy(update={"body": "", "why": ""})


def _step(line: StepLine) -> StepLine:
    return line.model_copy(update={"outcome": None if line.outcome is None else ""})
