"""What names a plate outside of its cases: observations of no case, letters, others' words, the audit."""

import json
import re
from collections.abc import Iterator

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    String,
    Table,
    Text,
    cast,
    delete,
    func,
    literal,
    or_,
    select,
    update,
)

from cases import trail
from cases.clients.tables import answers
from cases.retention import DataClass
from cases.retention.blank import FIELDS, alone, blank_chain, names, said, scrubbed_text
from cases.retention.proof import Wish
from cases.tables import Json, audit, dead_letters, metadata, observations, packets
from cases.trail.hashing import canonical, digest
from cases.trail.walk import PURGED

_OWN_WAY = frozenset({"audit", "observations", "packets", "dead_letters", "purges", "answers"})
"""Tables that are not simply searched for sentences; those of the audit's chains hold hashes only."""


PARTED_BY = " \t\u00b7\u30fb\u2022.-"
"""What people put between the signs of a plate: 浙B·12345."""


def spellings(plate: str) -> tuple[str, ...]:
    """How JSON may write it: as it is, or with its characters escaped."""
    escaped = json.dumps(plate)[1:-1]
    return (plate,) if escaped == plate else (plate, escaped)


def written(connection: Connection, plate: str) -> tuple[str, ...]:
    """Every way in which a plate stands in the ledger: people write it with a dot, spaces, small letters."""
    found, pattern = set(spellings(plate)), _pattern(plate)
    own = (observations.c.body, packets.c.manifest, audit.c.why, audit.c.before, audit.c.after)
    searched = (column for table in _searched() for column in table.c if _holds_words(column))
    for column in (*own, *searched):
        text = cast(column, Text)
        named = or_(*(_plain(text).contains(one.upper(), autoescape=True) for one in spellings(plate)))
        for value in connection.execute(select(text).where(named)).scalars():
            found.update(pattern.findall(value))
    return tuple(sorted(found))


def erase_loose(connection: Connection, plate: str, texts: tuple[str, ...], wish: Wish) -> int:
    """Erase a plate from everything that is left; must be inside `trail_guard.gate`.

    Args:
        connection: inside a transaction that writes.
        plate: as the ledger keeps it.
        texts: how it stands there (`written`).
        wish: who erases it, and why.

    Returns:
        In how many rows and audit entries it was found.
    """
    found = _observations(connection, texts) + _letters(connection, texts) + _answers(connection, texts)
    sealed = _packets(connection, texts)
    found += len(sealed) + sum(_sentences(connection, table, texts) for table in _searched())
    sha256 = digest(canonical([wish.salt, plate]))
    after = {"class": wish.kind.value, "rule": wish.rule, "sha256": sha256}
    proof = {"at": wish.now, "actor": wish.actor, "what": PURGED, "why": wish.rule[:1000]}
    if found:
        extra = {"items": found} | ({"packets": sealed} if sealed else {})
        trail.append(connection, [proof | {"subject": "rights", "after": after | extra}])
    for chain in _chains(connection, texts):
        parts = blank_chain(connection, chain, DataClass.LETTERS, texts)
        if not parts:
            continue
        count = sum(len(paths) for paths in parts.values())
        said = {"chain": chain, "items": count, "blanked": parts}
        trail.append(connection, [proof | {"chain": chain} | {"after": after | said}])
        found += count
    return found


def _pattern(plate: str) -> re.Pattern[str]:
    """A plate as people write it."""
    signs = (sign if sign.isascii() else rf"(?:{sign}|\\u{ord(sign):04x})" for sign in plate)
    between = f"[{re.escape(PARTED_BY)}]*"
    return re.compile(alone(between.join(signs), starts=plate[0]), re.IGNORECASE)


def _plain(text: ColumnElement[str]) -> ColumnElement[str]:
    """A text in capitals, without what parts the signs of a plate."""
    plain: ColumnElement[str] = func.upper(text)
    for sign in PARTED_BY:
        plain = func.replace(plain, sign, "")
    return plain


def _searched() -> Iterator[Table]:
    for table in metadata.sorted_tables:
        if table.name not in _OWN_WAY and not table.name.startswith("trail_"):
            yield table


def _sentences(connection: Connection, table: Table, texts: tuple[str, ...]) -> int:
    """Take it out of every text of a table; how many values."""
    count = 0
    keys = list(table.primary_key.columns)
    for column in table.c:
        if not _holds_words(column):
            continue
        stored = cast(column, Text)
        query = select(*keys, stored.label("stored")).where(_contains(stored, texts))
        for row in connection.execute(query).mappings().all():
            left = said(row["stored"], texts)
            if left == row["stored"]:
                continue
            of_row = (key == row[key.name] for key in keys)
            connection.execute(update(table).where(*of_row).values({column: literal(left, Text)}))
            count += 1
    return count


def _holds_words(column: Column[object]) -> bool:
    """Whether a plate can stand there among other words, and be taken out."""
    if column.primary_key or column.foreign_keys:
        return False
    kind = column.type
    return isinstance(kind, Json) or (isinstance(kind, String) and (kind.length is None or kind.length > 64))  # noqa: PLR2004 - names and ids are shorter


def _contains(text: ColumnElement[str], texts: tuple[str, ...]) -> ColumnElement[bool]:
    """Whether one may be in it: `names` decides."""
    return or_(*(text.contains(one, autoescape=True) for one in texts))


def _observations(connection: Connection, texts: tuple[str, ...]) -> int:
    query = select(observations.c.id, observations.c.body).where(_contains(observations.c.body, texts))
    rows = [row for row in connection.execute(query).all() if names(row.body, texts)]
    for row in rows:
        body = scrubbed_text(row.body, FIELDS[DataClass.PLATES], texts)
        connection.execute(update(observations).where(observations.c.id == row.id).values(body=body))
    return len(rows)


def _packets(connection: Connection, texts: tuple[str, ...]) -> list[str]:
    """A manifest is signed as a whole, and goes as a whole."""
    query = select(packets.c.sha256, packets.c.manifest).where(_contains(packets.c.manifest, texts))
    found = sorted(row.sha256 for row in connection.execute(query) if names(row.manifest, texts))
    connection.execute(update(packets).where(packets.c.sha256.in_(found)).values(manifest=""))
    return found


def _letters(connection: Connection, texts: tuple[str, ...]) -> int:
    payloads = connection.execute(select(dead_letters.c.id, dead_letters.c.payload))
    found = [row.id for row in payloads if names(row.payload.decode(errors="replace"), texts)]
    connection.execute(delete(dead_letters).where(dead_letters.c.id.in_(found)))
    return len(found)


def _answers(connection: Connection, texts: tuple[str, ...]) -> int:
    """What clients were told goes whole: a request that comes again is answered anew."""
    told = connection.execute(
        select(answers.c.client_id, answers.c.key, answers.c.body).where(answers.c.body.is_not(None))
    ).all()
    found = [row for row in told if names(row.body.decode(errors="replace"), texts)]
    for row in found:
        connection.execute(
            delete(answers).where(answers.c.client_id == row.client_id, answers.c.key == row.key)
        )
    return len(found)


def _chains(connection: Connection, texts: tuple[str, ...]) -> list[str]:
    columns = (audit.c.why, cast(audit.c.before, Text), cast(audit.c.after, Text))
    named = or_(*(_contains(column, texts) for column in columns))
    return list(
        connection.execute(select(audit.c.chain).where(named).distinct().order_by(audit.c.chain)).scalars()
    )
