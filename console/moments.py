"""Times and durations as people read them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

MINUTE_S = 60
HOUR_S = 60 * MINUTE_S
DAY_S = 24 * HOUR_S
JUST_NOW_S = 5
"""Below this, seconds are noise: pages are a second behind anyway."""


def local(at: datetime, zone: ZoneInfo, now: datetime) -> str:
    """A time in `zone` with its offset; with its date when that is not today."""
    here = at.astimezone(zone)
    today = here.date() == now.astimezone(zone).date()
    return f"{here:%H:%M:%S}{offset(here)}" if today else f"{here:%Y-%m-%d %H:%M:%S}{offset(here)}"


def offset(at: datetime) -> str:
    """The offset of an aware time, as ` +08:00`."""
    digits = f"{at:%z}"
    return f" {digits[:3]}:{digits[3:5]}"


def in_utc(at: datetime) -> str:
    """The same instant in UTC, for the tooltip."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def tag(at: datetime | None, zone: ZoneInfo, now: datetime) -> Markup:
    """A time as HTML: local to read, UTC on hover, ISO for machines."""
    if at is None:
        return Markup("")
    iso = at.astimezone(UTC).isoformat(timespec="seconds")
    return Markup('<time datetime="{}" title="{}">{}</time>').format(iso, in_utc(at), local(at, zone, now))


def span(seconds: float) -> str:
    """A duration in its two largest units."""
    whole = max(int(seconds), 0)
    if whole < MINUTE_S:
        return f"{whole} s"
    if whole < HOUR_S:
        return _two(whole, MINUTE_S, "min", 1, "s")
    if whole < DAY_S:
        return _two(whole, HOUR_S, "h", MINUTE_S, "min")
    return _two(whole, DAY_S, "d", HOUR_S, "h")


def coarse(seconds: float) -> str:
    """A duration in its largest unit, which is as much as a list needs."""
    whole = max(int(seconds), 0)
    for size, unit in ((DAY_S, "d"), (HOUR_S, "h"), (MINUTE_S, "min")):
        if whole >= size:
            return f"{whole // size} {unit}"
    return f"{whole} s"


def ago(at: datetime | None, zone: ZoneInfo, now: datetime, words: tuple[str, str]) -> Markup:
    """How long ago, as HTML; the exact times on hover.

    Args:
        at: the moment; nothing is shown for None.
        zone: of the exact time.
        now: wall clock.
        words: what to say of the last seconds, and a pattern with `{}` for anything older.
    """
    if at is None:
        return Markup("")
    age_s = (now - at).total_seconds()
    just_now, pattern = words
    text = just_now if age_s < JUST_NOW_S else pattern.format(coarse(age_s))
    title = f"{local(at, zone, now)} · {in_utc(at)}"
    return Markup('<time datetime="{}" title="{}">{}</time>').format(at.isoformat(), title, escape(text))


def _two(whole: int, large: int, large_unit: str, small: int, small_unit: str) -> str:
    rest = whole % large // small
    head = f"{whole // large} {large_unit}"
    return f"{head} {rest} {small_unit}" if rest else head
