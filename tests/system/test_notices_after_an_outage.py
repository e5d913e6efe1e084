"""The provider is away for an hour: what has piled up drains at the rate, and only what is still true."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import factories
import pytest
from notifier_parts import HURRIED, ONE_STEP, new_ledger, number, owners, plate, settings
from sqlalchemy import event, select

from cases.database import Database
from cases.ledger import Ledger
from cases.life import Resolution, SignalKind
from cases.notices.book import NoticeBook
from cases.tables import cases, notices, steps
from models.errors import ClearwayError, DeliveryDelayed
from notifier.dispatcher import Dispatcher
from notifier.owners import OwnerRegistry
from notifier.pace import PaceSettings
from notifier.senders.seam import MemorySender

BEGAN = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
OUTAGE = timedelta(hours=1)
MANY = 2_000
PER_S = 20.0
URGENT = ONE_STEP.model_copy(update={"name": "urgent", "urgent": True})
POLICIES = {"one-step": ONE_STEP, "urgent": URGENT}


class Clock:
    """Wall-clock time that passes when it is told to."""

    def __init__(self) -> None:
        self.now = BEGAN

    def __call__(self) -> datetime:
        return self.now

    def pass_s(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class Away:
    """A provider that cannot be reached until it is back, and the times at which it was asked."""

    def __init__(self, clock: Clock, *, back_at: datetime) -> None:
        self._clock = clock
        self._back_at = back_at
        self.asked: list[datetime] = []
        self.taken: list[tuple[datetime, str]] = []

    def __call__(self, phone, _body: str) -> ClearwayError | None:
        self.asked.append(self._clock.now)
        if self._clock.now < self._back_at:
            return DeliveryDelayed("the provider cannot be reached")
        self.taken.append((self._clock.now, phone.reveal()))
        return None


def signals(kind: SignalKind, indexes: range, at: datetime, policy: str = "one-step", **changes: object):
    return [
        factories.arrival(
            kind,
            event_id=f"{kind.value}-{index}-{at.timestamp()}",
            origin_id=f"stay-{index}",
            dedup_key=f"north-gate/fire-lane-1/{index}",
            policy=policy,
            at=at,
            recorded_at=at,
            plate=factories.plate(plate(index)),
            spot_xy=(index % 100 / 100, index // 100 / 100),
            **changes,
        )
        for index in indexes
    ]


def apply(database: Database, arrivals: list, at: datetime) -> None:
    for first in range(0, len(arrivals), 200):
        Ledger(database, POLICIES).apply(arrivals[first : first + 200], at)


class Run:
    """A dispatcher whose time is told: each beat is one look for work and all that comes of it."""

    def __init__(
        self, database: Database, registry: OwnerRegistry, sender: MemorySender, clock: Clock
    ) -> None:
        pace = PaceSettings(per_s=PER_S, burst=20, trial_s=10, trouble_after=5)
        chosen = settings(pace=pace, retry=HURRIED.model_copy(update={"first_s": 1.0, "most_s": 60.0}))
        self._clock = clock
        self.dispatcher = Dispatcher(
            NoticeBook(database), registry, sender, chosen, clock=clock, chance=lambda: 0.5
        )

    async def beat(self, seconds: float) -> None:
        self._clock.pass_s(seconds)
        await self.dispatcher.turn()

    async def until(self, holds: Callable[[], bool], beat_s: float, most: int) -> None:
        for _ in range(most):
            if holds():
                return
            await self.beat(beat_s)
        raise AssertionError("it takes too long")


async def test_after_an_hour_2000_notices_drain_at_the_rate_and_only_what_is_true(tmp_path):
    clock = Clock()
    back = Away(clock, back_at=BEGAN + OUTAGE)
    with new_ledger(tmp_path / "ledger.db") as database:
        event.listen(database.engine, "connect", without_fsync)
        database.engine.dispose()
        apply(database, signals(SignalKind.OBSERVED, range(MANY), BEGAN), BEGAN)
        run = Run(database, owners(MANY), MemorySender(before=back), clock)
        await run.until(lambda: clock.now >= BEGAN + OUTAGE, 30.0, 200)
        assert not back.taken
        tried = len(back.asked)
        assert tried <= 150, "while it is away it is tried out, not stormed"
        assert run.dispatcher.status()["trouble"] == "the provider cannot be reached"
        # Meanwhile half have left, some are out of sight, and of all others the camera says they still stand.
        now = clock.now
        gone, lost, stays = range(1_000), range(1_000, 1_200), range(1_200, MANY)
        apply(database, signals(SignalKind.ENDED, gone, now, resolution=Resolution.LEFT), now)
        apply(database, signals(SignalKind.ENDED, lost, now), now)
        apply(database, signals(SignalKind.CONTINUES, stays, now), now)
        stand = {number(index) for index in stays}
        confirmed = clock.now

        def drained() -> bool:
            nonlocal confirmed
            if clock.now - confirmed > timedelta(seconds=60):
                confirmed = clock.now
                apply(database, signals(SignalKind.CONTINUES, stays, clock.now), clock.now)
            return len(back.taken) == len(stand)

        await run.until(drained, 0.2, 1_000)
        assert {who for _, who in back.taken} == stand
        assert len(back.taken) == len(stand), "nobody is told twice"
        for count, (at, _) in enumerate(back.taken, start=1):
            since_s = (at - BEGAN - OUTAGE).total_seconds()
            assert count <= PER_S * since_s + 1, "what had piled up drains at the rate, from nothing saved up"
        took_s = (back.taken[-1][0] - back.taken[0][0]).total_seconds()
        assert took_s == pytest.approx(len(stand) / PER_S, rel=0.15)
        await run.until(lambda: not_told(database) == len(gone), 0.2, 200)
        assert all(said_of_lost(database, plate(index)) for index in lost)


def without_fsync(connection, _) -> None:
    """Nobody pulls the plug here, and two thousand notices are many waits for a disk."""
    connection.execute("PRAGMA synchronous=OFF")


def reading(database: Database, table) -> list[dict]:
    with database.read() as connection:
        return [dict(row) for row in connection.execute(select(table)).mappings()]


def not_told(database: Database) -> int:
    """Those who left: their steps ended with the case, or what was written of them was withheld."""
    ended = sum(row["outcome"] == "the case was closed" for row in reading(database, steps))
    return ended + sum(row["state"] == "withheld" for row in reading(database, notices))


def said_of_lost(database: Database, text: str) -> bool:
    """Of whom nobody can say whether they left: the step waits, and says so."""
    with database.read() as connection:
        query = (
            select(steps.c.outcome, steps.c.done_at).join_from(steps, cases).where(cases.c.plate_text == text)
        )
        (row,) = connection.execute(query).all()
    return row.done_at is not None or "out of sight" in row.outcome
