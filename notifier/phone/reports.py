"""How our own provider reports on messages: what becomes of them, what it tells of that, and to whom.

Signed as the provider signs: HMAC-SHA-1, under the account's token, of the whole address and the form's
names and values in the order of the names.
"""

import asyncio
import base64
import contextlib
import hashlib
import hmac
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

import httpx

from notifier.phone.faults import PhoneFaults
from notifier.phone.store import Message, PhoneStore

SIGNATURE = "X-Twilio-Signature"
VERSION = "2010-04-01"
TIMEOUT_S = 15.0
"""The provider's own patience with a webhook (its page on connection overrides)."""
GIVEN_BACK = (30003, 30005, 30006)
NEVER_LEFT = 30001
STOP = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "OPTOUT", "REVOKE"})
START = frozenset({"START", "YES", "UNSTOP"})
"""The provider's own words: one of them alone, in any case."""


@dataclass(frozen=True, slots=True)
class Fate:
    """One thing that became of a message."""

    status: str
    code: int | None = None


def fates(message: Message, faults: PhoneFaults, dice: Random) -> tuple[Fate, ...]:
    """What becomes of a message after it was taken, in the order in which it happens.

    The state that a message begins with is not reported (the provider's guide to status callbacks).
    """
    begun = (Fate("queued"),) if message.service else ()
    if dice.random() < faults.failed:
        return (*begun, Fate("failed", NEVER_LEFT))
    if dice.random() < faults.undelivered:
        return (*begun, Fate("sent"), Fate("undelivered", dice.choice(GIVEN_BACK)))
    return (*begun, Fate("sent"), Fate("delivered"))


def told(happened: tuple[Fate, ...], faults: PhoneFaults, dice: Random) -> tuple[Fate, ...]:
    """What is told of it: some of it never, some of it twice, and not in order."""
    reports = [one for one in happened if dice.random() >= faults.report_lost]
    reports += [one for one in reports if dice.random() < faults.report_repeated]
    if dice.random() < faults.report_disordered:
        dice.shuffle(reports)
    return tuple(reports)


def signature(token: str, url: str, form: Mapping[str, str]) -> str:
    """The provider's signature of a request."""
    said = url + "".join(f"{name}{form[name]}" for name in sorted(form))
    return base64.b64encode(hmac.new(token.encode(), said.encode(), hashlib.sha1).digest()).decode()


class Reporter:
    """Tells whoever sent a message what became of it.

    Args:
        account_sid: of the account.
        token: its secret, which signs.
        store: where messages are kept.
        inbound_url: who gets what is answered; empty for nobody.
    """

    def __init__(self, account_sid: str, token: str, store: PhoneStore, inbound_url: str = "") -> None:
        self._account_sid = account_sid
        self._token = token
        self._store = store
        self._inbound_url = inbound_url
        self._client: httpx.AsyncClient | None = None
        self._under_way: set[asyncio.Task[None]] = set()

    @contextlib.asynccontextmanager
    async def running(self) -> Any:  # noqa: ANN401 - a context for the application
        """While the server runs; what is not told by its end stays untold."""
        async with httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=False) as client:
            self._client = client
            yield
            for task in self._under_way:
                task.cancel()
            await asyncio.gather(*self._under_way, return_exceptions=True)

    def deliver(self, message: Message, faults: PhoneFaults, dice: Random) -> None:
        """Let a message take its course."""
        happened = fates(message, faults, dice)
        self._start(self._course(message, happened, told(happened, faults, dice), faults.report_s))

    def answered(self, message: Message, text: str) -> str:
        """Somebody answered a message: what that does. `STOP`, `START`, or empty for any other word."""
        word = text.strip().upper()
        sid = self._store.answer(message, text)
        if word in STOP:
            self._store.opt_out(message.recipient)
        if word in START:
            self._store.opt_in(message.recipient)
        if self._inbound_url:
            self._start(self._post(self._inbound_url, self._inbound(message, sid, text)))
        return "STOP" if word in STOP else "START" if word in START else ""

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _course(
        self, message: Message, happened: tuple[Fate, ...], reports: tuple[Fate, ...], pause_s: float
    ) -> None:
        for fate in happened:
            self._store.move(message.sid, fate.status, fate.code)
        if not message.callback:
            return
        for fate in reports:
            await asyncio.sleep(pause_s)
            await self._post(message.callback, self._status(message, fate))

    async def _post(self, url: str, form: dict[str, str]) -> None:
        """One more try where nobody answered, as the provider does; then it is silent."""
        if self._client is None:
            return
        headers = {SIGNATURE: signature(self._token, url, form)}
        for _ in range(2):
            try:
                await self._client.post(url, data=form, headers=headers)
            except httpx.HTTPError:
                continue
            return

    def _status(self, message: Message, fate: Fate) -> dict[str, str]:
        form = self._common(message.sid, message) | {
            "MessageStatus": fate.status,
            "SmsStatus": fate.status,
            "To": message.recipient,
            "From": message.sender,
        }
        return form | ({"ErrorCode": str(fate.code)} if fate.code is not None else {})

    def _inbound(self, message: Message, sid: str, text: str) -> dict[str, str]:
        return self._common(sid, message) | {
            "SmsStatus": "received",
            "From": message.recipient,
            "To": message.sender,
            "Body": text,
            "NumMedia": "0",
            "NumSegments": "1",
        }

    def _common(self, sid: str, message: Message) -> dict[str, str]:
        common = {
            "MessageSid": sid,
            "SmsSid": sid,
            "SmsMessageSid": sid,
            "AccountSid": self._account_sid,
            "ApiVersion": VERSION,
        }
        return common | ({"MessagingServiceSid": message.service} if message.service else {})
