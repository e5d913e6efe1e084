"""Silences: where no steps are taken for a while, why, and who said so. Cases open all the same."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, RowMapping, bindparam, insert, select, update

from cases import trail
from cases.database import Database
from cases.record import Case
from cases.tables import UtcDateTime, notices, silences, steps
from models.errors import BadRecord, Refused

LONGEST = timedelta(days=366)
_TEXTS = {"source": 200, "zone": 64, "place": 500, "matter": 64, "reason": 500, "author": 100}


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """One silence. What it leaves empty may be anything; something must be named.

    Attributes:
        source: a site, a device or a camera: `/{site}`, `/{site}/{device}` or the whole.
        zone: id of a zone in its plan.
        place: address, as the plan writes it.
        matter: entry of the catalogue.
        since: aware; inclusive.
        until: aware; exclusive.
        reason: why, for everybody who wonders.
        author: who wants it.
    """

    since: datetime
    until: datetime
    reason: str
    author: str
    source: str = ""
    zone: str = ""
    place: str = ""
    matter: str = ""
    id: str = ""

    def covers(self, case: Case, at: datetime) -> bool:
        """Whether a case takes no steps at a moment."""
        if not self.since <= at < self.until:
            return False
        here = not self.source or f"{case.source}/".startswith(f"{self.source.rstrip('/')}/")
        pairs = ((self.zone, case.zone), (self.place, case.place), (self.matter, case.matter))
        return here and all(not wanted or wanted == found for wanted, found in pairs)

    @property
    def why(self) -> str:
        """As a step says what it waits for; the id tells which silence when it is lifted."""
        return f"silenced until {self.until:%Y-%m-%d %H:%M} UTC ({self.id}): {self.reason}"[:900]


def silence_over(case: Case, known: Iterable[Silence], at: datetime) -> Silence | None:
    """The silence that a case falls under, the longest of several."""
    found = [one for one in known if one.covers(case, at)]
    return max(found, key=lambda one: (one.until, one.id), default=None)


def checked(silence: Silence) -> Silence:
    """The silence, if it can be kept.

    Raises:
        BadRecord: names the field.
    """
    for name, most in _TEXTS.items():
        if len(getattr(silence, name)) > most:
            raise BadRecord(name, f"is longer than {most} characters")
    for name in ("reason", "author"):
        if not getattr(silence, name).strip():
            raise BadRecord(name, "is empty; a silence needs a reason and an author")
    if not (silence.source or silence.zone or silence.place or silence.matter):
        raise BadRecord("place", "nothing is named; name a source, a zone, a place or a matter")
    if silence.zone and not silence.source:
        raise BadRecord("source", "is empty; zones of several cameras may have one name, so name the camera")
    for name in ("since", "until"):
        if getattr(silence, name).tzinfo is None:
            raise BadRecord(name, "has no offset")
    if not timedelta(0) < silence.until - silence.since <= LONGEST:
        raise BadRecord("until", f"must lie after since, at most {LONGEST.days} days")
    return silence


def active(connection: Connection, at: datetime) -> list[Silence]:
    """The silences in force at a moment."""
    return [_silence(row) for row in connection.execute(_ACTIVE, {"at": at}).mappings()]


_MOMENT = bindparam("at", type_=UtcDateTime)
_ACTIVE = select(silences).where(
    silences.c.until > _MOMENT, silences.c.since <= _MOMENT, silences.c.lifted_at.is_(None)
)
"""Written once: it is asked before every notice."""


class SilenceBook:
    """Silences in the ledger. Every change is in the audit."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, silence: Silence, now: datetime) -> Silence:
        """Write a silence down.

        Returns:
            The same with its id.

        Raises:
            BadRecord: it cannot be kept; names the field.
        """
        values = _values(checked(silence)) | {"id": silence.id or str(uuid4())}
        with self._database.write() as connection:
            connection.execute(insert(silences), [values | {"made_at": now}])
            _note(connection, now, actor=silence.author, what="silenced", why=silence.reason, after=values)
        return _silence(values)

    def lift(self, silence_id: str, *, by: str, why: str, now: datetime) -> None:
        """End a silence early; the steps that waited for its end are due at once.

        Raises:
            Refused: there is none in force of that id.
        """
        with self._database.write() as connection:
            query = select(silences).where(silences.c.id == silence_id, silences.c.lifted_at.is_(None))
            row = connection.execute(query).mappings().first()
            if row is None or row["until"] <= now:
                raise Refused(f"there is no silence {silence_id!r} in force; list them")
            connection.execute(update(silences).where(silences.c.id == silence_id).values(lifted_at=now))
            waits = f"waits: {_silence(row).why}"
            connection.execute(
                update(steps).where(steps.c.done_at.is_(None), steps.c.outcome == waits).values(due_at=now)
            )
            unsent = (notices.c.state == "intended") & (notices.c.why == _silence(row).why)
            connection.execute(update(notices).where(unsent).values(next_try_at=now))
            _note(connection, now, actor=by, what="silence_lifted", why=why, after={"id": silence_id})

    def active(self, at: datetime) -> list[Silence]:
        """The silences in force at a moment."""
        with self._database.read() as connection:
            return active(connection, at)


_NAMES = ("id", "source", "zone", "place", "matter", "since", "until", "reason", "author")


def _values(silence: Silence) -> dict[str, Any]:
    return {name: getattr(silence, name) for name in _NAMES}


def _silence(values: Mapping[str, Any] | RowMapping) -> Silence:
    return Silence(**{name: values[name] for name in _NAMES})


def _note(
    connection: Connection, at: datetime, *, actor: str, what: str, why: str, after: dict[str, Any]
) -> None:
    entry = {"case_id": None, "at": at, "actor": actor, "what": what, "why": why, "after": after}
    trail.append(connection, [entry])
