"""The gate in front of the API: who asks, how often, how much at once, and whether it was asked before.

ASGI middleware, so that a request that is turned away costs neither a parse nor a transaction. Whatever goes
wrong behind it is answered without a word about how things are made inside.
"""

import asyncio
import math
import re
import traceback
from collections.abc import AsyncIterator, Callable, MutableMapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import structlog
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cases.clients import Client
from cases.clients.answers import MAX_KEY, Answer, Answers, Claim, Found, digest_of
from console.rest_doorman import Doorman, Turned
from console.settings import is_loopback
from console.visits import STATE, Visit
from models.errors import ClearwayError

MAX_BODY = 1 << 20
"""Bytes of one request; the longest report takes some 20 thousand."""
KEY = re.compile(rf"[\x21-\x7e]{{1,{MAX_KEY}}}")
FORM = "application/x-www-form-urlencoded"
PROXIES_ADD = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip")

Refuse = Callable[[Scope, int, str], Response]
"""How an API words a refusal: the request's scope, the status, and why."""

UNAVAILABLE = "the ledger cannot be used at the moment"

_log = structlog.get_logger(__name__)


class Gate:
    """ASGI middleware around one API.

    Args:
        app: the API; finds the client as `request.state.client` and the key as `request.state.key`.
        doorman: who is let in.
        answers: what was answered under which key.
        refuse: how refusals are worded.
        key_in_form: whether a token may come as the field `api_key`, as Open311 has it.
    """

    def __init__(
        self, app: ASGIApp, doorman: Doorman, answers: Answers, refuse: Refuse, *, key_in_form: bool = False
    ) -> None:
        self._app = app
        self._doorman = doorman
        self._answers = answers
        self._refuse = refuse
        self._key_in_form = key_in_form

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what may pass."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        watched, incident = _Watched(send), uuid4().hex[:12]
        scope.setdefault("state", {})["incident"] = incident
        try:
            await self._pass(scope, receive, watched)
        except ClearwayError as exc:
            _log.warning("api.unavailable", problem=str(exc), path=scope["path"])
            if not watched.began:
                await self._turn(scope, send, Turned(503, UNAVAILABLE, 5.0))
        except Exception:  # noqa: BLE001 - the last wall: whatever it is, no word of it leaves the machine
            # Without the values of variables, which the log's own traceback would show.
            _log.error("api.failed", incident=incident, path=scope["path"], trace=traceback.format_exc())
            if not watched.began:
                await self._turn(scope, send, Turned(500, broken(incident)))

    async def _pass(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        body = b""
        if scope["method"] not in {"GET", "HEAD", "OPTIONS"}:
            read = await _body(headers, receive)
            if read is None:
                await self._turn(scope, send, Turned(413, f"more than {MAX_BODY} bytes at once"))
                return
            body = read
        client = await self._client(scope, headers, body)
        turned = client if isinstance(client, Turned) else self._doorman.let_pass(client)
        if isinstance(client, Turned) or turned is not None:
            await self._turn(scope, send, turned or client)  # type: ignore[arg-type] # one of them is
            return
        if self._doorman.is_news(client):
            await asyncio.to_thread(self._doorman.note, client)
        key = headers.get("idempotency-key")
        scope.setdefault("state", {}).update(client=client, key=key)
        again = _replayed(body)
        if scope["method"] == "POST" and key is not None and not KEY.fullmatch(key):
            problem = f"Idempotency-Key: use 1 to {MAX_KEY} visible ASCII characters"
            await self._turn(scope, send, Turned(400, problem))
            return
        async with self._doorman.lane(client):
            if scope["method"] != "POST" or key is None:
                await self._app(scope, again, send)
            else:
                await self._once(scope, again, send, _Ask(client, key, _digest(scope, body)))

    async def _client(self, scope: Scope, headers: Headers, body: bytes) -> Client | Turned:
        token = self._token(scope, headers, body)
        if token is None:
            visit = scope["state"].get(STATE)
            if isinstance(visit, Visit) and visit.signed_in:
                return visit.who
            peer = (scope.get("client") or ("", 0))[0]
            return self._doorman.without_token("" if _passed_on(headers) else peer)
        known = self._doorman.remembered(token)
        return await asyncio.to_thread(self._doorman.asked, token) if known is None else known

    def _token(self, scope: Scope, headers: Headers, body: bytes) -> str | None:
        kind, _, token = headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer":
            return token.strip()
        if self._key_in_form:
            texts = [scope["query_string"].decode("latin-1")]
            if headers.get("content-type", "").startswith(FORM):
                texts.append(body.decode(errors="replace"))
            for text in texts:
                if found := _field(text, "api_key"):
                    return found
        return None

    async def _once(self, scope: Scope, receive: Receive, send: Send, ask: "_Ask") -> None:
        now = datetime.now(UTC)
        claim = await asyncio.to_thread(self._answers.claim, ask.client.id, ask.key, ask.digest, now)
        if claim.found is not Found.NEW:
            await self._known(scope, receive, send, claim)
            return
        kept = _Kept(send)
        try:
            await self._app(scope, receive, kept)
        except BaseException:
            await asyncio.to_thread(self._answers.release, ask.client.id, ask.key)
            raise
        if kept.status in {0, 429} or kept.status >= 500:  # noqa: PLR2004 - may be tried again
            await asyncio.to_thread(self._answers.release, ask.client.id, ask.key)
        else:
            await asyncio.to_thread(self._answers.complete, ask.client.id, ask.key, kept.answer())

    async def _known(self, scope: Scope, receive: Receive, send: Send, claim: Claim) -> None:
        if claim.answer is not None:
            headers = {"Content-Type": claim.answer.content_type, "Idempotency-Replayed": "true"}
            await Response(claim.answer.body, claim.answer.status, headers)(scope, receive, send)
        elif claim.found is Found.BUSY:
            await self._turn(
                scope, send, Turned(409, "a request with this Idempotency-Key is being worked on", 1.0)
            )
        else:
            problem = "Idempotency-Key: it was used for another request; choose a new one"
            await self._turn(scope, send, Turned(422, problem))

    async def _turn(self, scope: Scope, send: Send, turned: Turned) -> None:
        response = self._refuse(scope, turned.status, turned.why)
        if turned.wait_s:
            response.headers["Retry-After"] = str(math.ceil(turned.wait_s))
        if turned.status == 401:  # noqa: PLR2004
            response.headers["WWW-Authenticate"] = 'Bearer realm="clearway"'
        await response(scope, _nothing, send)


def broken(incident: str) -> str:
    """What is said of a fault of ours: the log has the rest under that word."""
    return f"something went wrong here; the log calls it {incident}"


@dataclass(frozen=True, slots=True)
class _Ask:
    client: Client
    key: str
    digest: str


@dataclass(slots=True)
class _Watched:
    """Knows whether an answer has begun: then it is too late for another one."""

    send: Send
    began: bool = False

    async def __call__(self, message: Message) -> None:
        self.began = True
        await self.send(message)


@dataclass(slots=True)
class _Kept:
    """Passes an answer on, and keeps it."""

    send: Send
    status: int = 0
    content_type: str = ""
    parts: list[bytes] = field(default_factory=list)

    async def __call__(self, message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.content_type = Headers(raw=message.get("headers", [])).get("content-type", "")
        elif message["type"] == "http.response.body":
            self.parts.append(message.get("body", b""))
        await self.send(message)

    def answer(self) -> Answer:
        return Answer(self.status, self.content_type[:100], b"".join(self.parts))


async def _body(headers: Headers, receive: Receive) -> bytes | None:
    """The whole body; None when it is too long, as soon as that is known."""
    said = headers.get("content-length", "")
    if said.isascii() and said.isdigit() and int(said[:19]) > MAX_BODY:
        return None
    parts: list[bytes] = []
    async for part in _parts(receive):
        parts.append(part)
        if sum(map(len, parts)) > MAX_BODY:
            return None
    return b"".join(parts)


async def _parts(receive: Receive) -> AsyncIterator[bytes]:
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return
        yield message.get("body", b"")
        if not message.get("more_body"):
            return


def _replayed(body: bytes) -> Receive:
    """The body that was read already, for whoever comes behind."""
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        return waiting.pop() if waiting else {"type": "http.disconnect"}

    return receive


async def _nothing() -> Message:
    return {"type": "http.disconnect"}


def _passed_on(headers: Headers) -> bool:
    """Whether a proxy brought it: then its peer is this machine, and whoever asks is not."""
    try:
        asked = urlsplit(f"//{headers.get('host', '')}").hostname or ""
    except ValueError:
        return True
    return not is_loopback(asked) or any(name in headers for name in PROXIES_ADD)


def _digest(scope: Scope, body: bytes) -> str:
    path = f"{scope['path']}?{scope['query_string'].decode('latin-1')}"
    return digest_of(scope["method"], path, body)


def _field(text: str, name: str) -> str:
    try:
        return parse_qs(text, max_num_fields=100).get(name, [""])[0]
    except ValueError:
        return ""
