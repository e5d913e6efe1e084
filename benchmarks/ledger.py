"""The ledger's benchmark: a million cases, and what is asked of them.

    python -m benchmarks ledger [--only PART] [--cases N] [--url URL] [--json]

The ledger is made at the first run (minutes and gigabytes for a million cases; try `--cases 20000`) and kept
in the user's cache. With `--url` an empty PostgreSQL database is filled and measured instead.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select

from benchmarks.figures import Figure, show
from benchmarks.ledger_build import fill, folder, ledger_file
from benchmarks.ledger_deadlines import pending
from benchmarks.ledger_opening import opening
from benchmarks.ledger_reads import case, close_by, lists
from cases.database import Database
from cases.tables import cases
from clearway.settings import variable

MILLION = 1_000_000

READS: dict[str, Callable[[Database], Iterator[Figure]]] = {"list": lists, "case": case, "near": close_by}
WRITES: dict[str, Callable[[Database], Iterator[Figure]]] = {"opening": opening, "deadlines": pending}
PARTS = (*READS, "report", *WRITES)


def main(arguments: Sequence[str]) -> int:
    """Run the benchmark; 0 when every bar was reached."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks ledger", description=__doc__)
    parser.add_argument("--only", action="append", choices=PARTS, help="a part; may be repeated")
    parser.add_argument(
        "--cases", type=int, default=MILLION, help="how many stand in the ledger that is read"
    )
    parser.add_argument("--url", help="an empty database to fill, or one that was filled before")
    parser.add_argument("--json", action="store_true", help="one JSON line each")
    given = parser.parse_args(arguments)
    wanted = given.only or PARTS
    return 0 if show(_figures(wanted, given.cases, given.url), as_json=given.json) else 1


def _figures(wanted: Sequence[str], count: int, url: str | None) -> Iterator[Figure]:
    if set(wanted) & {*READS, "report"}:
        big = _filled(url, count) if url else f"sqlite:///{ledger_file(count)}"
        with closing(Database(big)) as database:
            yield _size(database, big)
            for name in wanted:
                if name in READS:
                    yield from READS[name](database)
        if "report" in wanted:
            yield from _report(big)
    for name in wanted:
        if name in WRITES:
            yield from _written(WRITES[name], url)


def _written(part: Callable[[Database], Iterator[Figure]], url: str | None) -> Iterator[Figure]:
    """On a ledger of its own that is thrown away; on PostgreSQL beside the cases that are there."""
    if url:
        with closing(Database(url)) as database:
            database.migrate()
            yield from part(database)
        return
    folder().mkdir(parents=True, exist_ok=True)
    # On the disk where ledgers are kept: a temporary folder may be memory.
    with (
        tempfile.TemporaryDirectory(dir=folder()) as own,
        closing(Database(f"sqlite:///{own}/l.db")) as database,
    ):
        database.migrate()
        yield from part(database)


def _filled(url: str, count: int) -> str:
    with closing(Database(url)) as database:
        database.migrate()
        with database.read() as connection:
            there = connection.execute(select(func.count()).select_from(cases)).scalar_one()
    if not there:
        fill(url, count)
    return url


def _size(database: Database, url: str) -> Figure:
    with database.read() as connection:
        count = connection.execute(select(func.count()).select_from(cases)).scalar_one()
    file = Path(url.removeprefix("sqlite:///"))
    note = f"{file.stat().st_size / 1e9:.1f} GB" if database.is_sqlite else "PostgreSQL"
    return Figure("cases in the ledger", count, "", note=note)


def _report(url: str) -> Iterator[Figure]:
    """The report of all there is, and of one week, as the command makes them.

    Memory is what they take beyond the report of a day on which nothing happened.
    """
    with closing(Database(url)) as database, database.read() as connection:
        ends = select(func.min(cases.c.opened_at), func.max(cases.c.opened_at))
        first, last = connection.execute(ends).one()
    day = timedelta(days=1)
    _, _, _, own_mib = _report_of(url, first - 2 * day, first - 2 * day)
    for name, since in (("all cases", first), ("one week", last - 6 * day)):
        opened, took_s, worked_s, most_mib = _report_of(url, since, last)
        note = f"{opened} cases, start of the program included; {took_s:.1f} s by the wall"
        yield Figure(f"report of {name}, processor", worked_s, "s", note=note)
        note = f"beyond {own_mib:.0f} MiB of the program's own"
        yield Figure(f"report of {name}, memory at the most", most_mib - own_mib, "MiB", note=note)


def _report_of(url: str, since: datetime, until: datetime) -> tuple[int, float, float, float]:
    """One report: how many cases it is of, seconds by the wall and of processor, memory at the most (MiB)."""
    days = ("--from", f"{since:%Y-%m-%d}", "--to", f"{until:%Y-%m-%d}")
    command = [sys.executable, "-m", "clearway", "report", *days, "--json"]
    began = time.perf_counter()
    with (
        tempfile.TemporaryFile() as said,
        subprocess.Popen(command, stdout=said, env=os.environ | {variable("ledger.url"): url}) as child,
    ):
        _, status, used = os.wait4(child.pid, 0)
        took_s = time.perf_counter() - began
        child.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        opened = json.load(said)["totals"]["opened"]
    assert child.returncode == 0
    return opened, took_s, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024
