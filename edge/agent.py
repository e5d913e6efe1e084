"""The edge agent: every camera in a thread of its own, one courier, one line to the broker."""

import base64
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from queue import Empty
from typing import Any

import msgspec
import structlog

from edge import metrics, sensors
from edge.camera import Camera
from edge.clock import Clock
from edge.courier import Courier
from edge.link import Incoming, Link
from edge.saying import Spoken, spoken
from edge.seal import Seal
from edge.sensors import SensorMemory
from edge.settings import EdgeSettings, SensorSettings
from edge.spool import Spool
from models import envelope
from models.connection import MqttSettings
from models.errors import BadRecord, StorageFull, TransportDown
from models.records import DeviceStatus, Observation, ReadingRefused, Receipt, SensorHealth
from models.topics import Channel, Topic

REFUSED_EVERY_S = 10.0
"""A sensor that talks nonsense is reported this often at most, with a count."""
REFUSED_BYTES = 4096
DRAIN_LIMIT_S = 120.0
"""After recordings have ended: how long the centre may take for its last receipts."""

GOODBYE_S = 1.0
"""How long all cameras together may take to end. One that waits for a dead address is left behind: what it
has seen is on disk."""

log = structlog.get_logger("clearway.edge")
_receipt = msgspec.json.Decoder(Receipt)
_memory = msgspec.msgpack.Decoder(SensorMemory)
CameraMaker = Callable[[Spool, Callable[[str, str, bytes], None]], list[Camera]]


@dataclass(slots=True)
class _Sensor:
    """One sensor's settings, what is remembered of it, and the nonsense it last said."""

    settings: SensorSettings
    source: str
    memory: SensorMemory
    refused: int = 0
    refused_at: datetime = field(default_factory=lambda: datetime.fromtimestamp(0, UTC))


class Agent:
    """One edge box.

    Args:
        settings: what the box is told.
        mqtt: the broker.
        data_dir: where the spool stands.
        version: of the program, for status.
        cameras: makes the cameras, given the spool and a way to show live pictures (camera, kind, bytes).
    """

    def __init__(
        self, settings: EdgeSettings, mqtt: MqttSettings, data_dir: Path, version: str, cameras: CameraMaker
    ) -> None:
        self._settings = settings
        self._version = version
        self._spool = Spool(data_dir / f"{settings.device}.db", int(settings.spool.max_mb * 1024 * 1024))
        self._receipts_topic = str(Topic(settings.site, settings.device, Channel.RECEIPTS))
        self._status_topic = str(Topic(settings.site, settings.device, Channel.STATUS))
        self._sensors = {sensor.topic: self._sensor(sensor) for sensor in settings.sensor}
        self._link = Link(
            mqtt,
            f"clearway-{settings.site}-{settings.device}",
            [self._receipts_topic, *self._sensors],
            will=(self._status_topic, msgspec.json.encode(self._offline())),
        )
        self._clock = Clock()
        self._courier = Courier(
            self._spool,
            self._link,
            settings.site,
            settings.device,
            settings.spool.resend_after_s,
            clock=self._clock,
        )
        self._seal = Seal(
            self._spool,
            settings.key_file or data_dir / f"{settings.device}.key",
            self._clock,
            f"/{settings.site}/{settings.device}",
            f"clearway {version}",
        )
        self._cameras = cameras(self._spool, self._show)
        for camera in self._cameras:
            camera.seal_with(self._seal)
        self._started = threading.Event()

    @property
    def failed(self) -> bool:
        """Whether a camera never gave a picture and never will."""
        return any(camera.failed for camera in self._cameras)

    def run(self, stop: threading.Event) -> None:
        """Work until `stop`, or until every recording has ended and the centre has everything."""
        self._link.start()
        looking = [threading.Thread(target=camera.run, args=(stop,), daemon=True) for camera in self._cameras]
        sending_over = threading.Event()
        sending = threading.Thread(target=self._courier.run, args=(sending_over,), daemon=True)
        for thread in (*looking, sending):
            thread.start()
        self._started.set()
        log.info(
            "edge started", device=self._settings.device, cameras=len(looking), sensors=len(self._sensors)
        )
        try:
            self._mind(stop, looking)
        finally:
            stop.set()
            until = time.monotonic() + GOODBYE_S
            for thread in looking:
                thread.join(timeout=max(0.0, until - time.monotonic()))
            sending_over.set()
            sending.join(timeout=3)
            self._say_goodbye()
            self._link.stop()
            self._spool.close()
            log.info("edge stopped", waiting=self._courier.unconfirmed)

    def status(self) -> dict[str, Any]:
        """For `clearway status`."""
        return dict(msgspec.to_builtins(self._status(online=self._link.connected.is_set()))) | {
            "broker": "connected" if self._link.connected.is_set() else self._link.refusal or "not connected"
        }

    def _mind(self, stop: threading.Event, looking: list[threading.Thread]) -> None:
        """Deal with what comes in, tell the broker how we are, and notice silence and the end."""
        due = drain_until = datetime.now(UTC)
        was_connected = draining = False
        while not stop.is_set():
            self._take_in(0.1)
            now = datetime.now(UTC)
            self._listen_for_silence(now)
            connected = self._link.connected.is_set()
            if connected and (now >= due or not was_connected):
                due = now + timedelta(seconds=self._settings.status_interval_s)
                self._publish_status()
            was_connected = connected
            if not self._settings.until_end or any(thread.is_alive() for thread in looking):
                continue
            if not draining:
                draining, drain_until = True, now + timedelta(seconds=DRAIN_LIMIT_S)
                log.info("recordings over, waiting for receipts")
            health = self._spool.health()
            if not health.events + health.pictures or now > drain_until:
                return

    def _take_in(self, wait_s: float) -> None:
        try:
            message = self._link.inbox.get(timeout=wait_s)
        except Empty:
            return
        if message.topic == self._receipts_topic:
            self._take_receipt(message)
        elif message.topic in self._sensors:
            self._take_reading(self._sensors[message.topic], message)
        self._link.acknowledge(message)

    def _take_receipt(self, message: Incoming) -> None:
        try:
            receipt = _receipt.decode(message.payload)
        except (msgspec.DecodeError, UnicodeDecodeError) as exc:
            log.warning("receipt not understood", why=str(exc))
            return
        self._courier.receipt(receipt.ids, receipt.at)
        log.debug("receipt", ids=receipt.ids)

    def _take_reading(self, sensor: _Sensor, message: Incoming) -> None:
        now = datetime.now(UTC)
        try:
            reading = sensors.read(message.payload, sensor.settings)
        except BadRecord as exc:
            self._refuse(sensor, message, exc, now)
            return
        memory, said = sensors.step(sensor.memory, reading, sensor.settings, source=sensor.source, at=now)
        self._keep(sensor, memory, said, now)

    def _refuse(self, sensor: _Sensor, message: Incoming, why: BadRecord, now: datetime) -> None:
        sensor.refused += 1
        if (now - sensor.refused_at).total_seconds() < REFUSED_EVERY_S:
            return
        record = ReadingRefused(
            sensor=sensor.settings.name,
            topic=message.topic,
            field=why.field[:500],
            problem=why.problem[:500],
            payload=base64.b64encode(message.payload[:REFUSED_BYTES]).decode(),
            times=sensor.refused,
        )
        sensor.refused, sensor.refused_at = 0, now
        log.warning("reading refused", sensor=sensor.settings.name, why=str(why))
        self._keep(sensor, sensor.memory, (record,), now)

    def _listen_for_silence(self, now: datetime) -> None:
        for sensor in self._sensors.values():
            memory, said = sensors.step(sensor.memory, None, sensor.settings, source=sensor.source, at=now)
            if memory is not sensor.memory:
                self._keep(sensor, memory, said, now)

    def _keep(
        self, sensor: _Sensor, memory: SensorMemory, said: tuple[Observation, ...], now: datetime
    ) -> None:
        """Spool what a sensor's reading led to, before the broker may forget the reading."""
        changed = said or memory.silent != sensor.memory.silent
        sensor.memory = memory
        if not changed:
            return
        events = [self._spoken(sensor, record, now) for record in said]
        try:
            self._spool.put(
                [(event.id, event.body) for event in events],
                (),
                [(f"sensor/{sensor.settings.name}", msgspec.msgpack.encode(memory))],
            )
        except StorageFull as exc:
            log.error("observations lost", sensor=sensor.settings.name, why=str(exc))  # noqa: TRY400
            return
        for event in events:
            log.info("observation", hop="edge", id=event.id, type=event.type, sensor=sensor.settings.name)

    def _spoken(self, sensor: _Sensor, record: Observation, now: datetime) -> Spoken:
        about = getattr(record, "alarm_id", sensor.source)
        metrics.OBSERVATIONS.labels(envelope.TYPE_OF[type(record)]).inc()
        return spoken(
            envelope.event(
                record,
                source=sensor.source,
                subject=sensor.settings.name,
                about=about,
                at=now,
                recorded_at=now,
            )
        )

    def _sensor(self, settings: SensorSettings) -> _Sensor:
        source = f"/{self._settings.site}/{self._settings.device}/{settings.name}"
        return _Sensor(settings, source, self._recalled(settings.name))

    def _recalled(self, sensor: str) -> SensorMemory:
        body = self._spool.recall(f"sensor/{sensor}")
        if body is None:
            return SensorMemory()
        try:
            return _memory.decode(body)
        except msgspec.DecodeError as exc:
            log.warning("memory of another version, starting afresh", sensor=sensor, why=str(exc))
            return SensorMemory()

    def _show(self, camera: str, kind: str, data: bytes) -> None:
        """Send a live picture or look; dropped when the line is busy, for the next one is near."""
        settings = self._settings
        topic = (
            Topic(settings.site, settings.device, Channel.PREVIEWS, camera)
            if kind == "picture"
            else Topic(settings.site, settings.device, Channel.TRAILS)
        )
        try:
            self._link.publish(str(topic), data, qos=0)
        except TransportDown:
            return

    def _publish_status(self) -> None:
        status = self._status(online=True)
        if (spool := status.spool) is not None:
            metrics.SPOOL_WAITING.labels("events").set(spool.events)
            metrics.SPOOL_WAITING.labels("pictures").set(spool.pictures)
            metrics.SPOOL_BYTES.set(spool.bytes)
            metrics.SPOOL_DROPPED.labels("events").set(spool.dropped_events)
            metrics.SPOOL_DROPPED.labels("pictures").set(spool.dropped_pictures)
        metrics.CONNECTED.set(1)
        try:
            self._link.publish(self._status_topic, msgspec.json.encode(status), retain=True)
        except TransportDown:
            metrics.CONNECTED.set(0)

    def _status(self, *, online: bool) -> DeviceStatus:
        offset = self._clock.offset()
        return DeviceStatus(
            online=online,
            at=datetime.now(UTC),
            version=self._version,
            cameras=tuple(camera.health() for camera in self._cameras),
            sensors=tuple(_sensor_health(sensor) for sensor in self._sensors.values()),
            spool=self._spool.health(),
            key=self._seal.public,
            clock_offset_s=None if offset is None else offset.offset_s,
            clock_error_s=None if offset is None else offset.error_s,
        )

    def _offline(self) -> DeviceStatus:
        return DeviceStatus(online=False, at=datetime.now(UTC), version=self._version)

    def _say_goodbye(self) -> None:
        """A clean stop is said by ourselves: the broker publishes the will only when we vanish."""
        try:
            status = msgspec.structs.replace(self._status(online=False), online=False)
            self._link.publish(self._status_topic, msgspec.json.encode(status), retain=True)
        except TransportDown:
            log.info("stopped without a line to the broker", pid=os.getpid())


def _sensor_health(sensor: _Sensor) -> SensorHealth:
    memory = sensor.memory
    state = "silent" if memory.silent else "alarm" if memory.alarm else "ok"
    return SensorHealth(
        sensor=sensor.settings.name,
        kind=sensor.settings.kind,
        state=state,
        last_heard_at=memory.last_heard_at,
        value=memory.value,
    )
