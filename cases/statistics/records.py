"""The figures of one period, as they were counted: whole numbers, so that counting again gives the same."""

from dataclasses import dataclass
from datetime import datetime

HOURS_A_WEEK = 168
_US = 1_000_000


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    part: int
    of: int

    @property
    def ratio(self) -> float | None:
        """0 to 1; None of nothing."""
        return self.part / self.of if self.of else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How long something took, many times. Quantiles are nearest-rank: one of the values, never between.

    Attributes:
        count: how many times.
        total_s, total_us: all of them together, whole seconds and the microseconds beside them.
        p50_us, p90_us, p99_us: microseconds; None of nothing.
        histogram: how many took less than each of the question's edges, but not less than the one before;
            the last took longer than all.
    """

    count: int
    total_s: int
    total_us: int
    p50_us: int | None
    p90_us: int | None
    p99_us: int | None
    histogram: tuple[int, ...]

    @property
    def mean_s(self) -> float | None:
        """Seconds; None of nothing."""
        return (self.total_s + self.total_us / _US) / self.count if self.count else None

    @property
    def p50_s(self) -> float | None:
        """Seconds; None of nothing."""
        return _seconds(self.p50_us)

    @property
    def p90_s(self) -> float | None:
        """Seconds; None of nothing."""
        return _seconds(self.p90_us)

    @property
    def p99_s(self) -> float | None:
        """Seconds; None of nothing."""
        return _seconds(self.p99_us)


NO_SPREAD = Spread(count=0, total_s=0, total_us=0, p50_us=None, p90_us=None, p99_us=None, histogram=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """The period's cases.

    Attributes:
        opened: cases that opened in it, and were not merged into another one.
        open: of those, neither closed nor dismissed when the report was made.
        closed: of those, closed as something that was there (archived ones too).
        dismissed: of those, closed as nothing to deal with: false alarm, exempt, duplicate.
        merged: cases that turned out to be another one; in no other figure.
        odd_clocks: of `opened`, those whose clocks contradict each other: closed before they opened, notified
            before they were seen, or either after the report was made; left out of every duration.
    """

    opened: int
    open: int
    closed: int
    dismissed: int
    merged: int
    odd_clocks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Notified:
    """What became of cases whose owner was told while the vehicle stood.

    Attributes:
        policy: of the cases; empty for all together.
        notified: the provider accepted the first notice before the case ended; dismissed ones are left out.
        left: closed because the vehicle left afterwards.
        standing: still open.
        in_error: told and then dismissed as a false alarm; not in `notified`.
        to_leave: from the first notice to leaving.
    """

    policy: str
    notified: int
    left: int
    standing: int
    in_error: int
    to_leave: Spread

    @property
    def share(self) -> Share:
        """Left on notice, of those notified."""
        return Share(self.left, self.notified)


@dataclass(frozen=True, slots=True, kw_only=True)
class OnTime:
    """Deadlines of one unit, area or kind.

    Attributes:
        name: the unit, the area's path, or what had to be done (`order`, `accept`, …).
        met: kept in time.
        missed: kept late, or past and not kept.
        running: not due when the report was made.
    """

    name: str
    met: int
    missed: int
    running: int

    @property
    def share(self) -> Share:
        """Kept in time, of those that were due."""
        return Share(self.met, self.met + self.missed)


@dataclass(frozen=True, slots=True, kw_only=True)
class FalseAlarms:
    """How often one camera or zone was wrong.

    Attributes:
        source: `/{site}/{device}/{camera}`.
        zone: one of its zones; empty for the whole camera.
        cases: that it opened.
        false_alarms: of those, dismissed as false alarms.
    """

    source: str
    zone: str
    cases: int
    false_alarms: int

    @property
    def share(self) -> Share:
        """False alarms, of its cases."""
        return Share(self.false_alarms, self.cases)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lights:
    """The three-colour index of one area: the lamps of cases that were open at the end of the period.

    Attributes:
        area: path of the area; empty where none is known.
        green, yellow, red, overdue: cases by their light.
    """

    area: str
    green: int
    yellow: int
    red: int
    overdue: int

    @property
    def share(self) -> Share:
        """Green ones, of all."""
        return Share(self.green, self.green + self.yellow + self.red + self.overdue)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place where it happened again.

    Attributes:
        place: its address, or camera and zone where none is drawn into the plan.
        cases: that opened there.
        hours: cases by hour of the week there, Monday 00:00 first (168).
    """

    place: str
    cases: int
    hours: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All figures of one period. Cases belong to the period in which they opened."""

    since: datetime
    until: datetime
    zone: str
    made_at: datetime
    totals: Totals
    resolutions: tuple[tuple[str, int], ...]
    to_notice: Spread
    notified: Notified
    notified_by_policy: tuple[Notified, ...]
    same_day: Share
    to_close: Spread
    on_time_by_duty: tuple[OnTime, ...]
    on_time_by_unit: tuple[OnTime, ...]
    on_time_by_area: tuple[OnTime, ...]
    cameras: tuple[FalseAlarms, ...]
    zones: tuple[FalseAlarms, ...]
    lights: tuple[Lights, ...]
    hours: tuple[int, ...]
    places: tuple[Place, ...]


def _seconds(us: int | None) -> float | None:
    return None if us is None else us / _US
