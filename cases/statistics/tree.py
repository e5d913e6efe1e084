"""The tree of areas as it stands now: how many cases are open in each, and how their lamps stand."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, RowMapping, select

from cases.database import Database
from cases.lights import Light
from cases.responsibility.tables import areas
from cases.statistics.lamps import lights
from cases.statistics.records import Lights

NOWHERE = ""
"""The path of cases that lie in no known area."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaNow:
    """One area, with all that lies in it.

    Attributes:
        path: `/city/district/…`; empty for cases of no known area.
        name: in the language asked for, else its id.
        level: city, district, town, village or grid; empty for one that is not in the tree any more.
        green, yellow, red, overdue: open cases by their light.
        parts: how many areas lie directly in it.
    """

    path: str
    name: str
    level: str = ""
    green: int = 0
    yellow: int = 0
    red: int = 0
    overdue: int = 0
    parts: int = 0

    @property
    def id(self) -> str:
        """Its own code; empty for no known area."""
        return self.path.rpartition("/")[2]

    @property
    def depth(self) -> int:
        """0 at the top."""
        return max(self.path.count("/") - 1, 0)

    @property
    def open(self) -> int:
        """Open cases."""
        return self.green + self.yellow + self.red + self.overdue

    @property
    def counts(self) -> tuple[tuple[Light, int], ...]:
        """Open cases by their light, the youngest first."""
        return (
            (Light.GREEN, self.green),
            (Light.YELLOW, self.yellow),
            (Light.RED, self.red),
            (Light.OVERDUE, self.overdue),
        )

    @property
    def lamp(self) -> Light:
        """The worst light of all: one late case makes its area late."""
        return next((light for light, count in reversed(self.counts) if count), Light.OFF)


def areas_now(database: Database, at: datetime, language: str) -> list[AreaNow]:
    """Every area of the city and every other one that has an open case, in the order of the tree.

    Args:
        database: of this program's version.
        at: now.
        language: of names, `en` or `zh`.

    Raises:
        TransportDown: the ledger cannot be reached.
    """
    with database.read() as connection:
        known = _known(connection)
        counted = {one.area: one for one in lights(connection, at)}
    paths = sorted(known.keys() | counted.keys(), key=lambda path: (not path, path.split("/")))
    return [_area(path, known.get(path), counted.get(path), paths, language) for path in paths]


def visible(tree: list[AreaNow], chosen: str) -> list[AreaNow]:
    """What is shown of a tree where one area is chosen: the way to it, and what lies beside and below.

    Args:
        tree: all of it.
        chosen: path of the area; empty for none.
    """
    tops = [one.path for one in tree if one.depth == 0 and one.path]
    way = [chosen[:end] for end in range(1, len(chosen) + 1) if end == len(chosen) or chosen[end] == "/"]
    if len(tops) == 1 and not way:
        way = tops
    return [one for one in tree if one.depth == 0 or one.path.rpartition("/")[0] in way]


def _known(connection: Connection) -> dict[str, RowMapping]:
    columns = (areas.c.id, areas.c.level, areas.c.name_zh, areas.c.name_en, areas.c.parent)
    rows = {row["id"]: row for row in connection.execute(select(*columns)).mappings()}
    return {_path(row, rows): row for row in rows.values()}


def _path(row: RowMapping, rows: Mapping[str, RowMapping]) -> str:
    way: list[str] = []
    here: RowMapping | None = row
    while here is not None and here["id"] not in way:
        way.append(here["id"])
        here = rows.get(here["parent"] or "")
    return "".join(f"/{name}" for name in reversed(way))


def _area(
    path: str, row: RowMapping | None, counted: Lights | None, paths: list[str], language: str
) -> AreaNow:
    first, second = ("name_zh", "name_en") if language == "zh" else ("name_en", "name_zh")
    name = "" if row is None else row[first] or row[second]
    return AreaNow(
        path=path,
        name=name or path.rpartition("/")[2],
        level="" if row is None else row["level"],
        green=0 if counted is None else counted.green,
        yellow=0 if counted is None else counted.yellow,
        red=0 if counted is None else counted.red,
        overdue=0 if counted is None else counted.overdue,
        parts=sum(bool(path) and other.rpartition("/")[0] == path for other in paths),
    )
