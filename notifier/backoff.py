"""When to try again: longer each time, and never all at once."""

from datetime import datetime, timedelta

from notifier.settings import RetrySettings

_LARGEST_EXPONENT = 64
"""Beyond it every wait is at its bound anyway, and the power would overflow."""


def retry_at(attempts: int, at: datetime, rule: RetrySettings, chance: float) -> datetime:
    """The moment of the next try.

    Args:
        attempts: tries so far, at least 1.
        at: now.
        rule: first wait, growth, bound, jitter.
        chance: a random number in 0..1; the caller throws the dice.
    """
    exponent = min(max(attempts - 1, 0), _LARGEST_EXPONENT)
    wait_s = min(rule.first_s * rule.factor**exponent, rule.most_s)
    return at + timedelta(seconds=wait_s * (1 - rule.jitter * chance))
