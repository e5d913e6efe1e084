"""What the sender to a city's own gateway makes of its answers, and what it never does."""

import json
import logging
import socket
import ssl
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st
from parts_gateway import SECRET, gateway_sender, gateway_sms, running_gateway
from pydantic import ValidationError

from models.errors import (
    ConfigurationError,
    DeliveryDelayed,
    DeliveryRefused,
    NobodyKnows,
    OutcomeUnknown,
    OwnerOptedOut,
    ProviderClosed,
)
from notifier.numbers import parse_phone
from notifier.senders.gateway import GatewaySender, filled
from notifier.settings import SmsSettings

PHONE = parse_phone("13800000001", "CN")[0]
NOBODY_ELSES: frozenset[str] = frozenset()


def find(sender, reference="n-1"):
    return sender.find(PHONE, "text", reference, since=datetime.now(UTC), known=NOBODY_ELSES)


@pytest.fixture
def gateway():
    with running_gateway() as running:
        yield running


@pytest.fixture
def sender(gateway):
    with gateway_sender(gateway_sms(gateway.url)) as made:
        yield made


@pytest.mark.parametrize("encoding", ["json", "form"])
def test_number_and_text_are_fields_of_their_own_whatever_they_hold(gateway, encoding):
    text = '"}&mobile=+8613900000000\r\nX-Evil: 1 {number} {secret} ; 移车'
    with gateway_sender(gateway_sms(gateway.url, encoding=encoding)) as sender:
        sender.send(PHONE, text, "n-1")
    (taken,) = gateway.taken
    assert taken.fields == {"mobile": "+8613800000001", "content": text, "ref": "n-1"}
    assert "x-evil" not in taken.headers


def test_a_request_may_travel_in_the_address(gateway):
    fields = {"m": "{digits}", "n": "{national}", "t": "{text}"}
    url = f"{gateway.url}/send?ref={{reference}}"
    sms = gateway_sms(gateway.url, "person", url=url, encoding="query", method="POST", fields=fields)
    with gateway_sender(sms) as sender:
        sender.send(PHONE, "a&b=c #1 移", "n/1&x=2")
    (taken,) = gateway.taken
    assert taken.query == {"ref": "n/1&x=2", "m": "8613800000001", "n": "13800000001", "t": "a&b=c #1 移"}


@given(
    st.dictionaries(st.sampled_from(["number", "text", "secret"]), st.text(), min_size=3, max_size=3),
    st.recursive(
        st.text() | st.integers() | st.sampled_from(["{text}", "{number}!", "{{text}}"]),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    ),
)
def test_filling_in_words_never_changes_the_structure(words, template):
    def shape(value):
        match value:
            case dict():
                return {name: shape(one) for name, one in value.items()}
            case list():
                return [shape(one) for one in value]
            case _:
                return type(value)

    known = words | dict.fromkeys(_words_in(template) - words.keys(), "")
    assert shape(filled(template, known)) == shape(template)


def _words_in(template):
    import re  # noqa: PLC0415 - only here

    return set(re.findall(r"\{([^{}]*)\}", json.dumps(template, ensure_ascii=False))) | set(
        re.findall(r"\{([^{}]*)\}", str(template))
    )


MOODS = [
    ("E7", DeliveryRefused, False),
    ("E8", OwnerOptedOut, False),
    ("E9", DeliveryDelayed, False),
    ("E10", ProviderClosed, False),
    ("E99", OutcomeUnknown, False),
    ("busy", DeliveryDelayed, False),
    ("error", OutcomeUnknown, False),
    ("error_after_accept", OutcomeUnknown, True),
    ("drop_after_accept", OutcomeUnknown, True),
    ("hang_after_accept", OutcomeUnknown, True),
]


@pytest.mark.parametrize(("mood", "expected", "taken"), MOODS)
def test_a_mood_of_the_gateway_leads_to_the_right_doubt_and_asking_settles_it(gateway, mood, expected, taken):
    sms = gateway_sms(gateway.url).model_copy(update={"timeout_s": 0.4})
    with gateway_sender(sms) as sender:
        gateway.mood = mood
        with pytest.raises((DeliveryDelayed, DeliveryRefused)) as caught:
            sender.send(PHONE, "text", "n-1")
        assert type(caught.value) is expected
        assert "13800000001" not in str(caught.value)
        gateway.mood = ""
        assert (find(sender) is not None) == taken


def test_an_answer_that_is_no_answer_is_never_taken_for_a_no(gateway, sender):
    gateway.mood = "error_after_accept"
    with pytest.raises(OutcomeUnknown):
        sender.send(PHONE, "text", "n-1")
    gateway.silent = True
    with pytest.raises(DeliveryDelayed):
        find(sender)


def test_a_gateway_that_drops_repeats_is_sent_the_same_reference_again(gateway):
    with gateway_sender(gateway_sms(gateway.url, "repeat")) as sender:
        gateway.mood = "error_after_accept"
        with pytest.raises(OutcomeUnknown):
            sender.send(PHONE, "text", "n-1")
        gateway.mood = ""
        assert find(sender) is None
        assert sender.send(PHONE, "text", "n-1") == "G000000"
    assert len(gateway.taken) == 1


def test_a_gateway_that_can_neither_be_asked_nor_drop_repeats_leaves_doubt_to_a_person(gateway):
    with gateway_sender(gateway_sms(gateway.url, "person")) as sender, pytest.raises(NobodyKnows):
        find(sender)


@pytest.mark.parametrize(
    ("status", "expected"),
    [(302, OutcomeUnknown), (303, OutcomeUnknown), (307, ProviderClosed), (308, ProviderClosed)],
)
def test_nothing_is_sent_on_to_where_an_answer_points(gateway, status, expected):
    with gateway_sender(gateway_sms(gateway.url, "person", url=f"{gateway.url}/moved/{status}")) as sender:
        with pytest.raises(expected) as caught:
            sender.send(PHONE, "text", "n-1")
        assert type(caught.value) is expected
    assert not gateway.taken


def test_a_wrong_secret_closes_the_gateway(gateway):
    sms = gateway_sms(gateway.url, secret="wrong")
    with gateway_sender(sms) as sender, pytest.raises(ProviderClosed):
        sender.send(PHONE, "text", "n-1")


def test_a_gateway_that_is_not_there_certainly_has_nothing():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with gateway_sender(gateway_sms(f"http://127.0.0.1:{port}")) as sender:
        with pytest.raises(DeliveryDelayed) as caught:
            sender.send(PHONE, "text", "n-1")
        assert type(caught.value) is DeliveryDelayed


@contextmanager
def answering_tls(folder):
    """A server with a certificate of its own making; says yes to everything."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "gateway")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = folder / "gateway.pem"
    written = certificate.public_bytes(serialization.Encoding.PEM)
    pem.write_bytes(
        written
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    (folder / "ca.pem").write_bytes(written)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    body = b'{"code": 0, "data": {"id": "T1"}}'
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(body)

    def work():
        connection, _ = listening.accept()
        try:
            with context.wrap_socket(connection, server_side=True) as wrapped:
                said = b""
                # Whole requests only: closing with a rest unread would break the answer off.
                while not said.rstrip().endswith(b"}"):
                    said += wrapped.recv(65_536)
                wrapped.sendall(head + body)
        except (ssl.SSLError, OSError):
            connection.close()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        yield f"https://127.0.0.1:{listening.getsockname()[1]}"
        thread.join(5)


def test_a_certificate_that_nobody_vouches_for_closes_the_gateway(tmp_path):
    with (
        answering_tls(tmp_path) as url,
        gateway_sender(gateway_sms(url)) as sender,
        pytest.raises(ProviderClosed, match="certificate"),
    ):
        sender.send(PHONE, "text", "n-1")


def test_a_city_may_vouch_for_its_own_certificate(tmp_path):
    with (
        answering_tls(tmp_path) as url,
        gateway_sender(gateway_sms(url, ca_file=tmp_path / "ca.pem")) as sender,
    ):
        assert sender.send(PHONE, "text", "n-1") == "T1"


def test_somebodys_shell_moves_nothing_and_adds_no_password(gateway, tmp_path, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login other password other\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with gateway_sender(gateway_sms(gateway.url)) as sender:
        assert sender.send(PHONE, "text", "n-1")
    assert gateway.taken[0].headers["authorization"] == f"Bearer {SECRET}"


def test_no_log_line_names_a_recipient(gateway, caplog):
    caplog.set_level(logging.DEBUG)
    url = f"{gateway.url}/send?to={{number}}"
    with gateway_sender(gateway_sms(gateway.url, url=url)) as sender:
        sender.send(PHONE, "text", "n-1")
        find(sender)
    # The gateway's own server logs what it likes; it is the carrier's side.
    ours = [record.getMessage() for record in caplog.records if not record.name.startswith("uvicorn")]
    assert not [line for line in ours if "13800000001" in line]


def settings(**changes):
    http = {
        "url": "https://sms.example/send",
        "fields": {"to": "{number}", "text": "{text}", "ref": "{reference}"},
    }
    return SmsSettings.model_validate({"provider": "http", "http": http | changes})


ASK = {"url": "https://sms.example/ask?ref={reference}", "id": "id", "absent_status": [404]}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        pytest.param({"url": "http://sms.example/send"}, "in the clear", id="no encryption"),
        pytest.param({"url": "https://u:p@sms.example/"}, "password", id="a password in the address"),
        pytest.param({"url": "https://{number}.example/"}, "host", id="a word in the host"),
        pytest.param({"url": "ftp://sms.example/"}, "URL of the web", id="another scheme"),
        pytest.param({"url": "https://sms.example:99999/"}, "port", id="a port that is none"),
        pytest.param({"fields": {"to": "{number}"}}, "{text}", id="no text"),
        pytest.param({"fields": {"t": "{text}"}}, "recipient", id="no recipient"),
        pytest.param({"fields": {"to": "{nummer}", "t": "{text}"}}, "number", id="a word that is none"),
        pytest.param({"headers": {"X-To": "{number}"}}, "header", id="a number in a header"),
        pytest.param({"method": "GET"}, "query", id="a GET with a body"),
        pytest.param({"encoding": "form", "fields": {"a": ["{number}", "{text}"]}}, "flat", id="a deep form"),
        pytest.param({"in_doubt": "ask"}, "belong together", id="asking without a way"),
        pytest.param({"ask": ASK}, "belong together", id="a way without asking"),
        pytest.param(
            {"in_doubt": "repeat", "fields": {"to": "{number}", "t": "{text}"}},
            "reference",
            id="repeats without a reference",
        ),
        pytest.param(
            {"in_doubt": "ask", "ask": ASK | {"absent_status": []}}, "no such message", id="no way to say no"
        ),
        pytest.param(
            {"in_doubt": "ask", "ask": ASK | {"url": "https://sms.example/ask"}}, "asks for no", id="no name"
        ),
        pytest.param({"answer": {"accepted": ["0"]}}, "where they stand", id="codes that stand nowhere"),
        pytest.param(
            {"answer": {"code": "c", "accepted": ["0"], "never": ["0"]}},
            "one thing",
            id="two meanings",
        ),
        pytest.param({"answer": {"code": "c"}}, "accepted", id="no code of success"),
    ],
)
def test_settings_that_could_double_or_leak_are_refused(changes, said):
    with pytest.raises(ValidationError) as caught:
        settings(**changes)
    assert said in str(caught.value)


def test_a_secret_that_is_said_and_not_given_is_named_with_its_variable():
    with pytest.raises(ConfigurationError, match="CLEARWAY_SMS__HTTP__SECRET"):
        GatewaySender(settings(headers={"Authorization": "Bearer {secret}"}))


def test_a_gateway_that_is_not_described_is_refused():
    with pytest.raises(ConfigurationError, match=r"sms\.http"):
        GatewaySender(SmsSettings.model_validate({"provider": "http"}))
