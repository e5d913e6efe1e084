"""A console's office on a small ledger, and ways to ask its APIs."""

from pathlib import Path

import httpx
from factories import arrival, by_proof
from fastapi import FastAPI
from parts_ledger import ledger_at

from cases.clients import Client, Scope
from cases.clients.book import ClientBook
from cases.database import Database
from cases.evidence.blobs import FileBlobStore
from cases.live import LiveBoard
from cases.record import SignalKind
from cases.scenes import builtin_scenes
from clearway.office_wiring import office as wired
from console import open311_routes, rest
from console.desk import Desk
from console.guard import Guard
from console.office import Office
from console.rest_doorman import Doorman
from console.settings import ConsoleSettings

GATE = (29.8683, 121.5440)


def fresh_ledger(root: Path) -> Database:
    """A ledger of this version below a folder."""
    return ledger_at(root / "ledger.db")


def make_office(root: Path) -> Office:
    """An office on a fresh ledger below a folder."""
    fresh_ledger(root).close()
    return reopened_office(root)


def reopened_office(root: Path, **settings) -> Office:
    """An office on the ledger that is there."""
    database = ledger_at(root / "ledger.db")
    desk = Desk(
        database, LiveBoard(root / "live"), FileBlobStore(root / "blobs"), ConsoleSettings(**settings)
    )
    return wired(desk, database, by_proof(), builtin_scenes().values(), "en")


def make_app(office: Office, doorman: Doorman | None = None):
    """Both APIs as the console mounts them, without the page."""
    app = FastAPI(openapi_url=None)
    doorman = doorman or Doorman(office.clients)
    app.mount(rest.PREFIX, rest.gated(office, doorman))
    app.mount(open311_routes.PREFIX, open311_routes.gated(office, doorman))
    return Guard(app, ["city.example", "testserver"])


def asking(app, token: str = "", peer: str = "127.0.0.1", **more) -> httpx.AsyncClient:
    """A client of an app."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    transport = httpx.ASGITransport(app, client=(peer, 50000), **more)
    return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080", headers=headers)


def let_in(book: ClientBook, name: str, *scopes: Scope, at, **more) -> str:
    """Add a client; its token."""
    wished = Client(id="", name=name, scopes=frozenset(scopes), **more)
    return book.add(wished, at, actor="tests")[1]


def seen(office: Office, at, **changes) -> str:
    """A case that a camera opened; its id."""
    fields = {
        "position_latlon": GATE,
        "place": "Harbour Road 12",
        "at": at,
        "recorded_at": at,
        "began_at": at,
    }
    (applied,) = office.ledger.apply([arrival(SignalKind.OBSERVED, **(fields | changes))], at)
    return applied.case_id
