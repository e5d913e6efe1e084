"""The role that tells case systems, and the commands about it."""

import asyncio
import contextlib
import csv
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from connect_parts import (
    ENVIRONMENT,
    LOOPBACK,
    SECRET,
    SECRET_NAME,
    Says,
    delivery_rows,
    eventually,
    happen,
    new_ledger,
    receiving,
    states,
    subscription,
    webhook,
)
from log_servers import kafka
from prometheus_client import REGISTRY

from cases.webhooks.book import DeliveryBook
from cases.webhooks.records import Kind
from cases.webhooks.rules import Health
from cases.webhooks.signature import HEADER, verify
from clearway.cli import run
from clearway.connect import Connector
from clearway.connect_settings import ConnectSettings
from clearway.settings import load
from models.errors import ConfigurationError

HOOK = f"""
[connect]
allow_networks = ["{LOOPBACK}"]
[[connect.webhook]]
name = "dispatch"
url = "http://127.0.0.1:1/hook"
secrets = ["{SECRET_NAME}"]
plain_http = true
start = "beginning"
"""


def chosen(*webhooks, **changes):
    fields = {"allow_networks": [LOOPBACK], "poll_interval_s": 0.01, "webhook": webhooks}
    return ConnectSettings.model_validate(fields | changes)


@contextlib.asynccontextmanager
async def connecting(database, settings):
    connector = Connector(database, settings, ENVIRONMENT)
    stop = asyncio.Event()
    running = asyncio.create_task(connector.run(stop))
    try:
        yield connector
    finally:
        stop.set()
        await running


@pytest.fixture
def database(tmp_path):
    with new_ledger(tmp_path / "data" / "ledger.db") as database:
        yield database


@pytest.fixture
def site(tmp_path, database, monkeypatch):  # noqa: ARG001 - its ledger has to be there
    """A settings file beside a ledger; called with what else stands in it."""
    monkeypatch.setenv(SECRET_NAME, SECRET)
    path = tmp_path / "settings.toml"

    def write(text=HOOK):
        path.write_text(f'data_dir = "data"\n{text}', encoding="utf-8")
        return str(path)

    return write


def output(capsys, *arguments):
    with pytest.raises(SystemExit) as ended:
        run(list(arguments))
    return ended.value.code or 0, capsys.readouterr().out


async def test_webhooks_and_the_topic_run_from_one_outbox(database):
    happen(database, ("case-1", 1), ("case-1", 2))
    with receiving() as receiver, kafka() as server:
        topic = {
            "brokers": [server.url.removeprefix("kafka://")],
            "topic": "one-outbox",
            "start": "beginning",
        }
        async with connecting(database, chosen(webhook(receiver.url), kafka=topic)) as connector:
            await eventually(lambda: states(database) == ["delivered"] * 2, 30)
            await eventually(lambda: subscription(database, "topic:one-outbox")["position"] == 2, 30)
            status = connector.status()
    assert status["state"] == "relaying"
    assert status["webhooks"]["dispatch"]["state"] == "sending"
    assert status["topic"]["state"] == "sending"
    json.dumps(status)


async def test_of_two_relays_one_stands_by_and_takes_over(database):
    with receiving() as receiver:
        settings = chosen(webhook(receiver.url))
        async with connecting(database, settings) as first:
            await eventually(lambda: first.status()["state"] == "relaying")
            async with connecting(database, settings) as second:
                await eventually(lambda: second.status()["state"] == "standing by")
                happen(database, ("case-1", 1))
                await eventually(lambda: states(database) == ["delivered"])
        async with connecting(database, settings) as second:
            happen(database, ("case-1", 2))
            await eventually(lambda: states(database) == ["delivered"] * 2)
    assert receiver.rows() == [1, 2]


async def test_what_waits_is_counted_for_a_topic_without_webhooks_too(database):
    topic = {"brokers": ["127.0.0.1:1"], "topic": "nobody", "start": "beginning"}
    happen(database, ("case-1", 1), ("case-1", 2))
    labels = {"subscription": "topic:nobody"}
    async with connecting(database, chosen(kafka=topic)):
        await eventually(lambda: REGISTRY.get_sample_value("clearway_connect_waiting", labels) == 2)


def test_a_relay_with_nobody_to_tell_is_refused(database):
    with pytest.raises(ConfigurationError, match="nobody is to be told"):
        Connector(database, ConnectSettings())


def test_a_relay_without_its_secrets_does_not_start(database):
    with pytest.raises(ConfigurationError, match=f"{SECRET_NAME}: is not set"):
        Connector(database, chosen(webhook("https://a.example")), {})


def test_settings_are_read_from_the_file_and_its_secrets_from_the_environment(site, monkeypatch, tmp_path):
    monkeypatch.setenv("CLEARWAY_CONNECT__KAFKA__PASSWORD", "s3cret")
    text = HOOK + '[connect.kafka]\nbrokers = ["k:9092"]\nusername = "box"\nca_file = "ca.pem"\n'
    found = load(Path(site(text))).connect
    assert found.webhook[0].name == "dispatch"
    assert found.kafka.password.get_secret_value() == "s3cret"
    assert found.kafka.ca_file == tmp_path / "ca.pem"
    assert found.wanted


def test_a_fault_in_a_webhook_is_named_with_its_line(site, capsys):
    code = output(capsys, "webhooks", "list", "-s", site(HOOK.replace("http://127.0.0.1:1/hook", "nowhere")))[
        0
    ]
    assert code == 78
    code, _ = output(capsys, "check", site(HOOK + 'events = ["opend"]\n'))
    assert code == 78


def test_a_kafka_password_in_the_file_is_refused(site, capsys):
    text = '[connect.kafka]\nbrokers = ["k:9092"]\nusername = "box"\npassword = "s3cret"\n'
    with pytest.raises(ConfigurationError, match="CLEARWAY_CONNECT__KAFKA__PASSWORD"):
        load(Path(site(text)))
    capsys.readouterr()


def test_list_shows_how_every_subscription_is_doing(site, database, capsys):
    happen(database, ("case-1", 1), ("case-1", 2))
    book = DeliveryBook(database)
    book.attach("dispatch", Kind.WEBHOOK, 0)
    book.note_health("dispatch", Health(failures=4, why="500: oh"))
    book.attach("old", Kind.WEBHOOK, 2)
    code, text = output(capsys, "webhooks", "list", "--json", "-s", site())
    found = {row["name"]: row for row in map(json.loads, text.splitlines())}
    assert code == 0
    assert (found["dispatch"]["behind"], found["dispatch"]["failures"]) == (2, 4)
    assert (found["dispatch"]["configured"], found["old"]["configured"]) == (True, False)
    _, text = output(capsys, "webhooks", "list", "-s", site())
    assert "failed 4" in text
    assert "not in" in text


def test_dead_events_are_shown_and_replayed(site, database, capsys):
    happen(database, ("case-1", 1), ("case-2", 2))
    with receiving(lambda _: Says(400, body=b"no such [/street]")) as receiver:

        async def go():
            async with connecting(database, chosen(webhook(receiver.url))):
                await eventually(lambda: states(database) == ["dead"] * 2)

        asyncio.run(go())
    path = site()
    capsys.readouterr()
    _, text = output(capsys, "webhooks", "dead", "--json", "-s", path)
    shown = [json.loads(line) for line in text.splitlines()]
    assert [row["why"] for row in shown] == ["400: no such [/street]"] * 2
    assert all(row["event_id"] and row["type"] == "clearway.case.grew.v1" for row in shown)
    code, text = output(capsys, "webhooks", "dead", "-s", path)
    assert (code, text.count("[/street]")) == (0, 2)
    assert output(capsys, "webhooks", "replay", "dispatch", "-s", path)[0] == 78
    assert output(capsys, "webhooks", "replay", "topic:x", "--all", "-s", path)[0] == 78
    assert output(capsys, "webhooks", "replay", "nobody", "--all", "-s", path)[0] == 78
    assert output(capsys, "webhooks", "replay", "dispatch", "--row", "1", "-s", path) == (
        0, "1 event(s) wait for dispatch again.\n",
    )  # fmt: skip
    assert output(capsys, "webhooks", "replay", "dispatch", "--row", "1", "-s", path)[0] == 1
    assert output(capsys, "webhooks", "replay", "dispatch", "--all", "-s", path)[0] == 0
    assert states(database) == ["waiting"] * 2
    assert {row["attempts"] for row in delivery_rows(database)} == {0}


def test_a_test_event_is_signed_and_wakes_a_paused_receiver(site, database, capsys):
    book = DeliveryBook(database)
    book.attach("dispatch", Kind.WEBHOOK, 0)
    with receiving() as receiver:
        path = site(HOOK.replace("http://127.0.0.1:1/hook", receiver.url))
        code, text = output(capsys, "webhooks", "test", "dispatch", "-s", path)
        assert (code, text) == (0, "dispatch: taken, 204\n")
        (request,) = receiver.requests
        assert request.event["type"] == "clearway.webhook.test.v1"
        at = int(request.headers[HEADER.lower()].split(",")[0].removeprefix("t="))
        assert verify([SECRET], request.headers[HEADER.lower()], request.body, at)
        book.note_health("dispatch", Health(failures=9, paused_at=datetime.now(UTC)))
        assert "goes on" in output(capsys, "webhooks", "test", "dispatch", "-s", path)[1]
    assert book.health("dispatch") == Health()


def test_a_test_that_fails_says_why(site, capsys):
    code, text = output(capsys, "webhooks", "test", "dispatch", "--json", "-s", site())
    assert code == 1
    assert json.loads(text)["taken"] is False
    assert output(capsys, "webhooks", "test", "nobody", "-s", site())[0] == 78


def test_cases_export_writes_a_file_and_never_over_one(site, tmp_path, capsys):
    out = str(tmp_path / "cases.csv")
    assert output(capsys, "cases", "export", "-o", out, "-s", site()) == (0, f"0 case(s) in {out}.\n")
    with Path(out).open(encoding="utf-8", newline="") as file:
        assert next(csv.reader(file))[:2] == ["number", "id"]
    assert output(capsys, "cases", "export", "-o", out, "-s", site())[0] == 78
    assert output(capsys, "cases", "export", "-o", out, "--force", "--excel", "-s", site())[0] == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ["--format", "xlsx"],
        ["--from", "yesterday"],
        ["--from", "2026-11-22", "--to", "2026-11-01"],
        ["--to", "2026-13-01"],
        ["--with-plates"],
        ["--with-plates", "--why", "  "],
    ],
)
def test_an_export_that_makes_no_sense_is_refused_and_writes_nothing(site, tmp_path, capsys, arguments):
    assert output(capsys, "cases", "export", "-o", str(tmp_path / "out"), *arguments, "-s", site())[0] == 78
    assert not (tmp_path / "out").exists()
