"""Finding entries of the audit: by case, by who, by what, by day; and how its chains stand."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, func, or_, select

from cases.database import Database
from cases.tables import audit, cases
from cases.trail import day_of, guard
from cases.trail.check import Report, check_all, check_case
from cases.trail.rows import Stored, rows_of, stored
from cases.trail.tables import trail_days, trail_seals

LOOKED_THROUGH = 20_000
"""How many entries a page looks through where nothing but a word narrows them: no index knows its middle."""
MOST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which entries are wanted; empty fields want all.

    Attributes:
        case_id: of the case, or the name of another chain.
        actor: a part of who did it.
        what: the whole word.
        day: `2026-11-22`, in UTC.
    """

    case_id: str = ""
    actor: str = ""
    what: str = ""
    day: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """Some entries, newest first, and where older ones begin; None at the end."""

    rows: list[Stored]
    after: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """How the audit stands.

    Attributes:
        today: entries of the current day, which has no seal yet.
        seals: how many days are sealed.
        sealed_day: the last of them; empty for none.
        sealed_at: when that was.
        signed: whether the last seal is signed.
        unguarded: triggers of the database that are missing: entries could be changed unnoticed by it.
    """

    today: int
    seals: int
    sealed_day: str
    sealed_at: datetime | None
    signed: bool
    unguarded: tuple[str, ...]


class AuditSearch:
    """Questions to the audit. Every method blocks: call it in a thread."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(self, wanted: Wanted, *, limit: int = 50, after: int | None = None) -> Found:
        """One page of entries.

        Args:
            wanted: which ones.
            limit: how many at most.
            after: what the page before said.
        """
        limit = max(1, min(limit, MOST))
        among = [] if after is None else [audit.c.id < after]
        exact, loose = _exact(wanted), _loose(wanted)
        with self._database.read() as connection:
            last = None
            if loose:
                looked = select(audit.c.id).where(*exact, *among).order_by(audit.c.id.desc())
                window = looked.limit(LOOKED_THROUGH).subquery()
                query = select(func.min(window.c.id), func.count()).select_from(window)
                oldest, count = connection.execute(query).one()
                if oldest is None:
                    return Found([], None)
                among.append(audit.c.id >= oldest)
                last = oldest if count == LOOKED_THROUGH else None
            entries = stored().where(*exact, *loose, *among).order_by(audit.c.id.desc()).limit(limit + 1)
            rows = list(rows_of(connection, entries))
        if len(rows) > limit:
            return Found(rows[:limit], rows[limit - 1].row)
        return Found(rows, last)

    def state(self, now: datetime) -> State:
        """How the audit stands, without walking its chains."""
        today = func.coalesce(func.sum(trail_days.c.entries), 0)
        with self._database.read() as connection:
            entries = connection.execute(select(today).where(trail_days.c.day == day_of(now))).scalar_one()
            seals = connection.execute(select(func.count()).select_from(trail_seals)).scalar_one()
            newest = select(trail_seals).order_by(trail_seals.c.number.desc()).limit(1)
            seal = connection.execute(newest).first()
            unguarded = tuple(guard.missing(connection))
        return State(
            today=int(entries),
            seals=seals,
            sealed_day="" if seal is None else seal.day,
            sealed_at=None if seal is None else seal.sealed_at,
            signed=seal is not None and seal.signature is not None,
            unguarded=unguarded,
        )

    def check(self, case_id: str = "", *, since: str | None = None) -> Report:
        """Walk one case's chain, or all chains from a day on, and say what is not as it was written."""
        with self._database.read() as connection:
            return check_case(connection, case_id) if case_id else check_all(connection, since=since)

    def numbers(self, rows: list[Stored]) -> dict[str, int]:
        """The numbers of the cases that entries are about, by their ids."""
        ids = {row.entry.case_id for row in rows if row.entry is not None and row.entry.case_id}
        with self._database.read() as connection:
            query = select(cases.c.id, cases.c.number).where(cases.c.id.in_(ids))
            return {row.id: row.number for row in connection.execute(query)} if ids else {}


def day_in(word: str) -> str:
    """A day as the audit writes it; empty for other words."""
    try:
        return datetime.strptime(word.strip(), "%Y-%m-%d").replace(tzinfo=UTC).date().isoformat()
    except ValueError:
        return ""


def _exact(wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.case_id:
        found.append(or_(audit.c.case_id == wanted.case_id, audit.c.chain == wanted.case_id))
    if wanted.day:
        found.append(audit.c.day == wanted.day)
    return found


def _loose(wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.what:
        found.append(audit.c.what == wanted.what)
    if wanted.actor:
        part = re.sub(r"([\\%_])", r"\\\1", wanted.actor)
        found.append(audit.c.actor.ilike(f"%{part}%", escape="\\"))
    return found
