"""How fast a sender is fed, whose turn it is, and what a failing sender gets: laws of pure functions."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.notices.queue import Waiting
from notifier.gate import Gate
from notifier.messages import example_case
from notifier.outcomes import Outcome, Turn
from notifier.pace import Breaker, Bucket, PaceSettings, answered, failed, filled, give_back, take
from notifier.turns import choose

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
CASE = example_case("fire-lane-blocked")


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def notice(case: str, number: int = 0, *, waited_s: float = 0, urgent: bool = False) -> Waiting:
    return Waiting(case_id=case, urgent=urgent, since=later(-waited_s), notice=f"{case}-{number:03d}")


def outcome(turn: Turn, segments: int = 1) -> Outcome:
    return Outcome(turn=turn, case=CASE, step="notice", why="no answer", segments=segments)


RATES = st.floats(0.1, 100, allow_nan=False)


@given(RATES, st.integers(1, 50), st.lists(st.tuples(st.floats(0, 60), st.integers(0, 100)), max_size=30))
def test_no_more_goes_out_than_the_burst_and_what_was_earned_since(per_s, burst, asked):
    rule = PaceSettings(per_s=per_s, burst=burst)
    bucket, at, sent = Bucket(float(burst), NOW), NOW, 0
    for wait_s, wanted in asked:
        at += timedelta(seconds=wait_s)
        bucket, given_now = take(bucket, rule, at, wanted)
        sent += given_now
        assert 0 <= given_now <= wanted
        assert sent <= burst + (at - NOW).total_seconds() * per_s + 1e-6


@given(RATES, st.integers(2, 50), st.floats(1, 20))
def test_whoever_asks_often_gets_the_rate_and_no_less(per_s, burst, for_s):
    rule = PaceSettings(per_s=per_s, burst=burst)
    bucket, sent = Bucket(0.0, NOW), 0
    # Asked at least once a token, or a full bucket would run over.
    beats = int(for_s * per_s * 2) + 1
    for beat in range(1, beats + 1):
        bucket, given_now = take(bucket, rule, later(for_s * beat / beats), 100)
        sent += given_now
    assert sent >= int(for_s * per_s) - 1


def test_a_clock_that_goes_back_earns_nothing():
    rule = PaceSettings(per_s=10, burst=10)
    bucket, _ = take(Bucket(10.0, NOW), rule, NOW, 10)
    assert filled(bucket, rule, later(-3600)).tokens == 0
    assert filled(filled(bucket, rule, later(-3600)), rule, later(0.5)).tokens == pytest.approx(5)


def test_a_token_given_back_never_makes_more_than_the_burst():
    rule = PaceSettings(per_s=10, burst=3)
    assert give_back(Bucket(3.0, NOW), rule).tokens == 3


def test_urgent_goes_before_routine_and_the_oldest_first():
    waiting = [
        notice("a", waited_s=10),
        notice("b", waited_s=500),
        notice("c", waited_s=1, urgent=True),
        notice("d", waited_s=2, urgent=True),
    ]
    chosen, _ = choose(waiting, {}, 4, 5.0)
    assert [item.case_id for item in chosen] == ["d", "c", "b", "a"]


def test_a_case_with_fifty_contacts_takes_turns_with_the_others():
    fifty = [notice("many", number, waited_s=3) for number in range(50)]
    others = [notice(f"one-{number}", waited_s=2) for number in range(20)]
    waiting, had, order = fifty + others, {}, []
    while waiting:
        (item,), had = choose(waiting, had, 1, 5.0)
        order.append(item.case_id)
        waiting.remove(item)
    assert order.count("many") == 50
    assert max(order.index(item.case_id) for item in others) <= 20, (
        "all others are served after one of its turns"
    )


def test_what_is_chosen_one_by_one_or_at_once_is_the_same():
    waiting = [notice("a", n, waited_s=n) for n in range(5)] + [notice("b", n, waited_s=n) for n in range(5)]
    at_once, _ = choose(waiting, {}, 10, 5.0)
    left, had, one_by_one = list(waiting), {}, []
    while left:
        (item,), had = choose(left, had, 1, 5.0)
        one_by_one.append(item)
        left.remove(item)
    assert Counter(at_once) == Counter(one_by_one)
    assert [item.case_id for item in at_once] == [item.case_id for item in one_by_one]


@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3600), st.booleans()), min_size=1, max_size=60),
    st.integers(0, 70),
)
def test_nothing_is_chosen_twice_or_invented_and_urgent_never_waits_for_routine(rows, room):
    waiting = [
        notice(f"case-{case}", number, waited_s=waited_s, urgent=urgent)
        for number, (case, waited_s, urgent) in enumerate(rows)
    ]
    chosen, had = choose(waiting, {}, room, 5.0)
    assert len(chosen) == min(room, len(waiting))
    assert len(set(chosen)) == len(chosen)
    assert set(chosen) <= set(waiting)
    left = set(waiting) - set(chosen)
    assert not (any(not item.urgent for item in chosen) and any(item.urgent for item in left))
    assert set(had) <= {item.case_id for item in left}


@given(st.integers(1, 20), st.integers(2, 30))
def test_whoever_waits_long_enough_is_next_however_many_others_come(had_turns, rivals):
    old = notice("old", waited_s=5.0 * had_turns + 10)
    news = [notice(f"new-{number}") for number in range(rivals)]
    chosen, _ = choose([*news, old], {"old": had_turns}, 1, 5.0)
    assert chosen == (old,)


def test_a_sender_in_trouble_is_tried_out_with_one_message_at_a_time():
    rule = PaceSettings(per_s=10, burst=10, trouble_after=3, trial_s=10)
    breaker = Breaker()
    for _ in range(2):
        breaker = failed(breaker, "no answer", NOW, rule)
        assert breaker.allows(NOW, 7)
    breaker = failed(breaker, "no answer", NOW, rule)
    assert not breaker.allows(NOW, 0)
    assert not breaker.allows(later(0.9), 0)
    assert breaker.allows(later(1), 0)
    assert not breaker.allows(later(1), 1)


def test_the_longer_the_trouble_the_rarer_the_trials():
    rule = PaceSettings(trouble_after=1, trial_s=10)
    breaker, pauses = Breaker(), []
    for _ in range(1100):
        breaker = failed(breaker, "no answer", NOW, rule)
        pauses.append((breaker.try_at - NOW).total_seconds())
    assert pauses[:6] == [1, 2, 4, 8, 10, 10]
    assert set(pauses[6:]) == {10}


def test_after_trouble_nothing_has_been_saved_up():
    rule = PaceSettings(per_s=10, burst=10, trouble_after=1)
    breaker = failed(Breaker(), "no answer", NOW, rule)
    assert answered(breaker, Bucket(10.0, NOW), later(9)) == (Breaker(), Bucket(0.0, later(9)))
    assert answered(Breaker(failures=3), Bucket(10.0, NOW), later(9)) == (Breaker(), Bucket(10.0, NOW))


@pytest.mark.parametrize("turn", [Turn.SENT, Turn.FOUND, Turn.REFUSED, Turn.CLEARED, Turn.DOUBTFUL])
def test_every_clear_answer_ends_the_trouble(turn):
    gate = Gate(PaceSettings(per_s=10, burst=10, trouble_after=1, trial_s=10), 8, 60.0, NOW)
    gate.heard([outcome(Turn.IN_DOUBT)], NOW)
    assert gate.trouble == "no answer"
    assert gate.room(NOW, 0) == 0
    assert gate.room(later(1), 0) == 1
    gate.heard([outcome(turn)], later(1))
    assert gate.trouble == ""
    assert gate.room(later(1), 0) == 0
    assert gate.room(later(2), 0) == 8


def test_one_word_that_everything_is_refused_closes_the_gate():
    gate = Gate(PaceSettings(per_s=10, burst=10, trial_s=10), 8, 60.0, NOW)
    gate.heard([outcome(Turn.CLOSED)], NOW)
    assert gate.room(later(59), 0) == 0
    assert gate.room(later(60), 0) == 1


@pytest.mark.parametrize(
    ("outcomes", "tokens"),
    [
        ([], 2),
        ([outcome(Turn.WITHHELD)], 2),
        ([outcome(Turn.WAITS), outcome(Turn.NOT_SENT)], 2),
        ([outcome(Turn.SENT)], 1),
        ([outcome(Turn.WITHHELD), outcome(Turn.DELAYED)], 1),
    ],
)
def test_what_asked_the_sender_for_nothing_costs_nothing(outcomes, tokens):
    gate = Gate(PaceSettings(per_s=1, burst=2), 8, 60.0, NOW)
    assert len(gate.choose([notice("a")], NOW, 0)) == 1
    gate.heard(outcomes, NOW)
    assert gate.room(NOW, 0) == tokens


@given(st.lists(st.integers(1, 4), min_size=1, max_size=40), st.sampled_from(["messages", "segments"]))
def test_where_segments_count_long_messages_slow_those_after_them(lengths, counts):
    rule = PaceSettings(counts=counts, per_s=2, burst=4)
    gate, at, spent = Gate(rule, 10, 60, NOW), NOW, 0
    for number, length in enumerate(lengths):
        while not gate.choose([notice("CW-1", number)], at, 0):
            at += timedelta(seconds=0.1)
        gate.heard([outcome(Turn.SENT, length)], at)
        spent += length if counts == "segments" else 1
        # One message may owe what it was longer than expected; the next ones wait for it.
        assert spent <= 4 + (at - NOW).total_seconds() * 2 + (length - 1) + 1e-6


def test_what_was_not_sent_costs_no_segments():
    gate = Gate(PaceSettings(counts="segments", per_s=1, burst=3), 10, 60, NOW)
    assert gate.choose([notice("CW-1")], NOW, 0)
    gate.heard([outcome(Turn.WITHHELD, 3)], NOW)
    assert gate.room(NOW, 0) == 3
