"""The product's own Faust app, the same on the embedded log and on a server of the Kafka protocol."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from factories import began, ended, event, overstayed
from log_servers import Server, embedded, kafka

from cases.database import Database
from cases.ledger import Ledger
from cases.policy import builtin_policies
from cases.reading import Reading
from ingest.app import Stream, build
from ingest.settings import IngestSettings
from models import envelope
from models.errors import BadRecord
from models.records import StayFact

DEADLINE_S = 40.0


@pytest.fixture(params=["embedded", "kafka"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    with embedded(tmp_path) if request.param == "embedded" else kafka() as running:
        yield running


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path}/ledger.db")
    database.migrate()
    yield database
    database.close()


@asynccontextmanager
async def streaming(server: Server, database: Database, folder: Path) -> AsyncIterator[Stream]:
    policies = builtin_policies()
    settings = IngestSettings(partitions=2, future_s=86_400)
    stream = build(
        settings, server.url, Ledger(database, policies), frozenset(policies), folder, **server.options
    )
    await stream.start()
    try:
        yield stream
    finally:
        await stream.stop()


async def append(stream: Stream, fact: StayFact, seconds: float) -> None:
    said = event(fact, seconds)
    await (await stream.append(said.partitionkey, envelope.encode(said)))


async def until(condition: Callable[[], Any]) -> Any:
    async with asyncio.timeout(DEADLINE_S):
        while not (answer := condition()):
            await asyncio.sleep(0.02)
    return answer


async def test_a_stay_becomes_one_case_and_its_end_closes_it(server, database, tmp_path):
    reading = Reading(database)
    async with streaming(server, database, tmp_path) as stream:
        for fact, seconds in ((began(), 2), (overstayed(), 60), (ended(), 180)):
            await append(stream, fact, seconds)
        (case,) = await until(lambda: [row for row in reading.cases() if row["state"] == "closed"])
    assert case["resolution"] == "left"
    assert reading.totals().observations == 3


async def test_bytes_that_are_no_event_become_a_visible_dead_letter_and_the_stream_goes_on(
    server, database, tmp_path
):
    reading = Reading(database)
    async with streaming(server, database, tmp_path) as stream:
        await (await stream.append("zone", b"\xff\x00 not json"))
        await stream.set_aside("clearway/v1/a/b/observations", b"{}", BadRecord("id", "is missing"))
        await append(stream, overstayed(), 60)
        await until(lambda: len(reading.dead_letters()) == 2 and reading.cases())
    fields = {letter["field"] for letter in reading.dead_letters()}
    assert fields == {"$", "id"}


async def test_what_came_twice_is_applied_once(server, database, tmp_path):
    reading = Reading(database)
    async with streaming(server, database, tmp_path) as stream:
        for _ in range(3):
            await append(stream, overstayed(), 60)
        await append(stream, ended(), 180)
        await until(lambda: reading.totals().cases_closed == 1)
    assert reading.totals().observations == 2
    assert len(reading.cases()) == 1


async def test_a_restart_goes_on_where_the_last_worker_was(server, database, tmp_path):
    reading = Reading(database)
    async with streaming(server, database, tmp_path) as stream:
        await append(stream, overstayed(), 60)
        await until(reading.cases)
    async with streaming(server, database, tmp_path) as stream:
        await append(stream, ended(), 180)
        await until(lambda: reading.totals().cases_closed == 1)
    assert reading.totals().observations == 2
