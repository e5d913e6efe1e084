"""The REST API: one app of its own below `/api/v1`, behind its gate."""

from typing import Any

from fastapi import FastAPI
from starlette.types import ASGIApp

from console.office import Office
from console.rest_cases import cases
from console.rest_doorman import Doorman
from console.rest_evidence import evidence
from console.rest_gate import Gate
from console.rest_overviews import overviews
from console.rest_problem import MEDIA_TYPE, Problem, answer_problems, refuse
from console.rest_reports import reports
from console.rest_signals import signals
from console.rest_silences import silences
from console.rest_status import status

PREFIX = "/api/v1"
VERSION = "1.0.0"
DESCRIPTION = """\
Everything the console does, for programs. Send a token as `Authorization: Bearer …` (`clearway clients add`);
from the console's own machine reading works without one. Every POST takes an `Idempotency-Key`: the same
request under the same key within 24 hours gets the same answer and is worked on once. Errors are
`application/problem+json` and name the field that is meant. Times need an offset and are answered in UTC.
"""
_PROBLEM = {"content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
_REFUSALS = {
    "400": "The request cannot be read, or its Idempotency-Key is none.",
    "401": "A token is needed, or this one is refused.",
    "403": "The token's scopes do not allow this.",
    "404": "There is no such thing.",
    "405": "This is not done that way.",
    "409": "Impossible as things are, or the same request is being worked on.",
    "413": "Too much at once.",
    "422": "A field cannot be used, or the Idempotency-Key was used for another request.",
    "429": "Too many requests; Retry-After says when.",
    "503": "The ledger cannot be used at the moment.",
}


def rest_app(office: Office) -> FastAPI:
    """The API without its gate."""
    app = FastAPI(
        title="Clearway",
        version=VERSION,
        description=DESCRIPTION,
        license_info={"name": "AGPL-3.0-or-later"},
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        generate_unique_id_function=lambda route: route.name,
    )
    for router in (
        cases(office),
        evidence(office),
        reports(office),
        signals(office),
        silences(office),
        status(office),
        overviews(office),
    ):
        app.include_router(router)
    answer_problems(app)

    @app.get("/openapi.json", include_in_schema=False)
    def openapi() -> dict[str, Any]:
        return document(app)

    return app


def gated(office: Office, doorman: Doorman) -> ASGIApp:
    """The API as it is mounted."""
    return Gate(rest_app(office), doorman, office.answers, refuse)


def document(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document: what the framework knows, and what the gate does."""
    found = app.openapi()
    found["servers"] = [{"url": PREFIX}]
    schemes = found.setdefault("components", {}).setdefault("securitySchemes", {})
    schemes["token"] = {"type": "http", "scheme": "bearer"}
    schemas = found["components"].setdefault("schemas", {})
    schemas |= _schemas()
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    for path in found["paths"].values():
        for verb, operation in path.items():
            operation["security"] = [{"token": []}, {}] if verb == "get" else [{"token": []}]
            for code, why in _REFUSALS.items():
                operation["responses"][code] = {"description": why} | _PROBLEM
            if verb == "post":
                operation.setdefault("parameters", []).append(_KEY)
    found["components"]["schemas"] = dict(sorted(schemas.items()))
    return found


_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Yours, for this request: repeating it under the same key is safe for 24 hours.",
    "schema": {"type": "string", "pattern": "^[!-~]{1,128}$"},
}


def _schemas() -> dict[str, Any]:
    whole = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    inner: dict[str, Any] = whole.pop("$defs", {})
    return inner | {"Problem": whole}
