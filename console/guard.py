"""Who may talk to the console, before anybody is asked who they are: browsers that came here on purpose.

Listening on the loopback keeps other machines out, not other web pages: one that points its own name at
127.0.0.1 would read everything through the operator's browser. So a request must name a host we answer
to, and a web socket must come from such a page. The policy headers let the page load from here only.
"""

from collections.abc import Iterable, Mapping, MutableMapping
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from console.settings import is_address, is_loopback

HEADERS = {
    # NiceGUI's page has inline scripts and compiles its templates in the browser.
    "Content-Security-Policy": (
        "default-src 'self' 'unsafe-inline' 'unsafe-eval'; img-src 'self' data:; font-src 'self' data:; "
        "connect-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Referrer-Policy": "same-origin",
}
HTTPS_ONLY = {"Strict-Transport-Security": "max-age=31536000"}
MISDIRECTED = 421


class Guard:
    """ASGI middleware.

    Args:
        app: what to guard.
        hosts: names beside those of the loopback.
        any_address: whether addresses are answered to as well: where people sign in, a name that somebody
            else points here is what has to be kept out, and an address is none.
        https: whether browsers are told to come by https only.
    """

    def __init__(
        self, app: ASGIApp, hosts: Iterable[str], *, any_address: bool = False, https: bool = False
    ) -> None:
        self._app = app
        self._any_address = any_address
        self._headers = HEADERS | (HTTPS_ONLY if https else {})
        self._hosts = frozenset(host.lower() for host in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what may pass."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        asked = [f"//{headers.get('host', '')}"]
        if scope["type"] == "websocket" or "/_nicegui_ws/" in scope["path"]:
            asked += [headers["origin"]] if "origin" in headers else []
        if all(self._answers_to(url) for url in asked):
            await self._app(scope, receive, _with_headers(send, self._headers))
        else:
            await self._refuse(scope, receive, send, asked)

    def _answers_to(self, url: str) -> bool:
        try:
            host = urlsplit(url).hostname or ""
        except ValueError:
            return False
        return is_loopback(host) or host in self._hosts or (self._any_address and is_address(host))

    @staticmethod
    async def _refuse(scope: Scope, receive: Receive, send: Send, asked: list[str]) -> None:
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
            return
        text = f"This console does not answer to {', '.join(asked)}. Add the name to console.hosts.\n"
        await PlainTextResponse(text, MISDIRECTED)(scope, receive, send)


def _with_headers(send: Send, wanted: Mapping[str, str]) -> Send:
    async def send_with_headers(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in wanted.items():
                headers.setdefault(name, value)
        await send(message)

    return send_with_headers
