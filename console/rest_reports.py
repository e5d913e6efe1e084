"""Reports of people over the REST API."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from cases.clients import Client, Scope
from cases.open311 import Service
from cases.reports import Channel, ReportState
from cases.reports.form import MAX_ADDRESS, MAX_DESCRIPTION, MAX_REFERENCE, MAX_URL, Form, read
from console.office import Office
from console.rest_access import Anybody, Key, Line, Moment, Reader, Reporter, Why, Worker
from console.rest_views import ReportLine, ReportPage, report_for

ReportId = Annotated[str, Path(pattern=r"^[0-9A-Za-z-]{1,40}$", description="Id or number of a report.")]
_Text = StringConstraints(max_length=MAX_DESCRIPTION)


class NewReport(BaseModel):
    """What somebody saw. It needs a place: `lat` and `lon`, or an address.

    Attributes:
        reference: your own number for it; the same one is taken once.
        contact: a phone number or an address of mail; a mask of it is kept, nothing else.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    matter: Line
    lat: Annotated[float | None, Field(ge=-90, le=90, allow_inf_nan=False)] = None
    lon: Annotated[float | None, Field(ge=-180, le=180, allow_inf_nan=False)] = None
    address: Annotated[str, StringConstraints(max_length=MAX_ADDRESS)] = ""
    description: Annotated[str, _Text] = ""
    media_url: Annotated[str, StringConstraints(max_length=MAX_URL)] = ""
    reported_at: Moment | None = None
    reference: Annotated[str, StringConstraints(max_length=MAX_REFERENCE)] = ""
    contact: Line = ""


class Verdict(BaseModel):
    """An operator's say about a suggestion."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    same: bool
    why: Annotated[Why, StringConstraints(min_length=1)]


class MatterLine(BaseModel):
    """A matter that can be reported."""

    code: str
    name: str
    unit: str

    @classmethod
    def of(cls, service: Service) -> "MatterLine":
        """As the API shows it."""
        return cls(code=service.code, name=service.name, unit=service.unit)


def reports(office: Office) -> APIRouter:
    """The routes."""
    router = APIRouter(tags=["reports"])
    desk = office.reports

    @router.get("/matters")
    def list_matters(_: Anybody) -> list[MatterLine]:
        """What can be reported."""
        return [MatterLine.of(one) for one in office.services().values()]

    @router.post("/reports", status_code=201)
    def take_report(client: Reporter, body: NewReport) -> ReportLine:
        """Report something. It is attached to a case that is surely the same, else it opens its own."""
        now = datetime.now(UTC)
        known = office.services()
        report = read(_form(body), channel=Channel.API, reporter=client.name, now=now, matters=known)
        taken = desk.take(report, known[report.matter].policy, now, actor=client.actor)
        return _shown(client, desk.report(taken.id))

    @router.get("/reports")
    def list_reports(
        client: Reader,
        state: ReportState | None = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 50,
        cursor: Annotated[str, Query(pattern=r"^[0-9]{0,18}$")] = "",
    ) -> ReportPage:
        """Reports, newest first."""
        rows = desk.page(state=state, limit=limit + 1, after=int(cursor) if cursor else None)
        items = tuple(report_for(client, row) for row in rows[:limit])
        return ReportPage(items=items, next=str(items[-1].number) if len(rows) > limit else None)

    @router.get("/reports/{report_id}")
    def get_report(client: Reader, report_id: ReportId) -> ReportLine:
        """One report."""
        return report_for(client, desk.report(report_id))

    @router.post("/reports/{report_id}/decision")
    def decide_report(client: Worker, key: Key, report_id: ReportId, verdict: Verdict) -> ReportLine:
        """Say whether a report is about the case that was suggested for it."""
        now = datetime.now(UTC)
        found = desk.decide(report_id, now, same=verdict.same, actor=client.actor, why=verdict.why, key=key)
        return report_for(client, desk.report(found.id))

    return router


def _form(body: NewReport) -> Form:
    return Form(
        matter=body.matter,
        lat="" if body.lat is None else repr(body.lat),
        lon="" if body.lon is None else repr(body.lon),
        address=body.address,
        description=body.description,
        media_url=body.media_url,
        reported_at=body.reported_at,
        reference=body.reference,
        contacts=(body.contact,),
    )


def _shown(client: Client, row: dict[str, object]) -> ReportLine:
    """Whoever passed a report on may see what they passed on."""
    return ReportLine.of(row) if client.may(Scope.REPORTS_WRITE) else report_for(client, row)
