"""One reading for all open pages: nothing is read while nobody looks, and never twice a moment."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

from console.desk import Desk, Snapshot
from console.phone import Phone

PATIENCE_S = 2.0
"""A reading takes milliseconds; a page that shows nothing new for longer than this should say why."""


class Watch:
    """Shares readings of the desk.

    Args:
        desk: what to read.
        phone: the local provider, when there is one.
        patience_s: how long a page waits before it says that the ledger does not answer.
    """

    def __init__(self, desk: Desk, phone: Phone | None = None, patience_s: float = PATIENCE_S) -> None:
        self._patience_s = patience_s
        self._desk = desk
        self._phone = phone
        self._last: Snapshot | None = None
        self._reading: asyncio.Task[Snapshot] | None = None

    @property
    def last(self) -> Snapshot | None:
        """The last reading, however old."""
        return self._last

    async def latest(self) -> Snapshot:
        """A reading no older than the refresh interval; or the one before, marked, when it hangs."""
        if self._last is not None and self._age_s(self._last) < self._desk.settings.refresh_s * 0.8:
            return self._last
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._take())
        reading = self._reading
        await asyncio.wait({reading}, timeout=self._patience_s)
        return reading.result() if reading.done() else self._hanging()

    async def _take(self) -> Snapshot:
        reading = asyncio.to_thread(self._desk.take, self._last)
        if self._phone is None:
            self._last = await reading
        else:
            snapshot, screen = await asyncio.gather(reading, self._phone.screen())
            self._last = replace(snapshot, phone=screen)
        return self._last

    def _hanging(self) -> Snapshot:
        now = datetime.now(UTC)
        problem = f"it has not answered for {self._patience_s:.0f} s; another program may hold it"
        return replace(self._last or Snapshot(at=now), at=now, problem=problem)

    @staticmethod
    def _age_s(snapshot: Snapshot) -> float:
        return (datetime.now(UTC) - snapshot.at).total_seconds()
