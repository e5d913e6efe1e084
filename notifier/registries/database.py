"""The owner registry as somebody's database: one question, asked read-only, with a time limit.

The only file here that knows SQLAlchemy and its drivers. What they raise may quote rows, so it ends here
without a trace of its words: only the error's kind goes on.
"""

import re
import sqlite3
import time
from collections.abc import Mapping
from math import ceil
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from models.errors import ConfigurationError, Fault, RegistryDown
from notifier.owners import UNSTATED, Found, Reason, normalise_plate
from notifier.registries.mapping import Reader, by_column
from notifier.settings_owners import SqlSource

ROWS_MOST = 200
"""Rows that are read of an answer: a plate with more contacts has none that could be told."""
STEPS = 1000
"""Instructions of SQLite between two looks at the clock."""
_NAMES = ("plate", "case", "purpose")


class SqlOwnerRegistry:
    """Owners from a database.

    Args:
        source: its settings.
        password: of the database user; None without one.
        reader: how rows become contacts.

    Raises:
        ConfigurationError: the URL cannot be used, or its driver is not installed.
    """

    kind = "sql"

    def __init__(self, source: SqlSource, password: str | None, reader: Reader) -> None:
        self.name = source.name
        self._source = source
        self._reader = reader
        self._engine = _engine(source, password)
        self._sqlite = self._engine.dialect.name == "sqlite"
        self._query = text(source.query)
        self._wanted = [name for name in _NAMES if re.search(rf"(?<![:\w]):{name}\b", source.query)]

    def find(self, plate: str, reason: Reason = UNSTATED) -> Found:
        """See `OwnerRegistry`.

        Raises:
            RegistryDown: it does not answer in time, or otherwise than the settings say.
        """
        said = {"plate": normalise_plate(plate), "case": reason.case, "purpose": reason.purpose}
        if "\0" in said["plate"]:
            # PostgreSQL takes no text with it, so none is stored with it either.
            return Found(registry=self.name)
        rows = self._rows({name: said[name] for name in self._wanted})
        return self._reader.found(rows, by_column)

    def check(self) -> tuple[Fault, ...]:
        """Ask once for no plate at all.

        Returns:
            No doubts: it answers, or it does not.

        Raises:
            ConfigurationError: the query or its columns are wrong.
            RegistryDown: it cannot be reached.
        """
        try:
            self._rows(dict.fromkeys(self._wanted, ""))
        except RegistryDown as exc:
            if exc.alive:
                remedy = "see query and columns; try the query by hand"
                raise ConfigurationError.of(f"owner registry {self.name}", str(exc), remedy) from exc
            raise
        return ()

    def close(self) -> None:
        """Give all connections back."""
        self._engine.dispose()

    def _rows(self, values: Mapping[str, str]) -> list[dict[str, Any]]:
        problem, alive = "", False
        try:
            with self._engine.connect() as connection:
                self._limit(connection)
                result = connection.execute(self._query, dict(values))
                columns = set(result.keys())
                if self._source.columns.phone in columns:
                    return [dict(row) for row in result.mappings().fetchmany(ROWS_MOST)]
            problem, alive = f"answers without a column {self._source.columns.phone!r}", True
        except DBAPIError as exc:
            code = str(getattr(exc.orig, "sqlstate", None) or getattr(exc.orig, "sqlite_errorname", ""))
            problem = f"refused: {type(exc.orig).__name__} {code}".rstrip()
            alive = bool(_OUR_FAULT.match(code))
        except (SQLAlchemyError, ValueError, ArithmeticError, TypeError, sqlite3.Error, OSError) as exc:
            problem = f"answers with what cannot be read: {type(exc).__name__}"
        raise RegistryDown(self.name, problem, alive=alive)

    def _limit(self, connection: Connection) -> None:
        """Read only, and no longer than set."""
        if not self._sqlite:
            connection.exec_driver_sql("SET TRANSACTION READ ONLY")
            # The value is a number of ours; SET takes no parameters.
            connection.exec_driver_sql(f"SET LOCAL statement_timeout = {int(self._source.timeout_s * 1000)}")
            return
        until = time.monotonic() + self._source.timeout_s
        raw = connection.connection.dbapi_connection
        if isinstance(raw, sqlite3.Connection):
            raw.set_progress_handler(lambda: int(time.monotonic() > until), STEPS)


_OUR_FAULT = re.compile(r"22...|42...|25006|SQLITE_ERROR$|SQLITE_READONLY")
"""What our own query brings about: a value that does not fit, no such table, no permission, a write."""


def _engine(source: SqlSource, password: str | None) -> Engine:
    problem = ""
    try:
        url = make_url(source.url)
        if url.get_backend_name() == "sqlite":
            return _sqlite(url, source.timeout_s)
        if url.get_backend_name() == "postgresql":
            return _postgresql(url if password is None else url.set(password=password), source)
        problem = f"is of a kind that is not supported: {url.get_backend_name()!r}"
    except (ArgumentError, NoSuchModuleError, ImportError, ValueError) as exc:
        problem = f"cannot be used: {exc}"
    remedy = "use sqlite:////abs/path/owners.db or postgresql+psycopg://user@host/name"
    raise ConfigurationError.of(f"owner registry {source.name}", problem, remedy, key="url")


def _sqlite(url: URL, timeout_s: float) -> Engine:
    if not url.database or url.database == ":memory:":
        raise ValueError("names no file")
    target = f"file:{quote(str(Path(url.database).absolute()))}?mode=ro"

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(target, uri=True, timeout=timeout_s, check_same_thread=False)
        connection.execute("PRAGMA query_only=ON")
        return connection

    return create_engine("sqlite://", creator=connect, poolclass=NullPool, hide_parameters=True)


def _postgresql(url: URL, source: SqlSource) -> Engine:
    return create_engine(
        url,
        hide_parameters=True,
        pool_size=source.connections,
        max_overflow=0,
        pool_timeout=source.timeout_s,
        pool_pre_ping=True,
        connect_args={
            # The driver's least is two seconds.
            "connect_timeout": max(2, ceil(source.timeout_s)),
            "tcp_user_timeout": int(source.timeout_s * 1000),
            "application_name": "clearway",
        },
    )
