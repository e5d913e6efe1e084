"""Taking personal data out of values, and out of audit entries without breaking their chain."""

import re
from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, update

from cases.retention import DataClass
from cases.tables import audit
from cases.trail import row_of
from cases.trail.hashing import AFTER, BEFORE, WHY, Sealable, blanked, canonical, purged
from cases.trail.rows import rows_of, stored
from cases.trail.walk import PURGED

GONE = "[purged]"
"""What stands where a plate stood in a sentence."""

FIELDS: Mapping[DataClass, frozenset[str]] = {
    DataClass.PICTURES: frozenset({"pictures_list", "media"}),
    DataClass.PLATES: frozenset({"plate", "plates", "plate_text", "dedup_key", "appearance"}),
    DataClass.CONTACTS: frozenset({"contact", "contacts", "contact_mask", "phone", "email", "description"}),
    DataClass.NOTICES: frozenset({"body", "text", "recipient", "mask"}),
    DataClass.LETTERS: frozenset(),
    DataClass.CASES: frozenset(),
}
"""Which fields of records and of audit entries belong to a class."""


def scrubbed(value: Any, fields: Collection[str], texts: Collection[str]) -> Any:  # noqa: ANN401 - JSON
    """A JSON value without some fields, and with some texts gone from its sentences."""
    if isinstance(value, str):
        return said(value, texts)
    if isinstance(value, Mapping):
        return {
            said(str(name), texts): None if name in fields else scrubbed(inner, fields, texts)
            for name, inner in value.items()
        }
    if isinstance(value, list | tuple):
        return [scrubbed(inner, fields, texts) for inner in value]
    return value


def said(sentence: str, texts: Collection[str]) -> str:
    """A sentence without some texts."""
    for text in texts:
        if text in sentence:
            sentence = _whole(text).sub(GONE, sentence)
    return sentence


def names(sentence: str, texts: Collection[str]) -> bool:
    """Whether a sentence, or JSON as text, has one of some texts in it."""
    return any(text in sentence and _whole(text).search(sentence) is not None for text in texts)


def alone(pattern: str, *, starts: str) -> str:
    """A pattern that does not match within a longer word: 浙BD12345 does not name 浙BD1234.

    Args:
        pattern: of a text that ends with a letter or digit.
        starts: the sign that the text starts with.
    """
    before = r"(?:(?<![0-9A-Za-z])|(?<=\\[nrt]))" if starts.isascii() and starts.isalnum() else ""
    return f"{before}{pattern}(?![0-9A-Za-z])"


@lru_cache(maxsize=1000)
def _whole(text: str) -> re.Pattern[str]:
    found = re.escape(text)
    return re.compile(alone(found, starts=text[0]) if text[-1].isalnum() else found)


def scrubbed_text(body: str, fields: Collection[str], texts: Collection[str]) -> str:
    """JSON that is kept as text; what is no JSON is a sentence."""
    try:
        value = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return said(body, texts)
    return msgspec.json.encode(scrubbed(value, fields, texts)).decode()


def parts_to_blank(entry: Sealable, kind: DataClass, texts: Collection[str]) -> set[str]:
    """Which parts of an audit entry go with a class of data.

    Args:
        entry: a case's.
        kind: the class.
        texts: plates, masks, names: a part that mentions one goes whole.
    """
    if kind is DataClass.CASES:
        return set(entry.leaves)
    found = {path for path in entry.leaves if path.rpartition(".")[2] in FIELDS[kind]}
    if kind is DataClass.NOTICES and entry.what.startswith("notice_"):
        found.add(WHY)
    if names(entry.why, texts):
        found.add(WHY)
    for whole, value in ((BEFORE, entry.before), (AFTER, entry.after)):
        for name, inner in (value or {}).items():
            if not names(canonical(inner).decode(), texts):
                continue
            # A field with a commitment of its own goes alone; any other takes the whole along.
            found.add(f"{whole}.{name}" if f"{whole}.{name}" in entry.leaves else whole)
    return found & entry.leaves.keys()


def blank_chain(
    connection: Connection, chain: str, kind: DataClass, texts: Collection[str]
) -> dict[str, list[str]]:
    """Blank what belongs to a class in a whole chain; must be inside `trail_guard.gate`.

    Returns:
        The parts that were blanked, by the number of their entry, as the proof of purge names them.
    """
    proven: dict[str, list[str]] = {}
    changes = []
    query = stored().where(audit.c.chain == chain).order_by(audit.c.number)
    for row in list(rows_of(connection, query)):
        entry = row.entry
        if entry is None or entry.what == PURGED:
            continue
        kept = blanked(entry, parts_to_blank(entry, kind, texts))
        fresh = purged(kept) - purged(entry)
        if not fresh:
            continue
        proven[str(entry.number)] = sorted(fresh)
        written = row_of(kept, row.hash)
        changes.append({"row": row.row} | {f"to_{name}": written[name] for name in _BLANKED})
    if changes:
        connection.execute(_BLANK, changes)
    return proven


_BLANKED = ("why", "before", "after", "leaves")
_BLANK = (
    update(audit)
    .where(audit.c.id == bindparam("row"))
    .values({name: bindparam(f"to_{name}", type_=audit.c[name].type) for name in _BLANKED})
)
