"""How to reach the broker: the same words for an edge box and for the centre."""

from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator

from models.toml import FrozenModel


class MqttSettings(FrozenModel):
    """The MQTT broker.

    Attributes:
        url: `mqtt://host:1883`, or `mqtts://host:8883` for TLS.
        username: credentials of this device or role; the password comes from the environment
            (`CLEARWAY_MQTT__PASSWORD`).
        ca_file: certificate authority, where it is not the system's.
        certificate_file: this device's certificate, with `key_file`, for client authentication.
        keepalive_s: the broker says a device is gone after one and a half of these.
    """

    url: str = Field(default="mqtt://127.0.0.1:1883", pattern=r"^mqtts?://[^/:]+(:\d+)?$")
    username: str | None = None
    password: SecretStr | None = None
    ca_file: Path | None = None
    certificate_file: Path | None = None
    key_file: Path | None = None
    keepalive_s: int = Field(default=30, ge=5, le=3600)

    @field_validator("url")
    @classmethod
    def _port_exists(cls, url: str) -> str:
        _, _, port = url.rpartition(":")
        if port.isdecimal() and not 1 <= int(port[:6]) <= 65_535:  # noqa: PLR2004 - 16 bits
            raise ValueError(f"{url!r} has no valid port; ports are 1 to 65535")
        return url

    @property
    def secure(self) -> bool:
        """Whether the connection is encrypted."""
        return self.url.startswith("mqtts")

    @property
    def address(self) -> tuple[str, int]:
        """Host and port."""
        url = urlsplit(self.url)
        return url.hostname or "127.0.0.1", url.port or (8883 if self.secure else 1883)

    @property
    def credentials(self) -> tuple[str, str | None] | None:
        """User name and password, or None where the broker asks for none."""
        if self.username is None:
            return None
        return self.username, self.password.get_secret_value() if self.password else None

    @property
    def tls_files(self) -> tuple[str | None, str | None, str | None]:
        """Paths of the authority, the certificate and its key; None where not given."""
        authority, certificate, key = (
            None if path is None else str(path)
            for path in (self.ca_file, self.certificate_file, self.key_file)
        )
        return authority, certificate, key
