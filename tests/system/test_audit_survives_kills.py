"""Killed before any statement of any writer of the audit: its chain is whole, and the work can go on."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from parts_trail import new_database, problems
from proof_kill_child import WORK
from sqlalchemy import func, select

from cases.tables import cases
from cases.trail.tables import trail_gate

TESTS = Path(__file__).resolve().parent.parent


def counted(database, table):
    with database.read() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


@pytest.mark.parametrize("what", sorted(WORK))
def test_a_kill_before_any_statement_leaves_the_chain_whole(tmp_path, what):
    child = subprocess.run(
        [sys.executable, str(TESTS / "proof_kill_child.py"), str(tmp_path), what],
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
        env={"PYTHONPATH": f"{TESTS}:{TESTS.parent}", "PATH": "/usr/bin:/bin"},
    )
    lines = [line.split() for line in child.stdout.splitlines()]
    assert lines, child.stderr
    assert lines[-1][1] == "done", child.stderr
    assert len(lines) > 5
    database, found = new_database(tmp_path / "look.db"), set()
    for number, _ in lines:
        with (
            closing(sqlite3.connect(tmp_path / f"{number}.db")) as left,
            closing(sqlite3.connect(tmp_path / "look.db")) as looked_at,
        ):
            left.backup(looked_at)
        assert problems(database) == [], f"killed at statement {number}"
        assert counted(database, trail_gate) == 0
        WORK[what](database)
        assert problems(database) == [], f"killed at statement {number}, and done again"
        found.add(counted(database, cases))
    database.close()
    assert len(found) == 1, "nothing is lost, and nothing there twice"
