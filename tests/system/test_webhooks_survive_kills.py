"""At least once, in order: whatever dies in between, every event arrives, and repeats are repeats."""

import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from connect_parts import Says, happen, new_ledger, receiving, states
from notifier_parts import wait_until

CHILD = Path(__file__).parents[1] / "connect_child.py"
ROOT = Path(__file__).parents[2]
CASES, EACH, KILLS = 40, 15, 8
TOTAL = CASES * EACH


@contextmanager
def relay(ledger: Path, url: str) -> Iterator["subprocess.Popen[bytes]"]:
    command = [sys.executable, str(CHILD), f"sqlite:///{ledger}", url]
    environment = os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{CHILD.parent}"}
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment
    ) as child:
        try:
            yield child
        finally:
            child.send_signal(signal.SIGKILL)
            child.communicate()


def without_repeats(numbers: list[int]) -> list[int]:
    return list(dict.fromkeys(numbers))


def test_a_relay_killed_at_random_points_loses_nothing_and_keeps_the_order_of_every_case(tmp_path):
    dice = random.Random(11)
    lock = threading.Lock()

    def moody(_: object) -> Says:
        with lock:
            chance = dice.random()
        # What is slow is likely to be under way when the relay dies, and some of it fails besides.
        return Says(500) if chance < 0.05 else Says(wait_s=0.05 if chance < 0.5 else 0.0)

    history = [(f"case-{number % CASES}", number) for number in range(TOTAL)]
    ledger = tmp_path / "ledger.db"
    with new_ledger(ledger) as database, receiving(moody) as receiver:
        happen(database, *history[: TOTAL // 2])
        for turn in range(KILLS):
            goal = len(receiver.requests) + dice.randint(10, TOTAL // (KILLS + 2))
            with relay(ledger, receiver.url) as child:
                wait_until(
                    lambda goal=goal, child=child: len(receiver.requests) >= goal or child.poll() is not None,
                    30,
                    "no progress",
                )
                assert child.poll() is None, child.communicate()[1]
            if turn == KILLS // 2:
                happen(database, *history[TOTAL // 2 :])
        with relay(ledger, receiver.url):
            wait_until(lambda: states(database).count("delivered") == TOTAL, 60, "not all were delivered")
        events = receiver.events()
    ids: dict[int, set[str]] = {}
    for event in events:
        ids.setdefault(event["data"]["number"], set()).add(event["id"])
    assert len(ids) == TOTAL, "some never came"
    assert all(len(names) == 1 for names in ids.values()), "a repeat had another id"
    assert len({name for names in ids.values() for name in names}) == TOTAL
    for case in range(CASES):
        numbers = [event["data"]["number"] for event in events if event["subject"] == f"case-{case}"]
        assert without_repeats(numbers) == list(range(case, TOTAL, CASES))
        assert numbers == sorted(numbers), "an event came again after a later one of its case"
    assert len(events) > TOTAL, "no kill hit an event under way: the test proves nothing"
