"""How many notices may start now, and which: the state around the pure rules of `pace` and `turns`."""

from collections.abc import Sequence
from datetime import datetime

from cases.notices.queue import Waiting
from notifier import pace, turns
from notifier.outcomes import Outcome, Turn
from notifier.pace import Breaker, Bucket, PaceSettings

UNSENT = frozenset({Turn.NOT_SENT, Turn.WITHHELD, Turn.WAITS})
"""Nobody asked the sender for anything."""
FAILED = frozenset({Turn.DELAYED, Turn.IN_DOUBT})


class Gate:
    """Lets notices through to one sender.

    Args:
        rule: how fast.
        sends_at_once: requests at the sender at the same time.
        closed_s: pause after the sender refused everything.
        at: now. The bucket is full at the start.
    """

    def __init__(self, rule: PaceSettings, sends_at_once: int, closed_s: float, at: datetime) -> None:
        self._rule = rule
        self._at_once = sends_at_once
        self._closed_s = closed_s
        self._bucket = Bucket(float(rule.burst), at)
        self._breaker = Breaker()
        self._had: turns.Had = {}

    @property
    def trouble(self) -> str:
        """What the sender said last, while it is only tried out; empty while it works."""
        return self._breaker.why

    def room(self, at: datetime, under_way: int) -> int:
        """How many may start now."""
        if not self._breaker.allows(at, under_way):
            return 0
        most = self._at_once if self._breaker.try_at is None else 1
        tokens = int(pace.filled(self._bucket, self._rule, at).tokens)
        return max(0, min(most - under_way, tokens))

    def choose(self, waiting: Sequence[Waiting], at: datetime, under_way: int) -> tuple[Waiting, ...]:
        """Which start now; each takes a token, to be given back if nothing comes of it (`heard`)."""
        room = self.room(at, under_way)
        chosen, self._had = turns.choose(waiting, self._had, room, self._rule.turn_s)
        self._bucket, _ = pace.take(self._bucket, self._rule, at, len(chosen))
        return chosen

    def heard(self, outcomes: Sequence[Outcome], at: datetime) -> None:
        """What became of one that was chosen; no outcome when somebody else was faster, or it failed here."""
        if all(outcome.turn in UNSENT for outcome in outcomes):
            self._bucket = pace.give_back(self._bucket, self._rule)
        if self._rule.counts == "segments":
            more = sum(outcome.segments - 1 for outcome in outcomes if outcome.turn not in UNSENT)
            self._bucket = pace.charge(self._bucket, more)
        for outcome in outcomes:
            if outcome.turn in FAILED:
                self._breaker = pace.failed(self._breaker, outcome.why, at, self._rule)
            elif outcome.turn is Turn.CLOSED:
                self._breaker = pace.shut(outcome.why, at, self._rule, self._closed_s)
            elif outcome.turn not in UNSENT:
                self._breaker, self._bucket = pace.answered(self._breaker, self._bucket, at)
