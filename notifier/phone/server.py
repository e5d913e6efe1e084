"""The phone on the desk: a provider of our own that speaks Twilio's language and shows what it took.

For trials without credentials and for tests. It stands where `sms.base_url` points; the client in front of
it is the real one. Messages go nowhere but onto its screen.
"""

import asyncio
import contextlib
import hmac
import logging
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random
from urllib.parse import parse_qsl

import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from notifier.phone import wire
from notifier.phone.faults import PhoneFaults
from notifier.phone.page import PAGE
from notifier.phone.reports import Reporter
from notifier.phone.store import PhoneStore
from notifier.serving import Server

PAGE_SIZE, PAGE_SIZE_MOST = 50, 1000
SHOWN = 200
STOP_WITHIN_S = 2


class DeskPhone:
    """The server's answers.

    Args:
        account_sid: the only account there is.
        token: its secret.
        store: where messages are kept.
        reporter: tells what becomes of messages.
        faults: how often what goes wrong.
        dice: chance; give it a seed for a run that can be repeated.
    """

    def __init__(
        self,
        account_sid: str,
        token: str,
        store: PhoneStore,
        reporter: Reporter,
        *,
        faults: PhoneFaults,
        dice: Random,
    ) -> None:
        self._account_sid = account_sid
        self._token = token
        self._store = store
        self._reporter = reporter
        self.faults = faults
        self._dice = dice

    async def create(self, request: Request) -> Response:
        """Take a message."""
        if denied := self._denied(request):
            return denied
        form = dict(parse_qsl((await request.body()).decode(errors="replace"), keep_blank_values=True))
        if fault := wire.fault_of(form):
            return error(400, *fault)
        if self._store.has_opted_out(form["To"]):
            return error(400, 21610, "Attempt to send to unsubscribed recipient")
        return await self._take(form, self.faults.pick(self._dice))

    async def _take(self, form: dict[str, str], mishap: str) -> Response:
        if mishap == "error":
            return error(500, 20500, "An internal server error has occurred")
        if mishap == "too_many":
            return error(429, 20429, "Too Many Requests")
        if mishap == "drop":
            return _broken_answer()
        message = self._store.add(
            form["To"],
            form.get("From", ""),
            form.get("MessagingServiceSid", ""),
            form["Body"],
            callback=form.get("StatusCallback", ""),
            validity_s=int(form["ValidityPeriod"]) if "ValidityPeriod" in form else None,
        )
        self._reporter.deliver(message, self.faults, self._dice)
        if mishap == "error_after_accept":
            return error(500, 20500, "An internal server error has occurred")
        if mishap == "drop_after_accept":
            return _broken_answer()
        if mishap in {"slow", "timeout_after_accept"}:
            await asyncio.sleep(self.faults.slow_s if mishap == "slow" else self.faults.hang_s)
        return JSONResponse(wire.resource(self._account_sid, message), 201)

    async def search(self, request: Request) -> Response:
        """Messages that fit a filter, newest first, a page at a time."""
        if denied := self._denied(request):
            return denied
        query = dict(request.query_params)
        try:
            size = min(int(query.get("PageSize", PAGE_SIZE)), PAGE_SIZE_MOST)
            number = int(query.get("Page", 0))
            since, until = wire.window(query)
        except ValueError:
            return error(400, 20001, "A parameter of the filter cannot be read")
        found = self._store.recent(
            recipient=query.get("To", ""),
            sender=query.get("From", ""),
            since=since,
            until=until,
            limit=size + 1,
            offset=number * size,
        )
        return JSONResponse(wire.page(self._account_sid, query, found, number, size))

    async def fetch(self, request: Request) -> Response:
        """One message."""
        if denied := self._denied(request):
            return denied
        message = self._store.get(request.path_params["sid"])
        if message is None:
            return error(404, 20404, f"The requested resource {request.url.path} was not found")
        return JSONResponse(wire.resource(self._account_sid, message))

    async def shown(self, _: Request) -> Response:
        """The messages as a person may see them: numbers masked."""
        answers = self._store.answers()
        recent = self._store.recent(limit=SHOWN)
        return JSONResponse({"messages": [wire.bubble(one, answers.get(one.sid, [])) for one in recent]})

    async def answer(self, request: Request) -> Response:
        """The person at the phone answers a message."""
        try:
            said = msgspec.json.decode(await request.body(), type=wire.Said)
        except msgspec.MsgspecError:
            return JSONResponse({"error": "an answer is {sid, text} of at most 1600 characters"}, 422)
        message = self._store.get(said.sid)
        if message is None:
            return JSONResponse({"error": "no such message"}, 404)
        return JSONResponse({"did": self._reporter.answered(message, said.text)})

    async def page(self, _: Request) -> Response:
        """The screen."""
        return HTMLResponse(PAGE)

    def _denied(self, request: Request) -> Response | None:
        user, _, password = wire.credentials(request.headers.get("authorization", "")).partition(":")
        right = hmac.compare_digest(user.encode(), self._account_sid.encode())
        right &= hmac.compare_digest(password.encode(), self._token.encode())
        if not right:
            return error(401, 20003, "Authenticate")
        if request.path_params["account"] != self._account_sid:
            return error(404, 20404, f"The requested resource {request.url.path} was not found")
        return None


def phone_app(
    account_sid: str,
    token: str,
    store: PhoneStore,
    *,
    faults: PhoneFaults | None = None,
    dice: Random | None = None,
    inbound_url: str = "",
) -> Starlette:
    """The server as an ASGI application; see `DeskPhone` and `Reporter`."""
    reporter = Reporter(account_sid, token, store, inbound_url)
    # The dice decide about made-up mishaps of a test, nothing that must not be guessed.
    chance = dice or Random()  # noqa: S311
    phone = DeskPhone(account_sid, token, store, reporter, faults=faults or PhoneFaults(), dice=chance)
    app = Starlette(
        lifespan=lambda _: reporter.running(),
        routes=[
            Route(f"{wire.API}.json", phone.create, methods=["POST"]),
            Route(f"{wire.API}.json", phone.search, methods=["GET"]),
            Route(f"{wire.API}/{{sid}}.json", phone.fetch, methods=["GET"]),
            Route("/phone", phone.shown, methods=["GET"]),
            Route("/phone/answer", phone.answer, methods=["POST"]),
            Route("/", phone.page, methods=["GET"]),
        ],
    )
    app.state.phone = phone
    return app


async def serve(
    port: int,
    account_sid: str,
    token: str,
    db_path: Path,
    stop: asyncio.Event,
    *,
    host: str = "127.0.0.1",
    faults: PhoneFaults | None = None,
    seed: int | None = None,
    inbound_url: str = "",
) -> None:
    """Run the phone until `stop` is set. On loopback, unless somebody insists: it shows messages to all.

    Raises:
        OSError: the port is taken.
    """
    with socket.create_server((host, port)) as listening, contextlib.closing(PhoneStore(db_path)) as store:
        dice = Random(seed)  # noqa: S311 - as above
        app = phone_app(account_sid, token, store, faults=faults, dice=dice, inbound_url=inbound_url)
        server = phone_server(app)
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
        server.should_exit = True
        stopping.cancel()
        await serving


def phone_server(app: Starlette) -> uvicorn.Server:
    """A server for the application. It logs nothing: its request lines would show numbers."""
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        ws="none",
        lifespan="on",
        timeout_graceful_shutdown=STOP_WITHIN_S,
    )
    return Server(config)


def error(status: int, code: int, message: str) -> JSONResponse:
    """An error in the provider's shape."""
    return JSONResponse(wire.fault(status, code, message), status)


def _broken_answer() -> Response:
    """An answer that ends before it said all it promised, so that the connection breaks."""

    async def part() -> AsyncIterator[bytes]:
        yield b'{"sid": "SM'

    return StreamingResponse(part(), 201, {"Content-Length": "4096", "Content-Type": "application/json"})
