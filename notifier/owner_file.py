"""The owner registry as a CSV file that somebody keeps in a spreadsheet."""

import contextlib
import csv
import os
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

import structlog

from models.errors import ConfigurationError, Fault, TransportDown
from notifier.numbers import parse_phone
from notifier.owners import Contact, contact, normalise_plate
from notifier.settings import LANGUAGE_PATTERN

REQUIRED = ("plate", "phone")
KNOWN = (*REQUIRED, "language", "name")
KEY_BYTES = 32

_log = structlog.get_logger()


@dataclass(slots=True)
class _Reading:
    """What one pass over the file gave."""

    contacts: dict[str, tuple[Contact, ...]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    doubts: list[Fault] = field(default_factory=list)


class CsvOwnerRegistry:
    """Owners from a CSV file, read again when it changes.

    Columns: `plate`, `phone`, and if wanted `language`; `name` is ignored. A plate may stand on several
    lines: each of its contacts gets the notice. Replace the file by renaming a new one into its place.

    Args:
        path: the file, UTF-8.
        language: for lines without one.
        region: for numbers without a country code.
        key: of the tokens; the same over restarts, or notices under way lose their recipient.
    """

    def __init__(self, path: Path, *, language: str, region: str, key: bytes) -> None:
        self._path = path
        self._language = language
        self._region = region
        self._key = key
        self._lock = Lock()
        self._seen: tuple[int, int] | None = None
        self._contacts: dict[str, tuple[Contact, ...]] | None = None

    def check(self) -> tuple[Fault, ...]:
        """Read the file as at start-up.

        Returns:
            Doubts: numbers in no known range. Worth a look, no reason to stop.

        Raises:
            ConfigurationError: with every fault; no number is repeated in them.
        """
        with self._lock:
            reading = self._read()
            if reading.faults:
                raise ConfigurationError(tuple(reading.faults))
            self._contacts = reading.contacts
            self._seen = self._signature()
            return tuple(reading.doubts)

    def find(self, plate: str) -> tuple[Contact, ...]:
        """See `OwnerRegistry`. A changed file that is broken is reported once, and the old list serves on.

        Raises:
            TransportDown: no list was ever read. That must not look like "nobody owns this vehicle".
        """
        with self._lock:
            signature = self._signature()
            if signature != self._seen:
                self._seen = signature
                self._reload()
            if self._contacts is None:
                raise TransportDown(
                    f"the owner file {self._path} was never readable; `clearway check` says why"
                )
            return self._contacts.get(normalise_plate(plate), ())

    def _reload(self) -> None:
        reading = self._read()
        if reading.faults:
            shown = [str(fault) for fault in reading.faults[:5]]
            _log.error(
                "owners_not_reloaded", faults=shown, count=len(reading.faults), kept=len(self._contacts or ())
            )
            return
        self._contacts = reading.contacts
        _log.info("owners_loaded", plates=len(self._contacts), doubtful=len(reading.doubts))

    def _signature(self) -> tuple[int, int] | None:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size

    def _read(self) -> _Reading:
        reading = _Reading()
        try:
            with self._path.open(encoding="utf-8-sig", newline="") as file:
                self._read_rows(csv.DictReader(file, strict=True), reading)
        except OSError as exc:
            self._fault(reading, 0, "", f"cannot be read: {exc.strerror}", "name an existing file")
        except UnicodeDecodeError:
            remedy = 'save it as "CSV UTF-8", which spreadsheets offer beside plain CSV'
            self._fault(reading, 0, "", "is not UTF-8", remedy)
        except csv.Error as exc:
            self._fault(reading, 0, "", f"is not CSV: {exc}", "close every quote that is opened")
        return reading

    def _read_rows(self, rows: "csv.DictReader[str]", reading: _Reading) -> None:
        columns = [name.strip().lower() for name in rows.fieldnames or ()]
        rows.fieldnames = columns
        self._check_columns(columns, reading)
        if reading.faults:
            return
        found: dict[str, dict[Contact, None]] = {}
        for row in rows:
            cells = {name: (cell or "").strip() for name, cell in row.items() if name in KNOWN}
            if any(cells.values()):
                for plate, person in self._row(cells, rows.line_num, reading):
                    found.setdefault(plate, {})[person] = None
        reading.contacts = {plate: tuple(people) for plate, people in found.items()}

    def _check_columns(self, columns: list[str], reading: _Reading) -> None:
        for name in REQUIRED:
            if name not in columns:
                remedy = f"the first line names the columns: {','.join(KNOWN)} (the last two may be missing)"
                self._fault(reading, 1, name, "no such column", remedy)

    def _row(self, cells: dict[str, str], line: int, reading: _Reading) -> Iterator[tuple[str, Contact]]:
        plate, language = normalise_plate(cells["plate"]), cells.get("language") or self._language
        if not plate:
            self._fault(reading, line, "plate", "is empty", "fill it in or delete the line")
            return
        if not re.match(LANGUAGE_PATTERN, language):
            self._fault(reading, line, "language", f"{language!r} is no language tag", "such as zh-CN or en")
            return
        try:
            phone, doubt = parse_phone(cells["phone"], self._region)
        except ValueError as exc:
            self._fault(reading, line, "phone", str(exc), "such as 138 0000 0001 or +86 13800000001")
            return
        if doubt:
            reading.doubts.append(Fault(str(self._path), line, "phone", doubt, "check the number"))
        yield plate, contact(phone, language, self._key)

    def _fault(self, reading: _Reading, line: int, column: str, problem: str, remedy: str) -> None:
        reading.faults.append(Fault(str(self._path), line, column, problem, remedy))


def local_key(path: Path) -> bytes:
    """The key of tokens on a machine where none is configured: made once, readable by its owner only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(secrets.token_bytes(KEY_BYTES))
    # A link never replaces: of two processes that start together, both use the key of the first.
    with contextlib.suppress(FileExistsError):
        path.hardlink_to(beside)
    beside.unlink()
    return path.read_bytes()
