"""Where a request comes from: which page sent it, and which machine."""

from collections.abc import Collection
from ipaddress import IPv4Address, ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import Scope

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing (RFC 9110, 9.2.1)."""
SITE = "sec-fetch-site"


def is_own(headers: Headers, hosts: Collection[str] = ()) -> bool:
    """Whether a page of ours sent a request; one that does not say counts as another's.

    A cookie goes along with requests from every port of this host, and browsers without `SameSite` send it
    from anywhere. So what changes something must say where it comes from: every browser since 2020 does.

    Args:
        headers: of the request.
        hosts: names under which a proxy in front is known, which may ask us under another one.
    """
    if "origin" in headers:
        return _is_ours(headers["origin"], headers.get("host", ""), hosts)
    return headers.get(SITE) == "same-origin"


def machine_of(scope: Scope, headers: Headers, *, behind_proxy: bool) -> str:
    """The address that a request comes from; a proxy's own word is the last one."""
    if behind_proxy:
        said = ",".join(headers.getlist("x-forwarded-for"))
        return said.rpartition(",")[2].strip()[:64]
    return str((scope.get("client") or ("", 0))[0])


def masked(address: str) -> str:
    """As much of an address as log and audit need to tell places apart; never a whole one."""
    try:
        found = ip_address(address)
    except ValueError:
        return ""
    if isinstance(found, IPv4Address):
        return ".".join([*str(found).split(".")[:3], "*"])
    return ":".join([*found.exploded.split(":")[:3], "*"])


def _is_ours(origin: str, host: str, hosts: Collection[str]) -> bool:
    try:
        found = urlsplit(origin)
        name, port = found.hostname or "", found.port
    except ValueError:
        return False
    if found.scheme not in {"http", "https"}:
        return False
    if found.netloc.lower() == host.lower():
        return True
    # Where a proxy asks under another name, the page's is one of ours, by https and on no other port.
    return found.scheme == "https" and port is None and name in {one.lower() for one in hosts}
