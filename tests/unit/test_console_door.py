"""The door by itself: sockets that end with their session, clicks that count, faults that tell nothing."""

from dataclasses import replace
from datetime import UTC, datetime

import httpx
import pytest
from starlette.responses import PlainTextResponse
from structlog.testing import capture_logs

from cases.people import Person
from cases.people.roles import Role
from cases.people.sessions import Session
from console.door import Door
from console.visits import AT_HAND, AtHand, Visit
from models.errors import TransportDown

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
SOCKET = "/_nicegui_ws/socket.io/"
OWN = [(b"host", b"127.0.0.1"), (b"origin", b"http://127.0.0.1")]
PERSON = Person(id="p", name="ann", display="Ann", role=Role.OPERATOR, created_at=NOW)


def visit(**changes) -> Visit:
    person = replace(PERSON, **changes)
    session = Session(digest="d", person=person, began_at=NOW, seen_at=NOW)
    return Visit(who=person.as_client(), display="Ann", role=person.role, session=session, form="f")


class Scripted:
    """Knows one visitor, for as long as a test says."""

    asks = True
    page = "/sign-in"
    refusal = "Sign in first."

    def __init__(self, known: Visit | None) -> None:
        self.known = known
        self.lasts = True
        self.notes = 0

    async def of(self, _scope, _headers):
        return self.known

    async def still(self, _visit, *, surely=False):
        return self.lasts or surely

    async def note(self, _visit):
        self.notes += 1


async def plain(scope, receive, send):
    await PlainTextResponse(f"behind {scope['path']}")(scope, receive, send)


def asking(visits, app=plain, **more) -> httpx.AsyncClient:
    door = Door(app, visits, public=("/sign-in",), gated=("/api/v1",), **more)
    return httpx.AsyncClient(transport=httpx.ASGITransport(door), base_url="http://127.0.0.1")


class Line:
    """A web socket as a server has it: what comes in, and what went out."""

    def __init__(self, visits, *incoming: str) -> None:
        self.visits = visits
        self.incoming = [{"type": "websocket.receive", "text": text} for text in incoming]
        self.sent = []

    async def receive(self):
        return self.incoming.pop(0)

    async def send(self, message):
        self.sent.append(message)

    async def talk(self, app, headers=OWN):
        scope = {"type": "websocket", "path": SOCKET, "headers": headers, "query_string": b""}
        await Door(app, self.visits)(scope, self.receive, self.send)


async def test_a_socket_ends_with_its_session_and_carries_nothing_more():
    visits = Scripted(visit())

    async def app(_scope, _receive, send):
        await send({"type": "websocket.send", "text": "a plate"})
        visits.lasts = False
        for _ in range(3):
            await send({"type": "websocket.send", "text": "another plate"})

    line = Line(visits)
    await line.talk(app)
    assert line.sent == [
        {"type": "websocket.send", "text": "a plate"},
        {"type": "websocket.close", "code": 1008},
    ]


async def test_what_comes_over_a_socket_after_its_session_is_not_heard():
    visits, heard = Scripted(visit()), []

    async def app(_scope, receive, _send):
        heard.append(await receive())
        visits.lasts = False
        heard.append(await receive())

    line = Line(visits, '42["event",{}]', '42["event",{"press": "grant"}]')
    await line.talk(app)
    assert [message["type"] for message in heard] == ["websocket.receive", "websocket.disconnect"]
    assert line.sent == [{"type": "websocket.close", "code": 1008}]


@pytest.mark.parametrize(
    ("text", "counts"),
    [('42["event",{}]', 1), ("3", 0), ('42["ack",{}]', 0), ('42["log",{"message": "[\\"event\\""}]', 0)],
    ids=["a click", "an answer to a ping", "an acknowledgement", "what a page logs"],
)
async def test_only_clicks_keep_somebody_signed_in(text, counts):
    visits = Scripted(visit())

    async def app(_scope, receive, _send):
        await receive()

    await Line(visits, text).talk(app)
    assert visits.notes == counts


async def test_a_socket_without_a_session_or_of_another_page_is_never_opened():
    async def app(*_):
        pytest.fail("nobody came in")

    for visits, headers in ((Scripted(None), OWN), (Scripted(visit()), OWN[:1])):
        line = Line(visits, "x")
        await line.talk(app, headers)
        assert line.sent == [{"type": "websocket.close", "code": 1008}]


@pytest.mark.parametrize(("path", "notes"), [("/", 1), ("/live/a/b/c.jpg", 0), ("/signed-in", 0)])
async def test_what_a_page_fetches_by_itself_is_not_something_done(path, notes):
    visits = Scripted(visit())
    async with asking(visits) as client:
        assert (await client.get(path)).status_code == 200
    assert visits.notes == notes


async def test_who_must_change_a_password_gets_nothing_else():
    async with asking(Scripted(visit(must_change=True))) as client:
        for path in ("/", "/api/cases", "/api/v1/cases", "/evidence/x.jpg"):
            assert (await client.get(path)).status_code == 403
        gone = await client.get("/", headers={"sec-fetch-mode": "navigate"})
        assert (gone.status_code, gone.headers["location"]) == (303, "/password")
        assert (await client.get("/password")).status_code == 200


async def test_whoever_may_not_be_known_for_the_ledger_is_away_is_not_let_in():
    class Away(Scripted):
        async def of(self, _scope, _headers):
            raise TransportDown("the ledger is away")

    async with asking(Away(None)) as client:
        assert (await client.get("/")).status_code == 503


async def test_the_gate_gets_requests_without_a_session_and_judges_them_itself():
    async with asking(Scripted(None)) as client:
        assert (await client.get("/api/v1/cases")).text == "behind /api/v1/cases"
        assert (await client.get("/api/v1")).status_code == 401
        assert (await client.get("/api/v10/cases")).status_code == 401


async def test_what_is_private_is_kept_nowhere_and_what_is_everybodys_may_be():
    async with asking(Scripted(visit())) as client:
        assert (await client.get("/")).headers["cache-control"] == "no-store"
        assert "cache-control" not in (await client.get("/_nicegui/1/static/x.js")).headers


async def test_where_nobody_is_asked_everything_is_as_it_was():
    async def app(scope, receive, send):
        assert scope["state"]["visit"] is AT_HAND
        await plain(scope, receive, send)

    async with asking(AtHand(), app) as client:
        answer = await client.post("/api/v1/cases", headers={"origin": "https://elsewhere.example"})
    assert (answer.status_code, answer.headers.get("cache-control")) == (200, None)


async def test_a_fault_of_ours_is_logged_without_what_was_typed():
    async def app(_scope, _receive, _send):
        typed = "correct horse battery"
        raise RuntimeError(len(typed))

    with capture_logs() as logs:
        async with asking(Scripted(visit()), app) as client:
            assert (await client.get("/")).status_code == 500
    (line,) = [one for one in logs if one["event"] == "console.failed"]
    assert "RuntimeError" in line["trace"]
    assert "exc_info" not in line
