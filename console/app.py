"""The console as a process: one FastAPI app with the page inside, served until it is told to stop."""

import asyncio
import gc
from collections.abc import Callable
from hashlib import blake2b
from importlib import resources
from typing import Any

import structlog
from fastapi import FastAPI, Response
from nicegui import Client, ui

from console import open311_routes, rest, server
from console.api import api, say_what_is_wrong
from console.desk import Desk
from console.door import Door
from console.entrance import Entrance, entrance
from console.entry_check import require_safe_entry
from console.guard import Guard
from console.office import Office
from console.pages import Pages
from console.phone import Phone
from console.picture_routes import FOR_EVER, pictures
from console.reception import People
from console.render import Renderer
from console.rest_doorman import Doorman
from console.watch import Watch
from models.errors import ClearwayError

RECONNECT_S = 10.0
"""How long a page keeps its state here after its connection broke: a walk between two access points."""

_log = structlog.get_logger(__name__)


class Console:
    """The desk of one city. NiceGUI keeps pages and state once a process, so make one of these.

    Args:
        desk: what it reads.
        office: what it writes with; without one it is for looking only.
        people: who may sign in; needed where the settings ask for a sign-in.

    Raises:
        ConfigurationError: the settings would open it to others.
    """

    def __init__(self, desk: Desk, office: Office | None = None, people: People | None = None) -> None:
        require_safe_entry(desk.settings)
        self._settings = desk.settings
        self._desk = desk
        self._office = office
        self._people = people
        self._renderer = Renderer(desk.settings)
        self._phone = Phone(desk.settings.phone_url) if desk.settings.phone_url else None
        self._watch = Watch(desk, self._phone)
        self._address = ""
        self.app = FastAPI(title="Clearway", docs_url=None, redoc_url=None, openapi_url="/api/openapi.json")
        style = self._asset_route("console", "text/css", "style.css", "people.css")
        self._entrance: Entrance = entrance(self._settings, people, self._renderer, style)
        self._build(style)

    def guarded(self) -> Guard:
        """The app behind its door: what is served."""
        asks = self._settings.sign_in == "password"
        door = Door(
            self.app,
            self._entrance.visits,
            public=self._entrance.public,
            gated=() if self._office is None else (rest.PREFIX, open311_routes.PREFIX),
            hosts=self._settings.hosts,
        )
        https = asks and self._settings.is_https
        return Guard(door, self._settings.hosts, any_address=asks, https=https)

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
            _log.info("console.started", address=address, sign_in=self._settings.sign_in)
            if started is not None:
                started(address)

        own = self._settings
        await self._say_if_nobody_can_enter()
        try:
            await server.serve(self.guarded(), own.host, own.port, stop, note, tls=own.tls)
        finally:
            if self._phone is not None:
                await self._phone.close()
            _log.info("console.stopped")
            # Python would look through every object once more on its way out: a third of a second of a core,
            # a second on a busy box, in which whoever restarts the console waits for nothing.
            gc.freeze()

    async def _say_if_nobody_can_enter(self) -> None:
        if self._people is None or self._settings.sign_in != "password":
            return
        try:
            known = await asyncio.to_thread(self._people.book.all)
        except ClearwayError:  # whoever looks at the page is told
            return
        if not any(person.disabled_at is None for person in known):
            remedy = "clearway people add NAME --role admin --keep"
            _log.warning("console.empty", problem="nobody can sign in yet", remedy=remedy)

    def status(self) -> dict[str, Any]:
        """How the console is, for `clearway status`."""
        last = self._watch.last
        return {
            "address": self._address,
            "sign_in": self._settings.sign_in,
            "pages_open": sum(client.has_socket_connection for client in Client.instances.values()),
            "ledger": "not read yet" if last is None else last.problem or "ok",
            "read_at": None if last is None or last.read_at is None else last.read_at.isoformat(),
        }

    def _build(self, style: str) -> None:
        # FastAPI's own documentation pages load from the internet; the schema does not.
        app = self.app
        if self._entrance.routes is not None:
            app.include_router(self._entrance.routes)
        app.include_router(api(self._desk))
        app.include_router(pictures(self._desk))
        say_what_is_wrong(app)
        if self._office is not None:
            local_reads = self._settings.sign_in != "password"
            doorman = Doorman(self._office.clients, local_reads=local_reads)
            app.mount(rest.PREFIX, rest.gated(self._office, doorman))
            app.mount(open311_routes.PREFIX, open311_routes.gated(self._office, doorman))
        head = f'<link rel="stylesheet" href="{style}">'
        if self._entrance.routes is not None:
            script = self._asset_route("session", "text/javascript", "session.js")
            head += f'<script src="{script}" defer></script>'
        Pages(
            desk=self._desk,
            office=self._office,
            renderer=self._renderer,
            watch=self._watch,
            visits=self._entrance.visits,
            head=head,
        ).build()
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

    def _asset_route(self, name: str, media_type: str, *files: str) -> str:
        """Serve files of ours under an address that changes with them, so that browsers may keep it."""
        text = "\n".join(map(_asset, files))
        kind = files[0].rpartition(".")[2]
        address = f"/{name}-{blake2b(text.encode(), digest_size=6).hexdigest()}.{kind}"

        @self.app.get(address, include_in_schema=False)
        def asset() -> Response:
            return Response(text, media_type=media_type, headers={"Cache-Control": FOR_EVER})

        return address


def _asset(name: str) -> str:
    return resources.files("console").joinpath(name).read_text(encoding="utf-8")
