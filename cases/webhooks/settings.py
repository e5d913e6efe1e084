"""What a user may set about webhooks. Secrets come from the environment, by the names that stand here."""

from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal, Self

import httpx
from pydantic import AfterValidator, Field, StringConstraints, model_validator

from cases.case_event import TYPES, CaseEvent
from cases.webhooks.guard import Network, trouble
from models.errors import ConfigurationError, Fault
from models.toml import FrozenModel

SHORTEST_SECRET = 16
"""Characters; a signature is as strong as its secret."""
WEB_SCHEMES = ("https", "http")
LAST_PORT = 65_535


def _known_event(name: str) -> str:
    full = name if name.startswith("clearway.") else f"clearway.case.{name}.v1"
    if full not in TYPES:
        known = ", ".join(sorted(item.split(".")[2] for item in TYPES))
        raise ValueError(f"no event {name!r}; there are {known}")
    return full


def _usable_url(text: str) -> str:
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, ValueError, TypeError) as exc:
        raise ValueError(f"no URL: {exc}") from exc
    if url.scheme not in WEB_SCHEMES or not url.host:
        raise ValueError("no URL of the web; give https://host/path")
    if url.userinfo:
        raise ValueError("holds a user or password; receivers know us by the signature")
    if url.fragment:
        raise ValueError("has a fragment (#…), which is never sent")
    if url.port is not None and not 0 < url.port <= LAST_PORT:
        raise ValueError(f"no URL that can be reached: port {url.port}")
    return text


EventName = Annotated[str, AfterValidator(_known_event)]
SecretName = Annotated[str, StringConstraints(pattern=r"^CLEARWAY_[A-Z0-9_]{1,80}$")]
Word = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class WebhookSettings(FrozenModel):
    """One subscriber.

    Attributes:
        name: of this subscription, for screens, metrics and its place in the outbox. Under a new name it
            starts anew.
        url: where events are posted.
        secrets: names of environment variables that hold the secrets. All sign, so that one can be
            replaced without a gap: add the new one, tell the receiver, take the old one away.
        events: only these (`opened`, `closed`, …); by default all.
        matters: only cases of these matters.
        units: only cases led by these units.
        areas: only cases in these areas or below them: an area's id, or its path `/city/district`.
        start: of a new subscription: with the next event, or with the first that the ledger still has.
        handshake: ask for permission first, as the CloudEvents webhook specification has it.
        plain_http: the URL may be without TLS.
        at_once: requests at the same time, each of another case.
    """

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")
    url: Annotated[str, StringConstraints(max_length=2000), AfterValidator(_usable_url)]
    secrets: tuple[SecretName, ...] = Field(min_length=1, max_length=4)
    events: tuple[EventName, ...] = ()
    matters: tuple[Word, ...] = ()
    units: tuple[Word, ...] = ()
    areas: tuple[Word, ...] = ()
    start: Literal["now", "beginning"] = "now"
    handshake: bool = False
    plain_http: bool = False
    at_once: int = Field(default=8, ge=1, le=64)

    @model_validator(mode="after")
    def _protected(self) -> Self:
        if self.url.startswith("http://") and not self.plain_http:
            raise ValueError(f"{self.url} has no TLS; use https://, or say plain_http = true")
        return self

    def wants(self, event: CaseEvent) -> bool:
        """Whether the subscriber asked for an event."""
        return (
            (not self.events or event.type in self.events)
            and (not self.matters or event.matter in self.matters)
            and (not self.units or event.unit in self.units)
            and (not self.areas or any(_lies_in(event, area) for area in self.areas))
        )

    def found_secrets(self, environment: Mapping[str, str]) -> tuple[str, ...]:
        """The secrets themselves.

        Raises:
            ConfigurationError: one is missing or too short; every such variable is named.
        """
        faults = []
        for name in self.secrets:
            value = environment.get(name, "")
            if len(value) < SHORTEST_SECRET:
                problem = f"has {len(value)} characters, needs {SHORTEST_SECRET}" if value else "is not set"
                remedy = f"set it for the webhook {self.name!r}: openssl rand -hex 32"
                faults.append(Fault("environment", 0, name, problem, remedy))
        if faults:
            raise ConfigurationError(tuple(faults))
        return tuple(environment[name] for name in self.secrets)


class DeliverySettings(FrozenModel):
    """How webhooks are delivered: the same for all of them.

    Attributes:
        origin: who we say we are when asking for permission: a DNS name.
        allow_networks: networks of one's own that may be posted to, e.g. `10.20.0.0/16`. All other private,
            loopback, link-local and metadata addresses are refused, whatever a name resolves to.
        ca_file: certificates that sign receivers' own, beside the system's.
        timeout_s: from the first byte out to the answer's status.
        retry_for_s: after this long an event is dead.
        keep_delivered_days: how long it is kept that an event was delivered.
        poll_interval_s: how often the outbox is looked at.
        webhook: the subscribers.
    """

    origin: str = Field(default="", pattern=r"^[A-Za-z0-9.-]{0,253}$")
    allow_networks: tuple[Network, ...] = ()
    ca_file: Path | None = None
    timeout_s: float = Field(default=5.0, gt=0, le=60)
    retry_for_s: float = Field(default=48 * 3600.0, gt=0, le=30 * 86_400)
    keep_delivered_days: int = Field(default=30, ge=1, le=3650)
    poll_interval_s: float = Field(default=0.2, gt=0, le=60)
    webhook: tuple[WebhookSettings, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        names = [webhook.name for webhook in self.webhook]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"two webhooks are called {name!r}")
        for webhook in self.webhook:
            if webhook.handshake and not self.origin:
                raise ValueError(f"webhook {webhook.name!r} asks for permission; say in whose name: origin")
            if why := _literal_trouble(webhook.url, self.allow_networks):
                raise ValueError(f"webhook {webhook.name!r}: {why}; see allow_networks")
        return self


def _literal_trouble(url: str, allowed: tuple[Network, ...]) -> str:
    """Of an address that stands in the URL itself; names are judged whenever they are resolved."""
    try:
        address = ip_address(httpx.URL(url).host)
    except ValueError:
        return ""
    return trouble(address, allowed)


def _lies_in(event: CaseEvent, area: str) -> bool:
    if area.startswith("/"):
        return f"{event.area_path}/".startswith(f"{area.rstrip('/')}/")
    return area == event.area or area in event.area_path.split("/")
