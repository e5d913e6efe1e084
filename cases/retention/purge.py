"""The day's purge: every case whose time has come, class by class, in short transactions."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, delete, exists, func, select

from cases import trail
from cases.database import Database
from cases.retention import DataClass, RetentionSettings, Rule, rules
from cases.retention.loose import purge_loose
from cases.retention.pictures import Free, PictureShelf, remove, sweep
from cases.retention.proof import Wish, mark, purge_case
from cases.states import OPEN_STATES
from cases.tables import cases, dead_letters
from cases.trail import guard as trail_guard
from cases.trail.hashing import canonical, digest
from cases.trail.tables import legal_holds, purges
from cases.trail.walk import PURGED

ACTOR = "clearway.retention"
AT_ONCE = 50
"""Cases a transaction: other writers wait no longer than that takes."""

ENDED_AT = func.coalesce(cases.c.closed_at, cases.c.archived_at, cases.c.last_seen_at)


@dataclass(frozen=True, slots=True)
class Purged:
    """What one rule did.

    Attributes:
        cases: of how many cases something went.
        items: values, rows, parts of audit entries, or pictures.
    """

    kind: str
    rule: str
    cases: int
    items: int


class _UndoneError(Exception):
    """A dry run ends its transaction with this."""


def purge(
    database: Database,
    settings: RetentionSettings,
    shelf: PictureShelf,
    now: datetime,
    *,
    dry_run: bool = False,
) -> list[Purged]:
    """Purge what may be kept no longer. Repeating it changes nothing more.

    Args:
        database: the ledger's.
        settings: the periods.
        shelf: where pictures are kept.
        now: wall clock.
        dry_run: only say what would go.

    Returns:
        What each rule did, and at last how many pictures nobody needs any more.

    Raises:
        TransportDown: the database cannot be reached; what is done is done, the rest goes next time.
    """
    found, free = [], Free()
    for rule in rules(settings, now):
        if rule.kind is DataClass.LETTERS:
            found.append(_letters(database, rule, now, dry_run=dry_run))
        else:
            found.append(_by_case(database, rule, now, free, dry_run=dry_run))
        if rule.kind is DataClass.PLATES:
            found.append(_loose(database, rule, now, dry_run=dry_run))
    if settings.pictures_days:
        old = now - timedelta(days=settings.pictures_days) if settings.unneeded_pictures else None
        unneeded = sweep(database, shelf, free, old)
        if not dry_run:
            remove(database, shelf, unneeded, now, actor=ACTOR)
        found.append(Purged("files", "pictures that no case needs", 0, len(unneeded)))
    return found


def _by_case(database: Database, rule: Rule, now: datetime, free: Free, *, dry_run: bool) -> Purged:
    wish = Wish(kind=rule.kind, rule=rule.said, actor=ACTOR, now=now)
    touched = items = 0
    with database.read() as connection:
        due = list(connection.execute(_due(rule)).scalars())
    for start in range(0, len(due), AT_ONCE):
        with _transaction(database, dry_run=dry_run) as connection:
            # Asked again: somebody may have put a case on hold since.
            still = connection.execute(_due(rule).where(cases.c.id.in_(due[start : start + AT_ONCE])))
            for case_id in still.scalars().all():
                proof = purge_case(connection, case_id, wish)
                touched += bool(proof.items)
                items += proof.items
                free.take(case_id, proof, rule.kind)
    return Purged(rule.kind.value, rule.said, touched, items)


def _due(rule: Rule) -> Select[Any]:
    """Ids of the cases whose time has come, oldest first."""
    held = exists().where(legal_holds.c.case_id == cases.c.id)
    done = exists().where(purges.c.case_id == cases.c.id, purges.c["class"] == rule.kind.value)
    return (
        select(cases.c.id)
        .where(cases.c.state.not_in(OPEN_STATES), rule.before >= ENDED_AT, ~held, ~done)
        .order_by(cases.c.number)
    )


def _letters(database: Database, rule: Rule, now: datetime, *, dry_run: bool) -> Purged:
    old = dead_letters.c.at <= rule.before
    with _transaction(database, dry_run=dry_run) as connection:
        ids = list(
            connection.execute(select(dead_letters.c.id).where(old).order_by(dead_letters.c.id)).scalars()
        )
        if ids:
            connection.execute(delete(dead_letters).where(old))
            sha256 = digest(canonical(ids))
            wish = Wish(kind=rule.kind, rule=rule.said, actor=ACTOR, now=now)
            after = {"class": rule.kind.value, "rule": rule.said, "items": len(ids), "sha256": sha256}
            proof = {"subject": "retention", "at": now, "actor": ACTOR, "what": PURGED, "after": after}
            trail.append(connection, [proof | {"why": f"{rule.kind.value}: {rule.said}"}])
            mark(connection, None, wish, len(ids), sha256)
    return Purged(rule.kind.value, rule.said, 0, len(ids))


def _loose(database: Database, rule: Rule, now: datetime, *, dry_run: bool) -> Purged:
    items = more = 0
    while more or not items:
        with _transaction(database, dry_run=dry_run) as connection:
            more = purge_loose(connection, rule, now, actor=ACTOR)
        items += more
        if dry_run or not more:
            break  # what was undone would be found again
    return Purged(rule.kind.value, f"of no case: {rule.said}", 0, items)


@contextmanager
def _transaction(database: Database, *, dry_run: bool) -> Iterator[Connection]:
    """A transaction inside the gate; undone at its end in a dry run."""
    try:
        with database.write() as connection:
            with trail_guard.gate(connection, "retention"):
                yield connection
            _undo(wanted=dry_run)
    except _UndoneError:
        return


def _undo(*, wanted: bool) -> None:
    if wanted:
        raise _UndoneError
