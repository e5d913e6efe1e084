"""From a case's opening to the request at the provider, at twenty notices a second."""

import os
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.figures import Figure, quantile
from benchmarks.notices_street import street
from benchmarks.site import until

NOTICES, A_SECOND = 1200, 20.0
BAR_S = 0.3
WARM_UP = 20
"""Vehicles before the first that counts: a new process loads its parts at first use."""


def latency() -> Iterator[Figure]:
    """As figures."""
    with tempfile.TemporaryDirectory() as folder:
        before = os.getloadavg()[0]
        values, within_s = at_a_rate(Path(folder), NOTICES, A_SECOND)
        load = f"load {before:.1f} before, {os.getloadavg()[0]:.1f} after, {os.cpu_count()} cores"
    note = f"{len(values)} notices, {A_SECOND:g} a second over {within_s:.0f} s; {load}"
    yield Figure("case opened to request at the provider, p50", quantile(values, 0.5), "s", note=note)
    yield Figure("case opened to request at the provider, p99", quantile(values, 0.99), "s", BAR_S, note=note)
    yield Figure("case opened to request at the provider, most", max(values), "s", note=note)


def at_a_rate(folder: Path, notices: int, a_second: float) -> tuple[list[float], float]:
    """Seconds from each opening to its request, and how long the run took.

    The clock starts before the transaction that opens the case, and stops when the provider keeps it.
    """
    with street(folder, notices + WARM_UP) as place:
        place.site.start("phone", "public", "notifier")
        place.arrive(range(notices, notices + WARM_UP))
        until(lambda: len(place.sent()) == WARM_UP, within_s=120, what="the warm-up")
        opened: list[datetime] = []
        began = time.monotonic()
        for index in range(notices):
            time.sleep(max(0.0, began + index / a_second - time.monotonic()))
            opened.append(datetime.now(UTC))
            place.arrive([index])
        took_s = time.monotonic() - began
        until(lambda: len(place.sent()) == notices + WARM_UP, within_s=600, what="every notice being sent")
        asked = {one.vehicle: one.at for one in place.sent()}
    return [(asked[index] - opened[index]).total_seconds() for index in range(notices)], took_s
