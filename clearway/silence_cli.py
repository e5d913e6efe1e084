"""`clearway silences`: where no steps are taken for a while."""

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console as Terminal
from rich.table import Table

from cases.silences import Silence, SilenceBook
from clearway import wiring
from clearway.settings import load
from models.errors import BadRecord, ConfigurationError, Refused

app = typer.Typer(name="silences", help="Let cases open and take no steps for a while.", no_args_is_help=True)

SettingsFile = Annotated[
    Path | None, typer.Option("--settings", "-s", help="Settings file (TOML); secrets from the environment.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print results for machines.")]


@app.command()
def add(
    reason: Annotated[str, typer.Argument(help="Why, for everybody who wonders.")],
    hours: Annotated[float, typer.Option(help="For how long from now.", min=0.01, max=366 * 24)],
    source: Annotated[str, typer.Option(help="`/site`, `/site/device` or `/site/device/camera`.")] = "",
    zone: Annotated[str, typer.Option(help="A zone of that camera.")] = "",
    place: Annotated[str, typer.Option(help="An address, as the plan writes it.")] = "",
    matter: Annotated[str, typer.Option(help="A matter of the catalogue.")] = "",
    settings: SettingsFile = None,
    as_json: AsJson = False,
) -> None:
    """Silence a place or a matter. Cases open all the same; notices and other steps wait."""
    now = datetime.now(UTC)
    wished = Silence(
        source=source,
        zone=zone,
        place=place,
        matter=matter,
        since=now,
        until=now + timedelta(hours=hours),
        reason=reason,
        author=_operator(),
    )
    with _in_words():
        made = _book(settings).add(wished, now)
    typer.echo(msgspec.json.encode(made).decode() if as_json else f"{made.id} until {made.until:%F %R} UTC")


@app.command(name="list")
def list_silences(settings: SettingsFile = None, as_json: AsJson = False) -> None:
    """Show the silences in force."""
    found = _book(settings).active(datetime.now(UTC))
    if as_json:
        for one in found:
            typer.echo(msgspec.json.encode(one).decode())
        return
    table = Table("id", "where", "matter", "until (UTC)", "by", "reason")
    for one in found:
        where = " ".join(part for part in (one.source, one.zone, one.place) if part)
        table.add_row(one.id, where, one.matter, f"{one.until:%F %R}", one.author, one.reason)
    # As it is: what people wrote is no markup of ours.
    Terminal(markup=False, emoji=False).print(table)


@app.command()
def lift(
    silence: Annotated[str, typer.Argument(help="Its id, as `list` shows it.")],
    why: Annotated[str, typer.Option(help="Why it ends early.")],
    settings: SettingsFile = None,
) -> None:
    """End a silence early; what waited for its end is done at once."""
    with _in_words():
        _book(settings).lift(silence, by=_operator(), why=why, now=datetime.now(UTC))
    typer.echo(f"{silence} is lifted")


def _book(settings: Path | None) -> SilenceBook:
    return SilenceBook(wiring.database(load(settings)))


def _operator() -> str:
    return f"operator:{getpass.getuser()}"


@contextmanager
def _in_words() -> Iterator[None]:
    """What the ledger refuses is something that was asked for wrongly."""
    try:
        yield
    except BadRecord as exc:
        raise ConfigurationError.of("silence", exc.problem, key=exc.field) from exc
    except Refused as exc:
        raise ConfigurationError.of("silence", exc.reason) from exc
