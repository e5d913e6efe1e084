"""How little of a stream need be decoded, told from when its keyframes come."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.sources import groups
from edge.sources.backlog import LATE_S, WAITED_S, Backlog
from edge.sources.groups import Groups


def after(gaps, *, look_interval_s=1.0, fps=10):
    """What is known after groups of these lengths, every picture of them told."""
    known, start = Groups(), 100.0
    for gap in [*gaps, None]:
        known = groups.step(known, start, is_keyframe=True, look_interval_s=look_interval_s)
        if gap is not None:
            for number in range(1, round(gap * fps)):
                known = groups.step(
                    known, start + number / fps, is_keyframe=False, look_interval_s=look_interval_s
                )
            start += gap
    return known


@pytest.mark.parametrize(
    ("gaps", "keyframes_do"),
    [
        pytest.param([], False, id="nothing is known at the first keyframe"),
        pytest.param([1], True, id="one short group is enough"),
        pytest.param([2, 2], True, id="two looks apart will do"),
        pytest.param([2.3], True, id="a few frames more are still two seconds"),
        pytest.param([4], False, id="four are too many"),
        pytest.param([2, 10], False, id="a camera that stretches its groups disappoints"),
        pytest.param([2, 10, 2, 2], False, id="and is not trusted at once again"),
        pytest.param([2, 10, 2, 2, 2], True, id="but after three short groups"),
        pytest.param([10, 2], True, id="long at first is no disappointment"),
    ],
)
def test_keyframes_alone_do_where_they_come_at_least_every_two_looks(gaps, keyframes_do):
    assert after(gaps).keyframes_do is keyframes_do


def test_a_keyframe_that_does_not_come_is_noticed_before_it_comes():
    known = after([2])
    late = groups.step(known, known.keyframe_s + 2.5, is_keyframe=False, look_interval_s=1.0)
    assert known.keyframes_do
    assert not late.keyframes_do


def test_rarer_looks_need_rarer_keyframes():
    assert not after([4], look_interval_s=1.0).keyframes_do
    assert after([4], look_interval_s=2.0).keyframes_do


def test_a_camera_whose_clock_starts_anew_is_measured_anew():
    known = after([2])
    again = groups.step(known, 0.0, is_keyframe=True, look_interval_s=1.0)
    assert (again.keyframe_s, again.keyframes_do) == (0.0, True)


@given(st.lists(st.floats(0.04, 300), max_size=20), st.floats(0.1, 60))
def test_keyframes_never_do_after_a_group_that_was_too_long(gaps, interval):
    known = Groups()
    at = 0.0
    for gap in gaps:
        known = groups.step(known, at, is_keyframe=True, look_interval_s=interval)
        at += gap
        known = groups.step(known, at, is_keyframe=True, look_interval_s=interval)
        if known.gap_s > groups.MOST_INTERVALS * groups.SLACK * interval:
            assert not known.keyframes_do


def test_a_read_that_had_to_wait_found_the_queue_empty():
    state = Backlog(0.0).after(WAITED_S, 10.0)
    assert not state.is_late(10.0 + LATE_S)
    assert state.is_late(10.1 + LATE_S)


def test_reads_that_never_wait_fall_behind():
    state = Backlog(0.0)
    for number in range(1, 30):
        state = state.after(0.0001, number * 0.1)
    assert state.is_late(3.0)
