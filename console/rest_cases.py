"""Cases over the REST API: lists, one with its history, commands."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from cases.clients import Client
from cases.commands import Merge
from cases.search import Filters, Search
from cases.states import OPEN_STATES, State
from console.acting import command
from console.office import Office
from console.rest_access import CaseId, Key, Line, Moment, Reader, Worker
from console.rest_orders import AnyOrder
from console.rest_problem import Faulty
from console.rest_views import CasePage, Likely, Outcome, file_for, line_for
from console.views import CaseFile, CaseLine
from models.errors import Refused

AT = Annotated[CaseId, Path(description="Id of a case, or its number as `CW-000012` or `12`.")]


class CaseQuery(BaseModel):
    """Which cases are wanted."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=False)

    state: Annotated[tuple[State, ...], Field(description="One or more; else all.", max_length=8)] = ()
    open: Annotated[bool, Field(description="Only cases that somebody has to deal with.")] = False
    matter: Line = ""
    unit: Annotated[Line, Field(description="The department that leads.")] = ""
    area: Annotated[Line, Field(description="An area and all below it.")] = ""
    zone: Line = ""
    plate: Annotated[Line, Field(description="The whole plate; needs a scope that shows plates.")] = ""
    since: Annotated[Moment | None, Field(alias="from", description="Opened then or later.")] = None
    until: Annotated[Moment | None, Field(alias="to", description="Opened before.")] = None
    text: Annotated[Line, Field(description="A case's number, or a part of its place or zone.")] = ""
    limit: Annotated[int, Field(ge=1, le=500)] = 50
    cursor: Annotated[str, Field(pattern=r"^[0-9]{0,18}$", description="`next` of the page before.")] = ""

    def filters(self) -> Filters:
        """As the ledger is asked."""
        return Filters(
            states=frozenset(self.state) | (OPEN_STATES if self.open else frozenset()),
            matter=self.matter,
            unit=self.unit,
            area=self.area,
            zone=self.zone,
            plate=self.plate,
            since=self.since,
            until=self.until,
            words=self.text,
        )


def cases(office: Office) -> APIRouter:
    """The routes. Plain functions: each runs in a thread of the server's pool."""
    router = APIRouter(tags=["cases"])
    desk, search = office.desk, office.desk.search

    @router.get("/cases")
    def list_cases(client: Reader, asked: Annotated[CaseQuery, Query()]) -> CasePage:
        """Cases, newest first."""
        if asked.plate and not client.sees_plates:
            raise Faulty.of("query.plate", "searching for plates needs cases:write, export or admin", 403)
        after = int(asked.cursor) if asked.cursor else None
        page = search.page(asked.filters(), limit=asked.limit, after=after)
        items = lines(search, page.rows, client)
        return CasePage(items=items, next=None if page.after is None else str(page.after))

    @router.get("/cases/{case_id}")
    def get_case(client: Reader, case_id: AT) -> CaseFile:
        """One case with its history: observations, audit, steps, deadlines, notices, reports."""
        file = desk.case_file(search.require(case_id)["id"])
        if file is None:  # gone between two readings
            raise Refused(f"there is no case {case_id!r}")
        return file_for(client, file)

    @router.post("/cases/{case_id}/commands")
    def command_case(client: Worker, key: Key, case_id: AT, order: AnyOrder) -> Outcome:
        """Do something about a case. Impossible ones are refused (409) with the reason."""
        found = search.require(case_id)["id"]
        wished = order.order()
        if isinstance(wished, Merge):
            wished = replace(wished, into=search.require(wished.into)["id"])
        outcome = command(office, client, found, wished, key=key)
        return Outcome.of(outcome)

    @router.get("/cases/{case_id}/likely")
    def likely_cases(client: Reader, case_id: AT) -> list[Likely]:
        """Open cases of the same matter, near in space and time: they may be the same incident."""
        found = search.likely(search.require(case_id), office.reports.rule)
        told = lines(search, [row for row, _ in found], client)
        return [
            Likely(case=line, score=round(one.score, 3), metres=one.metres)
            for line, (_, one) in zip(told, found, strict=True)
        ]

    return router


def lines(search: Search, rows: list[dict[str, Any]], client: Client) -> tuple[CaseLine, ...]:
    """Rows of cases as a client may see them, with their deadlines."""
    now = datetime.now(UTC)
    due = search.due({row["id"] for row in rows})
    return tuple(line_for(client, CaseLine.at(row, now, due.get(row["id"], ()))) for row in rows)
