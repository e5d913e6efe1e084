"""What a user may set about the Kafka topic of case events."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, StringConstraints, model_validator

from models.toml import FrozenModel

HostPort = Annotated[str, StringConstraints(pattern=r"^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):[0-9]{1,5}$")]


class TopicSettings(FrozenModel):
    """The topic of case events.

    Attributes:
        brokers: `host:port` of brokers to begin with; none for no topic at all.
        topic: its name. Under a new name it starts anew.
        start: of a new topic: with the next event, or with the first that the ledger still has.
        tls: speak TLS to the brokers.
        ca_file: certificates that sign the brokers' own, beside the system's.
        username: for brokers that ask who we are.
        password: its password (`CLEARWAY_CONNECT__KAFKA__PASSWORD`).
        mechanism: how the password is proved.
        timeout_s: how long one request may take.
    """

    brokers: tuple[HostPort, ...] = ()
    topic: str = Field(default="clearway.cases", pattern=r"^[A-Za-z0-9._-]{1,100}$")
    start: Literal["now", "beginning"] = "now"
    tls: bool = False
    ca_file: Path | None = None
    username: str = Field(default="", max_length=200)
    password: SecretStr = SecretStr("")
    mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    timeout_s: float = Field(default=10.0, gt=0, le=300)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if bool(self.username) != bool(self.password.get_secret_value()):
            raise ValueError("username and password belong together (CLEARWAY_CONNECT__KAFKA__PASSWORD)")
        if self.username and self.mechanism == "PLAIN" and not self.tls:
            raise ValueError("PLAIN shows the password to everybody on the way; use SCRAM, or tls = true")
        if self.topic in {".", ".."}:
            raise ValueError(f"topic: {self.topic!r} is no name of a topic")
        return self
