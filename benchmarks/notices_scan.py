"""Every table, log, event, metric and page, searched for the telephone numbers that were seeded."""

import re
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
from sqlalchemy import inspect, text

from benchmarks.figures import Figure
from benchmarks.notices_street import FAULTS, HURRIED, Street, street
from clearway.roles import status_port

VEHICLES = 200
ROLES = ("phone", "public", "notifier", "console")
PAGES = ("/", "/api/summary", "/api/cases", "/api/notices", "/api/devices", "/api/deadletters")
SHOWN = 20
"""Cases whose own pages are looked at."""
LINK = re.compile(r"https?://[0-9A-Za-z.:/_-]+/c/[0-9A-Za-z]+")
DIGITS = rb"13800000[0-9]{3}"
"""Each number of `NUMBER` below 1,000, without its country code."""
MAY_HOLD = frozenset({"owners.csv", "phone.db", "phone.db-wal", "phone.db-shm"})
"""The registry, and the provider's own memory."""


def scan() -> Iterator[Figure]:
    """As figures."""
    with tempfile.TemporaryDirectory() as folder:
        found, searched = leaks(Path(folder), VEHICLES)
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(searched.items()) if kind != "control")
    note = f"{VEHICLES} numbers, every process at debug level, faults; searched {kinds}"
    where = f" in {', '.join(sorted(found))}" if found else ""
    yield Figure(
        "telephone numbers outside registry and provider", len(found), "places", 0, note=note + where
    )
    note = "numbers found where they belong, else the search proves nothing"
    yield Figure(
        "telephone numbers in registry and provider", searched["control"], "", VEHICLES, "least", note
    )


def leaks(folder: Path, vehicles: int) -> tuple[set[str], Counter[str]]:
    """Where numbers stand that should not, and how much was searched of what kind."""
    found: set[str] = set()
    searched: Counter[str] = Counter()

    def look(kind: str, where: str, content: bytes) -> None:
        searched[kind] += 1
        if numbers_in(content):
            found.add(where)

    with street(folder, vehicles, settings=HURRIED, faults=FAULTS, log_level="debug") as place:
        place.site.start(*ROLES)
        for first in range(0, vehicles, 20):
            place.arrive(range(first, first + 20))
        place.until_quiet(within_s=90)
        for vehicle in range(0, vehicles, 4):
            place.leave(vehicle)
        place.until_quiet(within_s=90)
        for kind, where, content in (*_tables(place), *_answers(place), *_pages(place)):
            look(kind, where, content)
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            kind = "logs" if path.parent.name == "logs" else "files"
            content = path.read_bytes()
            if path.name in MAY_HOLD:
                searched["control"] += len(set(numbers_in(content)))
            else:
                look(kind, str(path.relative_to(folder)), content)
    return found, searched


def numbers_in(content: bytes) -> list[bytes]:
    """Seeded numbers, however they are written: with or without country code, or in groups."""
    return re.findall(DIGITS, re.sub(rb"%20|[ ()\x00-]", b"", content))


def _tables(place: Street) -> Iterator[tuple[str, str, bytes]]:
    with place.site.database.read() as connection:
        for table in inspect(connection).get_table_names():
            for number, row in enumerate(connection.execute(text(f'SELECT * FROM "{table}"')).all()):  # noqa: S608
                yield "rows of tables", f"table {table}, row {number}", repr(tuple(row)).encode()


def _answers(place: Street) -> Iterator[tuple[str, str, bytes]]:
    with httpx.Client(timeout=10, trust_env=False) as client:
        for role in ROLES:
            port = status_port(place.site.settings.status.base_port, role)
            for path in ("/status", "/metrics"):
                yield (
                    "status and metrics",
                    f"{role}{path}",
                    client.get(f"http://127.0.0.1:{port}{path}").content,
                )


def _pages(place: Street) -> Iterator[tuple[str, str, bytes]]:
    settings = place.site.settings
    desk = f"http://127.0.0.1:{settings.console.port}"
    cases = list(place.cases().values())[:SHOWN]
    own = [path for case in cases for path in (f"/api/cases/{case}", f"/cases/{case}")]
    addresses = [f"{desk}{path}" for path in (*PAGES, *own)]
    addresses += [settings.sms.base_url + path for path in ("/", "/phone")]
    for one in place.sent()[:SHOWN]:
        addresses += LINK.findall(one.body)
    with httpx.Client(timeout=20, trust_env=False, follow_redirects=True) as client:
        for address in addresses:
            answer = client.get(address)
            answer.raise_for_status()
            yield "pages", address, answer.content
