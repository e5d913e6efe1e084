"""One thread that calls the ledger for all who ask: what waits together is written together.

SQLite has one writer, and a commit waits for the disk. So calls queue here instead of polling for its lock,
and those that came while the last commit was under way share the next one. Nobody is told of an outcome
before it is durable: the provider never hears of a notice that a crash could take back.
"""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from queue import SimpleQueue
from typing import Any, TypeVar

R = TypeVar("R")
MOST = 64
"""Calls in one transaction: other processes that write wait for it."""


@dataclass(frozen=True, slots=True)
class _Call:
    do: Callable[[], Any]
    future: "asyncio.Future[Any]"

    def tell(self, value: Any, error: Exception | None) -> None:  # noqa: ANN401 - whatever was asked for
        with contextlib.suppress(RuntimeError):  # whoever asked is gone, and its loop with it
            self.future.get_loop().call_soon_threadsafe(self._settle, value, error)

    def _settle(self, value: Any, error: Exception | None) -> None:  # noqa: ANN401 - the same
        if self.future.done():
            return
        if error is None:
            self.future.set_result(value)
        else:
            self.future.set_exception(error)


class LedgerDesk:
    """Calls the ledger in its one thread.

    Args:
        together: makes one transaction of what is written inside it (`cases.database.Database.together`).
    """

    def __init__(self, together: Callable[[], AbstractContextManager[None]]) -> None:
        self._together = together
        self._calls: SimpleQueue[_Call | None] = SimpleQueue()
        self._thread: threading.Thread | None = None

    async def __call__(self, call: Callable[..., R], *args: Any, **kwargs: Any) -> R:  # noqa: ANN401
        """Call, and wait until what it wrote is durable."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="notifier-ledger", daemon=True)
            self._thread.start()
        future: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._calls.put(_Call(partial(call, *args, **kwargs), future))
        return await future

    def close(self) -> None:
        """Do what is asked for already, and end."""
        if self._thread is not None:
            self._calls.put(None)
            self._thread.join()

    def _work(self) -> None:
        while (first := self._calls.get()) is not None:
            batch = [first]
            while len(batch) < MOST and not self._calls.empty():
                more = self._calls.get()
                if more is None:
                    self._do(batch)
                    return
                batch.append(more)
            self._do(batch)

    def _do(self, batch: list[_Call]) -> None:
        try:
            with self._together():
                done = [_tried(call.do) for call in batch]
        except Exception as exc:  # noqa: BLE001 - the commit failed, and nothing was written
            done = [(None, exc) for _ in batch]
        for call, (value, error) in zip(batch, done, strict=True):
            call.tell(value, error)


def _tried(call: Callable[[], Any]) -> tuple[Any, Exception | None]:
    try:
        return call(), None
    except Exception as exc:  # noqa: BLE001 - it is handed to whoever asked
        return None, exc
