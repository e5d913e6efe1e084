"""Putting cameras together from settings."""

import threading
from collections.abc import Callable
from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo

import cv2
import msgspec

from detectors.network import Network
from detectors.opening import open_reference
from detectors.plates import AssumedPlates
from detectors.watch import Watch
from edge.camera import Camera, CameraParts
from edge.closeup import AT_ONCE, Errands, MainCamera
from edge.masking import Masker
from edge.plate_desk import PlateDesk, Reads
from edge.saying import CameraVoice
from edge.scheduler import ScheduledSource, Turns
from edge.settings import CameraSettings, EdgeSettings
from edge.sources import Pace, Patience, VideoSource, without_credentials
from edge.sources.address import Kind
from edge.spool import Spool
from models.errors import ConfigurationError
from models.plan import Plan, parse_plan
from models.records import CameraHealth
from models.toml import nearest

Show = Callable[[str, str, bytes], None]

DEVICE_WATCHDOG_S = 20.0
"""A local device hands over a picture every moment or hangs; the library's time limits do not reach it."""


class ScheduledCamera(Camera):
    """A camera that looks when it is its turn, and says how often that is.

    Args:
        parts: as for `Camera`; their source is the scheduled one.
        scheduled: the same source.
        spool, voice, show, preview_interval_s: as for `Camera`.
    """

    def __init__(  # noqa: PLR0917 - as for `Camera`, and its source
        self,
        parts: CameraParts,
        scheduled: ScheduledSource,
        spool: Spool,
        voice: CameraVoice,
        show: Callable[[str, bytes], None],
        preview_interval_s: float,
    ) -> None:
        super().__init__(parts, spool, voice, show, preview_interval_s)
        self._scheduled = scheduled

    def health(self) -> CameraHealth:
        """For status pages."""
        return msgspec.structs.replace(
            super().health(),
            look_interval_s=round(self._scheduled.look_interval_s, 2),
            overloaded=self._scheduled.overloaded,
        )


def load_plan(settings: CameraSettings) -> Plan:
    """Read a camera's plan.

    Raises:
        ConfigurationError: it is missing, wrong, or names plates for zones it does not have.
    """
    source = str(settings.plan)
    try:
        text = settings.plan.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise ConfigurationError.of(source, f"cannot be read: {exc}", "give an existing plan file") from exc
    plan = parse_plan(text, source)
    zones = [zone.id for zone in plan.zones]
    for zone in settings.plates:
        if zone not in zones:
            hint = nearest(zone, zones) or f"its zones: {', '.join(zones)}"
            raise ConfigurationError.of(source, f"a plate is given for unknown zone {zone!r}", hint)
    return plan


def make_cameras(
    settings: EdgeSettings,
    network: Network,
    spool: Spool,
    show: Show,
    plans: dict[str, Plan],
    *,
    reads: Reads | None = None,
) -> list[Camera]:
    """Every camera of a box, ready to run.

    Args:
        settings: of the box.
        network: shared by all.
        spool: shared by all.
        show: takes (camera, kind, bytes) for the live view.
        plans: by camera.
        reads: what plates are read with; None to read none.

    Raises:
        ConfigurationError: a plan forbids what the network cannot find.
    """
    # Cameras are many and their pictures small: spreading one over the cores costs more than it gives.
    cv2.setNumThreads(1)
    turns, stills_at_once = Turns(settings.looks_at_once), threading.Semaphore(AT_ONCE)
    return [
        _make_camera(
            settings,
            camera,
            plans[camera.name],
            network=network,
            spool=spool,
            show=show,
            turns=turns,
            reads=reads,
            stills_at_once=stills_at_once,
        )
        for camera in settings.camera
    ]


def make_errands(camera: CameraSettings, at_once: threading.Semaphore) -> Errands | None:
    """Who fetches a camera's full pictures; None where the watched stream is all there is."""
    return None if camera.main is None else Errands(MainCamera(camera.main, camera.decoder), at_once)


def _make_camera(
    settings: EdgeSettings,
    camera: CameraSettings,
    plan: Plan,
    *,
    network: Network,
    spool: Spool,
    show: Show,
    turns: Turns,
    reads: Reads | None,
    stills_at_once: threading.Semaphore,
) -> Camera:
    source = f"/{settings.site}/{settings.device}/{camera.name}"
    assumed = {zone.id: zone.plate for zone in plan.zones if zone.plate} | camera.plates
    scheduled = make_source(camera, plan, turns)
    errands = make_errands(camera, stills_at_once)
    parts = CameraParts(
        name=camera.name,
        source=scheduled,
        address=camera.source,
        plan=plan,
        watch=Watch(network, plan, source, reference=open_reference(camera.plan, plan)),
        plates=PlateDesk(AssumedPlates(assumed), reads, errands),
        masker=Masker(network),
        errands=errands,
    )

    def show_one(kind: str, data: bytes) -> None:
        show(camera.name, kind, data)

    return ScheduledCamera(
        parts, scheduled, spool, CameraVoice(source), show_one, settings.preview_interval_s
    )


def make_source(camera: CameraSettings, plan: Plan, turns: Turns) -> ScheduledSource:
    """A camera's frames, one turn each.

    Raises:
        ConfigurationError: its pictures' clock runs in a time zone that does not exist.
    """
    source = VideoSource(
        camera.source,
        Pace(camera.look_interval_s, camera.speed),
        decoder=camera.decoder,
        manner=camera.manner,
        zone=_zone(plan),
        stretch=turns.stretch,
    )
    # A folder minds its own silence: a time-lapse has a picture a minute, or one an hour.
    patience = Patience()
    watchdog_s: float | None = patience.open_s + patience.read_s + patience.picture_s
    if source.kind is Kind.DEVICE:
        watchdog_s = DEVICE_WATCHDOG_S
    elif source.kind is Kind.FOLDER:
        watchdog_s = None
    return ScheduledSource(
        source,
        turns,
        interval_s=camera.look_interval_s,
        watchdog_s=None if watchdog_s is None else watchdog_s + 2 * camera.look_interval_s,
        name=without_credentials(camera.source),
    )


def _zone(plan: Plan) -> tzinfo:
    try:
        return ZoneInfo(plan.timezone) if plan.timezone != "UTC" else UTC
    except (ValueError, OSError) as exc:
        problem = f"timezone {plan.timezone!r} does not exist"
        raise ConfigurationError.of(plan.camera, problem, 'give one such as "Asia/Shanghai"') from exc
