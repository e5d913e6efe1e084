"""The relay's one thread for the ledger: SQLite blocks, and a loop that posts must not."""

import asyncio
import math
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

from cases import outgoing
from cases.database import Database

P = ParamSpec("P")
T = TypeVar("T")


class LedgerThread:
    """Runs what asks the ledger, one after the other."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="connect-ledger")

    async def __call__(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run it there and wait for it here."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, partial(function, *args, **kwargs))

    def close(self) -> None:
        """End the thread."""
        self._thread.shutdown(wait=True)


class Tide:
    """How far the outbox is written for good, asked for by many and looked up once.

    Args:
        database: the ledger.
        fresh_s: how old an answer may be.
    """

    def __init__(self, database: Database, fresh_s: float = 0.0) -> None:
        self._database = database
        self._fresh_s = fresh_s
        self._asked_at = -math.inf
        self._reached = 0

    def reached(self) -> int:
        """The last row before which none can appear any more.

        Raises:
            TransportDown: the ledger cannot be asked.
        """
        now = time.monotonic()
        if now - self._asked_at >= self._fresh_s:
            if outgoing.newest(self._database) > self._reached:
                self._reached = outgoing.settled(self._database)
            self._asked_at = now
        return self._reached
