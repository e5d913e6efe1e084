"""What names a plate outside of its cases: observations of no case, letters, others' words, the audit."""

import json
from collections.abc import Iterator

from sqlalchemy import Column, Connection, String, Table, Text, cast, delete, func, or_, select, update

from cases import trail
from cases.retention import DataClass
from cases.retention.blank import FIELDS, GONE, blank_chain, scrubbed_text
from cases.retention.proof import Wish
from cases.tables import Json, audit, dead_letters, metadata, observations, packets
from cases.trail.hashing import canonical, digest
from cases.trail.walk import PURGED

_OWN_WAY = frozenset({"audit", "observations", "packets", "dead_letters", "purges", "alembic_version"})
"""Tables that are not simply searched for sentences; those of the audit's chains hold hashes only."""


def spellings(plate: str) -> tuple[str, ...]:
    """How JSON may write it: as it is, or with its characters escaped."""
    escaped = json.dumps(plate)[1:-1]
    return (plate,) if escaped == plate else (plate, escaped)


def erase_loose(connection: Connection, plate: str, wish: Wish) -> int:
    """Erase a plate from everything that is left; must be inside `trail_guard.gate`.

    Returns:
        In how many rows and audit entries it was found.
    """
    texts = spellings(plate)
    found = _observations(connection, plate, texts) + _letters(connection, texts)
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


def _searched() -> Iterator[Table]:
    for table in metadata.sorted_tables:
        if table.name not in _OWN_WAY and not table.name.startswith("trail_"):
            yield table


def _sentences(connection: Connection, table: Table, texts: tuple[str, ...]) -> int:
    """Replace it in every text of a table, in the database itself; how many rows."""
    count = 0
    for column in table.c:
        if not _holds_words(column):
            continue
        for text in texts:
            stored = cast(column, Text)
            changed = update(table).where(stored.contains(text, autoescape=True))
            count += connection.execute(changed.values({column: func.replace(stored, text, GONE)})).rowcount
    return count


def _holds_words(column: Column[object]) -> bool:
    """Whether a plate can stand there among other words, and be taken out."""
    if column.primary_key or column.foreign_keys:
        return False
    kind = column.type
    return isinstance(kind, Json) or (isinstance(kind, String) and (kind.length is None or kind.length > 64))  # noqa: PLR2004 - names and ids are shorter


def _observations(connection: Connection, plate: str, texts: tuple[str, ...]) -> int:
    named = or_(*(observations.c.body.contains(text, autoescape=True) for text in texts))
    rows = connection.execute(select(observations.c.id, observations.c.body).where(named)).all()
    for row in rows:
        body = scrubbed_text(row.body, FIELDS[DataClass.PLATES], {plate})
        connection.execute(update(observations).where(observations.c.id == row.id).values(body=body))
    return len(rows)


def _packets(connection: Connection, texts: tuple[str, ...]) -> list[str]:
    """A manifest is signed as a whole, and goes as a whole."""
    named = or_(*(packets.c.manifest.contains(text, autoescape=True) for text in texts))
    found = sorted(connection.execute(select(packets.c.sha256).where(named)).scalars())
    connection.execute(update(packets).where(packets.c.sha256.in_(found)).values(manifest=""))
    return found


def _letters(connection: Connection, texts: tuple[str, ...]) -> int:
    payloads = connection.execute(select(dead_letters.c.id, dead_letters.c.payload))
    found = [row.id for row in payloads if any(text.encode() in row.payload for text in texts)]
    connection.execute(delete(dead_letters).where(dead_letters.c.id.in_(found)))
    return len(found)


def _chains(connection: Connection, texts: tuple[str, ...]) -> list[str]:
    columns = (audit.c.why, cast(audit.c.before, Text), cast(audit.c.after, Text))
    named = or_(*(column.contains(text, autoescape=True) for column in columns for text in texts))
    return list(
        connection.execute(select(audit.c.chain).where(named).distinct().order_by(audit.c.chain)).scalars()
    )
