"""Running one role as a process: signals, status and metrics, and an end that loses nothing."""

import asyncio
import gc
import logging
import os
import signal
import sys
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec
import structlog
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from clearway import __version__
from models.errors import ConfigurationError

SUPERVISOR_PID = "CLEARWAY_SUPERVISOR_PID"
ORDER = ("broker", "phone", "ingest", "notifier", "console", "edge", "sensor", "connect", "public")
"""All roles, in the order that numbers their status ports."""

log = structlog.get_logger("clearway")


class Role(Protocol):
    """Something that runs until told to stop."""

    async def run(self, stop: asyncio.Event) -> None:
        """Work."""

    def status(self) -> dict[str, Any]:
        """How it is doing, JSON-able."""


@dataclass(frozen=True, slots=True)
class AsyncRole:
    """A role made of two functions."""

    main: Callable[[asyncio.Event], Awaitable[None]]
    tell: Callable[[], dict[str, Any]]

    async def run(self, stop: asyncio.Event) -> None:
        """See `Role`."""
        await self.main(stop)

    def status(self) -> dict[str, Any]:
        """See `Role`."""
        return self.tell()


@dataclass(frozen=True, slots=True)
class ThreadedRole:
    """A role that blocks, run in a thread of its own."""

    main: Callable[[threading.Event], None]
    tell: Callable[[], dict[str, Any]]

    async def run(self, stop: asyncio.Event) -> None:
        """See `Role`."""
        halt = threading.Event()

        async def pass_on() -> None:
            await stop.wait()
            halt.set()

        passing = asyncio.create_task(pass_on())
        try:
            await asyncio.to_thread(self.main, halt)
        finally:
            halt.set()
            passing.cancel()

    def status(self) -> dict[str, Any]:
        """See `Role`."""
        return self.tell()


def status_port(base_port: int, name: str) -> int:
    """Where a role answers `/status` and `/metrics`."""
    return base_port + ORDER.index(name)


def run(name: str, role: Role, port: int) -> None:
    """Run a role until SIGINT, SIGTERM, its own end, or the end of its supervisor.

    Raises:
        ConfigurationError: its status port is taken.
    """
    collect_rarely()
    asyncio.run(_run(name, role, port))


def collect_rarely() -> None:
    """Look for unreachable circles less often, and not among what was imported.

    Records are frozen and hold no circles, so that there is next to nothing to find; opening cases takes an
    eighth less of a core (`python -m benchmarks ledger --only opening`).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 50, 100)


def leave(code: int = 0) -> None:
    """End this process at once where a supervisor waits for that; where none does, Python ends it.

    All work is done and closed by now. What Python does in its own time is to take every object apart, in
    each of seven processes, and it may meet threads of libraries that still run.
    """
    if SUPERVISOR_PID in os.environ:
        logging.shutdown()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


async def _run(name: str, role: Role, port: int) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    server = await _serve_status(name, role, port)
    watching = asyncio.create_task(_watch_supervisor(stop))
    log.info("role started", name=name, pid=os.getpid(), version=__version__)
    try:
        await role.run(stop)
    finally:
        watching.cancel()
        await server.cleanup()
        log.info("role stopped", name=name)


async def _serve_status(name: str, role: Role, port: int) -> web.AppRunner:
    async def status(_: web.Request) -> web.Response:
        body = {"role": name, "pid": os.getpid(), "version": __version__} | role.status()
        return web.Response(body=msgspec.json.encode(body, enc_hook=str), content_type="application/json")

    async def metrics(_: web.Request) -> web.Response:
        return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    app = web.Application()
    app.router.add_get("/status", status)
    app.router.add_get("/metrics", metrics)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
    except OSError as exc:
        await runner.cleanup()
        remedy = "stop whatever uses it, or set status.base_port"
        raise ConfigurationError.of(f"role {name}", f"port {port} is taken: {exc.strerror}", remedy) from exc
    return runner


async def _watch_supervisor(stop: asyncio.Event) -> None:
    """A role whose supervisor was killed must not go on alone, holding files and ports."""
    supervisor = os.environ.get(SUPERVISOR_PID)
    while supervisor is not None:
        if os.getppid() != int(supervisor):
            log.warning("the supervisor is gone, stopping")
            stop.set()
            return
        await asyncio.sleep(0.5)
