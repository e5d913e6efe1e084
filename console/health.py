"""How the devices at the kerb are, from what they say of themselves and what their observations say."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Self

import msgspec

from cases.answers.doubts import Doubt
from cases.ledger import TORN
from console.views import View
from models.records import CameraState, DeviceStatus, SpoolHealth

OK, SILENT, ALARM = "ok", "silent", "alarm"
NOT_SEEING = frozenset({CameraState.BLIND, CameraState.LOST, CameraState.UNUSABLE})


class CameraLine(View):
    """One camera. Its address is left out: it may hold a password."""

    source: str
    camera: str
    state: str
    since: datetime
    looks: int
    network_runs: int
    last_look_at: datetime | None
    reconnects: int
    detail: str


class SensorLine(View):
    """One sensor."""

    source: str
    sensor: str
    kind: str
    state: str
    last_heard_at: datetime | None
    value: float | None


class SpoolLine(View):
    """What waits on a device for the centre's receipt."""

    events: int = 0
    pictures: int = 0
    bytes: int = 0
    dropped_pictures: int = 0
    dropped_events: int = 0


class DeviceLine(View):
    """One edge box. `readable` is false when its status is in a form this program does not know."""

    site: str
    device: str
    at: datetime
    online: bool = False
    readable: bool = True
    version: str = ""
    cameras: tuple[CameraLine, ...] = ()
    sensors: tuple[SensorLine, ...] = ()
    spool: SpoolLine = SpoolLine()


class ConditionLine(View):
    """A camera that is blind or a sensor that is silent, as its observations say."""

    source: str
    state: str
    since: datetime
    why: str


class DoubtedCase(View):
    """A case whose owner says that the vehicle is not theirs."""

    id: str
    number: int


class DoubtLine(View):
    """A zone whose notices are doubted: several owners say that the vehicle is not theirs."""

    source: str
    zone: str
    answers: int
    since: datetime
    last_at: datetime
    cases: tuple[DoubtedCase, ...]

    @classmethod
    def at(cls, doubt: Doubt) -> Self:
        """The view of an alert."""
        found = tuple(DoubtedCase(id=case, number=number) for case, number in doubt.cases)
        return cls(
            source=doubt.source,
            zone=doubt.zone,
            answers=doubt.answers,
            since=doubt.since,
            last_at=doubt.last_at,
            cases=found,
        )


class Health(View):
    """All devices, and their state in numbers; and the zones whose notices are doubted."""

    devices: tuple[DeviceLine, ...] = ()
    conditions: tuple[ConditionLine, ...] = ()
    doubts: tuple[DoubtLine, ...] = ()
    devices_online: int = 0
    devices_offline: int = 0
    cameras_seeing: int = 0
    cameras_blind: int = 0
    sensors_ok: int = 0
    sensors_silent: int = 0
    sensors_alarm: int = 0
    spool_waiting: int = 0
    dropped: int = 0
    chains_torn: int = 0
    zones_doubted: int = 0


def health(
    device_rows: Iterable[Mapping[str, Any]],
    condition_rows: Iterable[Mapping[str, Any]],
    doubts: Iterable[Doubt] = (),
) -> Health:
    """Sum up the rows of `devices` and `conditions`, and the zones that are doubted.

    A camera or sensor counts as bad as soon as either source says so, or its device is gone. A recording
    that came to its end is neither seeing nor blind.
    """
    devices = tuple(map(device_line, device_rows))
    conditions = tuple(map(ConditionLine.of, condition_rows))
    cameras = {line.source: _camera_state(device, line) for device in devices for line in device.cameras}
    sensors = {line.source: _sensor_state(device, line) for device in devices for line in device.sensors}
    for condition in conditions:
        if condition.state == TORN:
            continue
        states = sensors if condition.state in {SILENT, ALARM} or condition.source in sensors else cameras
        if states.get(condition.source) != CameraState.ENDED:
            states[condition.source] = condition.state
    seeing, blind = list(cameras.values()), {*NOT_SEEING}
    heard = list(sensors.values())
    spools = [device.spool for device in devices]
    doubted = tuple(map(DoubtLine.at, doubts))
    return Health(
        devices=devices,
        conditions=conditions,
        doubts=doubted,
        zones_doubted=len(doubted),
        devices_online=sum(device.online for device in devices),
        devices_offline=sum(not device.online for device in devices),
        cameras_seeing=seeing.count(CameraState.SEEING),
        cameras_blind=sum(state in blind for state in seeing),
        sensors_ok=heard.count(OK),
        sensors_silent=heard.count(SILENT),
        sensors_alarm=heard.count(ALARM),
        spool_waiting=sum(spool.events + spool.pictures for spool in spools),
        dropped=sum(spool.dropped_events + spool.dropped_pictures for spool in spools),
        chains_torn=sum(condition.state == TORN for condition in conditions),
    )


def device_line(row: Mapping[str, Any]) -> DeviceLine:
    """The view of a row of `devices`."""
    fields = {name: row[name] for name in ("site", "device", "at")}
    try:
        status = msgspec.convert(row["status"], DeviceStatus)
    except msgspec.ValidationError:
        return DeviceLine(**fields, readable=False)
    base = f"/{row['site']}/{row['device']}"
    cameras = [
        {**msgspec.structs.asdict(camera), "source": f"{base}/{camera.camera}"} for camera in status.cameras
    ]
    sensors = [
        {**msgspec.structs.asdict(sensor), "source": f"{base}/{sensor.sensor}"} for sensor in status.sensors
    ]
    return DeviceLine(
        **fields,
        online=status.online,
        version=status.version,
        cameras=tuple(map(CameraLine.of, cameras)),
        sensors=tuple(map(SensorLine.of, sensors)),
        spool=SpoolLine.of(msgspec.structs.asdict(status.spool or SpoolHealth())),
    )


def _camera_state(device: DeviceLine, line: CameraLine) -> str:
    if line.state == CameraState.ENDED or device.online:
        return line.state
    return CameraState.LOST


def _sensor_state(device: DeviceLine, line: SensorLine) -> str:
    if ALARM in line.state:
        return ALARM
    return SILENT if SILENT in line.state or not device.online else OK
