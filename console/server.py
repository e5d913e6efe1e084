"""A web server that somebody else starts and stops."""

import asyncio
import errno
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from models.errors import ConfigurationError

STOP_WITHIN_S = 1
"""How long open connections get on the way out: pages reconnect by themselves, nothing is lost."""
BACKLOG = 128


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers: the front door owns the signals."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.up.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(
    app: ASGIApp,
    host: str,
    port: int,
    stop: asyncio.Event,
    started: Callable[[str], object],
    *,
    tls: tuple[Path, Path] | None = None,
) -> None:
    """Serve until `stop` is set; be gone within about a second after that.

    Args:
        app: what to serve.
        host: address to listen on.
        port: 0 for any free one.
        stop: set from outside.
        started: told the base address once it answers.
        tls: certificate and key that https is spoken with, which were tried before; None for http.

    Raises:
        ConfigurationError: the address cannot be had.
    """
    listener = _listen(host, port)
    certificate, key = tls or (None, None)
    config = uvicorn.Config(
        app,
        ssl_certfile=certificate,
        ssl_keyfile=key,
        access_log=False,
        log_config=None,
        lifespan="on",
        # What a proxy says of where requests come from is read where it is wanted (`console.origins`).
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=STOP_WITHIN_S,
    )
    server = _Server(config)
    with listener:
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        waiting = [asyncio.create_task(server.up.wait()), asyncio.create_task(stop.wait())]
        try:
            await asyncio.wait({serving, waiting[0]}, return_when=asyncio.FIRST_COMPLETED)
            if server.up.is_set():
                started(_address(host, listener, secure=tls is not None))
            await asyncio.wait({serving, waiting[1]}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waiting:
                task.cancel()
            server.should_exit = True
            await serving


def _listen(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server(
            (host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=BACKLOG
        )
    except OSError as exc:
        taken = exc.errno == errno.EADDRINUSE
        problem = f"{host}:{port} is taken by another program" if taken else f"{host}:{port}: {exc}"
        raise ConfigurationError.of("console.port", problem, "choose another port", key="port") from exc


def _address(host: str, listener: socket.socket, *, secure: bool) -> str:
    shown = f"[{host}]" if ":" in host else host
    return f"http{'s' if secure else ''}://{shown}:{listener.getsockname()[1]}"
