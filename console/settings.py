"""What a user may say about the console."""

from ipaddress import ip_address
from typing import Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, HttpUrl, TypeAdapter, ValidationError, field_validator

from models.errors import ConfigurationError
from models.toml import FrozenModel

_http_url = TypeAdapter(HttpUrl)


class ConsoleSettings(FrozenModel):
    """Where the console listens and how it speaks.

    Attributes:
        host: an address of this machine's loopback; anything else is refused while there is no sign-in.
        port: 0 takes any free port.
        hosts: further names under which people reach it through a reverse proxy on this machine. A request
            that names any other host is refused, so that a web page elsewhere cannot read the console
            through a browser that may.
        title: shown beside the brand and in the browser's tab.
        language: of the labels.
        timezone: IANA name; times are shown in it with their offset.
        phone_url: base address of the local provider that shows messages; without one, no phone is shown.
        refresh_s: how often an open page asks for news.
        operator_header: request header in which the reverse proxy names whom it signed in, as
            `X-Forwarded-User`; that name stands in the audit. Set it only where the proxy overwrites it.
        blur_outside_case: faces and plates of others are blurred in pictures shown outside their case.
    """

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65_535)
    hosts: tuple[str, ...] = ()
    title: str = Field(default="City perception", min_length=1, max_length=80)
    language: Literal["en"] = "en"
    timezone: str = "UTC"
    phone_url: str | None = None
    refresh_s: float = Field(default=1.0, ge=0.2, le=60.0)
    operator_header: str = Field(default="", max_length=100, pattern=r"^[A-Za-z0-9-]*$")
    blur_outside_case: bool = True

    @field_validator("timezone")
    @classmethod
    def _timezone_is_known(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError) as exc:
            raise ValueError(f"{name!r} is no time zone; use an IANA name such as 'Asia/Shanghai'") from exc
        return name

    @field_validator("phone_url")
    @classmethod
    def _phone_url_is_http(cls, url: str | None) -> str | None:
        if url is None:
            return None
        try:
            _http_url.validate_python(url)
        except ValidationError as exc:
            raise ValueError(f"{url!r} is no http address; write it like 'http://127.0.0.1:8090'") from exc
        return url.rstrip("/")

    def require_loopback(self) -> Self:
        """Refuse an address that others can reach.

        Raises:
            ConfigurationError: `host` is not on the loopback.
        """
        if is_loopback(self.host):
            return self
        problem = f"{self.host!r} can be reached from outside, and the console has no sign-in yet"
        remedy = (
            "keep host = '127.0.0.1', put a reverse proxy that asks for a sign-in in front of it on this "
            "machine, and add the proxy's public name to console.hosts"
        )
        raise ConfigurationError.of("console.host", problem, remedy, key="host")


def is_loopback(host: str) -> bool:
    """Whether a host name or address stays on this machine."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
