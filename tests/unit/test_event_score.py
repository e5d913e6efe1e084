"""Reported stays against true ones: found, lost, doubled, merged, invented, and what they would send."""

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import events
from benchmarks.event_score import Annotated, Reported, due_at, links, score, total
from models.errors import ConfigurationError
from models.plan import parse_plan

ZONES = [
    {"id": "gate", "kind": "fire_lane", "dwell_s": 20},
    {"id": "kerb", "kind": "no_parking", "dwell_s": 60},
]


def clip(*stays, blind=(), **story):
    said = [
        {"zone": "gate", "began_s": began, "ended_s": ended, "actor": f"car-{number}"}
        for number, (began, ended) in enumerate(stays)
    ]
    dark = [{"from_s": since, "until_s": until} for since, until in blind]
    facts = {"scene": "s", "duration_s": 120, "zones": ZONES, "stays": said, "blind": dark}
    return msgspec.convert(facts | ({"story": story} if story else {}), Annotated)


def report(began, ended=None, overstayed=None, zone="gate", by="left"):
    return Reported(
        zone=zone, began_s=began, overstayed_s=overstayed, ended_s=ended, ended_by=by if ended else None
    )


def counts(tally, *names):
    return tuple(getattr(tally, name) for name in names)


def test_a_stay_reported_to_the_second_is_found_and_nothing_else():
    tally = score(clip((10, 50)), [report(10, 50, overstayed=30)])
    assert counts(tally, "true", "found", "missed", "merged", "doubled", "false_alarms") == (1, 1, 0, 0, 0, 0)
    assert counts(tally, "due", "notices", "wrong_notices", "false_clears") == (1, 1, 0, 0)
    assert (tally.begin_errors_s, tally.end_errors_s, tally.notice_errors_s) == ([0], [0], [0])


@pytest.mark.parametrize(
    ("stays", "reports", "expected"),
    [
        pytest.param([(10, 50)], [], (0, 1, 0, 0, 0), id="a stay nobody reports is missed"),
        pytest.param([], [report(10, 50)], (0, 0, 0, 0, 1), id="a report of nothing is a false alarm"),
        pytest.param(
            [(10, 80)], [report(10, 40), report(44, 80)], (1, 0, 0, 1, 0), id="a stay cut in two is doubled"
        ),
        pytest.param(
            [(10, 40), (48, 80)], [report(10, 80)], (1, 0, 1, 0, 0), id="two in turn as one are merged"
        ),
        pytest.param(
            [(10, 90), (20, 80)], [report(10, 90)], (1, 1, 0, 0, 0), id="one of two at once is missed"
        ),
        pytest.param(
            [(10, 50)], [report(10, 50, zone="kerb")], (0, 1, 0, 0, 1), id="in another zone it is wrong twice"
        ),
        pytest.param([(10, 14)], [report(10, 14)], (0, 0, 0, 0, 0), id="a moment's halt may be reported"),
    ],
)
def test_each_stay_and_each_report_comes_to_one_thing(stays, reports, expected):
    tally = score(clip(*stays), reports)
    assert counts(tally, "found", "missed", "merged", "doubled", "false_alarms") == expected


@pytest.mark.parametrize(
    ("truth", "reports", "expected"),
    [
        pytest.param(clip((10, 25)), [report(10, 40, 30)], (0, 0, 1, 0, 0), id="who left in time gets one"),
        pytest.param(clip((10, 50)), [report(10, 50)], (1, 0, 0, 0, 0), id="an overstay without one"),
        pytest.param(clip(), [report(10, 50, 30)], (0, 0, 1, 0, 0), id="of nothing at all"),
        pytest.param(
            clip((10, 90)),
            [report(10, 40, 30), report(44, 90, 64)],
            (1, 1, 0, 1, 0),
            id="a second of one stay",
        ),
        pytest.param(
            clip((10, 31)), [report(10, 31, 30)], (0, 0, 0, 0, 0), id="a second over the dwell is not judged"
        ),
        pytest.param(
            clip((10, 50), excused=["car-0"]), [report(10, 50, 30)], (0, 0, 0, 0, 1), id="to an ambulance"
        ),
        pytest.param(
            clip((10, 25), (30, 45), traffic=["car-0", "car-1"]),
            [report(10, 45, 30)],
            (0, 0, 1, 0, 0),
            id="of a queue",
        ),
        pytest.param(
            clip((10, 60), blind=[(20, 55)]),
            [report(10, 60, 58)],
            (0, 0, 1, 0, 0),
            id="with darkness counted",
        ),
    ],
)
def test_a_notice_is_right_only_for_a_true_overstay(truth, reports, expected):
    tally = score(truth, reports)
    assert counts(tally, "due", "notices", "wrong_notices", "repeated_notices", "excused_notices") == expected


def test_a_stay_cleared_while_it_stands_is_a_false_clear():
    assert score(clip((10, 80)), [report(10, 40)]).false_clears == 1
    assert score(clip((10, 80)), [report(10, 40, by="unknown")]).false_clears == 0


def test_nothing_may_be_dated_into_darkness():
    truth = clip((10, 60), blind=[(30, 70)])
    assert score(truth, [report(10, 50)]).invented == 1
    assert score(truth, [report(10, 70.5)]).invented == 0


def test_an_end_in_darkness_has_no_error():
    assert score(clip((10, 50), blind=[(40, 70)]), [report(10, 71)]).end_errors_s == []


@pytest.mark.parametrize(
    ("blind", "due"),
    [
        pytest.param([], 30, id="a clear view"),
        pytest.param([(20, 25)], 35, id="five seconds of darkness"),
        pytest.param([(5, 15)], 35, id="it came in the dark"),
        pytest.param([(40, 50)], 30, id="darkness later on"),
        pytest.param([(20, 25), (32, 33)], 36, id="darkness within what darkness added"),
    ],
)
def test_darkness_puts_an_overstay_off(blind, due):
    assert due_at(10, 20, blind) == due


def test_a_zone_that_was_not_watched_is_not_judged():
    assert score(clip((10, 50)), [], zones=["kerb"]).true == 0


def test_blind_spans_that_overlap_are_one():
    assert clip(blind=[(30, 40), (10, 20), (15, 32)]).blind_spans == ((10, 40),)


@st.composite
def spans(draw, most=6):
    """Spans of 10 s and more that do not touch, in order."""
    at, found = 0.0, []
    for _ in range(draw(st.integers(0, most))):
        at += draw(st.integers(2, 15))
        length = draw(st.integers(10, 40))
        found.append((at, at + length))
        at += length
    return [span for span in found if span[1] < 120]


@st.composite
def reports_of_anything(draw):
    began = st.integers(0, 100)
    some = draw(st.lists(st.tuples(began, st.integers(1, 60), st.booleans()), max_size=6))
    return [report(at, at + length, at + length / 2 if over else None) for at, length, over in some]


@given(spans())
def test_the_truth_scores_itself_without_a_fault(true):
    reports = [report(began, ended, began + 20 if ended - began > 20 else None) for began, ended in true]
    tally = score(clip(*true), reports)
    assert tally.recall in {None, 1.0}
    assert tally.precision in {None, 1.0}
    assert counts(tally, "wrong_notices", "repeated_notices", "false_clears", "invented") == (0, 0, 0, 0)
    assert tally.notices == tally.due


@given(spans(), reports_of_anything())
def test_every_stay_and_every_report_is_counted_once(true, reports):
    tally = score(clip(*true), reports)
    assert tally.found + tally.missed + tally.merged == tally.true == len(true)
    assert tally.found + tally.doubled + tally.false_alarms + tally.ignored == len(reports)


def test_of_two_reports_of_one_span_either_may_come_first():
    twice = [report(13, 28), report(13, 28, 20.5)]
    one, other = (
        score(clip((2.0, 21.0), (23.0, 33.0)), twice),
        score(clip((2.0, 21.0), (23.0, 33.0)), twice[::-1]),
    )
    assert one == other


@given(spans(), reports_of_anything(), st.randoms(use_true_random=False))
def test_the_order_of_reports_does_not_matter(true, reports, chance):
    shuffled = sorted(reports, key=lambda _: chance.random())
    one, other = score(clip(*true), reports), score(clip(*true), shuffled)
    assert counts(one, "found", "merged", "doubled", "wrong_notices") == counts(
        other, "found", "merged", "doubled", "wrong_notices"
    )


@given(spans(), reports_of_anything())
def test_nobody_is_linked_twice(true, reports):
    pairs = links(true, [(one.began_s, one.ended_s) for one in reports])
    assert len({i for i, _ in pairs}) == len({j for _, j in pairs}) == len(pairs)


def test_a_folder_without_clips_is_named_with_what_makes_them(tmp_path):
    with pytest.raises(ConfigurationError, match="python -m studio clips"):
        events.clips_in(tmp_path)


def test_a_truth_that_is_none_is_named_with_its_fault(tmp_path):
    demo = Path(__file__).parents[2] / "examples" / "demo"
    (tmp_path / "a.mp4").write_bytes(b"")
    (tmp_path / "a.toml").write_text((demo / "street.toml").read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "a.truth.jsonl").write_text('{"scene": "a"}\n', encoding="utf-8")
    with pytest.raises(ConfigurationError, match="missing required field `duration_s`"):
        events.clips_in(tmp_path)


def test_zones_of_what_the_network_does_not_know_are_left_out_and_said(tmp_path):
    class Blank:
        labels = frozenset({"person"})

    plan = parse_plan('camera = "a"\n[[zone]]\nid = "gate"\nkind = "fire_lane"\n'
                      "polygon = [[0, 0], [1, 0], [1, 1]]\n", "a.toml")  # fmt: skip
    judged = events.judge(events.Clip(tmp_path / "never-opened.mp4", plan, clip((10, 50))), Blank())
    assert judged.left_out == ("gate",)
    assert (judged.tally.true, judged.tally.clips) == (0, 1)


def test_a_set_is_told_apart_by_story_and_split():
    judged = [
        events.Judged(clip((10, 50), board=board, split=split), score(clip((10, 50)), []), ())
        for board, split in (("queue", "develop"), ("queue", "hold-out"), ("bus", "develop"))
    ]
    assert {name: tally.missed for name, tally in events.grouped(judged, "storyboard").items()} == {
        "bus": 1,
        "queue": 2,
    }
    assert list(events.grouped(judged, "split")) == ["develop", "hold-out"]


def test_tallies_add_up():
    tally = score(clip((10, 50)), [report(11, 52, 31)])
    both = total([tally, tally])
    assert (both.clips, both.true, both.begin_errors_s) == (2, 2, [1, 1])
    assert both.seconds == 240
