"""The one thread that writes the embedded log."""

import asyncio
import contextlib
import logging
import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ingest.log_upkeep import LogLimits, Upkeep, UpkeepReport
from ingest.log_writer import LogWriter, NewEntry, Standing
from models.errors import ClearwayError, StorageFull, TransportDown

BATCH_JOBS = 2000
"""Most jobs of one transaction: beyond this a sync's cost is spread thin, and waiting only grows."""

PRESSED_UPKEEP_S = 1.0
"""How soon upkeep may come again while there is no room."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Append:
    """Store one entry. Answered with its offset."""

    entry: NewEntry
    size: int
    future: "asyncio.Future[Any]"


@dataclass(frozen=True, slots=True, eq=False)
class Commit:
    """Store a group's progress."""

    standings: tuple[Standing, ...]
    future: "asyncio.Future[Any]"


@dataclass(frozen=True, slots=True, eq=False)
class Order:
    """Do something else with the file, between transactions."""

    action: Callable[[], None]
    future: "asyncio.Future[Any]"


@dataclass(frozen=True, slots=True, eq=False)
class Round:
    """Do a round of upkeep. Answered with its report."""

    future: "asyncio.Future[Any]"


Job = Append | Commit | Order | Round
Outcome = tuple[Job, object]


class WriterThread:
    """Takes whatever waits, writes it in one transaction, answers, and starts again.

    It never dies of an error: an error is the answer to the jobs that met it.
    """

    def __init__(
        self,
        writer: LogWriter,
        upkeep: Upkeep,
        limits: LogLimits,
        settle: Callable[[list[Outcome]], None],
    ) -> None:
        self._writer = writer
        self._upkeep = upkeep
        self._limits = limits
        self._settle = settle
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._rounds: list[Round] = []
        self._chores: Iterator[None] | None = None
        self._report = UpkeepReport()
        self._upkeep_at = time.monotonic() + limits.upkeep_every_s
        self._thread = threading.Thread(target=self._run, name="clearway-log", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def put(self, job: Job, loop: asyncio.AbstractEventLoop) -> None:
        """Hand over a job, to be answered in that event loop."""
        self._loop = loop
        self._jobs.put(job)

    def finish(self) -> None:
        """Write everything handed over, then end. Blocks until then."""
        self._jobs.put(None)
        self._thread.join()

    def _run(self) -> None:
        ended = False
        while not ended:
            jobs = self._take()
            ended = None in jobs
            self._answer(self._work([job for job in jobs if job is not None]))
            if not ended:
                self._look_after_upkeep()
        closed = TransportDown(f"log {self._writer.path}: closed during upkeep")
        self._answer([(job, closed) for job in self._rounds])

    def _take(self) -> list[Job | None]:
        """What waits; sleeps until something does or upkeep is due."""
        jobs: list[Job | None] = []
        with contextlib.suppress(queue.Empty):
            idle_s = max(0.0, self._upkeep_at - time.monotonic())
            jobs.append(self._jobs.get(block=self._chores is None, timeout=idle_s))
            while len(jobs) < BATCH_JOBS:
                jobs.append(self._jobs.get_nowait())
        return jobs

    def _work(self, jobs: Sequence[Job]) -> list[Outcome]:
        outcomes: list[Outcome] = []
        appends = [job for job in jobs if isinstance(job, Append)]
        commits = [job for job in jobs if isinstance(job, Commit)]
        if appends or commits:
            appends, outcomes = self._refuse_over_bound(appends)
            outcomes += self._write(appends, commits)
        for job in jobs:
            if isinstance(job, Order):
                outcomes.append((job, _answer_to(job.action)))
            elif isinstance(job, Round):
                self._rounds.append(job)
                self._upkeep_at = time.monotonic()
        return outcomes

    def _refuse_over_bound(self, appends: list[Append]) -> tuple[list[Append], list[Outcome]]:
        if not appends or self._writer.used_bytes() <= self._limits.max_bytes:
            return appends, []
        self._hurry_upkeep()
        full = StorageFull(
            f"log {self._writer.path}: at its bound of {self._limits.max_bytes >> 20} MB and consumers "
            "are behind; start them, or raise max_bytes"
        )
        taken = [job for job in appends if self._writer.topics[job.entry.lane.topic].compacting]
        refused = [job for job in appends if job not in taken]
        return taken, [(job, full) for job in refused]

    def _write(self, appends: list[Append], commits: list[Commit]) -> list[Outcome]:
        entries = [job.entry for job in appends]
        standings = [standing for job in commits for standing in job.standings]
        stored = _answer_to(lambda: self._writer.write(entries, standings))
        if isinstance(stored, list):
            return [*zip(appends, stored, strict=True), *((job, None) for job in commits)]
        self._hurry_upkeep()
        # progress needs next to no room, and it is what lets upkeep make some
        saved = _answer_to(lambda: self._writer.write((), standings)) if appends else stored
        told = saved if isinstance(saved, BaseException) else None
        return [*((job, stored) for job in appends), *((job, told) for job in commits)]

    def _hurry_upkeep(self) -> None:
        self._upkeep_at = min(self._upkeep_at, time.monotonic() + PRESSED_UPKEEP_S)

    def _look_after_upkeep(self) -> None:
        """Begin a round when it is due, or do the next slice of the one that runs."""
        if self._chores is None:
            if time.monotonic() < self._upkeep_at:
                return
            self._report = UpkeepReport()
            self._chores = self._upkeep.round(self._report)
        chores = self._chores
        slice_ = _answer_to(lambda: next(chores, self._report))
        if slice_ is None:
            return  # more to do, after whatever waits
        if isinstance(slice_, BaseException):
            logger.error("log %s: upkeep stopped: %s", self._writer.path, slice_)
        self._chores = None
        self._upkeep_at = time.monotonic() + self._limits.upkeep_every_s
        rounds, self._rounds = self._rounds, []
        self._answer([(job, slice_) for job in rounds])

    def _answer(self, outcomes: list[Outcome]) -> None:
        if outcomes and self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits
                self._loop.call_soon_threadsafe(self._settle, outcomes)


def _answer_to(action: Callable[[], object]) -> object:
    """What an action returns, or what it raises, as an answer."""
    try:
        return action()
    except ClearwayError as exc:
        return exc
    except Exception as exc:
        logger.exception("the log's writer met something unforeseen")
        down = TransportDown(f"the log could not be written: {exc!r}")
        down.__cause__ = exc
        return down
