"""Plates that belong to no case: of stays that never became one, and of packets nobody asked for."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, exists, select, update

from cases import trail
from cases.retention import DataClass, Rule
from cases.retention.blank import FIELDS, scrubbed_text
from cases.retention.proof import decoded, plates_in
from cases.tables import observations, origins, packets
from cases.trail.hashing import canonical, digest
from cases.trail.walk import PURGED

AT_ONCE = 500
NAMES_A_PLATE = '"plate":{'
"""How the wire spells a plate that is known; `null` otherwise."""


def purge_loose(connection: Connection, rule: Rule, now: datetime, *, actor: str) -> int:
    """Take plates out of some old rows that are no case's.

    Args:
        connection: inside a transaction that writes.
        rule: that of plates; counted from when a row was written.
        now: wall clock, of the proof.
        actor: who purges, for the proof.

    Returns:
        How many rows; 0 when none is left.
    """
    rows = _observations(connection, rule)
    sealed = _packets(connection, rule)
    count = len(rows) + len(sealed)
    if not count:
        return 0
    after: dict[str, Any] = {
        "class": rule.kind.value,
        "rule": rule.said,
        "items": count,
        "sha256": digest(canonical([*rows, *sealed])),  # of names only: no plate is in it
    }
    if sealed:
        after["packets"] = sealed
    entry = {"subject": "retention", "at": now, "actor": actor, "what": PURGED, "after": after}
    trail.append(connection, [entry | {"why": f"of no case: {rule.said}"}])
    return count


def _observations(connection: Connection, rule: Rule) -> list[str]:
    query = (
        select(observations.c.id, observations.c.body)
        .where(
            observations.c.case_id.is_(None),
            rule.before >= observations.c.applied_at,
            observations.c.body.contains(NAMES_A_PLATE, autoescape=True),
        )
        .limit(AT_ONCE)
    )
    rows = connection.execute(query).all()
    for row in rows:
        texts = frozenset(plates_in(decoded(row.body)))
        # What is no JSON after all goes whole: it must not be found again tomorrow.
        body = scrubbed_text(row.body, FIELDS[DataClass.PLATES], texts)
        kept = "{}" if NAMES_A_PLATE in body else body
        connection.execute(update(observations).where(observations.c.id == row.id).values(body=kept))
    return sorted(row.id for row in rows)


def _packets(connection: Connection, rule: Rule) -> list[str]:
    """A manifest is signed as a whole, and goes as a whole."""
    belongs = exists().where(origins.c.id == packets.c.stay_id)
    query = (
        select(packets.c.sha256)
        .where(packets.c.manifest != "", rule.before >= packets.c.received_at, ~belongs)
        .limit(AT_ONCE)
    )
    found = sorted(connection.execute(query).scalars())
    connection.execute(update(packets).where(packets.c.sha256.in_(found)).values(manifest=""))
    return found
