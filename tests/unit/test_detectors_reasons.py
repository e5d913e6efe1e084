"""Reasons: the same thing is said once, and never too much."""

import factories
from hypothesis import given
from hypothesis import strategies as st

from detectors.reasons import KEPT, noted, together

at = factories.at


def said(*whats):
    reasons = ()
    for second, what in enumerate(whats):
        reasons = noted(reasons, what, at(second), {"second": second})
    return reasons


def test_looks_in_a_row_that_say_the_same_are_one_reason():
    (first, second) = said("found", "found", "found", "hidden")
    assert (first.what, first.looks, first.since, first.until) == ("found", 3, at(0), at(2))
    assert (second.what, second.looks, second.since, second.until) == ("hidden", 1, at(3), at(3))


def test_a_reason_has_the_figures_of_its_last_look():
    assert said("found", "found")[0].values == {"second": 1}


def test_figures_are_short():
    assert noted((), "found", at(0), {"overlap": 0.123456789})[0].values == {"overlap": 0.123}


@given(st.lists(st.sampled_from(["found", "hidden", "empty"]), max_size=120))
def test_there_are_never_too_many_and_the_first_stays(whats):
    reasons = said(*whats)
    assert len(reasons) <= KEPT
    assert [reason.what for reason in reasons[:1]] == whats[:1]
    assert [reason.since for reason in reasons] == sorted(reason.since for reason in reasons)
    if len(reasons) < KEPT:
        assert sum(reason.looks for reason in reasons) == len(whats)


def test_two_lists_together_are_told_in_order():
    one, other = said("a", "b", "c"), noted((), "x", at(1.5))
    assert [reason.what for reason in together(one, other)] == ["a", "b", "x", "c"]
