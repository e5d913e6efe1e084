"""When to try again, by the notifier's settings."""

from datetime import datetime, timedelta

from models.backoff import Backoff
from notifier.settings import RetrySettings


def retry_at(attempts: int, at: datetime, rule: RetrySettings, chance: float) -> datetime:
    """The moment of the next try.

    Args:
        attempts: tries so far, at least 1.
        at: now.
        rule: first wait, growth, bound, jitter.
        chance: a random number in 0..1; the caller throws the dice.
    """
    backoff = Backoff(rule.first_s, rule.most_s, rule.factor, rule.jitter)
    return at + timedelta(seconds=backoff.wait_s(attempts, chance))
