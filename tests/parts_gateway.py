"""A carrier's SMS gateway to test against: a real server with an API of its own, and moods on request."""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any

from notifier_parts import wait_until
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from notifier.phone.server import phone_server
from notifier.senders.gateway import GatewaySender
from notifier.settings import SmsSettings

SECRET = "not-a-secret"


@dataclass
class Taken:
    """What arrived, as the gateway decoded it."""

    id: str
    fields: dict[str, Any]
    headers: dict[str, str]
    query: dict[str, str]


@dataclass
class Gateway:
    """What it has, and how it feels.

    Attributes:
        drops_repeats: a second message with the same reference is not taken again.
        mood: what becomes of the next messages: `""`, `error_after_accept`, `hang_after_accept`,
            `drop_after_accept`, `error`, `busy`, or a code of its own such as `E7`.
        silent: it does not answer questions.
    """

    drops_repeats: bool = True
    mood: str = ""
    silent: bool = False
    taken: list[Taken] = field(default_factory=list)
    url: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)

    async def send(self, request: Request) -> Response:
        if request.headers.get("authorization") != f"Bearer {SECRET}":
            return JSONResponse({"code": "AUTH", "message": "who are you"}, 401)
        if request.headers.get("content-type", "").startswith("application/json"):
            fields = await request.json()
        else:
            async with request.form() as form:
                fields = {name: str(value) for name, value in form.items()}
        refusals = {
            "error": JSONResponse({"message": "boom"}, 500),
            "busy": JSONResponse({"code": "BUSY"}, 429),
        }
        if self.mood in refusals:
            return refusals[self.mood]
        if self.mood.startswith("E"):
            return JSONResponse({"code": self.mood, "message": f"to {fields.get('mobile')}"})
        return await self._after(self._keep(fields, request))

    async def _after(self, name: str) -> Response:
        if self.mood == "error_after_accept":
            return JSONResponse({"message": "boom"}, 500)
        if self.mood == "drop_after_accept":
            return StreamingResponse(_part(), 200, {"Content-Length": "4096"})
        if self.mood == "hang_after_accept":
            await asyncio.sleep(0.8)
        return JSONResponse({"code": 0, "data": {"id": name}})

    def _keep(self, fields: dict[str, Any], request: Request) -> str:
        with self.lock:
            reference = self._reference(fields)
            known = [one for one in self.taken if self._reference(one.fields) == reference]
            if known and self.drops_repeats:
                return known[0].id
            taken = Taken(
                f"G{len(self.taken):06d}", fields, dict(request.headers), dict(request.query_params)
            )
            self.taken.append(taken)
            return taken.id

    @staticmethod
    def _reference(fields: dict[str, Any]) -> str:
        return str(fields.get("ref", ""))

    async def status(self, request: Request) -> Response:
        if self.silent:
            return JSONResponse({"code": 9, "message": "database down"})
        wanted = request.query_params["ref"]
        found = [one.id for one in self.taken if self._reference(one.fields) == wanted]
        return JSONResponse({"code": 0, "data": [{"id": name} for name in found]})

    async def elsewhere(self, request: Request) -> Response:
        """Answers with a redirect, as a portal in front of it would."""
        status = int(request.path_params["status"])
        return Response(status_code=status, headers={"Location": f"{self.url}/send"})


async def _part() -> AsyncIterator[bytes]:
    yield b'{"code": 0, "da'


@contextlib.contextmanager
def running_gateway(*, drops_repeats: bool = True) -> Iterator[Gateway]:
    """The gateway, in a thread, on a port of its own."""
    gateway = Gateway(drops_repeats=drops_repeats)
    routes = [
        Route("/send", gateway.send, methods=["POST", "PUT"]),
        Route("/status", gateway.status),
        Route("/moved/{status}", gateway.elsewhere, methods=["POST"]),
    ]
    server = phone_server(Starlette(routes=routes))
    server.config.port = 0
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    wait_until(lambda: server.started, 10, "the gateway does not start")
    gateway.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    try:
        yield gateway
    finally:
        server.should_exit = True
        thread.join(10)


def gateway_sms(base: str, in_doubt: str = "ask", **changes: object) -> SmsSettings:
    """Settings as a user would write them for this gateway."""
    http: dict[str, Any] = {
        "url": f"{base}/send",
        "headers": {"Authorization": "Bearer {secret}"},
        "fields": {"mobile": "{number}", "content": "{text}", "ref": "{reference}"},
        "secret": SECRET,
        "answer": {
            "code": "code",
            "id": "data.id",
            "accepted": ["0"],
            "never": ["E7"],
            "opted_out": ["E8"],
            "later": ["E9"],
            "closed": ["E10"],
        },
        "in_doubt": in_doubt,
    }
    if in_doubt == "ask":
        http["ask"] = {
            "url": f"{base}/status",
            "fields": {"ref": "{reference}"},
            "id": "data.0.id",
            "empty": "data",
        }
    return SmsSettings.model_validate({"provider": "http", "timeout_s": 2.0, "http": http | changes})


@contextlib.contextmanager
def gateway_sender(sms: SmsSettings) -> Iterator[GatewaySender]:
    sender = GatewaySender(sms)
    try:
        yield sender
    finally:
        sender.close()
