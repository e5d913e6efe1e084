"""Writers that are killed at their n-th statement, for each n. Usage: proof_kill_child.py FOLDER WHAT

Prints one line a kill, `n killed` or `n done`; it forks, so that no child has to import anything.
"""

import os
import shutil
import signal
import sqlite3
import sys
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from factories import at
from parts_proof import case_of
from parts_trail import DAY_S, ended, entry, new_database, noted, opened
from sqlalchemy import event

from cases.database import Database
from cases.evidence.blobs import MemoryBlobStore
from cases.retention import RetentionSettings
from cases.retention.purge import purge
from cases.rights import Request, erase
from cases.trail.seal import seal_days


def write(database: Database) -> None:
    """Open two cases, end an older one."""
    opened(database, 2, 100, first=50)
    ended(database, 1, 100)


def seal(database: Database) -> None:
    """Seal two days."""
    seal_days(database, at(2 * DAY_S))


def purge_all(database: Database) -> None:
    """Purge all there is of a case."""
    purge(database, RetentionSettings(), MemoryBlobStore(), at(0) + timedelta(days=3000))


def erase_one(database: Database) -> None:
    """Erase one plate."""
    request = Request(plate="浙B00000", actor="a", purpose="p", now=at(900))
    erase(database, MemoryBlobStore(), request)


WORK = {"write": write, "seal": seal, "purge": purge_all, "erase": erase_one}


def begin(path: Path) -> None:
    database = new_database(path)
    opened(database, 2, first=1)
    case_of(database, 0, seconds=10)
    noted(database, [entry(DAY_S)])
    database.close()


def main(folder: str, what: str) -> None:
    original, path = Path(folder) / "original.db", Path(folder) / "ledger.db"
    begin(original)
    with closing(sqlite3.connect(original)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database = Database(f"sqlite:///{path}")
    restore(original, path)
    WORK[what](database)  # once without harm: every statement is compiled before the first fork
    database.close()
    for number in range(1, 10_000):
        restore(original, path)
        child = os.fork()
        if child == 0:
            dies_at(database, number, what)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        with (
            closing(sqlite3.connect(path)) as found,
            closing(sqlite3.connect(f"{folder}/{number}.db")) as kept,
        ):
            found.backup(kept)
        killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        sys.stdout.write(f"{number} {'killed' if killed else 'done' if status == 0 else 'failed'}\n")
        sys.stdout.flush()
        if not killed:
            return


def restore(original: Path, path: Path) -> None:
    for rest in path.parent.glob(f"{path.name}*"):
        rest.unlink()
    shutil.copy(original, path)


def dies_at(database: Database, number: int, what: str) -> None:
    """Work until the statement before which this process is killed; commits count as one."""
    left = number

    def one_more(*_: object) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(database.engine, "before_cursor_execute", one_more)
    event.listen(database.engine, "commit", one_more)
    WORK[what](database)


if __name__ == "__main__":
    main(*sys.argv[1:])
