"""A ledger on a real SQLite file, and what tests do with it."""

from contextlib import contextmanager
from itertools import count
from pathlib import Path

from factories import arrival, at
from parts_ledger import ledger_at
from sqlalchemy import select

from cases.life import SignalKind
from cases.policy import builtin_policies, parse_policy

POLICIES = builtin_policies()
_NUMBERS = count()


def policy(text, name="p"):
    """A policy of the fire lane's matter with more text."""
    head = f'name = "{name}"\nmatter = "fire-lane-blocked"\nunit = "fire-brigade"\n'
    return parse_policy(head + text, "p.toml")


@contextmanager
def new_ledger(folder):
    """A new ledger in a folder; one that stands there is opened again."""
    database = ledger_at(Path(folder, "ledger.db"))
    yield database
    database.close()


def rows(database, table):
    with database.read() as connection:
        return [
            dict(row) for row in connection.execute(select(table).order_by(*table.primary_key)).mappings()
        ]


def overstay(ledger, seconds=0, **changes):
    """Open one case; returns its id."""
    number = next(_NUMBERS)
    fields = {
        "origin_id": f"stay-{number}",
        "dedup_key": f"harbour/p/stay/{number}",
        "policy": "p",
        "at": at(seconds),
        "recorded_at": at(seconds),
    }
    (applied,) = ledger.apply([arrival(SignalKind.OBSERVED, **(fields | changes))], at(seconds))
    return applied.case_id
