"""Receivers that answer garbage: whatever comes back is an answer, in bounded time and memory."""

import asyncio
import contextlib
import socket
import ssl
import struct
import subprocess
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from ipaddress import ip_network

import pytest
from connect_parts import LOOPBACK, Says, receiving
from hypothesis import given, settings
from hypothesis import strategies as st

from cases.webhooks.post import SHOWN_CHARACTERS, Poster, _retry_after_s
from cases.webhooks.rules import Verdict, judge
from models.errors import ConfigurationError

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ALLOWED = (ip_network(LOOPBACK),)


@contextlib.asynccontextmanager
async def answering(data, *, reset=False, endless=False):
    """A server that sends exactly these bytes, whatever it is asked."""

    async def serve(reader, writer):
        with contextlib.suppress(OSError):
            await reader.read(65_536)
            writer.write(data)
            await writer.drain()
            while endless:
                writer.write(b"x" * 65_536)
                await writer.drain()
            if reset:
                linger = struct.pack("ii", 1, 0)
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    finally:
        server.close()
        await server.wait_closed()


async def post(url, timeout_s=1.0):
    poster = Poster(ALLOWED, timeout_s)
    try:
        return (await poster.send("POST", url, {"A": "b"}, b"{}")).answer
    finally:
        await poster.close()


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\x00" * 5000, id="zeros"),
        pytest.param(b"SSH-2.0-OpenSSH_9.2\r\n", id="another protocol"),
        pytest.param(b"HTTP/1.1 999999 What\r\n\r\n", id="no status"),
        pytest.param(b"HTTP/1.1 200", id="half a line"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n", id="a length in words"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n", id="a length below zero"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\n" + b"A: " + b"b" * 300_000 + b"\r\n\r\n", id="a header without end"
        ),
        pytest.param(b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 60_000 + b"\r\n", id="headers without end"),
    ],
)
async def test_an_answer_that_is_none_is_tried_again_later(data):
    async with answering(data) as url:
        answer = await post(url)
    assert answer.status is None
    assert answer.why
    assert judge(answer) is Verdict.LATER


@given(st.binary(max_size=300))
@settings(max_examples=40, deadline=None)
def test_whatever_bytes_come_back_there_is_a_verdict(data):
    async def one():
        async with answering(data) as url:
            return await post(url, timeout_s=0.5)

    assert judge(asyncio.run(one())) in Verdict


async def test_a_connection_that_breaks_is_tried_again_later():
    async with answering(b"HT", reset=True) as url:
        assert (await post(url)).status is None


async def test_an_endless_body_is_not_read_to_its_end():
    async with answering(b"HTTP/1.1 500 Oh\r\n\r\n", endless=True) as url:
        answer = await post(url, timeout_s=5)
    assert answer.status == 500
    assert len(answer.why) <= SHOWN_CHARACTERS


async def test_a_body_that_drips_does_not_take_longer_than_is_allowed_and_the_status_counts():
    async with answering(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nxx") as url:
        answer = await post(url, timeout_s=0.3)
    assert answer.status == 200


async def test_what_a_receiver_says_cannot_reach_a_terminal():
    with receiving(lambda _: Says(422, body=b"\x1b]0;owned\x07\r\n\x00 field \xff missing")) as receiver:
        answer = await post(receiver.url)
    assert answer.why == "]0;owned field � missing"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120.0),
        (" 7 ", 7.0),
        ("0", 0.0),
        (format_datetime(NOW + timedelta(seconds=90)), 90.0),
        (format_datetime(NOW - timedelta(seconds=90)), 0.0),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("", None),
        ("９９", None),
        ("9" * 400, 999_999_999.0),
        ("Fri, 99 Foo 9999 99:99:99 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_a_date_or_nothing(text, seconds):
    assert _retry_after_s(text, NOW) == seconds


@pytest.fixture
def own_certificate(tmp_path):
    """A key and a certificate for localhost that nobody signed."""
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
         "-keyout", key, "-out", certificate, "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost"],
        check=True, capture_output=True,
    )  # fmt: skip
    return key, certificate


async def test_a_certificate_of_nobody_is_refused_and_one_of_ones_own_accepted(own_certificate):
    key, certificate = own_certificate
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with receiving() as receiver:
        receiver.server.socket = context.wrap_socket(receiver.server.socket, server_side=True)
        port = receiver.url.rsplit(":", 1)[1]
        answers = []
        for ca_file in (None, certificate):
            poster = Poster((*ALLOWED, ip_network("::1/128")), 2.0, ca_file)
            answers.append((await poster.send("POST", f"https://localhost:{port}", {}, b"{}")).answer)
            await poster.close()
    refused, accepted = answers
    assert (refused.status, accepted.status) == (None, 204)
    assert "certificate" in refused.why.lower()


def test_certificates_that_cannot_be_read_are_named(tmp_path):
    (tmp_path / "ca.pem").write_text("nonsense", encoding="utf-8")
    for file in (tmp_path / "ca.pem", tmp_path / "missing.pem"):
        with pytest.raises(ConfigurationError, match=f"{file.name}.*cannot be used"):
            Poster((), 1.0, file)
