"""The promise of the embedded log, tried the hard way: `kill -9` in the middle of work, again and again."""

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

CHILD = Path(__file__).parents[1] / "log_kill_child.py"
KILLS = 10
KEYS = 7


def run_child(path: Path, first: str) -> "subprocess.Popen[str]":
    return subprocess.Popen([sys.executable, str(CHILD), str(path), first], stdout=subprocess.PIPE, text=True)


def told_until_killed(path: Path, first: int, after: int) -> list[str]:
    """What a worker told until it was killed, `after` so many promises."""
    child = run_child(path, str(first))
    assert child.stdout is not None
    told: list[str] = []
    promises = 0
    for line in child.stdout:
        told.append(line)
        promises += line.startswith("stored")
        if promises == after:
            child.kill()
            break
    told += child.stdout.read().splitlines(keepends=True)
    child.wait()
    child.stdout.close()
    assert promises == after, "the worker ended by itself"
    return [line.strip() for line in told if line.endswith("\n")]  # the last one may be cut short


def numbers(told: list[str], what: str) -> list[int]:
    return [int(line.split()[1]) for line in told if line.startswith(what)]


@pytest.mark.parametrize("seed", [1])
def test_nothing_the_log_promised_is_lost_through_ten_kills(tmp_path, seed):
    chance = random.Random(seed)
    path = tmp_path / "log.db"
    told: list[str] = []
    for _ in range(KILLS):
        first = max(numbers(told, "stored"), default=-1) + 1000  # no number is ever used twice
        told += told_until_killed(path, first, chance.randint(1, 400))
    last = run_child(path, "drain")
    output, _ = last.communicate(timeout=60)
    assert last.returncode == 0
    *rest, table = output.splitlines()
    told += rest

    stored, seen = numbers(told, "stored"), numbers(told, "seen")
    assert len(stored) >= KILLS
    assert set(stored) - set(seen) == set()
    newest = {str(key): max(n for n in seen if n % KEYS == key) for key in range(KEYS)}
    assert json.loads(table.removeprefix("table ")) == newest
