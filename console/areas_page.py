"""The page of areas: where in the city cases are open, and how long they have been."""

import asyncio
from datetime import UTC, datetime

from nicegui import ui

from cases.statistics.tree import AreaNow
from console.acting import Hand
from console.area_views import ALL, area_cards, area_cases, title_of
from console.cards import Cards, Html
from console.case_dialog import CaseDialog
from console.desk import Desk
from console.frame import Frame
from console.lists import Card
from console.office import Office
from console.views import CaseLine
from models.errors import ClearwayError


class AreasPage:
    """One open page of areas.

    Args:
        frame: what stands above it.
        desk: what is read.
        office: takes what is done about a case.
        hand: whoever opened it.
    """

    def __init__(self, frame: Frame, desk: Desk, office: Office | None, hand: Hand) -> None:
        self._desk = desk
        self._renderer = frame.renderer
        self._who = hand.who
        self._chosen = ALL
        words = frame.renderer.words
        self._dialog = CaseDialog(desk, frame.renderer, office, hand)
        frame.build()
        self._banner = Html("cw-banner")
        with ui.element("main").classes("cw-main cw-areas"):
            with ui.element("section").classes("cw-section"):
                self._head = Html("cw-title")
                empty = frame.renderer.html("empty", text=words.no_areas)
                self._tree = Cards("area-tree", empty, self._choose)
            with ui.element("section").classes("cw-section cw-work"):
                self._title = Html("cw-title")
                empty = frame.renderer.html("empty", text=words.no_open_cases)
                self._cases = Cards("cases", empty, self._dialog.open)

    async def tick(self) -> None:
        """Read and show."""
        now = datetime.now(UTC)
        try:
            tree, cases = await asyncio.to_thread(self._read, now)
        except ClearwayError as exc:
            self._banner.show(self._renderer.html("banner", now, problem=str(exc), read_at=now))
            return
        self._banner.show(self._renderer.html("banner", now, problem="", read_at=now))
        self._show(tree, cases, now)
        await self._dialog.refresh(now)

    async def _choose(self, key: str) -> None:
        """Open an area; a second click on it goes back to the whole city."""
        self._chosen = ALL if key == self._chosen else key
        await self.tick()

    def _read(self, now: datetime) -> tuple[list[AreaNow], list[CaseLine]]:
        tree = self._desk.areas(now)
        return tree, area_cases(self._desk, tree, self._chosen, self._who, now)

    def _show(self, tree: list[AreaNow], cases: list[CaseLine], now: datetime) -> None:
        html, words = self._renderer.html, self._renderer.words
        self._head.show(html("areas_title", now, tops=[one for one in tree if one.depth == 0]))
        self._tree.show(area_cards(tree, self._chosen, self._renderer, now))
        title = title_of(tree, self._chosen, words.nowhere, words.everywhere)
        self._title.show(html("title", now, text=title))
        self._cases.show([Card(one.id, html("case", now, case=one), one.state, one.id) for one in cases])
