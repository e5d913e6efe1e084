"""The period's cases, narrowed to what is counted, in a table of this connection only.

The wide rows of the ledger are read once; all figures come from whole numbers and short words after that.
The table is the database's own temporary one: it may stand on disk, and is gone with the transaction.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Integer,
    MetaData,
    Select,
    String,
    Table,
    func,
    insert,
    select,
)

from cases.notices.records import NoticeState
from cases.states import OPEN_STATES, Resolution, State
from cases.statistics.period import Period, offsets, to_us
from cases.statistics.records import HOURS_A_WEEK
from cases.statistics.sql import DAY_US, HOUR_US, floor_div, json_word, local, micros
from cases.tables import cases, notices

MONDAY_H = 72
"""Hours from the Monday before 1970, which began on a Thursday."""

_temporary = MetaData()

facts = Table(
    "report_facts",
    _temporary,
    Column("id", String(36), nullable=False),
    Column("state", String(20), nullable=False),
    Column("resolution", String(20), nullable=False),
    Column("policy", String(64), nullable=False),
    Column("unit", String(100), nullable=False),
    Column("source", String(200), nullable=False),
    Column("zone", String(64), nullable=False),
    Column("place", String(500), nullable=False),
    Column("opened_us", BigInteger, nullable=False),
    Column("recorded_us", BigInteger, nullable=False),
    Column("closed_us", BigInteger),
    Column("noticed_us", BigInteger),
    Column("opened_day", Integer, nullable=False),
    Column("closed_day", Integer),
    Column("hour", Integer, nullable=False),
    prefixes=["TEMPORARY"],
)
"""`noticed_us`: when the provider accepted the first notice. Days and the hour of the week (0 is Monday from
00:00) are those of the clock on the wall there."""

is_open = facts.c.state.in_(sorted(state.value for state in OPEN_STATES))
is_dismissed = (facts.c.state == State.DISMISSED.value) | facts.c.resolution.in_(
    [Resolution.EXEMPT.value, Resolution.FALSE_ALARM.value]
)
is_false_alarm = facts.c.resolution == Resolution.FALSE_ALARM.value
is_closed = ~is_open & ~is_dismissed


def lay_out(connection: Connection, period: Period, now: datetime) -> None:
    """Make the table and fill it with the period's cases, but for merged ones."""
    facts.create(connection)
    names = [column.name for column in facts.c]
    connection.execute(insert(facts).from_select(names, _rows(period, now)))


def _rows(period: Period, now: datetime) -> Select[Any]:
    there = offsets(period.zone, period.since_us, max(period.until_us, to_us(now)))
    first_notice = (
        select(func.min(notices.c.accepted_at))
        .where(notices.c.case_id == cases.c.id, notices.c.state == NoticeState.ACCEPTED.value)
        .scalar_subquery()
    )
    opened, closed = micros(cases.c.opened_at), micros(cases.c.closed_at)
    opened_there = local(opened, there)
    return select(
        cases.c.id,
        cases.c.state,
        func.coalesce(cases.c.resolution, ""),
        func.coalesce(json_word(cases.c.policy, "name"), ""),
        cases.c.unit,
        cases.c.source,
        cases.c.zone,
        cases.c.place,
        opened,
        micros(cases.c.recorded_at),
        closed,
        micros(first_notice),
        floor_div(opened_there, DAY_US),
        floor_div(local(closed, there), DAY_US),
        (floor_div(opened_there, HOUR_US) + MONDAY_H) % HOURS_A_WEEK,
    ).where(
        cases.c.opened_at >= period.since,
        cases.c.opened_at < period.until,
        cases.c.state != State.MERGED.value,
    )
