"""The phone on the desk: what the local provider says an owner would have received."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import httpx
import msgspec
import structlog

TIMEOUT_S = 1.0
"""It runs on this machine; a page waits for it."""
SHOWN = 50

_log = structlog.get_logger(__name__)


class Message(msgspec.Struct, frozen=True):
    """One message as the provider lists it."""

    sid: str
    body: Annotated[str, msgspec.Meta(max_length=4000)]
    at: datetime
    to_mask: str = ""
    to: str = ""
    status: str = ""

    @property
    def mask(self) -> str:
        """Whom it went to; never more than a mask, whatever the provider lists."""
        found = self.to_mask or self.to
        return found if "*" in found else ""


class _Messages(msgspec.Struct):
    messages: list[Message]


@dataclass(frozen=True, slots=True)
class PhoneScreen:
    """What the phone shows.

    Attributes:
        messages: newest first.
        answers: whether the provider could be asked.
    """

    messages: tuple[Message, ...] = ()
    answers: bool = True


_messages = msgspec.json.Decoder(_Messages)


class Phone:
    """Asks the local provider. `trust_env` is off: a proxy has no business between two local processes."""

    def __init__(self, base_url: str) -> None:
        self._client = httpx.AsyncClient(base_url=base_url, timeout=TIMEOUT_S, trust_env=False)
        self._answers = True

    async def screen(self) -> PhoneScreen:
        """The messages so far; a provider that is down or talks nonsense is shown, not raised."""
        try:
            response = await self._client.get("/phone")
            response.raise_for_status()
            messages = _messages.decode(response.content).messages
        except (httpx.HTTPError, msgspec.MsgspecError) as exc:
            self._note(answers=False, problem=f"{type(exc).__name__}: {exc}")
            return PhoneScreen(answers=False)
        self._note(answers=True)
        return PhoneScreen(tuple(messages[:SHOWN]))

    async def close(self) -> None:
        """Give the connection back."""
        await self._client.aclose()

    def _note(self, *, answers: bool, problem: str = "") -> None:
        if answers != self._answers:
            _log.info("console.phone", answers=answers, problem=problem)
        self._answers = answers
