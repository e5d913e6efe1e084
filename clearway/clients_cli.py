"""`clearway clients`: who may use the API."""

import getpass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console as Terminal
from rich.table import Table

from cases.clients import DEFAULT_PER_MINUTE, Client, Scope, parse_scopes
from cases.clients.book import ClientBook
from clearway import wiring
from clearway.settings import load

app = typer.Typer(name="clients", help="Let programs use the API, and send them away.", no_args_is_help=True)

SettingsFile = Annotated[
    Path | None, typer.Option("--settings", "-s", help="Settings file (TOML); secrets from the environment.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print results for machines.")]
_SCOPES = ", ".join(scope.value for scope in Scope)


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="What it is called, in the audit too.")],
    scope: Annotated[list[str], typer.Option(help=f"What it may do; may be repeated: {_SCOPES}.")],
    per_minute: Annotated[
        int, typer.Option(help="Requests a minute; more are told to wait.", min=1, max=100_000)
    ] = DEFAULT_PER_MINUTE,
    days: Annotated[
        int | None, typer.Option(help="How long its token is good; else until revoked.", min=1, max=36_500)
    ] = None,
    settings: SettingsFile = None,
    as_json: AsJson = False,
) -> None:
    """Let a program in. Its token is printed once and cannot be shown again."""
    now = datetime.now(UTC)
    wished = Client(
        id="",
        name=name,
        scopes=parse_scopes(scope),
        per_minute=per_minute,
        expires_at=None if days is None else now + timedelta(days=days),
    )
    client, token = _book(settings).add(wished, now, actor=_operator())
    if as_json:
        typer.echo(msgspec.json.encode(_told(client) | {"token": token}).decode())
        return
    typer.echo(f"{client.name} may: {', '.join(sorted(client.scopes))}")
    typer.echo("Its token, shown this once (send it as `Authorization: Bearer …`):")
    typer.echo(token)


@app.command(name="list")
def list_clients(settings: SettingsFile = None, as_json: AsJson = False) -> None:
    """Show who is known, what each may do and when it was last here."""
    now = datetime.now(UTC)
    found = _book(settings).all()
    if as_json:
        for client in found:
            typer.echo(msgspec.json.encode(_told(client)).decode())
        return
    table = Table("name", "scopes", "a minute", "since", "last used", "state")
    for client in found:
        table.add_row(
            client.name,
            ", ".join(sorted(client.scopes)),
            str(client.per_minute),
            _day(client.created_at),
            _day(client.last_used_at),
            client.refused_at(now)
            or ("good" if client.expires_at is None else f"until {_day(client.expires_at)}"),
        )
    Terminal().print(table)


@app.command()
def revoke(
    name: Annotated[str, typer.Argument(help="Name or id of the client.")], settings: SettingsFile = None
) -> None:
    """Send a program away: within seconds its token is refused."""
    client = _book(settings).revoke(name, datetime.now(UTC), actor=_operator())
    typer.echo(f"{client.name} was sent away.")


def _book(settings: Path | None) -> ClientBook:
    return ClientBook(wiring.database(load(settings)))


def _operator() -> str:
    return f"operator:{getpass.getuser()}"


def _day(at: datetime | None) -> str:
    return "never" if at is None else at.isoformat(timespec="minutes")


def _told(client: Client) -> dict[str, object]:
    return {
        "id": client.id,
        "name": client.name,
        "scopes": sorted(client.scopes),
        "per_minute": client.per_minute,
        "created_at": client.created_at,
        "expires_at": client.expires_at,
        "revoked_at": client.revoked_at,
        "last_used_at": client.last_used_at,
    }
