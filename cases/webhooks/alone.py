"""One relay a ledger: two would still lose nothing, but could send the events of one case out of order.

The lock dies with its holder, however it dies: a file's lock beside SQLite, a session's lock in PostgreSQL.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from cases.database import Database
from models.errors import TransportDown

LOCK_NUMBER = 0x636C6577
"""Of the advisory lock ("clew"): any number, the same in all versions."""


class Alone:
    """The right to be the relay, while it lasts."""

    def __init__(self, connection: Connection | None = None) -> None:
        self._connection = connection

    def holds(self) -> bool:
        """Whether it still lasts. A file's lock does; a session's ends with its connection."""
        if self._connection is None:
            return True
        try:
            self._connection.execute(text("SELECT 1"))
            self._connection.rollback()
        except SQLAlchemyError:
            return False
        return True


@contextmanager
def alone(database: Database) -> Iterator[Alone | None]:
    """The right to be the relay, or None while somebody else has it.

    Raises:
        TransportDown: the ledger cannot be asked.
    """
    if database.is_sqlite:
        if not database.engine.url.database:  # in memory: nobody else can see it
            yield Alone()
            return
        with _file_lock(Path(f"{database.engine.url.database}.connect.lock")) as got:
            yield Alone() if got else None
        return
    try:
        connection = database.engine.connect()
    except SQLAlchemyError as exc:
        raise TransportDown(f"the ledger at {database.shown_url} refused the relay's lock") from exc
    with connection:
        try:
            got = bool(
                connection.execute(
                    text("SELECT pg_try_advisory_lock(:number)"), {"number": LOCK_NUMBER}
                ).scalar_one()
            )
            connection.rollback()
        except SQLAlchemyError as exc:
            raise TransportDown(f"the ledger at {database.shown_url} refused the relay's lock") from exc
        try:
            yield Alone(connection) if got else None
        finally:
            # The lock is the session's: the connection must end, not go back to the pool.
            connection.invalidate()


@contextmanager
def _file_lock(path: Path) -> Iterator[bool]:
    try:
        opened = path.open("ab")
    except OSError as exc:
        raise TransportDown(f"{path} cannot be locked: {exc.strerror}") from exc
    with opened as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
