"""Finding cases in the ledger: by filters, page by page, and near a place."""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, and_, func, or_, select, text, true

from cases.database import Database
from cases.deadlines import ARCHIVE
from cases.narrowing import ALL, BRANCHES, Window, common, newest_of, numbers_between, numbers_of, paths_of
from cases.reports import (
    Candidate,
    Channel,
    Fusing,
    Likeness,
    Report,
    around,
    earliest,
    likeness,
)
from cases.states import OPEN_STATES, State
from cases.tables import IS_OPEN, cases, deadlines
from models.errors import Refused

LOOKED_THROUGH = 5000
"""How many cases a page looks through for a text at most: no index knows the middle of a word, so that a page
may hold few cases, or none, and still name a next one."""
MOST = 500
NEAR_SHOWN = 10
_NUMBER = re.compile(r"(?:CW-)?0*([0-9]{1,18})", re.IGNORECASE)
_LISTED = [column for column in cases.c if column.name not in {"live_origins", "appearance", "duties"}]

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which cases are wanted; empty fields want all.

    Attributes:
        unit: the department that leads.
        area: id of an area: its cases, and those of the areas below it.
        plate: the whole plate.
        since: opened at that time or later.
        until: opened before it.
        words: a case's number, or a part of its place or zone.
    """

    states: frozenset[State] = frozenset()
    matter: str = ""
    unit: str = ""
    area: str = ""
    zone: str = ""
    plate: str = ""
    since: datetime | None = None
    until: datetime | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """Some cases, newest first, and where the next ones begin; None at the end."""

    rows: list[Row]
    after: int | None


class Search:
    """Questions with answers of bounded size. Rows are plain dicts, times aware and in UTC."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(self, filters: Filters, *, limit: int = 50, after: int | None = None) -> Page:
        """One page of cases.

        Args:
            filters: which cases.
            limit: how many at most.
            after: what the page before said.
        """
        limit = max(1, min(limit, MOST))
        before = ALL if after is None else (0, after - 1)
        if not filters.words:
            rows = self._narrowed(filters, before, limit + 1)
        elif (number := number_in(filters.words)) is not None:
            rows = self._narrowed(filters, common(before, (number, number)), limit + 1)
        else:
            older = [] if after is None else [cases.c.number < after]
            return self._with_words([*_where(filters), *older], filters.words, limit)
        return Page(rows[:limit], rows[limit - 1]["number"] if len(rows) > limit else None)

    def case(self, case_id: str) -> Row | None:
        """One case by its id or number, without its history."""
        number = number_in(case_id)
        mine = cases.c.id == case_id if number is None else cases.c.number == number
        found = self._rows(select(*_LISTED).where(mine))
        return found[0] if found else None

    def require(self, case_id: str) -> Row:
        """One case by its id or number.

        Raises:
            Refused: there is none.
        """
        row = self.case(case_id)
        if row is None:
            raise Refused(f"there is no case {case_id[:40]!r}; look its number up")
        return row

    def by_numbers(self, numbers: list[int]) -> list[Row]:
        """The cases of some numbers that there are, newest first."""
        return self._rows(_newest([cases.c.number.in_(numbers)], len(numbers)))

    def opened_between(
        self, since: datetime, until: datetime, *, where: list[ColumnElement[bool]], limit: int, offset: int
    ) -> list[Row]:
        """Cases that were opened in a span of time, newest first."""
        span = [cases.c.opened_at >= since, cases.c.opened_at <= until]
        query = (
            select(*_LISTED).where(*span, *where).order_by(cases.c.opened_at.desc(), cases.c.number.desc())
        )
        return self._rows(query.limit(limit).offset(offset))

    def likely(self, row: Row, rule: Fusing) -> list[tuple[Row, Likeness]]:
        """Open cases that may be the same incident as a case, the likeliest first."""
        located = row["position_lat"] is not None and row["position_lon"] is not None
        seen = Report(
            channel=Channel.CONSOLE,
            reporter="",
            matter=row["matter"],
            reported_at=row["began_at"],
            position_latlon=(row["position_lat"], row["position_lon"]) if located else None,
            address=row["place"],
        )
        with self._database.read() as connection:
            found = [likeness(seen, one, rule) for one in near(connection, seen, rule, but=row)]
        found = [one for one in found if one.score >= rule.suggest]
        found.sort(key=lambda one: (-one.score, one.metres or 0.0, one.case_id))
        best = found[:NEAR_SHOWN]
        rows = (
            self._rows(select(*_LISTED).where(cases.c.id.in_([one.case_id for one in best]))) if best else []
        )
        by_id = {one["id"]: one for one in rows}
        return [(by_id[one.case_id], one) for one in best if one.case_id in by_id]

    def numbers(self, ids: set[str]) -> dict[str, int]:
        """The numbers of cases, by their ids."""
        rows = self._rows(select(cases.c.id, cases.c.number).where(cases.c.id.in_(ids))) if ids else []
        return {row["id"]: row["number"] for row in rows}

    def due(self, ids: set[str]) -> dict[str, list[Row]]:
        """The deadlines of cases, by their ids; those that are done as well, in the order they fall due."""
        if not ids:
            return {}
        query = select(deadlines).where(deadlines.c.case_id.in_(ids), deadlines.c.name != ARCHIVE)
        found: dict[str, list[Row]] = {}
        for row in self._rows(query.order_by(deadlines.c.due_at, deadlines.c.id)):
            found.setdefault(row["case_id"], []).append(row)
        return found

    def _narrowed(self, filters: Filters, among: Window, limit: int) -> list[Row]:
        """The newest of some numbers that meet all conditions, found without walking through all cases."""
        with self._database.read() as connection:
            times = numbers_between(connection, filters.since, filters.until)
            states = ALL
            if filters.states and filters.states != OPEN_STATES:
                states = numbers_of(connection, filters.states)
            low, high = common(among, times, states)
            if low > high:
                return []
            numbers = [] if (low, high) == ALL else [cases.c.number.between(low, high)]
            known = {"times_known": times != ALL, "states_known": states != ALL}
            paths = paths_of(connection, filters.area) if filters.area else []
            if filters.area and not paths:
                return []
            if 0 < len(paths) <= BRANCHES:
                # The paths say where: the words about the area would need the rows beside the index.
                elsewise = _where(replace(filters, area=""), **known)
                where = [newest_of(paths, [*elsewise, *numbers], limit)]
            else:
                where = [*_where(filters, **known), *numbers]
            query = _newest(where, limit)
            return [dict(row) for row in connection.execute(query).mappings()]

    def _with_words(self, where: list[ColumnElement[bool]], words: str, limit: int) -> Page:
        looked = select(cases.c.number).where(*where).order_by(cases.c.number.desc()).limit(LOOKED_THROUGH)
        window = looked.subquery()
        with self._database.read() as connection:
            last, count = connection.execute(
                select(func.min(window.c.number), func.count()).select_from(window)
            ).one()
            if last is None:
                return Page([], None)
            like = f"%{_escaped(words)}%"
            hits = or_(cases.c.place.ilike(like, escape="\\"), cases.c.zone.ilike(like, escape="\\"))
            query = _newest([*where, cases.c.number >= last, hits], limit + 1)
            rows = [dict(row) for row in connection.execute(query).mappings()]
        if len(rows) > limit:
            return Page(rows[:limit], rows[limit - 1]["number"])
        return Page(rows, last if count == LOOKED_THROUGH else None)

    def _rows(self, query: Select[Any]) -> list[Row]:
        with self._database.read() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]


def near(connection: Connection, report: Report, rule: Fusing, *, but: Row | None = None) -> list[Candidate]:
    """The open cases that a report may be about: of its matter, around its place or at its address.

    Args:
        connection: in the transaction that will act upon the answer.
        report: what is reported.
        rule: how near is near.
        but: a case that is not meant, nor others of the camera that saw it: what one camera tells apart are
            two incidents.
    """
    recent = cases.c.last_seen_at >= earliest(report, rule)
    mine: list[Any] = [text(IS_OPEN), cases.c.matter == report.matter, recent]
    if but is not None:
        mine.append(cases.c.id != but["id"])
    if but is not None and but["source"]:
        mine.append(cases.c.source != but["source"])
    if report.position_latlon is None:
        where = cases.c.place == report.address if report.address else None
    else:
        where = _in_box(report.position_latlon, rule.far_m)
    if where is None:
        return []
    columns = (cases.c.id, cases.c.matter, cases.c.position_lat, cases.c.position_lon, cases.c.place)
    times = (cases.c.began_at, cases.c.last_seen_at)
    rows = connection.execute(select(*columns, *times).where(*mine, where).limit(MOST)).mappings()
    return [_candidate(row) for row in rows]


def number_in(word: str) -> int | None:
    """The number in `CW-000012` or `12`; None for other words."""
    found = _NUMBER.fullmatch(word.strip())
    return int(found.group(1)) if found else None


def _where(
    filters: Filters, *, times_known: bool = False, states_known: bool = False
) -> list[ColumnElement[bool]]:
    """The conditions of filters, beside windows of numbers that say already when, or in which states.

    A database takes window and condition for independent of each other and expects next to nothing.
    PostgreSQL then reads all of a month, SQLite all closed cases for those of one matter. So what is known is
    said in words that no index knows, where another index leads.
    """
    leads = bool(filters.matter or filters.unit or filters.zone or filters.plate)
    found: list[ColumnElement[bool]] = []
    if filters.states == OPEN_STATES:
        found.append(text(IS_OPEN))  # type: ignore[arg-type] # the words of the partial indexes
    elif filters.states:
        states = cases.c.state.in_(sorted(filters.states))
        found.append(states.is_(true()) if states_known and leads else states)
    for column, value in (
        (cases.c.matter, filters.matter),
        (cases.c.unit, filters.unit),
        (cases.c.zone, filters.zone),
    ):
        if value:
            found.append(column == value)
    if filters.plate:
        found.append(cases.c.plate_text == filters.plate)
    if filters.area:
        below = f"%/{_escaped(filters.area)}/%"
        found.append(or_(cases.c.area == filters.area, cases.c.area_path.like(below, escape="\\")))
    times: list[ColumnElement[bool]] = []
    if filters.since is not None:
        times.append(cases.c.opened_at >= filters.since)
    if filters.until is not None:
        times.append(cases.c.opened_at < filters.until)
    return found + ([one.is_(true()) for one in times] if times_known else times)


def _newest(where: list[ColumnElement[bool]], limit: int) -> Select[Any]:
    # Numbers first: what must be sorted is then small, and often all of it stands in an index.
    newest = select(cases.c.number).where(*where).order_by(cases.c.number.desc()).limit(limit)
    mine = cases.c.number.in_(select(newest.subquery().c.number))
    return select(*_LISTED).where(mine).order_by(cases.c.number.desc())


def _in_box(position_latlon: tuple[float, float], metres: float) -> ColumnElement[bool]:
    south, west, north, east = around(position_latlon, metres)
    band = cases.c.position_lat.between(south, north)
    # Across the date line the box is two.
    if west < -180:  # noqa: PLR2004
        side = or_(cases.c.position_lon >= west + 360, cases.c.position_lon <= east)
    elif east > 180:  # noqa: PLR2004
        side = or_(cases.c.position_lon >= west, cases.c.position_lon <= east - 360)
    else:
        side = cases.c.position_lon.between(west, east)
    return and_(band, side)


def _candidate(row: RowMapping) -> Candidate:
    lat, lon = row["position_lat"], row["position_lon"]
    return Candidate(
        case_id=row["id"],
        matter=row["matter"],
        position_latlon=None if lat is None or lon is None else (lat, lon),
        place=row["place"],
        began_at=row["began_at"],
        last_seen_at=row["last_seen_at"],
    )


def _escaped(words: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", words)
