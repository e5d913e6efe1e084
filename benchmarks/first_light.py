"""The figures of the first light: latency, throughput, looks, kills, and the test run of a fresh clone."""

import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from benchmarks.figures import Figure, quantile
from benchmarks.observations import overstay, stays
from benchmarks.site import Box, Site, until

OVERSTAYS = 200
OVERSTAYS_A_SECOND = 10.0
SUSTAINED_S = 60.0
OFFERED_A_SECOND = 1500.0
"""What the box offers: half as much again as the bar. Everything (publisher, broker, worker) shares the same
cores, so offering without limit would measure the publisher."""
WARM_UP_S = 5.0
KILLS = 20
KILL_STAYS = 1250
PHONE = "+4477009000{:02d}"


def figures() -> Iterator[Figure]:
    """All of them, one after the other."""
    yield from latency()
    yield from throughput()
    yield from looks()
    yield from kills()
    yield from fresh_clone()


def latency() -> Iterator[Figure]:
    """Overstay spooled at the box to SMS accepted by the local provider, through every hop."""
    with tempfile.TemporaryDirectory() as folder:
        plates = [f"浙B{10_000 + number}" for number in range(OVERSTAYS)]
        owners = Path(folder) / "owners.csv"
        lines = [f"{plate},{PHONE.format(number % 100)},en" for number, plate in enumerate(plates)]
        owners.write_text("\n".join(["plate,phone,language", *lines]) + "\n", encoding="utf-8")
        site = Site(Path(folder), {"notifier": {"owners": str(owners)}, "log": {"level": "info"}})
        try:
            site.start("broker")
            site.start("phone", "ingest", "notifier")
            with Box(site).running() as box:
                until(box.link.connected.is_set, what="the box being connected")
                began = time.monotonic()
                for number, plate in enumerate(plates):
                    time.sleep(max(0.0, began + number / OVERSTAYS_A_SECOND - time.monotonic()))
                    said = overstay(number, datetime.now(UTC), plate)
                    box.spool.put([(said.id, said.body)])
                until(
                    lambda: site.reading.totals().notices.get("accepted", 0) == OVERSTAYS,
                    within_s=60,
                    what="every notice being accepted",
                )
            rows = site.reading.notices(limit=OVERSTAYS * 2)
        finally:
            site.close()
    values = [row["latency_s"] for row in rows]
    note = f"{len(values)} overstays, {OVERSTAYS_A_SECOND:g} a second"
    yield Figure("overstay to SMS accepted, p50", quantile(values, 0.5), "s", note=note)
    yield Figure("overstay to SMS accepted, p99", quantile(values, 0.99), "s", 1.0, note=note)


def throughput(seconds: float = SUSTAINED_S) -> Iterator[Figure]:
    """Observations through bridge, log, Faust, dedup and ledger, one worker, on the embedded log."""
    with tempfile.TemporaryDirectory() as folder:
        site = Site(Path(folder))
        try:
            site.start("broker")
            site.start("ingest")
            with Box(site).running() as box:
                until(box.link.connected.is_set, what="the box being connected")
                samples = list(_feed(site, box, seconds))
        finally:
            site.close()
    rates = [samples[i][1] - samples[i - 1][1] for i in range(1, len(samples))]
    spans = [samples[i][0] - samples[i - 1][0] for i in range(1, len(samples))]
    a_second = (samples[-1][1] - samples[0][1]) / (samples[-1][0] - samples[0][0])
    slowest = min(rate / span for rate, span in zip(rates, spans, strict=True))
    third = len(samples) // 3
    early = statistics.median(sample[2] for sample in samples[third : 2 * third])
    late = statistics.median(sample[2] for sample in samples[2 * third :])
    note = f"over {samples[-1][0] - samples[0][0]:.0f} s"
    yield Figure("ingest, observations a second, sustained", a_second, "1/s", 1000, "least", note)
    yield Figure("ingest, slowest five seconds", slowest, "1/s")
    yield Figure("ingest, resident memory at the end", samples[-1][2], "MB")
    yield Figure("ingest, memory last third over middle third", late / early, "ratio", 1.05, note="flat: 1")


def _feed(site: Site, box: Box, seconds: float) -> Iterator[tuple[float, int, float]]:
    """Offer a steady load; (time, observations in the ledger, MB) every five seconds after a warm-up."""
    source = stays(10_000_000)
    began = time.monotonic()
    offered, sampled = 0, began + WARM_UP_S - 5.0
    while True:
        now = time.monotonic()
        due = int((now - began) * OFFERED_A_SECOND) - offered
        if due >= 100:
            box.spool.put([(said.id, said.body) for said in islice(source, due)])
            offered += due
        else:
            time.sleep(0.02)
        if now - sampled >= 5.0:
            sampled = now
            yield now, site.reading.totals().observations, site.rss_mb("ingest")
            if now - began >= seconds + WARM_UP_S:
                return


def looks() -> Iterator[Figure]:
    """Network runs on the street clip at one look a second."""
    data = os.environ.get("CLEARWAY_DATA", "../shared/data")
    if not Path(data, "video/street.mp4").exists():
        print(f"left out: no street clip in {data}; set CLEARWAY_DATA", file=sys.stderr)
        return
    command = [sys.executable, "-m", "clearway", "replay", f"{data}/video/street.mp4", "--json"]
    command += ["--plan", f"{data}/plans/street.toml", "--network", f"{data}/weights/yolo11n-640.onnx"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    summary = json.loads(done.stdout.splitlines()[-1])["summary"]
    yield Figure("network runs on the street clip", summary["network_runs"], "runs", 40)


def kills(count: int = KILLS, stay_count: int = KILL_STAYS, seed: int = 1) -> Iterator[Figure]:
    """kill -9 of the ingest worker at random points while observations flow in."""
    dice = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        site = Site(Path(folder))
        try:
            site.start("broker")
            site.start("ingest")
            with Box(site).running() as box:
                expected = list(stays(stay_count))
                share = len(expected) // (count + 1)
                for turn in range(count + 1):
                    part = expected[turn * share : None if turn == count else (turn + 1) * share]
                    box.spool.put([(said.id, said.body) for said in part])
                    if turn < count:
                        time.sleep(dice.uniform(0.0, 0.4))
                        site.kill("ingest")
                        site.start("ingest")
                until(
                    lambda: site.reading.totals().observations >= len(expected),
                    within_s=180,
                    what="every observation being in the ledger",
                )
            totals = site.reading.totals()
            cases = site.reading.cases(limit=stay_count * 4)
        finally:
            site.close()
    doubled = len(cases) - len({(case["source"], case["zone"], case["dedup_key"]) for case in cases})
    note = f"{count} kills, {len(expected)} observations, seed {seed}"
    yield Figure("observations lost to kills", len(expected) - totals.observations, "", 0, note=note)
    yield Figure("cases lost to kills", stay_count - len(cases) + doubled, "", 0, note=note)
    yield Figure("cases doubled by kills", doubled, "", 0, note=note)


def fresh_clone() -> Iterator[Figure]:
    """`make test` in a fresh clone of what is committed, set-up included."""
    root = Path(__file__).parent.parent
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["git", "clone", "-q", str(root), f"{folder}/clone"], check=True)
        began = time.monotonic()
        done = subprocess.run(
            ["make", "test"], cwd=f"{folder}/clone", stdout=sys.stderr, stderr=sys.stderr, check=False
        )
        minutes = (time.monotonic() - began) / 60
    yield Figure("make test in a fresh clone, exit code", done.returncode, "", 0)
    yield Figure("make test in a fresh clone, with set-up", minutes, "min", 15)
