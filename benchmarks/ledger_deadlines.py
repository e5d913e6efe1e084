"""What a hundred thousand pending deadlines cost, and how late one fires: the clock in its own process."""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, insert, select

from benchmarks.figures import Figure
from benchmarks.ledger_opening import BATCH, arrivals
from cases.database import Database
from cases.ledger import Ledger
from cases.policy import builtin_policies
from cases.tables import cases, deadlines
from ingest.app import CLOSE_UNSEEN_EVERY_S, LOOK_AT_CLOCK_EVERY_S

PENDING = 100_000
CASES = 2_000
FIRING = 200
REST_S = 30.0
FIRING_S = 20.0
SETTLE_S = 5.0


def pending(database: Database) -> Iterator[Figure]:
    """Processor time at rest, then how late deadlines are that fall due one after the other.

    Args:
        database: with room for some more cases and deadlines.
    """
    _lay_out(database)
    url = database.engine.url.render_as_string(hide_password=False)
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.ledger_deadlines", url], stdout=subprocess.PIPE, text=True
    ) as child:
        said, _ = child.communicate()
    assert child.returncode == 0
    found = json.loads(said.splitlines()[-1])
    with database.read() as connection:
        waiting = connection.execute(
            select(func.count()).select_from(deadlines).where(deadlines.c.done_at.is_(None))
        ).scalar_one()
    note = f"{waiting} pending, looked at every {LOOK_AT_CLOCK_EVERY_S:g} s, {REST_S:g} s"
    yield Figure("pending deadlines, processor at rest", found["rest"] * 100, "% of a core", 1.0, note=note)
    note = f"{found['fired']} in {FIRING_S:g} s, committed; p50 {found['p50_s']:.2f} s"
    yield Figure("a deadline fires late by at most", found["longest_s"], "s", 1.0, note=note)
    yield Figure("deadlines that did not fire", FIRING - found["fired"], "", 0)


def _lay_out(database: Database) -> None:
    """Open cases, let what is due at once be over, and put the deadlines under them."""
    ledger = Ledger(database, builtin_policies())
    found = arrivals(time.time_ns() // 1_000_000, CASES)
    for first in range(0, CASES, BATCH):
        ledger.apply(found[first : first + BATCH], datetime.now(UTC))
    while ledger.run_due(datetime.now(UTC) + timedelta(minutes=10)):
        pass
    now = datetime.now(UTC)
    with database.write() as connection:
        ids = (
            connection.execute(select(cases.c.id).order_by(cases.c.number.desc()).limit(CASES))
            .scalars()
            .all()
        )
        rows = [
            {
                "case_id": ids[number % len(ids)],
                "name": "close",
                "unit": "fire-brigade",
                "area_path": "",
                "began_at": now,
                "due_at": now + timedelta(days=1, seconds=number),
            }
            for number in range(PENDING)
        ]
        connection.execute(insert(deadlines), rows)


def _fire_soon(database: Database) -> None:
    soon = datetime.now(UTC) + timedelta(seconds=2)
    with database.write() as connection:
        ids = (
            connection.execute(select(cases.c.id).order_by(cases.c.number.desc()).limit(FIRING))
            .scalars()
            .all()
        )
        row = {"name": "soon", "unit": "fire-brigade", "area_path": "", "began_at": soon}
        rows = [
            row | {"case_id": case_id, "due_at": soon + timedelta(seconds=FIRING_S * place / FIRING)}
            for place, case_id in enumerate(ids)
        ]
        connection.execute(insert(deadlines), rows)


class _Clock:
    """What the stream's worker does because time passes (`ingest.app`)."""

    def __init__(self, url: str) -> None:
        self.database = Database(url)
        self._ledger = Ledger(self.database, builtin_policies())
        self.late_s: list[float] = []

    async def run(self, seconds: float) -> None:
        """Keep time for a while."""
        until = time.monotonic() + seconds
        unseen_at = 0.0
        while time.monotonic() < until:
            if time.monotonic() >= unseen_at:
                await asyncio.to_thread(self._ledger.close_unseen, datetime.now(UTC))
                unseen_at = time.monotonic() + CLOSE_UNSEEN_EVERY_S
            now = datetime.now(UTC)
            while await asyncio.to_thread(self._ledger.run_due, now):
                self._fired(now)
                now = datetime.now(UTC)
            await asyncio.sleep(LOOK_AT_CLOCK_EVERY_S)

    def _fired(self, now: datetime) -> None:
        committed = datetime.now(UTC)
        with self.database.read() as connection:
            query = select(deadlines.c.due_at).where(deadlines.c.name == "soon", deadlines.c.done_at == now)
            self.late_s += [(committed - at).total_seconds() for at in connection.execute(query).scalars()]


def _child(url: str) -> None:
    clock = _Clock(url)
    asyncio.run(clock.run(SETTLE_S))
    cpu, began = time.process_time(), time.monotonic()
    asyncio.run(clock.run(REST_S))
    rest = (time.process_time() - cpu) / (time.monotonic() - began)
    _fire_soon(clock.database)
    asyncio.run(clock.run(FIRING_S + SETTLE_S))
    late = sorted(clock.late_s)
    print(
        json.dumps({"rest": rest, "fired": len(late), "longest_s": late[-1], "p50_s": late[len(late) // 2]}),
        flush=True,
    )


if __name__ == "__main__":
    _child(sys.argv[1])
