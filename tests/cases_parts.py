"""A ledger on a real SQLite file, and what tests do with it."""

from contextlib import contextmanager
from functools import cache
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from factories import arrival, at
from sqlalchemy import select

from cases.database import Database
from cases.life import SignalKind
from cases.policy import builtin_policies, parse_policy

POLICIES = builtin_policies()
_NUMBERS = count()


def policy(text, name="p"):
    """A policy of the fire lane's matter with more text."""
    head = f'name = "{name}"\nmatter = "fire-lane-blocked"\nunit = "fire-brigade"\n'
    return parse_policy(head + text, "p.toml")


@cache
def migrated():
    """The bytes of a new ledger: a migration costs more than most tests."""
    with TemporaryDirectory() as folder:
        first = Database(f"sqlite:///{folder}/first.db")
        first.migrate()
        first.close()
        return Path(folder, "first.db").read_bytes()


@contextmanager
def new_ledger(folder):
    """A new ledger in a folder; one that stands there is opened again."""
    path = Path(folder, "ledger.db")
    if not path.exists():
        path.write_bytes(migrated())
    database = Database(f"sqlite:///{path}")
    yield database
    database.close()


def rows(database, table):
    with database.read() as connection:
        return [dict(row) for row in connection.execute(select(table)).mappings()]


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
