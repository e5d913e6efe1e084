"""Pictures that no case needs any more: two cases may share one, and it stays while one of them needs it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from sqlalchemy import exists, select

from cases import trail
from cases.database import Database
from cases.retention import DataClass
from cases.retention.proof import Proof, decoded
from cases.tables import cases, origins, packets
from cases.trail.hashing import canonical, digest
from cases.trail.tables import purges
from cases.trail.walk import PURGED

NAMED_AT_ONCE = 500
"""Pictures that one proof names: entries stay of a size that can be read."""


class PictureShelf(Protocol):
    """Where pictures are kept, as far as taking them away goes."""

    def remove(self, sha256: str) -> bool:
        """Take a picture away; False when it is not here. Repeating it is harmless."""

    def older_than(self, moment: datetime) -> Iterable[str]:
        """The pictures that came before a moment."""


@dataclass
class Free:
    """What a purge has let go of.

    Attributes:
        cases: need no pictures any more.
        pictures: that they had.
    """

    cases: set[str] = field(default_factory=set)
    pictures: set[str] = field(default_factory=set)

    def take(self, case_id: str, proof: Proof, kind: DataClass) -> None:
        """Take note of one case."""
        if kind in {DataClass.PICTURES, DataClass.CASES}:
            self.cases.add(case_id)
            self.pictures |= proof.pictures


def sweep(database: Database, shelf: PictureShelf, free: Free, old: datetime | None) -> list[str]:
    """Pictures that can go.

    Args:
        database: the ledger's, whose cases need pictures until those are purged.
        shelf: where pictures are kept.
        free: what this purge has let go of.
        old: pictures from before this moment that no case needs go as well; None for none.
    """
    unneeded = set(free.pictures)
    if old is not None:
        unneeded.update(shelf.older_than(old))
    if not unneeded:
        return []
    done = exists().where(purges.c.case_id == cases.c.id, purges.c["class"] == DataClass.PICTURES.value)
    listed = select(cases.c.id, cases.c.pictures, cases.c.plate).where(~done)
    sealed = (
        select(cases.c.id, packets.c.manifest)
        .join_from(packets, origins, origins.c.id == packets.c.stay_id)
        .join(cases, cases.c.id == origins.c.case_id)
        .where(~done, packets.c.manifest != "")
    )
    with database.read() as connection:
        for row in connection.execute(listed.execution_options(yield_per=1000)):
            if row.id not in free.cases:
                unneeded.difference_update(picture["sha256"] for picture in row.pictures)
                unneeded.discard((row.plate or {}).get("picture") or "")
        for case_id, manifest in connection.execute(sealed.execution_options(yield_per=1000)):
            if case_id not in free.cases:
                shots = (decoded(manifest) or {}).get("pictures", ())
                unneeded.difference_update(shot["sha256"] for shot in shots)
    return sorted(unneeded)


def remove(
    database: Database, shelf: PictureShelf, pictures: list[str], now: datetime, *, actor: str
) -> None:
    """Take pictures away. The proof comes first: a crash in between leaves a file, never a missing word."""
    for start in range(0, len(pictures), NAMED_AT_ONCE):
        some = pictures[start : start + NAMED_AT_ONCE]
        after = {
            "class": "files",
            "rule": "pictures that no case needs",
            "items": len(some),
            "sha256": digest(canonical(some)),
            "pictures": some,
        }
        with database.write() as connection:
            entry = {"subject": "retention", "at": now, "actor": actor, "what": PURGED, "after": after}
            trail.append(connection, [entry | {"why": "no case needs them"}])
        for sha256 in some:
            shelf.remove(sha256)
