"""The span of time a report is about, as its city's clocks show it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from models.errors import ConfigurationError
from models.hours import timezone_fault

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_US = timedelta(microseconds=1)
_LOOK = timedelta(days=1)
"""How far apart the offset is looked at: no zone changed its clocks twice within a day since 1970."""


@dataclass(frozen=True, slots=True)
class Offset:
    """How far clocks there are ahead of UTC, until a moment.

    Attributes:
        until_us: microseconds since 1970 at which the next offset begins.
        seconds: ahead of UTC; negative west of it.
    """

    until_us: int
    seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """From one moment until just before another.

    Attributes:
        since: first moment, UTC.
        until: first moment after it, UTC.
        zone: whose days and hours are meant.
    """

    since: datetime
    until: datetime
    zone: ZoneInfo

    @property
    def since_us(self) -> int:
        """First moment, microseconds since 1970."""
        return to_us(self.since)

    @property
    def until_us(self) -> int:
        """First moment after it, microseconds since 1970."""
        return to_us(self.until)


def to_us(at: datetime) -> int:
    """Microseconds since 1970, exactly."""
    return (at - _EPOCH) // _US


def parse_period(since: str, until: str | None, zone: str, now: datetime) -> Period:
    """Read what a user wrote.

    Args:
        since: a date (its first moment there) or ISO 8601 with a time.
        until: a date, of which all belongs to the period, or ISO 8601 with a time, at which it ends; None
            for `now`.
        zone: IANA name. Times without an offset are meant in it.
        now: wall clock, aware.

    Raises:
        ConfigurationError: a time or the zone cannot be read, or the period ends before it begins.
    """
    if problem := timezone_fault(zone):
        raise ConfigurationError.of("--time-zone", problem)
    there = ZoneInfo(zone)
    begins = _moment(since, there, "--from", whole_days=0)
    ends = now.astimezone(UTC) if until is None else _moment(until, there, "--to", whole_days=1)
    if ends <= begins:
        problem = f"{until or 'now'} is not after {since}"
        raise ConfigurationError.of("--to", problem, "name the later moment second")
    return Period(since=begins, until=ends, zone=there)


def offsets(zone: ZoneInfo, since_us: int, until_us: int) -> tuple[Offset, ...]:
    """The offsets that clocks there have between two moments, in their order; never none."""
    since, until = _at(since_us), _at(until_us)
    return tuple(_offsets(zone, since, max(since, until)))


def _offsets(zone: ZoneInfo, since: datetime, until: datetime) -> Iterator[Offset]:
    first, seconds = since, _ahead(since, zone)
    while first < until:
        last = min(first + _LOOK, until)
        if _ahead(last, zone) != seconds:
            last = _change(first, last, zone)
            yield Offset(to_us(last), seconds)
            seconds = _ahead(last, zone)
        first = last
    yield Offset(to_us(until) + 1, seconds)


def _change(first: datetime, last: datetime, zone: ZoneInfo) -> datetime:
    before = _ahead(first, zone)
    while last - first > _US:
        middle = first + (last - first) / 2
        first, last = (middle, last) if _ahead(middle, zone) == before else (first, middle)
    return last


def _ahead(at: datetime, zone: ZoneInfo) -> int:
    offset = at.astimezone(zone).utcoffset()
    return 0 if offset is None else int(offset.total_seconds())


def _at(us: int) -> datetime:
    # Clocks that jump leave times at either end of what a date can be; there the offset is of no account.
    low, high = datetime(1970, 1, 2, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
    return min(max(low, _EPOCH + timedelta(microseconds=us)), high)


def _moment(text: str, zone: ZoneInfo, option: str, *, whole_days: int) -> datetime:
    try:
        day = date.fromisoformat(text)
        return datetime.combine(day + timedelta(days=whole_days), time(), zone).astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    try:
        at = datetime.fromisoformat(text)
        return (at if at.tzinfo is not None else at.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError) as exc:
        remedy = "write a date or a time, e.g. 2026-11-01 or 2026-11-01T08:00"
        raise ConfigurationError.of(option, f"{text!r} is no date", remedy) from exc
