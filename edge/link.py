"""The line to the broker. The only file of the edge that names the MQTT library.

Callbacks only enqueue: an exception in one would kill the library's network thread while it still says it
is connected. Nothing is kept here: what must not be lost waits in the spool until the centre's receipt.
"""

import contextlib
import queue
import socket
import ssl
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.reasoncodes import ReasonCode

from models.connection import MqttSettings
from models.errors import ConfigurationError, TransportDown

RECONNECT_MIN_S = 1
RECONNECT_MAX_S = 30
MAX_INFLIGHT = 50
INBOX_LIMIT = 10_000


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message that came in, to be acknowledged once it is dealt with."""

    topic: str
    payload: bytes
    mid: int
    qos: int


class Link:
    """One MQTT 3.1.1 connection that comes back by itself.

    Args:
        settings: the broker.
        client_id: names the session; the broker keeps it over a reconnect.
        subscriptions: topics to listen to, subscribed again at every connect.
        will: topic and payload the broker publishes, retained, when this device is gone.

    Raises:
        ConfigurationError: certificates that cannot be read.
    """

    def __init__(
        self,
        settings: MqttSettings,
        client_id: str,
        subscriptions: Sequence[str],
        will: tuple[str, bytes] | None = None,
    ) -> None:
        self._subscriptions = list(subscriptions)
        self.inbox: queue.Queue[Incoming] = queue.Queue(INBOX_LIMIT)
        self.connected = threading.Event()
        self.refusal = ""
        self._last_heard = time.monotonic()
        self._client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            clean_session=False,
            protocol=mqtt.MQTTv311,
            manual_ack=True,
        )
        self._client.reconnect_delay_set(RECONNECT_MIN_S, RECONNECT_MAX_S)
        self._client.max_inflight_messages_set(MAX_INFLIGHT)
        self._client.on_connect = self._on_connect
        self._client.on_disconnect = self._on_disconnect
        self._client.on_message = self._on_message
        if will is not None:
            self._client.will_set(will[0], will[1], qos=1, retain=True)
        self._address = settings.address
        _prepare(self._client, settings)
        self._keepalive_s = settings.keepalive_s

    def start(self) -> None:
        """Connect in the background, for as long as it takes."""
        host, port = self._address
        self._client.connect_async(host, port, keepalive=self._keepalive_s)
        self._client.loop_start()

    def stop(self) -> None:
        """Say goodbye and end the network thread."""
        self._client.disconnect()
        self._client.loop_stop()

    def publish(self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False) -> None:
        """Hand a message to the library.

        Raises:
            TransportDown: there is no connection, or too much is under way already.
        """
        if not self.connected.is_set():
            raise TransportDown(f"not connected to {self._address[0]}:{self._address[1]}")
        outcome = self._client.publish(topic, payload, qos=qos, retain=retain)
        if outcome.rc is not MQTTErrorCode.MQTT_ERR_SUCCESS:
            raise TransportDown(f"the broker connection took no message: {mqtt.error_string(outcome.rc)}")

    def acknowledge(self, message: Incoming) -> None:
        """Tell the broker that a message is dealt with."""
        if message.qos:
            self._client.ack(message.mid, message.qos)

    def silent_s(self) -> float:
        """Seconds since anything came in: what a watchdog looks at, not `is_connected`."""
        return time.monotonic() - self._last_heard

    def reconnect(self) -> None:
        """Drop a connection that seems dead; the library comes back by itself."""
        self._last_heard = time.monotonic()
        sock = self._client.socket()
        if sock is not None:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)  # type: ignore[attr-defined]  # a socket, for all we set up

    def _on_connect(
        self,
        client: mqtt.Client,
        _userdata: Any,  # noqa: ANN401 - the library's signature
        _flags: mqtt.ConnectFlags,
        reason: ReasonCode,
        _properties: Any,  # noqa: ANN401
    ) -> None:
        self._last_heard = time.monotonic()
        if reason.is_failure:
            self.refusal = str(reason)
            return
        self.refusal = ""
        if self._subscriptions:
            client.subscribe([(topic, 1) for topic in self._subscriptions])
        self.connected.set()

    def _on_disconnect(self, *_: Any) -> None:  # noqa: ANN401
        self.connected.clear()

    def _on_message(self, _client: mqtt.Client, _userdata: Any, message: mqtt.MQTTMessage) -> None:  # noqa: ANN401
        self._last_heard = time.monotonic()
        try:
            self.inbox.put_nowait(Incoming(message.topic, bytes(message.payload), message.mid, message.qos))
        except queue.Full:
            # Not acknowledged: the broker keeps it and sends it again after a reconnect.
            return


def _prepare(client: mqtt.Client, settings: MqttSettings) -> None:
    if settings.credentials is not None:
        client.username_pw_set(*settings.credentials)
    if settings.secure:
        ca_file, certificate_file, key_file = settings.tls_files
        try:
            client.tls_set(ca_file, certificate_file, key_file, tls_version=ssl.PROTOCOL_TLS_CLIENT)
        except (OSError, ValueError) as exc:
            raise ConfigurationError.of("mqtt", f"the TLS files cannot be used: {exc}") from exc
