"""`clearway report`: how well it works, from the ledger."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from models.errors import ConfigurationError

if TYPE_CHECKING:
    from rich.table import Table

    from cases.statistics.records import OnTime, Report


app = typer.Typer()


@app.command()
def report(
    since: Annotated[str, typer.Option("--from", help="First day, or ISO 8601 with a time.", metavar="DATE")],
    until: Annotated[
        str | None, typer.Option("--to", help="Last day, or ISO 8601 with a time; else now.", metavar="DATE")
    ] = None,
    html: Annotated[
        Path | None, typer.Option("--html", help="Write one self-contained page with plots.", metavar="FILE")
    ] = None,
    time_zone: Annotated[
        str | None, typer.Option(help="Whose days and hours, an IANA name; else the console's.")
    ] = None,
    settings: Annotated[
        Path | None,
        typer.Option("--settings", "-s", help="Settings file (TOML); secrets come from the environment."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print all figures for machines.")] = False,
) -> None:
    """Say how well it works: notices, leaving, closing, deadlines, false alarms, places, by the ledger."""
    import msgspec

    from cases.statistics.making import make
    from cases.statistics.page import html as page
    from cases.statistics.period import parse_period
    from cases.statistics.plain import plain
    from clearway import wiring
    from clearway.settings import load

    found = load(settings)
    now = datetime.now(UTC)
    period = parse_period(since, until, time_zone or found.console.timezone, now)
    database = wiring.database(found)
    try:
        made = make(database, period, now)
    finally:
        database.close()
    if html is not None:
        _write(html, page(made))
    if as_json:
        typer.echo(msgspec.json.encode(plain(made)).decode())
    else:
        _show(made)
        if html is not None:
            typer.echo(f"Written: {html}")


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as exc:
        raise ConfigurationError.of("--html", f"{file} cannot be written: {exc.strerror}") from exc


def _show(made: "Report") -> None:
    from rich.console import Console
    from rich.table import Table

    from cases.statistics.page import percent, span

    totals, told = made.totals, made.notified
    figures = Table(
        "figure", "value", "of", title=f"{made.since:%Y-%m-%d %H:%M} to {made.until:%Y-%m-%d %H:%M} UTC"
    )
    rows = [
        (
            "cases",
            f"{totals.opened}",
            f"{totals.open} open, {totals.closed} closed, {totals.dismissed} dismissed",
        ),
        (
            "overstay to notice, p50 / p99",
            _pair(made.to_notice.p50_s, made.to_notice.p99_s),
            f"{made.to_notice.count}",
        ),
        ("left on notice", percent(told.share.ratio), f"{told.notified}"),
        (
            "notice to leaving, p50 / p90",
            _pair(told.to_leave.p50_s, told.to_leave.p90_s),
            f"{told.to_leave.count}",
        ),
        ("closed the same day", percent(made.same_day.ratio), f"{made.same_day.of}"),
        ("mean time to close", span(made.to_close.mean_s), f"{made.to_close.count}"),
    ]
    if totals.odd_clocks:
        rows.append(("left out: clocks contradict each other", f"{totals.odd_clocks}", f"{totals.opened}"))
    for row in rows:
        figures.add_row(*row)
    terminal = Console()
    terminal.print(figures)
    for title, on_time in (("department", made.on_time_by_unit), ("area", made.on_time_by_area)):
        if on_time:
            terminal.print(_on_time(title, on_time))


def _on_time(title: str, rows: "tuple[OnTime, ...]") -> "Table":
    from rich.table import Table

    from cases.statistics.page import MOST_ROWS, percent

    table = Table(title, "on time", "met", "missed", "running")
    for row in rows[:MOST_ROWS]:
        table.add_row(
            row.name or "unknown", percent(row.share.ratio), f"{row.met}", f"{row.missed}", f"{row.running}"
        )
    return table


def _pair(one: float | None, other: float | None) -> str:
    from cases.statistics.page import span

    return f"{span(one)} / {span(other)}"
