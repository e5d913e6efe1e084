"""`clearway scenes`: the scene packs there are, and what one holds."""

from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console as Terminal
from rich.table import Table

from cases.policy import Step
from cases.scenes import Pack
from clearway import wiring
from clearway.settings import load
from models.errors import ConfigurationError
from models.toml import nearest

SettingsFile = Annotated[
    Path | None, typer.Option("--settings", "-s", help="Settings file (TOML); secrets from the environment.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print results for machines.")]
EXAMPLE_POLYGON = ((0.1, 0.55), (0.42, 0.52), (0.47, 0.71), (0.08, 0.76))

app = typer.Typer(
    name="scenes", help="What each kind of incident needs, as one folder of data.", no_args_is_help=True
)


@app.command(name="list")
def list_scenes(settings: SettingsFile = None, as_json: AsJson = False) -> None:
    """Show the packs that ship and a city's own."""
    found = wiring.scenes(load(settings))
    if as_json:
        for pack in found.values():
            typer.echo(msgspec.json.encode(_told(pack)).decode())
        return
    table = Table()
    for column in ("scene", "name", "matter", "unit", "reported by"):
        table.add_column(column, overflow="fold")
    for pack in found.values():
        table.add_row(
            pack.name,
            f"{pack.scene.name.zh} / {pack.scene.name.en}",
            pack.scene.matter,
            pack.policy.unit,
            _reporters(pack),
        )
    Terminal().print(table)


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="Of the scene, as fire-lane.")],
    settings: SettingsFile = None,
    as_json: AsJson = False,
) -> None:
    """Show one pack: a zone to paste into a plan, the ladder, the check-list, the messages."""
    packs = wiring.scenes(load(settings))
    if name not in packs:
        remedy = nearest(name, list(packs)) or f"known: {', '.join(packs)}"
        raise ConfigurationError.of("scenes", f"no scene {name!r}", remedy)
    pack = packs[name]
    if as_json:
        typer.echo(msgspec.json.encode(_told(pack)).decode())
        return
    typer.echo(f"# {pack.scene.name.zh} / {pack.scene.name.en}: {pack.scene.matter}, {pack.policy.unit}")
    if pack.scene.zone is not None:
        typer.echo("\n# A zone of this scene, for a plan; draw your own polygon:")
        typer.echo(zone_snippet(pack))
    if pack.scene.sensor is not None:
        typer.echo(f'\n# A sensor of this scene, for settings: kind = "{pack.scene.sensor.kind.value}"')
    typer.echo("\n# The ladder:")
    for step in pack.policy.step:
        typer.echo(f"#   {_when(step)}: {step.does.value} ({step.id})")
    typer.echo("\n# On site:")
    for item in pack.checklist:
        typer.echo(f"#   {item.zh} / {item.en}{' [picture]' if item.picture else ''}")
    for (language, step_id), text in sorted(pack.texts.items()):
        typer.echo(f"\n# {language} {step_id}: {text.strip()}")


def zone_snippet(pack: Pack) -> str:
    """A zone of the scene as a plan's TOML; empty for a scene of sensors."""
    if pack.scene.zone is None:
        return ""
    rule = pack.scene.zone.model_dump(mode="json", exclude_unset=True)
    kind = rule.pop("kind")
    values = {"id": f"{pack.name}-1", "kind": kind, "polygon": EXAMPLE_POLYGON, "policy": pack.policy.name}
    # Texts, numbers and lists of them are written alike in JSON and TOML.
    lines = (f"{key} = {msgspec.json.encode(value).decode()}" for key, value in (values | rule).items())
    return "\n".join(("[[zone]]", *lines))


def _told(pack: Pack) -> dict[str, Any]:
    return pack.scene.model_dump(mode="json", exclude={"name"}) | {
        "name": pack.name,
        "names": pack.scene.name.model_dump(),
        "policy": pack.policy.model_dump(mode="json"),
        "checklist": [item.model_dump() for item in pack.checklist],
        "texts": {f"{language}/{step}": text for (language, step), text in sorted(pack.texts.items())},
    }


def _reporters(pack: Pack) -> str:
    zone = f"camera ({pack.scene.zone.kind.value})" if pack.scene.zone is not None else ""
    sensor = f"sensor ({pack.scene.sensor.kind.value})" if pack.scene.sensor is not None else ""
    return ", ".join(filter(None, (zone, sensor)))


def _when(step: Step) -> str:
    after = "at once" if not step.after_s else f"after {step.after_s:g} s"
    return f"{step.when.value}, {after}"
