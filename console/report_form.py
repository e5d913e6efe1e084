"""The form of a report: somebody called, and an operator writes down what they saw."""

import asyncio
from datetime import UTC, datetime

from nicegui import ui

from cases.clients import Client
from cases.clients.scopes import Scope
from cases.reports import Channel
from cases.reports.desk import Received
from cases.reports.form import BadReport, Form, read
from console.acting import Hand, require
from console.office import Office
from console.views import case_name
from console.wording import Wording
from models.errors import ClearwayError

FIELDS = ("address", "lat", "lon", "description", "contact")


class ReportDialog:
    """Opens empty, keeps what is written until it is taken.

    Args:
        office: takes the report.
        words: of the console.
        hand: who writes it down, for the audit.
    """

    def __init__(self, office: Office, words: Wording, hand: Hand) -> None:
        self._office = office
        self._words = words
        self._hand = hand
        self._said: dict[str, str | None] = {}
        with ui.dialog() as self._dialog, ui.card().classes("cw-ask"):
            ui.label(words.report).classes("cw-ask-title")
            self._matter = ui.select({}, label=words.name("field", "matter")).props("outlined dense")
            for name in FIELDS:
                make = ui.textarea if name == "description" else ui.input
                make(words.name("field", name)).bind_value(self._said, name).props(
                    f"outlined dense data-report={name}"
                )
            self._faults = ui.label("").classes("cw-faults")
            with ui.row().classes("cw-ask-foot"):
                ui.button(words.cancel, on_click=self._dialog.close).props("flat dense no-caps")
                ui.button(words.take_report, on_click=self._send).props("unelevated dense no-caps data-send")

    async def open(self) -> None:
        """Show the form."""
        try:
            known = await asyncio.to_thread(self._office.services)
        except ClearwayError as exc:
            ui.notify(str(exc), type="negative")
            return
        self._matter.set_options(
            {one.code: self._words.of.get("matter", {}).get(one.code, one.name) for one in known.values()}
        )
        self._faults.set_text("")
        self._dialog.open()

    async def _send(self) -> None:
        form = {name: value or "" for name, value in self._said.items()}
        form["matter"] = self._matter.value or ""
        try:
            taken = await self._hand.do(lambda who: self._take(who, form))
        except BadReport as exc:
            told = [f"{self._words.name('field', one.field)}: {one.problem}" for one in exc.faults]
            self._faults.set_text("; ".join(told))
            return
        except ClearwayError as exc:
            self._faults.set_text(str(exc))
            return
        became = self._words.name("report_state", taken.state)
        ui.notify(f"{became} {case_name(taken.case_number)}", type="positive")
        for name in FIELDS:
            self._said[name] = ""
        self._dialog.close()

    def _take(self, who: Client, form: dict[str, str]) -> Received:
        require(who, Scope.REPORTS_WRITE, "take reports")
        known, now = self._office.services(), datetime.now(UTC)
        wished = Form(
            matter=form["matter"],
            lat=form.get("lat", ""),
            lon=form.get("lon", ""),
            address=form.get("address", ""),
            description=form.get("description", ""),
            contacts=(form.get("contact", ""),),
        )
        report = read(wished, channel=Channel.CONSOLE, reporter=who.actor, now=now, matters=known)
        return self._office.reports.take(report, known[report.matter].policy, now, actor=who.actor)
