"""The dashboard: where everything stands on the page, and which list each part shows."""

from collections.abc import Callable

from nicegui import ui

from cases.clients.scopes import Scope
from console.acting import Hand
from console.cards import Cards, Html
from console.case_dialog import CaseDialog
from console.desk import Desk, Snapshot
from console.frame import Frame
from console.lists import (
    Card,
    case_cards,
    health_cards,
    letter_cards,
    message_cards,
    notice_cards,
    tab_counts,
)
from console.live_wall import LiveWall
from console.office import Office
from console.pills import pills
from console.render import Renderer
from console.report_form import ReportDialog
from console.shown import shown_to
from console.watch import Watch

CardsOf = Callable[[Snapshot, Renderer], list[Card]]

TABS: dict[str, tuple[CardsOf, str]] = {
    "cases": (case_cards, "no_cases"),
    "notices": (notice_cards, "no_notices"),
    "health": (health_cards, "no_devices"),
    "dead_letters": (letter_cards, "no_dead_letters"),
}
"""The tabs: which cards each shows, and the word for having none."""

NEEDED = {"dead_letters": Scope.ADMIN}
"""Tabs that not everybody sees."""


class Dashboard:
    """One open page. Builds its elements once; `show` only changes what differs."""

    def __init__(self, frame: Frame, desk: Desk, office: Office | None, hand: Hand) -> None:
        self._renderer = frame.renderer
        self._words = frame.renderer.words
        self._who = hand.who
        self._lists: list[tuple[Cards, CardsOf]] = []
        self._counts: dict[str, Html] = {}
        self._wall: LiveWall | None = None
        self._dialog = CaseDialog(desk, frame.renderer, office, hand)
        with ui.element("header").classes("cw-header"):
            self._header = Html("cw-head")
            frame.navigation()
            if office is not None and hand.who.may(Scope.REPORTS_WRITE):
                form = ReportDialog(office, self._words, hand)
                ui.button(self._words.report, on_click=form.open).props("flat dense no-caps").classes(
                    "cw-report-button"
                )
            self._clock = Html("cw-clock")
            frame.person()
        self._banner = Html("cw-banner")
        has_phone = desk.settings.phone_url is not None and self._who.sees_plates
        classes = "cw-main" if self._who.sees_plates else "cw-main without-live"
        with ui.element("main").classes(f"{classes} with-phone" if has_phone else classes):
            if self._who.sees_plates:
                self._build_live()
            self._build_tabs()
            if has_phone:
                self._build_phone()

    async def tick(self, watch: Watch) -> None:
        """Ask for news and show it."""
        snapshot = await watch.latest()
        self.show(snapshot)
        await self._dialog.refresh(snapshot.at)

    def show(self, snapshot: Snapshot) -> None:
        """Show a reading."""
        snapshot = shown_to(self._who, snapshot)
        html, now = self._renderer.html, snapshot.at
        self._header.show(html("header", now, pills=pills(snapshot, self._words)))
        self._clock.show(html("clock", now))
        self._banner.show(html("banner", now, problem=snapshot.problem, read_at=snapshot.read_at))
        if self._wall is not None:
            self._wall.show(snapshot)
        for cards, cards_of in self._lists:
            cards.show(cards_of(snapshot, self._renderer))
        for name, count in tab_counts(snapshot).items():
            if name in self._counts:
                self._counts[name].show(html("tab", now, label=getattr(self._words, name), count=count))

    def _build_live(self) -> None:
        with ui.element("section").classes("cw-section cw-live"):
            Html("cw-title", self._renderer.html("title", text=self._words.live))
            self._wall = LiveWall(self._renderer)

    def _build_tabs(self) -> None:
        tabs_of = {
            name: tab for name, tab in TABS.items() if self._who.may(NEEDED.get(name, Scope.CASES_READ))
        }
        with ui.element("section").classes("cw-section cw-work"):
            with ui.tabs().classes("cw-tabs").props("dense no-caps align=left") as tabs:
                for name in tabs_of:
                    with ui.tab(name, label=""):
                        self._counts[name] = Html("cw-tab")
            with ui.tab_panels(tabs, value="cases", animated=False, keep_alive=True).classes("cw-panels"):
                for name, (cards_of, empty) in tabs_of.items():
                    with ui.tab_panel(name):
                        self._add_list(name, cards_of, empty)

    def _build_phone(self) -> None:
        with ui.element("aside").classes("cw-section cw-phone"):
            Html("cw-title", self._renderer.html("title", text=self._words.phone))
            with ui.element("div").classes("cw-handset"):
                self._add_list("messages", message_cards, "no_messages")
            Html("cw-note", self._renderer.html("empty", text=self._words.phone_note))

    def _add_list(self, classes: str, cards_of: CardsOf, empty: str) -> None:
        nothing = self._renderer.html("empty", text=getattr(self._words, empty))
        self._lists.append((Cards(classes, nothing, self._dialog.open), cards_of))
