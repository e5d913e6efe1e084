"""What the sender that speaks to Twilio makes of its moods, and what it tells about them."""

import inspect
import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
import requests.exceptions
import twilio.base.exceptions
from notifier_parts import ACCOUNT, SENDER, TOKEN, running_phone, sms_settings, twilio_sender

from models.errors import (
    ConfigurationError,
    DeliveryDelayed,
    DeliveryRefused,
    OutcomeUnknown,
    OwnerOptedOut,
    ProviderClosed,
)
from notifier.numbers import Phone, parse_phone
from notifier.phone.faults import PhoneFaults
from notifier.senders.callbacks import STATUS_PATH
from notifier.senders.http_faults import HTTP_FAILURES
from notifier.senders.provider import TwilioSender
from notifier.senders.provider_codes import CLOSED, LATER, OPTED_OUT, REFUSED, meaning
from notifier.senders.provider_faults import translate, verdict
from notifier.settings import SmsSettings

NOBODY_ELSES: frozenset[str] = frozenset()


def phone(text: str = "13800000001") -> Phone:
    return parse_phone(text, "CN")[0]


def just_now() -> datetime:
    return datetime.now(UTC) - timedelta(seconds=1)


def test_a_message_is_found_behind_hundreds_of_others_to_the_same_contact(tmp_path):
    with running_phone(tmp_path / "phone.db") as running, twilio_sender(running.sms()) as sender:
        since = just_now()
        name = sender.send(phone(), "the one", "n-1")
        for number in range(450):
            running.store.add("+8613800000001", SENDER, "", f"another {number}")
        assert sender.find(phone(), "the one", "n-1", since=since, known=NOBODY_ELSES) == name


def test_a_sentence_that_a_trial_account_puts_in_front_hides_no_message(tmp_path):
    with running_phone(tmp_path / "phone.db") as running, twilio_sender(running.sms()) as sender:
        added = running.store.add("+8613800000001", SENDER, "", "Sent from your trial account - the text")
        assert sender.find(phone(), "the text", "n-1", since=just_now(), known=NOBODY_ELSES) == added.sid


def test_a_messaging_service_sends_without_a_number_of_ours(tmp_path):
    with running_phone(tmp_path / "phone.db") as running:
        with twilio_sender(running.sms(sender="MG" + "1" * 32)) as sender:
            sender.send(phone(), "text", "n-1")
        (message,) = running.store.recent()
    assert (message.service, message.sender) == ("MG" + "1" * 32, "")


def test_somebodys_shell_cannot_move_our_requests_to_another_host(tmp_path, monkeypatch):
    monkeypatch.setenv("TWILIO_REGION", "au1")
    monkeypatch.setenv("TWILIO_EDGE", "sydney")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with running_phone(tmp_path / "phone.db") as running, twilio_sender(running.sms()) as sender:
        assert sender.send(phone(), "text", "n-1")


FAULTS = [
    ("error", OutcomeUnknown, False),
    ("error_after_accept", OutcomeUnknown, True),
    ("drop", OutcomeUnknown, False),
    ("drop_after_accept", OutcomeUnknown, True),
    ("timeout_after_accept", OutcomeUnknown, True),
    ("too_many", DeliveryDelayed, False),
]


@pytest.mark.parametrize(("fault", "expected", "taken"), FAULTS)
def test_a_mood_of_the_provider_leads_to_the_right_doubt_and_asking_settles_it(
    tmp_path, fault, expected, taken
):
    moods = PhoneFaults(**{fault: 1.0}, hang_s=0.6)
    with (
        running_phone(tmp_path / "phone.db", moods) as running,
        twilio_sender(running.sms(timeout_s=0.3)) as sender,
    ):
        since = just_now()
        with pytest.raises(DeliveryDelayed) as caught:
            sender.send(phone(), "text", "n-1")
        assert type(caught.value) is expected
        assert (sender.find(phone(), "text", "n-1", since=since, known=NOBODY_ELSES) is not None) == taken


@pytest.mark.parametrize(
    ("changes", "expected", "code"),
    [
        ({"token": "wrong"}, ProviderClosed, "20003"),
        ({"account_sid": "AC" + "9" * 32}, ProviderClosed, "20003"),
    ],
)
def test_wrong_credentials_close_the_provider(tmp_path, changes, expected, code):
    with running_phone(tmp_path / "phone.db") as running, twilio_sender(running.sms(**changes)) as sender:
        with pytest.raises(expected) as caught:
            sender.send(phone(), "text", "n-1")
        assert caught.value.code == code
        with pytest.raises(expected):
            sender.find(phone(), "text", "n-1", since=just_now(), known=NOBODY_ELSES)


def test_a_provider_that_is_not_there_certainly_has_nothing():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with (
        twilio_sender(sms_settings(f"http://127.0.0.1:{port}")) as sender,
        pytest.raises(DeliveryDelayed) as caught,
    ):
        sender.send(phone(), "text", "n-1")
    assert type(caught.value) is DeliveryDelayed


ANSWERS = [
    pytest.param(b"", OutcomeUnknown, id="hangs up without a word"),
    pytest.param(b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n", OutcomeUnknown, id="says nothing"),
    pytest.param(b"HTTP/1.1 201 Created\r\nContent-Length: 3\r\n\r\nabc", OutcomeUnknown, id="babbles"),
    pytest.param(b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n[]", OutcomeUnknown, id="other JSON"),
    pytest.param(b"no HTTP at all\r\n\r\n", OutcomeUnknown, id="is no web server"),
    pytest.param(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", OutcomeUnknown, id="is a tired proxy"),
    pytest.param(
        b"HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n", DeliveryRefused, id="moves"
    ),
]


@pytest.mark.parametrize(("answer", "expected"), ANSWERS)
def test_a_strange_answer_is_never_taken_for_success(answer, expected):
    with answering(answer) as base_url, twilio_sender(sms_settings(base_url, timeout_s=2)) as sender:
        with pytest.raises((DeliveryDelayed, DeliveryRefused)) as caught:
            sender.send(phone(), "text", "n-1")
        assert type(caught.value) is expected


@contextmanager
def answering(answer: bytes) -> Iterator[str]:
    """A server that reads one request, says `answer` and hangs up."""

    def work() -> None:
        connection, _ = listening.accept()
        with connection, connection.makefile("rb") as said:
            # Whole requests only: closing with a rest unread would break the answer off.
            head = b"".join(iter(said.readline, b"\r\n")).lower()
            said.read(int(head.partition(b"content-length:")[2].partition(b"\r\n")[0] or b"0"))
            connection.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        thread.join(5)


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        *((400, code, DeliveryRefused) for code in REFUSED if code != OPTED_OUT),
        (400, OPTED_OUT, OwnerOptedOut),
        *((400, code, ProviderClosed) for code in CLOSED),
        *((400, code, DeliveryDelayed) for code in LATER),
        (400, 0, DeliveryRefused),
        (401, 0, ProviderClosed),
        (402, 0, ProviderClosed),
        (403, 0, ProviderClosed),
        (404, 0, ProviderClosed),
        (429, 0, DeliveryDelayed),
        (500, 20500, OutcomeUnknown),
        (503, 0, OutcomeUnknown),
        (0, 0, OutcomeUnknown),
    ],
)
def test_each_answer_means_one_thing(status, code, expected):
    error = verdict(status, code)
    assert type(error) is expected
    assert str(error)


def _exceptions(module) -> list[type[Exception]]:
    found = [one for _, one in inspect.getmembers(module, inspect.isclass)]
    return [one for one in found if issubclass(one, Exception) and one.__module__ == module.__name__]


@pytest.mark.parametrize(
    "kind", [one for one in _exceptions(requests.exceptions) if not issubclass(one, Warning)]
)
def test_every_failure_that_the_http_library_knows_is_mapped_by_name(kind):
    assert kind in HTTP_FAILURES


def test_every_exception_of_the_client_is_mapped():
    known = {"TwilioException", "TwilioRestException", "TwilioServiceException"}
    assert {one.__name__ for one in _exceptions(twilio.base.exceptions)} == known
    rest = twilio.base.exceptions.TwilioRestException(400, "/", "The 'To' number +8613800000001", 21211)
    problem = twilio.base.exceptions.TwilioServiceException("t", "title", 429, 20429)
    assert type(translate(rest)) is DeliveryRefused
    assert type(translate(problem)) is DeliveryDelayed
    assert type(translate(twilio.base.exceptions.TwilioException("?"))) is OutcomeUnknown


def test_what_we_say_of_a_refusal_holds_neither_number_nor_text(tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    with running_phone(tmp_path / "phone.db") as running, twilio_sender(running.sms()) as sender:
        sender.send(phone(), "a private text", "n-1")
        sender.find(phone(), "a private text", "n-1", since=just_now(), known=NOBODY_ELSES)
        with pytest.raises(DeliveryRefused) as caught:
            sender.send(Phone("+86", "+86 ****"), "a private text", "n-2")
    assert caught.value.code == "21211"
    for said in (str(caught.value), caplog.text):
        assert "private" not in said
        assert "13800000001" not in said


@pytest.mark.parametrize("missing", ["account_sid", "token", "sender"])
def test_a_missing_secret_is_named_with_its_variable(missing):
    fields = {"account_sid": ACCOUNT, "token": TOKEN, "sender": SENDER} | {missing: ""}
    with pytest.raises(ConfigurationError, match=f"CLEARWAY_SMS__{missing.upper()}"):
        TwilioSender(SmsSettings.model_validate(fields))


def test_no_code_means_two_things():
    tables = (REFUSED, CLOSED, LATER)
    assert sum(len(table) for table in tables) == len({code for table in tables for code in table})


@pytest.mark.parametrize(
    ("code", "said"),
    [
        pytest.param("30006", "landline", id="of a report"),
        pytest.param("21610", "opted out", id="of a refusal"),
        pytest.param("99999", "", id="one we do not know"),
        pytest.param("", "", id="none"),
        pytest.param("½", "", id="no number"),
    ],
)
def test_a_code_can_be_said_in_words(code, said):
    assert said in meaning(code)
    assert bool(meaning(code)) == bool(said)


def test_the_address_for_reports_names_the_notice_and_only_where_the_provider_can_reach_us(tmp_path):
    with running_phone(tmp_path / "phone.db") as running:
        for public_url, expected in (
            ("", ""),
            ("https://way.example", f"https://way.example{STATUS_PATH}?notice=n-1"),
        ):
            sender = TwilioSender(running.sms(), public_url)
            name = sender.send(phone(), "text", "n-1")
            sender.close()
            assert running.store.get(name).callback == expected


def test_the_provider_drops_what_it_could_not_deliver_while_it_was_true(tmp_path):
    with (
        running_phone(tmp_path / "phone.db") as running,
        twilio_sender(running.sms(validity_s=600)) as sender,
    ):
        name = sender.send(phone(), "text", "n-1")
        assert running.store.get(name).validity_s == 600
