"""`clearway units`, `areas`, `matters`, `components`, `route`: who is responsible for what, where."""

import getpass
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console as Terminal
from rich.table import Table

from cases.responsibility import checks, store
from cases.responsibility.atlas import Atlas
from cases.responsibility.reading import Kind
from cases.responsibility.register import Register
from cases.responsibility.router import LedgerRouter
from cases.responsibility.sheets import Findings
from cases.routing import Where
from clearway import paths, wiring
from clearway.settings import load
from models.errors import ConfigurationError, Fault
from models.toml import nearest

SettingsFile = Annotated[
    Path | None, typer.Option("--settings", "-s", help="Settings file (TOML); secrets from the environment.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print results for machines.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be wrong, and change nothing.")]
TableFile = Annotated[Path, typer.Argument(metavar="FILE.csv", help="A table (docs/responsibility.md).")]
MapFile = Annotated[
    Path,
    typer.Argument(metavar="FILE", help="A table (CSV) or a map (GeoJSON, WGS 84, docs/responsibility.md)."),
]

units = typer.Typer(name="units", help="Departments and companies that get cases.", no_args_is_help=True)
areas = typer.Typer(name="areas", help="City, districts, towns, villages, grids.", no_args_is_help=True)
matters = typer.Typer(name="matters", help="The catalogue: who leads in which matter.", no_args_is_help=True)
components = typer.Typer(
    name="components", help="Bollards, hydrants, manhole covers and their owners.", no_args_is_help=True
)


app = typer.Typer()
for part in (units, areas, matters, components):
    app.add_typer(part)


@units.command(name="import")
def import_units(
    file: TableFile, dry_run: DryRun = False, settings: SettingsFile = None, as_json: AsJson = False
) -> None:
    """Replace the list of units. Without one, any name of a unit is taken as it is written."""
    _import(Kind.UNITS, file, settings, dry_run=dry_run, as_json=as_json)


@areas.command(name="import")
def import_areas(
    file: MapFile,
    overlap: Annotated[
        float, typer.Option(help="Share of the smaller area that two may overlap by.", min=0.0, max=1.0)
    ] = checks.OVERLAP_SHARE,
    dry_run: DryRun = False,
    settings: SettingsFile = None,
    as_json: AsJson = False,
) -> None:
    """Replace the tree of areas: all of it or, with any fault, nothing."""
    _import(Kind.AREAS, file, settings, dry_run=dry_run, as_json=as_json, overlap=overlap)


@matters.command(name="import")
def import_matters(
    file: TableFile, dry_run: DryRun = False, settings: SettingsFile = None, as_json: AsJson = False
) -> None:
    """Replace the catalogue: all of it or, with any fault, nothing."""
    _import(Kind.MATTERS, file, settings, dry_run=dry_run, as_json=as_json)


@components.command(name="import")
def import_components(
    file: MapFile, dry_run: DryRun = False, settings: SettingsFile = None, as_json: AsJson = False
) -> None:
    """Replace the register of components: all of it or, with any fault, nothing."""
    _import(Kind.COMPONENTS, file, settings, dry_run=dry_run, as_json=as_json)


@units.command(name="list")
def list_units(settings: SettingsFile = None, as_json: AsJson = False) -> None:
    """Show the units in force."""
    _show(Kind.UNITS, settings, ("id", "name_zh", "name_en"), as_json=as_json)


@areas.command(name="list")
def list_areas(settings: SettingsFile = None, as_json: AsJson = False) -> None:
    """Show the areas in force, each below the one it lies in."""
    found = _in_force(Kind.AREAS, settings)
    paths_of = Atlas(found).path
    rows = [
        area.model_dump(mode="json", exclude={"polygon"})
        | {"path": paths_of(area.id), "drawn": bool(area.polygon)}
        for area in found
    ]
    rows.sort(key=lambda row: row["path"])
    _print(rows, ("id", "level", "name_zh", "parent", "unit", "drawn", "zones"), as_json=as_json)


@matters.command(name="list")
def list_matters(settings: SettingsFile = None, as_json: AsJson = False) -> None:
    """Show the catalogue in force."""
    shown = ("code", "area", "number", "name_zh", "lead_unit", "assisting", "deadlines", "policy")
    _show(Kind.MATTERS, settings, shown, as_json=as_json)


@components.command(name="list")
def list_components(
    kind: Annotated[str, typer.Option(help="Only this kind.")] = "",
    near: Annotated[str, typer.Option(help="Only around here.", metavar="LAT,LON")] = "",
    radius: Annotated[float, typer.Option(help="Around --near, metres.", min=1, max=5000)] = 200.0,
    limit: Annotated[int, typer.Option(help="At most so many.", min=1, max=100_000)] = 200,
    settings: SettingsFile = None,
    as_json: AsJson = False,
) -> None:
    """Show registered components."""
    with closing(wiring.database(load(settings))) as database:
        register = Register(database)
        shown: tuple[str, ...] = ("id", "kind", "name", "owner_unit", "maintainer", "lat", "lon")
        if near:
            rows = [
                row
                for row in register.near(*_position(near), radius, limit)
                if not kind or row["kind"] == kind
            ]
            shown += ("distance_m",)
        else:
            rows = list(register.find(kind=kind, limit=limit))
    _print(rows, shown, as_json=as_json)


@app.command()
def route(
    matter: Annotated[str, typer.Option(help="Entry of the catalogue, as fire-lane-blocked.")],
    lat: Annotated[float | None, typer.Option(help="Latitude, WGS 84.", min=-90, max=90)] = None,
    lon: Annotated[float | None, typer.Option(help="Longitude.", min=-180, max=180)] = None,
    zone: Annotated[str, typer.Option(help="A zone or sensor.", metavar="/site/device/camera/zone")] = "",
    area: Annotated[str, typer.Option(help="An area that somebody named.")] = "",
    address: Annotated[str, typer.Option(help="An address.")] = "",
    settings: SettingsFile = None,
    as_json: AsJson = False,
) -> None:
    """Say where a case would land, with whom, and why."""
    if (lat is None) != (lon is None):
        raise ConfigurationError.of("--lat, --lon", "one of them is missing", "give both")
    found_settings = load(settings)
    policies = wiring.policies(found_settings)
    usual = next((policy for policy in policies.values() if policy.matter == matter), None)
    source, _, zone_id = zone.rpartition("/") if zone.count("/") > 3 else (zone, "", "")  # noqa: PLR2004
    where = Where(
        position_latlon=None if lat is None or lon is None else (lat, lon),
        area=area,
        source=source,
        zone=zone_id,
        place=address,
    )
    router = LedgerRouter()
    with closing(wiring.database(found_settings)) as database, database.read() as connection:
        router.refresh(connection)
        known = {entry.code for entry in store.load(connection, Kind.MATTERS)}
    found = router.route(matter, where, "" if usual is None else usual.unit)
    above = router.above(found.area)
    if as_json:
        escalates = None if above is None else msgspec.to_builtins(above)
        typer.echo(msgspec.json.encode(msgspec.to_builtins(found) | {"above": escalates}).decode())
        return
    if usual is None and matter not in known:
        hint = nearest(matter, sorted(known | {policy.matter for policy in policies.values()}))
        typer.echo(f"No matter {matter!r} is known. {hint}".strip(), err=True)
    terms = ", ".join(
        f"{item.name} {item.after_s:g} s{' of working time' if item.working else ''}"
        for item in found.deadlines
    )
    table = Table(show_header=False)
    for name, value in (
        ("area", found.area_path or "none"),
        ("lead unit", found.lead_unit or "none"),
        ("assisting", ", ".join(found.assisting)),
        ("deadlines", terms or "the policy's"),
        ("policy", found.policy or ("" if usual is None else usual.name)),
        ("escalates to", "" if above is None else f"{above.area_path} {above.unit}".strip()),
        ("why", "\n".join(found.why)),
    ):
        table.add_row(name, value)
    Terminal().print(table)


def _import(
    kind: Kind,
    file: Path,
    settings: Path | None,
    *,
    dry_run: bool,
    as_json: bool,
    overlap: float = checks.OVERLAP_SHARE,
) -> None:
    sheet = store.read_sheet(kind, paths.read_bytes(file), str(file), overlap_share=overlap)
    found = load(settings)
    policies = wiring.policies(found)
    with closing(wiring.database(found)) as database:
        if dry_run:
            findings = Findings(list(sheet.findings.faults), list(sheet.findings.warnings))
            with database.read() as connection:
                store.cross_check(connection, sheet, policies, findings)
            _warn(findings.warnings)
            findings.refuse()
            typer.echo(f"{file}: {len(sheet.placed)} {kind.value} without a fault; nothing was changed.")
            return
        try:
            done = store.import_sheet(
                database, sheet, actor=_operator(), at=datetime.now(UTC), policies=policies
            )
        finally:
            _warn(sheet.findings.warnings)
    if as_json:
        told = {"kind": kind.value, "version": done.version, "rows": done.rows, "changed": done.changed}
        typer.echo(msgspec.json.encode(told).decode())
    elif done.changed:
        typer.echo(f"{done.rows} {kind.value} in force, version {done.version}.")
    else:
        typer.echo(f"{file} is in force already, version {done.version}.")


def _warn(warnings: Sequence[Fault]) -> None:
    for warning in warnings:
        typer.echo(f"warning: {warning}", err=True)


def _operator() -> str:
    return f"operator:{getpass.getuser()}"


def _in_force(kind: Kind, settings: Path | None) -> list[Any]:
    with closing(wiring.database(load(settings))) as database, database.read() as connection:
        return store.load(connection, kind)


def _show(kind: Kind, settings: Path | None, columns: Sequence[str], *, as_json: bool) -> None:
    rows = [record.model_dump(mode="json") for record in _in_force(kind, settings)]
    _print(rows, columns, as_json=as_json)


def _print(rows: Sequence[dict[str, Any]], columns: Sequence[str], *, as_json: bool) -> None:
    if as_json:
        for row in rows:
            typer.echo(msgspec.json.encode(row).decode())
        return
    table = Table()
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(_cell(row.get(column)) for column in columns))
    Terminal().print(table)


def _cell(value: Any) -> str:  # noqa: ANN401 - whatever a record holds
    match value:
        case None | False:
            return ""
        case True:
            return "yes"
        case float():
            return f"{value:g}" if abs(value) < 1 else f"{value:.5f}".rstrip("0").rstrip(".")
        case list():
            return ", ".join(_cell(item) for item in value)
        case dict():
            unit = " s of working time" if value.get("working") else " s"
            return f"{value.get('name')} {value.get('after_s'):g}{unit}"
    return str(value)


def _position(text: str) -> tuple[float, float]:
    try:
        lat, lon = (float(word) for word in text.split(","))
    except ValueError as exc:
        raise ConfigurationError.of("--near", f"{text!r} is no position", "e.g. 29.868,121.544") from exc
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):  # noqa: PLR2004 - degrees
        raise ConfigurationError.of("--near", f"{text!r} lies off the Earth", "latitude first, in degrees")
    return lat, lon
