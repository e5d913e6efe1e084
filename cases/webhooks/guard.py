"""Where a webhook may go: not into the network that Clearway stands in, unless the settings say so.

A host name is resolved here and the connection opened to the very address that was looked at: what a name
server says a moment later changes nothing. Names, odd spellings of numbers and IPv6 wrappings all end as
addresses, and only addresses are judged.
"""

import asyncio
import socket
import typing
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

import httpcore

from models.errors import DeliveryDelayed

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

NAT64 = IPv6Network("64:ff9b::/96")
CLOUD_METADATA = frozenset({IPv4Address("168.63.129.16")})
"""Answers with secrets from within one cloud although its address looks public. The other clouds' are
link-local, private or shared addresses."""


def unwrapped(address: Address) -> tuple[Address, ...]:
    """The address, and every IPv4 address that reaches the same machine through it."""
    if isinstance(address, IPv4Address):
        return (address,)
    carried = (address.ipv4_mapped, address.sixtofour, *(address.teredo or ()))
    inner: list[Address] = [address, *(found for found in carried if found is not None)]
    if address in NAT64:
        inner.append(IPv4Address(int(address) & 0xFFFFFFFF))
    return tuple(inner)


def trouble(address: Address, allowed: Sequence[Network]) -> str:
    """Why nothing is sent to an address; empty when it may be.

    Args:
        address: as resolved.
        allowed: networks of one's own that the settings open.
    """
    for found in unwrapped(address):
        if any(found in network for network in allowed if network.version == found.version):
            continue
        if found in CLOUD_METADATA:
            return f"{address} is a cloud's metadata service"
        mapped = isinstance(found, IPv6Address) and found.ipv4_mapped is not None
        if not mapped and (not found.is_global or found.is_multicast):
            return f"{address} is no public address"
    return ""


async def resolve(host: str, port: int) -> list[Address]:
    """The addresses of a host.

    Raises:
        DeliveryDelayed: the name is not known now.
    """
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as exc:
        raise DeliveryDelayed(f"the host {host!r} cannot be resolved: {exc}") from exc
    addresses = [ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
    return list(dict.fromkeys(addresses))


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Opens connections to addresses that may be reached, and to no other.

    Args:
        allowed: networks of one's own that the settings open.
    """

    def __init__(self, allowed: Sequence[Network]) -> None:
        self._allowed = tuple(allowed)
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the base class's signature
        local_address: str | None = None,
        socket_options: typing.Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A connection to the first address of the host that answers.

        Raises:
            DeliveryDelayed: the host has no address that may be reached.
        """
        addresses = await resolve(host, port)
        troubles = {address: trouble(address, self._allowed) for address in addresses}
        open_ones = [address for address, why in troubles.items() if not why]
        if not open_ones:
            said = ", ".join(troubles.values())
            raise DeliveryDelayed(f"refused to connect to {host}: {said}; see connect.allow_networks")
        for address in open_ones[:-1]:
            try:
                return await self._inner.connect_tcp(
                    str(address), port, timeout, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await self._inner.connect_tcp(str(open_ones[-1]), port, timeout, local_address, socket_options)

    async def connect_unix_socket(self, path: str, *_: object, **__: object) -> httpcore.AsyncNetworkStream:
        """Never.

        Raises:
            DeliveryDelayed: always.
        """
        raise DeliveryDelayed(f"refused to connect to the local socket {path}")

    async def sleep(self, seconds: float) -> None:
        """Wait, between two tries of the library."""
        await asyncio.sleep(seconds)
