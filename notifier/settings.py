"""What a user may set about notices. Secrets come from the environment, never from a file."""

from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, SecretStr, StringConstraints

from models.toml import FrozenModel
from notifier.pace import PaceSettings
from notifier.senders.gateway_settings import GatewaySettings
from notifier.settings_limits import LimitSettings
from notifier.settings_owners import RegistrySettings

LANGUAGE_PATTERN = r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$"


def _known_timezone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as exc:
        raise ValueError(f"no timezone {name!r}; use an IANA name such as Asia/Shanghai") from exc
    return name


Language = Annotated[str, StringConstraints(pattern=LANGUAGE_PATTERN)]
Timezone = Annotated[str, AfterValidator(_known_timezone)]


class SmsSettings(FrozenModel):
    """The provider that takes our messages.

    Attributes:
        provider: which one: Twilio, a gateway described in `http`, or a file that nobody is written to
            from.
        account_sid: our account (`CLEARWAY_SMS__ACCOUNT_SID`).
        token: its secret (`CLEARWAY_SMS__TOKEN`).
        sender: a number in E.164 form, or a messaging service (`MG…`).
        base_url: where its API is; another one for a proxy or for the phone on the desk.
        timeout_s: how long one request may take.
        validity_s: after this the provider drops what it could not deliver. A quarter of an hour is the
            time in which leaving costs nothing (docs/policies.md): later the message is untrue.
        http: the gateway, with `provider = "http"`.
        file: where messages are written, with `provider = "file"`; below the data folder, or absolute.
        echo: with `provider = "file"`, say each message on the terminal as well.
    """

    provider: Literal["twilio", "http", "file"] = "twilio"
    account_sid: str = Field(default="", max_length=64)
    token: SecretStr = SecretStr("")
    sender: str = Field(default="", max_length=64)
    base_url: str = Field(default="https://api.twilio.com", pattern=r"^https?://[^/]+$")
    timeout_s: float = Field(default=8.0, gt=0, le=60)
    validity_s: int = Field(default=900, ge=1, le=36_000)
    http: GatewaySettings | None = None
    file: Path = Path("messages.jsonl")
    echo: bool = False

    def resolved(self, base: Path) -> Self:
        """The same with paths as they are meant: from where the settings file stands."""
        return self.model_copy(update={"http": None if self.http is None else self.http.resolved(base)})


class RetrySettings(FrozenModel):
    """How long to wait before the next try.

    Attributes:
        first_s: after the first failure; each further one waits `factor` times as long.
        most_s: and never longer than this.
        jitter: share of the wait that is random, so that a thousand notices do not come back as one wave.
        settle_s: before asking whether a message with an unknown outcome was taken after all. Asking
            too early would find nothing, send again, and double it. Twilio works on a request for up to
            about 30 s after its client gave up (twilio-ruby, issues 493 and 519).
        closed_s: pause after the provider refused our account.
    """

    first_s: float = Field(default=1.0, gt=0, le=3600)
    factor: float = Field(default=2.0, ge=1, le=10)
    most_s: float = Field(default=60.0, gt=0, le=86_400)
    jitter: float = Field(default=0.5, ge=0, le=1)
    settle_s: float = Field(default=30.0, gt=0, le=3600)
    closed_s: float = Field(default=60.0, gt=0, le=86_400)


class NotifierSettings(FrozenModel):
    """Everything about notices but the provider, which is `SmsSettings`.

    Attributes:
        owners: CSV file with the columns plate, phone, language, name: the registry called `owners`.
        registry: more registries of owners, and how they are asked.
        language: of owners for whom none is written down.
        region: country of numbers without a country code, and of the operator.
        timezone: in which messages tell the time.
        token_key: keys the tokens that stand for phone numbers (`CLEARWAY_NOTIFIER__TOKEN_KEY`). Ten
            digits can be tried out in a minute, so a token without a key would be the number itself.
        templates: folder with a city's own messages; they win over the shipped ones.
        segments_most: longest message, in SMS segments; two hold the shipped texts, three those with a link.
        hotline: number that owners may call, for the messages.
        fresh_s: an incident not confirmed for so long is not told to its owner. The heartbeat of an
            overstay comes every 60 s, so this is two missed ones and some delay.
        poll_interval_s: how often the ledger is asked for what is due.
        sends_at_once: requests at the provider at the same time.
    """

    owners: Path | None = None
    registry: RegistrySettings = RegistrySettings()
    language: Language = "zh-CN"
    region: str = Field(default="CN", pattern=r"^[A-Z]{2}$")
    timezone: Timezone = "Asia/Shanghai"
    token_key: SecretStr | None = None
    templates: Path | None = None
    segments_most: int = Field(default=3, ge=1, le=10)
    hotline: str = Field(default="", max_length=24, pattern=r"^[0-9+() -]*$")
    fresh_s: float = Field(default=150.0, gt=0, le=86_400)
    poll_interval_s: float = Field(default=0.05, gt=0, le=60)
    sends_at_once: int = Field(default=8, ge=1, le=64)
    retry: RetrySettings = RetrySettings()
    limits: LimitSettings = LimitSettings()
    pace: PaceSettings = PaceSettings()
