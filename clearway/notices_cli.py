"""`clearway notices`: what owners would read, what went out, and why something did not."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console as Terminal
from rich.table import Table

from cases.database import Database
from cases.life import State
from cases.policy import Policy
from cases.reading import Reading
from cases.scenes import message_texts
from cases.search import number_in
from clearway import wiring
from clearway.settings import Settings, load
from models.errors import ConfigurationError

app = typer.Typer(
    name="notices", help="What owners read, what went out, and why something did not.", no_args_is_help=True
)

SettingsFile = Annotated[
    Path | None, typer.Option("--settings", "-s", help="Settings file (TOML); secrets from the environment.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print results for machines.")]
CaseName = Annotated[str, typer.Argument(help="Number (CW-000012, or 12) or id of the case.")]


@app.command()
def preview(
    matter: Annotated[str, typer.Option(help="A matter of the catalogue, or a policy's name.")] = "fire-lane",
    step: Annotated[
        str | None, typer.Option(help="One step of its ladder; else all that tell the owner.")
    ] = None,
    language: Annotated[
        list[str] | None, typer.Option(help="Tag such as zh-CN; may be repeated. Else every shipped one.")
    ] = None,
    place: Annotated[str, typer.Option(help="Another place than the example's.")] = "",
    plate: Annotated[str, typer.Option(help="Another plate than the example's.")] = "",
    case: Annotated[
        str | None, typer.Option("--case", help="A real case (CW-000012), with its own ladder.")
    ] = None,
    settings: SettingsFile = None,
    as_json: AsJson = False,
) -> None:
    """Show messages as owners would read them: text, characters, encoding, SMS. Nothing is sent."""
    from notifier.messages import messages_of
    from notifier.preview import LANGUAGES, example, example_link, policy_of, shown, told_steps

    found = load(settings)
    if case is None:
        policy = policy_of(matter, wiring.policies(found).values())
        view = example(policy.matter, place=place, plate=plate)
    else:
        with _reading(found) as reading:
            view, policy = reading.told(_case_id(reading, case))
    messages = messages_of(found.notifier, message_texts(wiring.scenes(found).values()))
    lines = shown(
        messages,
        view,
        told_steps(policy, step),
        language or LANGUAGES,
        link=example_link(found.public.public_url),
    )
    for line in lines:
        said = line.message
        if as_json:
            told = {
                "matter": policy.matter,
                "step": line.step,
                "language": said.language,
                "template": said.template,
                "text": said.body,
                "characters": len(said.body),
                "encoding": said.size.alphabet.value,
                "units": said.size.units,
                "segments": said.segments,
            }
            typer.echo(msgspec.json.encode(told).decode())
            continue
        typer.echo(f"{line.step}  {said.language}  ({said.template})")
        typer.echo(f"  {said.body}")
        limit = found.notifier.segments_most
        over = f", more than notifier.segments_most = {limit}" if said.segments > limit else ""
        typer.echo(f"  {len(said.body)} characters, {said.size.alphabet.value}, {said.segments} SMS{over}\n")


@app.command(name="list")
def list_notices(
    case: Annotated[str | None, typer.Option("--case", help="Only of this case (CW-000012).")] = None,
    state: Annotated[
        str | None, typer.Option(help="intended, accepted, refused, withheld or doubtful.")
    ] = None,
    limit: Annotated[int, typer.Option(help="At most so many, the newest.", min=1, max=10_000)] = 50,
    settings: SettingsFile = None,
    as_json: AsJson = False,
) -> None:
    """Show notices, the newest first: to whom (masked), when, and what became of them."""
    wanted = _state(state)
    with _reading(load(settings)) as reading:
        case_id = None if case is None else _case_id(reading, case)
        rows = reading.notices(case_id=case_id, limit=limit, state=wanted)
    if as_json:
        for row in rows:
            typer.echo(msgspec.json.encode(_line(row)).decode())
        return
    table = Table("case", "step", "to", "state", "at (UTC)", "SMS", "why")
    for row in rows:
        line = _line(row)
        delivery = f" ({line['delivery']})" if line["delivery"] else ""
        at = line["accepted_at"] or line["intended_at"]
        table.add_row(
            line["case"],
            line["step"],
            line["mask"],
            f"{line['state']}{delivery}",
            f"{at:%F %T}",
            str(line["segments"]),
            line["why"],
        )
    # As it is: what people wrote is no markup of ours.
    Terminal(markup=False, emoji=False).print(table)


@app.command()
def why(case: CaseName, settings: SettingsFile = None, as_json: AsJson = False) -> None:
    """Say for each step of a case that tells the owner: sent when, waits until when, or not sent, and why."""
    from notifier.story import story

    with _reading(load(settings)) as reading:
        case_id = _case_id(reading, case)
        view, policy = reading.told(case_id)
        row = reading.case(case_id) or {"steps": [], "notices": []}
    told = story(policy, view.state, row["steps"], row["notices"])
    if as_json:
        for line in told:
            typer.echo(msgspec.json.encode(line).decode())
        return
    typer.echo(_head(view.number, view.state, view.resolution, policy))
    if not told:
        typer.echo("This ladder tells no owner.")
    for line in told:
        to = f" to {line.mask}" if line.mask else ""
        typer.echo(f"{line.step}{to}: {line.answer}")


def _head(number: int, state: State, resolution: str | None, policy: Policy) -> str:
    ended = f" ({resolution})" if resolution else ""
    urgent = ", urgent" if policy.urgent else ""
    return f"CW-{number:06d}, {state.value}{ended}, policy {policy.name!r} version {policy.version}{urgent}"


def _line(row: dict[str, Any]) -> dict[str, Any]:
    """A notice without its text: that names a plate and a place, and may hold a link."""
    from notifier.segments import size

    names = ("step", "mask", "language", "state", "why", "attempts", "in_doubt", "urgent", "delivery")
    times = ("intended_at", "accepted_at", "next_try_at")
    return (
        {"case": f"CW-{row['case_number']:06d}", "notice": row["id"]}
        | {name: row[name] for name in (*names, *times)}
        | {"segments": size(row["body"]).segments}
    )


def _state(text: str | None) -> str | None:
    from cases.notices.records import NoticeState

    if text is None:
        return None
    try:
        return NoticeState(text).value
    except ValueError as exc:
        known = ", ".join(one.value for one in NoticeState)
        raise ConfigurationError.of("--state", f"no state {text!r}", f"known: {known}") from exc


def _case_id(reading: Reading, name: str) -> str:
    number = number_in(name)
    found = name if number is None else reading.case_id(number)
    if found is None or reading.case(found) is None:
        raise ConfigurationError.of(name, "there is no such case", "give a number as the console shows it")
    return found


@contextmanager
def _reading(settings: Settings) -> Iterator[Reading]:
    ledger: Database = wiring.database(settings)
    try:
        yield Reading(ledger)
    finally:
        ledger.close()
