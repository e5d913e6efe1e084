"""Errors of the REST API: `application/problem+json` (RFC 9457), each naming the field that is meant."""

from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import Scope

from cases.reports.form import BadReport
from console.rest_gate import UNAVAILABLE, broken
from models.errors import BadRecord, ClearwayError, ConfigurationError, NotAllowed, Refused

_log = structlog.get_logger(__name__)

MEDIA_TYPE = "application/problem+json"


class FieldProblem(BaseModel):
    """One field that cannot be used."""

    field: str = Field(description="Where: `body.why`, `query.limit`, `header.idempotency-key`.")
    problem: str


class Problem(BaseModel):
    """What went wrong."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    errors: list[FieldProblem] = []


class Faulty(Exception):  # noqa: N818 - named for what the request is
    """A request that cannot be answered as it is.

    Attributes:
        status: of the answer.
        detail: why, in words.
        errors: the fields that are meant.
    """

    def __init__(self, status: int, detail: str, errors: Sequence[FieldProblem] = ()) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = list(errors)

    @classmethod
    def of(cls, field: str, problem: str, status: int = 422) -> "Faulty":
        """One field that cannot be used."""
        return cls(status, f"{field}: {problem}", [FieldProblem(field=field, problem=problem)])


def refuse(_: Scope, status: int, why: str) -> Response:
    """A refusal at the gate."""
    field, found, problem = why.partition(": ")
    named = [FieldProblem(field=f"header.{field.lower()}", problem=problem)] if found and "-" in field else []
    return _answer(status, why, named)


def answer_problems(app: FastAPI) -> None:
    """Answer whatever goes wrong in an app as a problem."""
    for kind, handler in _HANDLERS.items():
        app.add_exception_handler(kind, handler)


def _faulty(_: Request, exc: Any) -> Response:  # noqa: ANN401 - of its own kind
    return _answer(exc.status, exc.detail, exc.errors)


def _invalid(_: Request, exc: Any) -> Response:  # noqa: ANN401 - of its own kind
    errors = [_field_problem(error) for error in exc.errors()[:20]]
    return _answer(422, "; ".join(f"{one.field}: {one.problem}" for one in errors), errors)


def _bad_report(_: Request, exc: Any) -> Response:  # noqa: ANN401 - of its own kind
    errors = [FieldProblem(field=f"body.{one.field}", problem=one.problem) for one in exc.faults]
    return _answer(422, str(exc), errors)


def _bad_record(_: Request, exc: Any) -> Response:  # noqa: ANN401 - of its own kind
    if exc.field == "$":
        return _answer(422, "this does not fit the ledger", [])
    return _answer(422, str(exc), [FieldProblem(field=exc.field, problem=exc.problem)])


def _refused(_: Request, exc: Any) -> Response:  # noqa: ANN401 - of its own kind
    if exc.reason.startswith("key: "):
        return _answer(422, str(exc), [])
    return _answer(409 if exc.state else 404, str(exc), [])


def _not_allowed(_: Request, exc: Any) -> Response:  # noqa: ANN401 - of its own kind
    return _answer(403, str(exc), [])


def _wrong(_: Request, exc: Any) -> Response:  # noqa: ANN401 - of its own kind
    errors = [FieldProblem(field=one.key or one.source, problem=one.problem) for one in exc.faults]
    return _answer(422, str(exc), errors)


def _unavailable(request: Request, exc: Any) -> Response:  # noqa: ANN401 - of its own kind
    _log.warning("api.unavailable", problem=str(exc), path=request.url.path)
    answer = _answer(503, UNAVAILABLE, [])
    answer.headers["Retry-After"] = "5"
    return answer


def _failed(request: Request, _: Exception) -> Response:
    return _answer(500, broken(request.state.incident), [])


def _plain(request: Request, exc: Any) -> Response:  # noqa: ANN401 - of its own kind
    answer = _answer(exc.status_code, str(exc.detail), [])
    answer.headers.update(exc.headers or {})
    if exc.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        answer.headers["Allow"] = ", ".join(_verbs(request))
    return answer


def _answer(status: int, detail: str, errors: list[FieldProblem]) -> Response:
    problem = Problem(title=HTTPStatus(status).phrase, status=status, detail=detail[:2000], errors=errors)
    return JSONResponse(problem.model_dump(), status, media_type=MEDIA_TYPE)


def _verbs(request: Request) -> list[str]:
    """All that can be done there: the framework names those of the first route only."""
    found: set[str] = set()
    for route in request.app.router.routes:
        if route.matches(request.scope)[0] is not Match.NONE:
            found |= set(getattr(route, "methods", None) or ())
    return sorted(found)


def _field_problem(error: dict[str, Any]) -> FieldProblem:
    """One error of pydantic's, without the value: it may hold what nobody should log."""
    where = ".".join(str(part) for part in error["loc"]) or "body"
    text = str(error["msg"])
    return FieldProblem(field=where[:200], problem=(text[:1].lower() + text[1:])[:300])


_HANDLERS: dict[type[Exception], Callable[[Request, Any], Response]] = {
    Faulty: _faulty,
    RequestValidationError: _invalid,
    BadReport: _bad_report,
    BadRecord: _bad_record,
    Refused: _refused,
    NotAllowed: _not_allowed,
    ConfigurationError: _wrong,
    ClearwayError: _unavailable,
    Exception: _failed,
    HTTPException: _plain,
}
