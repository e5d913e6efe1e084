"""Average precision, precision and recall: known cases, and laws that hold for any detections."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.training.precision import average_precision, by_height, match, precision_recall

SQUARE = (0.0, 0.0, 0.4, 0.4)
BESIDE = (0.5, 0.5, 0.9, 0.9)


def boxes(*given):
    return np.array(given, dtype=np.float64).reshape(-1, 4)


def ap(scores, hits, truths):
    return average_precision(np.array(scores, dtype=np.float64), np.array(hits, dtype=bool), truths)


@pytest.mark.parametrize(
    ("scores", "hits", "truths", "value"),
    [
        pytest.param([0.9, 0.8], [1, 1], 2, 1.0, id="everything found, nothing else"),
        pytest.param([], [], 3, 0.0, id="nothing found"),
        pytest.param([0.9], [0], 1, 0.0, id="only a false alarm"),
        pytest.param([0.9, 0.5], [1, 0], 1, 1.0, id="a false alarm below every hit costs nothing"),
        pytest.param([0.9, 0.5], [0, 1], 1, 0.5, id="a false alarm above the only hit halves it"),
        pytest.param([0.9], [1], 2, 51 / 101, id="half of it found: recalls 0 to 0.50 count"),
        pytest.param([0.9, 0.8, 0.7], [1, 0, 1], 2, (51 + 50 * 2 / 3) / 101, id="COCO's interpolation"),
        pytest.param([0.5, 0.5], [0, 1], 1, 0.5, id="equal scores count together"),
        pytest.param([0.5, 0.5], [1, 0], 1, 0.5, id="in whatever order they come"),
    ],
)
def test_average_precision_of_known_cases(scores, hits, truths, value):
    assert ap(scores, hits, truths) == pytest.approx(value)


def test_average_precision_of_nothing_to_be_found_is_undefined():
    assert ap([0.5], [0], 0) is None


found = st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=30)


@given(found, st.integers(0, 10))
def test_average_precision_is_a_share(detections, missed):
    hits = [hit for _, hit in detections]
    truths = sum(hits) + missed
    value = ap([score for score, _ in detections], hits, truths)
    assert (value is None) == (truths == 0)
    assert value is None or 0 <= value <= 1


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_perfect_is_one(scores):
    assert ap(scores, [True] * len(scores), len(scores)) == pytest.approx(1)


@given(found, st.integers(1, 10), st.floats(0, 1))
def test_a_false_alarm_never_raises_it(detections, missed, score):
    scores, hits = [score for score, _ in detections], [hit for _, hit in detections]
    truths = sum(hits) + missed
    assert ap([*scores, score], [*hits, False], truths) <= ap(scores, hits, truths) + 1e-12


@given(found, st.integers(1, 10))
def test_one_more_hit_that_is_surest_of_all_never_lowers_it(detections, missed):
    scores, hits = [score * 0.99 for score, _ in detections], [hit for _, hit in detections]
    truths = sum(hits) + missed
    assert ap([*scores, 1.0], [*hits, True], truths) >= ap(scores, hits, truths) - 1e-12


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1), st.integers(0, 10), st.randoms())
def test_the_order_of_detections_does_not_matter(detections, missed, random):
    truths = sum(hit for _, hit in detections) + missed
    shuffled = random.sample(detections, len(detections))
    assert ap(*zip(*detections, strict=True), truths) == ap(*zip(*shuffled, strict=True), truths)


@given(found, st.integers(0, 10), st.floats(0, 1))
def test_precision_and_recall_are_shares_and_recall_falls_with_the_bar(detections, missed, bar):
    scores = np.array([score for score, _ in detections])
    hits = np.array([hit for _, hit in detections], dtype=bool)
    truths = int(hits.sum()) + missed
    precision, recall = precision_recall(scores, hits, truths, bar)
    assert precision is None or 0 <= precision <= 1
    assert (recall is None) == (truths == 0)
    if recall is not None:
        assert 0 <= recall <= precision_recall(scores, hits, truths, bar / 2)[1] <= 1


def test_the_surest_detection_takes_a_box_and_the_other_is_a_false_alarm():
    matched = match(boxes(SQUARE, SQUARE), np.array([0.6, 0.9]), boxes(SQUARE))
    assert matched.hits.tolist() == [False, True]
    assert matched.found_by.tolist() == [1]
    assert matched.found_at(np.array([0.6, 0.9])).tolist() == [0.9]


def test_a_box_that_nobody_found_is_a_miss():
    matched = match(boxes(SQUARE), np.array([0.9]), boxes(SQUARE, BESIDE))
    assert matched.found_by.tolist() == [0, -1]
    assert matched.found_at(np.array([0.9])).tolist() == [0.9, -1]


@pytest.mark.parametrize(
    ("right", "hit"),
    [pytest.param(0.8, True, id="half of it"), pytest.param(0.81, False, id="a little less than half")],
)
def test_a_hit_overlaps_by_half(right, hit):
    matched = match(boxes((0, 0, 0.4, 0.4)), np.array([0.9]), boxes((0, 0, right, 0.4)))
    assert matched.hits.tolist() == [hit]


@pytest.mark.parametrize(
    ("ours", "theirs"), [((), ()), ((SQUARE,), ()), ((), (SQUARE,))], ids=["neither", "no truth", "no find"]
)
def test_empty_pictures_and_empty_hands_are_matched_too(ours, theirs):
    matched = match(boxes(*ours), np.full(len(ours), 0.5), boxes(*theirs))
    assert (len(matched.hits), len(matched.found_by)) == (len(ours), len(theirs))
    assert not matched.hits.any()


def test_recall_is_told_by_height():
    heights, found_at = np.array([10.0, 20.0, 39.9, 40.0]), np.array([-1, 0.2, 0.3, 0.9])
    assert by_height(heights, found_at, 0.25, (20, 40)) == [(1, 0), (2, 1), (1, 1)]
