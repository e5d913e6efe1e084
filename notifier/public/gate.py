"""What holds for every request: who asks, how much at once, and what no answer goes without."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from notifier.public.limits import Limiter
from notifier.senders.callbacks import INBOUND_PATH, STATUS_PATH

MOST_BODY = 16_384
"""Bytes of an answer: a thousand characters of any script take up to twelve as a form writes them."""
MOST_CALLBACK = 65_536
"""Bytes of a provider's callback: an inbound message has up to 1,600 characters and some forty fields."""
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow, noarchive, noimageindex",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
NEVER_KEPT = "no-store"
STRICT_TRANSPORT = "max-age=31536000"
CALLBACKS = frozenset({STATUS_PATH, INBOUND_PATH})

_log = structlog.get_logger("clearway.public")

Refuse = Callable[[Scope, int, float], Response]
"""How a refusal is worded: the request's scope, the status, and the seconds to wait."""


class Gate:
    """ASGI middleware around the public page. Finds the client as `request.state.client`.

    Args:
        app: the page.
        clients: how often one address may ask.
        refuse: how refusals are worded.
        behind_proxy: whether the last address in X-Forwarded-For is the one that asks.
        encrypted: whether people reach it by https, so that their browsers may insist on it.
    """

    def __init__(
        self, app: ASGIApp, clients: Limiter, refuse: Refuse, *, behind_proxy: bool, encrypted: bool
    ) -> None:
        self._app = app
        self._clients = clients
        self._refuse = refuse
        self._behind_proxy = behind_proxy
        self._headers = dict(HEADERS)
        if encrypted:
            self._headers["Strict-Transport-Security"] = STRICT_TRANSPORT

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what may pass."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        client = client_of(scope, headers, behind_proxy=self._behind_proxy)
        scope.setdefault("state", {})["client"] = client
        dressed = self._dressed(send)
        # A provider asks often and from many addresses: it is known by its signature, not by its address.
        if scope["path"] not in CALLBACKS and (wait_s := self._clients.take(client)):
            await self._turn(scope, receive, dressed, 429, wait_s)
            return
        body = await _body(headers, receive, MOST_CALLBACK if scope["path"] in CALLBACKS else MOST_BODY)
        if body is None:
            await self._turn(scope, receive, dressed, 413, 0.0)
            return
        watched = _Watched(dressed)
        try:
            await self._app(scope, _replayed(body), watched)
        except Exception as exc:  # noqa: BLE001 - the last wall: no word of it leaves the machine
            # Only its kind: a foreign text or a traceback may show what somebody wrote. The framework has
            # answered by now, and hands it on for somebody to log.
            _log.error("public_page_failed", problem=type(exc).__name__)
            if not watched.began:
                await self._turn(scope, receive, dressed, 500, 0.0)

    async def _turn(self, scope: Scope, receive: Receive, send: Send, status: int, wait_s: float) -> None:
        response = self._refuse(scope, status, wait_s)
        if wait_s:
            response.headers["Retry-After"] = str(math.ceil(wait_s))
        await response(scope, receive, send)

    def _dressed(self, send: Send) -> Send:
        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(self._headers)
                headers.setdefault("Cache-Control", NEVER_KEPT)
            await send(message)

        return dressed


@dataclass(slots=True)
class _Watched:
    """Knows whether an answer has begun: then it is too late for another one."""

    send: Send
    began: bool = False

    async def __call__(self, message: Message) -> None:
        self.began = True
        await self.send(message)


def client_of(scope: Scope, headers: Headers, *, behind_proxy: bool) -> str:
    """Under which name a request is counted: its address, of IPv6 the network that one household has."""
    peer = str((scope.get("client") or ("", 0))[0])
    if behind_proxy:
        peer = headers.get("x-forwarded-for", "").rpartition(",")[2].strip() or peer
    try:
        address = ip_address(peer)
    except ValueError:
        return "unknown"
    if isinstance(address, IPv6Address):
        return str(address.ipv4_mapped or ip_network((address, 64), strict=False).network_address)
    return str(address)


def plain(status: int) -> Response:
    """An answer for programs."""
    return PlainTextResponse("", status)


async def _body(headers: Headers, receive: Receive, most: int) -> bytes | None:
    """The whole body; None when it is too long, as soon as that is known."""
    said = headers.get("content-length", "")
    if said.isascii() and said.isdigit() and int(said[:19]) > most:
        return None
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            return body
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > most:
            return None
    return body


def _replayed(body: bytes) -> Receive:
    """The body that was read already, for whoever comes behind."""
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        return waiting.pop() if waiting else {"type": "http.disconnect"}

    return receive
