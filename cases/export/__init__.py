"""Cases as a table for other programs: which columns there are, what they say, and their rows in chunks.

Plates are masked unless somebody says why they are needed, and that is written into the audit first.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, func, select

from cases import trail
from cases.database import Database
from cases.plates import masked
from cases.tables import cases

CHUNK = 5_000
"""Rows read and written at a time: memory stays at some megabytes however long the table is."""
Value = str | int | float | datetime | None


class Kind(StrEnum):
    """What a column holds."""

    TEXT = "text"
    NUMBER = "number"
    REAL = "real"
    TIME = "time"


@dataclass(frozen=True, slots=True)
class ExportColumn:
    """One column: its name, kind and meaning, and how it is read from a case's row."""

    name: str
    kind: Kind
    about: str
    read: Callable[[RowMapping], Value]


def _plain(name: str, kind: Kind, about: str) -> ExportColumn:
    return ExportColumn(name, kind, about, lambda row: row[name])


def _list(name: str, about: str) -> ExportColumn:
    return ExportColumn(name, Kind.TEXT, about, lambda row: "; ".join(str(item) for item in row[name]))


def _count(name: str, of: str, about: str) -> ExportColumn:
    return ExportColumn(name, Kind.NUMBER, about, lambda row: len(row[of]))


def _of_plate(name: str, key: str, about: str) -> ExportColumn:
    return ExportColumn(
        name, Kind.TEXT, about, lambda row: None if row["plate"] is None else str(row["plate"].get(key, ""))
    )


COLUMNS: tuple[ExportColumn, ...] = (
    _plain("number", Kind.NUMBER, "number of the case, as screens show it (CW-000012 is 12)"),
    _plain("id", Kind.TEXT, "its id, as the API and events have it"),
    _plain("state", Kind.TEXT, "where it is in its life"),
    _plain("resolution", Kind.TEXT, "how the incident ended; empty while open"),
    _plain("dismissed_as", Kind.TEXT, "why it was no case, for dismissed ones"),
    _plain("matter", Kind.TEXT, "entry of the catalogue of matters"),
    _plain("rule", Kind.TEXT, "policy that its observations name"),
    _plain("policy_version", Kind.NUMBER, "version of the policy it opened with"),
    _plain("unit", Kind.TEXT, "department in charge"),
    _list("assisting", "departments that help, separated by semicolons"),
    _plain("area", Kind.TEXT, "area it landed in"),
    _plain("area_path", Kind.TEXT, "the same from the top, /city/district/…"),
    _plain("escalated", Kind.NUMBER, "levels it has climbed"),
    _plain("source", Kind.TEXT, "site, device and camera or sensor: /site/device/camera"),
    _plain("zone", Kind.TEXT, "zone of the plan"),
    _plain("zone_group", Kind.TEXT, "group of zones that are one place"),
    _plain("place", Kind.TEXT, "address"),
    _plain("label", Kind.TEXT, "what was seen, e.g. car"),
    _of_plate("plate", "text", "plate; masked unless asked for"),
    _of_plate("plate_source", "source", "`read` by a camera or `assumed` by the plan"),
    _plain("position_lat", Kind.REAL, "latitude, WGS 84 degrees"),
    _plain("position_lon", Kind.REAL, "longitude, WGS 84 degrees"),
    _plain("began_at", Kind.TIME, "when it began, by the camera's clock"),
    _plain("opened_at", Kind.TIME, "when the case opened, by the camera's clock; --from and --to mean this"),
    _plain("recorded_at", Kind.TIME, "when the device received the decisive frame"),
    _plain("last_seen_at", Kind.TIME, "when it was last known to be going on"),
    _plain("assessed_at", Kind.TIME, "when it was assessed"),
    _plain("accepted_at", Kind.TIME, "when a department accepted it"),
    _plain("started_at", Kind.TIME, "when somebody arrived on the spot"),
    _plain("feedback_at", Kind.TIME, "first word from the spot"),
    _plain("closed_at", Kind.TIME, "when it was closed"),
    _plain("archived_at", Kind.TIME, "when it was archived"),
    _count("pictures", "pictures", "how many pictures prove it"),
    _count("reports", "sources", "how many reports of people are attached"),
    _plain("incidents", Kind.NUMBER, "how many incidents it stands for, after merging"),
    _plain("previous_id", Kind.TEXT, "id of the case before it of the same incident"),
    _plain("merged_into", Kind.TEXT, "id of the case that goes on, for merged ones"),
)
PLATE = next(index for index, column in enumerate(COLUMNS) if column.name == "plate")
_READ = [
    cases.c[name]
    for name in dict.fromkeys((*(c.name for c in COLUMNS), "plate", "pictures", "sources"))
    if name in cases.c
]


@dataclass(frozen=True, slots=True)
class Span:
    """Cases that opened from one moment until before another; None for no bound."""

    since: datetime | None = None
    until: datetime | None = None

    def holds(self) -> list[ColumnElement[bool]]:
        """As conditions."""
        found = []
        if self.since is not None:
            found.append(cases.c.opened_at >= self.since)
        if self.until is not None:
            found.append(cases.c.opened_at < self.until)
        return found


class CaseExport:
    """Reads cases for an export.

    Args:
        database: the ledger.
        span: which cases.
    """

    def __init__(self, database: Database, span: Span) -> None:
        self._database = database
        self._span = span

    def count(self) -> int:
        """How many cases there are now."""
        query = select(func.count()).select_from(cases).where(*self._span.holds())
        with self._database.read() as connection:
            return int(connection.execute(query).scalar_one())

    def chunks(self, *, with_plates: bool, size: int = CHUNK) -> Iterator[list[tuple[Value, ...]]]:
        """Rows in the order of their numbers, a value for each of `COLUMNS`.

        Each chunk is a view of its own: a long export holds nobody up, and shows each case as it was when
        its chunk was read.

        Raises:
            TransportDown: the ledger cannot be asked.
        """
        first, last = self._bounds()
        while first <= last:
            query = (
                select(*_READ)
                .where(cases.c.number >= first, cases.c.number < first + size, *self._span.holds())
                .order_by(cases.c.number)
            )
            with self._database.read() as connection:
                rows = [_values(row, with_plates=with_plates) for row in connection.execute(query).mappings()]
            if rows:
                yield rows
            first += size

    def note_plates(self, actor: str, why: str, now: datetime) -> None:
        """Write into the audit that plates leave the ledger: who, which cases, what for.

        Raises:
            TransportDown: it could not be written; then no plate may leave.
        """
        span = self._span
        since = "the first" if span.since is None else span.since.isoformat()
        until = "now" if span.until is None else span.until.isoformat()
        said = f"{why} (cases opened from {since} until {until})"
        entry = {
            "case_id": None,
            "at": now,
            "actor": actor[:100],
            "what": "plates_exported",
            "why": said[:1000],
        }
        with self._database.write() as connection:
            trail.append(connection, [entry])

    def _bounds(self) -> tuple[int, int]:
        query = select(func.min(cases.c.number), func.max(cases.c.number)).where(*self._span.holds())
        with self._database.read() as connection:
            first, last = connection.execute(query).one()
        return (1, 0) if first is None else (first, last)


def _values(row: RowMapping, *, with_plates: bool) -> tuple[Value, ...]:
    values: list[Any] = [column.read(row) for column in COLUMNS]
    if values[PLATE] is not None and not with_plates:
        values[PLATE] = masked(values[PLATE])
    return tuple(values)
