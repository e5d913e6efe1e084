"""Encrypting the numbers in a file of owners, line by line; everything else in it stays as it is written."""

import csv
import os
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from models.errors import ConfigurationError, Fault
from notifier.numbers import parse_phone
from notifier.owners import normalise_plate
from notifier.registries.cipher import VARIABLE, NumberCipher, Unreadable, is_sealed

REQUIRED = ("plate", "phone")


@dataclass(frozen=True, slots=True)
class Tally:
    """What stands in a file.

    Attributes:
        newest: numbers encrypted with the newest key.
        older: with one of the others.
        plain: not at all.
    """

    newest: int = 0
    older: int = 0
    plain: int = 0


Change = Callable[[str, str], str]
"""From a plate and its cell to what stands there instead."""


def encrypted(text: str, source: str, cipher: NumberCipher, region: str) -> str:
    """The file's text with every number encrypted that is not, in E.164 form.

    Args:
        text: of the whole file.
        source: its name, for faults.
        cipher: its newest key encrypts.
        region: of numbers without a country code.

    Raises:
        ConfigurationError: with every line that holds no number; none is repeated.
    """

    def change(plate: str, cell: str) -> str:
        if is_sealed(cell):
            return cell
        phone, _ = parse_phone(cell, region)
        return cipher.seal(plate, phone.reveal())

    return _changed(text, source, change)


def rotated(text: str, source: str, cipher: NumberCipher) -> str:
    """The file's text with every encrypted number encrypted with the newest key.

    Raises:
        ConfigurationError: with every line that no key can read.
    """

    def change(plate: str, cell: str) -> str:
        if not is_sealed(cell) or cipher.is_newest(plate, cell):
            return cell
        return cipher.seal(plate, cipher.unseal(plate, cell))

    return _changed(text, source, change)


def tallied(text: str, source: str, cipher: NumberCipher) -> Tally:
    """How the numbers of a file are kept.

    Raises:
        ConfigurationError: with every line that no key can read.
    """
    counted = {"newest": 0, "older": 0, "plain": 0}

    def count(plate: str, cell: str) -> str:
        if not is_sealed(cell):
            counted["plain"] += 1
        elif cipher.is_newest(plate, cell):
            counted["newest"] += 1
        else:
            cipher.unseal(plate, cell)
            counted["older"] += 1
        return cell

    _changed(text, source, count)
    return Tally(**counted)


def read(path: Path) -> str:
    """A file's text, its ends of lines as they are.

    Raises:
        ConfigurationError: it cannot be read.
    """
    try:
        return path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as exc:
        problem = "is not UTF-8" if isinstance(exc, UnicodeDecodeError) else f"cannot be read: {exc.strerror}"
        raise ConfigurationError.of(str(path), problem, "give a CSV file in UTF-8") from exc


def replace(path: Path, text: str) -> None:
    """Put a file into its place whole, readable by whom the old one was; a new one by its owner only.

    Raises:
        ConfigurationError: it cannot be written.
    """
    beside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o600
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(text.encode())
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise
    except OSError as exc:
        remedy = "choose a folder that can be written"
        raise ConfigurationError.of(str(path), f"cannot be written: {exc.strerror}", remedy) from exc


def _changed(text: str, source: str, change: Change) -> str:
    faults: list[Fault] = []
    written = StringIO()
    ending = "\r\n" if "\r\n" in text else "\n"
    writer = csv.writer(written, lineterminator=ending)
    try:
        for line, row, places in _rows(text, source):
            if places is not None and any(cell.strip() for cell in row):
                _one(row, places, change, Fault(source, line, "phone", ""), faults)
            writer.writerow(row)
    except csv.Error as exc:
        raise ConfigurationError.of(source, f"is not CSV: {exc}", "close every quote that is opened") from exc
    if faults:
        raise ConfigurationError(tuple(faults))
    return written.getvalue()


def _rows(text: str, source: str) -> Iterator[tuple[int, list[str], tuple[int, int] | None]]:
    """Each row with its line, and where plate and phone stand in it; the first names the columns."""
    reader = csv.reader(StringIO(text, newline=""), strict=True)
    places: tuple[int, int] | None = None
    for row in reader:
        if places is None:
            names = [name.strip().lower() for name in row]
            missing = [name for name in REQUIRED if name not in names]
            if missing:
                remedy = "the first line names the columns: plate,phone"
                raise ConfigurationError((Fault(source, 1, missing[0], "no such column", remedy),))
            yield reader.line_num, row, None
            places = (names.index("plate"), names.index("phone"))
        else:
            yield reader.line_num, row, places


def _one(row: list[str], places: tuple[int, int], change: Change, at: Fault, faults: list[Fault]) -> None:
    plate_at, phone_at = places
    if len(row) <= max(places):
        faults.append(Fault(at.source, at.line, at.key, "is missing", "fill it in or delete the line"))
        return
    plate = normalise_plate(row[plate_at])
    try:
        row[phone_at] = change(plate, row[phone_at].strip())
    except Unreadable as exc:
        remedy = f"put the key it was encrypted with into {VARIABLE}"
        faults.append(Fault(at.source, at.line, at.key, str(exc), remedy))
    except ValueError as exc:
        faults.append(Fault(at.source, at.line, at.key, str(exc), "such as +86 13800000001"))
