"""The phone on the desk tells what became of messages, as the provider does and as its library checks it."""

import asyncio
import contextlib
import threading
from random import Random

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from notifier_parts import SENDER, TOKEN, running_phone, twilio_sender, wait_until
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from twilio.request_validator import RequestValidator

from models.errors import ConfigurationError, OwnerOptedOut
from notifier.numbers import parse_phone
from notifier.phone.faults import PhoneFaults, parse_faults
from notifier.phone.reports import Fate, fates, told
from notifier.phone.server import phone_server
from notifier.phone.store import Message, PhoneStore
from notifier.senders.callbacks import delivery_of
from notifier.senders.provider import TwilioSender

PHONE = parse_phone("13800000001", "CN")[0]
SERVICE = "MG" + "1" * 32


class Receiver:
    """Whoever the provider calls: keeps what came, and whether the library believes it."""

    def __init__(self) -> None:
        self.url = ""
        self.came: list[dict[str, str]] = []
        self.believed: list[bool] = []

    async def take(self, request: Request) -> Response:
        async with request.form() as form:
            said = {name: str(value) for name, value in form.items()}
        signature = request.headers.get("x-twilio-signature", "")
        self.believed.append(RequestValidator(TOKEN).validate(str(request.url), said, signature))
        self.came.append(said | {"path": request.url.path, "query": request.url.query})
        return Response(status_code=204)

    def states(self) -> list[str]:
        return [said["MessageStatus"] for said in self.came]


@contextlib.contextmanager
def receiving():
    receiver = Receiver()
    server = phone_server(Starlette(routes=[Route("/{rest:path}", receiver.take, methods=["POST"])]))
    server.config.port = 0
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    wait_until(lambda: server.started, 10, "the receiver does not start")
    receiver.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    try:
        yield receiver
    finally:
        server.should_exit = True
        thread.join(10)


@pytest.fixture
def receiver():
    with receiving() as found:
        yield found


@contextlib.contextmanager
def sending(path, receiver, faults=None, sender=SENDER):
    hurried = faults or PhoneFaults(report_s=0.0)
    with running_phone(path / "phone.db", hurried, inbound_url=f"{receiver.url}/inbound") as running:
        made = TwilioSender(running.sms(sender=sender), receiver.url)
        try:
            yield running, made
        finally:
            made.close()


@pytest.mark.parametrize(
    ("sender", "expected"),
    [
        pytest.param(SENDER, ["sent", "delivered"], id="a number"),
        pytest.param(SERVICE, ["queued", "sent", "delivered"], id="a messaging service"),
    ],
)
def test_each_step_but_the_first_is_reported_and_signed(tmp_path, receiver, sender, expected):
    with sending(tmp_path, receiver, sender=sender) as (_, made):
        name = made.send(PHONE, "移车", "n-1")
        wait_until(lambda: len(receiver.came) == len(expected), 5, "no reports")
    assert receiver.states() == expected
    assert receiver.believed == [True] * len(expected)
    assert {said["MessageSid"] for said in receiver.came} == {name}
    assert {said["query"] for said in receiver.came} == {"notice=n-1"}


def test_a_report_with_another_token_or_a_changed_word_is_not_believed(tmp_path, receiver):
    with sending(tmp_path, receiver) as (_, made):
        made.send(PHONE, "text", "n-1")
        wait_until(lambda: len(receiver.came) == 2, 5, "no reports")
    said = {name: value for name, value in receiver.came[0].items() if name not in {"path", "query"}}
    from notifier.phone.reports import signature  # noqa: PLC0415 - only here

    url = f"{receiver.url}/x"
    assert RequestValidator(TOKEN).validate(url, said, signature(TOKEN, url, said))
    assert not RequestValidator("other").validate(url, said, signature(TOKEN, url, said))
    changed = said | {"MessageStatus": "delivered!"}
    assert not RequestValidator(TOKEN).validate(url, changed, signature(TOKEN, url, said))


def test_a_message_that_comes_back_says_why(tmp_path, receiver):
    moods = PhoneFaults(undelivered=1.0, report_s=0.0)
    with sending(tmp_path, receiver, moods) as (running, made):
        name = made.send(PHONE, "text", "n-1")
        wait_until(lambda: len(receiver.came) == 2, 5, "no reports")
        kept = running.store.get(name)
    assert receiver.states() == ["sent", "undelivered"]
    assert receiver.came[1]["ErrorCode"] == str(kept.code)


def test_reports_repeat_and_are_shuffled_when_told_to(tmp_path, receiver):
    moods = PhoneFaults(report_repeated=1.0, report_disordered=1.0, report_s=0.0)
    with sending(tmp_path, receiver, moods) as (_, made):
        for number in range(10):
            made.send(PHONE, f"text {number}", f"n-{number}")
        wait_until(lambda: len(receiver.came) == 40, 10, "not all reports")
    assert sorted(receiver.states()) == ["delivered"] * 20 + ["sent"] * 20
    late = 0
    for number in range(10):
        states = [s["MessageStatus"] for s in receiver.came if s["query"] == f"notice=n-{number}"]
        late += states.index("delivered") < len(states) - 1 - states[::-1].index("sent")
    assert late, "no `sent` came after its `delivered`"


def test_nobody_is_told_of_a_message_that_named_no_address(tmp_path, receiver):
    with running_phone(tmp_path / "phone.db") as running, twilio_sender(running.sms()) as made:
        name = made.send(PHONE, "text", "n-1")
        wait_until(lambda: running.store.get(name).status == "delivered", 5, "it took no course")
    assert receiver.came == []


def test_whoever_answers_stop_gets_no_more_until_start(tmp_path, receiver):
    with sending(tmp_path, receiver) as (running, made), httpx.Client(base_url=running.base_url) as client:
        name = made.send(PHONE, "text", "n-1")

        def answer(text):
            return client.post("/phone/answer", json={"sid": name, "text": text}).json()["did"]

        assert answer("  stop ") == "STOP"
        with pytest.raises(OwnerOptedOut) as caught:
            made.send(PHONE, "another", "n-2")
        assert caught.value.code == "21610"
        assert answer("why me?") == ""
        assert answer("START") == "START"
        assert made.send(PHONE, "another", "n-2")
        answers = client.get("/phone").json()["messages"][1]["answers"]
        wait_until(lambda: sum(s["path"] == "/inbound" for s in receiver.came) == 3, 5, "no answers came")
    assert answers == ["  stop ", "why me?", "START"]
    inbound = [said for said in receiver.came if said["path"] == "/inbound"]
    assert {said["From"] for said in inbound} == {"+8613800000001"}
    assert sorted(said["Body"] for said in inbound) == ["  stop ", "START", "why me?"]
    assert all(receiver.believed)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422),
        (b'{"sid": 1, "text": "STOP"}', 422),
        (b'{"sid": "SM1"}', 422),
        (b'{"sid": "SM1", "text": ""}', 422),
        (b'{"sid": "SM1", "text": "STOP", "to": "+86"}', 422),
        (b'{"sid": "SM1", "text": "STOP"}', 404),
    ],
)
def test_an_answer_to_nothing_does_nothing(tmp_path, body, status):
    with running_phone(tmp_path / "phone.db") as running:
        assert httpx.post(f"{running.base_url}/phone/answer", content=body).status_code == status


def test_a_file_of_an_earlier_version_goes_on(tmp_path):
    import sqlite3  # noqa: PLC0415 - only here

    old = sqlite3.connect(tmp_path / "phone.db")
    old.executescript(
        "CREATE TABLE messages (number INTEGER PRIMARY KEY AUTOINCREMENT, sid TEXT NOT NULL UNIQUE,"
        " recipient TEXT NOT NULL, sender TEXT NOT NULL, service TEXT NOT NULL, body TEXT NOT NULL,"
        " at TEXT NOT NULL);"
        "INSERT INTO messages VALUES (1, 'SM1', '+8613800000001', '+1', '', 'x', '2026-01-01T00:00:00+00:00')"
    )
    old.close()
    with contextlib.closing(PhoneStore(tmp_path / "phone.db")) as store:
        assert store.get("SM1").status == "queued"


def a_message(service=""):
    from datetime import UTC, datetime  # noqa: PLC0415 - only here

    return Message(sid="SM1", recipient="+86", sender="+1", service=service, body="x", at=datetime.now(UTC))


CHANCE = st.floats(0, 1)


@given(st.integers(), CHANCE, CHANCE, st.booleans())
def test_whatever_happens_ends_in_one_way_and_every_word_is_known(seed, undelivered, failed, service):
    moods = PhoneFaults(undelivered=undelivered, failed=failed)
    happened = fates(a_message("MG1" if service else ""), moods, Random(seed))
    assert sum(delivery_of(fate.status).is_final for fate in happened) == 1
    assert delivery_of(happened[-1].status).is_final
    assert (happened[-1].code is None) == (happened[-1].status == "delivered")


@given(st.integers(), CHANCE, CHANCE, CHANCE)
def test_only_what_happened_is_told(seed, lost, repeated, disordered):
    moods = PhoneFaults(report_lost=lost, report_repeated=repeated, report_disordered=disordered)
    happened = (Fate("sent"), Fate("delivered"))
    assert set(told(happened, moods, Random(seed))) <= set(happened)


def test_a_seed_repeats_a_run():
    moods = PhoneFaults(error=0.3, drop=0.3)
    assert [moods.pick(Random(7)) for _ in range(3)] == [moods.pick(Random(7)) for _ in range(3)]


def test_faults_are_read_as_they_are_typed():
    assert parse_faults(["error=0.25", "hang_s=12"]) == PhoneFaults(error=0.25, hang_s=12)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["eror=0.1"], "error"),
        (["error"], "no chance"),
        (["error=2"], "from 0 to 1"),
        (["error=nan"], "no chance"),
        (["slow_s=-1"], "number of seconds"),
        (["error=0.6", "drop=0.6"], "more than 1"),
    ],
)
def test_a_fault_that_does_not_exist_is_refused_with_the_nearest(words, said):
    with pytest.raises(ConfigurationError, match=said):
        parse_faults(words)


def test_the_server_ends_with_reports_under_way(tmp_path):
    moods = PhoneFaults(report_s=30.0)
    with running_phone(tmp_path / "phone.db", moods) as running:
        made = TwilioSender(running.sms(), "http://127.0.0.1:9")
        made.send(PHONE, "text", "n-1")
        made.close()
    assert not [task for task in _tasks() if not task.done()]


def _tasks():
    try:
        return asyncio.all_tasks()
    except RuntimeError:
        return []
