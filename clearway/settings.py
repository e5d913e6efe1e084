"""One settings file for all roles; secrets from the environment only.

`CLEARWAY_SMS__TOKEN` sets `sms.token`: two underscores descend. The environment wins over the file.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import UnionType
from typing import Any

from pydantic import BaseModel, Field, SecretStr
from pydantic_settings import BaseSettings, EnvSettingsSource, SettingsConfigDict

from cases.retention import RetentionSettings
from cases.settings import CasesSettings
from clearway import paths
from clearway.connect_settings import ConnectSettings
from clearway.proof_settings import AuditSettings
from console.settings import ConsoleSettings
from edge.settings import EdgeSettings
from ingest.settings import IngestSettings
from models import toml
from models.connection import MqttSettings
from models.errors import ConfigurationError, Fault
from models.toml import FrozenModel
from notifier.settings import NotifierSettings, SmsSettings
from notifier.settings_public import PublicSettings

ENV_PREFIX = "CLEARWAY_"
IN_ENVIRONMENT = "environment"


class LedgerSettings(FrozenModel):
    """The ledger's database.

    Attributes:
        url: `sqlite:////abs/path/ledger.db` or `postgresql+psycopg://user@host/name`; empty for a file in
            the data folder.
    """

    url: str = ""


class BrokerSettings(FrozenModel):
    """The embedded broker of `clearway up`. Real sites run Mosquitto or EMQX and leave it off.

    Attributes:
        embedded: start one on this machine's loopback.
        sensor_password: of the user `sensor`, who may publish to the topics of `edge.sensor` and nothing
            else (`CLEARWAY_BROKER__SENSOR_PASSWORD`); without one, no sensor of this machine is let in.
    """

    embedded: bool = True
    port: int = Field(default=1883, ge=1, le=65_535)
    sensor_password: SecretStr | None = None


class StatusSettings(FrozenModel):
    """Where each role answers `/status` and `/metrics`, on the loopback.

    Attributes:
        base_port: broker, ingest, notifier, console, edge and the phone follow each other from here.
    """

    base_port: int = Field(default=9460, ge=1, le=65_000)


class LogSettings(FrozenModel):
    """How much is logged: one JSON line per observation and hop at `info`."""

    level: str = Field(default="info", pattern=r"^(debug|info|warning|error)$")


class Settings(BaseSettings):
    """Everything a user may set.

    Attributes:
        data_dir: where ledger, log, spool, evidence and logs stand, unless said otherwise.
        policies: folder with a city's own ladders; they win over the built-in ones of the same name.
    """

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", env_prefix=ENV_PREFIX, env_nested_delimiter="__", case_sensitive=False
    )

    data_dir: Path = Path("clearway-data")
    policies: Path | None = None
    mqtt: MqttSettings = MqttSettings()
    broker: BrokerSettings = BrokerSettings()
    ledger: LedgerSettings = LedgerSettings()
    edge: EdgeSettings = EdgeSettings()
    ingest: IngestSettings = IngestSettings()
    cases: CasesSettings = CasesSettings()
    notifier: NotifierSettings = NotifierSettings()
    sms: SmsSettings = SmsSettings()
    public: PublicSettings = PublicSettings()
    console: ConsoleSettings = ConsoleSettings()
    connect: ConnectSettings = ConnectSettings()
    audit: AuditSettings = AuditSettings()
    retention: RetentionSettings = RetentionSettings()
    status: StatusSettings = StatusSettings()
    log: LogSettings = LogSettings()

    @property
    def ledger_url(self) -> str:
        """The ledger's URL, in the data folder by default."""
        return self.ledger.url or f"sqlite:///{(self.data_dir / 'ledger.db').resolve()}"


def load(path: Path | None) -> Settings:
    """Read settings from a file and the environment.

    Raises:
        ConfigurationError: with every fault, each at its line or its variable.
    """
    text, source = ("", "settings") if path is None else (paths.read_text(path), str(path))
    values = toml.table(text, source)
    faults = [_secret_fault(key, text, source) for key in _secrets(Settings) if _dig(values, key) is not None]
    for fault in faults:
        _drop(values, fault.key)
    environment = dict(EnvSettingsSource(Settings)())
    try:
        found = toml.validate(_merge(values, environment), text, source, Settings)
    except ConfigurationError as exc:
        faults.extend(_placed(fault, environment) for fault in exc.faults)
    if faults:
        raise ConfigurationError(tuple(sorted(faults, key=lambda fault: fault.line)))
    return _resolved(found, path)


def variable(key: str) -> str:
    """The environment variable of a key."""
    return ENV_PREFIX + key.upper().replace(".", "__")


def _resolved(settings: Settings, path: Path | None) -> Settings:
    """Paths in a settings file are meant from where the file stands."""
    if path is None:
        return settings
    base = path.resolve().parent
    cameras = tuple(
        camera.model_copy(
            update={"plan": base / camera.plan, "source": _resolved_source(camera.source, base)}
        )
        for camera in settings.edge.camera
    )
    network, key_file = settings.edge.network, settings.edge.key_file
    edge = settings.edge.model_copy(
        update={
            "camera": cameras,
            "network": None if network is None else base / network,
            "key_file": None if key_file is None else base / key_file,
        }
    )
    owners, templates = settings.notifier.owners, settings.notifier.templates
    notifier = settings.notifier.model_copy(
        update={
            "owners": None if owners is None else base / owners,
            "registry": settings.notifier.registry.resolved(base),
            "templates": None if templates is None else base / templates,
        }
    )
    connect = settings.connect.resolved(base)
    sms = settings.sms.resolved(base)
    scenes = settings.cases.scenes
    tls = {name: getattr(settings.console, name) for name in ("tls_certificate", "tls_key")}
    console = settings.console.model_copy(
        update={name: None if path is None else base / path for name, path in tls.items()}
    )
    return settings.model_copy(
        update={
            "console": console,
            "cases": settings.cases.model_copy(update={"scenes": None if scenes is None else base / scenes}),
            "connect": connect,
            "data_dir": base / settings.data_dir,
            "policies": None if settings.policies is None else base / settings.policies,
            "edge": edge,
            "notifier": notifier,
            "sms": sms,
        }
    )


def _resolved_source(source: str, base: Path) -> str:
    if "://" in source or source.startswith("/"):
        return source
    return str(base / source)


def _secret_fault(key: str, text: str, source: str) -> Fault:
    line = toml.key_lines(text).get(tuple(key.split(".")), 0)
    remedy = f"set {variable(key)} in the environment and delete the line"
    return Fault(source, line, key, "secrets are never read from a file", remedy)


def _drop(values: dict[str, Any], key: str) -> None:
    *path, last = key.split(".")
    for word in path:
        values = values[word]
    del values[last]


def _placed(fault: Fault, environment: Mapping[str, Any]) -> Fault:
    """A fault of a value that came from the environment points there."""
    if _dig(environment, fault.key) is None:
        return fault
    return Fault(IN_ENVIRONMENT, 0, variable(fault.key), fault.problem, fault.remedy)


def _secrets(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        kind = field.annotation
        kinds = kind.__args__ if isinstance(kind, UnionType) else (kind,)
        for one in kinds:
            if isinstance(one, type) and issubclass(one, BaseModel):
                yield from _secrets(one, f"{prefix}{name}.")
        if SecretStr in (kind, *getattr(kind, "__args__", ())):
            yield f"{prefix}{name}"


def _dig(values: Mapping[str, Any], key: str) -> object:
    found: object = values
    for word in key.split("."):
        if not isinstance(found, Mapping) or word not in found:
            return None
        found = found[word]
    return found


def _merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for name, value in over.items():
        old = merged.get(name)
        merged[name] = (
            _merge(old, value) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
        )
    return merged
