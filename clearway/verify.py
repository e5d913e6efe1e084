"""`clearway verify`: says offline, in words, what holds of evidence packets and what does not."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import msgspec
import typer

from models.errors import ConfigurationError
from models.signing import KEY_BYTES, strict
from models.verdict import Finding, broken, judge

MARKS = {True: "holds         ", False: "DOES NOT HOLD ", None: "note          "}


def check_packets(packets: Sequence[Path], key_texts: Sequence[str], *, as_json: bool) -> bool:
    """Print what is found; whether everything holds.

    Raises:
        ConfigurationError: a file cannot be read, or a key is none.
    """
    keys = [key for text in key_texts for key in read_keys(text)]
    findings = judge({str(path): read_packet(path) for path in packets}, keys)
    if as_json:
        for finding in findings:
            typer.echo(msgspec.json.encode(asdict(finding)).decode())
    else:
        show(findings, with_key=bool(keys))
    return not broken(findings)


def show(findings: Sequence[Finding], *, with_key: bool) -> None:
    """Print what was found, a heading a file, packet or chain, and the sum of it."""
    about = ""
    for finding in findings:
        if finding.about != about:
            about = finding.about
            typer.echo(about)
        typer.echo(f"  {MARKS[finding.holds]}{finding.sentence}")
    wrong = sum(finding.holds is False for finding in findings)
    typer.echo()
    if wrong:
        typer.echo(f"The evidence does not hold: {wrong} finding(s) against it.")
    elif with_key:
        typer.echo("The evidence holds: sealed with a given key, and unchanged since.")
    else:
        typer.echo("The evidence is unchanged since it was sealed. Give --key to know by whom.")


def read_packet(path: Path) -> bytes:
    """The bytes of a file.

    Raises:
        ConfigurationError: it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as exc:
        raise ConfigurationError.of(
            str(path), f"cannot be read: {exc.strerror}", "give an existing packet"
        ) from exc


def read_keys(text: str) -> list[str]:
    """The public keys of a `--key`: one in base64, or those in a file, one a line (`#` comments).

    Raises:
        ConfigurationError: it is neither.
    """
    if strict(text, KEY_BYTES) is not None:
        return [text]
    try:
        lines = Path(text).read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError, ValueError) as exc:
        remedy = "a public key has 44 characters of base64 and stands in the device's status"
        raise ConfigurationError.of(
            "--key", f"{text!r} is no public key and no file of keys", remedy
        ) from exc
    found = [line.partition("#")[0].strip() for line in lines]
    keys = [line for line in found if line]
    wrong = next((line for line in keys if strict(line, KEY_BYTES) is None), None)
    if wrong is not None or not keys:
        problem = "holds no key" if wrong is None else f"{wrong[:60]!r} is no public key"
        raise ConfigurationError.of(text, problem, "write one key a line, 44 characters of base64")
    return keys
