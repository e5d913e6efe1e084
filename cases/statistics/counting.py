"""The questions: each counts one part of the report from the facts of the period."""

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, case, func, literal, or_, select

from cases.states import Resolution, State
from cases.statistics.facts import facts, is_closed, is_dismissed, is_false_alarm, is_open
from cases.statistics.period import to_us
from cases.statistics.records import (
    HOURS_A_WEEK,
    NO_SPREAD,
    FalseAlarms,
    Notified,
    Place,
    Share,
    Spread,
    Totals,
)
from cases.statistics.spreads import spread, spreads
from cases.statistics.sql import count_if

NOTICE_EDGES_S = (1, 2, 5, 10, 30, 60, 300, 900)
LEAVE_EDGES_S = (60, 180, 300, 600, 900, 1800, 3600, 7200, 86_400)
CLOSE_EDGES_S = (600, 1800, 3600, 3 * 3600, 6 * 3600, 86_400, 3 * 86_400, 5 * 86_400)
MANY_PLACES = 20

_f = facts.c
_HAS_LEFT = _f.resolution == Resolution.LEFT.value


def odd_clocks(now: datetime) -> ColumnElement[bool]:
    """Cases whose clocks contradict each other: no duration can be had from them."""
    return or_(
        and_(_f.closed_us.is_not(None), or_(_f.closed_us < _f.opened_us, _f.closed_us > to_us(now))),
        and_(_f.noticed_us.is_not(None), or_(_f.noticed_us < _f.recorded_us, _f.noticed_us > to_us(now))),
    )


def totals(connection: Connection, merged: int, now: datetime) -> Totals:
    """The period's cases; merged ones were counted elsewhere."""
    query = select(
        func.count(),
        count_if(is_open),
        count_if(is_closed),
        count_if(is_dismissed),
        count_if(odd_clocks(now)),
    ).select_from(facts)
    opened, still_open, closed, dismissed, odd = connection.execute(query).one()
    return Totals(
        opened=opened, open=still_open, closed=closed, dismissed=dismissed, merged=merged, odd_clocks=odd
    )


def resolutions(connection: Connection) -> tuple[tuple[str, int], ...]:
    """How the period's cases ended, most often first; dismissals without one as `dismissed`."""
    word = case((_f.resolution != "", _f.resolution), else_=literal(State.DISMISSED.value))
    query = select(word, func.count()).where(~is_open).group_by(word).order_by(func.count().desc(), word)
    return tuple((name, count) for name, count in connection.execute(query))


def to_notice(connection: Connection, now: datetime) -> Spread:
    """From the frame that showed the overstay to the provider's having the first notice."""
    values = select(_f.noticed_us - _f.recorded_us).where(_f.noticed_us.is_not(None), ~odd_clocks(now))
    return spread(connection, values, NOTICE_EDGES_S)


def notified(connection: Connection, now: datetime) -> tuple[Notified, tuple[Notified, ...]]:
    """What became of cases whose owner was told while the vehicle stood: of all, and by policy."""
    told = _told(now)
    counted = ~is_dismissed
    counts = (
        count_if(counted),
        count_if(counted & _HAS_LEFT),
        count_if(is_open),
        count_if(is_false_alarm),
    )
    leaving = select(_f.closed_us - _f.noticed_us).where(told, is_closed, _HAS_LEFT)
    whole = connection.execute(select(*counts).where(told)).one()
    by_policy = connection.execute(
        select(_f.policy, *counts).where(told).group_by(_f.policy).order_by(_f.policy)
    ).all()
    took = spreads(connection, leaving.add_columns(_f.policy), LEAVE_EDGES_S)
    return (
        _notified("", whole, spread(connection, leaving, LEAVE_EDGES_S)),
        tuple(_notified(row[0], row[1:], took.get(row[0], NO_SPREAD)) for row in by_policy),
    )


def same_day(connection: Connection, now: datetime) -> Share:
    """Closed on the day they opened, of all that were not dismissed."""
    done = and_(is_closed, _f.opened_day == _f.closed_day, ~odd_clocks(now))
    part, of = connection.execute(
        select(count_if(done), func.count()).select_from(facts).where(~is_dismissed)
    ).one()
    return Share(part, of)


def to_close(connection: Connection, now: datetime) -> Spread:
    """From opening to closing, of those closed."""
    values = select(_f.closed_us - _f.opened_us).where(is_closed, _f.closed_us.is_not(None), ~odd_clocks(now))
    return spread(connection, values, CLOSE_EDGES_S)


def false_alarms(connection: Connection, *, by_zone: bool) -> tuple[FalseAlarms, ...]:
    """Of each camera, or of each of its zones; the least reliable first."""
    zone: ColumnElement[str] = _f.zone if by_zone else literal("")
    keys = (_f.source, _f.zone) if by_zone else (_f.source,)
    wrong = count_if(is_false_alarm)
    query = (
        select(_f.source, zone, func.count(), wrong)
        .where(_f.source != "")
        .group_by(*keys)
        .order_by(wrong.desc(), func.count().desc(), *keys)
    )
    return tuple(
        FalseAlarms(source=source, zone=name, cases=count, false_alarms=false)
        for source, name, count, false in connection.execute(query)
    )


def hours(connection: Connection) -> tuple[int, ...]:
    """Cases by hour of the week, but for false alarms."""
    query = select(_f.hour, func.count()).where(~is_false_alarm).group_by(_f.hour)
    return _week(dict(map(tuple, connection.execute(query))))


def places(connection: Connection) -> tuple[Place, ...]:
    """Where it happened more than once, most often first, with the hours of the week."""
    place = case((_f.place != "", _f.place), else_=_f.source + "/" + _f.zone)
    most = connection.execute(
        select(place.label("place"), func.count())
        .where(~is_false_alarm)
        .group_by(place)
        .having(func.count() > 1)
        .order_by(func.count().desc(), place)
        .limit(MANY_PLACES)
    ).all()
    found: dict[str, dict[int, int]] = {name: {} for name, _ in most}
    rows = connection.execute(
        select(place, _f.hour, func.count())
        .where(~is_false_alarm, place.in_(list(found)))
        .group_by(place, _f.hour)
    )
    for name, hour, count in rows:
        found[name][hour] = count
    return tuple(Place(place=name, cases=count, hours=_week(found[name])) for name, count in most)


def _told(now: datetime) -> ColumnElement[bool]:
    """The first notice was accepted, and before the case ended."""
    in_time = or_(_f.closed_us.is_(None), _f.noticed_us <= _f.closed_us)
    return and_(_f.noticed_us.is_not(None), in_time, ~odd_clocks(now))


def _notified(policy: str, counts: tuple[int, ...], to_leave: Spread) -> Notified:
    told, left, standing, in_error = counts
    return Notified(
        policy=policy,
        notified=told,
        left=left,
        standing=standing,
        in_error=in_error,
        to_leave=to_leave,
    )


def _week(counts: dict[int, int]) -> tuple[int, ...]:
    return tuple(counts.get(hour, 0) for hour in range(HOURS_A_WEEK))
