"""The pages of the desk by their addresses, each opened in somebody's name."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from nicegui import ui

from cases.clients.scopes import Scope
from console.acting import Hand
from console.areas_page import AreasPage
from console.audit_page import AuditPage
from console.cards import Html
from console.case_actions import CaseActions
from console.case_dialog import file_html, line_of
from console.desk import Desk
from console.frame import Frame
from console.office import Office
from console.page import Dashboard
from console.render import Renderer
from console.visits import Visits, visit_of
from console.watch import Watch

BUILT_WITHIN_S = 15.0
"""How long a page may take to be made: on a machine that is busy it comes late, and not as a fault."""
AREAS_EVERY_S = 3.0
"""The tree is counted over all open cases: a little older than lists, as counts are."""

BRAND = "#0f3d5c"
"""The colour of what can be pressed, as in `style.css`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """What the pages share.

    Attributes:
        visits: knows who opens them, and whether they still may.
        head: HTML for the head of each.
    """

    desk: Desk
    office: Office | None
    renderer: Renderer
    watch: Watch
    visits: Visits
    head: str

    def build(self) -> None:
        """Give each page its address."""

        @ui.page("/", response_timeout=BUILT_WITHIN_S)
        async def dashboard() -> None:
            hand = self._opened()
            page = Dashboard(Frame(self.renderer, hand, "/"), self.desk, self.office, hand)
            page.show(await self.watch.latest())
            self._every(hand, lambda: page.tick(self.watch))

        @ui.page("/cases/{case_id}", response_timeout=BUILT_WITHIN_S)
        async def case(case_id: str) -> None:
            hand = self._opened()

            async def refresh() -> None:
                file.show(await file_html(self.desk, self.renderer, case_id, hand.who))
                if actions is not None:
                    await actions.show(await line_of(self.desk, case_id))

            with ui.element("main").classes("cw-file cw-file-page"):
                Html("cw-file-bar", self.renderer.html("back"))
                actions = self._actions(hand, refresh)
                file = Html("cw-file-body")
            await refresh()
            self._every(hand, refresh)

        @ui.page("/areas", response_timeout=BUILT_WITHIN_S)
        async def areas() -> None:
            hand = self._opened()
            page = AreasPage(Frame(self.renderer, hand, "/areas"), self.desk, self.office, hand)
            await page.tick()
            self._every(hand, page.tick, at_least_s=AREAS_EVERY_S)

        @ui.page("/audit", response_timeout=BUILT_WITHIN_S)
        async def audit(case: str = "") -> None:
            hand = self._opened()
            frame = Frame(self.renderer, hand, "/audit")
            if not hand.who.may(Scope.AUDIT_READ):
                frame.build()
                Html("cw-empty cw-refused", self.renderer.html("empty", text=self.renderer.words.no_audit))
                return
            page = AuditPage(frame, self.desk, hand, case)
            await page.show()
            self._every(hand, _nothing)

    def _opened(self) -> Hand:
        """Whoever opens the page that is being made."""
        ui.add_head_html(self.head)
        ui.colors(primary=BRAND)
        visit = visit_of(ui.context.client.request)
        if not visit.who.sees_plates:
            ui.query("body").classes("cw-viewer")
        return Hand(visit, self.visits, self.renderer.words.session_over)

    def _every(self, hand: Hand, refresh: Callable[[], Awaitable[object]], at_least_s: float = 0.0) -> None:
        """Follow the ledger while the page is open and its session lasts."""

        async def tick() -> None:
            if await self.visits.still(hand.visit):
                await refresh()
            elif self.visits.page:
                # Somebody else may have signed in in this browser meanwhile: this page is not theirs.
                ui.navigate.to(self.visits.page)

        ui.timer(max(self.desk.settings.refresh_s, at_least_s), tick)

    def _actions(self, hand: Hand, done: Callable[[], Awaitable[object]]) -> CaseActions | None:
        if self.office is None or not hand.acts:
            return None
        return CaseActions(self.office, self.renderer.words, hand, done)


async def _nothing() -> None:
    """A page that shows what was asked for follows nothing; only its session is watched."""
