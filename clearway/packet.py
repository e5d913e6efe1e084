"""`clearway packet`: a case's sealed evidence as one ZIP file."""

from pathlib import Path

import typer

from cases.evidence.blobs import FileBlobStore
from cases.evidence.packing import pack_case
from cases.reading import Reading
from cases.search import number_in
from clearway import wiring
from clearway.settings import Settings
from models.errors import ConfigurationError


def write(case: str, output: Path, settings: Settings) -> None:
    """Write the file and say what is in it.

    Args:
        case: number or id of the case.
        output: where to write.
        settings: whose ledger and evidence.

    Raises:
        ConfigurationError: there is no such case, it has no evidence, or the file cannot be written.
        Exit: 1 if pictures are missing in the file.
    """
    database = wiring.database(settings)
    try:
        reading = Reading(database)
        packed = pack_case(reading, FileBlobStore(settings.data_dir / "evidence"), _case_id(reading, case))
    finally:
        database.close()
    if packed is None:
        remedy = "only overstays are proven, and the packet may still be on its way"
        raise ConfigurationError.of(case, "has no sealed evidence here", remedy)
    try:
        output.write_bytes(packed.data)
    except OSError as exc:
        remedy = "give a path in an existing folder"
        raise ConfigurationError.of(str(output), f"cannot be written: {exc.strerror}", remedy) from exc
    typer.echo(f"{output}: {packed.packets} packet(s), {len(packed.data) / 1e6:.1f} MB")
    for shot in packed.missing:
        typer.echo(f"missing: the {shot.role.value} picture {shot.sha256[:12]}… has not arrived", err=True)
    if packed.missing:
        typer.echo("Without them the file does not pass `clearway verify`; write it again later.", err=True)
        raise typer.Exit(1)


def _case_id(reading: Reading, text: str) -> str:
    """The id of a case, by number or id.

    Raises:
        ConfigurationError: there is no such case.
    """
    number = number_in(text)
    found = text if number is None else reading.case_id(number)
    if found is None or reading.case(found) is None:
        raise ConfigurationError.of(text, "there is no such case", "give a number as the console shows it")
    return found
