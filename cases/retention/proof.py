"""Purging one class of data of one case, in the caller's transaction, and the proof that stays.

Rows and audit entries are blanked, and the proof is appended to the case's own chain. It names the rule, how
much went, the parts of earlier entries that are blank now, and a hash over what went. The hash is salted: a
bare one of a plate would be the plate, to anybody who tries them all.
"""

import secrets
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, select

from cases import trail
from cases.clients.tables import reports
from cases.retention import DataClass
from cases.retention.blank import blank_chain
from cases.retention.cases import delete_case
from cases.retention.columns import PLACES, Taken, take
from cases.tables import cases, notices, observations
from cases.trail import dialect_of
from cases.trail.hashing import canonical, digest
from cases.trail.tables import purges
from cases.trail.walk import PURGED


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to be purged, by whom and why.

    Attributes:
        rule: in words: a setting, or the request of a person.
        salt: of the proof's hash; whoever has it and what went can show that they belong together.
    """

    kind: DataClass
    rule: str
    actor: str
    now: datetime
    texts: frozenset[str] = frozenset()
    salt: str = ""


@dataclass(frozen=True, slots=True)
class Proof:
    """What went.

    Attributes:
        items: values, rows and parts of audit entries.
        sha256: salted, over all of them.
        pictures: which pictures the case needs no more.
    """

    items: int
    sha256: str
    pictures: frozenset[str] = frozenset()


def purge_case(connection: Connection, case_id: str, wish: Wish) -> Proof:
    """Purge one class of one case. Must be inside `trail_guard.gate`.

    A case that had nothing of that class is marked as dealt with, and its chain stays as it is.
    """
    kind = wish.kind
    connection.execute(select(cases.c.id).where(cases.c.id == case_id).with_for_update())
    texts = wish.texts | _texts(connection, case_id, kind)
    taken = [item for place in PLACES[kind] for item in take(connection, place, case_id, texts)]
    rows = delete_case(connection, case_id) if kind is DataClass.CASES else {}
    parts = blank_chain(connection, case_id, kind, texts)
    items = len(taken) + sum(rows.values()) + sum(len(paths) for paths in parts.values())
    salt = wish.salt or secrets.token_hex(32)
    said = [[item.table, item.row, item.column, item.value] for item in taken]
    sha256 = digest(canonical([salt, kind.value, said]))
    pictures, packets = _pictures(taken), _packets(taken)
    if items:
        after: dict[str, Any] = {
            "class": kind.value,
            "rule": wish.rule,
            "items": items,
            "sha256": sha256,
            "blanked": parts,
        }
        more = {"rows": rows, "pictures": sorted(pictures), "packets": packets}
        after |= {name: value for name, value in more.items() if value}
        proof = {"case_id": case_id, "at": wish.now, "actor": wish.actor, "what": PURGED}
        trail.append(connection, [proof | {"why": f"{kind.value}: {wish.rule}"[:1000], "after": after}])
    mark(connection, case_id, wish, items, sha256)
    return Proof(items, sha256, pictures)


def mark(connection: Connection, case_id: str | None, wish: Wish, items: int, sha256: str) -> None:
    """Note that a class of a case has been dealt with."""
    values = {
        "case_id": case_id,
        "class": wish.kind.value,
        "at": wish.now,
        "rule": wish.rule[:200],
        "items": items,
        "sha256": sha256,
    }
    statement = dialect_of(connection).insert(purges).values(values)
    connection.execute(statement.on_conflict_do_nothing(index_elements=["case_id", "class"]))


def plates_in(value: Any) -> Iterator[str]:  # noqa: ANN401 - JSON
    """Every plate that a JSON value names in a field of that name."""
    if isinstance(value, dict):
        plate = value.get("plate")
        text = plate.get("text") if isinstance(plate, dict) else plate
        if isinstance(text, str) and text:
            yield text
        for inner in value.values():
            yield from plates_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from plates_in(inner)


def _texts(connection: Connection, case_id: str, kind: DataClass) -> frozenset[str]:
    """What must not be left in any sentence of the case."""
    found: set[str] = set()
    if kind is DataClass.PLATES:
        row = connection.execute(select(cases.c.plate).where(cases.c.id == case_id)).first()
        found.update(plates_in({"plate": None if row is None else row.plate}))
        bodies = select(observations.c.body).where(observations.c.case_id == case_id)
        for body in connection.execute(bodies).scalars():
            found.update(plates_in(decoded(body)))
    elif kind is DataClass.CONTACTS:
        masks = select(reports.c.contact_mask).where(reports.c.case_id == case_id)
        found.update(connection.execute(masks).scalars())
    elif kind is DataClass.NOTICES:
        masks = select(notices.c.mask).where(notices.c.case_id == case_id)
        found.update(connection.execute(masks).scalars())
    return frozenset(text for text in found if len(text) > 1)


def decoded(body: str) -> Any:  # noqa: ANN401 - JSON
    """A body that is kept as text; None when it is no JSON."""
    try:
        return msgspec.json.decode(body)
    except msgspec.DecodeError:
        return None


def _pictures(taken: Collection[Taken]) -> frozenset[str]:
    lists = [item.value for item in taken if (item.table, item.column) == ("cases", "pictures")]
    return frozenset(picture["sha256"] for pictures in lists for picture in pictures)


def _packets(taken: Collection[Taken]) -> list[str]:
    return sorted(item.row for item in taken if item.table == "packets")
