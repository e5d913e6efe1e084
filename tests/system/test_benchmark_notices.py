"""The notices' figures, in small: real processes, real kills, every promise they state."""

import pytest

from benchmarks.notices_kills import under_kills
from benchmarks.notices_latency import at_a_rate
from benchmarks.notices_plates import unsure_reads
from benchmarks.notices_scan import leaks, numbers_in


def test_kills_and_moods_lose_no_notice_double_none_and_reach_nobody_who_left(tmp_path):
    found = under_kills(tmp_path, 42, 2, seed=3)
    assert (found.lost, found.doubled, found.late) == (0, 0, 0)
    assert (found.untold, found.misreported) == (0, 0)
    assert found.kills == 2
    assert found.sent + found.left >= 42


def test_every_opening_leads_to_one_request(tmp_path):
    values, _ = at_a_rate(tmp_path, 40, 20.0)
    assert len(values) == 40
    # How fast is the benchmark's to say, on a machine of its own.
    assert all(value > 0 for value in values)


def test_no_number_stands_in_a_table_a_log_a_metric_or_a_page(tmp_path):
    found, searched = leaks(tmp_path, 20)
    assert found == set()
    assert searched["control"] >= 20
    for kind in ("rows of tables", "logs", "pages", "status and metrics", "files"):
        assert searched[kind] > 0, f"no {kind} were searched"


def test_unsure_reads_are_never_told(tmp_path):
    assert unsure_reads(tmp_path, 60, 3) == (0, 0, 3)


@pytest.mark.parametrize(
    "written",
    [
        "+8613800000007",
        "8613800000007",
        "phone13800000007x",
        "+86 138 0000 0007",
        "138-0000-0007",
        "To=%2B8613800000007",
        '{"to": "13800000007"}',
    ],
)
def test_the_search_finds_numbers_however_they_are_written(written):
    assert numbers_in(written.encode())


@pytest.mark.parametrize("written", ["+86 138****0007", "", "00000007"])
def test_the_search_takes_a_mask_for_no_number(written):
    assert not numbers_in(written.encode())
