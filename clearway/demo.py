"""The whole walk on one machine: a street, its cases, and the phone that rings."""

import asyncio
import os
import secrets
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import msgspec
import tomli_w
from rich.console import Console as Terminal

from cases.database import Database
from cases.reading import Reading
from clearway import simulator, stack, wiring
from clearway.roles import ORDER
from clearway.settings import Settings, StatusSettings, load
from clearway.stack import Extras
from clearway.summary import summarise
from clearway.supervisor import Supervisor
from edge.assemble import load_plan
from edge.settings import CameraSettings
from models.errors import ConfigurationError
from models.plan import Plan
from notifier.messages import case_number

MARK = ".clearway-demo"
"""A folder with this file in it was made by a demo and may be emptied by the next one."""
QUIET_S = 1.0
"""Nothing new in the ledger and nothing due for this long: the walk is over."""
SETTLE_S = 20.0
"""After the recording's end: how long the last notices may take."""
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


async def play(wish: Wish) -> int:
    """Run the demo; the exit code.

    Raises:
        ConfigurationError: something the user gave cannot be used.
    """
    plan = load_plan_of(wish)
    sms = _real_provider(wish)
    folder, temporary = _folder(wish)
    try:
        settings_file = folder / "settings.toml"
        plates = assumed_plates(plan, wish.plates)
        owners = wish.owners or _write_owners(folder / "owners.csv", plates)
        ports = _free_ports()
        settings_file.write_text(_settings_text(wish, plan, plates, owners, ports, local=not sms), "utf-8")
        environment = {} if sms else {"CLEARWAY_SMS__TOKEN": secrets.token_urlsafe(24)}
        settings = load(settings_file)
        return await _Demo(wish, settings, settings_file, plates, environment, local=not sms).run()
    finally:
        if temporary:
            shutil.rmtree(folder, ignore_errors=True)


class _Demo:
    def __init__(
        self,
        wish: Wish,
        settings: Settings,
        settings_file: Path,
        plates: Mapping[str, str],
        environment: dict[str, str],
        *,
        local: bool,
    ) -> None:
        self._wish = wish
        self._settings = settings
        self._plates = plates
        self._say = Terminal(stderr=wish.as_json, highlight=False)
        extras = Extras(phone=local, sensor=True, environment=environment)
        jobs = stack.jobs(settings, settings_file, extras, to_files=True)
        self._supervisor = Supervisor(jobs, settings.status.base_port)
        self._local = local

    async def run(self) -> int:
        database = Database(self._settings.ledger_url)
        database.migrate()
        reading = Reading(database)
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        self._greet()
        codes: dict[str, int] = {}
        try:
            await self._until(stop, self._supervisor.start())
            if not stop.is_set():
                self._say.print(f"Watching. The desk is at [bold]{self._address()}[/]  (Ctrl-C ends)\n")
                await self._watch(reading, stop)
        finally:
            codes = await self._supervisor.stop()
        interrupted = stop.is_set()
        clean = all(code == 0 for code in codes.values()) and not any(self._supervisor.restarts().values())
        if self._wish.as_json:
            summary = summarise(reading, wiring.policies(self._settings))
            summary |= {
                "plates": "assumed, not read",
                "processes": codes,
                "restarts": self._supervisor.restarts(),
                "interrupted": interrupted,
                "clean": clean,
            }
            _print_json(summary)
        else:
            self._farewell(codes, clean=clean)
        database.close()
        return 0 if clean else 1

    async def _until(self, stop: asyncio.Event, work: Any) -> None:  # noqa: ANN401 - any coroutine
        """Do something, unless the user ends it first."""
        working, stopping = asyncio.ensure_future(work), asyncio.ensure_future(stop.wait())
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if working.done():
            working.result()
        else:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)

    async def _watch(self, reading: Reading, stop: asyncio.Event) -> None:
        """Tell what happens, until the user ends it or the recording and its last notices are over."""
        ending = asyncio.ensure_future(self._edge_is_done(reading))
        stopping = asyncio.ensure_future(stop.wait())
        fell = asyncio.ensure_future(self._supervisor.fell.wait())
        waits = {stopping, fell} | ({ending} if self._wish.until_end else set())
        seen, told = 0, set[str]()
        try:
            while True:
                done, _ = await asyncio.wait(waits, timeout=0.3, return_when=asyncio.FIRST_COMPLETED)
                seen = self._tell(reading, seen, told)
                if done:
                    return
        finally:
            for task in (ending, stopping, fell):
                task.cancel()

    async def _edge_is_done(self, reading: Reading) -> None:
        await self._supervisor.ended("edge")
        clock = asyncio.get_running_loop().time
        deadline = clock() + SETTLE_S
        seen, quiet_since = -1, clock()
        while clock() < deadline:
            observations = reading.totals().observations
            if observations != seen or reading.due_before(datetime.now(UTC)):
                seen, quiet_since = observations, clock()
            if clock() - quiet_since >= QUIET_S:
                return
            await asyncio.sleep(0.1)

    def _greet(self) -> None:
        wish = self._wish
        self._say.print(f"[bold]Clearway[/] plays {wish.camera}")
        shown = ", ".join(f"{zone} = {plate}" for zone, plate in self._plates.items())
        self._say.print(f"Plates are [yellow]assumed, not read[/] (reading them comes later): {shown}")
        if self._local:
            self._say.print("Messages go to the [yellow]phone on the desk[/], a local stand-in for Twilio.")
        else:
            self._say.print("[bold red]Messages go out for real[/], with your credentials.")

    def _address(self) -> str:
        return f"http://{self._settings.console.host}:{self._settings.console.port}"

    def _tell(self, reading: Reading, seen: int, told: set[str]) -> int:
        """One line for each thing that happened to a case or a notice since the last time."""
        numbers = {row["id"]: row for row in reading.cases(limit=1000)}
        for row in reversed(reading.feed(after=seen)):
            seen = max(seen, row["id"])
            case = numbers.get(row["case_id"])
            what = row["type"].split(".")[2]
            if case is None or what == "grew":
                continue
            name = f"{case_number(case['number'])} {case['zone']}"
            outcome = f" as {case['resolution']}" if what == "closed" else ""
            self._say.print(
                f"  [cyan]case[/]   {name}: {what.replace('_', ' ')}{outcome}  ({row['body']['why']})"
            )
        for notice in reversed(reading.notices()):
            if notice["state"] == "accepted" and notice["id"] not in told:
                told.add(notice["id"])
                name = f"{case_number(notice['case_number'])} {notice['zone']}"
                self._say.print(
                    f"  [green]sms[/]    {name}: {notice['step']} to {notice['mask']} "
                    f"after {notice['latency_s']:.2f} s\n         {notice['body']}"
                )
        return seen

    def _farewell(self, codes: Mapping[str, int], *, clean: bool) -> None:
        if clean:
            self._say.print("\nEverything ended cleanly.")
            return
        bad = ", ".join(f"{name} {code}" for name, code in codes.items() if code)
        self._say.print(
            f"\n[red]Not everything ended cleanly[/]: {bad or 'a process fell and was restarted'}."
        )
        self._say.print(f"Logs: {self._settings.data_dir / 'logs'}")


def load_plan_of(wish: Wish) -> Plan:
    """The plan, checked against the recording's existence and the plates given.

    Raises:
        ConfigurationError: one of them cannot be used.
    """
    if "://" not in wish.camera and not wish.camera.startswith("/dev/") and not Path(wish.camera).is_file():
        raise ConfigurationError.of(wish.camera, "no such recording", "give --camera FILE_OR_URL")
    return load_plan(
        CameraSettings(name="demo", source=wish.camera, plan=wish.plan, plates=dict(wish.plates))
    )


def assumed_plates(plan: Plan, given: Mapping[str, str]) -> dict[str, str]:
    """A plate for every zone: as given, as the plan says, else made up. Nobody reads plates yet."""
    made_up = {zone.id: zone.plate or f"浙B{10001 + index}" for index, zone in enumerate(plan.zones)}
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


def _real_provider(wish: Wish) -> bool:
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


def _folder(wish: Wish) -> tuple[Path, bool]:
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


def _write_owners(path: Path, plates: Mapping[str, str]) -> Path:
    lines = ["plate,phone,language"]
    for index, plate in enumerate(plates.values()):
        lines.append(f"{plate},{PHONES[index % len(PHONES)]},{('en', 'zh-CN')[index % 2]}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def _settings_text(
    wish: Wish,
    plan: Plan,
    plates: Mapping[str, str],
    owners: Path,
    ports: tuple[int, int, int],
    *,
    local: bool,
) -> str:
    """The settings of a site that is a demo, as a file that its processes read like any other."""
    broker_port, phone_port, status_port = ports
    camera = wish.camera
    if "://" not in camera and not camera.startswith("/dev/"):
        camera = str(Path(camera).resolve())
    values: dict[str, Any] = {
        "data_dir": ".",
        "mqtt": {"url": f"mqtt://127.0.0.1:{broker_port}"},
        "broker": {"port": broker_port},
        "status": {"base_port": status_port},
        "console": {"port": wish.port},
        "notifier": {"owners": str(owners.resolve())},
        "edge": {
            "site": "demo",
            "device": "box",
            "preview_interval_s": 1.0,
            "status_interval_s": 2.0,
            "until_end": wish.until_end,
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
        phone = f"http://127.0.0.1:{phone_port}"
        values["sms"] = {"base_url": phone, "account_sid": PHONE_ACCOUNT, "sender": "+447700900999"}
        values["console"]["phone_url"] = phone
    return tomli_w.dumps(values)


def _free_ports() -> tuple[int, int, int]:
    """A port for the broker, one for the phone, and the first of a row for status.

    The status ports are the default ones where these are free, so that a plain `clearway status` finds the
    demo.
    """
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        broker_port, phone_port = one.getsockname()[1], other.getsockname()[1]
    first = StatusSettings().base_port
    for base in (first, *range(first + 10_000 + secrets.randbelow(500) * 10, 30_000, len(ORDER))):
        if all(_is_free(base + index) for index in range(len(ORDER))):
            return broker_port, phone_port, base
    raise ConfigurationError.of("demo", "found no row of free ports", "stop something")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def _print_json(value: object) -> None:
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(value, enc_hook=str), indent=2).decode() + "\n")
