"""A console as a process, with people who sign in, and browsers to look at it."""

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from cases.people.book import PeopleBook
from cases.people.roles import Role

CHROMIUM = "/usr/bin/chromium"
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
GOOD = "correct horse battery"
RUN = """
import asyncio, json, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[3])
import structlog
from clearway.office_wiring import people
from console.app import Console
from parts_office import reopened_office
from parts_routes import routes_of

async def main(root, settings):
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    office = reopened_office(root, **settings)
    known = people(office.desk._database, office.desk.settings, root)
    console = Console(office.desk, office, known)
    routes = json.dumps(routes_of(console.app))
    await console.serve(stop, started=lambda address: print(json.dumps([address, routes]), flush=True))

structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
asyncio.run(main(Path(sys.argv[1]), json.loads(sys.argv[2])))
"""


def let_people_in(database, *roles: Role) -> None:
    """One person a role, named like it, with the same good password."""
    book = PeopleBook(database)
    for role in roles or Role:
        book.add(
            role.value,
            role,
            GOOD,
            datetime.now(UTC),
            actor="operator:root",
            display=f"{role.value.title()} Li",
            must_change=False,
        )


@contextmanager
def running_desk(root: Path, **settings):
    """A console on the ledger below a folder: its address, its routes, and what it logged."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST")}
    wished = json.dumps({"port": 0, "refresh_s": 0.3, "sign_in": "password"} | settings)
    command = [sys.executable, "-c", RUN, str(root), wished, str(Path(__file__).parent)]
    with (root / "console.log").open("w") as log:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, env=environment)
    line = process.stdout.readline()
    try:
        if not line.startswith("["):
            raise RuntimeError((root / "console.log").read_text())
        address, routes = json.loads(line)
        yield address, json.loads(routes)
    finally:
        process.terminate()
        process.communicate(timeout=20)


def sign_in(page, address: str, name: str, password: str = GOOD, *, path: str = "/") -> None:
    """Sign in as somebody does."""
    page.goto(f"{address}{path}")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def shot(page, name: str) -> None:
    """Keep a picture of a page, where somebody wants to look at it."""
    if folder := os.environ.get("CLEARWAY_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png")
