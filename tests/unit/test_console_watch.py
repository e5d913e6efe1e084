"""One reading for all open pages."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from threading import Event

import pytest
from parts_ledger import ledger_at

from cases.evidence.blobs import MemoryBlobStore
from cases.live import LiveBoard
from console.desk import Desk, Snapshot
from console.settings import ConsoleSettings
from console.watch import Watch


class CountingDesk(Desk):
    """A desk that counts its readings, and can be held."""

    readings = 0
    go_on = Event()

    def take(self, before: Snapshot | None = None) -> Snapshot:
        self.readings += 1
        assert self.go_on.wait(20)
        return replace(super().take(before), at=datetime.now(UTC))


@pytest.fixture
def desk(tmp_path):
    database = ledger_at(tmp_path / "ledger.db")
    found = CountingDesk(database, LiveBoard(tmp_path), MemoryBlobStore(), ConsoleSettings(refresh_s=60))
    found.go_on.set()
    yield found
    found.go_on.set()
    database.close()


async def test_many_pages_share_one_reading(desk):
    watch = Watch(desk)
    shown = await asyncio.gather(*(watch.latest() for _ in range(5)))
    assert desk.readings == 1
    assert len({id(snapshot) for snapshot in shown}) == 1
    assert shown[0].problem == ""


async def test_nothing_is_read_while_nobody_looks(desk):
    assert Watch(desk).last is None
    assert desk.readings == 0


async def test_a_ledger_that_hangs_is_said_and_asked_once_only(desk):
    desk.go_on.clear()
    watch = Watch(desk, patience_s=0.05)
    for _ in range(3):
        assert "has not answered" in (await watch.latest()).problem
    assert desk.readings == 1
    desk.go_on.set()
    patient = Watch(desk)
    assert (await patient.latest()).problem == ""
