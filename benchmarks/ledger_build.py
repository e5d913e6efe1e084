"""The benchmark's ledgers: made once for each version of the tables, and kept in the user's cache."""

import hashlib
import os
from pathlib import Path

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from sqlalchemy import text
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from benchmarks.ledger_copies import attach, clear_way, copy
from benchmarks.ledger_seed import Play, unsafe
from cases.database import Database
from cases.tables import metadata

SEED_CASES = 2000
"""Incidents of the week that is copied."""
VERSION = "1"
"""Counts changes of the city and of how it is copied."""


def folder() -> Path:
    """Where the ledgers are kept, outside of the project."""
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "clearway" / "ledgers"


def digest() -> str:
    """A short word for this version of the tables."""
    tables = metadata.sorted_tables
    made = [str(CreateTable(table).compile(dialect=sqlite.dialect())) for table in tables]
    made += sorted(
        str(CreateIndex(index).compile(dialect=sqlite.dialect()))
        for table in tables
        for index in table.indexes
    )
    return hashlib.sha256("\n".join([VERSION, *made]).encode()).hexdigest()[:10]


def progress() -> Progress:
    """A bar on standard error."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    return Progress(*columns, TimeElapsedColumn(), TimeRemainingColumn(), console=Console(stderr=True))


def ledger_file(count: int) -> Path:
    """A SQLite ledger of so many cases; made if it is not there yet."""
    made = folder() / f"cases-{count}-{digest()}.db"
    if not made.exists():
        rough = made.with_suffix(".making")
        _remove(rough)
        fill(f"sqlite:///{rough}", count)
        rough.rename(made)
    return made


def fill(url: str, count: int) -> None:
    """Put so many cases into an empty ledger.

    Args:
        url: SQLite or PostgreSQL; its tables are made.
        count: rounded up to whole copies of the week.
    """
    seed = _seed_file(min(count, SEED_CASES))
    database = Database(url)
    unsafe(database)
    database.migrate()
    copies = -(-count // SEED_CASES)
    with database.engine.connect() as connection, progress() as bar:
        attach(connection, str(seed))
        undo = clear_way(connection)
        connection.commit()
        task = bar.add_task("copying the week", total=copies)
        for done in copy(connection, copies):
            connection.commit()
            bar.update(task, completed=done)
        task = bar.add_task("making indexes", total=len(undo))
        for made in undo:
            connection.exec_driver_sql(made)
            connection.commit()
            bar.advance(task)
        if database.is_sqlite:
            database.migrate()  # as at every start: the planner looks at how cases spread
        else:
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("VACUUM ANALYZE"))
    database.close()


def _seed_file(count: int) -> Path:
    made = folder() / f"seed-{count}-{digest()}.db"
    if not made.exists():
        rough = made.with_suffix(".making")
        _remove(rough)
        rough.parent.mkdir(parents=True, exist_ok=True)
        database = Database(f"sqlite:///{rough}")
        unsafe(database)
        database.migrate()
        with progress() as bar:
            task = bar.add_task("playing a week", total=count)
            for begun in Play(database, count).run():
                bar.update(task, completed=begun)
        with database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        database.close()
        rough.rename(made)
    return made


def _remove(file: Path) -> None:
    for ending in ("", "-wal", "-shm"):
        file.with_name(file.name + ending).unlink(missing_ok=True)
