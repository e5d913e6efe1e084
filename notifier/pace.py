"""How fast a sender may be fed: a token bucket, and a breaker for when it fails. Pure functions of a time.

Providers queue what comes too fast and drop it hours later (twilio.com/docs/api/errors/30001); waiting here,
each notice is judged afresh before it goes out.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from pydantic import Field

from models.toml import FrozenModel

FIRST_TRIAL_S = 1.0
"""Before a sender in trouble is tried out for the first time; each failure after that doubles it."""


class PaceSettings(FrozenModel):
    """How fast notices go out.

    Attributes:
        counts: what the provider counts: whole messages, or SMS segments, of which a long text or one in
            Chinese has several.
        per_s: so many of these a second may the account send, in the long run.
        burst: so many of these may go out at once after a pause.
        turn_s: each turn that a case had puts its next notice behind what others have waited for so long.
        trouble_after: failures in a row after which the sender is in trouble, and only tried out.
        trial_s: most seconds between two trials; the first come sooner.
    """

    counts: Literal["messages", "segments"] = "messages"
    per_s: float = Field(default=25.0, gt=0, le=10_000)
    burst: int = Field(default=50, ge=1, le=100_000)
    turn_s: float = Field(default=5.0, ge=0, le=86_400)
    trouble_after: int = Field(default=10, ge=1, le=1000)
    trial_s: float = Field(default=10.0, gt=0, le=3600)


@dataclass(frozen=True, slots=True)
class Bucket:
    """How many messages may go out.

    Attributes:
        tokens: as of `at`; a fraction is one not yet earned. Fewer than none while longer messages went
            out than were expected: how long a message is, is known when it is written.
        at: when it was last looked at.
    """

    tokens: float
    at: datetime


def filled(bucket: Bucket, rule: PaceSettings, at: datetime) -> Bucket:
    """The bucket as it is later. A clock that goes back earns nothing and takes nothing."""
    passed_s = max(0.0, (at - bucket.at).total_seconds())
    return Bucket(min(float(rule.burst), bucket.tokens + passed_s * rule.per_s), max(at, bucket.at))


def take(bucket: Bucket, rule: PaceSettings, at: datetime, wanted: int) -> tuple[Bucket, int]:
    """Take up to so many tokens; returns the bucket afterwards and how many there were."""
    now = filled(bucket, rule, at)
    given = min(max(wanted, 0), max(int(now.tokens), 0))
    return replace(now, tokens=now.tokens - given), given


def give_back(bucket: Bucket, rule: PaceSettings, count: int = 1) -> Bucket:
    """Put tokens back for which nothing was sent."""
    return replace(bucket, tokens=min(float(rule.burst), bucket.tokens + count))


def charge(bucket: Bucket, count: int) -> Bucket:
    """Take tokens that are owed already, whether there are any or not."""
    return replace(bucket, tokens=bucket.tokens - count)


@dataclass(frozen=True, slots=True)
class Breaker:
    """Whether a sender works.

    Attributes:
        failures: in a row, since it last took a message or gave a clear answer.
        try_at: when it is tried out next; None while it works.
        why: what it said last; empty while it works.
    """

    failures: int = 0
    try_at: datetime | None = None
    why: str = ""

    def allows(self, at: datetime, under_way: int) -> bool:
        """Whether one more message may be handed over: in trouble one at a time, and not before its time."""
        return self.try_at is None or (at >= self.try_at and under_way == 0)


def failed(breaker: Breaker, why: str, at: datetime, rule: PaceSettings) -> Breaker:
    """The sender failed: it could not be reached, or did not say what became of a message.

    Args:
        breaker: so far.
        why: in words.
        at: now.
        rule: how many failures are trouble, and how often it is tried out then.
    """
    failures = breaker.failures + 1
    if failures < rule.trouble_after:
        return replace(breaker, failures=failures)
    pause_s = min(rule.trial_s, FIRST_TRIAL_S * 2.0 ** min(failures - rule.trouble_after, 30))
    return Breaker(failures, at + timedelta(seconds=pause_s), why)


def shut(why: str, at: datetime, rule: PaceSettings, pause_s: float) -> Breaker:
    """The sender refuses everything: one word of it is enough."""
    return Breaker(rule.trouble_after, at + timedelta(seconds=pause_s), why)


def answered(breaker: Breaker, bucket: Bucket, at: datetime) -> tuple[Breaker, Bucket]:
    """The sender works. After trouble the bucket is emptied: what piled up drains at the rate."""
    return Breaker(), bucket if breaker.try_at is None else Bucket(0.0, at)
