"""The three-colour index: how the lamps of open cases stand in each area at the end of the period."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    MetaData,
    String,
    Table,
    and_,
    func,
    insert,
    or_,
    select,
    text,
)

from cases.lights import Light, light
from cases.policy import Policy
from cases.states import State
from cases.statistics.areas import rolled_up
from cases.statistics.period import to_us
from cases.statistics.records import Lights
from cases.statistics.sql import count_if, micros
from cases.tables import IS_OPEN, cases

_ORDER = (Light.GREEN, Light.YELLOW, Light.RED, Light.OVERDUE)
_US = timedelta(microseconds=1)
_LONGEST = timedelta(days=20_000)

turns = Table(
    "report_turns",
    MetaData(),
    Column("digest", String(64), primary_key=True),
    Column("yellow_us", BigInteger, nullable=False),
    Column("red_us", BigInteger, nullable=False),
    Column("overdue_us", BigInteger, nullable=False),
    prefixes=["TEMPORARY"],
)
"""Of each policy: cases that came in at or before a moment show that light by now. Working time and public
holidays are in it, so that the database needs to know neither."""


def lights(connection: Connection, at: datetime) -> tuple[Lights, ...]:
    """The lamps of all cases that were open at a moment, by area; each area with all that lies in it."""
    turns.create(connection)
    found = _turns(connection, at)
    if not found:
        return ()
    connection.execute(insert(turns), found)
    since, at_us = micros(cases.c.recorded_at), turns.c
    is_yellow, is_red, is_overdue = since <= at_us.yellow_us, since <= at_us.red_us, since <= at_us.overdue_us
    query = (
        select(
            cases.c.area_path,
            count_if(~is_yellow),
            count_if(and_(is_yellow, ~is_red)),
            count_if(and_(is_red, ~is_overdue)),
            count_if(is_overdue),
        )
        .join_from(cases, turns, cases.c.policy_digest == turns.c.digest)
        .where(_was_open(at))
        .group_by(cases.c.area_path)
    )
    counted = rolled_up((path, tuple(map(int, counts))) for path, *counts in connection.execute(query))
    return tuple(
        Lights(area=path, green=green, yellow=yellow, red=red, overdue=overdue)
        for path, (green, yellow, red, overdue) in counted
    )


def _was_open(at: datetime) -> ColumnElement[bool]:
    ended_since = and_(cases.c.closed_at > at, cases.c.state != State.MERGED.value)
    return and_(cases.c.recorded_at <= at, or_(text(IS_OPEN), ended_since))


def _turns(connection: Connection, at: datetime) -> list[dict[str, object]]:
    one_each = select(func.min(cases.c.number)).where(_was_open(at)).group_by(cases.c.policy_digest)
    query = select(cases.c.policy_digest, cases.c.policy).where(cases.c.number.in_(one_each))
    made = []
    for digest, pinned in connection.execute(query):
        policy = Policy.model_validate(pinned)
        names = ("yellow_us", "red_us", "overdue_us")
        moments = (to_us(turned(policy, wanted, at)) for wanted in _ORDER[1:])
        made.append({"digest": digest} | dict(zip(names, moments, strict=True)))
    return made


def turned(policy: Policy, wanted: Light, at: datetime) -> datetime:
    """The latest moment at which a case may have come in that shows a light, or a later one, at `at`."""
    rank = _ORDER.index(wanted)

    def shows(since: datetime) -> bool:
        return _ORDER.index(light(since, at, policy.lights, policy.calendar)) >= rank

    return _latest(shows, at)


def _latest(holds: Callable[[datetime], bool], at: datetime) -> datetime:
    """The latest moment before `at` of which something holds that holds of all earlier ones."""
    step = timedelta(days=1)
    while not holds(at - step) and step < _LONGEST:
        step *= 2
    early, late = at - step, at
    while late - early > _US:
        middle = early + (late - early) // 2
        early, late = (middle, late) if holds(middle) else (early, middle)
    return early
