"""The loop in which whoever hands out the outbox works: attached once, then one turn after the other."""

import asyncio
from typing import Protocol


class Worker(Protocol):
    """Somebody with a place in the outbox."""

    async def attach(self) -> None:
        """Find out where to go on."""

    async def turn(self) -> bool:
        """Do what is to be done; True when there is more to do at once."""

    async def rest(self, stopping: "asyncio.Task[bool]") -> None:
        """Wait until there may be more to do, or `stopping` is done."""

    async def back_off(self, exc: Exception, stopping: "asyncio.Task[bool]") -> None:
        """Say what is wrong and wait before the next try, or until `stopping` is done."""

    async def finish(self) -> None:
        """Let go of everything."""


async def take_turns(worker: Worker, stop: asyncio.Event, *, outlasts: tuple[type[Exception], ...]) -> None:
    """Let somebody work until `stop` is set.

    Args:
        worker: who.
        stop: set from outside.
        outlasts: faults after which the next turn may go well; any other ends the loop.
    """
    stopping = asyncio.create_task(stop.wait())
    attached = False
    try:
        while not stop.is_set():
            try:
                if not attached:
                    await worker.attach()
                    attached = True
                more = await worker.turn()
            except outlasts as exc:
                await worker.back_off(exc, stopping)
                continue
            if not more:
                await worker.rest(stopping)
    finally:
        stopping.cancel()
        await worker.finish()
