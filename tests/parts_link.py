"""A line to a broker that keeps what was said on it, and fails as told: the part of `edge.link.Link` that a
courier uses."""

import json
import threading
from collections.abc import Callable

from models.errors import TransportDown


class ScriptedLink:
    """Takes messages while it is up.

    Attributes:
        said: topic and payload of every message taken, in order.
        takes: how many more messages it takes before it refuses; None for any number.
        on_publish: called with every message, before `publish` returns.
    """

    def __init__(self) -> None:
        self.connected = threading.Event()
        self.said: list[tuple[str, bytes]] = []
        self.takes: int | None = None
        self.silent = 0.0
        self.reconnects = 0
        self.on_publish: Callable[[str, bytes], None] = lambda _topic, _payload: None

    def publish(self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False) -> None:
        del qos, retain
        if not self.connected.is_set():
            raise TransportDown("not connected")
        if self.takes is not None:
            if self.takes <= 0:
                raise TransportDown("takes no more")
            self.takes -= 1
        self.said.append((topic, payload))
        self.on_publish(topic, payload)

    def silent_s(self) -> float:
        return self.silent

    def reconnect(self) -> None:
        self.reconnects += 1
        self.silent = 0.0

    def batches(self) -> list[list[str]]:
        """The ids in each message of observations."""
        found = [payload for topic, payload in self.said if topic.endswith("/observations")]
        return [[event["id"] for event in json.loads(payload)] for payload in found]

    def pictures(self) -> list[str]:
        """The hashes of the pictures sent."""
        return [topic.rsplit("/", 1)[1] for topic, _ in self.said if "/evidence/" in topic]
