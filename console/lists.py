"""Which cards each list shows of a reading."""

from typing import NamedTuple

from markupsafe import Markup

from console.desk import Snapshot
from console.render import Renderer


class Card(NamedTuple):
    """One card.

    Attributes:
        key: tells it apart from the others of its list.
        html: what it shows.
        classes: further CSS classes.
        opens: the case that a click on it opens; empty for none.
    """

    key: str
    html: Markup
    classes: str = ""
    opens: str = ""


def case_cards(snapshot: Snapshot, renderer: Renderer) -> list[Card]:
    """Open cases first."""
    return [
        Card(case.id, renderer.html("case", snapshot.at, case=case), case.state, case.id)
        for case in snapshot.cases
    ]


def notice_cards(snapshot: Snapshot, renderer: Renderer) -> list[Card]:
    """Newest first."""
    return [
        Card(notice.id, renderer.html("notice", snapshot.at, notice=notice), notice.state, notice.case_id)
        for notice in snapshot.notices
    ]


def health_cards(snapshot: Snapshot, renderer: Renderer) -> list[Card]:
    """Zones that are doubted come first, then what cannot tell, then every device."""
    state = snapshot.health
    doubts = [
        Card(f"doubt {item.source}/{item.zone}", renderer.html("doubt", snapshot.at, doubt=item), "alert")
        for item in state.doubts
    ]
    conditions = [
        Card(f"condition {item.source}", renderer.html("condition", snapshot.at, condition=item), "alert")
        for item in state.conditions
    ]
    devices = [
        Card(f"device {item.site}/{item.device}", renderer.html("device", snapshot.at, device=item))
        for item in state.devices
    ]
    return [*doubts, *conditions, *devices]


def letter_cards(snapshot: Snapshot, renderer: Renderer) -> list[Card]:
    """Newest first."""
    return [
        Card(letter.id, renderer.html("letter", snapshot.at, letter=letter))
        for letter in snapshot.dead_letters
    ]


def message_cards(snapshot: Snapshot, renderer: Renderer) -> list[Card]:
    """Newest first, as the provider lists them."""
    if snapshot.phone is None:
        return []
    if not snapshot.phone.answers:
        return [Card("down", renderer.html("empty", text=renderer.words.phone_down), "alert")]
    return [
        Card(message.sid, renderer.html("message", snapshot.at, message=message), "message")
        for message in snapshot.phone.messages
    ]


def tab_counts(snapshot: Snapshot) -> dict[str, str]:
    """The number beside each tab's name; empty where there is nothing to count."""
    totals = snapshot.totals
    state = snapshot.health
    troubles = state.cameras_blind + state.sensors_silent + state.sensors_alarm + state.devices_offline
    troubles += state.zones_doubted
    numbers = {
        "cases": sum(case.is_open for case in snapshot.cases),
        "notices": sum(totals.notices.values()) if totals is not None else 0,
        "health": troubles,
        "dead_letters": totals.dead_letters if totals is not None else 0,
    }
    return {name: str(number) if number else "" for name, number in numbers.items()}
