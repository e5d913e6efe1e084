"""What tests of the relay stand on: a real receiver on the loopback, a ledger, events in its outbox."""

import asyncio
import contextlib
import json
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from parts_ledger import ledger_at
from sqlalchemy import insert, select

from cases.database import Database
from cases.tables import outbox
from cases.webhooks.relay import Relay
from cases.webhooks.rules import Patience
from cases.webhooks.settings import DeliverySettings
from cases.webhooks.tables import deliveries, subscriptions
from models.backoff import Backoff

SECRET_NAME, SECRET = "CLEARWAY_TEST_SECRET", "correct horse battery staple"
ENVIRONMENT = {SECRET_NAME: SECRET}
LOOPBACK = "127.0.0.0/8"
HURRIED = Patience(
    wait=Backoff(first_s=0.02, limit_s=0.1), pause_after=5, probe=Backoff(first_s=0.05, limit_s=0.2)
)


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    at: float = field(default_factory=time.monotonic)

    @property
    def event(self) -> dict[str, Any]:
        return json.loads(self.body)


@dataclass(frozen=True)
class Says:
    """One answer of a receiver; `wait_s` before it."""

    status: int = 204
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    wait_s: float = 0.0


@dataclass
class Receiver:
    """Records whatever comes and answers as it is told."""

    url: str = ""
    answers: Callable[[Request], Says] = lambda _: Says()
    requests: list[Request] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    server: Any = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, request: Request) -> Says:
        with self._lock:
            self.requests.append(request)
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            answer = self.answers(request)
            time.sleep(answer.wait_s)
        finally:
            with self._lock:
                self.at_once -= 1
        return answer

    def events(self) -> list[dict[str, Any]]:
        return [request.event for request in list(self.requests) if request.method == "POST"]

    def rows(self) -> list[int]:
        """The numbers in `data` of what came, in order."""
        return [event["data"]["number"] for event in self.events()]


@contextlib.contextmanager
def receiving(answers: Callable[[Request], Says] | None = None) -> Iterator[Receiver]:
    receiver = Receiver()
    if answers is not None:
        receiver.answers = answers

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            body = self.rfile.read(length)
            if len(body) < length:  # who sent it died in the middle
                self.close_connection = True
                return
            headers = {name.lower(): value for name, value in self.headers.items()}
            said = receiver.take(Request(self.command, self.path, headers, body))
            with contextlib.suppress(OSError):
                self.send_response(said.status)
                for name, value in said.headers.items():
                    self.send_header(name, value)
                if said.status != 204:
                    self.send_header("Content-Length", str(len(said.body)))
                self.end_headers()
                self.wfile.write(said.body)

        do_OPTIONS = do_POST  # noqa: N815 - the library's name

        def log_message(self, *_: object) -> None:
            """Quiet."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128

        def handle_error(self, *_: object) -> None:
            """A client that was killed is what some tests are about."""

    with Server(("127.0.0.1", 0), Handler) as server:
        receiver.server = server
        receiver.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join(10)


@contextlib.contextmanager
def new_ledger(path: Path) -> Iterator[Database]:
    database = ledger_at(path)
    try:
        yield database
    finally:
        database.close()


def happen(database: Database, *events: tuple[str, int], kind: str = "grew", **more: Any) -> None:
    """Write events into the outbox: (case, number) each, in one transaction."""
    now = datetime.now(UTC)
    rows = [
        {
            "case_id": case,
            "type": f"clearway.case.{kind}.v1",
            "at": now,
            "body": {"case": case, "number": number, "matter": "fire-lane-blocked", "why": ""} | more,
        }
        for case, number in events
    ]
    with database.write() as connection:
        connection.execute(insert(outbox), rows)


def webhook(url: str, **changes: Any) -> dict[str, Any]:
    return {
        "name": "dispatch", "url": url, "secrets": [SECRET_NAME], "start": "beginning", "plain_http": True,
    } | changes  # fmt: skip


def settings(*webhooks: dict[str, Any], **changes: Any) -> DeliverySettings:
    fields = {"allow_networks": [LOOPBACK], "poll_interval_s": 0.01, "timeout_s": 2.0, "webhook": webhooks}
    return DeliverySettings.model_validate(fields | changes)


@contextlib.asynccontextmanager
async def relaying(
    database: Database, chosen: DeliverySettings, patience: Patience = HURRIED, **more: Any
) -> AsyncIterator[Relay]:
    relay = Relay(database, chosen, "/clearway/cases", ENVIRONMENT, patience=patience, **more)
    stop = asyncio.Event()
    running = asyncio.create_task(relay.run(stop))
    try:
        yield relay
    finally:
        stop.set()
        await running
        relay.close()


async def eventually(holds: Callable[[], bool], within_s: float = 10.0, otherwise: str = "") -> None:
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline, otherwise or "it did not come about"
        await asyncio.sleep(0.01)


def delivery_rows(database: Database) -> list[dict[str, Any]]:
    with database.read() as connection:
        query = select(deliveries).order_by(deliveries.c.subscription, deliveries.c.outbox_id)
        return [dict(row) for row in connection.execute(query).mappings()]


def states(database: Database) -> list[str]:
    return [row["state"] for row in delivery_rows(database)]


def subscription(database: Database, name: str = "dispatch") -> dict[str, Any]:
    with database.read() as connection:
        query = select(subscriptions).where(subscriptions.c.name == name)
        return dict(connection.execute(query).mappings().one())
