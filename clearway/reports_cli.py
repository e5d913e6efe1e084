"""`clearway reports`: what people reported."""

import getpass
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec
import typer

from cases.reports import sheet as report_sheet
from clearway import office_wiring, paths, wiring
from clearway.settings import load
from models.errors import EXIT_CONFIGURATION, ConfigurationError
from models.hours import timezone_fault

app = typer.Typer(name="reports", help="Take in reports of people.", no_args_is_help=True)

SettingsFile = Annotated[
    Path | None, typer.Option("--settings", "-s", help="Settings file (TOML); secrets from the environment.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print results for machines.")]


@app.command(name="import")
def import_reports(
    file: Annotated[
        Path, typer.Argument(help=f"CSV file (UTF-8) with a head: {', '.join(report_sheet.COLUMNS)}.")
    ],
    hotline: Annotated[
        str, typer.Option(help="Whose list it is; its references are taken once.")
    ] = "hotline",
    timezone: Annotated[
        str, typer.Option(help="Whose clock times without an offset are meant by.")
    ] = "Asia/Shanghai",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check only.")] = False,
    settings: SettingsFile = None,
    as_json: AsJson = False,
) -> None:
    """Take in a hotline's list: each row is attached to a case, or opens one.

    Running it again changes nothing. Rows with faults are said and left out; then the exit code is 78.
    """
    if fault := timezone_fault(timezone):
        problem, _, remedy = fault.partition("; ")
        raise ConfigurationError.of("--timezone", problem, remedy)
    found = load(settings)
    ledger = wiring.database(found)
    known = wiring.policies(found)
    desk, services = office_wiring.reporting(
        ledger, known, wiring.scenes(found).values(), found.console.language
    )
    counted: Counter[str] = Counter()
    lines = report_sheet.reports(
        report_sheet.rows(paths.read_text(file), str(file)),
        reporter=hotline,
        now=datetime.now(UTC),
        timezone=ZoneInfo(timezone),
        matters=services,
    )
    for line in lines:
        if line.report is None:
            counted["refused"] += 1
            for one in line.faults:
                typer.echo(f"{file}:{line.number}: {one.field}: {one.problem}", err=True)
        elif dry_run:
            counted["good"] += 1
        else:
            policy = services[line.report.matter].policy
            taken = desk.take(line.report, policy, datetime.now(UTC), actor=f"operator:{getpass.getuser()}")
            counted["known before" if taken.repeat else taken.state.value] += 1
    ledger.close()
    if as_json:
        typer.echo(msgspec.json.encode(dict(counted)).decode())
    else:
        typer.echo(", ".join(f"{number} {what}" for what, number in sorted(counted.items())) or "no rows")
    raise typer.Exit(EXIT_CONFIGURATION if counted["refused"] else 0)
