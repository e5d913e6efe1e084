"""Blocking calls that may hang, each in a thread of its own.

The shared pool has a handful of threads: a few hanging requests would stop everything that uses it, and at
the end of the program Python would wait for them. These threads end with the program.
"""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import Any, TypeVar

R = TypeVar("R")


async def in_own_thread(call: Callable[..., R], *args: Any, deadline_s: float, **kwargs: Any) -> R:  # noqa: ANN401
    """Run a blocking call.

    Raises:
        TimeoutError: it takes longer than `deadline_s`. The call itself goes on, unheard.
    """
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[R] = loop.create_future()

    def settle(result: R | None, error: BaseException | None) -> None:
        if answer.done():
            return
        if error is not None:
            answer.set_exception(error)
        else:
            answer.set_result(result)  # type: ignore[arg-type]  # without an error there is a result

    def work() -> None:
        result, error = None, None
        try:
            result = call(*args, **kwargs)
        except Exception as exc:  # noqa: BLE001 - whatever it is belongs to the one who waits
            error = exc
        # Nobody listens any more when the loop was closed meanwhile.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(settle, result, error)

    threading.Thread(target=work, daemon=True, name=getattr(call, "__qualname__", "call")).start()
    return await asyncio.wait_for(answer, deadline_s)
