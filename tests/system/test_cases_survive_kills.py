"""A real process is killed hard while it writes the ledger, again and again: nothing is lost or doubled."""

import os
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

from cases_parts import new_ledger, rows
from parts_ledger import ledger_at

from cases.tables import audit, cases, commands, deadlines, outbox, steps

COUNT = 25
TESTS = Path(__file__).parents[1]


def child(folder):
    environment = os.environ | {"PYTHONPATH": f"{TESTS}:{TESTS.parent}"}
    return subprocess.Popen(
        [sys.executable, str(TESTS / "ledger_kill_child.py"), str(folder), str(COUNT)],
        stdout=subprocess.PIPE,
        env=environment,
        text=True,
    )


def whole(folder):
    """What the ledger holds, but for the order in which it was written."""
    with new_ledger(folder) as database:
        found = {
            table.name: rows(database, table) for table in (cases, audit, outbox, steps, deadlines, commands)
        }
    said = Counter((row["case_id"], row["type"]) for row in found["outbox"])
    assert said == Counter((row["case_id"], f"clearway.case.{row['what']}.v1") for row in found["audit"])
    return (
        sorted((row["id"], row["state"], row["resolution"], row["incidents"]) for row in found["cases"]),
        said,
        Counter((row["case_id"], row["step"], row["outcome"]) for row in found["steps"]),
        Counter((row["case_id"], row["name"], row["outcome"]) for row in found["deadlines"]),
        sorted(row["key"] for row in found["commands"]),
    )


def test_a_ledger_killed_again_and_again_holds_what_an_undisturbed_one_holds(tmp_path):
    dice = random.Random(5)
    calm, rough = tmp_path / "calm", tmp_path / "rough"
    for folder in (calm, rough):
        folder.mkdir()
        ledger_at(folder / "ledger.db").close()
    undisturbed = child(calm)
    assert undisturbed.communicate(timeout=120)[0].split()[-1] == str(COUNT - 1)
    kills = 0
    for turn in range(7):
        process = child(rough)
        for _ in range(dice.randrange(1, 3) + turn):
            if not process.stdout.readline():
                break
        process.kill()
        kills += process.wait() != 0
        process.stdout.close()
    process = child(rough)
    process.communicate(timeout=120)
    assert process.returncode == 0
    assert kills > 4
    assert whole(rough) == whole(calm)
