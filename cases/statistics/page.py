"""The report as one HTML file: no script, no network, readable on a phone and on paper.

The plots are small SVG templates of our own. Plotting libraries either need a browser to draw, bring tens of
megabytes, or (as pygal) write pages that fetch scripts. Bars and a week of squares need none of that.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined

from cases.statistics.counting import CLOSE_EDGES_S, LEAVE_EDGES_S, NOTICE_EDGES_S
from cases.statistics.records import Report

Row = TypeVar("Row")

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MOST_ROWS = 30
"""Rows a table shows: the page is for people. `--json` has all of them."""

_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"))
_SHADES = 5


def html(report: Report) -> str:
    """The whole page."""
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            report=report,
            since=_there(report.since, report.zone),
            until=_there(report.until, report.zone),
            made=_there(report.made_at, report.zone),
            edges={"notice": NOTICE_EDGES_S, "leave": LEAVE_EDGES_S, "close": CLOSE_EDGES_S},
            areas={
                "on_time": outer(report.on_time_by_area, lambda row: row.name),
                "lights": outer(report.lights, lambda row: row.area),
            },
            days=DAYS,
            most=MOST_ROWS,
        )
    )


def outer(rows: Sequence[Row], path: Callable[[Row], str]) -> list[Row]:
    """As many levels of the tree of areas as a table has rows for, whole: a city first, grids last."""
    depths = sorted(path(row).count("/") for row in rows)
    deepest = depths[MOST_ROWS] - 1 if len(depths) > MOST_ROWS else max(depths, default=0)
    return [row for row in rows if path(row).count("/") <= deepest]


def span(seconds: float | None) -> str:
    """A duration for people: `0.8 s`, `12 min`, `3.4 h`, `2.1 d`; a dash for none."""
    if seconds is None:
        return "–"
    for size, unit in _UNITS:
        if seconds >= size:
            return f"{_short(seconds / size)} {unit}"
    return f"{_short(seconds)} s"


def percent(ratio: float | None) -> str:
    """A share for people; a dash for a share of nothing. Never 100 % of what was not all, nor 0 % of some."""
    if ratio is None:
        return "–"
    if 0 < ratio < 1:
        return f"{min(max(ratio * 100, 0.1), 99.9):.1f} %"
    return f"{ratio * 100:.0f} %"


def grouped(number: int) -> str:
    """A count with thin spaces between thousands."""
    return f"{number:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def labels(edges_s: Sequence[int]) -> list[str]:
    """What the cells of a histogram are called."""
    return [f"< {span(edge)}" for edge in edges_s] + [f"≥ {span(edges_s[-1])}"]


def shade(count: int, most: int) -> int:
    """0 for none, else 1 to 5: how dark a square of the week is."""
    return 0 if count == 0 else max(1, -(-count * _SHADES // most))


def _short(value: float) -> str:
    return f"{value:.0f}" if value >= 10 or value == int(value) else f"{value:.1f}"  # noqa: PLR2004 - two digits


def _there(at: datetime, zone: str) -> str:
    here = at.astimezone(ZoneInfo(zone))
    offset = here.utcoffset() or timedelta()
    minutes = int(offset.total_seconds()) // 60
    sign = "-" if minutes < 0 else "+"
    return f"{here:%Y-%m-%d %H:%M} {sign}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("cases.statistics"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(span=span, percent=percent, grouped=grouped, labels=labels)
    environment.globals.update(shade=shade)
    return environment
