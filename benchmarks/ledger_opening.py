"""How fast cases open: the real ledger, one writer, every transaction on the disk."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from benchmarks.figures import Figure
from benchmarks.ledger_city import MONDAY, CityRouter, Incident, city
from benchmarks.ledger_seed import arrival
from cases.arrivals import Arrival
from cases.database import Database
from cases.ledger import Ledger
from cases.policy import builtin_policies
from cases.record import SignalKind
from clearway.roles import collect_rarely
from ingest.applier import MAX_BATCH

BAR = 800.0
BATCH = MAX_BATCH
"""As many as the stream applies at once."""
OPENED = 10_000
ALONE = 300


def opening(database: Database) -> Iterator[Figure]:
    """Cases a second, in batches and, as the baseline, one in a transaction.

    Args:
        database: with room for some thousand more cases.
    """
    collect_rarely()
    ledger = Ledger(database, builtin_policies(), CityRouter(city()))
    number = time.time_ns() // 1_000_000
    alone_s = _apply(ledger, arrivals(number, ALONE), 1)
    took_s = _apply(ledger, arrivals(number + ALONE, OPENED), BATCH)
    kind = "SQLite WAL, synchronous=FULL" if database.is_sqlite else "PostgreSQL"
    yield Figure("cases opened, one in a transaction", ALONE / alone_s, "1/s", note=f"{kind}; baseline")
    note = f"{kind}; {OPENED} cases, {BATCH} in a transaction, each with audit, outbox, steps and deadlines"
    yield Figure("cases opened, in batches", OPENED / took_s, "1/s", BAR, "least", note)


def arrivals(first: int, count: int) -> list[Arrival]:
    """Overstays that have just become true, spread over all cameras."""
    spots, now = city(), datetime.now(UTC)
    found = []
    for place, number in enumerate(range(first, first + count)):
        # Half a second apart, so that no camera's burst is taken for a storm.
        at = now - timedelta(seconds=(count - place) / 2)
        incident = Incident(
            number=number,
            spot=spots[number % len(spots)],
            at=MONDAY + timedelta(milliseconds=number % 1_000_000_000),
            ends_s=None,
            resolution=None,
            plate=f"浙C{number % 100_000:05d}",
            delay_s=0,
        )
        found.append(arrival(SignalKind.OBSERVED, incident, at))
    return found


def _apply(ledger: Ledger, found: list[Arrival], batch: int) -> float:
    began = time.perf_counter()
    for first in range(0, len(found), batch):
        applied = ledger.apply(found[first : first + batch], datetime.now(UTC))
        assert all(one.case_id is not None for one in applied)
    return time.perf_counter() - began
