"""The dashboard: where everything stands on the page, and which list each part shows."""

from collections.abc import Callable

from nicegui import ui

from console.cards import Cards, Html
from console.case_dialog import OPERATOR, CaseDialog
from console.desk import Desk, Snapshot
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
from console.watch import Watch

CardsOf = Callable[[Snapshot, Renderer], list[Card]]

TABS: dict[str, tuple[CardsOf, str]] = {
    "cases": (case_cards, "no_cases"),
    "notices": (notice_cards, "no_notices"),
    "health": (health_cards, "no_devices"),
    "dead_letters": (letter_cards, "no_dead_letters"),
}
"""The tabs: which cards each shows, and the word for having none."""


class Dashboard:
    """One open page. Builds its elements once; `show` only changes what differs."""

    def __init__(
        self, desk: Desk, renderer: Renderer, office: Office | None = None, actor: str = OPERATOR
    ) -> None:
        self._renderer = renderer
        self._words = renderer.words
        self._lists: list[tuple[Cards, CardsOf]] = []
        self._counts: dict[str, Html] = {}
        self._dialog = CaseDialog(desk, renderer, office, actor)
        with ui.element("header").classes("cw-header"):
            self._header = Html("cw-head")
            if office is not None:
                form = ReportDialog(office, self._words, actor)
                ui.button(self._words.report, on_click=form.open).props("flat dense no-caps").classes(
                    "cw-report-button"
                )
            self._clock = Html("cw-clock")
        self._banner = Html("cw-banner")
        has_phone = desk.settings.phone_url is not None
        with ui.element("main").classes("cw-main with-phone" if has_phone else "cw-main"):
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
        html, now = self._renderer.html, snapshot.at
        self._header.show(html("header", now, pills=pills(snapshot, self._words)))
        self._clock.show(html("clock", now))
        self._banner.show(html("banner", now, problem=snapshot.problem, read_at=snapshot.read_at))
        self._wall.show(snapshot)
        for cards, cards_of in self._lists:
            cards.show(cards_of(snapshot, self._renderer))
        for name, count in tab_counts(snapshot).items():
            self._counts[name].show(html("tab", now, label=getattr(self._words, name), count=count))

    def _build_live(self) -> None:
        with ui.element("section").classes("cw-section cw-live"):
            Html("cw-title", self._renderer.html("title", text=self._words.live))
            self._wall = LiveWall(self._renderer)

    def _build_tabs(self) -> None:
        with ui.element("section").classes("cw-section cw-work"):
            with ui.tabs().classes("cw-tabs").props("dense no-caps align=left") as tabs:
                for name in TABS:
                    with ui.tab(name, label=""):
                        self._counts[name] = Html("cw-tab")
            with ui.tab_panels(tabs, value="cases", animated=False, keep_alive=True).classes("cw-panels"):
                for name, (cards_of, empty) in TABS.items():
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
