"""What a user may set about the public page. Secrets come from the environment, never from a file."""

from ipaddress import ip_address
from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator

from models.toml import FrozenModel


class PublicSettings(FrozenModel):
    """The page behind the link in a message, and the provider's callbacks.

    Attributes:
        host: address to listen on; the loopback unless a reverse proxy stands on another machine.
        port: 0 takes any free port.
        public_url: where people and the provider reach it from outside, as `https://way.example.org`;
            without one, messages carry no link and no page is served.
        link_days: for how many days after its message a link opens the page.
        link_key: seals the links (`CLEARWAY_PUBLIC__LINK_KEY`); without one, this machine makes its own.
            On several machines all of them need the same.
        link_key_before: the key before that; links that it sealed are still read.
        behind_proxy: the last address in X-Forwarded-For is the one that asks. Set it only where a reverse
            proxy of yours writes that header: whoever writes it chooses under whose limit they fall.
        contact: whom a reader may turn to, shown at the foot of the page: an office, a telephone number.
        page_per_minute: requests about one link in a minute, of which a third may be answers.
        client_per_minute: requests of one client address in a minute; wrong links count tenfold.
    """

    host: str = "127.0.0.1"
    port: int = Field(default=8090, ge=0, le=65_535)
    public_url: str = ""
    link_days: int = Field(default=14, ge=1, le=366)
    link_key: SecretStr | None = None
    link_key_before: SecretStr | None = None
    behind_proxy: bool = False
    contact: str = Field(default="", max_length=200)
    page_per_minute: int = Field(default=30, ge=3, le=10_000)
    client_per_minute: int = Field(default=120, ge=10, le=100_000)

    @property
    def wanted(self) -> bool:
        """Whether there is a public page at all."""
        return bool(self.public_url)

    @field_validator("public_url")
    @classmethod
    def _is_an_address(cls, url: str) -> str:
        found = url.rstrip("/")
        parts = urlsplit(found)
        is_plain = parts.scheme in {"http", "https"} and not (parts.path or parts.query or parts.fragment)
        if found and not (is_plain and parts.hostname):
            raise ValueError(f"{url!r} is no address; write it like 'https://way.example.org', no path")
        return found

    @model_validator(mode="after")
    def _strangers_come_by_tls(self) -> Self:
        parts = urlsplit(self.public_url)
        if parts.scheme == "http" and not _is_near(parts.hostname or ""):
            raise ValueError(f"public_url {self.public_url!r} is not encrypted; use https")
        return self


def _is_near(host: str) -> bool:
    """Whether a host stays on this machine or its own network, where trials need no certificate."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_private
    except ValueError:
        return False
