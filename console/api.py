"""The HTTP API: the views of the page as JSON, to whoever opened the page. It reads only."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Query, Request
from fastapi.responses import JSONResponse

from cases.clients.scopes import Scope
from cases.life import State
from console.desk import Desk
from console.health import Health
from console.rest_views import file_for, line_for, notice_for
from console.views import CaseFile, CaseLine, DeadLetterLine, NoticeLine, View
from console.visits import Visit, visit_of
from models.errors import ClearwayError

Limit = Annotated[int, Query(ge=1, le=1000)]
Offset = Annotated[int, Query(ge=0)]
Asking = Annotated[Visit, Depends(visit_of)]


class Counts(View):
    """The ledger in numbers."""

    observations: int
    cases_open: int
    cases_closed: int
    notices: dict[str, int]
    steps_waiting: int
    dead_letters: int


class KerbCounts(View):
    """The kerb in numbers."""

    devices_online: int
    devices_offline: int
    cameras_seeing: int
    cameras_blind: int
    sensors_ok: int
    sensors_silent: int
    sensors_alarm: int
    spool_waiting: int
    dropped: int
    zones_doubted: int


class Summary(View):
    """The whole at a glance."""

    at: datetime
    ledger: Counts
    kerb: KerbCounts


class Heartbeat(View):
    """Whether the console can do its work."""

    ok: bool
    problem: str = ""


def api(desk: Desk) -> APIRouter:
    """The routes. They are plain functions, so each request runs in a thread of the server's pool."""
    router = APIRouter()
    reading = desk.reading

    @router.get("/api/summary")
    def summary(_: Asking) -> Summary:
        counts = Counts.of(asdict(reading.totals()))
        return Summary(at=datetime.now(UTC), ledger=counts, kerb=KerbCounts.of(desk.health().model_dump()))

    @router.get("/api/cases")
    def cases(
        asking: Asking, state: State | None = None, limit: Limit = 200, offset: Offset = 0
    ) -> list[CaseLine]:
        now = datetime.now(UTC)
        rows = reading.cases(state=state, limit=limit, offset=offset)
        due = desk.search.due({row["id"] for row in rows})
        return [line_for(asking.who, CaseLine.at(row, now, due.get(row["id"], ()))) for row in rows]

    @router.get("/api/cases/{case_id}")
    def case(asking: Asking, case_id: str) -> CaseFile:
        found = desk.case_file(case_id)
        if found is None:
            raise HTTPException(404, "there is no such case")
        return file_for(asking.who, found)

    @router.get("/api/notices")
    def notices(asking: Asking, limit: Limit = 200) -> list[NoticeLine]:
        return [notice_for(asking.who, NoticeLine.of(row)) for row in reading.notices(limit=limit)]

    @router.get("/api/devices")
    def devices(_: Asking) -> Health:
        return desk.health()

    @router.get("/api/deadletters")
    def dead_letters(asking: Asking) -> list[DeadLetterLine]:
        if not asking.who.may(Scope.ADMIN):
            raise HTTPException(403, "dead letters are shown to admins")
        return list(desk.dead_letters())

    @router.get("/healthz", responses={503: {"model": Heartbeat}})
    def healthz() -> Heartbeat:
        desk.require_ledger()
        reading.devices()
        return Heartbeat(ok=True)

    return router


def say_what_is_wrong(app: FastAPI) -> None:
    """Answer 503 with the reason when the ledger cannot be read: the console itself is alive."""

    @app.exception_handler(ClearwayError)
    def unavailable(_: Request, exc: Exception) -> JSONResponse:
        return JSONResponse(Heartbeat(ok=False, problem=str(exc)).model_dump(), 503)
