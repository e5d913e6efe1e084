"""A PostgreSQL server of a test's own."""

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

HOMES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda home: int(home.parent.name))
"""Where Debian and its kin put the servers."""


@contextlib.contextmanager
def running_postgres() -> Iterator[str]:
    """A server on a free port of the loopback; its URL. Skips where there is none."""
    if not HOMES:
        pytest.skip("no PostgreSQL on this machine: apt install postgresql")
    binaries, user = HOMES[-1], pwd.getpwuid(os.getuid()).pw_name
    if os.getuid() == 0:  # which the server refuses to be
        user = "postgres"
    # Not below pytest's folder: its socket's path must be short, its parents passable for another user.
    home = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    other = {"user": user} if os.getuid() == 0 else {}
    if other:
        shutil.chown(home, user)
    data, port = home / "data", free_port()

    def run(program: str, *arguments: str | Path, check: bool = True) -> None:
        quiet = subprocess.DEVNULL
        command = [binaries / program, "-D", data, *arguments]
        subprocess.run(command, stdout=quiet, stderr=quiet, cwd=home, check=check, **other)

    try:
        run("initdb", "-A", "trust", "-U", "clearway", "-E", "UTF8", "--no-locale", "--no-sync")
        # Nothing is lost that matters when this machine loses its power.
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={home} -c fsync=off"
        run("pg_ctl", "-w", "-l", home / "log", "-o", options, "start")
        yield f"postgresql+psycopg://clearway@127.0.0.1:{port}/postgres"
    finally:
        run("pg_ctl", "-m", "immediate", "stop", check=False)
        shutil.rmtree(home, ignore_errors=True)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
