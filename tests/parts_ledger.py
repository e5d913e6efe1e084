"""Where a test's ledger is: in a file, or on the PostgreSQL server that an environment variable names."""

import hashlib
import os
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from cases.database import Database

SERVER = os.environ.get("CLEARWAY_TEST_POSTGRESQL", "")
KEPT = 30
"""Databases that may stand on the server before those that nobody uses any more are dropped."""
TEMPLATE = f"migrated_{os.getpid()}"

_made: dict[Path, str] = {}


def ledger_at(path: Path) -> Database:
    """The ledger of a file; a new one without a row where none is yet.

    A migration takes a second, and tests are many: all but the first are copies.
    """
    if SERVER:
        _copy_on_server(path)
    elif not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_migrated())
    return Database(ledger_url(path))


def ledger_url(path: Path) -> str:
    """The URL of the ledger of a file."""
    return f"{SERVER.rpartition('/')[0]}/{_made[path]}" if SERVER else f"sqlite:///{path}"


@cache
def _migrated() -> bytes:
    with TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/ledger.db")
        database.migrate()
        with database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        database.close()
        return Path(folder, "ledger.db").read_bytes()


def _copy_on_server(path: Path) -> None:
    if path in _made:
        return
    import psycopg  # noqa: PLC0415 - an extra

    with psycopg.connect(SERVER.replace("+psycopg", ""), autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (TEMPLATE,)).fetchone():
            connection.execute(f"CREATE DATABASE {TEMPLATE}")
            template = Database(f"{SERVER.rpartition('/')[0]}/{TEMPLATE}")
            template.migrate()
            template.close()
        if len(_made) >= KEPT:
            used = {row[0] for row in connection.execute("SELECT datname FROM pg_stat_activity")}
            for old in [old for old, name in _made.items() if name not in used]:
                connection.execute(f"DROP DATABASE {_made.pop(old)}")
        name = f"test_{os.getpid()}_{hashlib.sha256(str(path).encode()).hexdigest()[:16]}"
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
        _made[path] = name
