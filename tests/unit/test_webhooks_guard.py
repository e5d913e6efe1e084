"""Where webhooks may go, by address; and that a connection goes to the very address that was looked at."""

import socket
from ipaddress import ip_address, ip_network

import pytest
from connect_parts import LOOPBACK, Says, receiving
from hypothesis import given
from hypothesis import strategies as st

from cases.webhooks import guard
from cases.webhooks.guard import trouble
from cases.webhooks.post import Poster
from models.errors import DeliveryDelayed

OWN = (ip_network("10.20.0.0/16"),)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.9.10", "0.0.0.0", "10.0.0.1", "172.16.3.4", "192.168.1.1", "100.64.0.1",
        "100.100.100.200", "169.254.169.254", "168.63.129.16", "224.0.0.1", "255.255.255.255", "198.18.0.1",
        "::", "::1", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1", "::ffff:127.0.0.1",
        "::ffff:169.254.169.254", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2002:a00:1::1",
        "2001:0:7f00:1::",
    ],
)  # fmt: skip
def test_what_is_not_public_is_refused_however_it_is_wrapped(address):
    assert trouble(ip_address(address), ())


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_what_is_public_may_be_reached(address):
    assert trouble(ip_address(address), ()) == ""


def test_a_network_of_ones_own_is_open_once_the_settings_say_so_and_no_other():
    assert trouble(ip_address("10.20.3.4"), OWN) == ""
    assert trouble(ip_address("::ffff:10.20.3.4"), OWN) == ""
    assert trouble(ip_address("10.21.0.1"), OWN)
    assert trouble(ip_address("169.254.169.254"), OWN)


@given(st.ip_addresses())
def test_no_address_of_a_private_network_is_ever_open(address):
    why = trouble(address, ())
    if address.is_private or address.is_loopback or address.is_link_local or address.is_multicast:
        mapped = getattr(address, "ipv4_mapped", None)
        assert why or (mapped is not None and mapped.is_global)


@pytest.mark.parametrize(
    "host", ["localhost", "127.1", "2130706433", "0x7f000001", "[::1]", "[::ffff:127.0.0.1]"]
)
async def test_no_spelling_of_this_machine_is_reached(host):
    with receiving() as receiver:
        port = receiver.url.rsplit(":", 1)[1]
        poster = Poster((), 2.0)
        reply = await poster.send("POST", f"http://{host}:{port}", {}, b"{}")
        await poster.close()
    assert reply.answer.status is None
    assert "refused to connect" in reply.answer.why
    assert receiver.requests == []


async def test_a_name_that_turns_private_after_it_was_looked_at_is_not_looked_up_again(monkeypatch):
    """DNS rebinding: the first answer is public, every later one is this machine."""
    asked, opened = [], []

    def answer(host, port, *_, **__):
        asked.append(host)
        address = "203.0.113.9" if len(asked) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    class Recording(guard.httpcore.AnyIOBackend):
        async def connect_tcp(self, host, *_, **__):
            opened.append(host)
            raise guard.httpcore.ConnectError("nobody there")

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    monkeypatch.setattr(guard.httpcore, "AnyIOBackend", Recording)
    backend = guard.GuardedBackend([ip_network("203.0.113.0/24")])
    with pytest.raises(guard.httpcore.ConnectError):
        await backend.connect_tcp("rebinding.example", 443)
    assert (asked, opened) == (["rebinding.example"], ["203.0.113.9"])
    with pytest.raises(DeliveryDelayed, match=r"127\.0\.0\.1 is no public address"):
        await backend.connect_tcp("rebinding.example", 443)
    assert opened == ["203.0.113.9"]


async def test_of_several_addresses_only_those_that_may_be_reached_are_tried(monkeypatch):
    with receiving() as receiver:
        port = int(receiver.url.rsplit(":", 1)[1].split("/")[0])

        def answer(_host, port, *_, **__):
            return [
                (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))
                for address in ("169.254.169.254", "127.0.0.2", "127.0.0.1")
            ]

        monkeypatch.setattr(socket, "getaddrinfo", answer)
        poster = Poster((ip_network(LOOPBACK),), 2.0)
        reply = await poster.send("POST", f"http://several.example:{port}/", {}, b"{}")
        await poster.close()
    assert reply.answer.status == 204
    assert len(receiver.requests) == 1


async def test_a_name_that_nobody_knows_is_tried_again_later():
    poster = Poster((), 2.0)
    reply = await poster.send("POST", "https://does-not-exist.invalid/", {}, b"{}")
    await poster.close()
    assert reply.answer.status is None
    assert "cannot be resolved" in reply.answer.why


async def test_no_local_socket_is_ever_opened():
    with pytest.raises(DeliveryDelayed, match="local socket"):
        await guard.GuardedBackend([]).connect_unix_socket("/run/docker.sock")


async def test_proxies_of_the_environment_are_not_followed(monkeypatch):
    with receiving(lambda _: Says(200)) as proxy, receiving() as receiver:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        poster = Poster((ip_network(LOOPBACK),), 2.0)
        await poster.send("POST", receiver.url, {}, b"{}")
        await poster.close()
    assert (len(proxy.requests), len(receiver.requests)) == (0, 1)
