"""The bundled clips from the picture to the overstay: the product's own replay, held against what is true.

They are a few of the event benchmark's (docs/benchmarks.md). `CLEARWAY_NETWORK` names another network file
than the one that ships.
"""

import os
from pathlib import Path

import pytest

from benchmarks import events
from detectors.opening import open_network

FOLDER = Path(__file__).parents[1] / "clips"
NETWORK = Path(os.environ.get("CLEARWAY_NETWORK", events.SHIPPED))
NAMES = sorted(file.name.removesuffix(".truth.jsonl") for file in FOLDER.glob("*.truth.jsonl"))


@pytest.fixture(scope="module")
def network():
    return open_network(NETWORK)


@pytest.fixture(scope="module", params=NAMES)
def tally(request, network):
    (clip,) = events.clips_in(FOLDER, only=f"{request.param}.truth")
    return events.judge(clip, network).tally


def test_the_bundled_clips_are_there():
    assert NAMES


def test_every_stay_is_found_once_and_nothing_else(tally):
    assert (tally.found, tally.doubled, tally.merged, tally.false_alarms) == (tally.true, 0, 0, 0)


def test_whoever_overstays_gets_one_notice_and_nobody_else(tally):
    assert (tally.notices, tally.wrong_notices, tally.repeated_notices) == (tally.due, 0, 0)


def test_nothing_is_cleared_while_it_stands_or_dated_into_darkness(tally):
    assert (tally.false_clears, tally.invented) == (0, 0)


def test_stays_begin_and_end_when_they_truly_do(tally):
    assert all(abs(error_s) <= 3 for error_s in tally.begin_errors_s)
    assert all(abs(error_s) <= 12 for error_s in tally.end_errors_s)
