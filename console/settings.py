"""What a user may say about the console."""

from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, HttpUrl, SecretStr, TypeAdapter, ValidationError, field_validator

from cases.people.limits import Limits
from cases.people.roles import Role
from models.toml import FrozenModel

_http_url = TypeAdapter(HttpUrl)


class ConsoleSettings(FrozenModel):
    """Where the console listens and how it speaks.

    What is no way to let people in says `console.entry_check`.

    Attributes:
        host: an address to listen on; one that others can reach needs a sign-in and TLS.
        port: 0 takes any free port.
        hosts: further names under which people reach it. A request that names any other host is refused, so
            that a web page elsewhere cannot read the console through a browser that may.
        title: shown beside the brand and in the browser's tab.
        language: of the labels.
        timezone: IANA name; times are shown in it with their offset.
        phone_url: base address of the local provider that shows messages; without one, no phone is shown.
        refresh_s: how often an open page asks for news.
        sign_in: `off`: whoever sits at this machine may do everything; `password`: people sign in with name
            and password (`clearway people`); `header`: a reverse proxy signs them in and says who they are.
        tls_certificate: PEM file with the certificate and those above it, for https.
        tls_key: PEM file with its key.
        behind_proxy: a reverse proxy in front speaks https, names whom it asks for in `X-Forwarded-For`, and
            nothing else reaches this port.
        idle_minutes: after so long without a click, somebody who signed in with a password is signed out.
        session_hours: and after so long in any case.
        session_key: signs cookies, where several machines run one console
            (`CLEARWAY_CONSOLE__SESSION_KEY`); else a key is made in the data folder.
        operator_header: request header in which the reverse proxy names whom it signed in, as
            `X-Forwarded-User`; that name stands in the audit. Only where the proxy overwrites it.
        header_role: what those may do whom the proxy signed in and `clearway people` does not know.
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
    sign_in: Literal["off", "password", "header"] = "off"
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    behind_proxy: bool = False
    idle_minutes: int = Field(default=30, ge=1, le=1440)
    session_hours: int = Field(default=12, ge=1, le=168)
    session_key: SecretStr | None = Field(default=None, min_length=32)
    operator_header: str = Field(default="", max_length=100, pattern=r"^[A-Za-z0-9-]*$")
    header_role: Role = Role.SUPERVISOR
    blur_outside_case: bool = True

    @property
    def is_https(self) -> bool:
        """Whether browsers reach it by https, by its own certificate or by a proxy's."""
        return self.behind_proxy or self.tls_certificate is not None

    @property
    def tls(self) -> tuple[Path, Path] | None:
        """Certificate and key, where it speaks https itself."""
        if self.tls_certificate is None or self.tls_key is None:
            return None
        return self.tls_certificate, self.tls_key

    @property
    def limits(self) -> Limits:
        """How long somebody stays signed in."""
        return Limits(idle=timedelta(minutes=self.idle_minutes), whole=timedelta(hours=self.session_hours))

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


def is_address(host: str) -> bool:
    """Whether a host is an address and no name."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def is_loopback(host: str) -> bool:
    """Whether a host name or address stays on this machine."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
