"""The public page as a role: served until it is told to stop, and what it says of itself."""

import asyncio
import contextlib
import errno
import socket
from collections.abc import Callable
from datetime import datetime
from typing import Any

import structlog
import uvicorn

from cases.answers.doubts import DoubtReading
from models.errors import ClearwayError, ConfigurationError
from notifier.public import metrics
from notifier.public.app import public_app
from notifier.public.page import PublicPage
from notifier.public.parts import Parts
from notifier.serving import Server

STOP_WITHIN_S = 2
COUNT_EVERY_S = 5.0
BACKLOG = 128

_log = structlog.get_logger("clearway.public")


class PublicServer:
    """Serves the page, and counts what operators have to look at.

    Args:
        parts: what the page is made of.
        doubts: which zones are doubted.
        clock: aware wall-clock time.
    """

    def __init__(self, parts: Parts, doubts: DoubtReading, clock: Callable[[], datetime]) -> None:
        self._parts = parts
        self._doubts = doubts
        self._clock = clock
        self._page = PublicPage(parts)
        self._address = ""
        self._zones: list[str] = []
        self._reviews = 0

    async def run(self, stop: asyncio.Event, *, started: Callable[[str], object] | None = None) -> None:
        """Serve until `stop` is set.

        Args:
            stop: set from outside.
            started: told the address once it answers.

        Raises:
            ConfigurationError: the address cannot be had.
        """
        settings = self._parts.settings
        with _listen(settings.host, settings.port) as listener:
            server = Server(_config(public_app(self._page, self._parts)))
            serving = asyncio.create_task(server.serve(sockets=[listener]))
            counting = asyncio.create_task(self._keep_counting())
            stopping = asyncio.create_task(stop.wait())
            try:
                host = f"[{settings.host}]" if ":" in settings.host else settings.host
                self._address = f"http://{host}:{listener.getsockname()[1]}"
                _log.info("public_page_started", address=self._address, public_url=settings.public_url)
                if started is not None:
                    started(self._address)
                await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in (counting, stopping):
                    task.cancel()
                server.should_exit = True
                await serving
                await asyncio.to_thread(self._parts.calls.close)

    def status(self) -> dict[str, Any]:
        """How the page is, for `clearway status`."""
        return {
            "listening": self._address,
            "public_url": self._parts.settings.public_url,
            "answers": dict(self._page.counted),
            "callbacks": dict(self._parts.calls.counted),
            "reviews_waiting": self._reviews,
            "zones_doubted": list(self._zones),
        }

    async def _keep_counting(self) -> None:
        while True:
            with contextlib.suppress(ClearwayError):  # the page itself says when the ledger is down
                await asyncio.to_thread(self._count)
            await asyncio.sleep(COUNT_EVERY_S)

    def _count(self) -> None:
        found = self._doubts.now(self._clock())
        new = [f"{one.source}/{one.zone}" for one in found]
        for one, name in zip(found, new, strict=True):
            if name not in self._zones:
                _log.error("zone_doubted", zone=name, answers=one.answers, why=one.why(self._doubts.rule))
        self._zones = new
        self._reviews = self._parts.reading.reviews_waiting()
        metrics.DOUBTED.set(len(new))
        metrics.REVIEWS.set(self._reviews)


def _config(app: Any) -> uvicorn.Config:  # noqa: ANN401 - an ASGI application
    return uvicorn.Config(
        app,
        log_config=None,
        access_log=False,  # a path is a link, and a link is a key
        server_header=False,
        proxy_headers=False,  # whom to believe is decided in the gate
        ws="none",
        lifespan="off",
        limit_concurrency=200,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=STOP_WITHIN_S,
        h11_max_incomplete_event_size=16_384,
    )


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as exc:
        taken = exc.errno == errno.EADDRINUSE
        problem = f"{host}:{port} is taken by another program" if taken else f"{host}:{port}: {exc}"
        remedy = "choose another address or port"
        raise ConfigurationError.of("public", problem, remedy, key="public.port") from exc
