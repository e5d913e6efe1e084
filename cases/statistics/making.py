"""Making a report: one view of the ledger, every figure counted in it."""

from datetime import UTC, datetime

from sqlalchemy import Connection, func, select

from cases.database import Database
from cases.states import State
from cases.statistics import counting, facts, lamps, punctuality
from cases.statistics.period import Period
from cases.statistics.records import Report
from cases.tables import cases


def make(database: Database, period: Period, now: datetime) -> Report:
    """Count the figures of one period.

    Needs little memory however long the period is: the database counts, and only sums come back, one row
    for each camera, zone, unit, area and policy.

    Args:
        database: of this program's version.
        period: cases belong to it that opened in it.
        now: wall clock; what is open is open at this moment.

    Raises:
        TransportDown: the ledger cannot be reached.
    """
    with database.read() as connection:
        facts.lay_out(connection, period, now)
        deadlines = punctuality.cells(connection, now)
        notified, by_policy = counting.notified(connection, now)
        return Report(
            since=period.since,
            until=period.until,
            zone=period.zone.key,
            made_at=now.astimezone(UTC),
            totals=counting.totals(connection, _merged(connection, period), now),
            resolutions=counting.resolutions(connection),
            to_notice=counting.to_notice(connection, now),
            notified=notified,
            notified_by_policy=by_policy,
            same_day=counting.same_day(connection, now),
            to_close=counting.to_close(connection, now),
            on_time_by_duty=punctuality.by_duty(deadlines),
            on_time_by_unit=punctuality.by_unit(deadlines),
            on_time_by_area=punctuality.by_area(deadlines),
            cameras=counting.false_alarms(connection, by_zone=False),
            zones=counting.false_alarms(connection, by_zone=True),
            lights=lamps.lights(connection, min(now, period.until)),
            hours=counting.hours(connection),
            places=counting.places(connection),
        )


def _merged(connection: Connection, period: Period) -> int:
    query = select(func.count()).where(
        cases.c.opened_at >= period.since,
        cases.c.opened_at < period.until,
        cases.c.state == State.MERGED.value,
    )
    return int(connection.execute(query).scalar_one())
