"""What every page of the desk has at its top: the brand, the way to the others, and who is signed in."""

from dataclasses import dataclass

from nicegui import ui

from cases.clients.scopes import Scope
from console.acting import Hand
from console.render import Renderer

PAGES: tuple[tuple[str, str, Scope], ...] = (
    ("/", "desk", Scope.CASES_READ),
    ("/areas", "areas", Scope.CASES_READ),
    ("/audit", "audit", Scope.AUDIT_READ),
)
"""Address, word, and the scope without which nobody is led there."""


@dataclass(frozen=True, slots=True)
class Frame:
    """The frame of one page.

    Attributes:
        renderer: fills the templates.
        hand: whoever opened the page.
        here: its address.
    """

    renderer: Renderer
    hand: Hand
    here: str

    def build(self) -> None:
        """The whole of it, for pages that have nothing of their own up there."""
        with ui.element("header").classes("cw-header"):
            ui.html(str(self.renderer.html("brand"))).classes("cw-head")
            self.navigation()
            self.person()

    def navigation(self) -> None:
        """The way to the other pages."""
        shown = [(address, word) for address, word, scope in PAGES if self.hand.who.may(scope)]
        ui.html(str(self.renderer.html("pages", pages=shown, here=self.here))).classes("cw-nav")

    def person(self) -> None:
        """Who is signed in, and the way out; nothing where nobody signs in."""
        visit = self.hand.visit
        if visit.signed_in:
            # The form would not survive the browser's cleaning of HTML; all in it is escaped here.
            html = str(self.renderer.html("person", visit=visit))
            ui.html(html, sanitize=False).classes("cw-person")
