"""What has to be done every day for the proof: seal the days that are over, purge what is old enough."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import structlog

from cases.database import Database
from cases.retention import RetentionSettings, purge_is_due
from cases.retention.pictures import PictureShelf
from cases.retention.purge import purge
from cases.trail.seal import seal_days
from models.errors import ClearwayError
from models.signing import SigningKey

LOOK_EVERY_S = 600.0
"""How often it is asked whether a day is over: asking costs one small query."""

log = structlog.get_logger("clearway")
Work = Callable[[asyncio.Event], Coroutine[Any, Any, None]]


def beside(work: Work, chores: Work) -> Work:
    """A role's work with chores beside it, which end when the work does."""

    async def both(stop: asyncio.Event) -> None:
        over = asyncio.Event()
        task = asyncio.create_task(chores(over))
        try:
            await work(stop)
        finally:
            over.set()
            await task

    return both


class Chores:
    """The daily work, as one task of a role. What was missed while down is done at the start."""

    def __init__(
        self,
        database: Database,
        settings: RetentionSettings,
        shelf: PictureShelf,
        signer: SigningKey | None = None,
    ) -> None:
        self._database = database
        self._settings = settings
        self._shelf = shelf
        self._signer = signer
        self._purged_at: datetime | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Work until told to stop. Trouble is logged and tried again: it must not end the role."""
        while not stop.is_set():
            try:
                await asyncio.to_thread(self.do, datetime.now(UTC))
            except ClearwayError as exc:
                log.warning("daily chores", trouble=str(exc), again_in_s=LOOK_EVERY_S)
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), LOOK_EVERY_S)

    def do(self, now: datetime) -> None:
        """What is due by now.

        Raises:
            TransportDown: the ledger cannot be reached.
        """
        for seal in seal_days(self._database, now, self._signer):
            log.info("day sealed", day=seal.day, entries=seal.entries, seal=seal.hash)
        if purge_is_due(self._purged_at, now, self._settings.purge_at):
            for done in purge(self._database, self._settings, self._shelf, now):
                if done.items:
                    log.info("purged", kind=done.kind, rule=done.rule, cases=done.cases, items=done.items)
            self._purged_at = now

    def status(self) -> dict[str, Any]:
        """When the last purge was, for the role's status."""
        return {"purged_at": self._purged_at}
