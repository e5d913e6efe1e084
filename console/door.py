"""The door of the console: whoever has not signed in gets nothing but the sign-in page.

ASGI middleware around all there is, so that a page, a picture, a feed or a web socket that is added later
stands behind it too. The APIs have a gate of their own, which lets in by tokens, or whom the door knows.
"""

import traceback
from collections.abc import Collection, MutableMapping
from typing import Any
from urllib.parse import quote

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from console.origins import SAFE, is_own
from console.visits import STATE, Visit, Visits
from models.errors import ClearwayError

SIGN_IN, SIGN_OUT, PASSWORD, STILL = "/sign-in", "/sign-out", "/password", "/signed-in"
ASSETS = "/_nicegui/"
"""The page's own scripts: the same for everybody, so browsers may keep them."""
SOCKET = "/_nicegui_ws/"
BY_THEMSELVES = (ASSETS, SOCKET, "/live/", STILL)
"""What an open page asks for without anybody doing anything."""
CLICKED = '["event"'
"""How a click comes over the page's web socket."""
PRIVATE = "no-store"
SEE_OTHER, UNAUTHORIZED, FORBIDDEN, FAILED, UNAVAILABLE = 303, 401, 403, 500, 503
POLICY_VIOLATION = 1008

_log = structlog.get_logger(__name__)


class Door:
    """ASGI middleware.

    Args:
        app: what stands behind it.
        visits: knows who comes.
        public: exact paths that are for everybody.
        gated: beginnings of paths that ask for tokens themselves.
        hosts: names of the console, as a proxy in front has them.
    """

    def __init__(
        self,
        app: ASGIApp,
        visits: Visits,
        *,
        public: Collection[str] = (),
        gated: Collection[str] = (),
        hosts: Collection[str] = (),
    ) -> None:
        self._app = app
        self._visits = visits
        self._public = frozenset(public)
        self._gated = tuple(f"{prefix}/" for prefix in gated)
        self._hosts = tuple(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what may pass."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        headers, state = Headers(scope=scope), scope.setdefault("state", {})
        state.pop(STATE, None)
        try:
            visit = await self._visits.of(scope, headers)
        except ClearwayError as exc:
            _log.warning("console.nobody_known", problem=str(exc))
            await _answer(scope, receive, send, PlainTextResponse("The ledger cannot be read.", UNAVAILABLE))
            return
        watched = _Watched(send)
        try:
            if self._visits.asks:
                await self._judge(scope, receive, _private(scope, watched), visit)
            else:
                state[STATE] = visit
                await self._app(scope, receive, watched)
        except Exception:  # noqa: BLE001 - the last wall: whatever it is, no value of it leaves the machine
            # Without the values of variables, which the log's own traceback would show: passwords, plates.
            _log.error("console.failed", path=scope["path"], trace=traceback.format_exc())
            if scope["type"] == "http" and not watched.began:
                await PlainTextResponse("Something went wrong here; the log has it.", FAILED)(
                    scope, receive, send
                )

    async def _judge(self, scope: Scope, receive: Receive, send: Send, visit: Visit | None) -> None:
        headers, path = Headers(scope=scope), scope["path"]
        gated = path.startswith(self._gated) if self._gated else False
        if gated and (visit is None or "authorization" in headers):
            await self._app(scope, receive, send)  # the gate judges, by tokens alone
        elif self._needs_own_page(scope) and not is_own(headers, self._hosts):
            await _answer(scope, receive, send, PlainTextResponse("Another page sent this.", FORBIDDEN))
        elif path in self._public:
            scope["state"][STATE] = visit
            await self._app(scope, receive, send)
        elif visit is None:
            await _answer(scope, receive, send, self._to_sign_in(scope, headers))
        elif visit.must_change and path not in {PASSWORD, SIGN_OUT, STILL}:
            await _answer(scope, receive, send, _to_password(headers))
        else:
            scope["state"][STATE] = visit
            await self._let_in(scope, receive, send, visit)

    def _to_sign_in(self, scope: Scope, headers: Headers) -> Response:
        if self._visits.page and scope["type"] == "http" and _is_navigation(scope, headers):
            return RedirectResponse(f"{self._visits.page}?next={quote(scope['path'])}", SEE_OTHER)
        scheme = {"WWW-Authenticate": 'Session realm="clearway"'}
        return PlainTextResponse(self._visits.refusal, UNAUTHORIZED, scheme)

    @staticmethod
    def _needs_own_page(scope: Scope) -> bool:
        """Whether it must be a page of ours that sent it: what changes something, and every socket."""
        if scope["type"] == "websocket" or scope["path"].startswith(SOCKET):
            return True
        return scope["method"] not in SAFE

    async def _let_in(self, scope: Scope, receive: Receive, send: Send, visit: Visit) -> None:
        if not scope["path"].startswith(BY_THEMSELVES):
            await self._visits.note(visit)
        line = _Line(self._visits, visit, receive, send)
        if scope["type"] == "websocket":
            await self._app(scope, line.receive, line.send)
        elif scope["path"].startswith(SOCKET):
            await self._app(scope, line.receive, send)
        else:
            await self._app(scope, receive, send)


class _Watched:
    """Knows whether an answer has begun: then it is too late for another one."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.began = False

    async def __call__(self, message: Message) -> None:
        self.began = True
        await self._send(message)


class _Line:
    """A web socket that ends with its session, and tells when somebody clicks."""

    def __init__(self, visits: Visits, visit: Visit, receive: Receive, send: Send) -> None:
        self._visits = visits
        self._visit = visit
        self._receive = receive
        self._send = send
        self._cut = False

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] in {"websocket.receive", "http.request"}:
            if _is_click(message):
                await self._visits.note(self._visit)
            if message["type"] == "websocket.receive" and not await self._holds():
                return {"type": "websocket.disconnect", "code": POLICY_VIOLATION}
        return message

    async def send(self, message: Message) -> None:
        holds = not self._cut if message["type"] != "websocket.send" else await self._holds()
        if holds:
            await self._send(message)

    async def _holds(self) -> bool:
        if not self._cut and not await self._visits.still(self._visit):
            self._cut = True
            await self._send({"type": "websocket.close", "code": POLICY_VIOLATION})
        return not self._cut


def _is_click(message: Message) -> bool:
    text = message.get("text") or ""
    body = message.get("body") or message.get("bytes") or b""
    return CLICKED in text[:64] or CLICKED.encode() in body


def _to_password(headers: Headers) -> Response:
    if headers.get("sec-fetch-mode") == "navigate":
        return RedirectResponse(PASSWORD, SEE_OTHER)
    return PlainTextResponse(f"Choose a password of your own first, at {PASSWORD}.", FORBIDDEN)


def _is_navigation(scope: Scope, headers: Headers) -> bool:
    """Whether somebody went there, and not a page for a part of itself."""
    asked = headers.get("sec-fetch-mode")
    wants_page = asked == "navigate" if asked else "text/html" in headers.get("accept", "")
    return scope["method"] in SAFE and wants_page


async def _answer(scope: Scope, receive: Receive, send: Send, response: Response) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": POLICY_VIOLATION})
        return
    await response(scope, receive, send)


def _private(scope: Scope, send: Send) -> Send:
    """Nothing that needs a sign-in stays in a browser after signing out, nor in a proxy on the way."""
    if scope["path"].startswith(ASSETS):
        return send

    async def send_private(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message)["Cache-Control"] = PRIVATE
        await send(message)

    return send_private
