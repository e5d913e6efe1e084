"""HTML that changes in place.

A card's element is made once, gets new HTML only when that differs, is moved when the order changes and
removed when its key is gone; so nothing flickers and nothing loses its hover.
"""

from collections.abc import Callable, Sequence

from markupsafe import Markup
from nicegui import ui

from console.lists import Card


class Html:
    """One piece of HTML that is replaced only when it differs."""

    def __init__(self, classes: str, content: Markup | None = None) -> None:
        self.element = ui.html(str(content or "")).classes(classes)

    def show(self, content: Markup) -> None:
        """Show this."""
        self.element.set_content(str(content))


class Cards:
    """A list of cards.

    Args:
        classes: of the list.
        empty: what to show when there is no card.
        on_open: called with the case of a card when somebody clicks it or presses Enter on it.
    """

    def __init__(self, classes: str, empty: Markup, on_open: Callable[[str], object]) -> None:
        self._on_open = on_open
        self._elements: dict[str, ui.html] = {}
        self._empty = Html("cw-empty", empty)
        self._box = ui.element("div").classes(f"cw-cards {classes}")

    def show(self, cards: Sequence[Card]) -> None:
        """Show these cards, in this order."""
        wanted = {card.key for card in cards}
        for key in [key for key in self._elements if key not in wanted]:
            self._elements.pop(key).delete()
        for index, card in enumerate(cards):
            element = self._elements.get(card.key) or self._make(card)
            element.set_content(str(card.html))
            element.classes(replace=f"cw-card {card.classes}")
            if self._box.default_slot.children[index] is not element:
                element.move(self._box, index)
        self._empty.element.set_visibility(not cards)

    def _make(self, card: Card) -> ui.html:
        with self._box:
            element = ui.html("")
        if card.opens:
            case_id, on_open = card.opens, self._on_open
            element.props('role="button" tabindex="0"')
            element.on("click", lambda: on_open(case_id)).on("keydown.enter", lambda: on_open(case_id))
        self._elements[card.key] = element
        return element
