from datetime import timedelta

import pytest
from factories import NOON

from notifier.backoff import retry_at
from notifier.settings import RetrySettings

RULE = RetrySettings(first_s=1, factor=2, most_s=60, jitter=0.5)


@pytest.mark.parametrize(
    ("attempts", "chance", "wait_s"),
    [(1, 0.0, 1), (2, 0.0, 2), (4, 0.0, 8), (4, 1.0, 4), (7, 0.0, 60), (10_000, 0.0, 60), (10_000, 1.0, 30)],
)
def test_the_wait_doubles_up_to_its_bound_and_scatters_downwards(attempts, chance, wait_s):
    assert retry_at(attempts, NOON, RULE, chance) - NOON == timedelta(seconds=wait_s)
