"""What system tests say to a site over MQTT, and read from it."""

import contextlib
import itertools
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from benchmarks.site import Site, until
from models.connection import MqttSettings

_numbers = itertools.count()


class Speaker:
    """A plain MQTT 3.1.1 client: what anything else on the wire may be.

    Attributes:
        refusal: why the broker refused the connection.
        heard: (topic, payload) of what came in.
    """

    def __init__(self, settings: MqttSettings, *topics: str) -> None:
        self.connected = threading.Event()
        self.gone = threading.Event()
        self.granted = threading.Event()
        self.refusal = ""
        self.grants: list[Any] = []
        self.heard: list[tuple[str, bytes]] = []
        self._topics = topics
        self._client = mqtt.Client(
            CallbackAPIVersion.VERSION2, client_id=f"speaker-{next(_numbers)}", protocol=mqtt.MQTTv311
        )
        if settings.credentials is not None:
            self._client.username_pw_set(*settings.credentials)
        self._client.on_connect = self._on_connect
        self._client.on_disconnect = lambda *_: self.gone.set()
        self._client.on_subscribe = self._on_subscribe
        self._client.on_message = lambda _c, _u, message: self.heard.append((message.topic, message.payload))
        self._address = settings.address

    def start(self) -> None:
        self._client.connect(*self._address)
        self._client.loop_start()

    def stop(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def say(self, topic: str, payload: bytes, *, qos: int = 1, within_s: float = 10.0) -> bool:
        """Publish; whether the broker took it in time."""
        sent = self._client.publish(topic, payload, qos=qos)
        with contextlib.suppress(RuntimeError, ValueError):
            sent.wait_for_publish(within_s)
        return bool(sent.is_published())

    def _on_connect(self, client: mqtt.Client, _userdata: Any, _flags: Any, reason: Any, _more: Any) -> None:
        if reason.is_failure:
            self.refusal = str(reason)
            self.gone.set()
            return
        if self._topics:
            client.subscribe([(topic, 1) for topic in self._topics])
        self.connected.set()

    def _on_subscribe(self, _client: Any, _userdata: Any, _mid: Any, reasons: Any, _more: Any) -> None:
        self.grants += reasons
        self.granted.set()


@contextlib.contextmanager
def speaking(site: Site, role: str, *topics: str) -> Iterator[Speaker]:
    """A client with the credentials of a role."""
    speaker = Speaker(site.mqtt_as(role), *topics)
    speaker.start()
    try:
        until(speaker.connected.is_set, what=f"the connection as {role}")
        if topics:
            until(speaker.granted.is_set, what="the subscription")
        yield speaker
    finally:
        speaker.stop()


@contextlib.contextmanager
def site_in(folder: Path, **more: Any) -> Iterator[Site]:
    """A site with settings on top, closed in the end."""
    made = Site(folder, more)
    try:
        yield made
    finally:
        made.close()


def clearway(*arguments: object, timeout_s: float = 60.0) -> "subprocess.CompletedProcess[str]":
    """The command line, whole."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("CLEARWAY_")}
    return subprocess.run(
        [sys.executable, "-m", "clearway", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=timeout_s,
        env=ours,
    )


def dead_letters(site: Site) -> list[dict[str, Any]]:
    """What `clearway deadletters --json` says, oldest first."""
    done = clearway("deadletters", "--settings", site.file, "--limit", 100, "--json")
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in reversed(done.stdout.splitlines())]
