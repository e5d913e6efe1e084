"""Audit entries as they stand in the database, read without goodwill: another spelling is another entry."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, RowMapping, Select, Text, select, type_coerce

from cases.tables import audit
from cases.trail.hashing import Sealable, canonical

_object = msgspec.json.Decoder(dict[str, Any])
_TEXTS = ("chain", "day", "previous", "hash", "actor", "what", "why")
_MAYBE_TEXTS = ("case_id", "cause")
_JSON = ("before", "after", "leaves")


@dataclass(frozen=True, slots=True)
class Stored:
    """One row.

    Attributes:
        chain, number, hash: as the row says, whatever it says.
        entry: None when the row cannot be read as an entry.
        odd: why not, in words.
    """

    row: int
    chain: str
    number: int
    hash: str
    day: str
    entry: Sealable | None
    odd: str = ""


def stored() -> Select[Any]:
    """The query that `read` reads."""
    exact = [type_coerce(audit.c[name], Text).label(name) for name in ("at", *_JSON)]
    plain = [audit.c[name] for name in ("id", "number", *_TEXTS, *_MAYBE_TEXTS)]
    return select(*plain, *exact)


def rows_of(connection: Connection, query: Select[Any]) -> Iterator[Stored]:
    """The rows of a query made from `stored`, one after the other."""
    # Said of the statement: said of the connection, it would hold for all that follows on it.
    for row in connection.execute(query.execution_options(yield_per=1000)).mappings():
        yield read(row)


def read(row: RowMapping) -> Stored:
    """One row, checked for its spelling; what it says is not judged here."""
    number = row["number"] if isinstance(row["number"], int) else -1
    chain, sealed, day = (
        row[name] if isinstance(row[name], str) else repr(row[name]) for name in ("chain", "hash", "day")
    )
    try:
        entry, odd = _entry(row), ""
    except ValueError as exc:
        entry, odd = None, str(exc)
    return Stored(row["id"], chain, number, sealed, day, entry, odd)


def _entry(row: RowMapping) -> Sealable:
    for name in _TEXTS:
        if not isinstance(row[name], str):
            raise ValueError(f"its {name} is no text")  # noqa: TRY004 - of what is stored, not of a call
    for name in _MAYBE_TEXTS:
        if not isinstance(row[name], str | None):
            raise ValueError(f"its {name} is no text")  # noqa: TRY004 - the same
    if not isinstance(row["number"], int):
        raise ValueError("its number is none")  # noqa: TRY004 - the same
    before, after, leaves = (_json(row, name) for name in _JSON)
    if leaves is None or not all(isinstance(mark, str) for mark in leaves.values()):
        raise ValueError("its salts are missing")
    return Sealable(
        chain=row["chain"],
        number=row["number"],
        previous=row["previous"],
        day=row["day"],
        case_id=row["case_id"],
        at=stored_time(row["at"]),
        actor=row["actor"],
        what=row["what"],
        why=row["why"],
        cause=row["cause"],
        before=before,
        after=after,
        leaves=leaves,
    )


def _json(row: RowMapping, name: str) -> dict[str, Any] | None:
    text = row[name]
    if text is None:
        return None
    try:
        value = _object.decode(text)
    except (TypeError, UnicodeError, msgspec.MsgspecError) as exc:
        raise ValueError(f"its {name} cannot be read") from exc
    if canonical(value).decode() != text:
        raise ValueError(f"its {name} is spelt in another way than it was written")
    return value


def stored_time(value: object) -> datetime:
    """A time as its column holds it, read as text.

    Raises:
        ValueError: it is none, or spelt in another way than the database's driver does.
    """
    if isinstance(value, datetime):
        return value
    try:
        at = datetime.fromisoformat(str(value)).replace(tzinfo=UTC)
    except ValueError as exc:
        raise ValueError("its time cannot be read") from exc
    if at.replace(tzinfo=None).isoformat(sep=" ", timespec="microseconds") != value:
        raise ValueError("its time is spelt in another way than it was written")
    return at
