"""Leaving a registry alone that fails: a pure rule.

Closed until several look-ups in a row fail. Open for a while then: nobody asks. After that one look-up at a
time finds out, and the others wait for what it finds.
"""

from dataclasses import dataclass, replace

from notifier.settings_owners import BreakerSettings


@dataclass(frozen=True, slots=True)
class Breaker:
    """How a registry does.

    Attributes:
        failures: in a row, counted up to where it opens.
        open_until: seconds on the caller's clock; means something only when it is open.
    """

    failures: int = 0
    open_until: float = 0.0

    def is_open(self, rule: BreakerSettings) -> bool:
        """Whether it failed often enough to be left alone."""
        return self.failures >= rule.failures


def ask(breaker: Breaker, rule: BreakerSettings, at: float) -> tuple[Breaker, float]:
    """Whether a look-up may go out now.

    Args:
        breaker: so far.
        rule: when it opens, and for how long.
        at: now, in seconds on a clock that never goes back.

    Returns:
        The breaker afterwards, and the seconds to wait: 0 when it may. Of an open breaker whose time is over,
        the one that may is the only one for another such time, even if it never comes back.
    """
    if not breaker.is_open(rule):
        return breaker, 0.0
    if at < breaker.open_until:
        return breaker, breaker.open_until - at
    return replace(breaker, open_until=at + rule.open_s), 0.0


def answered(breaker: Breaker, rule: BreakerSettings, at: float, *, well: bool) -> Breaker:
    """The breaker after a look-up that went out.

    Args:
        breaker: so far.
        rule: when it opens, and for how long.
        at: now.
        well: the registry answered.
    """
    if well:
        return Breaker()
    after = replace(breaker, failures=min(breaker.failures + 1, rule.failures))
    return replace(after, open_until=at + rule.open_s) if after.is_open(rule) else after
