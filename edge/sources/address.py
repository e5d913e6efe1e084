"""What an address says: which kind of camera stands behind it, and what of it may be shown."""

import re
from enum import StrEnum
from pathlib import Path
from urllib.parse import unquote

SECRETS = "user|usr|username|login|loginuse|loginpas|pwd|pass|passwd|password|auth|token|key|apikey|secret"
"""Cameras take credentials in the query too: `/snapshot.cgi?user=admin&pwd=…`, `…&password=…`, `?token=…`."""

_secret = re.compile(rf"(?i)([?&;](?:{SECRETS})=)[^&;#\s]*")


class Kind(StrEnum):
    """What stands behind an address."""

    RECORDING = "recording"
    FOLDER = "folder"
    DEVICE = "device"
    WEB = "web"
    STREAM = "stream"


def scheme_of(address: str) -> str:
    """`rtsp`, `http`, …; empty for a path."""
    scheme, separator, _ = address.partition("://")
    return scheme.lower() if separator else ""


def kind_of(address: str) -> Kind:
    """The kind of source behind an address. Behind a web address there may be a stream or a picture."""
    if scheme := scheme_of(address):
        return Kind.WEB if scheme in {"http", "https"} else Kind.STREAM
    if address.startswith("/dev/"):
        return Kind.DEVICE
    return Kind.FOLDER if _is_folder(address) else Kind.RECORDING


def without_credentials(address: str) -> str:
    """An address as it may be shown and logged."""
    scheme, separator, rest = address.partition("://")
    if not separator:
        return address
    shown = _secret.sub(r"\g<1>***", rest).rpartition("@")[2]
    return f"{scheme}{separator}{shown}"


def credentials_of(address: str) -> tuple[str, tuple[str, str] | None]:
    """An address without the user and password before its host, and these, decoded."""
    scheme, separator, rest = address.partition("://")
    authority, slash, path = rest.partition("/")
    before, at, host = authority.rpartition("@")
    if not at:
        return address, None
    user, _, password = before.partition(":")
    return f"{scheme}{separator}{host}{slash}{path}", (unquote(user), unquote(password))


def _is_folder(address: str) -> bool:
    try:
        return Path(address).is_dir()
    except (OSError, ValueError):  # too long a name, or a null in it: the recording says so by name
        return False
