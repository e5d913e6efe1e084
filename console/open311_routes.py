"""Open311 GeoReport v2 over HTTP: JSON and XML, errors as the standard words them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import parse_qsl

import structlog
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Scope

from cases import open311
from cases.clients import Client
from cases.clients import Scope as May
from cases.open311.text import JSON, XML, as_json, as_xml
from cases.reports import Channel
from cases.reports.form import BadReport, read
from console.office import Office
from console.open311_desk import Open311Desk
from console.rest_doorman import Doorman
from console.rest_gate import FORM, UNAVAILABLE, Gate, broken
from models.errors import BadRecord, ClearwayError, Refused

PREFIX = "/open311"
NOTICE = "Your report was received. Ask for its status by its service_request_id."
_log = structlog.get_logger(__name__)

Values = Mapping[str, Any] | Sequence[Mapping[str, Any]]


class Fault(Exception):  # noqa: N818 - named for what the request is
    """A request that cannot be answered; each entry is a code and what is wrong."""

    def __init__(self, *errors: tuple[int, str]) -> None:
        super().__init__(errors[0][1])
        self.errors = errors


def gated(office: Office, doorman: Doorman) -> ASGIApp:
    """The whole of it, as it is mounted below `/open311`."""
    return Gate(open311_app(office), doorman, office.answers, refuse, key_in_form=True)


class Routes:
    """The resources of the standard."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._desk = Open311Desk(office)

    async def services(self, request: Request) -> Response:
        """GET services."""
        found = await run_in_threadpool(self._office.services)
        return _say(request, "services", [open311.service(one) for one in found.values()])

    async def service(self, request: Request) -> Response:
        """GET services/{code}."""
        code = _bare(request.path_params["code"])
        found = (await run_in_threadpool(self._office.services)).get(code)
        if found is None:
            raise Fault((404, f"service_code was not found: {code[:64]!r}"))
        return _say(request, "service_definition", open311.definition(found))

    async def requests(self, request: Request) -> Response:
        """GET and POST requests."""
        if request.method == "POST":
            return await self.post(request)
        _allow(request, May.CASES_READ)
        try:
            wanted = open311.wanted(request.query_params, datetime.now(UTC))
        except ValueError as exc:
            raise Fault((400, str(exc))) from exc
        return _say(request, "service_requests", await run_in_threadpool(self._desk.requests, wanted))

    async def post(self, request: Request) -> Response:
        """POST requests."""
        client = _allow(request, May.REPORTS_WRITE)
        values = await _form(request)
        known = await run_in_threadpool(self._office.services)
        form, now = open311.form_of(values), datetime.now(UTC)
        report = read(form, channel=Channel.OPEN311, reporter=client.name, now=now, matters=known)
        policy = known[report.matter].policy
        taken = await run_in_threadpool(self._office.reports.take, report, policy, now, actor=client.actor)
        answer = open311.accepted(taken.case_number, NOTICE)
        return _say(request, "service_requests", [answer], status=201)

    async def request_of(self, request: Request) -> Response:
        """GET requests/{id}."""
        _allow(request, May.CASES_READ)
        number = open311.number_of(_bare(request.path_params["number"]))
        found = [] if number is None else await run_in_threadpool(self._desk.by_numbers, (number,))
        if not found:
            raise Fault((404, "service_request_id was not found"))
        return _say(request, "service_requests", found)

    async def token(self, request: Request) -> Response:
        """GET tokens/{id}."""
        wanted = _bare(request.path_params["token"])
        try:
            row = await run_in_threadpool(self._office.reports.report, wanted)
        except Refused as exc:
            raise Fault((404, "token was not found")) from exc
        return _say(request, "service_requests", [open311.token(row["case_number"], wanted)])

    async def discovery(self, request: Request) -> Response:
        """The discovery document."""
        base, title = str(request.base_url.replace(path="")).rstrip("/"), self._office.desk.settings.title
        return _say(request, "discovery", open311.discovery(base, title, self._desk.changed))


def open311_app(office: Office) -> Starlette:
    """The routes without their gate."""
    to = Routes(office)
    both = ("", ".json", ".xml")
    routes = [Route(f"/v2/services{end}", to.services) for end in both]
    routes += [Route(f"/v2/requests{end}", to.requests, methods=["GET", "POST"]) for end in both]
    routes += [Route(f"{head}/discovery{end}", to.discovery) for head in ("", "/v2") for end in both]
    routes += [
        Route("/v2/services/{code}", to.service),
        Route("/v2/requests/{number}", to.request_of),
        Route("/v2/tokens/{token}", to.token),
    ]
    return Starlette(routes=routes, exception_handlers=_HANDLERS)


def refuse(scope: Scope, status: int, why: str) -> Response:
    """A refusal at the gate; the standard has 403 for a missing or wrong key."""
    code = 403 if status == 401 else status  # noqa: PLR2004
    return _errors(_wants_json(scope), ((code, why),))


def _bare(name: str) -> str:
    return PurePosixPath(name).stem if name.endswith((".json", ".xml")) else name


def _allow(request: Request, scope: May) -> Client:
    client: Client = request.state.client
    if not client.may(scope):
        raise Fault((403, f"this api_key does not allow it: it needs the scope {scope.value}"))
    return client


async def _form(request: Request) -> dict[str, str]:
    if not request.headers.get("content-type", "").startswith(FORM):
        raise Fault((400, f"send the fields of the report as {FORM}"))
    try:
        text = (await request.body()).decode()
        return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=200, errors="strict"))
    except ValueError as exc:
        raise Fault((400, "the fields cannot be read: send UTF-8, at most 200 of them")) from exc


def _say(request: Request, root: str, value: Values, status: int = 200) -> Response:
    if _wants_json(request.scope):
        return Response(as_json(value), status, media_type=JSON)
    return Response(as_xml(root, value), status, media_type=XML)


def _wants_json(scope: Scope) -> bool:
    """By the ending of the address; without one, by what the client accepts. XML is what all understand."""
    path: str = scope["path"]
    if path.endswith((".json", ".xml")):
        return path.endswith(".json")
    accept = next((value for name, value in scope["headers"] if name == b"accept"), b"")
    return b"json" in accept


def _errors(json: bool, errors: Sequence[tuple[int, str]]) -> Response:
    told = [open311.error(code, why[:1000]) for code, why in errors]
    status = errors[0][0]
    if json:
        return Response(as_json(told), status, media_type=JSON)
    return Response(as_xml("errors", told), status, media_type=XML)


def _fault(request: Request, exc: Exception) -> Response:
    return _errors(_wants_json(request.scope), exc.errors if isinstance(exc, Fault) else ((400, str(exc)),))


def _bad_report(request: Request, exc: Exception) -> Response:
    faults = exc.faults if isinstance(exc, BadReport) else ()
    errors = sorted(map(open311.code_of, faults), key=lambda one: one[0])
    return _errors(_wants_json(request.scope), errors or ((400, str(exc)),))


def _bad_record(request: Request, _: Exception) -> Response:
    return _errors(_wants_json(request.scope), ((400, "this does not fit the ledger"),))


def _refused(request: Request, exc: Exception) -> Response:
    """A report of a case that ended in the same moment: the same one again opens its own."""
    return _errors(_wants_json(request.scope), ((409, str(exc)),))


def _unavailable(request: Request, exc: Exception) -> Response:
    _log.warning("open311.unavailable", problem=str(exc))
    return _errors(_wants_json(request.scope), ((503, UNAVAILABLE),))


def _failed(request: Request, _: Exception) -> Response:
    return _errors(_wants_json(request.scope), ((500, broken(request.state.incident)),))


def _plain(request: Request, exc: Exception) -> Response:
    status, detail = (exc.status_code, exc.detail) if isinstance(exc, HTTPException) else (400, "")
    return _errors(_wants_json(request.scope), ((status, detail),))


_HANDLERS: Mapping[Any, Any] = {
    Fault: _fault,
    BadReport: _bad_report,
    BadRecord: _bad_record,
    Refused: _refused,
    ClearwayError: _unavailable,
    HTTPException: _plain,
    Exception: _failed,
}
