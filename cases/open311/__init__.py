"""Open311 GeoReport v2 as a pure mapping: what its resources say of matters and cases, and its filters.

The standard: https://wiki.open311.org/GeoReport_v2. A service is a matter of the catalogue, a service request
is a case: whoever reports what cameras have seen already gets the number of that case. Who reported it, their
words and their pictures are not shown to others; nor are plates.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cases.reports.form import FieldFault, Form
from cases.states import OPEN_STATES, State

MOST = 1000
"""Requests in one answer, by the standard."""
SPAN = timedelta(days=90)
"""The longest span of days that may be asked for, and what is meant where none is said."""
EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
FIELDS = {
    "matter": "service_code",
    "lat": "lat",
    "lon": "long",
    "address": "address_string",
    "description": "description",
    "media_url": "media_url",
}
"""What the standard calls the fields of a report."""

Record = Mapping[str, Any]
"""One record of an answer, its keys in the order of the standard."""

STATUS_NOTES = {
    State.DISCOVERED: "received",
    State.ASSESSED: "checked, waiting for the department",
    State.ACCEPTED: "accepted by the department",
    State.HANDLING: "somebody is on scene",
    State.CLOSED: "done",
    State.ARCHIVED: "done",
    State.DISMISSED: "found to be no case for the city",
    State.MERGED: "goes on under another number",
}
RESOLUTION_NOTES = {
    "left": "what stood there has left",
    "cleared": "the alarm is over",
    "unknown": "no longer visible",
    "exempt": "may be there",
    "removed": "removed",
    "towed": "towed",
    "penalised": "penalised",
    "handled": "handled by the department",
    "not_found": "nothing was found on scene",
    "false_alarm": "a false alarm",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A matter that people may report.

    Attributes:
        code: of the matter; the `service_code`.
        name: for people.
        unit: the department that leads.
        policy: the ladder its cases climb.
    """

    code: str
    name: str
    unit: str = ""
    policy: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which service requests are asked for. Empty tuples and None ask for all.

    Attributes:
        ids: case numbers; they override everything else.
        open_only: True for `status=open`, False for `closed`, None for both.
    """

    ids: tuple[int, ...] | None = None
    codes: tuple[str, ...] = ()
    since: datetime
    until: datetime
    open_only: bool | None = None
    page: int = 1
    page_size: int = 100


def service(found: Service) -> Record:
    """One entry of GET services."""
    return {
        "service_code": found.code,
        "service_name": found.name,
        "description": found.description or found.name,
        "metadata": False,
        "type": "realtime",
        "keywords": found.code.replace("-", ","),
        "group": found.unit,
    }


def definition(found: Service) -> Record:
    """GET services/{code}: no further questions are asked for any of them."""
    return {"service_code": found.code, "attributes": []}


def request(row: Record, service_name: str, expected: datetime | None) -> Record:
    """One service request.

    Args:
        row: of `cases`, with `merged_number` where it was merged and that is known.
        service_name: of its matter.
        expected: by when its department has to be done with it; None where no deadline is running.
    """
    state = State(row["state"])
    notes = STATUS_NOTES[state]
    if row["resolution"] in RESOLUTION_NOTES:
        notes = RESOLUTION_NOTES[row["resolution"]]
    if row.get("merged_number") is not None:
        notes = f"goes on as {row['merged_number']}"
    is_open = state in OPEN_STATES
    updated = row["closed_at"] or max(
        (at for at in map(row.get, ("started_at", "accepted_at", "assessed_at")) if at is not None),
        default=row["recorded_at"],
    )
    return {
        "service_request_id": str(row["number"]),
        "status": "open" if is_open else "closed",
        "status_notes": notes,
        "service_name": service_name,
        "service_code": row["matter"],
        "description": service_name,
        "agency_responsible": row["unit"],
        "service_notice": None,
        "requested_datetime": _w3(row["opened_at"]),
        "updated_datetime": _w3(updated),
        "expected_datetime": _w3(expected) if is_open else None,
        "address": row["place"],
        "address_id": None,
        "zipcode": None,
        "lat": row["position_lat"],
        "long": row["position_lon"],
        "media_url": None,
    }


def accepted(number: int, notice: str) -> Record:
    """The answer to POST requests."""
    return {"service_request_id": str(number), "service_notice": notice, "account_id": None}


def token(number: int, found: str) -> Record:
    """GET tokens/{token}."""
    return {"service_request_id": str(number), "token": found}


def error(code: int, description: str) -> Record:
    """One entry of an error's answer."""
    return {"code": code, "description": description}


def code_of(fault: FieldFault) -> tuple[int, str]:
    """A field's fault as the standard numbers and words it: an unknown service is 404, all others are 400."""
    if fault.field == FIELDS["matter"] and not fault.missing:
        return 404, f"service_code was not found: {fault.problem}"
    if fault.field == FIELDS["matter"]:
        return 400, "service_code was not provided"
    return 400, f"{fault.field}: {fault.problem}"


def form_of(values: Mapping[str, str]) -> Form:
    """What was posted, as a form. Unknown fields are left alone, as the standard wants."""
    said = {ours: values.get(theirs, "") for ours, theirs in FIELDS.items()}
    return Form(
        names=FIELDS,
        contacts=(values.get("email", ""), values.get("phone", "")),
        matter=said["matter"],
        lat=said["lat"],
        lon=said["lon"],
        address=said["address"],
        description=said["description"],
        media_url=said["media_url"],
    )


def wanted(query: Mapping[str, str], now: datetime) -> Wanted:
    """Read the filters of GET requests.

    Raises:
        ValueError: one cannot be read; it says which and why.
    """
    ids = None
    if query.get("service_request_id"):
        ids = tuple(number for word in _words(query["service_request_id"]) if (number := number_of(word)))[
            :MOST
        ]
    since, until = _time(query, "start_date"), _time(query, "end_date")
    if until is None:
        until = now if since is None else min(now, since + SPAN)
    if since is None:
        since = until - SPAN
    if since > until:
        raise ValueError("start_date: lies after end_date")
    if until - since > SPAN:
        raise ValueError(f"start_date: the span asked for is longer than {SPAN.days} days")
    statuses = set(_words(query.get("status", "")))
    if not statuses <= {"open", "closed"}:
        raise ValueError("status: use open, closed or both")
    return Wanted(
        ids=ids,
        codes=tuple(_words(query.get("service_code", "")))[:100],
        since=since,
        until=until,
        open_only=None if len(statuses) != 1 else statuses == {"open"},
        page=_count(query, "page", 1, 1_000_000),
        page_size=_count(query, "page_size", 100, MOST),
    )


def number_of(word: str) -> int | None:
    """The case that a service request's id names; None for no such id."""
    return int(word) if re.fullmatch(r"[0-9]{1,18}", word) else None


def discovery(base_url: str, title: str, changed: datetime) -> Record:
    """The discovery document (https://wiki.open311.org/Service_Discovery)."""
    changeset = _w3(changed)
    return {
        "changeset": changeset,
        "contact": title,
        "key_service": "Ask whoever runs this server: `clearway clients add NAME --scope reports:write`.",
        "endpoints": [
            {
                "specification": "http://wiki.open311.org/GeoReport_v2",
                "url": f"{base_url}/open311/v2",
                "changeset": changeset,
                "type": "production",
                "formats": ["application/json", "text/xml"],
            }
        ],
    }


def _w3(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _time(query: Mapping[str, str], name: str) -> datetime | None:
    text = query.get(name, "").strip()
    if not text:
        return None
    remedy = f"{name}: {text[:40]!r} is no time; write it as 2026-11-22T08:00:00Z"
    try:
        # A plus sign in a query means a space unless it was encoded; nobody writes a space there.
        at = datetime.fromisoformat(re.sub(r" (\d\d:?\d\d)$", r"+\1", text))
        found = (at.replace(tzinfo=UTC) if at.tzinfo is None else at).astimezone(UTC)
    except (ValueError, OverflowError) as exc:
        raise ValueError(remedy) from exc
    if not EARLIEST <= found <= LATEST:
        raise ValueError(remedy)
    return found


def _count(query: Mapping[str, str], name: str, default: int, most: int) -> int:
    text = query.get(name, "").strip()
    if not text:
        return default
    if not re.fullmatch(r"[0-9]{1,9}", text) or not 1 <= int(text) <= most:
        raise ValueError(f"{name}: {text[:20]!r} is no number from 1 to {most}")
    return int(text)
