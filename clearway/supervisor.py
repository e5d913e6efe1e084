"""One machine, several processes: started in order, restarted when they fall, stopped without loss."""

import asyncio
import os
import random
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import structlog

from clearway.roles import SUPERVISOR_PID, status_port
from models.backoff import Backoff
from models.errors import EXIT_CONFIGURATION, ConfigurationError

STOP_WITHIN_S = 4.5
"""From Ctrl-C to the end. Whoever is not done by then is killed; everything that matters is on disk."""
GOODBYE_S = 1.5
"""How long a later stage is waited for before the earlier ones, which hear its goodbye, are asked to stop."""
READY_WITHIN_S = 60.0
RESTART = Backoff(first_s=0.5, limit_s=30.0)
SETTLED_S = 60.0
"""A process that ran this long had a good start: its next restart comes quickly again."""

log = structlog.get_logger("clearway.supervisor")


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One process to keep.

    Attributes:
        name: of the role.
        arguments: of the `clearway` command.
        environment: on top of ours; secrets travel here, never on the command line.
        ends: whether it may end by itself; otherwise its end is a fall.
        stage: jobs of a later stage start when all of the earlier ones are ready.
    """

    name: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    ends: bool = False
    stage: int = 0


@dataclass(slots=True)
class Running:
    """A job and what became of it."""

    job: Job
    process: asyncio.subprocess.Process | None = None
    keeper: "asyncio.Task[None] | None" = None
    restarts: int = 0
    exit_code: int | None = None
    ended: asyncio.Event = field(default_factory=asyncio.Event)


class Supervisor:
    """Keeps jobs running.

    Args:
        jobs: what to keep running.
        base_port: of the status ports.
    """

    def __init__(self, jobs: list[Job], base_port: int) -> None:
        self._running = {job.name: Running(job) for job in jobs}
        self._base_port = base_port
        self._stopping = asyncio.Event()
        self.broken: str | None = None
        self.fell = asyncio.Event()

    async def start(self) -> None:
        """Start everything, stage by stage; the jobs of one stage start together.

        Raises:
            ConfigurationError: a process refused its configuration; its own message was printed.
        """
        for stage in sorted({running.job.stage for running in self._running.values()}):
            starting = [running for running in self._running.values() if running.job.stage == stage]
            for running in starting:
                await self._spawn(running)
                running.keeper = asyncio.create_task(self._keep(running), name=running.job.name)
            await asyncio.gather(*(self._ready(running) for running in starting))

    async def run(self) -> int:
        """Start everything and keep it until SIGINT or SIGTERM; the exit code."""
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        starting = asyncio.ensure_future(self.start())
        ends = [asyncio.ensure_future(event.wait()) for event in (stop, self.fell)]
        try:
            await asyncio.wait({starting, *ends}, return_when=asyncio.FIRST_COMPLETED)
            if starting.done():
                starting.result()
                await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (starting, *ends):
                task.cancel()
            codes = await self.stop()
        if self.broken is not None:
            log.error("stopped, for a process cannot run", name=self.broken)
            return codes.get(self.broken) or 1
        return 0 if all(code == 0 for code in codes.values()) else 1

    async def ended(self, name: str) -> int:
        """Wait until a job that ends by itself has ended; its exit code."""
        running = self._running[name]
        await running.ended.wait()
        return running.exit_code if running.exit_code is not None else 1

    async def stop(self) -> dict[str, int]:
        """Stop everything, the last stage first, so that goodbyes are heard; the exit code of each."""
        self._stopping.set()
        deadline = asyncio.get_running_loop().time() + STOP_WITHIN_S
        waits: list[asyncio.Task[int]] = []
        for stage in sorted({running.job.stage for running in self._running.values()}, reverse=True):
            asked = [asyncio.create_task(process.wait()) for process in self._ask_to_stop(stage)]
            waits += asked
            if asked:
                await asyncio.wait(asked, timeout=GOODBYE_S)
        if waits:
            left_s = max(0.1, deadline - asyncio.get_running_loop().time())
            _, late = await asyncio.wait(waits, timeout=left_s)
            for running in self._running.values():
                if late and running.process is not None and _alive(running):
                    log.error("process did not stop in time, killed", name=running.job.name)
                    running.process.kill()
            await asyncio.wait(waits)
        for running in self._running.values():
            if running.keeper is not None:
                await running.keeper
        return {
            name: running.exit_code if running.exit_code is not None else 1
            for name, running in self._running.items()
            if running.process is not None
        }

    def _ask_to_stop(self, stage: int) -> list[asyncio.subprocess.Process]:
        """SIGTERM to a stage; those who got it."""
        asked = []
        for running in self._running.values():
            if running.job.stage == stage and running.process is not None and _alive(running):
                running.process.send_signal(signal.SIGTERM)
                asked.append(running.process)
        return asked

    def restarts(self) -> dict[str, int]:
        """How often each process fell."""
        return {name: running.restarts for name, running in self._running.items()}

    async def _spawn(self, running: Running) -> None:
        job = running.job
        environment = {**os.environ, **job.environment, SUPERVISOR_PID: str(os.getpid())}
        running.process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "clearway",
            *job.arguments,
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            # A terminal's Ctrl-C goes to its whole group; ours is to say when each process stops. Not a
            # session of its own: Linux shares the cores out among sessions, whatever their priorities.
            process_group=0,
        )
        if self._stopping.is_set():
            # Asked to stop while this one was being made: nobody else knows it yet.
            running.process.send_signal(signal.SIGTERM)

    async def _keep(self, running: Running) -> None:
        """Wait for the process; bring it back when it falls."""
        failures = 0
        while running.process is not None:
            began = asyncio.get_running_loop().time()
            running.exit_code = await running.process.wait()
            if self._stopping.is_set() or (running.job.ends and running.exit_code == 0):
                break
            if running.exit_code == EXIT_CONFIGURATION or running.job.ends:
                self.broken = running.job.name
                self.fell.set()
                break
            failures = 1 if asyncio.get_running_loop().time() - began > SETTLED_S else failures + 1
            wait_s = RESTART.wait_s(failures, random.random())  # noqa: S311 - jitter
            log.error(
                "process fell, starting it again",
                name=running.job.name,
                exit_code=running.exit_code,
                in_s=round(wait_s, 2),
            )
            if await self._stops_within(wait_s):
                break
            running.restarts += 1
            await self._spawn(running)
        running.ended.set()

    async def _stops_within(self, wait_s: float) -> bool:
        """Wait so long before a restart, unless nothing is to be restarted any more."""
        try:
            await asyncio.wait_for(self._stopping.wait(), wait_s)
        except TimeoutError:
            return False
        return True

    async def _ready(self, running: Running) -> None:
        deadline = asyncio.get_running_loop().time() + READY_WITHIN_S
        port = status_port(self._base_port, running.job.name)
        async with httpx.AsyncClient(trust_env=False) as client:
            while asyncio.get_running_loop().time() < deadline:
                if self.broken is not None:
                    problem = f"process {self.broken} cannot start; its message stands above"
                    raise ConfigurationError.of("clearway", problem)
                if running.ended.is_set():
                    return
                if await _answers(client, port):
                    log.info("process ready", name=running.job.name)
                    return
                await asyncio.sleep(0.05)
        log.warning("process is not ready yet, going on", name=running.job.name, after_s=READY_WITHIN_S)


async def _answers(client: httpx.AsyncClient, port: int) -> bool:
    try:
        answer = await client.get(f"http://127.0.0.1:{port}/status", timeout=2.0)
        body: dict[str, Any] = answer.json()
    except (httpx.HTTPError, ValueError):
        # Not up yet, or something that is not ours answers there: the role itself will say that.
        return False
    # A role whose work is a connection is ready when it has it.
    return (
        answer.is_success and body.get("broker", "connected") == "connected" and body.get("listening") != ""
    )


def _alive(running: Running) -> bool:
    return running.process is not None and running.process.returncode is None
