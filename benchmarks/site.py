"""A whole small site on this machine's loopback, as real processes: for benchmarks and system tests."""

import contextlib
import queue
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from os import environ
from pathlib import Path
from typing import Any, TypeVar

import httpx
import msgspec
import tomli_w
from pydantic import SecretStr

from cases.database import Database
from cases.reading import Reading
from clearway import stack
from clearway.roles import ORDER, status_port
from clearway.settings import Settings, load
from clearway.stack import Extras
from edge.clock import Clock
from edge.courier import Courier
from edge.link import Link
from edge.spool import Spool
from models.connection import MqttSettings
from models.records import Receipt
from models.topics import Channel, Topic

T = TypeVar("T")
PHONE_ACCOUNT = "AC" + "1" * 32
START_S = 180.0
"""A process may take so long to start, on a machine that others use too."""


def until(condition: Callable[[], T], *, within_s: float = 30.0, what: str = "it") -> T:
    """The first true answer of `condition`.

    Raises:
        TimeoutError: there was none in time.
    """
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if answer := condition():
            return answer
        time.sleep(0.02)
    raise TimeoutError(f"{what} did not happen within {within_s:.0f} s")


def free_ports(count: int) -> int:
    """The first of a row of ports that nobody listens on."""
    for base in range(21_000 + secrets.randbelow(800) * 10, 60_000, count):
        taken = False
        for port in range(base, base + count):
            with socket.socket() as probe:
                taken |= probe.connect_ex(("127.0.0.1", port)) == 0
        if not taken:
            return base
    raise RuntimeError("no row of free ports")


@dataclass
class Site:
    """One machine with a broker, ingest, notifier and phone, as far as they are started.

    Attributes:
        folder: where everything stands.
        more: settings on top of the defaults, by section.
    """

    folder: Path
    more: dict[str, Any] = field(default_factory=dict)
    processes: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    def __post_init__(self) -> None:
        first = free_ports(len(ORDER) + 3)
        phone = f"http://127.0.0.1:{first + len(ORDER)}"
        values: dict[str, Any] = {
            "data_dir": ".",
            "mqtt": {"url": f"mqtt://127.0.0.1:{first + len(ORDER) + 1}"},
            "broker": {"port": first + len(ORDER) + 1},
            "status": {"base_port": first},
            "console": {"port": first + len(ORDER) + 2, "phone_url": phone},
            "sms": {"base_url": phone, "account_sid": PHONE_ACCOUNT, "sender": "+447700900999"},
            "edge": {
                "site": "bench",
                "device": "box",
                "sensor": [{"name": "smoke", "topic": "sensors/smoke"}],
            },
            "log": {"level": "warning"},
        }
        for section, extra in self.more.items():
            values[section] = values.get(section, {}) | extra
        self.file = self.folder / "settings.toml"
        self.file.write_text(tomli_w.dumps(values), encoding="utf-8")
        self.settings: Settings = load(self.file)
        extras = Extras(
            phone=True, sensor=True, environment={"CLEARWAY_SMS__TOKEN": secrets.token_urlsafe(24)}
        )
        self.jobs = {job.name: job for job in stack.jobs(self.settings, self.file, extras, to_files=True)}
        self.database = Database(self.settings.ledger_url)
        self.database.migrate()
        self.reading = Reading(self.database)
        # One for all: each new client reads the certificates of the whole world first.
        self._client = httpx.Client(timeout=2, trust_env=False)

    def start(self, *roles: str) -> None:
        """Start roles and wait until each is ready."""
        for role in roles:
            job = self.jobs[role]
            self.processes[role] = subprocess.Popen(
                [sys.executable, "-m", "clearway", *job.arguments],
                env={**environ, **job.environment},
                stdin=subprocess.DEVNULL,
            )
        for role in roles:
            until(lambda role=role: self.is_ready(role), within_s=START_S, what=f"{role} being ready")  # type: ignore[misc]

    def is_ready(self, role: str) -> bool:
        """Whether a role answers and has its connection."""
        status = self.status(role)
        return (
            status is not None
            and status.get("broker", "connected") == "connected"
            and status.get("listening") != ""
        )

    def status(self, role: str) -> dict[str, Any] | None:
        """What a role says of itself, or None."""
        port = status_port(self.settings.status.base_port, role)
        try:
            answer: dict[str, Any] = self._client.get(f"http://127.0.0.1:{port}/status").json()
        except (httpx.HTTPError, ValueError):
            return None
        return answer

    def kill(self, role: str) -> None:
        """kill -9."""
        process = self.processes.pop(role)
        process.kill()
        process.wait()

    def stop(self, role: str) -> int:
        """Ask a role to end; its exit code."""
        process = self.processes.pop(role)
        process.send_signal(signal.SIGTERM)
        return process.wait(timeout=10)

    def close(self) -> None:
        """End everything."""
        for role, process in reversed(list(self.processes.items())):
            try:
                self.stop(role)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._client.close()
        self.database.close()

    def rss_mb(self, role: str) -> float:
        """Resident memory of a role."""
        text = Path(f"/proc/{self.processes[role].pid}/statm").read_text(encoding="ascii")
        return int(text.split()[1]) * 4096 / 1e6

    def mqtt_as(self, role: str) -> MqttSettings:
        """Broker settings with a role's credentials of this run."""
        environment = self.jobs[role].environment
        return self.settings.mqtt.model_copy(
            update={
                "username": environment["CLEARWAY_MQTT__USERNAME"],
                "password": SecretStr(environment["CLEARWAY_MQTT__PASSWORD"]),
            }
        )


class Box:
    """An edge box without cameras: the real spool, courier and link, fed by hand."""

    def __init__(self, site: Site, name: str = "box", clock: Clock | None = None) -> None:
        edge = site.settings.edge
        self.spool = Spool(site.folder / "edge" / f"{name}.db", 512 * 1024 * 1024)
        self._receipts = str(Topic(edge.site, edge.device, Channel.RECEIPTS))
        self.link = Link(site.mqtt_as("edge"), f"clearway-{edge.site}-{edge.device}", [self._receipts])
        self.courier = Courier(self.spool, self.link, edge.site, edge.device, resend_after_s=3.0, clock=clock)
        self.receipts = 0

    @contextlib.contextmanager
    def running(self) -> Iterator["Box"]:
        """Connected and sending."""
        stop = threading.Event()
        threads = [
            threading.Thread(target=self.courier.run, args=(stop,), daemon=True),
            threading.Thread(target=self._take_receipts, args=(stop,), daemon=True),
        ]
        self.link.start()
        for thread in threads:
            thread.start()
        try:
            yield self
        finally:
            stop.set()
            for thread in threads:
                thread.join(timeout=5)
            self.link.stop()
            self.spool.close()

    def _take_receipts(self, stop: threading.Event) -> None:
        while not stop.is_set():
            try:
                message = self.link.inbox.get(timeout=0.1)
            except queue.Empty:
                continue
            receipt = msgspec.json.decode(message.payload, type=Receipt)
            self.courier.receipt(receipt.ids, receipt.at)
            self.link.acknowledge(message)
            self.receipts += len(receipt.ids)
