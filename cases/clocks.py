"""Two kinds of time: the wall clock, and working time by a calendar with public holidays.

The only file that names the library of holidays. It knows the make-up working days by which China moves
its weekends, which opening-hours notation cannot say.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Self
from zoneinfo import ZoneInfo

import holidays
from pydantic import Field, StringConstraints, model_validator

from models.hours import timezone_fault
from models.toml import FrozenModel

Span = tuple[datetime, datetime]

_SPAN = re.compile(r"(\d{2}):(\d{2})-(\d{2}):(\d{2})")
_DAY_S = 86_400
_LEAST_S = 3600
"""A calendar with less than an hour a day would put a deadline off for years."""


def _seconds(span: str) -> tuple[int, int]:
    """Where a span begins and ends, in seconds of the day."""
    found = _SPAN.fullmatch(span)
    if found is None:
        raise ValueError(f"hours {span!r} cannot be read; write e.g. '09:00-17:30'")
    h1, m1, h2, m2 = map(int, found.groups())
    first, last = h1 * 3600 + m1 * 60, h2 * 3600 + m2 * 60
    if max(m1, m2) > 59 or last > _DAY_S or first >= last:  # noqa: PLR2004 - minutes of an hour
        raise ValueError(f"hours {span!r} are no part of a day; write two spans across midnight")
    return first, last


def _instant(day: date, seconds: int, zone: ZoneInfo) -> datetime:
    """A time of day there as an instant; through the night in which clocks change, by the earlier offset."""
    if seconds == _DAY_S:
        day, seconds = day + timedelta(days=1), 0
    at = time(seconds // 3600, seconds % 3600 // 60)
    return datetime.combine(day, at, tzinfo=zone).astimezone(UTC)


@lru_cache(maxsize=64)
def _holidays(country: str, subdivision: str) -> holidays.HolidayBase:
    return holidays.country_holidays(country, subdiv=subdivision or None)


class Clock(StrEnum):
    """Which time counts."""

    WALL = "wall"
    WORKING = "working"


class Calendar(FrozenModel):
    """When people work.

    Attributes:
        timezone: whose clock the hours are meant by, an IANA name.
        country: whose public holidays are kept, two letters of ISO 3166; its weekend too.
        subdivision: a province with holidays of its own, as the country codes it; empty for none.
        hours: of each working day, in order, `HH:MM-HH:MM`.
        days_off: more days on which nobody works.
        working_days: more days on which people work; they win over everything else.
    """

    timezone: str = "Asia/Shanghai"
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] = "CN"
    subdivision: str = ""
    hours: tuple[str, ...] = Field(default=("09:00-12:00", "13:30-17:30"), min_length=1, max_length=8)
    days_off: tuple[date, ...] = ()
    working_days: tuple[date, ...] = ()

    @model_validator(mode="after")
    def _can_be_kept(self) -> Self:
        if fault := timezone_fault(self.timezone):
            raise ValueError(fault)
        try:
            _holidays(self.country, self.subdivision)
        except NotImplementedError as exc:
            remedy = "use codes that the `holidays` package lists, e.g. country 'CN'"
            place = f"{self.country} {self.subdivision}".strip()
            raise ValueError(f"no public holidays are known of {place!r}; {remedy}") from exc
        last = 0
        total = 0
        for text in self.hours:
            first_s, last_s = _seconds(text)
            if first_s < last:
                raise ValueError(f"hours {text!r} begin before the span in front of them ends; sort them")
            last, total = last_s, total + last_s - first_s
        if total < _LEAST_S:
            raise ValueError("hours hold less than one hour a day; write when people work")
        return self

    @property
    def day_s(self) -> int:
        """Working seconds of one working day."""
        return sum(last - first for first, last in map(_seconds, self.hours))

    def works_on(self, day: date) -> bool:
        """Whether people work on a day: weekends, holidays and the days that make up for them."""
        if day in self.working_days:
            return True
        return day not in self.days_off and bool(
            _holidays(self.country, self.subdivision).is_working_day(day)
        )

    def spans(self, since: datetime) -> Iterator[Span]:
        """Working time from an instant on, in UTC, piece by piece; it never ends."""
        zone = ZoneInfo(self.timezone)
        since = since.astimezone(UTC)
        day = since.astimezone(zone).date()
        while True:
            if self.works_on(day):
                for text in self.hours:
                    first, last = (_instant(day, seconds, zone) for seconds in _seconds(text))
                    if last > max(first, since):
                        yield max(first, since), last
            day += timedelta(days=1)


OFFICE = Calendar()
"""China's public holidays, five days a week, seven hours a day: what a policy has that names no other."""


def due_at(start: datetime, amount_s: float, clock: Clock, calendar: Calendar = OFFICE) -> datetime:
    """When so much time will have passed since an instant.

    Args:
        start: aware.
        amount_s: seconds, at least 0; working seconds by the `working` clock.
        clock: which time counts.
        calendar: for the `working` clock.

    Returns:
        Aware, UTC. Nothing due by the working clock is ever due outside working time.
    """
    start = start.astimezone(UTC)
    if clock is Clock.WALL:
        return start + timedelta(seconds=amount_s)
    left = timedelta(seconds=amount_s)
    for first, last in calendar.spans(start):
        if left <= last - first:
            return first + left
        left -= last - first
    raise AssertionError("working time never ends")


def elapsed_s(start: datetime, end: datetime, clock: Clock, calendar: Calendar = OFFICE) -> float:
    """Seconds that passed between two instants, by a clock; 0 if the clock jumped back between them."""
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    if end <= start:
        return 0.0
    if clock is Clock.WALL:
        return (end - start).total_seconds()
    passed = 0.0
    for first, last in calendar.spans(start):
        if first >= end:
            break
        passed += (min(last, end) - first).total_seconds()
    return passed
