"""When a zone's rule is in force: OpenStreetMap's `opening_hours` notation, by a place's own clock.

The only file that names the library. It is asked in local time without a zone: its own way through the night
in which clocks go back jumps over an hour of it, so instants are made local here, piece by piece between two
changes of the clock.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from opening_hours import (  # type: ignore[attr-defined] # its stub leaves its errors out
    OpeningHours,
    ParserError,
    State,
    UnknownCountryError,
)

from models.errors import ConfigurationError

NOTATION = "see https://wiki.openstreetmap.org/wiki/Key:opening_hours, e.g. 'Mo-Fr 07:00-09:00; PH off'"

_COMMENT = re.compile(r'"[^"]*"')
_SUN = re.compile(r"\b(dawn|sunrise|sunset|dusk)\b")
_SCHOOL = re.compile(r"\bSH\b")
_DAY = timedelta(days=1)
_MOST_CHANGES = 366
"""Spans that follow each other without a gap; more than a year of them is always."""


@dataclass(frozen=True, slots=True)
class Hours:
    """When a rule is in force; made by `hours`.

    Attributes:
        expression: as the user wrote it.
        zone: whose clock it is meant by.
    """

    expression: str
    zone: ZoneInfo
    _rule: OpeningHours

    def in_force(self, at: datetime) -> bool:
        """Whether the rule is in force at an instant (aware). In doubt (`unknown`) it is not."""
        return bool(self._rule.is_open(_local(at, self.zone)))

    def ends_at(self, at: datetime) -> datetime | None:
        """From when on the rule is no longer in force, if it is at an instant (aware, UTC).

        None where it never ends, or is not in force at all.
        """
        if not self.in_force(at):
            return None
        found = at
        for _ in range(_MOST_CHANGES):
            change = self._rule.next_change(_local(found, self.zone))
            if change is None:
                return None
            # In the night in which clocks go back a time comes twice, and the first may lie behind.
            twice = [change.replace(tzinfo=self.zone, fold=fold).astimezone(UTC) for fold in (0, 1)]
            found = min((time for time in twice if time > found), default=found + timedelta(seconds=1))
            if not self.in_force(found):
                return found
        return None

    def seconds_in_force(self, since: datetime, until: datetime) -> float:
        """Seconds between two instants (aware) in which the rule is in force; 0 if they are in no order."""
        return sum((self._open_s(first, last) for first, last in _steady(since, until, self.zone)), 0.0)

    def _open_s(self, since: datetime, until: datetime) -> float:
        """The same between two instants without a change of the clock between them."""
        first = _local(since, self.zone)
        spans = self._rule.intervals(first, first + (until - since))
        return sum((end - start).total_seconds() for start, end, state, _ in spans if state == State.OPEN)


def hours(expression: str, timezone: str, country: str) -> Hours:
    """Read when a rule is in force.

    Args:
        expression: in OpenStreetMap's notation.
        timezone: an IANA name, as `Asia/Shanghai`.
        country: whose public holidays `PH` means, two letters.

    Raises:
        ConfigurationError: one of the three is no such thing; it names no file.
    """
    for key, value, fault in (
        ("hours", expression, hours_fault(expression)),
        ("timezone", timezone, timezone_fault(timezone)),
        ("country", country, country_fault(country)),
    ):
        if fault is not None:
            problem, _, remedy = fault.partition("; ")
            raise ConfigurationError.of(repr(value), problem, remedy, key=key)
    return _made(expression, timezone, country)


def hours_fault(expression: str) -> str | None:
    """What keeps this text from being hours, in words: problem, semicolon, remedy; None when nothing does."""
    try:
        OpeningHours(expression, auto_country=False, auto_timezone=False)
    except ParserError as exc:
        return f"cannot be read as opening hours{_where(str(exc))}; {NOTATION}"
    bare = _COMMENT.sub("", expression)
    if found := _SUN.search(bare):
        # The library would put the sun up at 7 everywhere, all year.
        return f"names the {found.group()}, which a plan without a position cannot know; write clock times"
    if _SCHOOL.search(bare):
        return "names school holidays (SH), which nobody here knows; write dates, as '2026 Jul 4-Aug 31 off'"
    return None


def timezone_fault(name: str) -> str | None:
    """What keeps this from being a time zone, in words, or None."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return f"{name!r} is no time zone; use an IANA name, e.g. 'Asia/Shanghai'"
    return None


def country_fault(code: str) -> str | None:
    """What keeps this from being a country, in words, or None."""
    try:
        OpeningHours("24/7", country=code, auto_country=False, auto_timezone=False)
    except UnknownCountryError:
        return f"{code!r} is no country; use two letters of ISO 3166, e.g. 'CN'"
    return None


@lru_cache(maxsize=1024)
def _made(expression: str, timezone: str, country: str) -> Hours:
    rule = OpeningHours(expression, country=country, auto_country=False, auto_timezone=False)
    return Hours(expression, ZoneInfo(timezone), rule)


def _local(at: datetime, zone: ZoneInfo) -> datetime:
    """The wall clock there, without a zone."""
    return at.astimezone(zone).replace(tzinfo=None)


def _steady(since: datetime, until: datetime, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
    """The span in pieces in which the clock there neither goes forward nor back, to the second."""
    first, until = since.astimezone(UTC), until.astimezone(UTC)
    while first < until:
        last = min(first + _DAY, until)
        if _offset(first, zone) != _offset(last, zone):
            last = _change(first, last, zone)
        yield first, last
        first = last


def _change(first: datetime, last: datetime, zone: ZoneInfo) -> datetime:
    """The instant at which the offset changes between two."""
    before = _offset(first, zone)
    while last - first > timedelta(microseconds=1):
        middle = first + (last - first) / 2
        first, last = (middle, last) if _offset(middle, zone) == before else (first, middle)
    return last


def _offset(at: datetime, zone: ZoneInfo) -> timedelta | None:
    return at.astimezone(zone).utcoffset()


def _where(message: str) -> str:
    """Where the library's parser gave up, and what it expected there, as one line."""
    place = re.search(r"--> \d+:(\d+)", message)
    return f" from character {place.group(1)} on" if place else ""
