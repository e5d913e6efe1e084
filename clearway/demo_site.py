"""The site that a demo is: what the user wished for, as settings that its processes read like any other."""

import os
import secrets
import socket
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import tomli_w

from clearway import simulator
from clearway.roles import ORDER
from clearway.settings import StatusSettings
from detectors.watch import zone_fault
from edge.assemble import load_plan
from edge.settings import NO_PLATES, CameraSettings
from models.errors import ConfigurationError
from models.plan import VEHICLES, Plan

MARK = ".clearway-demo"
"""A folder with this file in it was made by a demo, and the next one may go on in it."""
PHONE_ACCOUNT = "AC" + "0" * 32
PHONES = ("+447700900001", "+447700900002", "+447700900003", "+447700900004")
"""Numbers that Ofcom reserves for drama: they belong to nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the user asked for on the command line."""

    camera: str
    plan: Path
    network: Path | None
    speed: float | Literal["max"]
    plates: Mapping[str, str]
    owners: Path | None
    port: int
    data_dir: Path | None
    until_end: bool
    as_json: bool

    @property
    def reads_plates(self) -> bool:
        """Owners that are made up have plates that are made up: the owner of one that is read is unknown."""
        return self.owners is not None


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the processes of a demo listen.

    Attributes:
        status: the first of a row, one a role.
    """

    broker: int
    phone: int
    public: int
    status: int


def load_plan_of(wish: Wish) -> Plan:
    """The plan, checked against the recording's existence and the plates given.

    Raises:
        ConfigurationError: one of them cannot be used.
    """
    if "://" not in wish.camera and not wish.camera.startswith("/dev/") and not Path(wish.camera).exists():
        raise ConfigurationError.of(wish.camera, "no such recording", "give --camera FILE_OR_URL")
    return load_plan(
        CameraSettings(name="demo", source=wish.camera, plan=wish.plan, plates=dict(wish.plates))
    )


def watchable(plan: Plan, labels: frozenset[str]) -> tuple[Plan, list[str]]:
    """The plan without the zones that a network cannot watch, and why each is left out.

    A box refuses such a plan; who only wants to see a demo with another network is better served by the rest.

    Args:
        plan: as it was drawn.
        labels: what the network finds.
    """
    faults = {zone.id: zone_fault(zone, labels) for zone in plan.zones}
    kept = tuple(zone for zone in plan.zones if faults[zone.id] is None)
    if not kept:
        return plan, []  # the box will say what is wrong with it
    return plan.model_copy(update={"zone": kept}), [fault[0] for fault in faults.values() if fault]


def write_plan(path: Path, plan: Plan, drawn: Path) -> Path:
    """A plan as a file elsewhere than it was drawn; what it names beside itself is still found."""
    values = plan.model_dump(mode="json", exclude_defaults=True)
    if plan.reference is not None:
        values["reference"] = str((drawn.parent / plan.reference).resolve())
    path.write_text(tomli_w.dumps(values), encoding="utf-8")
    return path


def assumed_plates(plan: Plan, given: Mapping[str, str]) -> dict[str, str]:
    """A plate for every zone that vehicles may block: as given, as the plan says, else made up."""
    for_vehicles = [zone for zone in plan.zones if zone.forbidden_labels & frozenset(VEHICLES)]
    made_up = {zone.id: zone.plate or f"浙B{10001 + index}" for index, zone in enumerate(for_vehicles)}
    return made_up | dict(given)


def parse_plates(pairs: list[str]) -> dict[str, str]:
    """`zone=TEXT` pairs from the command line.

    Raises:
        ConfigurationError: one is not a pair.
    """
    plates = {}
    for pair in pairs:
        zone, separator, text = pair.partition("=")
        if not separator or not zone or not text:
            raise ConfigurationError.of("--plate", f"{pair!r} is no zone=TEXT", "e.g. --plate drive=浙B12345")
        plates[zone] = text
    return plates


def real_provider(wish: Wish) -> bool:
    """Whether messages go out for real: only with credentials, and only to owners the user names."""
    if not (os.environ.get("CLEARWAY_SMS__TOKEN") and os.environ.get("CLEARWAY_SMS__ACCOUNT_SID")):
        return False
    if wish.owners is None:
        problem = "CLEARWAY_SMS__… credentials are set, so messages would go out for real"
        remedy = (
            "give --owners FILE.csv with numbers that may be written to, or unset them for the local phone"
        )
        raise ConfigurationError.of("demo", problem, remedy)
    return True


def make_folder(wish: Wish) -> tuple[Path, bool]:
    """Where the demo keeps its things, and whether they go when it ends."""
    if wish.data_dir is None:
        return Path(tempfile.mkdtemp(prefix="clearway-demo-")), True
    folder = wish.data_dir.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()) and not (folder / MARK).exists():
        problem = f"{folder} is not empty and was not made by a demo"
        raise ConfigurationError.of("--data-dir", problem, "give an empty or a new folder")
    (folder / MARK).touch()
    return folder, False


def write_owners(path: Path, plates: Mapping[str, str]) -> Path:
    """An owner for every plate, with a number that belongs to nobody."""
    lines = ["plate,phone,language"]
    for index, plate in enumerate(plates.values()):
        lines.append(f"{plate},{PHONES[index % len(PHONES)]},{('en', 'zh-CN')[index % 2]}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def settings_text(
    wish: Wish,
    plan: Plan,
    plates: Mapping[str, str],
    owners: Path,
    ports: Ports,
    *,
    local: bool,
) -> str:
    """The settings of a site that is a demo, as a file that its processes read like any other."""
    camera = wish.camera
    if "://" not in camera and not camera.startswith("/dev/"):
        camera = str(Path(camera).resolve())
    values: dict[str, Any] = {
        "data_dir": ".",
        "mqtt": {"url": f"mqtt://127.0.0.1:{ports.broker}"},
        "broker": {"port": ports.broker},
        "status": {"base_port": ports.status},
        "console": {"port": wish.port},
        # Whoever tries it at night wants to see it too.
        "notifier": {"owners": str(owners.resolve()), "limits": {"quiet_hours": ""}},
        "edge": {
            "site": "demo",
            "device": "box",
            "preview_interval_s": 1.0,
            "status_interval_s": 2.0,
            "until_end": wish.until_end,
            **({"plates": NO_PLATES} if not wish.reads_plates else {}),
            "camera": [
                {
                    "name": plan.camera,
                    "source": camera,
                    "plan": str(wish.plan.resolve()),
                    "speed": wish.speed,
                    "plates": dict(plates),
                }
            ],
            "sensor": [
                {
                    "name": "hallway-smoke",
                    "kind": "smoke",
                    "topic": simulator.TOPIC,
                    "value": "data.smoke",
                    "alarm_at": 0.3,
                    "clear_at": 0.1,
                    "heartbeat_s": 10.0,
                    "place": "Hallway, building 3",
                }
            ],
        },
    }
    if wish.network is not None:
        values["edge"]["network"] = str(wish.network.resolve())
    if local:
        phone = f"http://127.0.0.1:{ports.phone}"
        values["sms"] = {"base_url": phone, "account_sid": PHONE_ACCOUNT, "sender": "+447700900999"}
        values["console"]["phone_url"] = phone
        # The phone is on this desk, so the page behind its links may be as well.
        values["public"] = {"port": ports.public, "public_url": f"http://127.0.0.1:{ports.public}"}
    return tomli_w.dumps(values)


def free_ports() -> Ports:
    """Ports that nobody listens on.

    The status ports are the default ones where these are free, so that a plain `clearway status` finds the
    demo.
    """
    with ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _ in range(3)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        broker_port, phone_port, public_port = (probe.getsockname()[1] for probe in probes)
    first = StatusSettings().base_port
    for base in (first, *range(first + 10_000 + secrets.randbelow(500) * 10, 30_000, len(ORDER))):
        if all(_is_free(base + index) for index in range(len(ORDER))):
            return Ports(broker_port, phone_port, public_port, base)
    raise ConfigurationError.of("demo", "found no row of free ports", "stop something")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0
