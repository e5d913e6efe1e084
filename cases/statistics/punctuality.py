"""Deadlines kept and missed, by department, by area and by what had to be done."""

from collections import Counter
from datetime import datetime

from sqlalchemy import Connection, and_, func, or_, select

from cases.changes import MISSED
from cases.deadlines import ARCHIVE
from cases.statistics.areas import rolled_up
from cases.statistics.facts import facts
from cases.statistics.records import OnTime
from cases.statistics.sql import count_if
from cases.tables import deadlines

Cell = tuple[str, str, str, int, int, int]
"""Unit, area's path and name of the deadline; met, missed and running."""

_d = deadlines.c


def cells(connection: Connection, now: datetime) -> list[Cell]:
    """The deadlines of the period's cases, counted by all three.

    One is met when what it asks for was done, or needed no more doing, by then. A missed one stays missed,
    however it went on.
    """
    said_missed = func.coalesce(_d.outcome, "") == MISSED
    met = and_(_d.done_at.is_not(None), _d.done_at <= _d.due_at, ~said_missed)
    running = and_(_d.done_at.is_(None), _d.due_at > now)
    missed = or_(said_missed, _d.done_at > _d.due_at, and_(_d.done_at.is_(None), _d.due_at <= now))
    keys = (_d.unit, _d.area_path, _d.name)
    query = (
        select(*keys, *map(count_if, (met, missed, running)))
        .join_from(facts, deadlines, facts.c.id == _d.case_id)
        .where(_d.name != ARCHIVE)
        .group_by(*keys)
    )
    return [
        (row[0], row[1], row[2], int(row[3]), int(row[4]), int(row[5])) for row in connection.execute(query)
    ]


def by_unit(found: list[Cell]) -> tuple[OnTime, ...]:
    """The least punctual first; equals by name."""
    return _summed([(unit, counts) for unit, _, _, *counts in found])


def by_duty(found: list[Cell]) -> tuple[OnTime, ...]:
    """The same by what had to be done."""
    return _summed([(name, counts) for _, _, name, *counts in found])


def by_area(found: list[Cell]) -> tuple[OnTime, ...]:
    """As a tree, each area with all that lies in it."""
    return tuple(
        _on_time(path, counts) for path, counts in rolled_up((area, counts) for _, area, _, *counts in found)
    )


def _summed(rows: list[tuple[str, list[int]]]) -> tuple[OnTime, ...]:
    sums: dict[str, Counter[int]] = {}
    for name, counts in rows:
        sums.setdefault(name, Counter()).update(dict(enumerate(counts)))
    made = [_on_time(name, tuple(counted[place] for place in range(3))) for name, counted in sums.items()]
    return tuple(sorted(made, key=lambda one: (-one.missed, -one.met, one.name)))


def _on_time(name: str, counts: tuple[int, ...]) -> OnTime:
    met, missed, running = counts
    return OnTime(name=name, met=met, missed=missed, running=running)
