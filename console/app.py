"""The console as a process: one FastAPI app with the page inside, served until it is told to stop."""

import asyncio
from collections.abc import Callable
from hashlib import blake2b
from importlib import resources
from typing import Any

import structlog
from fastapi import FastAPI, Response
from nicegui import Client, ui

from console import server
from console.api import api, say_what_is_wrong
from console.cards import Html
from console.case_dialog import file_html
from console.desk import Desk
from console.guard import Guard
from console.page import Dashboard
from console.phone import Phone
from console.picture_routes import FOR_EVER, pictures
from console.render import Renderer
from console.watch import Watch

RECONNECT_S = 10.0
"""How long a page keeps its state here after its connection broke: a walk between two access points."""

_log = structlog.get_logger(__name__)


class Console:
    """The desk of one city. NiceGUI keeps pages and state once a process, so make one of these.

    Args:
        desk: what it reads.

    Raises:
        ConfigurationError: the settings would open it to others.
    """

    def __init__(self, desk: Desk) -> None:
        self._settings = desk.settings.require_loopback()
        self._desk = desk
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
            page = Dashboard(self._desk, self._renderer)
            page.show(await self._watch.latest())
            ui.timer(self._settings.refresh_s, lambda: page.tick(self._watch))

        @ui.page("/cases/{case_id}")
        async def case(case_id: str) -> None:
            ui.add_head_html(head)
            with ui.element("main").classes("cw-file cw-file-page"):
                Html("cw-file-bar", self._renderer.html("back"))
                file = Html("cw-file-body", await file_html(self._desk, self._renderer, case_id))

            async def refresh() -> None:
                file.show(await file_html(self._desk, self._renderer, case_id))

            ui.timer(self._settings.refresh_s, refresh)


def _asset(name: str) -> str:
    return resources.files("console").joinpath(name).read_text(encoding="utf-8")
