"""The connection to the ledger's database, and the one place that knows its dialects."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from importlib import resources
from pathlib import Path
from threading import RLock, local
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, create_engine, event, inspect, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import (
    ArgumentError,
    DataError,
    DBAPIError,
    IntegrityError,
    InterfaceError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
    SQLAlchemyError,
    StatementError,
)
from sqlalchemy.pool import ConnectionPoolEntry

from models.errors import BadRecord, ConfigurationError, TransportDown

if TYPE_CHECKING:
    from alembic.config import Config

VERSION = "0014"
"""Of the tables this program needs: the newest of `cases/migrations/versions`."""
BUSY_TIMEOUT_S = 30
"""How long a writer waits for another one. Transactions last milliseconds; half a minute is a stuck disk."""
ASK_AGAIN_S = 0.003
"""How often it asks meanwhile. SQLite's own wait sleeps for up to 100 ms, and others overtake who does."""


class Database:
    """One ledger database.

    Args:
        url: `sqlite:////abs/path/ledger.db` or `postgresql+psycopg://…`.

    Raises:
        ConfigurationError: the URL cannot be read or its driver is not installed.
    """

    def __init__(self, url: str) -> None:
        try:
            parsed = make_url(url)
            self.is_sqlite = parsed.get_backend_name() == "sqlite"
            self._file = Path(parsed.database) if self.is_sqlite and parsed.database else None
            if self._file is not None:
                self._file.parent.mkdir(parents=True, exist_ok=True)
            self.engine: Engine = create_engine(parsed, pool_pre_ping=not self.is_sqlite)
        except (ArgumentError, ImportError, OSError, ValueError) as exc:
            remedy = "use sqlite:////abs/path/ledger.db or postgresql+psycopg://user@host/name"
            raise ConfigurationError.of("ledger.url", f"cannot be used: {exc}", remedy) from exc
        # SQLite lets the luckiest of many waiting writers in, not the first: so of one process's threads only
        # one at a time asks. Re-entrant: a write inside a write still fails by its timeout.
        self._turn = RLock()
        self._own = local()
        if self.is_sqlite:
            event.listen(self.engine, "connect", _prepare_sqlite)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction that may change things; on SQLite it is the only writer from its first line.

        Inside `together` it is a part of that one, and stands or falls alone all the same.

        Raises:
            TransportDown: the database cannot be reached or stays locked; nothing was changed.
            BadRecord: what was to be written does not fit; nothing was changed.
        """
        stack: ExitStack | None = getattr(self._own, "stack", None)
        if stack is None:
            with self._transaction() as connection:
                yield connection
            return
        if self._own.connection is None:
            self._own.connection = stack.enter_context(self._transaction())
        with self._in_our_words(), self._own.connection.begin_nested():
            yield self._own.connection

    @contextmanager
    def together(self) -> Iterator[None]:
        """On SQLite, one transaction for all that this thread writes meanwhile: one wait for the disk.

        Nothing of it is durable before this ends, and all of it is then. On PostgreSQL, where writers do not
        wait for each other, each stays a transaction of its own.

        Raises:
            TransportDown: nothing of it was written.
        """
        if not self.is_sqlite:
            yield
            return
        with ExitStack() as stack:
            self._own.stack, self._own.connection = stack, None
            try:
                yield
            finally:
                self._own.stack = self._own.connection = None

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent view; inside `together` with what was written there already.

        Raises:
            TransportDown: the database cannot be reached.
        """
        own: Connection | None = getattr(self._own, "connection", None)
        if own is not None:
            with self._in_our_words():
                yield own
            return
        try:
            with self.engine.connect() as connection:
                if self.is_sqlite:
                    connection.exec_driver_sql("BEGIN")
                yield connection
        except SQLAlchemyError as exc:
            raise TransportDown(f"the ledger at {self.shown_url} refused: {_first_line(exc)}") from exc

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        with (
            self._in_our_words(),
            self._turn if self.is_sqlite else nullcontext(),
            self.engine.connect() as connection,
        ):
            if self.is_sqlite:
                _begin(connection)
            with connection.begin() if not connection.in_transaction() else _committing(connection):
                yield connection

    @contextmanager
    def _in_our_words(self) -> Iterator[None]:
        """Foreign exceptions end here."""
        try:
            yield
        except SQLAlchemyError as exc:
            if _does_not_fit(exc):
                raise BadRecord("$", f"does not fit the ledger: {_first_line(exc)}") from exc
            raise TransportDown(f"the ledger at {self.shown_url} refused: {_first_line(exc)}") from exc

    @property
    def shown_url(self) -> str:
        """The URL without its password."""
        return self.engine.url.render_as_string(hide_password=True)

    def migrate(self) -> None:
        """Bring the tables to this program's version. Safe to call at every start.

        Raises:
            TransportDown: the database cannot be reached.
        """
        from alembic import command  # noqa: PLC0415 - see `_alembic`

        try:
            with self.engine.connect() as connection:
                if self.is_sqlite:
                    # One process migrates, the others wait; one that dies half-way leaves nothing behind.
                    connection.exec_driver_sql("BEGIN IMMEDIATE")
                config = _alembic()
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
                if self.is_sqlite:
                    # Which index is quickest depends on how cases spread; a look at some rows each tells.
                    # PostgreSQL sees to it by itself.
                    connection.exec_driver_sql("PRAGMA analysis_limit=1000")
                    connection.exec_driver_sql("ANALYZE")
                connection.commit()
        except SQLAlchemyError as exc:
            raise TransportDown(f"the ledger at {self.shown_url} refused: {_first_line(exc)}") from exc

    def require_current(self) -> None:
        """Refuse to work on tables of another version.

        Raises:
            ConfigurationError: there is no ledger, or it was not migrated yet, or by a newer program.
        """
        if self._file is not None and not self._file.exists():  # asking SQLite would make it
            problem = f"{self.shown_url} is not there: nothing has run with these settings yet"
            remedy = "give --settings of the site, or run `clearway migrate` to begin one"
            raise ConfigurationError.of("ledger.url", problem, remedy)
        with self.read() as connection:
            known = inspect(connection).has_table("alembic_version")
            query = "SELECT version_num FROM alembic_version"
            found = connection.exec_driver_sql(query).scalar_one_or_none() if known else None
        if found != VERSION:
            has = "no tables yet" if found is None else f"tables of version {found}"
            problem = f"{self.shown_url} has {has}, this program needs version {VERSION}"
            raise ConfigurationError.of("ledger.url", problem, "run `clearway migrate`")

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


def _begin(connection: Connection) -> None:
    """Become the only writer, as soon as nobody else is."""
    connection.exec_driver_sql("PRAGMA busy_timeout=0")
    _patiently(lambda: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    connection.exec_driver_sql(f"PRAGMA busy_timeout={BUSY_TIMEOUT_S * 1000}")


def _patiently(ask: Callable[[], object]) -> None:
    until = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            ask()
        except (OperationalError, sqlite3.OperationalError) as exc:
            if "locked" not in str(exc) or time.monotonic() > until:
                raise
            time.sleep(ASK_AGAIN_S)
        else:
            return


@contextmanager
def _committing(connection: Connection) -> Iterator[None]:
    """Commit what was begun by hand (`BEGIN IMMEDIATE`), or roll it back."""
    try:
        yield
    except BaseException:
        connection.rollback()
        raise
    connection.commit()


def _prepare_sqlite(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    # The driver must not begin transactions of its own: `write` says BEGIN IMMEDIATE, so that two
    # writers queue up instead of failing at their first write.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_S * 1000}")
    # Of several that make a new file one, SQLite turns all but the first away at once.
    _patiently(lambda: cursor.execute("PRAGMA journal_mode=WAL"))
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _alembic() -> "Config":
    """Settings of the migrations' library, which is imported late: most processes never migrate."""
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(resources.files("cases").joinpath("migrations")))
    config.set_main_option("path_separator", "os")
    return config


def _does_not_fit(exc: SQLAlchemyError) -> bool:
    """Whether the values are at fault, and not the database: only then will trying again never help."""
    if not isinstance(exc, DBAPIError):
        return isinstance(exc, StatementError)
    of_values = (DataError, IntegrityError, InterfaceError, NotSupportedError, ProgrammingError)
    return isinstance(exc, of_values) and not exc.connection_invalidated


def _first_line(exc: Exception) -> str:
    return str(exc).splitlines()[0]
