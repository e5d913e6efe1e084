"""The promise of the intent row: whatever dies in between, each owner gets one message."""

import os
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from notifier_parts import new_ledger, number, overstay_many, running_phone, wait_until

from cases.reading import Reading
from notifier.phone.faults import PhoneFaults

CHILD = Path(__file__).parents[1] / "notifier_child.py"
ROOT = Path(__file__).parents[2]
COUNT = 150
KILLS = 6


@contextmanager
def notifier(ledger: Path, base_url: str) -> Iterator["subprocess.Popen[bytes]"]:
    command = [sys.executable, str(CHILD), f"sqlite:///{ledger}", base_url, str(COUNT)]
    environment = os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{CHILD.parent}"}
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment
    ) as child:
        try:
            yield child
        finally:
            child.send_signal(signal.SIGKILL)
            child.communicate()


def test_a_notifier_killed_at_random_points_loses_no_notice_and_doubles_none(tmp_path):
    dice = random.Random(7)
    faults = PhoneFaults(
        slow=0.6, slow_s=0.1, timeout_after_accept=0.03, error_after_accept=0.05, error=0.05, hang_s=1.5
    )
    ledger = tmp_path / "ledger.db"
    with new_ledger(ledger) as database, running_phone(tmp_path / "phone.db", faults) as phone:
        reading = Reading(database)
        overstay_many(database, range(COUNT))

        def turns() -> int:
            return sum(row["attempts"] for row in reading.notices(limit=COUNT * 2))

        for _ in range(KILLS):
            goal = turns() + dice.randint(8, COUNT // (KILLS + 1))
            with notifier(ledger, phone.base_url) as child:
                wait_until(lambda goal=goal: turns() >= goal or child.poll() is not None, 20, "no progress")
                assert child.poll() is None
        in_doubt_after_kills = [row for row in reading.notices(limit=COUNT * 2) if row["in_doubt"]]
        assert in_doubt_after_kills, "no kill hit a notice under way: the test proves nothing"
        with notifier(ledger, phone.base_url):
            wait_until(lambda: reading.totals().notices.get("accepted") == COUNT, 30, "not all were accepted")
        received = Counter(recipient for recipient, _ in phone.texts())
    assert received == {number(index): 1 for index in range(COUNT)}
