"""Sealing the audit by the day: a finished day gets one line over all its entries and the seal before.

A day is closed first, so that nobody counts in it any more; then its entries are read without stopping the
writers; then the seal is written. A crash in between loses nothing: the next run goes on.
"""

from dataclasses import asdict, dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, Text, insert, select, type_coerce, update

from cases.database import Database
from cases.tables import audit
from cases.trail import SHARDS, day_of, dialect_of
from cases.trail.hashing import FORMAT, GENESIS, Tree, canonical, digest, moment
from cases.trail.rows import stored_time
from cases.trail.tables import trail_days, trail_heads, trail_seals
from models.signing import SigningKey, holds

HEAD = "seals"
"""The row of `trail_heads` that names the last seal, so that a cut end is found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """What is said of one finished day.

    Attributes:
        number: from 1, in the order in which days were sealed.
        day: UTC, `2026-11-22`.
        entries: how many the day has.
        root: of the tree over its entries, by their rows.
        previous: hash of the seal before.
        key, signature: Ed25519 under `hash`, where the centre has a key.
    """

    number: int
    day: str
    entries: int
    root: str
    sealed_at: datetime
    previous: str
    hash: str = ""
    key: str | None = None
    signature: str | None = None


def seal_hash(seal: Seal) -> str:
    """What the next seal names, and what is signed."""
    said = {
        "format": f"{FORMAT} seal",
        "number": seal.number,
        "day": seal.day,
        "entries": seal.entries,
        "root": seal.root,
        "sealed_at": moment(seal.sealed_at),
        "previous": seal.previous,
    }
    return digest(canonical(said))


def signed_by(seal: Seal, key: str) -> bool:
    """Whether the holder of a key signed this seal."""
    return seal.key == key and seal.signature is not None and holds(key, seal.signature, signed_text(seal))


def signed_text(seal: Seal) -> bytes:
    """The bytes under a seal's signature."""
    return f"{FORMAT} seal\n{seal.hash}\n".encode()


def seal_days(database: Database, now: datetime, signer: SigningKey | None = None) -> list[Seal]:
    """Seal every day that is over and has no seal yet, oldest first.

    Args:
        database: the ledger's.
        now: the day it lies in stays open.
        signer: the centre's key, if it has one.

    Returns:
        The seals made.

    Raises:
        TransportDown: the database cannot be reached; what is missing is sealed next time.
    """
    made = []
    for day in _unsealed(database, day_of(now)):
        with database.write() as connection:
            _close(connection, day)
        entries, root = _rooted(database, day)
        seal = Seal(number=0, day=day, entries=entries, root=root, sealed_at=now, previous=GENESIS)
        with database.write() as connection:
            written = _write(connection, seal, signer)
        made.extend([] if written is None else [written])
    return made


def seals_of(connection: Connection) -> list[Seal]:
    """Every seal, from the first.

    Raises:
        ValueError: one is spelt in another way than it was written.
    """
    exact = type_coerce(trail_seals.c.sealed_at, Text).label("sealed_at")
    rest = [column for column in trail_seals.c if column.name != "sealed_at"]
    rows = connection.execute(select(*rest, exact).order_by(trail_seals.c.number)).mappings()
    return [Seal(**(dict(row) | {"sealed_at": stored_time(row["sealed_at"])})) for row in rows]


def tree_of(connection: Connection, day: str) -> Tree:
    """The tree over a day's entries."""
    tree = Tree()
    query = select(audit.c.id, audit.c.hash).where(audit.c.day == day).order_by(audit.c.id)
    for row in connection.execute(query.execution_options(yield_per=1000)):
        tree.add(row.id, row.hash)
    return tree


def _unsealed(database: Database, today: str) -> list[str]:
    sealed = select(trail_seals.c.day)
    query = (
        select(trail_days.c.day)
        .where(trail_days.c.day < today, trail_days.c.day.not_in(sealed))
        .distinct()
        .order_by(trail_days.c.day)
    )
    with database.read() as connection:
        return list(connection.execute(query).scalars())


def _close(connection: Connection, day: str) -> None:
    """From here on entries of that day count towards the next one."""
    shards = [
        {"day": day, "shard": shard, "entries": 0, "sum": GENESIS, "closed": True}
        for shard in range(1 if connection.dialect.name == "sqlite" else SHARDS)
    ]
    statement = dialect_of(connection).insert(trail_days)
    connection.execute(statement.on_conflict_do_nothing(index_elements=["day", "shard"]), shards)
    connection.execute(update(trail_days).where(trail_days.c.day == day).values(closed=True))


def _rooted(database: Database, day: str) -> tuple[int, str]:
    with database.read() as connection:
        tree = tree_of(connection, day)
    return tree.count, tree.root


def _write(connection: Connection, seal: Seal, signer: SigningKey | None) -> Seal | None:
    """Write a seal after the last one; None when somebody else has sealed the day meanwhile."""
    statement = dialect_of(connection).insert(trail_heads)
    begun = statement.values(chain=HEAD, number=0, hash=GENESIS)
    connection.execute(begun.on_conflict_do_nothing(index_elements=["chain"]))
    head = connection.execute(select(trail_heads).where(trail_heads.c.chain == HEAD).with_for_update()).one()
    if connection.execute(select(trail_seals.c.day).where(trail_seals.c.day == seal.day)).first() is not None:
        return None
    seal = replace(seal, number=head.number + 1, previous=head.hash)
    seal = replace(seal, hash=seal_hash(seal))
    if signer is not None:
        seal = replace(seal, key=signer.public, signature=signer.sign(signed_text(seal)))
    connection.execute(insert(trail_seals).values(asdict(seal)))
    moved = update(trail_heads).where(trail_heads.c.chain == HEAD)
    connection.execute(moved.values(number=seal.number, hash=seal.hash))
    return seal
