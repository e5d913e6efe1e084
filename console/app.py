"""The console as a process: one FastAPI app with the page inside, served until it is told to stop."""

import asyncio
from collections.abc import Awaitable, Callable
from hashlib import blake2b
from importlib import resources
from typing import Any

import structlog
from fastapi import FastAPI, Response
from nicegui import Client, ui

from console import open311_routes, rest, server
from console.api import api, say_what_is_wrong
from console.cards import Html
from console.case_actions import CaseActions
from console.case_dialog import OPERATOR, file_html, line_of
from console.desk import Desk
from console.guard import Guard
from console.office import Office
from console.page import Dashboard
from console.phone import Phone
from console.picture_routes import FOR_EVER, pictures
from console.render import Renderer
from console.rest_doorman import Doorman
from console.watch import Watch

RECONNECT_S = 10.0
"""How long a page keeps its state here after its connection broke: a walk between two access points."""

BRAND = "#0f3d5c"
"""The colour of what can be pressed, as in `style.css`."""

_log = structlog.get_logger(__name__)


class Console:
    """The desk of one city. NiceGUI keeps pages and state once a process, so make one of these.

    Args:
        desk: what it reads.
        office: what it writes with; without one it is for looking only.

    Raises:
        ConfigurationError: the settings would open it to others.
    """

    def __init__(self, desk: Desk, office: Office | None = None) -> None:
        self._settings = desk.settings.require_loopback()
        self._desk = desk
        self._office = office
        self._renderer = Renderer(desk.settings)
        self._phone = Phone(desk.settings.phone_url) if desk.settings.phone_url else None
        self._watch = Watch(desk, self._phone)
        self._address = ""
        self.app = self._build()

    async def serve(self, stop: asyncio.Event, *, started: Callable[[str], object] | None = None) -> None:
        """Serve until `stop` is set; be gone within about a second after that.

        Args:
            stop: set by the front door, which owns the signals.
            started: told the address once it answers.

        Raises:
            ConfigurationError: the port cannot be had.
        """

        def note(address: str) -> None:
            self._address = address
            _log.info("console.started", address=address)
            if started is not None:
                started(address)

        guarded = Guard(self.app, self._settings.hosts)
        try:
            await server.serve(guarded, self._settings.host, self._settings.port, stop, note)
        finally:
            if self._phone is not None:
                await self._phone.close()
            _log.info("console.stopped")

    def status(self) -> dict[str, Any]:
        """How the console is, for `clearway status`."""
        last = self._watch.last
        return {
            "address": self._address,
            "pages_open": sum(client.has_socket_connection for client in Client.instances.values()),
            "ledger": "not read yet" if last is None else last.problem or "ok",
            "read_at": None if last is None or last.read_at is None else last.read_at.isoformat(),
        }

    def _build(self) -> FastAPI:
        # FastAPI's own documentation pages load from the internet; the schema does not.
        app = FastAPI(title="Clearway", docs_url=None, redoc_url=None, openapi_url="/api/openapi.json")
        app.include_router(api(self._desk))
        app.include_router(pictures(self._desk))
        say_what_is_wrong(app)
        if self._office is not None:
            doorman = Doorman(self._office.clients)
            app.mount(rest.PREFIX, rest.gated(self._office, doorman))
            app.mount(open311_routes.PREFIX, open311_routes.gated(self._office, doorman))
        head = self._build_head(app)
        self._build_pages(head)
        ui.run_with(
            app,
            title=f"Clearway · {self._settings.title}",
            favicon=_asset("icon.svg"),
            language="en-US",
            binding_refresh_interval=None,
            reconnect_timeout=RECONNECT_S,
            tailwind=False,
            show_welcome_message=False,
        )
        return app

    def _build_head(self, app: FastAPI) -> str:
        css = _asset("style.css")
        address = f"/console-{blake2b(css.encode(), digest_size=6).hexdigest()}.css"

        @app.get(address, include_in_schema=False)
        def style() -> Response:
            return Response(css, media_type="text/css", headers={"Cache-Control": FOR_EVER})

        return f'<link rel="stylesheet" href="{address}">'

    def _build_pages(self, head: str) -> None:
        @ui.page("/")
        async def dashboard() -> None:
            ui.add_head_html(head)
            ui.colors(primary=BRAND)
            page = Dashboard(self._desk, self._renderer, self._office, self._operator())
            page.show(await self._watch.latest())
            ui.timer(self._settings.refresh_s, lambda: page.tick(self._watch))

        @ui.page("/cases/{case_id}")
        async def case(case_id: str) -> None:
            ui.add_head_html(head)
            ui.colors(primary=BRAND)

            async def refresh() -> None:
                file.show(await file_html(self._desk, self._renderer, case_id))
                if actions is not None:
                    await actions.show(await line_of(self._desk, case_id))

            with ui.element("main").classes("cw-file cw-file-page"):
                Html("cw-file-bar", self._renderer.html("back"))
                actions = self._actions(refresh)
                file = Html("cw-file-body")
            await refresh()
            ui.timer(self._settings.refresh_s, refresh)

    def _actions(self, done: Callable[[], Awaitable[object]]) -> CaseActions | None:
        if self._office is None:
            return None
        return CaseActions(self._office, self._renderer.words, self._operator(), done)

    def _operator(self) -> str:
        """Who opened this page: whom the reverse proxy signed in, if it says so."""
        header, request = self._settings.operator_header, ui.context.client.request
        name = request.headers.get(header, "").strip() if header and request is not None else ""
        return f"operator:{name}"[:100] if name else OPERATOR


def _asset(name: str) -> str:
    return resources.files("console").joinpath(name).read_text(encoding="utf-8")
