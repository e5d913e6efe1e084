"""Which processes a machine runs, with which credentials: what `up` and `demo` have in common."""

import secrets
from dataclasses import dataclass, field
from pathlib import Path

from clearway import broker, simulator
from clearway.broker import BrokerUser
from clearway.settings import Settings
from clearway.supervisor import Job
from models.topics import PREFIX

FIRST, THEN = 0, 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Extras:
    """What a demo adds to a site.

    Attributes:
        phone: the local provider takes the messages.
        sensor: a smoke sensor is simulated.
        notifier: messages can go out; without a provider's account they cannot.
        environment: for all processes, on top of ours.
    """

    phone: bool = False
    sensor: bool = False
    notifier: bool = True
    environment: dict[str, str] = field(default_factory=dict)


def jobs(settings: Settings, settings_file: Path, extras: Extras, *, to_files: bool) -> list[Job]:
    """The processes of one machine.

    Args:
        settings: from `settings_file`, which every process reads for itself.
        settings_file: where the settings stand.
        extras: of a demo.
        to_files: whether each process logs to a file of its own in the data folder.
    """
    users = _users(settings) if settings.broker.embedded else {}

    def job(role: str, *command: str, stage: int = FIRST, ends: bool = False) -> Job:
        logs = ("--log-file", str(settings.data_dir / "logs" / f"{role}.log")) if to_files else ()
        environment = dict(extras.environment)
        if role == "broker":
            environment[broker.USERS_VARIABLE] = broker.write_users(users)
        elif role in users:
            environment["CLEARWAY_MQTT__USERNAME"] = role
            environment["CLEARWAY_MQTT__PASSWORD"] = users[role].password
        arguments = (*(command or (role,)), "--settings", str(settings_file), *logs)
        return Job(name=role, arguments=arguments, environment=environment, stage=stage, ends=ends)

    return [
        *([job("broker")] if settings.broker.embedded else []),
        *([job("phone")] if extras.phone else []),
        job("ingest"),
        *([job("notifier", "notify")] if extras.notifier else []),
        *([job("public")] if extras.notifier and settings.public.wanted else []),
        job("console"),
        *([job("connect")] if settings.connect.wanted else []),
        *([job("sensor", "simulate-sensor")] if extras.sensor else []),
        *(
            [job("edge", stage=THEN, ends=settings.edge.until_end)]
            if settings.edge.camera or settings.edge.sensor
            else []
        ),
    ]


def _users(settings: Settings) -> dict[str, BrokerUser]:
    """Fresh credentials for this run; nobody else knows them, and they are never written down."""
    own = f"{PREFIX}/{settings.edge.site}/{settings.edge.device}"
    readings = tuple(sensor.topic for sensor in settings.edge.sensor)
    return {
        "ingest": BrokerUser(
            _password(),
            publish=(f"{PREFIX}/+/+/receipts", f"{PREFIX}/+/+/plans/+"),
            subscribe=(f"{PREFIX}/#",),
        ),
        "edge": BrokerUser(
            _password(),
            publish=tuple(
                f"{own}/{tail}" for tail in ("observations", "evidence/+", "status", "trails", "previews/+")
            ),
            subscribe=(f"{own}/receipts", f"{own}/plans/+", *readings),
        ),
        "sensor": BrokerUser(_sensor_password(settings), publish=(*readings, simulator.TOPIC)),
    }


def _sensor_password(settings: Settings) -> str:
    """The user's own, so that a sensor can be told it; else one that only a simulated sensor learns."""
    own = settings.broker.sensor_password
    return _password() if own is None else own.get_secret_value()


def _password() -> str:
    return secrets.token_urlsafe(24)
