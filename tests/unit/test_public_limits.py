"""How often one link and one address may ask."""

from hypothesis import given
from hypothesis import strategies as st

from notifier.public.limits import Bucket, Limiter, Rate, step

RATE = Rate(60)


def test_a_full_bucket_lets_a_minutes_worth_through_at_once():
    bucket = None
    for _ in range(60):
        bucket, wait_s = step(bucket, RATE, 1, 0)
        assert wait_s == 0
    assert step(bucket, RATE, 1, 0)[1] == 1


@given(st.lists(st.tuples(st.floats(0, 5), st.floats(0.1, 20)), max_size=100))
def test_never_more_passes_than_the_rate_and_one_bucket(asks):
    bucket, at, passed = None, 0.0, 0.0
    for pause, cost in asks:
        at += pause
        bucket, wait_s = step(bucket, RATE, cost, at)
        passed += cost if wait_s == 0 else 0
    assert passed <= 60 + at + 1e-6


@given(st.floats(0, 60), st.floats(0.1, 60))
def test_after_the_wait_that_is_told_it_passes(left, cost):
    bucket, wait_s = step(Bucket(left, 0), RATE, cost, 0)
    assert wait_s == 0 or step(bucket, RATE, cost - 1e-6, wait_s)[1] == 0


def test_a_clock_that_stands_still_gives_nothing():
    assert step(Bucket(0, 10), RATE, 1, 5)[1] > 0


def test_many_names_cost_a_bounded_shelf():
    shelf = Limiter(RATE, most=3, clock=lambda: 0.0)
    for name in "abcd":
        shelf.take(name)
    assert len(shelf._buckets) == 3
    assert "a" not in shelf._buckets


def test_a_charge_empties_and_waiting_fills():
    at = [0.0]
    shelf = Limiter(RATE, clock=lambda: at[0])
    shelf.charge("a", 100)
    assert shelf.is_empty("a")
    assert shelf.take("a") > 0
    at[0] = 2.0
    assert not shelf.is_empty("a")
    assert shelf.take("a") == 0
