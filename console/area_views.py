"""What is shown of areas: the tree with its lamps, and the cases of the one that is chosen."""

from datetime import datetime

from cases.clients import Client
from cases.search import Filters
from cases.states import OPEN_STATES
from cases.statistics.tree import AreaNow, visible
from console.desk import Desk
from console.lists import Card
from console.render import Renderer
from console.rest_views import line_for
from console.views import CaseLine

SHOWN = 60
ALL, NOWHERE = "/", "-"
"""Keys of the rows that are no area: the whole city, and cases of no known area."""


def area_cards(tree: list[AreaNow], chosen: str, renderer: Renderer, at: datetime) -> list[Card]:
    """The rows of the tree; the one that is chosen and what lies in it stand open.

    Args:
        tree: all areas.
        chosen: the key of a row.
        renderer: fills the templates.
        at: now.
    """
    path = "" if chosen in {ALL, NOWHERE} else chosen
    most = max((one.open for one in tree), default=0)
    shown = [one for one in visible(tree, path) if one.path or one.open]
    return [
        Card(
            _key(one),
            renderer.html("area", at, area=one, most=most),
            f"area depth-{min(one.depth, 5)}{' chosen' if _key(one) == chosen else ''}",
            _key(one),
        )
        for one in shown
    ]


def area_cases(desk: Desk, tree: list[AreaNow], chosen: str, who: Client, at: datetime) -> list[CaseLine]:
    """The open cases of the area that is chosen, newest first. Blocks."""
    if chosen == NOWHERE:
        known = {one.id for one in tree if one.path}
        found = desk.search.page(Filters(states=OPEN_STATES), limit=500).rows
        rows = [row for row in found if row["area"] not in known][:SHOWN]
    else:
        area = "" if chosen == ALL else chosen.rpartition("/")[2]
        rows = desk.search.page(Filters(states=OPEN_STATES, area=area), limit=SHOWN).rows
    due = desk.search.due({row["id"] for row in rows})
    return [line_for(who, CaseLine.at(row, at, due.get(row["id"], ()))) for row in rows]


def title_of(tree: list[AreaNow], chosen: str, nowhere: str, everywhere: str) -> str:
    """What the list of cases is headed with."""
    if chosen == NOWHERE:
        return nowhere
    return next((one.name for one in tree if one.path == chosen), everywhere)


def _key(area: AreaNow) -> str:
    return area.path or NOWHERE
