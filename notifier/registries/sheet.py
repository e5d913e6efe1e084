"""A CSV file of owners, read once from top to bottom: what it holds, and what is wrong with it."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from models.errors import Fault
from notifier.contact_role import ROLES, ContactRole
from notifier.numbers import parse_phone
from notifier.owners import Contact, contact, each_once, normalise_plate
from notifier.registries.cipher import VARIABLE, NumberCipher, Unreadable, is_sealed
from notifier.registries.mapping import says_yes
from notifier.settings import LANGUAGE_PATTERN

REQUIRED = ("plate", "phone")
KNOWN = (*REQUIRED, "language", "role", "opted_out", "name")
_NO_NUMBER = "such as 138 0000 0001 or +86 13800000001"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How a file is read.

    Attributes:
        language: of lines without one.
        region: of numbers without a country code.
        key: of the tokens.
        cipher: reads encrypted numbers; None without keys.
        plain: whether numbers may stand there as they are.
        locked: encrypted numbers are passed over unread: there is no key, and none is wanted.
    """

    language: str
    region: str
    key: bytes
    cipher: NumberCipher | None = None
    plain: bool = True
    locked: bool = False


@dataclass(slots=True)
class Sheet:
    """What one pass over the file gave.

    Attributes:
        contacts: by plate.
        faults: what makes it unusable.
        doubts: what is worth a look.
        sealed, open: lines with an encrypted number, and without.
    """

    contacts: dict[str, tuple[Contact, ...]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    doubts: list[Fault] = field(default_factory=list)
    sealed: int = 0
    open: int = 0


def read_sheet(path: Path, manner: Manner) -> Sheet:
    """Read a whole file. Whatever is wrong with it is a fault in the answer."""
    reading = _Reading(path, manner)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reading.rows(csv.DictReader(file, strict=True))
    except OSError as exc:
        reading.fault(0, "", f"cannot be read: {exc.strerror}", "name an existing file")
    except UnicodeDecodeError:
        remedy = 'save it as "CSV UTF-8", which spreadsheets offer beside plain CSV'
        reading.fault(0, "", "is not UTF-8", remedy)
    except csv.Error as exc:
        reading.fault(0, "", f"is not CSV: {exc}", "close every quote that is opened")
    return reading.sheet


class _Reading:
    """One pass."""

    def __init__(self, path: Path, manner: Manner) -> None:
        self._path = path
        self._manner = manner
        self.sheet = Sheet()

    def rows(self, rows: "csv.DictReader[str]") -> None:
        columns = [name.strip().lower() for name in rows.fieldnames or ()]
        rows.fieldnames = columns
        self._check_columns(columns)
        if self.sheet.faults:
            return
        found: dict[str, list[Contact]] = {}
        for row in rows:
            cells = {name: (cell or "").strip() for name, cell in row.items() if name in KNOWN}
            if any(cells.values()):
                for plate, person in self._row(cells, rows.line_num):
                    found.setdefault(plate, []).append(person)
        self.sheet.contacts = {plate: each_once(people) for plate, people in found.items()}
        if self.sheet.open:
            self._say_of_plain()

    def fault(self, line: int, column: str, problem: str, remedy: str) -> None:
        self.sheet.faults.append(Fault(str(self._path), line, column, problem, remedy))

    def _check_columns(self, columns: list[str]) -> None:
        for name in REQUIRED:
            if name not in columns:
                remedy = (
                    f"the first line names the columns: {','.join(KNOWN)} (only the first two must be there)"
                )
                self.fault(1, name, "no such column", remedy)

    def _row(self, cells: dict[str, str], line: int) -> Iterator[tuple[str, Contact]]:
        plate, language = normalise_plate(cells["plate"]), cells.get("language") or self._manner.language
        if not plate:
            self.fault(line, "plate", "is empty", "fill it in or delete the line")
            return
        if not re.match(LANGUAGE_PATTERN, language):
            self.fault(line, "language", f"{language!r} is no language tag", "such as zh-CN or en")
            return
        role = cells.get("role", "").lower() or ContactRole.OWNER.value
        if role not in ROLES:
            self.fault(line, "role", f"{role!r} is no role", f"one of {', '.join(ROLES)}")
            return
        if self._manner.locked and is_sealed(cells["phone"]):
            self.sheet.sealed += 1
            return
        try:
            number = self._number(plate, cells["phone"])
            phone, doubt = parse_phone(number, self._manner.region)
        except Unreadable as exc:
            self.fault(line, "phone", str(exc), f"put the key it was encrypted with into {VARIABLE}")
            return
        except ValueError as exc:
            self.fault(line, "phone", str(exc), _NO_NUMBER)
            return
        if doubt:
            self.sheet.doubts.append(Fault(str(self._path), line, "phone", doubt, "check the number"))
        wants_none = says_yes(cells.get("opted_out"))
        yield plate, contact(phone, language, self._manner.key, role=ROLES[role], opted_out=wants_none)

    def _number(self, plate: str, cell: str) -> str:
        if not is_sealed(cell):
            self.sheet.open += 1
            return cell
        self.sheet.sealed += 1
        if self._manner.cipher is None:
            raise Unreadable("is encrypted, and there is no key")
        return self._manner.cipher.unseal(plate, cell)

    def _say_of_plain(self) -> None:
        problem = f"{self.sheet.open} number(s) stand there unencrypted"
        remedy = f"run `clearway owners encrypt {self._path.name} --in-place`"
        told = Fault(str(self._path), 0, "phone", problem, remedy)
        (self.sheet.doubts if self._manner.plain else self.sheet.faults).append(told)
