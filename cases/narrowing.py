"""Finding few among many: what a filter's index cannot say, asked of another one first.

Lists come newest first, by number. A filter that fits few cases would have the database walk through all of
them by number; these questions find out where the few stand, exactly.
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Select, func, select, text, union_all

from cases.states import State
from cases.tables import cases

WINDOW = 50_000
"""A span of time with more cases than this is no narrowing: looking for its ends would take longer."""
BRANCHES = 40
"""An area with more grids than this is so large that walking through the newest cases soon finds enough."""

_PATHS = text(
    "WITH RECURSIVE known(path) AS (SELECT min(area_path) FROM cases UNION ALL"
    " SELECT (SELECT min(area_path) FROM cases WHERE area_path > known.path) FROM known"
    " WHERE known.path IS NOT NULL) SELECT path FROM known WHERE path <> ''"
)
"""The paths that cases have, each with one step through the index, however many cases there are."""


Window = tuple[int, int]
"""From which number to which, both among them; nothing fits where the first is the higher one."""
ALL: Window = (0, 2**63 - 1)
NONE: Window = (1, 0)


def common(*windows: Window) -> Window:
    """What lies in all of them. One range of numbers is walked; of two, SQLite takes one for the walk."""
    return max(low for low, _ in windows), min(high for _, high in windows)


def numbers_between(connection: Connection, since: datetime | None, until: datetime | None) -> Window:
    """Between which numbers the cases stand that opened in a span of time; `ALL` where they are many.

    Numbers rise as cases come in, and times nearly so: a device whose clock jumped only makes it wider.
    """
    if since is None and until is None:
        return ALL
    opened = cases.c.opened_at
    span = [
        *([] if since is None else [opened >= since]),
        *([] if until is None else [opened < until]),
    ]
    window = select(cases.c.number).where(*span).limit(WINDOW).subquery()
    number = window.c.number
    first, last, count = connection.execute(select(func.min(number), func.max(number), func.count())).one()
    if count == WINDOW:
        return ALL
    return (first, last) if count else NONE


def numbers_of(connection: Connection, states: Collection[State]) -> Window:
    """Between which numbers the cases of some states stand: two steps through the index for each.

    Cases are archived the oldest first, so below some number none is closed any more; whoever pages that far
    back in one matter would have all of it looked through.
    """
    ends = [
        select(end(cases.c.number)).where(cases.c.state == state).scalar_subquery()
        for state in states
        for end in (func.min, func.max)
    ]
    found = [number for number in connection.execute(select(*ends)).one() if number is not None]
    return (min(found), max(found)) if found else NONE


def paths_of(connection: Connection, area: str) -> list[str]:
    """The paths of an area's cases and of those in the areas below it."""
    found = connection.execute(_PATHS).scalars()
    return [path for path in found if f"/{area}/" in f"{path}/"]


def newest_of(paths: list[str], where: list[ColumnElement[bool]], limit: int) -> ColumnElement[bool]:
    """The newest cases that meet all conditions, found path by path: each stands in order in the index."""
    branches: list[Select[tuple[int]]] = []
    for path in paths:
        newest = select(cases.c.number).where(cases.c.area_path == path, *where)
        branches.append(select(newest.order_by(cases.c.number.desc()).limit(limit).subquery().c.number))
    return cases.c.number.in_(union_all(*branches))
