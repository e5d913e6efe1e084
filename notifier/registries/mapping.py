"""From a row of somebody else's data to a contact: pure, and nothing but contacts comes out."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from notifier.contact_role import ROLES, ContactRole
from notifier.numbers import parse_phone
from notifier.owners import Contact, Found, contact, each_once
from notifier.settings import LANGUAGE_PATTERN
from notifier.settings_owners import Columns

NO = frozenset({"", "0", "false", "f", "no", "n", "否"})
LONGEST = 200
"""A cell longer than this holds no number, no tag and no role."""

Pick = Callable[[Any, str], Any]
"""What stands in a row under a name or path."""


class Misfit(ValueError):  # noqa: N818 - what the answer is
    """An answer is not built as the settings say. The message holds nothing of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """How rows become contacts.

    Attributes:
        registry: its name.
        columns: where things stand.
        language: of contacts without one.
        region: of numbers without a country code.
        key: of the tokens.
    """

    registry: str
    columns: Columns
    language: str
    region: str
    key: bytes

    def found(self, rows: Iterable[Any], pick: Pick) -> Found:
        """What rows say. One without a usable number is counted, and hides no other."""
        people: list[Contact] = []
        unusable = 0
        for row in rows:
            person = self._person(row, pick)
            if person is None:
                unusable += 1
            else:
                people.append(person)
        return Found(contacts=each_once(people), registry=self.registry, unusable=unusable)

    def _person(self, row: Any, pick: Pick) -> Contact | None:  # noqa: ANN401 - of the registry's making
        columns = self.columns
        try:
            phone, _ = parse_phone(_text(pick(row, columns.phone)), self.region)
        except ValueError:
            return None
        language = _text(pick(row, columns.language))
        if not re.fullmatch(LANGUAGE_PATTERN, language):
            language = self.language
        return contact(
            phone,
            language,
            self.key,
            role=self._role(_text(pick(row, columns.role))),
            opted_out=says_yes(pick(row, columns.opted_out)),
        )

    def _role(self, word: str) -> ContactRole:
        if word in self.columns.roles:
            return self.columns.roles[word]
        return ROLES.get(word.lower(), ContactRole.OWNER)


def says_yes(value: object) -> bool:
    """Whether a cell says yes: anything but nothing, 0, false, no; a day on which it was said is a yes."""
    if value is None or isinstance(value, bool | int | float):
        return bool(value)
    return not isinstance(value, str) or value.strip().lower() not in NO


def by_column(row: Mapping[str, Any], name: str) -> object:
    """A column; None where there is none."""
    return row.get(name)


def by_path(value: object, path: str) -> object:
    """What stands at a dotted path in JSON; None where nothing does. A number counts in a list."""
    for word in path.split(".") if path else ():
        if isinstance(value, Mapping):
            value = value.get(word)
        elif isinstance(value, list) and word.isascii() and word.isdigit() and int(word[:6]) < len(value):
            value = value[int(word[:6])]
        else:
            return None
    return value


def rows_at(document: object, path: str) -> list[Any]:
    """The contacts in an answer: a list, or one object; none where null stands.

    Raises:
        Misfit: there is no such path, or something else stands there.
    """
    parent, _, last = path.rpartition(".")
    holder = by_path(document, parent)
    if path and not (isinstance(holder, Mapping) and last in holder):
        raise Misfit(f"has nothing at {path!r}")
    found = by_path(document, path)
    rows = [] if found is None else found if isinstance(found, list) else [found]
    if not all(isinstance(row, Mapping) for row in rows):
        raise Misfit(f"has no objects at {path!r}" if path else "is no list of objects")
    return rows


def _text(value: object) -> str:
    """A cell as text: texts, whole numbers and truth values; nothing else can be a number or a word."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value) if abs(value) < 10**20 else ""
    return value.strip() if isinstance(value, str) and len(value) <= LONGEST else ""
