"""The connection to the ledger: who waits, who is refused, and what a migration leaves."""

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from factories import at
from sqlalchemy import func, insert, inspect, select, text

import cases.clients.tables
import cases.people.tables
import cases.responsibility.tables
import cases.trail.tables
import cases.webhooks.tables  # noqa: F401 - the same
from cases.database import VERSION, Database, _alembic
from cases.tables import devices, metadata
from models.errors import BadRecord, ConfigurationError, TransportDown

ROW = {"site": "s", "device": "d", "at": at(0), "status": {}}


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path}/below/ledger.db"


@pytest.fixture
def database(url):
    database = Database(url)
    database.migrate()
    yield database
    database.close()


def n_devices(database):
    with database.read() as connection:
        return connection.execute(select(func.count()).select_from(devices)).scalar_one()


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param("", id="empty"),
        pytest.param("ledger.db", id="no scheme"),
        pytest.param("nonsense://x/y", id="an unknown database"),
        pytest.param("postgresql+psycopg://host:port/name", id="a port in letters"),
        pytest.param("postgresql+nodriver://host/name", id="an unknown driver"),
        pytest.param("sqlite:////dev/null/below/ledger.db", id="below a file"),
    ],
)
def test_a_url_that_cannot_be_used_is_refused_before_starting(wrong):
    with pytest.raises(ConfigurationError, match=r"ledger\.url"):
        Database(wrong)


@pytest.mark.parametrize(
    "wrong",
    ["sqlite://user:secret@/x", "postgresql+nodriver://user:secret@host/x", "mysql://user:secret@host:x/y"],
)
def test_a_password_is_never_shown(wrong):
    with pytest.raises(ConfigurationError) as caught:
        Database(wrong)
    assert "secret" not in str(caught.value)


def test_whoever_only_looks_begins_no_ledger(tmp_path):
    database = Database(f"sqlite:///{tmp_path}/ledger.db")
    with pytest.raises(ConfigurationError, match="nothing has run"):
        database.require_current()
    assert list(tmp_path.iterdir()) == []


def test_tables_that_were_not_migrated_are_refused(url):
    database = Database(url)
    with database.write() as connection:
        connection.execute(text("CREATE TABLE another_programs (id INTEGER)"))
    with pytest.raises(ConfigurationError, match="run `clearway migrate`"):
        database.require_current()
    database.migrate()
    database.require_current()
    database.close()


def test_tables_of_a_newer_program_are_refused(database):
    with database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(ConfigurationError, match="version 9999"):
        database.require_current()


def test_migrating_again_keeps_everything(database):
    with database.write() as connection:
        connection.execute(insert(devices), [ROW])
    database.migrate()
    database.require_current()
    assert n_devices(database) == 1


def test_the_migrations_make_exactly_the_tables_of_the_program(database):
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_processes_that_start_together_migrate_once(url):
    databases = [Database(url) for _ in range(4)]
    barrier = threading.Barrier(len(databases))

    def start(database):
        barrier.wait()
        database.migrate()

    with ThreadPoolExecutor(len(databases)) as pool:
        for outcome in [pool.submit(start, database) for database in databases]:
            outcome.result()
    for database in databases:
        database.require_current()
        database.close()


def test_a_migration_that_fails_half_way_leaves_nothing_behind(url):
    database = Database(url)
    with database.write() as connection:
        connection.execute(text("CREATE TABLE steps (x INTEGER)"))
    with pytest.raises(TransportDown):
        database.migrate()
    assert inspect(database.engine).get_table_names() == ["steps"]
    database.close()


def test_a_transaction_that_fails_leaves_nothing_behind(database):
    def fails():
        with database.write() as connection:
            connection.execute(insert(devices), [ROW])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    assert n_devices(database) == 0


def test_a_row_twice_is_a_bad_record(database):
    with pytest.raises(BadRecord, match="does not fit"), database.write() as connection:
        connection.execute(insert(devices), [ROW, ROW])
    assert n_devices(database) == 0


def test_a_time_without_offset_is_a_bad_record(database):
    with pytest.raises(BadRecord), database.write() as connection:
        connection.execute(insert(devices), [ROW | {"at": at(0).replace(tzinfo=None)}])


def test_times_and_json_come_back_as_they_went_in(database):
    with database.write() as connection:
        connection.execute(insert(devices), [ROW | {"status": {"a": [1, "b", None]}}])
    with database.read() as connection:
        row = connection.execute(select(devices)).one()
    assert (row.at, row.at.utcoffset().total_seconds(), row.status) == (at(0), 0, {"a": [1, "b", None]})


def test_a_damaged_file_is_trouble_of_the_database_not_of_what_is_written(tmp_path):
    """Else every observation would be set aside as bad while the disk is ill."""
    (tmp_path / "ledger.db").write_bytes(b"no database at all " * 100)
    database = Database(f"sqlite:///{tmp_path}/ledger.db")
    with pytest.raises(TransportDown), database.write():
        pass
    with pytest.raises(TransportDown), database.read():
        pass
    with pytest.raises(TransportDown):
        database.migrate()


def test_a_writer_waits_for_another_one(database):
    asked, order = threading.Event(), []

    def second():
        asked.set()
        with database.write() as connection:
            order.append("second")
            connection.execute(insert(devices), [ROW | {"device": "e"}])

    with ThreadPoolExecutor(1) as pool:
        with database.write() as connection:
            waiting = pool.submit(second)
            assert asked.wait(5)
            connection.execute(insert(devices), [ROW])
            order.append("first")
        waiting.result(timeout=10)
    assert order == ["first", "second"]
    assert n_devices(database) == 2


def test_a_database_that_stays_locked_is_down_for_now(database, url, monkeypatch):
    monkeypatch.setattr("cases.database.BUSY_TIMEOUT_S", 0.3)
    other = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        with pytest.raises(TransportDown, match="locked"), database.write():
            pass
    finally:
        other.close()


def test_a_reader_sees_one_state_while_others_write(database):
    count = select(func.count()).select_from(devices)
    with database.read() as connection:
        before = connection.execute(count).scalar_one()
        with database.write() as writer:
            writer.execute(insert(devices), [ROW])
        assert connection.execute(count).scalar_one() == before
    assert n_devices(database) == before + 1


def test_the_version_this_program_needs_is_that_of_its_newest_migration():
    assert ScriptDirectory.from_config(_alembic()).get_current_head() == VERSION
