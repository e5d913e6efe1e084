"""The buttons of a case: what an operator does about it, each with a reason."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from nicegui import ui

from cases.clients import Client
from cases.clients.scopes import Scope
from cases.commands import Decide
from cases.reports import ReportState
from cases.search import number_in
from console.acting import Hand, command, require
from console.case_orders import Choice, choice_of, missing, possible
from console.office import Office
from console.views import CaseLine, case_name
from console.wording import Wording
from models.errors import ClearwayError

HINTS = 3
"""How many likely duplicates are shown: more than that is a crowd, and the list of cases shows it."""


@dataclass(frozen=True, slots=True)
class Hint:
    """Another open case that may be the same incident.

    Attributes:
        report_id: the report for which it was suggested, on which an operator has a say; empty for none.
    """

    case_id: str
    text: str
    report_id: str = ""


class CaseActions:
    """Buttons that follow the state of a case.

    Args:
        office: what takes the commands.
        words: of the console.
        hand: who presses the buttons: the audit names them, and buttons that they may not press are absent.
        done: called after something was done.
    """

    def __init__(
        self, office: Office, words: Wording, hand: Hand, done: Callable[[], Awaitable[object]]
    ) -> None:
        self._office = office
        self._words = words
        self._hand = hand
        self._done = done
        self._case: CaseLine | None = None
        self._shown: tuple[object, ...] = ()
        self._row = ui.element("div").classes("cw-actions")
        self._hints = ui.element("div").classes("cw-hints")

    async def show(self, case: CaseLine | None) -> None:
        """Show what can be done about a case; nothing about none."""
        self._case = case
        hints = [] if case is None or not case.is_open else await asyncio.to_thread(self._likely, case)
        told = (None if case is None else (case.id, case.state, case.undecided, case.disowned), *hints)
        if told == self._shown:
            return
        self._shown = told
        self._row.clear()
        self._hints.clear()
        if case is None:
            return
        with self._row:
            for choice in possible(case.state, self._hand.who, case.disowned):
                look = "unelevated color=primary" if choice.leads_on else "flat"
                for label, known in labelled(choice, case.undecided, self._words):
                    ui.button(label, on_click=partial(self._ask, choice, known, label)).props(
                        f"{look} dense no-caps data-command={choice.word}"
                    )
        with self._hints:
            for hint in hints:
                self._hint(hint)

    def _hint(self, hint: Hint) -> None:
        words = self._words
        known = {"into": hint.case_id, "report": hint.report_id}
        with ui.element("div").classes("cw-hint"):
            ui.label(hint.text)
            ui.link(words.look_at, f"/cases/{hint.case_id}").classes("cw-link")
            same = partial(self._ask, choice_of("merge"), known)
            ui.button(words.same_incident, on_click=same).props("flat dense no-caps data-merge")
            if hint.report_id:
                other = partial(self._ask, choice_of("comment"), known, words.another_incident)
                ui.button(words.another_incident, on_click=other).props("flat dense no-caps data-another")

    def _likely(self, case: CaseLine) -> list[Hint]:
        search = self._office.desk.search
        try:
            found = search.likely(search.require(case.id), self._office.reports.rule)
            mine = [row for row in self._office.reports.of_case(case.id) if row["case_id"] == case.id]
        except ClearwayError:  # the page itself says that the ledger cannot be read
            return []
        asked = {row["suggested_case_id"]: row for row in mine if row["suggested_case_id"] is not None}
        hints = [
            Hint(row["id"], self._likeness(row["number"], one.metres, one.score), _report(asked, row["id"]))
            for row, one in found
            if row["id"] not in asked or asked[row["id"]]["state"] == ReportState.SUGGESTED
        ]
        # What somebody is asked about comes before what is merely likely.
        return sorted(hints, key=lambda hint: not hint.report_id)[:HINTS]

    def _likeness(self, number: int, metres: float | None, score: float) -> str:
        away = self._words.same_address if metres is None else f"{metres:.0f} m"
        return f"{self._words.may_be_same} {case_name(number)} · {away} · {score:.0%}"

    def _ask(self, choice: Choice, known: dict[str, str] | None = None, title: str = "") -> None:
        """Ask for the reason, and for what else the command needs."""
        words = self._words
        title = title or words.name("command", choice.word)
        said = {"why": "", choice.field: ""} | (known or {})
        with ui.dialog() as dialog, ui.card().classes("cw-ask"):
            ui.label(title).classes("cw-ask-title")
            if choice.options:
                usable = choice.usable_by(self._hand.who)
                options = {one: words.name(choice.field, one) for one in usable}
                ui.select(options, label=words.name("field", choice.field)).bind_value(
                    said, choice.field
                ).props("outlined dense data-field")
            elif choice.field and choice.field not in (known or {}):
                ui.input(words.name("field", choice.field)).bind_value(said, choice.field).props(
                    "outlined dense data-field"
                )
            label = words.why if choice.needs_reason else words.why_optional
            ui.textarea(label).bind_value(said, "why").props("outlined dense autogrow data-why")
            with ui.row().classes("cw-ask-foot"):
                ui.button(words.cancel, on_click=dialog.close).props("flat dense no-caps")
                act = partial(self._do, dialog, choice, said)
                ui.button(title, on_click=act).props("unelevated dense no-caps data-ok")
        dialog.on("hide", dialog.delete)
        dialog.open()

    async def _do(self, dialog: ui.dialog, choice: Choice, said: dict[str, str]) -> None:
        if lacking := missing(choice, {key: value or "" for key, value in said.items()}):
            ui.notify(f"{self._words.name('field', lacking)}: {self._words.is_missing}", type="warning")
            return
        case = self._case
        if case is None:
            return
        try:
            filled = {key: value or "" for key, value in said.items()}
            await self._hand.do(lambda who: self._command(who, case.id, choice, filled))
        except ClearwayError as exc:
            ui.notify(str(exc), type="negative", multi_line=True)
            return
        dialog.close()
        await self._done()

    def _command(self, who: Client, case_id: str, choice: Choice, said: dict[str, str]) -> None:
        if said.get("report"):
            require(who, Scope.CASES_WORK, "judge reports")
            now = datetime.now(UTC)
            same = choice.word == "merge"
            self._office.reports.decide(said["report"], now, same=same, actor=who.actor, why=said["why"])
            return
        if said.get("into") and number_in(said["into"]) is not None:
            said["into"] = self._office.desk.search.require(said["into"])["id"]
        command(self._office, who, case_id, choice.make(said))


def labelled(
    choice: Choice, undecided: Iterable[str], words: Wording
) -> Iterator[tuple[str, dict[str, str]]]:
    """The buttons of a choice, and what each knows already: a decision has one for each step that asked."""
    label = words.name("command", choice.word)
    steps = tuple(undecided) if choice.kind is Decide else ()
    for step in steps:
        yield f"{label}: {words.name('step', step)}", {"step": step}
    if not steps:
        yield label, {}


def _report(asked: Mapping[str, Mapping[str, str]], case_id: str) -> str:
    """The report for which a case was suggested; empty where none was."""
    return asked[case_id]["id"] if case_id in asked else ""
