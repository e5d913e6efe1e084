"""The file of one case, over the dashboard."""

import asyncio
from datetime import UTC, datetime

from markupsafe import Markup
from nicegui import ui

from cases.clients import Client
from console.acting import Hand
from console.cards import Html
from console.case_actions import CaseActions
from console.desk import Desk
from console.office import Office
from console.render import Renderer
from console.rest_views import file_for
from console.timeline import timeline
from console.views import CaseLine
from models.errors import ClearwayError


class CaseDialog:
    """Opens with a case, follows it while it is open."""

    def __init__(self, desk: Desk, renderer: Renderer, office: Office | None, hand: Hand) -> None:
        self._desk = desk
        self._actions: CaseActions | None = None
        self._renderer = renderer
        self._case_id = ""
        self._who = hand.who
        words = renderer.words
        with (
            ui.dialog().props("position=right full-height") as self._dialog,
            ui.element("div").classes("cw-file"),
        ):
            with ui.element("nav").classes("cw-file-bar"):
                self._link = ui.link(words.open_page, "#").classes("cw-link")
                ui.button(words.close, on_click=self._dialog.close).props("flat dense no-caps")
            if office is not None and hand.acts:
                self._actions = CaseActions(office, words, hand, self._again)
            self._file = Html("cw-file-body")

    async def open(self, case_id: str) -> None:
        """Show a case."""
        self._case_id = case_id
        self._link.props["href"] = f"/cases/{case_id}"
        await self._again()
        self._dialog.open()

    async def refresh(self, now: datetime) -> None:
        """Follow the case, when one is open."""
        if self._dialog.value:
            await self._again(now)

    async def _again(self, now: datetime | None = None) -> None:
        self._file.show(await file_html(self._desk, self._renderer, self._case_id, self._who, now))
        if self._actions is not None:
            await self._actions.show(await line_of(self._desk, self._case_id))


async def line_of(desk: Desk, case_id: str) -> CaseLine | None:
    """A case as lists show it; None where there is none or the ledger cannot be read."""
    return await asyncio.to_thread(_line_of, desk, case_id)


def _line_of(desk: Desk, case_id: str) -> CaseLine | None:
    try:
        row = desk.search.case(case_id)
    except ClearwayError:
        return None
    return None if row is None else CaseLine.at(row, datetime.now(UTC))


async def file_html(
    desk: Desk, renderer: Renderer, case_id: str, who: Client, now: datetime | None = None
) -> Markup:
    """The file of a case as HTML, as somebody may see it.

    A sentence where there is none or the ledger cannot be read.
    """
    return await asyncio.to_thread(_file_html, desk, renderer, case_id, who, now or datetime.now(UTC))


def _file_html(desk: Desk, renderer: Renderer, case_id: str, who: Client, now: datetime) -> Markup:
    try:
        file = desk.case_file(case_id)
        if file is None:
            return renderer.html("empty", now, text=renderer.words.not_found)
        missing = desk.missing(file)
        file = file_for(who, file)
    except ClearwayError as exc:
        return renderer.html("empty", now, text=f"{renderer.words.ledger_down} {exc}")
    return renderer.html(
        "file",
        now,
        case=file.case,
        notices=file.notices,
        answers=file.answers,
        steps=file.steps,
        entries=timeline(file, renderer.words),
        missing=missing,
        packets=file.packets,
        pictures_shown=who.sees_plates,
    )
