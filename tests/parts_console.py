"""A console as a process of its own, with an office behind it, and how a browser is started."""

import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

CHROMIUM = "/usr/bin/chromium"
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
HOSTILE = '<script>document.title = "owned"</script><img src=x onerror="document.title=\'owned\'">'
RUN = """
import asyncio, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
import structlog
from parts_office import reopened_office
from clearway.office_wiring import people
from console.app import Console

async def main(root):
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    entry = {"sign_in": "header", "operator_header": "X-Forwarded-User"}
    office = reopened_office(root, port=0, refresh_s=0.3, **entry)
    known = people(office.desk._database, office.desk.settings, root)
    await Console(office.desk, office, known).serve(stop, started=lambda address: print(address, flush=True))

structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
asyncio.run(main(Path(sys.argv[1])))
"""


@contextmanager
def running_console(office):
    """The address of a console on an office's ledger."""
    root = Path(office.desk._database.engine.url.database).parent
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST")}
    command = [sys.executable, "-c", RUN, str(root), str(Path(__file__).parent)]
    with (root / "console.log").open("w") as log:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, env=environment)
    url = process.stdout.readline().strip()
    if not url.startswith("http"):
        process.kill()
        process.communicate()
        raise RuntimeError((root / "console.log").read_text())
    try:
        yield url
    finally:
        process.terminate()
        process.communicate(timeout=20)
