"""A hotline's list as CSV: one report a row, every fault with its line and column."""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from cases.reports import Channel, Report
from cases.reports.form import BadReport, FieldFault, Form, read
from models.errors import ConfigurationError, Fault
from models.toml import nearest

COLUMNS = {
    "reference": "the hotline's own number; the same one is taken once",
    "matter": "code of the matter",
    "lat": "latitude, degrees",
    "lon": "longitude, degrees",
    "address": "where, in words; needed where there is no position",
    "description": "what was said",
    "reported_at": "when, ISO 8601; without an offset by the time zone of the import",
    "phone": "only a mask is kept",
    "email": "only a mask is kept",
    "media_url": "of a picture",
}
NEEDED = ("reference", "matter")
MOST_ROWS = 100_000
BOM = "\ufeff"


@dataclass(frozen=True, slots=True)
class Line:
    """One row: a report, or what is wrong with it."""

    number: int
    report: Report | None
    faults: tuple[FieldFault, ...] = ()


def rows(text: str, source: str) -> list[tuple[int, dict[str, str]]]:
    """The rows of a sheet with their line numbers, by the names in its head.

    Raises:
        ConfigurationError: it has no head, an unknown column, or lacks one that is needed.
    """
    reader = csv.reader(io.StringIO(text.removeprefix(BOM)), strict=True)
    try:
        head = [name.strip().lower() for name in next(reader, [])]
        _check_head(head, source)
        found = []
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) > len(head):
                problem = f"has {len(cells)} cells, the head has {len(head)}"
                raise ConfigurationError(
                    (Fault(source, reader.line_num, "", problem, "quote cells that hold commas"),)
                )
            found.append((reader.line_num, dict(zip(head, cells, strict=False))))
            if len(found) > MOST_ROWS:
                problem = f"has more than {MOST_ROWS} rows"
                raise ConfigurationError.of(source, problem, "split it")
    except csv.Error as exc:
        fault = Fault(source, reader.line_num, "", f"cannot be read as CSV: {exc}", "save it as CSV (UTF-8)")
        raise ConfigurationError((fault,)) from exc
    return found


def reports(
    found: list[tuple[int, dict[str, str]]],
    *,
    reporter: str,
    now: datetime,
    timezone: ZoneInfo,
    matters: Mapping[str, object],
) -> Iterator[Line]:
    """Check rows, one by one.

    Args:
        found: of `rows`.
        reporter: whose list it is: its references are unique there.
        now: wall clock.
        timezone: whose clock times without an offset are meant by.
        matters: the codes that are known.
    """
    for number, cells in found:
        try:
            form = _form(cells, timezone)
            report = read(form, channel=Channel.HOTLINE, reporter=reporter, now=now, matters=matters)
        except BadReport as exc:
            yield Line(number, None, exc.faults)
        else:
            yield Line(number, report)


def _check_head(head: list[str], source: str) -> None:
    faults = [
        Fault(
            source, 1, name, "no such column", nearest(name, list(COLUMNS)) or f"known: {', '.join(COLUMNS)}"
        )
        for name in head
        if name not in COLUMNS
    ]
    faults += [
        Fault(source, 1, name, "this column is missing", "add it") for name in NEEDED if name not in head
    ]
    faults += [
        Fault(source, 1, name, "stands twice", "drop one") for name in set(head) if head.count(name) > 1
    ]
    if faults:
        raise ConfigurationError(tuple(faults))


def _form(cells: Mapping[str, str], timezone: ZoneInfo) -> Form:
    at, text = None, cells.get("reported_at", "").strip()
    if text:
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            problem = f"{text[:40]!r} is no time; write it as 2026-11-22T08:00:00+08:00"
            raise BadReport((FieldFault("reported_at", problem),)) from None
        if at.tzinfo is None:
            at = at.replace(tzinfo=timezone)
    if not cells.get("reference", "").strip():
        raise BadReport((FieldFault("reference", "is missing; number the rows", missing=True),))
    return Form(
        matter=cells.get("matter", ""),
        lat=cells.get("lat", ""),
        lon=cells.get("lon", ""),
        address=cells.get("address", ""),
        description=cells.get("description", ""),
        media_url=cells.get("media_url", ""),
        reference=cells.get("reference", ""),
        reported_at=at,
        contacts=(cells.get("phone", ""), cells.get("email", "")),
    )
