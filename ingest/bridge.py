"""From MQTT to the log: raw bytes, acknowledged only once they are durable.

The only file of the centre that names the MQTT library.
"""

import asyncio
import random
import ssl
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec
import paho.mqtt.client as mqtt
import structlog
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.reasoncodes import ReasonCode

from cases.evidence.blobs import BlobStore
from cases.live import LiveBoard
from ingest import metrics
from models import envelope
from models.backoff import Backoff
from models.connection import MqttSettings
from models.errors import BadRecord, ConfigurationError, StorageFull, TransportDown
from models.records import DeviceStatus, Receipt, Trail
from models.topics import FROM_DEVICES, Channel, Topic, subscription

MAX_BATCH_MESSAGES = 64
LIVE_BACKLOG = 200
"""With more messages than this waiting, live pictures are dropped: observations come first."""
RETRY = Backoff(first_s=0.2, limit_s=10.0)

log = structlog.get_logger("clearway.ingest.bridge")
_status = msgspec.json.Decoder(DeviceStatus)
_trail = msgspec.json.Decoder(Trail)
T = TypeVar("T")
Append = Callable[[str, bytes], Awaitable["asyncio.Future[Any]"]]
SetAside = Callable[[str, bytes, BadRecord], Awaitable[None]]
NoteDevice = Callable[[str, str, datetime, dict[str, Any]], None]


@dataclass(frozen=True, slots=True)
class Sinks:
    """Where the bridge puts what it takes in.

    Attributes:
        append: an observation's key and bytes, to the log.
        set_aside: bad bytes, to the dead-letter topic.
        blobs: pictures of the evidence.
        live: pictures and looks for the console's wall.
        note_device: what a device says of itself.
    """

    append: Append
    set_aside: SetAside
    blobs: BlobStore
    live: LiveBoard
    note_device: NoteDevice


class Bridge:
    """One MQTT connection of the centre.

    Args:
        settings: the broker.
        client_id: names the session; the broker keeps it over a restart.
        sinks: where things go.
        share: name of a shared subscription, for several workers on one broker.
        max_message_bytes: larger ones are dead letters.
    """

    def __init__(
        self,
        settings: MqttSettings,
        client_id: str,
        sinks: Sinks,
        *,
        share: str | None = None,
        max_message_bytes: int = 8 * 1024 * 1024,
    ) -> None:
        self._sinks = sinks
        self._max_message_bytes = max_message_bytes
        prefix = f"$share/{share}/" if share else ""
        self._subscriptions = [
            (prefix + subscription(channel), 0 if channel in {Channel.TRAILS, Channel.PREVIEWS} else 1)
            for channel in FROM_DEVICES
        ]
        self._settings = settings
        self._queue: asyncio.Queue[mqtt.MQTTMessage] = asyncio.Queue()
        self._loop: asyncio.AbstractEventLoop | None = None
        self.connected = False
        self.refusal = ""
        self.trouble = ""
        self.taken = 0
        self._client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            clean_session=False,
            protocol=mqtt.MQTTv311,
            manual_ack=True,
        )
        self._client.reconnect_delay_set(1, 30)
        self._client.max_inflight_messages_set(100)
        self._client.on_connect = self._on_connect
        self._client.on_disconnect = self._on_disconnect
        self._client.on_message = self._on_message
        _prepare(self._client, settings)

    async def run(self, stop: asyncio.Event) -> None:
        """Take messages in until told to stop."""
        self._loop = asyncio.get_running_loop()
        host, port = self._settings.address
        self._client.connect_async(host, port, keepalive=self._settings.keepalive_s)
        self._client.loop_start()
        stopping = asyncio.create_task(stop.wait())
        try:
            while not stop.is_set():
                getting = asyncio.create_task(self._queue.get())
                await asyncio.wait({getting, stopping}, return_when=asyncio.FIRST_COMPLETED)
                if not getting.done():
                    getting.cancel()
                    break
                batch = [getting.result()]
                while len(batch) < MAX_BATCH_MESSAGES and not self._queue.empty():
                    batch.append(self._queue.get_nowait())
                await self._take_until_done(batch, stop)
        finally:
            stopping.cancel()
            self._client.disconnect()
            await asyncio.to_thread(self._client.loop_stop)

    async def _take_until_done(self, batch: list[mqtt.MQTTMessage], stop: asyncio.Event) -> None:
        """Nothing is acknowledged before it is durable; what cannot be written now is tried again."""
        failures = 0
        while not stop.is_set():
            try:
                receipts = await self._take(batch)
            except (TransportDown, StorageFull) as exc:
                failures += 1
                self.trouble = str(exc)
                wait_s = RETRY.wait_s(failures, random.random())  # noqa: S311 - jitter
                log.error("cannot keep messages, waiting", why=str(exc), retry_in_s=round(wait_s, 2))  # noqa: TRY400
                await asyncio.sleep(wait_s)
                continue
            self.trouble = ""
            self.taken += len(batch)
            for message in batch:
                if message.qos:
                    self._client.ack(message.mid, message.qos)
            for topic, ids in receipts.items():
                receipt = Receipt(ids=tuple(ids), at=datetime.now(UTC))
                self._client.publish(topic, msgspec.json.encode(receipt), qos=1)
            return

    async def _take(self, batch: list[mqtt.MQTTMessage]) -> dict[str, list[str]]:
        """Make a batch durable; returns the ids to confirm, by receipts topic."""
        receipts: dict[str, list[str]] = defaultdict(list)
        appends: list[asyncio.Future[Any]] = []
        for message in batch:
            try:
                topic = Topic.parse(message.topic)
                self._check_size(message)
                metrics.MESSAGES.labels(topic.channel.value).inc()
                if topic.channel is Channel.OBSERVATIONS:
                    ids, futures = await self._observations(topic, message)
                    appends.extend(futures)
                else:
                    ids = await self._other(topic, bytes(message.payload))
                if ids:
                    receipts[str(Topic(topic.site, topic.device, Channel.RECEIPTS))].extend(ids)
            except BadRecord as exc:
                await self._sinks.set_aside(message.topic, bytes(message.payload), exc)
                log.warning("message refused", hop="bridge", topic=message.topic, why=str(exc))
        for append in appends:
            await append
        return receipts

    def _check_size(self, message: mqtt.MQTTMessage) -> None:
        size = len(message.payload)
        if size > self._max_message_bytes:
            raise BadRecord("$", f"{size} bytes; a message has at most {self._max_message_bytes}")

    async def _observations(
        self, topic: Topic, message: mqtt.MQTTMessage
    ) -> tuple[list[str], list["asyncio.Future[Any]"]]:
        """Key each event by what must stay in order; a bad one in a batch does not spoil the others."""
        ids: list[str] = []
        appends = []
        for raw in envelope.split(bytes(message.payload)):
            try:
                event = envelope.address(raw)
                _check_owner(topic, event)
            except BadRecord as exc:
                await self._sinks.set_aside(message.topic, raw, exc)
                log.warning("observation refused", hop="bridge", topic=message.topic, why=str(exc))
                continue
            appends.append(await self._sinks.append(event.partitionkey, raw))
            ids.append(event.id)
            log.info("observation", hop="bridge", id=event.id, device=f"{topic.site}/{topic.device}")
        metrics.LOGGED.inc(len(ids))
        return ids, appends

    async def _other(self, topic: Topic, payload: bytes) -> list[str]:
        source = f"/{topic.site}/{topic.device}/{topic.item}"
        match topic.channel:
            case Channel.EVIDENCE:
                await asyncio.to_thread(self._sinks.blobs.put, topic.item, payload)
                log.info("picture", hop="bridge", sha256=topic.item, bytes=len(payload))
                return [topic.item]
            case Channel.STATUS if payload:
                status = msgspec.to_builtins(_decode(_status, payload, "device status"))
                await asyncio.to_thread(
                    self._sinks.note_device, topic.site, topic.device, datetime.now(UTC), status
                )
            case Channel.PREVIEWS if self._queue.qsize() < LIVE_BACKLOG:
                await _shown(self._sinks.live.show_picture, source, payload)
            case Channel.TRAILS if self._queue.qsize() < LIVE_BACKLOG:
                trail = _decode(_trail, payload, "trail")
                await _shown(self._sinks.live.show_trail, source + trail.camera, payload)
        return []

    def _on_connect(
        self,
        client: mqtt.Client,
        _userdata: Any,  # noqa: ANN401 - the library's signature
        _flags: mqtt.ConnectFlags,
        reason: ReasonCode,
        _properties: Any,  # noqa: ANN401
    ) -> None:
        self.connected = not reason.is_failure
        self.refusal = str(reason) if reason.is_failure else ""
        if self.connected:
            client.subscribe(self._subscriptions)

    def _on_disconnect(self, *_: Any) -> None:  # noqa: ANN401
        self.connected = False

    def _on_message(self, _client: mqtt.Client, _userdata: Any, message: mqtt.MQTTMessage) -> None:  # noqa: ANN401
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._queue.put_nowait, message)


def _check_owner(topic: Topic, event: envelope.Addressed) -> None:
    """A device speaks for itself only: its topic, which the broker's ACL guards, must name its events."""
    if not event.partitionkey.startswith(f"{topic.site}/{topic.device}/"):
        raise BadRecord("partitionkey", f"{event.partitionkey!r} is not of {topic.site}/{topic.device}")


async def _shown(show: Callable[[str, bytes], None], source: str, data: bytes) -> None:
    """Live pictures are not evidence: one that cannot be written is dropped, and the next one is near."""
    try:
        await asyncio.to_thread(show, source, data)
    except OSError as exc:
        log.warning("live picture not shown", source=source, why=str(exc))


def _decode(decoder: msgspec.json.Decoder[T], payload: bytes, what: str) -> T:
    try:
        return decoder.decode(payload)
    except envelope.UNREADABLE as exc:
        raise BadRecord("$", f"is no {what}: {exc}") from exc


def _prepare(client: mqtt.Client, settings: MqttSettings) -> None:
    if settings.credentials is not None:
        client.username_pw_set(*settings.credentials)
    if settings.secure:
        ca_file, certificate_file, key_file = settings.tls_files
        try:
            client.tls_set(ca_file, certificate_file, key_file, tls_version=ssl.PROTOCOL_TLS_CLIENT)
        except (OSError, ValueError) as exc:
            raise ConfigurationError.of("mqtt", f"the TLS files cannot be used: {exc}") from exc
