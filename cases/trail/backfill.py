"""Chaining the entries that were written before there were chains. Used by the migration only."""

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, RowMapping, bindparam, insert, select, update

from cases.tables import audit
from cases.trail import day_of, row_of
from cases.trail.hashing import GENESIS, Sealable, added, entry_hash, salted
from cases.trail.tables import trail_days, trail_heads

_AT_ONCE = 1000
_COLUMNS = ("before", "after", "chain", "number", "day", "leaves", "previous", "hash")


def chain_old_entries(connection: Connection) -> int:
    """Give every entry its place, in the order of their ids; how many there were."""
    heads: dict[str, tuple[int, str]] = {}
    days: dict[str, tuple[int, str]] = {}
    done = 0
    for batch in _batches(connection):
        changes = []
        for row in batch:
            chain, day = row["case_id"] or f"day:{day_of(row['at'])}", day_of(row["at"])
            number, previous = heads.get(chain, (0, GENESIS))
            entry = Sealable(
                chain=chain,
                number=number + 1,
                previous=previous,
                day=day,
                case_id=row["case_id"],
                at=row["at"],
                actor=row["actor"],
                what=row["what"],
                why=row["why"],
                cause=row["cause"],
                before=row["before"],
                after=row["after"],
                leaves=salted(row["why"], row["before"], row["after"]),
            )
            sealed = entry_hash(entry)
            heads[chain] = (entry.number, sealed)
            count, total = days.get(day, (0, GENESIS))
            days[day] = (count + 1, added(total, [sealed]))
            written = row_of(entry, sealed)
            changes.append({"row": row["id"]} | {f"to_{name}": written[name] for name in _COLUMNS})
        connection.execute(_UPDATE, changes)
        done += len(changes)
    if heads:
        _write(connection, heads, days)
    return done


def _batches(connection: Connection) -> Iterator[Sequence[RowMapping]]:
    columns = [audit.c[name] for name in ("id", "case_id", "at", "actor", "what", "why", "cause")]
    query = select(*columns, audit.c.before, audit.c.after).order_by(audit.c.id).limit(_AT_ONCE)
    last = 0
    while rows := connection.execute(query.where(audit.c.id > last)).mappings().all():
        last = rows[-1]["id"]
        yield rows


def _write(
    connection: Connection, heads: dict[str, tuple[int, str]], days: dict[str, tuple[int, str]]
) -> None:
    connection.execute(
        insert(trail_heads),
        [{"chain": chain, "number": number, "hash": sealed} for chain, (number, sealed) in heads.items()],
    )
    connection.execute(
        insert(trail_days),
        [
            {"day": day, "shard": 0, "entries": count, "sum": total, "closed": False}
            for day, (count, total) in days.items()
        ],
    )


_UPDATE = (
    update(audit)
    .where(audit.c.id == bindparam("row"))
    .values({name: bindparam(f"to_{name}", type_=audit.c[name].type) for name in _COLUMNS})
)
