"""`clearway owners`: numbers in files encrypted, registries checked, one owner looked up on the record."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console as Terminal
from rich.table import Table

from clearway.settings import load
from models.errors import ConfigurationError

app = typer.Typer(name="owners", help="Registries of owners, and the numbers in them.", no_args_is_help=True)

SettingsFile = Annotated[
    Path | None, typer.Option("--settings", "-s", help="Settings file (TOML); secrets from the environment.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print results for machines.")]
OwnerFile = Annotated[Path, typer.Argument(help="CSV file of owners.")]
InPlace = Annotated[bool, typer.Option("--in-place", help="Replace the file itself.")]
Out = Annotated[Path | None, typer.Option("--out", "-o", help="Write to this file.")]


@app.command()
def key() -> None:
    """Print a fresh key for CLEARWAY_NOTIFIER__REGISTRY__KEYS; it goes in front of the old ones."""
    from notifier.registries.cipher import new_key

    typer.echo(new_key())


@app.command()
def encrypt(
    file: OwnerFile, in_place: InPlace = False, out: Out = None, settings: SettingsFile = None
) -> None:
    """Encrypt every number in a file that is not encrypted yet."""
    from clearway import owners_desk

    typer.echo(owners_desk.encrypt(load(settings), file, _target(file, out, in_place=in_place)))


@app.command()
def rotate(
    file: OwnerFile, in_place: InPlace = False, out: Out = None, settings: SettingsFile = None
) -> None:
    """Encrypt every encrypted number anew, with the newest key. Afterwards the old keys can go."""
    from clearway import owners_desk

    typer.echo(owners_desk.rotate(load(settings), file, _target(file, out, in_place=in_place)))


@app.command()
def check(settings: SettingsFile = None, as_json: AsJson = False) -> None:
    """Try every registry: files are read, databases asked, keys counted. Exit code 78 when one is wrong."""
    from clearway import owners_desk

    rows, doubts = owners_desk.check(load(settings))
    if as_json:
        typer.echo(msgspec.json.encode({"registries": rows, "doubts": doubts}).decode())
        return
    table = Table("registry", "kind", "newest key", "older key", "not encrypted")
    for row in rows:
        table.add_row(*(str(row.get(name, "")) for name in ("registry", "kind", "newest", "older", "plain")))
    Terminal(markup=False, emoji=False).print(table)
    for doubt in doubts:
        typer.echo(f"warning: {doubt}")


@app.command(name="look-up")
def look_up(
    plate: Annotated[str, typer.Argument(help="As it is registered.")],
    purpose: Annotated[str, typer.Option(help="For what: it stands in the audit, with your name.")],
    case: Annotated[str, typer.Option(help="Number of the case it is for (CW-000012, or 12).")] = "",
    settings: SettingsFile = None,
    as_json: AsJson = False,
) -> None:
    """Ask the registries about one plate, as a notice would: masked, and written into the audit."""
    from clearway import owners_desk

    told = owners_desk.look_up(load(settings), plate, purpose, case)
    if as_json:
        typer.echo(msgspec.json.encode(told).decode())
        return
    typer.echo(told.said)
    for person in told.contacts:
        silent = ", wants no messages" if person.opted_out else ""
        typer.echo(f"  {person.mask}  {person.role}, {person.language}{silent}")
    typer.echo(f"A notice now: {told.outcome}")


def _target(file: Path, out: Path | None, *, in_place: bool) -> Path:
    """Where to: a user's file is replaced only when that is what was asked for.

    Raises:
        ConfigurationError: neither is said, or both.
    """
    if in_place == (out is not None):
        remedy = "say --out FILE, or --in-place to replace the file itself"
        raise ConfigurationError.of(str(file), "where to write is not said", remedy)
    return out or file
