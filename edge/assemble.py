"""Putting cameras together from settings."""

from collections.abc import Callable

from detectors.network import Network
from detectors.plates import AssumedPlates
from detectors.watch import Watch
from edge.camera import Camera, CameraParts
from edge.saying import CameraVoice
from edge.settings import CameraSettings, EdgeSettings
from edge.sources import Pace, VideoSource
from edge.spool import Spool
from models.errors import ConfigurationError
from models.plan import Plan, parse_plan
from models.toml import nearest

Show = Callable[[str, str, bytes], None]


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
    settings: EdgeSettings, network: Network, spool: Spool, show: Show, plans: dict[str, Plan]
) -> list[Camera]:
    """Every camera of a box, ready to run.

    Raises:
        ConfigurationError: a plan forbids what the network cannot find.
    """
    return [
        _make_camera(settings, camera, plans[camera.name], network=network, spool=spool, show=show)
        for camera in settings.camera
    ]


def _make_camera(
    settings: EdgeSettings,
    camera: CameraSettings,
    plan: Plan,
    *,
    network: Network,
    spool: Spool,
    show: Show,
) -> Camera:
    source = f"/{settings.site}/{settings.device}/{camera.name}"
    assumed = {zone.id: zone.plate for zone in plan.zones if zone.plate} | camera.plates
    parts = CameraParts(
        name=camera.name,
        source=VideoSource(camera.source, Pace(camera.look_interval_s, camera.speed)),
        address=camera.source,
        plan=plan,
        watch=Watch(network, plan, source),
        plates=AssumedPlates(assumed),
    )

    def show_one(kind: str, data: bytes) -> None:
        show(camera.name, kind, data)

    return Camera(parts, spool, CameraVoice(source), show_one, settings.preview_interval_s)
