"""`clearway cases export`: cases as tables for other programs."""

import getpass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console as Terminal
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from models.errors import ConfigurationError

if TYPE_CHECKING:
    from cases.export import Span
    from cases.export.files import Format

app = typer.Typer(name="cases", help="Cases as tables for other programs.", no_args_is_help=True)


@app.callback()
def main() -> None:
    """Cases as tables for other programs."""


@app.command()
def export(
    out: Annotated[Path, typer.Option("--out", "-o", help="The file to write.")],
    since: Annotated[
        str | None, typer.Option("--from", help="First day, or ISO 8601 with a time.", metavar="DATE")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--to", help="Last day, or ISO 8601 with a time; else now.", metavar="DATE")
    ] = None,
    form: Annotated[str, typer.Option("--format", help="csv or parquet.")] = "csv",
    excel: Annotated[bool, typer.Option("--excel", help="CSV that Excel opens without garbling.")] = False,
    with_plates: Annotated[
        bool,
        typer.Option("--with-plates", help="Plates in full; needs --why, and is written into the audit."),
    ] = False,
    why: Annotated[str, typer.Option(help="What the plates are needed for.")] = "",
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
    settings: Annotated[
        Path | None,
        typer.Option("--settings", "-s", help="Settings file (TOML); secrets come from the environment."),
    ] = None,
) -> None:
    """Write cases into a file, one line each: CSV or Parquet. Columns: docs/connecting.md."""
    from cases.export import CaseExport
    from cases.export.files import table_file
    from clearway import wiring
    from clearway.settings import load

    found = load(settings)
    chosen = _format(form)
    if out.exists() and not force:
        raise ConfigurationError.of("--out", f"{out} is there already", "give another name, or --force")
    if with_plates and not why.strip():
        raise ConfigurationError.of("--with-plates", "nobody said what for", "give --why 'the reason'")
    database = wiring.database(found)
    reading = CaseExport(database, _span(since, until, found.console.timezone))
    written, total = 0, reading.count()
    with table_file(out, chosen, for_excel=excel) as table, _progress(total) as progress:
        if with_plates:
            reading.note_plates(f"clearway.cli {getpass.getuser()}", why.strip(), datetime.now(UTC))
        task = progress.add_task("cases", total=total)
        for rows in reading.chunks(with_plates=with_plates):
            table.write(rows)
            written += len(rows)
            progress.update(task, completed=written, total=max(total, written))
    database.close()
    typer.echo(f"{written} case(s) in {out}.")


def _format(text: str) -> "Format":
    from cases.export.files import Format

    try:
        return Format(text.lower())
    except ValueError as exc:
        raise ConfigurationError.of("--format", f"{text!r} is no format", "use csv or parquet") from exc


def _span(since: str | None, until: str | None, time_zone: str) -> "Span":
    """Days are those of the console's time zone, and the last one is meant whole."""
    from cases.export import Span
    from cases.statistics.period import parse_period

    now = datetime.now(UTC)
    if since is None:
        if until is None:
            return Span()
        return Span(None, parse_period("1970-01-01", until, time_zone, now).until)
    period = parse_period(since, until, time_zone, now)
    return Span(period.since, period.until)


def _progress(total: int) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    terminal = Terminal(stderr=True)
    return Progress(*columns, console=terminal, transient=True, disable=not (total and terminal.is_terminal))
