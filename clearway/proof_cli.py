"""`clearway audit`, `hold`, `rights` and `purge`: proof, and what may be kept no longer."""

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console as Terminal
from rich.table import Table

from cases import rights
from cases.database import Database
from cases.evidence.blobs import FileBlobStore
from cases.reading import Reading
from cases.retention import holds as retention_holds
from cases.retention.purge import purge as purge_all
from cases.rights import page as rights_page
from cases.search import number_in
from cases.trail.check import Report, check_all, check_case
from cases.trail.evidence import EvidenceReport, check_evidence
from cases.trail.export import export_lines, history
from cases.trail.seal import seal_days
from cases.trail.walk import Finding
from clearway import wiring
from clearway.proof_words import place_of, shown_entry
from clearway.settings import Settings, load
from clearway.verify import read_keys
from models.errors import BadRecord, ConfigurationError, Refused

audit_app = typer.Typer(name="audit", help="Check, show and export the audit.", no_args_is_help=True)
hold_app = typer.Typer(name="hold", help="Keep everything of a case, whatever its age.", no_args_is_help=True)
rights_app = typer.Typer(name="rights", help="What is kept about one plate.", no_args_is_help=True)

SettingsFile = Annotated[
    Path | None, typer.Option("--settings", "-s", help="Settings file (TOML); secrets from the environment.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print results for machines.")]
Case = Annotated[str, typer.Argument(help="Number (CW-000012, or 12) or id of the case.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; it stands in the audit.")]
Actor = Annotated[str, typer.Option("--actor", help="Who asks; by default who is signed in here.")]
Plate = Annotated[str, typer.Argument(help="The plate as it is registered.")]


@audit_app.command()
def verify(
    case: Annotated[str | None, typer.Option("--case", help="Only this case's chain.")] = None,
    since: Annotated[
        str | None, typer.Option("--since", help="Only days from here on (UTC).", metavar="YYYY-MM-DD")
    ] = None,
    key: Annotated[
        str | None, typer.Option("--key", help="The centre's public key: each seal must be signed by it.")
    ] = None,
    seal: Annotated[
        str | None, typer.Option("--seal", help="Hash of a seal kept elsewhere: it must still be there.")
    ] = None,
    evidence: Annotated[
        bool, typer.Option("--evidence", help="Check sealed packets and their pictures too.")
    ] = False,
    settings: SettingsFile = None,
    as_json: AsJson = False,
) -> None:
    """Find any change, gap, exchange, removed case or day; exit code 0 when there is none, else 1."""
    found = load(settings)
    with _ledger(found) as database:
        known = None if key is None else read_keys(key)[0]
        with database.read() as connection:
            if case is not None:
                report = check_case(connection, _case_id(database, case))
            else:
                report = check_all(connection, since=_day(since), key=known, anchor=seal)
            packets = check_evidence(connection, _shelf(found)) if evidence else None
        findings = [*report.findings, *(packets.findings if packets else ())]
        if as_json:
            typer.echo(msgspec.json.encode(_told(report, packets, findings)).decode())
        else:
            for finding in findings:
                typer.echo(f"{place_of(database, finding)}: {finding.problem}")
            _sum(report, packets, len(findings))
    raise typer.Exit(1 if findings else 0)


@audit_app.command()
def show(case: Case, settings: SettingsFile = None, as_json: AsJson = False) -> None:
    """Show what was done to a case: when, by whom, what and why."""
    with _ledger(load(settings)) as database:
        entries = history(database, _case_id(database, case))
    if as_json:
        for entry in entries:
            typer.echo(msgspec.json.encode(entry).decode())
        return
    for entry in entries:
        typer.echo(shown_entry(entry))


@audit_app.command()
def export(
    out: Annotated[Path, typer.Option("--out", "-o", help="The file to write, one JSON object a line.")],
    since: Annotated[
        str | None, typer.Option("--since", help="Only days from here on (UTC).", metavar="YYYY-MM-DD")
    ] = None,
    settings: SettingsFile = None,
) -> None:
    """Write all entries and seals into a file, with salts and hashes, so that others can check them."""
    with _ledger(load(settings)) as database, _writing(out), out.open("wb") as file:
        lines = 0
        for line in export_lines(database, _day(since)):
            file.write(line + b"\n")
            lines += 1
    typer.echo(f"{out}: {lines} lines")


@audit_app.command()
def seal(settings: SettingsFile = None, as_json: AsJson = False) -> None:
    """Seal the days that are over, and print their seals: keep them somewhere else."""
    found = load(settings)
    with _ledger(found) as database:
        made = seal_days(database, datetime.now(UTC), found.audit.signer())
    for one in made:
        said = msgspec.json.encode(asdict(one)).decode() if as_json else f"{one.day} {one.entries} {one.hash}"
        typer.echo(said)
    if not made and not as_json:
        typer.echo("Every day that is over has its seal.")


def purge(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    settings: SettingsFile = None,
    as_json: AsJson = False,
) -> None:
    """Purge what the settings' section `retention` keeps no longer; a proof of it stays in the audit."""
    found = load(settings)
    with _ledger(found) as database:
        done = purge_all(database, found.retention, _shelf(found), datetime.now(UTC), dry_run=dry_run)
    if as_json:
        for one in done:
            typer.echo(msgspec.json.encode(asdict(one)).decode())
        return
    table = Table("what", "rule", "cases", "would go" if dry_run else "went")
    for one in done:
        table.add_row(one.kind, one.rule, str(one.cases), str(one.items))
    Terminal().print(table)


@hold_app.command(name="add")
def hold_add(case: Case, reason: Reason, actor: Actor = "", settings: SettingsFile = None) -> None:
    """Put a case on legal hold."""
    with _ledger(load(settings)) as database:
        now, who = datetime.now(UTC), actor or _operator()
        case_id = _case_id(database, case)
        fresh = retention_holds.hold(database, case_id, actor=who, why=reason, now=now)
    typer.echo("It is on hold." if fresh else "It was on hold already.")


@hold_app.command(name="release")
def hold_release(case: Case, reason: Reason, actor: Actor = "", settings: SettingsFile = None) -> None:
    """Take a legal hold away."""
    with _ledger(load(settings)) as database:
        now, who = datetime.now(UTC), actor or _operator()
        case_id = _case_id(database, case)
        gone = retention_holds.release(database, case_id, actor=who, why=reason, now=now)
    typer.echo("It is on hold no longer." if gone else "It was not on hold.")


@hold_app.command(name="list")
def hold_list(settings: SettingsFile = None, as_json: AsJson = False) -> None:
    """Show every hold that stands."""
    with _ledger(load(settings)) as database:
        rows = retention_holds.holds(database)
    if as_json:
        for row in rows:
            typer.echo(msgspec.json.encode(row).decode())
        return
    table = Table("case", "since", "by", "why")
    for row in rows:
        table.add_row(
            f"CW-{row['number']:06d}", row["since"].isoformat(timespec="minutes"), row["actor"], row["why"]
        )
    Terminal().print(table)


@rights_app.command(name="export")
def rights_export(
    plate: Plate,
    out: Annotated[Path, typer.Option("--out", "-o", help="The ZIP file to write.")],
    purpose: Annotated[str, typer.Option("--purpose", help="Why; it stands in the audit.")],
    actor: Actor = "",
    settings: SettingsFile = None,
) -> None:
    """Write all that concerns one plate into a ZIP file: JSON, and a page to read."""
    with _ledger(load(settings)) as database, _writing(out):
        out.open("ab").close()  # before the audit says that it was given out
        request = rights.Request(
            plate=plate, actor=actor or _operator(), purpose=purpose, now=datetime.now(UTC)
        )
        gathered = rights.gather(database, request)
        out.write_bytes(rights_page.pack(gathered))
    loose = len(gathered["observations_without_case"])
    typer.echo(f"{out}: {len(gathered['cases'])} case(s), {loose} observation(s) without a case")


@rights_app.command(name="erase")
def rights_erase(
    plate: Plate, reason: Reason, actor: Actor = "", settings: SettingsFile = None, as_json: AsJson = False
) -> None:
    """Erase all that concerns one plate. Refused while a case is open or on legal hold."""
    found = load(settings)
    with _ledger(found) as database:
        request = rights.Request(
            plate=plate, actor=actor or _operator(), purpose=reason, now=datetime.now(UTC)
        )
        done = rights.erase(database, _shelf(found), request)
    if as_json:
        typer.echo(msgspec.json.encode(asdict(done)).decode())
        return
    typer.echo(f"Erased from {done.cases} case(s): {done.items} value(s), {done.pictures} picture(s).")
    typer.echo(f"Receipt: {done.receipt}")
    typer.echo("Give it to the person: with it and the plate they can show what the audit's proof is about.")


app = typer.Typer()
for room in (audit_app, hold_app, rights_app):
    app.add_typer(room)
app.command()(purge)


@contextmanager
def _ledger(settings: Settings) -> Iterator[Database]:
    """The ledger; what it refuses is said, with exit code 1.

    Raises:
        Exit: something was refused.
    """
    database = wiring.database(settings)
    try:
        yield database
    except (Refused, BadRecord) as exc:
        typer.echo(f"clearway: {exc}", err=True)
        raise typer.Exit(1) from exc
    finally:
        database.close()


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as exc:
        remedy = "give a path in an existing folder"
        raise ConfigurationError.of(str(path), f"cannot be written: {exc.strerror}", remedy) from exc


def _case_id(database: Database, text: str) -> str:
    """The id of a case, by number or id; of a purged case too, of which only the chain is left.

    Raises:
        ConfigurationError: there is no such case.
    """
    number = number_in(text)
    found = text if number is None else Reading(database).case_id(number)
    if found is None or not history(database, found):
        raise ConfigurationError.of(text, "there is no such case", "give a number as the console shows it")
    return found


def _shelf(settings: Settings) -> FileBlobStore:
    return FileBlobStore(settings.data_dir / "evidence")


def _operator() -> str:
    return f"operator:{getpass.getuser()}"


def _day(text: str | None) -> str | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as exc:
        raise ConfigurationError.of("--since", f"{text!r} is no day", "e.g. 2026-11-21") from exc


def _told(report: Report, packets: EvidenceReport | None, findings: list[Finding]) -> dict[str, Any]:
    looked = {name: getattr(report, name) for name in ("entries", "chains", "days", "seals", "signed")}
    if packets is not None:
        looked |= {name: getattr(packets, name) for name in ("packets", "pictures", "purged", "alone")}
    return looked | {"holds": not findings, "findings": [asdict(finding) for finding in findings]}


def _sum(report: Report, packets: EvidenceReport | None, wrong: int) -> None:
    typer.echo(
        f"{report.entries} entries in {report.chains} chain(s), {report.days} day(s), "
        f"{report.seals} seal(s), {report.signed} of them signed"
    )
    if packets is not None:
        typer.echo(
            f"{packets.packets} packet(s) with {packets.pictures} picture(s), {packets.purged} purged, "
            f"{packets.alone} packet(s) of no case"
        )
    typer.echo(
        f"The audit does not hold: {wrong} finding(s)." if wrong else "The audit is as it was written."
    )
