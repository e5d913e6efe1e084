"""`clearway connect` and `clearway webhooks`: telling case systems."""

import asyncio
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any
from uuid import uuid4

import msgspec
import typer
from rich.console import Console as Terminal
from rich.table import Table

from models.errors import ConfigurationError

app = typer.Typer()
webhooks = typer.Typer(
    name="webhooks", help="What case systems were told, and what not.", no_args_is_help=True
)
app.add_typer(webhooks)

SettingsFile = Annotated[
    Path | None,
    typer.Option("--settings", "-s", help="Settings file (TOML); secrets come from the environment."),
]
LogFile = Annotated[Path | None, typer.Option("--log-file", help="Log to this file instead of the terminal.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print results for machines.")]
Subscription = Annotated[str, typer.Argument(help="Name of the subscription.")]


@app.command()
def connect(settings: SettingsFile = None, log_file: LogFile = None) -> None:
    """Run the relay: what becomes of cases goes to the webhooks and the Kafka topic of the settings."""
    from clearway import logs, roles, wiring
    from clearway.connect import Connector
    from clearway.settings import load

    found = load(settings)
    logs.set_up("connect", found.log.level, log_file)
    connector = Connector(wiring.database(found), found.connect)
    roles.run("connect", connector, roles.status_port(found.status.base_port, "connect"))
    roles.leave()


@webhooks.command(name="list")
def list_subscriptions(settings: SettingsFile = None, as_json: AsJson = False) -> None:
    """Show every subscription: how far it is, what waits, what is dead, and how its receiver is doing."""
    from cases.webhooks.overview import DeliveryReading
    from clearway import wiring
    from clearway.settings import load

    found = load(settings)
    wanted = {item.name: item.url for item in found.connect.webhook}
    rows = DeliveryReading(wiring.database(found)).subscriptions()
    known = {row["name"] for row in rows}
    if as_json:
        for row in rows:
            configured = row["kind"] == "topic" or row["name"] in wanted
            typer.echo(msgspec.json.encode(row | {"configured": configured}).decode())
        return
    table = Table("subscription", "goes to", "waiting", "dead", "how it is")
    for row in rows:
        goes_to = wanted.get(
            row["name"], "Kafka" if row["kind"] == "topic" else "not in the settings any more"
        )
        table.add_row(
            row["name"], goes_to, str(row["waiting"] + row["behind"]), str(row["dead"]), _health(row)
        )
    for name in sorted(wanted.keys() - known):
        table.add_row(name, wanted[name], "", "", "not started yet")
    _print(table)


@webhooks.command()
def dead(
    name: Annotated[str | None, typer.Argument(help="Only of this subscription.")] = None,
    settings: SettingsFile = None,
    limit: Annotated[int, typer.Option(help="Newest this many.", min=1, max=100_000)] = 50,
    as_json: AsJson = False,
) -> None:
    """Show events that were given up, with the reason."""
    from cases.webhooks.overview import DeliveryReading
    from clearway import wiring
    from clearway.settings import load

    rows = DeliveryReading(wiring.database(load(settings))).dead(name, limit=limit)
    if as_json:
        for row in rows:
            typer.echo(msgspec.json.encode(row).decode())
        return
    table = Table("row", "subscription", "case", "event", "tries", "given up", "why")
    for row in rows:
        table.add_row(
            str(row["outbox_id"]),
            row["subscription"],
            row["case_id"],
            row["type"] or "purged",
            str(row["attempts"]),
            "" if row["settled_at"] is None else row["settled_at"].isoformat(timespec="seconds"),
            row["why"],
        )
    _print(table)


@webhooks.command()
def replay(
    name: Subscription,
    row: Annotated[list[int] | None, typer.Option(help="Of `dead`; may be repeated.", min=1)] = None,
    everything: Annotated[bool, typer.Option("--all", help="All that is dead.")] = False,
    settings: SettingsFile = None,
) -> None:
    """Send dead events again, under the ids they had."""
    from cases.webhooks.book import DeliveryBook
    from clearway import wiring
    from clearway.settings import load

    if bool(row) == everything:
        raise ConfigurationError.of("clearway webhooks replay", "say which", "give --row NUMBER, or --all")
    if name.startswith("topic:"):
        problem = "events go to a topic in one order, without exceptions"
        raise ConfigurationError.of(name, problem, "only webhooks can be replayed")
    book = DeliveryBook(wiring.database(load(settings)))
    count = book.replay(name, None if everything else row, datetime.now(UTC))
    typer.echo(f"{count} event(s) wait for {name} again.")
    if row and count < len(set(row)):
        raise typer.Exit(1)


@webhooks.command(name="test")
def probe(name: Subscription, settings: SettingsFile = None, as_json: AsJson = False) -> None:
    """Send one signed test event and say what comes back; a paused receiver that takes it goes on."""
    from cases.case_event import cloud_event
    from cases.webhooks import rules
    from cases.webhooks.book import DeliveryBook
    from cases.webhooks.courier import headers_of
    from cases.webhooks.overview import DeliveryReading
    from cases.webhooks.post import Poster
    from clearway import wiring
    from clearway.settings import load

    found = load(settings)
    own = found.connect
    chosen = next((item for item in own.webhook if item.name == name), None)
    if chosen is None:
        known = ", ".join(item.name for item in own.webhook) or "none"
        raise ConfigurationError.of("settings", f"there is no webhook {name!r}", f"there are: {known}")
    now = datetime.now(UTC)
    body = cloud_event(
        event_id=str(uuid4()),
        source=own.source,
        event_type="clearway.webhook.test.v1",
        subject="test",
        at=now,
        data={"message": "Clearway can reach you, and this is its signature."},
        sequence=0,
    )
    headers = headers_of(body, chosen.found_secrets(os.environ), now)

    async def send() -> rules.Answer:
        poster = Poster(own.allow_networks, own.timeout_s, own.ca_file)
        try:
            return (await poster.send("POST", chosen.url, headers, body)).answer
        finally:
            await poster.close()

    answer = asyncio.run(send())
    taken = rules.judge(answer) is rules.Verdict.TAKEN
    if as_json:
        typer.echo(msgspec.json.encode({"taken": taken, "status": answer.status, "why": answer.why}).decode())
    else:
        typer.echo(f"{name}: {'taken' if taken else 'not taken'}, {rules.explained(answer)}")
    if not taken:
        raise typer.Exit(1)
    database = wiring.database(found)
    if any(row["name"] == name and row["paused_at"] for row in DeliveryReading(database).subscriptions()):
        DeliveryBook(database).resume(name)
        typer.echo(f"{name} was paused and goes on.", err=as_json)


def _print(table: Table) -> None:
    """As it is: a receiver's words are no markup of ours."""
    Terminal(markup=False, emoji=False).print(table)


def _health(row: dict[str, Any]) -> str:
    if row["paused_at"] is not None:
        return f"paused since {row['paused_at'].isoformat(timespec='seconds')}: {row['why']}"
    if row["failures"]:
        return f"failed {row['failures']} time(s): {row['why']}"
    return "well"
