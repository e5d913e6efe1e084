"""The page of the audit: who did what, to which case, when; and whether it is all as it was written."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from nicegui import ui

from cases.clients import Client
from cases.clients.scopes import Scope
from cases.search import number_in
from cases.trail.finding import AuditSearch, Found, Wanted, day_in
from cases.trail.rows import Stored
from console.acting import Hand, require
from console.audit_views import entries_of, verdict
from console.cards import Html
from console.desk import Desk
from console.frame import Frame
from models.errors import ClearwayError, Refused

SHOWN = 50
CHECKED = timedelta(days=7)
"""How far back the button checks: a week of chains takes seconds; `clearway audit verify` checks all."""


class AuditPage:
    """One open page of the audit.

    Args:
        frame: what stands above it.
        desk: what is read.
        hand: whoever opened it; it is asked anew with every search whether they still may.
        case: a case to begin with.
    """

    def __init__(self, frame: Frame, desk: Desk, hand: Hand, case: str = "") -> None:
        self._desk = desk
        self._search: AuditSearch = desk.audit
        self._hand = hand
        self._renderer = frame.renderer
        self._words = frame.renderer.words
        self._said: dict[str, str | None] = {"case": case[:40], "actor": "", "what": "", "day": ""}
        self._rows: list[Stored] = []
        self._after: int | None = None
        frame.build()
        with ui.element("main").classes("cw-audit"):
            with ui.element("section").classes("cw-section"):
                Html("cw-title", self._renderer.html("title", text=self._words.audit))
                self._state = Html("audit-state")
                self._build_check()
            with ui.element("section").classes("cw-section"):
                self._build_filters()
                self._fault = Html("audit-fault")
                self._list = Html("audit-list")
                self._more = ui.button(self._words.older, on_click=self._older).props("flat no-caps")

    async def show(self) -> None:
        """Search from the newest entry on."""
        self._rows, self._after = [], None
        await self._load()

    def _build_check(self) -> None:
        with ui.element("div").classes("audit-check"):
            self._button = ui.button(self._words.check_week, on_click=self._check)
            self._button.props("outline dense no-caps data-check")
            self._verdict = Html("audit-verdict")

    def _build_filters(self) -> None:
        words = self._words
        kinds = {"": words.anything} | dict(sorted(words.of["what"].items(), key=lambda pair: pair[1]))
        with ui.element("div").classes("audit-filters").on("keydown.enter", self.show):
            for name in ("case", "actor"):
                field = ui.input(words.name("filter", name)).bind_value(self._said, name)
                field.props(f"outlined dense clearable data-filter={name}")
            ui.select(kinds, label=words.name("filter", "what")).bind_value(self._said, "what").props(
                "outlined dense data-filter=what"
            )
            ui.input(words.name("filter", "day")).bind_value(self._said, "day").props(
                "outlined dense clearable stack-label type=date data-filter=day"
            )
            ui.button(words.search, on_click=self.show).props("unelevated no-caps data-search")

    async def _older(self) -> None:
        await self._load()

    async def _load(self) -> None:
        try:
            found, numbers = await self._hand.do(self._find)
            state = await asyncio.to_thread(self._search.state, datetime.now(UTC))
        except ClearwayError as exc:
            self._fault.show(self._renderer.html("fault", text=str(exc)))
            return
        self._fault.show(self._renderer.html("fault", text=""))
        self._rows += found.rows
        self._after = found.after
        told = entries_of(self._rows, numbers, self._words)
        self._list.show(self._renderer.html("audit", entries=told, more=found.after is not None))
        self._state.show(self._renderer.html("audit_state", state=state))
        self._more.set_visibility(found.after is not None)

    def _find(self, who: Client) -> tuple[Found, Mapping[str, int]]:
        require(who, Scope.AUDIT_READ, "read the audit")
        found = self._search.page(self._wanted(), limit=SHOWN, after=self._after)
        return found, self._search.numbers([*self._rows, *found.rows])

    def _wanted(self) -> Wanted:
        """What is asked for.

        Raises:
            Refused: there is no such case, or no such day.
        """
        said = {name: (value or "").strip() for name, value in self._said.items()}
        case_id = said["case"]
        if case_id and (number_in(case_id) is not None or ":" not in case_id):
            case_id = self._desk.search.require(case_id)["id"]
        day = day_in(said["day"])
        if said["day"] and not day:
            raise Refused(f"{said['day'][:20]!r} is no day; write it like 2026-11-22")
        return Wanted(case_id=case_id, actor=said["actor"][:100], what=said["what"], day=day)

    async def _check(self) -> None:
        """Walk the chains: of the case that is asked for, else of all since a week."""
        self._button.props(add="loading")
        try:
            passed, told, entries = await self._hand.do(self._verify)
        except ClearwayError as exc:
            self._verdict.show(self._renderer.html("fault", text=str(exc)))
        else:
            html = self._renderer.html("audit_verdict", passed=passed, told=told, entries=entries)
            self._verdict.show(html)
        finally:
            self._button.props(remove="loading")

    def _verify(self, who: Client) -> tuple[bool, list[str], int]:
        require(who, Scope.AUDIT_READ, "read the audit")
        case_id = self._wanted().case_id
        since = None if case_id else (datetime.now(UTC) - CHECKED).date().isoformat()
        report = self._search.check(case_id, since=since)
        numbers = self._desk.search.numbers({one.chain for one in report.findings[:100]})
        passed, told = verdict(report, numbers, self._words)
        return passed, told, report.entries
