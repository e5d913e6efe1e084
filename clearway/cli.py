"""The `clearway` command."""

import asyncio
import base64
import math
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer
from rich.console import Console as Terminal
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from clearway import __version__, logs
from clearway.late_commands import LateGroup
from clearway.settings import Settings, load
from models.errors import (
    EXIT_CONFIGURATION,
    ConfigurationError,
    Fault,
    LogDamaged,
    LogInUse,
    SourceLost,
    TrainingBroken,
    TransportDown,
)
from models.units import utc

if TYPE_CHECKING:
    from clearway.roles import Role

app = typer.Typer(
    name="clearway",
    cls=LateGroup,
    help="Keeps the way clear: cameras and sensors see, owners get an SMS, departments get a case.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

SettingsFile = Annotated[
    Path | None,
    typer.Option("--settings", "-s", help="Settings file (TOML); secrets come from the environment."),
]
LogFile = Annotated[Path | None, typer.Option("--log-file", help="Log to this file instead of the terminal.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print results for machines.")]
NetworkFile = Annotated[
    Path | None,
    typer.Option(
        "--network", help="Network: .onnx, or what ultralytics loads with the extra; else the one that ships."
    ),
]
PlanFile = Annotated[Path, typer.Option("--plan", help="Plan of the camera's zones (TOML).")]


def _version(value: bool) -> None:
    if value:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Keeps the way clear."""


@app.command()
def demo(
    camera: Annotated[str, typer.Option("--camera", help="A recording, rtsp://…, http://… or /dev/video0.")],
    plan: PlanFile,
    network: NetworkFile = None,
    speed: Annotated[
        str, typer.Option(help="Of a recording: 1 is its own speed, `max` as fast as it goes.")
    ] = "1",
    plate: Annotated[
        list[str] | None,
        typer.Option(help="zone=TEXT: the plate assumed for a zone until one is read for sure."),
    ] = None,
    owners: Annotated[
        Path | None, typer.Option(help="CSV file: plate,phone,language. With it plates are read.")
    ] = None,
    port: Annotated[int, typer.Option(help="Of the console, on 127.0.0.1.")] = 8080,
    data_dir: Annotated[
        Path | None,
        typer.Option(help="Keep everything here and go on from it next time; else a temporary folder."),
    ] = None,
    until_end: Annotated[bool, typer.Option("--until-end", help="Stop when the recording is over.")] = False,
    as_json: AsJson = False,
) -> None:
    """Play the whole walk on this machine: broker, edge, ingest, notifier, console, and a phone that rings.

    Without CLEARWAY_SMS__TOKEN and CLEARWAY_SMS__ACCOUNT_SID, messages go to a local stand-in for Twilio.
    """
    from clearway.demo import play
    from clearway.demo_site import Wish, parse_plates

    wish = Wish(
        camera=camera,
        plan=plan,
        network=network,
        speed=_speed(speed),
        plates=parse_plates(plate or []),
        owners=owners,
        port=port,
        data_dir=data_dir,
        until_end=until_end,
        as_json=as_json,
    )
    logs.set_up("demo", "error")
    raise typer.Exit(asyncio.run(play(wish)))


@app.command()
def up(settings: Annotated[Path, typer.Argument(help="Settings file (TOML).")]) -> None:
    """Run everything a settings file describes on this machine, as one supervised set of processes."""
    from clearway import stack, voice_wiring, wiring
    from clearway.supervisor import Supervisor

    found = load(settings)
    logs.set_up("up", found.log.level)
    extras = stack.Extras(notifier=voice_wiring.can_send(found))
    if not extras.notifier:
        typer.echo("No CLEARWAY_SMS__ACCOUNT_SID and CLEARWAY_SMS__TOKEN: the notifier is not started and")
        typer.echo("nobody is written to. Cases open and close all the same.")
    wiring.database(found, migrate=True).close()
    keeper = Supervisor(stack.jobs(found, settings, extras, to_files=True), found.status.base_port)
    typer.echo(f"Logs: {found.data_dir / 'logs'}   Console: http://127.0.0.1:{found.console.port}")
    raise typer.Exit(asyncio.run(keeper.run()))


@app.command()
def edge(settings: SettingsFile = None, log_file: LogFile = None) -> None:
    """Run the edge box: cameras and sensors in, observations out."""
    from clearway import wiring

    found = _prepare("edge", settings, log_file)
    role, agent = wiring.edge_role(found)
    _run("edge", role, found, failed=lambda: agent.failed)


@app.command()
def ingest(settings: SettingsFile = None, log_file: LogFile = None) -> None:
    """Run the stream: MQTT in, cases out."""
    from clearway import wiring

    found = _prepare("ingest", settings, log_file)
    _run("ingest", wiring.ingest_role(found), found)


@app.command()
def notify(settings: SettingsFile = None, log_file: LogFile = None) -> None:
    """Run the voice: what is due becomes a message."""
    from clearway import wiring

    found = _prepare("notifier", settings, log_file)
    _run("notifier", wiring.notifier_role(found), found)


@app.command()
def public(settings: SettingsFile = None, log_file: LogFile = None) -> None:
    """Run the public page: what owners see behind the link in a message, and providers' callbacks."""
    from clearway import wiring

    found = _prepare("public", settings, log_file)
    _run("public", wiring.public_role(found), found)


@app.command()
def console(settings: SettingsFile = None, log_file: LogFile = None) -> None:
    """Run the desk: the web console and its API."""
    from clearway import wiring

    found = _prepare("console", settings, log_file)
    _run("console", wiring.console_role(found), found)


@app.command()
def broker(settings: SettingsFile = None, log_file: LogFile = None) -> None:
    """Run the embedded broker (started by `up` and `demo`, which make its credentials)."""
    from clearway import wiring

    found = _prepare("broker", settings, log_file)
    _run("broker", wiring.broker_role(found), found)


@app.command()
def phone(
    settings: SettingsFile = None,
    fault: Annotated[
        list[str] | None,
        typer.Option(help="NAME=CHANCE, may be repeated: misbehave so often (docs/providers.md)."),
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Of the dice, to repeat a run.")] = None,
    log_file: LogFile = None,
) -> None:
    """Run the phone on the desk: a local stand-in for Twilio that shows what was sent."""
    from clearway import wiring

    found = _prepare("phone", settings, log_file)
    _run("phone", wiring.phone_role(found, fault or (), seed), found)


@app.command(name="simulate-sensor")
def simulate_sensor(settings: SettingsFile = None, log_file: LogFile = None) -> None:
    """Run the demo's smoke sensor: beats once a second, alarms once, clears."""
    from clearway.simulator import SimulatedSmokeSensor

    found = _prepare("sensor", settings, log_file)
    _run("sensor", SimulatedSmokeSensor(found.mqtt), found)


@app.command()
def replay(
    video: Annotated[Path, typer.Argument(help="A recording.")],
    plan: PlanFile,
    network: NetworkFile = None,
    start: Annotated[
        str | None, typer.Option(help="When the recording began, ISO 8601 with offset.", metavar="ISO")
    ] = None,
    frame_interval: Annotated[
        float, typer.Option(help="Seconds between two looks.", min=0.01, max=86_400)
    ] = 1.0,
    explain: Annotated[
        bool, typer.Option("--explain", help="Say on standard error what each stay rests on.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Find the stays in a recording, faster than real time, without a broker."""
    from clearway import wiring
    from clearway.replay import replay as look_through
    from detectors.opening import open_network, open_reference
    from edge.assemble import load_plan
    from edge.settings import CameraSettings

    logs.set_up("replay", "warning")
    found = load_plan(CameraSettings(name="replay", source=str(video), plan=plan))
    opened = wiring.network(load(None)) if network is None else open_network(network)
    with _progress("looking through the recording", shown=not as_json):
        outcome = look_through(
            str(video),
            found,
            opened,
            start_at=_time(start),
            look_interval_s=frame_interval,
            reference=open_reference(plan, found),
        )
    if explain:
        for line in outcome.explained:
            typer.echo(line, err=True)
    if as_json:
        for line in outcome.lines():
            typer.echo(line)
        return
    table = Table("zone", "label", "began", "overstayed", "ended", "by", "plate")
    for stay in outcome.stays:
        table.add_row(
            stay.zone,
            stay.label,
            *(_shown_s(value) for value in (stay.began_s, stay.overstayed_s, stay.ended_s)),
            stay.ended_by,
            stay.plate or "",
        )
    Terminal().print(table)
    typer.echo(f"{outcome.looks} looks, {outcome.network_runs} network runs, {outcome.wall_s:.1f} s")
    if outcome.broken:
        typer.echo(f"The recording broke off: {outcome.broken}", err=True)


@app.command()
def snapshot(
    camera: Annotated[str, typer.Argument(help="A recording, a folder, rtsp://…, http://… or /dev/video0.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The picture to write, .jpg or .png.")],
) -> None:
    """Take one picture of a camera's view: to draw zones on, and as the plan's `reference`."""
    from clearway.snapshot import take

    logs.set_up("snapshot", "warning")
    take(camera, output)


@app.command()
def check(
    files: Annotated[
        list[Path], typer.Argument(help="Settings, plans, policies (TOML) and owner files (CSV).")
    ],
    as_json: AsJson = False,
) -> None:
    """Validate files: all faults at once, each with file, line, key, fault and remedy."""
    from clearway.check import check as check_files
    from clearway.check import warnings

    faults, warned = check_files(files), warnings(files)
    if as_json:
        for fault in faults:
            typer.echo(msgspec.json.encode(fault).decode())
        for source, warning in warned:
            typer.echo(msgspec.json.encode({"source": source, "warning": warning}).decode())
    else:
        for fault in faults:
            typer.echo(str(fault))
        for source, warning in warned:
            typer.echo(f"{source}: warning: {warning}")
        if not faults:
            typer.echo(f"{len(files)} file(s) without a fault.")
    raise typer.Exit(EXIT_CONFIGURATION if faults else 0)


@app.command()
def status(settings: SettingsFile = None, as_json: AsJson = False) -> None:
    """Show all roles of this machine at a glance."""
    from clearway import status as status_room

    found = status_room.gather(load(settings))
    if as_json:
        typer.echo(msgspec.json.encode(found).decode())
    else:
        table = Table("role", "up", "how it is")
        for role in found:
            table.add_row(role["role"], "yes" if role["up"] else "no", status_room.glance(role))
        Terminal().print(table)
    raise typer.Exit(0 if any(role["up"] for role in found) else 1)


@app.command()
def deadletters(
    settings: SettingsFile = None,
    limit: Annotated[int, typer.Option(help="Newest this many.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Show what came over the wire and could not be used, with the reason."""
    from cases.reading import Reading
    from clearway import wiring

    found = wiring.database(load(settings))

    letters = Reading(found).dead_letters(limit=limit)
    if as_json:
        for letter in letters:
            payload = base64.b64encode(letter.pop("payload")).decode()
            typer.echo(msgspec.json.encode(letter | {"payload_base64": payload}).decode())
        return
    table = Table("when", "from", "field", "problem", "bytes", "begins with")
    for letter in letters:
        start = repr(letter["payload"][:32])[2:-1]
        when = letter["at"].isoformat(timespec="seconds")
        table.add_row(when, letter["origin"], letter["field"], letter["problem"], str(letter["size"]), start)
    Terminal().print(table)


@app.command()
def migrate(settings: SettingsFile = None) -> None:
    """Bring the ledger's tables to this version."""
    from clearway import wiring

    wiring.database(load(settings), migrate=True).close()
    typer.echo("The ledger is at this version.")


@app.command()
def packet(
    case: Annotated[str, typer.Argument(help="Number (CW-000012, or 12) or id of the case.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The ZIP file to write.")],
    settings: SettingsFile = None,
) -> None:
    """Write a case's sealed evidence into one ZIP file that `verify` checks anywhere."""
    from clearway.packet import write

    write(case, output, load(settings))


@app.command()
def verify(
    packets: Annotated[
        list[Path],
        typer.Argument(help="Evidence packets (ZIP). Several are one chain, of which none may be missing."),
    ],
    key: Annotated[
        list[str] | None,
        typer.Option(
            help="The device's public key: base64, or a file of such lines. From whoever runs the device, "
            "not from the packet. May be repeated."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check evidence packets offline and say in words what holds and what does not; exit code 0 or 1."""
    from clearway.verify import check_packets

    raise typer.Exit(0 if check_packets(packets, key or [], as_json=as_json) else 1)


def run(arguments: list[str] | None = None) -> None:
    """The command line, with our own errors shown as they are meant to be read."""
    try:
        app(arguments)
    except ConfigurationError as exc:
        for fault in exc.faults:
            typer.echo(f"clearway: {fault}", err=True)
        sys.exit(EXIT_CONFIGURATION)
    except (LogInUse, LogDamaged) as exc:
        typer.echo(f"clearway: {exc}", err=True)
        sys.exit(EXIT_CONFIGURATION)
    except (SourceLost, TrainingBroken, TransportDown) as exc:
        typer.echo(f"clearway: {exc}", err=True)
        sys.exit(1)


def _prepare(role: str, settings: Path | None, log_file: Path | None) -> Settings:
    found = load(settings)
    logs.set_up(role, found.log.level, log_file)
    return found


def _run(name: str, role: "Role", settings: Settings, *, failed: Callable[[], bool] = lambda: False) -> None:
    from clearway import roles

    roles.run(name, role, roles.status_port(settings.status.base_port, name))
    code = int(failed())
    roles.leave(code)
    if code:
        raise typer.Exit(code)


def _speed(text: str) -> Any:  # noqa: ANN401 - a float or the word
    if text == "max":
        return text
    try:
        speed = float(text)
    except ValueError:
        speed = math.nan
    if not 0 < speed < math.inf:
        fault = Fault("--speed", 0, "", f"{text!r} is no speed", "use a positive number, or `max`")
        raise ConfigurationError((fault,))
    return speed


def _time(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return utc(datetime.fromisoformat(text))
    except ValueError as exc:
        raise ConfigurationError.of("--start", str(exc), "e.g. 2026-11-21T08:00:00+08:00") from exc


def _shown_s(value: float | None) -> str:
    return "" if value is None else f"{value:.1f} s"


def _progress(text: str, *, shown: bool) -> Progress:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    progress = Progress(*columns, console=Terminal(stderr=True), transient=True, disable=not shown)
    progress.add_task(text)
    return progress
