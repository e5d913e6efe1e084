"""The phone on the desk has the provider's shape: what we send it and what it answers, field by field."""

import json
from pathlib import Path

import httpx
import jsonschema_rs
import pytest
from notifier_parts import ACCOUNT, SENDER, TOKEN, running_phone, wait_until
from twilio.rest.api.v2010.account.message import MessageInstance

from notifier.numbers import parse_phone
from notifier.phone.faults import PhoneFaults
from notifier.senders.provider import TwilioSender

SHAPES = json.loads((Path(__file__).parent / "provider_messages.json").read_text("utf-8"))
PHONE = parse_phone("13800000001", "CN")[0]
MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
SERVICE = "MG" + "1" * 32
FORM = {"To": "+8613800000001", "From": SENDER, "Body": "移车"}


def fits(name: str, value: object) -> None:
    shape = SHAPES[name] | {"$defs": {part: SHAPES[part] for part in ("message", "moment")}}
    jsonschema_rs.validator_for(shape).validate(value)


@pytest.fixture
def client(tmp_path):
    with (
        running_phone(tmp_path / "phone.db", PhoneFaults(report_s=0.0)) as running,
        httpx.Client(base_url=running.base_url, auth=(ACCOUNT, TOKEN), trust_env=False) as made,
    ):
        yield made


@pytest.mark.parametrize("sender", [{"From": SENDER}, {"MessagingServiceSid": SERVICE}])
def test_a_message_has_the_providers_shape_from_its_creation_on(client, sender):
    form = {"To": FORM["To"], "Body": FORM["Body"]} | sender
    fits("create", form)
    created = client.post(MESSAGES, data=form)
    assert created.status_code == 201
    fits("message", created.json())
    assert created.json()["status"] == ("queued" if "From" in sender else "accepted")
    assert created.json()["date_sent"] is None
    where = created.json()["uri"]
    wait_until(lambda: client.get(where).json()["status"] == "delivered", 5, "it took no course")
    fits("message", client.get(where).json())
    assert client.get(where).json()["date_sent"] is not None


def test_a_message_that_failed_has_the_providers_shape(tmp_path):
    moods = PhoneFaults(undelivered=1.0, report_s=0.0)
    with (
        running_phone(tmp_path / "phone.db", moods) as running,
        httpx.Client(base_url=running.base_url, auth=(ACCOUNT, TOKEN), trust_env=False) as client,
    ):
        where = client.post(MESSAGES, data=FORM).json()["uri"]
        wait_until(lambda: client.get(where).json()["status"] == "undelivered", 5, "it took no course")
        fits("message", client.get(where).json())
        assert client.get(where).json()["error_code"] is not None


def test_lists_have_the_providers_shape_page_by_page(client):
    for number in range(5):
        client.post(MESSAGES, data=FORM | {"Body": f"text {number}"})
    query = {"To": FORM["To"], "PageSize": "2"}
    fits("list", query)
    where, seen = f"{MESSAGES}?{httpx.QueryParams(query)}", []
    while where:
        page = client.get(where).json()
        fits("page", page)
        seen += [message["body"] for message in page["messages"]]
        where = page["next_page_uri"]
    assert seen == [f"text {number}" for number in (4, 3, 2, 1, 0)]


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"To": ""}, 400, 21604),
        ({"To": "nobody"}, 400, 21211),
        ({"To": "13800000001"}, 400, 21211),
        ({"Body": " "}, 400, 21602),
        ({"Body": "x" * 1601}, 400, 21617),
        ({"ValidityPeriod": "0"}, 400, 21624),
        ({"ValidityPeriod": "36001"}, 400, 21624),
        ({"ValidityPeriod": "soon"}, 400, 21624),
        ({"StatusCallback": "ftp://x"}, 400, 21609),
    ],
)
def test_errors_have_the_providers_shape_and_codes(client, changes, status, code):
    answer = client.post(MESSAGES, data=FORM | changes)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    fits("error", answer.json())


def test_other_refusals_have_the_shape_too(client):
    without = client.post(MESSAGES, data={"To": FORM["To"], "Body": "x"})
    nobody = client.post(MESSAGES, data=FORM, auth=("AC", "x"))
    missing = client.get(MESSAGES.replace(".json", f"/SM{'0' * 32}.json"))
    odd = client.get(MESSAGES, params={"PageSize": "many"})
    found = [(one.status_code, one.json()["code"]) for one in (without, nobody, missing, odd)]
    assert found == [(400, 21603), (401, 20003), (404, 20404), (400, 20001)]
    for answer in (without, nobody, missing, odd):
        fits("error", answer.json())


@pytest.mark.parametrize("sender", [SENDER, SERVICE])
def test_what_we_send_is_what_the_provider_takes(tmp_path, sender):
    sent: list[dict[str, object]] = []
    with running_phone(tmp_path / "phone.db") as running:
        made = TwilioSender(running.sms(sender=sender), "https://way.example")
        before = made._http.request

        def noting(method, url, *args, **kwargs):
            sent.append({"method": method, "data": kwargs.get("data"), "params": kwargs.get("params")})
            return before(method, url, *args, **kwargs)

        made._http.request = noting
        made.send(PHONE, "移车", "n-1")
        made.find(PHONE, "移车", "n-1", since=_long_ago(), known=frozenset())
        made.close()
    fits("create", {name: str(value) for name, value in sent[0]["data"].items()})
    fits("list", {name: str(value) for name, value in sent[1]["params"].items()})


def _long_ago():
    from datetime import UTC, datetime  # noqa: PLC0415 - only here

    return datetime(2026, 1, 1, tzinfo=UTC)


def test_the_providers_library_knows_the_same_words():
    words = {value for name, value in vars(MessageInstance.Status).items() if name.isupper()}
    assert words == set(SHAPES["message"]["properties"]["status"]["enum"])


def test_the_shape_refuses_what_the_provider_would_not_say():
    with pytest.raises(jsonschema_rs.ValidationError):
        fits("error", {"code": "20003", "message": "", "more_info": "", "status": 401})
