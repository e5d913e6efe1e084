"""What waits for the ledger together is written together, and nobody hears of it before it is durable."""

import asyncio
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest
from factories import at
from parts_ledger import ledger_at
from sqlalchemy import event, insert, select

from cases.tables import conditions
from models.errors import BadRecord, TransportDown
from notifier.ledger_desk import LedgerDesk


@pytest.fixture
def database(tmp_path):
    made = ledger_at(tmp_path / "ledger.db")
    yield made
    made.close()


@pytest.fixture
def desk(database):
    made = LedgerDesk(database.together)
    yield made
    made.close()


def note(database, name):
    """Write one row; the same name again does not fit."""
    with database.write() as connection:
        values = {"source": name, "state": "blind", "since": at(0), "at": at(0), "why": ""}
        connection.execute(insert(conditions).values(values))
    return name


def noted(database):
    with database.read() as connection:
        return sorted(connection.execute(select(conditions.c.source)).scalars())


@contextmanager
def held_up(desk):
    """While the desk is busy, calls gather before it."""
    go_on = threading.Event()
    busy = asyncio.create_task(desk(go_on.wait, 20))
    yield go_on
    go_on.set()
    assert busy is not None


async def at_once(desk, *calls):
    with held_up(desk):
        await asyncio.sleep(0)
        waiting = [asyncio.create_task(desk(*call)) for call in calls]
        await asyncio.sleep(0)
    return await asyncio.gather(*waiting, return_exceptions=True)


@pytest.fixture
def commits(database):
    counted = []
    event.listen(database.engine, "commit", lambda _: counted.append(1))
    return counted


async def test_what_waits_together_is_one_transaction(desk, database, commits):
    assert await at_once(desk, *((note, database, f"camera-{number}") for number in range(9))) == [
        f"camera-{number}" for number in range(9)
    ]
    assert len(commits) <= 2
    assert len(noted(database)) == 9


async def test_one_that_does_not_fit_takes_no_other_along(desk, database):
    first, again, other = await at_once(
        desk, (note, database, "a"), (note, database, "a"), (note, database, "b")
    )
    assert (first, other) == ("a", "b")
    assert isinstance(again, BadRecord)
    assert noted(database) == ["a", "b"]


async def test_a_read_sees_what_was_asked_for_before_it(desk, database):
    assert await at_once(desk, (note, database, "a"), (noted, database)) == ["a", ["a"]]


async def test_nobody_is_told_of_a_row_that_is_not_durable(desk, database):
    """Another connection reads what the first one knows of, the moment it knows."""
    others = ledger_at(database_path(database))
    for number in range(20):
        name = await desk(note, database, f"camera-{number:02d}")
        assert name in noted(others)
    others.close()


async def test_a_commit_that_fails_is_told_to_all_of_its_calls(database):
    @contextmanager
    def failing():
        with database.together():
            yield
            raise TransportDown("the disk is full")

    desk = LedgerDesk(failing)
    found = await at_once(desk, (note, database, "a"), (note, database, "b"))
    desk.close()
    assert [type(one) for one in found] == [TransportDown, TransportDown]
    assert noted(database) == []


async def test_what_was_asked_for_before_the_end_is_done(database):
    desk = LedgerDesk(database.together)
    tasks = [asyncio.create_task(desk(note, database, f"{number}")) for number in range(5)]
    await asyncio.sleep(0)
    await asyncio.to_thread(desk.close)
    await asyncio.gather(*tasks)
    assert len(noted(database)) == 5


def database_path(database):

    return Path(database.engine.url.database)
