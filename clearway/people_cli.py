"""`clearway people`: who may sign in at the desk."""

import getpass
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console as Terminal
from rich.table import Table

from cases.people import Person
from cases.people.book import PeopleBook
from cases.people.roles import Role, parse_role
from clearway import wiring
from clearway.settings import load
from models.errors import ConfigurationError

PASSWORD_VARIABLE = "CLEARWAY_PASSWORD"  # noqa: S105 - the name of the variable

app = typer.Typer(
    name="people", help="Let people sign in at the desk, and send them away.", no_args_is_help=True
)

SettingsFile = Annotated[
    Path | None, typer.Option("--settings", "-s", help="Settings file (TOML); secrets from the environment.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print results for machines.")]
Name = Annotated[str, typer.Argument(help="What they sign in with.")]
_ROLES = ", ".join(role.value for role in Role)
Keep = Annotated[
    bool, typer.Option("--keep", help="The password is theirs already: they need not choose another one.")
]


@app.command()
def add(
    name: Name,
    role: Annotated[str, typer.Option(help=f"What they may do: {_ROLES}.")],
    display: Annotated[str, typer.Option(help="What the page calls them; the name, if left out.")] = "",
    keep: Keep = False,
    settings: SettingsFile = None,
    as_json: AsJson = False,
) -> None:
    """Let somebody sign in. The password is asked for, or taken from CLEARWAY_PASSWORD."""
    wished, book = parse_role(role), _book(settings)
    person = book.add(
        name,
        wished,
        _password(),
        datetime.now(UTC),
        actor=_operator(),
        display=display,
        must_change=not keep,
    )
    first = "" if keep else ", and choose a password of their own first"
    _say(person, f"{person.name} may sign in as {person.role.value}{first}.", as_json=as_json)


@app.command(name="list")
def list_people(settings: SettingsFile = None, as_json: AsJson = False) -> None:
    """Show who may sign in, as what, and when they last did."""
    now = datetime.now(UTC)
    found = _book(settings).all()
    if as_json:
        for person in found:
            typer.echo(msgspec.json.encode(_told(person)).decode())
        return
    table = Table("name", "called", "role", "since", "last signed in", "state")
    for person in found:
        table.add_row(
            person.name,
            person.display,
            person.role.value,
            _day(person.created_at),
            _day(person.signed_in_at),
            _state(person, now),
        )
    Terminal().print(table)


@app.command()
def role(
    name: Name,
    role: Annotated[str, typer.Argument(help=f"What they may do from now on: {_ROLES}.")],
    settings: SettingsFile = None,
) -> None:
    """Give somebody another role; they have to sign in again."""
    person = _book(settings).change_role(name, parse_role(role), datetime.now(UTC), actor=_operator())
    typer.echo(f"{person.name} is {person.role.value} now, and has to sign in again.")


@app.command()
def disable(name: Name, settings: SettingsFile = None) -> None:
    """Send somebody away: within seconds they are signed out everywhere, and cannot sign in."""
    person = _book(settings).disable(name, datetime.now(UTC), actor=_operator())
    typer.echo(f"{person.name} was sent away.")


@app.command()
def enable(name: Name, settings: SettingsFile = None) -> None:
    """Let somebody in again, also one who has to wait after wrong passwords."""
    person = _book(settings).enable(name, datetime.now(UTC), actor=_operator())
    typer.echo(f"{person.name} may sign in as {person.role.value}.")


@app.command()
def password(name: Name, keep: Keep = False, settings: SettingsFile = None) -> None:
    """Give somebody another password. It is asked for, or taken from CLEARWAY_PASSWORD."""
    book = _book(settings)
    person = book.set_password(name, _password(), datetime.now(UTC), actor=_operator(), must_change=not keep)
    typer.echo(f"{person.name} has a new password, and has to sign in again.")


def _book(settings: Path | None) -> PeopleBook:
    return PeopleBook(wiring.database(load(settings)))


def _password() -> str:
    """From the environment, or twice from whoever sits here; a command line is seen by others."""
    given = os.environ.get(PASSWORD_VARIABLE)
    if given is not None:
        return given
    if not sys.stdin.isatty():
        remedy = f"set {PASSWORD_VARIABLE} in the environment, or run this where it can ask"
        raise ConfigurationError.of("password", "nobody is here to be asked for it", remedy)
    asked: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    return asked


def _operator() -> str:
    return f"operator:{getpass.getuser()}"


def _say(person: Person, sentence: str, *, as_json: bool) -> None:
    typer.echo(msgspec.json.encode(_told(person)).decode() if as_json else sentence)


def _state(person: Person, now: datetime) -> str:
    if person.disabled_at is not None:
        return "sent away"
    if person.locked_at(now) and person.locked_until is not None:
        return f"has to wait until {person.locked_until:%R} UTC"
    return "must change password" if person.must_change else "good"


def _day(at: datetime | None) -> str:
    return "never" if at is None else at.isoformat(timespec="minutes")


def _told(person: Person) -> dict[str, object]:
    return {
        "name": person.name,
        "display": person.display,
        "role": person.role.value,
        "created_at": person.created_at,
        "disabled_at": person.disabled_at,
        "must_change": person.must_change,
        "signed_in_at": person.signed_in_at,
        "locked_until": person.locked_until,
    }
