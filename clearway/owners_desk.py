"""What `clearway owners` does: files encrypted, registries checked, one owner looked up on the record."""

import getpass
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from cases.notices.look_ups import LookUp, LookUpBook
from cases.search import number_in
from clearway import voice_wiring, wiring
from clearway.settings import Settings
from models.errors import BadRecord, ConfigurationError, Refused
from notifier.owners import Contact, Found, Reason, normalise_plate
from notifier.registries import sealing
from notifier.registries.cipher import VARIABLE, NumberCipher
from notifier.registries.csv_file import CsvOwnerRegistry
from notifier.registries.opening import Adapter, cipher_of, open_registries
from notifier.whom import choose, described


@dataclass(frozen=True, slots=True)
class Person:
    """A contact as people may see it."""

    mask: str
    role: str
    language: str
    opted_out: bool


@dataclass(frozen=True, slots=True)
class Told:
    """What a look-up shows.

    Attributes:
        said: what was found, in a sentence.
        contacts: masked.
        outcome: what a notice would come to now.
    """

    said: str
    contacts: tuple[Person, ...]
    outcome: str


def encrypt(settings: Settings, file: Path, target: Path) -> str:
    """Encrypt what is plain in a file; returns how many numbers are kept how.

    Raises:
        ConfigurationError: there is no key, or a line holds no number; nothing was written.
    """
    cipher, region = _cipher(settings), settings.notifier.region
    return _written(file, target, cipher, lambda text: sealing.encrypted(text, str(file), cipher, region))


def rotate(settings: Settings, file: Path, target: Path) -> str:
    """Encrypt anew what an older key encrypted; returns how many numbers are kept how.

    Raises:
        ConfigurationError: there is no key, or none reads a line; nothing was written.
    """
    cipher = _cipher(settings)
    return _written(file, target, cipher, lambda text: sealing.rotated(text, str(file), cipher))


def check(settings: Settings) -> tuple[list[dict[str, object]], list[str]]:
    """Try every registry.

    Returns:
        A row for each, and what is doubtful.

    Raises:
        ConfigurationError: with the faults of all of them.
    """
    voice_wiring.country(settings)
    opened = open_registries(settings.notifier, b"check", os.environ)
    try:
        doubts = [str(doubt) for doubt in opened.check()]
        cipher = cipher_of(settings.notifier)
        rows = [_row(one, cipher) for one in opened.adapters]
    finally:
        opened.close()
    return rows, doubts


def look_up(settings: Settings, plate: str, purpose: str, case: str) -> Told:
    """Ask the registries about one plate; the look-up is in the audit before anything is shown.

    Args:
        settings: of the whole system.
        plate: as it is registered.
        purpose: for what.
        case: number of the case; empty for none.

    Raises:
        ConfigurationError: no purpose, no such case, or too many look-ups.
        TransportDown: the ledger or a registry cannot be reached.
    """
    asked = LookUp(
        plate=normalise_plate(plate),
        actor=f"operator:{getpass.getuser()}",
        purpose=purpose,
        now=datetime.now(UTC),
        case=_number(case),
    )
    book = LookUpBook(wiring.database(settings))
    with _in_words():
        book.allow(asked)
    found = _ask(settings, asked)
    book.found(asked, described(found))
    chosen = choose(found, settings.notifier.registry.whom)
    return Told(described(found), tuple(map(_person, found.contacts)), chosen.why)


def _ask(settings: Settings, asked: LookUp) -> Found:
    opened = open_registries(
        settings.notifier, voice_wiring.token_key(settings), os.environ, voice_wiring.country(settings)
    )
    try:
        opened.read_files()
        number = f"CW-{asked.case:06d}" if asked.case else ""
        return opened.registry.find(asked.plate, Reason(case=number, purpose=asked.purpose))
    finally:
        opened.close()


def _person(one: Contact) -> Person:
    return Person(one.mask, one.role.value, one.language, one.opted_out)


def _cipher(settings: Settings) -> NumberCipher:
    cipher = cipher_of(settings.notifier)
    if cipher is None:
        raise ConfigurationError.of(
            "environment", "is not set", "make a key: clearway owners key", key=VARIABLE
        )
    return cipher


def _written(file: Path, target: Path, cipher: NumberCipher, change: Callable[[str], str]) -> str:
    text = change(sealing.read(file))
    # Counted before it is written: what cannot be read again replaces nothing.
    tally = sealing.tallied(text, str(file), cipher)
    sealing.replace(target, text)
    older = f", {tally.older} with an older one" if tally.older else ""
    plain = f", {tally.plain} not encrypted" if tally.plain else ""
    return f"{target}: {tally.newest} number(s) with the newest key{older}{plain}"


def _row(registry: Adapter, cipher: NumberCipher | None) -> dict[str, object]:
    row: dict[str, object] = {"registry": registry.name, "kind": registry.kind}
    if isinstance(registry, CsvOwnerRegistry) and cipher is not None:
        row |= asdict(sealing.tallied(sealing.read(registry.path), str(registry.path), cipher))
    return row


def _number(case: str) -> int:
    if not case:
        return 0
    number = number_in(case)
    if number is None:
        raise ConfigurationError.of("case", f"{case!r} is no number of a case", "such as CW-000012")
    return number


@contextmanager
def _in_words() -> Iterator[None]:
    """What the ledger refuses is something that was asked for wrongly, or too often."""
    try:
        yield
    except BadRecord as exc:
        raise ConfigurationError.of("owners", exc.problem, key=exc.field) from exc
    except Refused as exc:
        raise ConfigurationError.of("owners", exc.reason) from exc
