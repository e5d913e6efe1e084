"""What an edge box is told: its name, its cameras, its sensors, and where the centre is."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from detectors.runtime import Runtime
from models.records import SensorKind
from models.toml import FrozenModel
from models.units import NAME_PATTERN

EntityName = Annotated[str, StringConstraints(pattern=NAME_PATTERN)]


NO_PLATES = "none"
"""In place of a grammar: plates are not read."""


class CameraSettings(FrozenModel):
    """One video stream.

    Attributes:
        name: unique on the device, and what its plan is for.
        source: what is watched: a file, a folder of pictures, `rtsp://…`, `http://…` or `/dev/video0`.
        main: where the full picture comes from when `source` is a camera's small second stream; opened only
            when evidence or a plate is wanted.
        plan: the plan file.
        look_interval_s: about one look a second is enough for dwell.
        manner: what a web address gives, a `stream` or a `snapshot`; `auto` asks it once.
        decoder: which circuits decode video: `auto` for any that are there, `off` for the processor, or their
            name, such as `cuda` or `vaapi`.
        speed: of a recording: 1 plays it at its own speed, `max` as fast as the machine can.
        plates: assumed plates by zone, until plates are read.
    """

    name: EntityName
    source: str = Field(min_length=1, max_length=500)
    main: str | None = Field(default=None, min_length=1, max_length=500)
    plan: Path
    look_interval_s: float = Field(default=1.0, gt=0, le=60)
    manner: Literal["auto", "stream", "snapshot"] = "auto"
    decoder: str = Field(default="auto", pattern=r"^[a-z0-9]{2,20}$")
    speed: Annotated[float, Field(gt=0, allow_inf_nan=False)] | Literal["max"] = 1.0
    plates: dict[str, str] = Field(default_factory=dict)


class SensorSettings(FrozenModel):
    """One MQTT sensor: where it speaks, and how to read what it says.

    Attributes:
        topic: the sensor's own topic, as it comes.
        value: dotted path to the reading inside its JSON payload, e.g. `smoke` or `data.level`; empty
            when the payload is the bare value.
        alarm: what the reading is when the sensor alarms: these texts, or at least `alarm_at`.
        alarm_at: numeric readings from here on are alarms.
        clear_at: and from here down they are clear again; by default `alarm_at`.
        heartbeat_s: longest silence of a living sensor.
    """

    name: EntityName
    kind: SensorKind = SensorKind.SMOKE
    topic: str = Field(min_length=1, max_length=500, pattern=r"^[^#+]+$")
    value: str = Field(default="", max_length=200)
    alarm: tuple[str, ...] = ("alarm", "true", "on", "1")
    alarm_at: float | None = None
    clear_at: float | None = None
    heartbeat_s: float = Field(default=300.0, gt=0, le=30 * 86_400)
    policy: EntityName | None = None
    place: str = Field(default="", max_length=200)

    @property
    def policy_name(self) -> str:
        """The ladder of its cases: its own, or its kind's."""
        return self.policy or self.kind.value


class SpoolSettings(FrozenModel):
    """What waits for the centre's receipt.

    Attributes:
        max_mb: bound of the spool; when it is full the oldest pictures go first, observations last.
        resend_after_s: an entry without a receipt is sent again after this long.
    """

    max_mb: float = Field(default=512.0, ge=1, le=1_000_000)
    resend_after_s: float = Field(default=15.0, gt=0, le=3600)


class EdgeSettings(FrozenModel):
    """One edge box.

    Attributes:
        network: the network file; by default the one that ships (docs/networks.md).
        network_size_px: longest side that a picture is looked at in, where the network's file leaves it open;
            by default the one it was taught at.
        runtime: what runs the network: `onnxruntime`, or `openvino` with that extra installed.
        threads: of one network run.
        plates: which country's plates are read: the name of a grammar, as `cn`, `eu`, `generic`
            (docs/plates.md), or `none` to read none.
        grammars: folder of a city's own grammars.
        looks_at_once: how many cameras may look at a time; by default one a core.
        preview_interval_s: how often a small picture is sent for the live view; 0 never.
        until_end: stop when every camera is a recording that has ended.
        key_file: the private key that seals evidence (docs/evidence.md); by default a file in the data
            folder. Made at the first start, readable by its owner only.
    """

    site: EntityName = "site"
    device: EntityName = "box"
    camera: tuple[CameraSettings, ...] = ()
    sensor: tuple[SensorSettings, ...] = ()
    network: Path | None = None
    network_size_px: int | None = Field(default=None, ge=64, le=4096, multiple_of=32)
    runtime: Runtime = "onnxruntime"
    threads: int = Field(default=1, ge=1, le=64)
    plates: str = Field(default="cn", pattern=NAME_PATTERN)
    grammars: Path | None = None
    looks_at_once: int | None = Field(default=None, ge=1, le=64)
    preview_interval_s: float = Field(default=0.0, ge=0, le=3600)
    status_interval_s: float = Field(default=10.0, gt=0, le=3600)
    spool: SpoolSettings = SpoolSettings()
    until_end: bool = False
    key_file: Path | None = None

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        for what, values in (
            ("name", [camera.name for camera in self.camera] + [sensor.name for sensor in self.sensor]),
            ("topic", [sensor.topic for sensor in self.sensor]),
        ):
            repeated = sorted({value for value in values if values.count(value) > 1})
            if repeated:
                raise ValueError(f"{what} {repeated[0]!r} stands twice on this device; give each its own")
        return self
