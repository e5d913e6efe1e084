"""What an answer of a receiver means: for the event that was posted, and for the receiver itself.

Pure. One event: delivered, tried again later, or dead. The receiver: well, failing, or paused - then one
event at a time is tried at growing intervals until it answers well, and all the others wait.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from models.backoff import Backoff

OK_FROM, OK_BELOW = 200, 300
REDIRECTED_BELOW = 400
GONE, TIMED_OUT, TOO_EARLY, TOO_MANY = 410, 408, 425, 429
SERVER_FAULT = 500
LONGEST_WAIT_S = 3600.0
"""However far ahead a receiver puts us off: an hour later we ask again."""
RETRY = Backoff(first_s=1.0, limit_s=600.0)
PROBE = Backoff(first_s=15.0, limit_s=300.0)


class Verdict(StrEnum):
    """What an answer means for the event."""

    TAKEN = "taken"
    LATER = "later"
    NEVER = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What became of one POST.

    Attributes:
        status: of HTTP; None when no answer came.
        why: the fault, or the first words of the answer.
        retry_after_s: how long the receiver asks us to wait.
    """

    status: int | None
    why: str = ""
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long events are tried, and when a receiver is paused.

    Attributes:
        retry_for_s: after this long an event is dead.
        wait: between two tries of one event.
        pause_after: so many failures in a row, and none better in between.
        probe: between two tries while paused.
    """

    retry_for_s: float = 48 * 3600.0
    wait: Backoff = RETRY
    pause_after: int = 10
    probe: Backoff = PROBE


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How a receiver is doing.

    Attributes:
        failures: in a row, of any event.
        failing_since: the first of them.
        held_until: nothing is sent before.
        paused_at: since when it is tried with one event at a time.
        why: its last failure.
    """

    failures: int = 0
    failing_since: datetime | None = None
    held_until: datetime | None = None
    paused_at: datetime | None = None
    why: str = ""

    @property
    def paused(self) -> bool:
        """Whether everything but probes waits."""
        return self.paused_at is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What becomes of the event: `next_try_at` is set when it is tried again."""

    verdict: Verdict
    next_try_at: datetime | None = None
    why: str = ""


def judge(answer: Answer) -> Verdict:
    """What an answer means, by its status alone."""
    status = answer.status
    if status is None or status >= SERVER_FAULT or status in {TIMED_OUT, TOO_EARLY, TOO_MANY}:
        return Verdict.LATER
    return Verdict.TAKEN if OK_FROM <= status < OK_BELOW else Verdict.NEVER


def fate(
    answer: Answer, attempts: int, first_try_at: datetime, *, rule: Patience, at: datetime, chance: float
) -> Fate:
    """What becomes of one event.

    Args:
        answer: to the try that just ended.
        attempts: tries so far, this one included.
        first_try_at: when it was first tried.
        rule: of all webhooks.
        at: now.
        chance: 0..1, drawn by the caller.
    """
    verdict = judge(answer)
    why = explained(answer)
    if verdict is not Verdict.LATER:
        return Fate(verdict=verdict, why=why)
    tried_s = (at - first_try_at).total_seconds()
    if tried_s >= rule.retry_for_s:
        return Fate(verdict=Verdict.NEVER, why=f"given up after {tried_s / 3600:.0f} h: {why}")
    wait_s = max(rule.wait.wait_s(attempts, chance), _asked_s(answer))
    return Fate(verdict=verdict, next_try_at=at + timedelta(seconds=wait_s), why=why)


def health_after(health: Health, answer: Answer, rule: Patience, at: datetime, chance: float) -> Health:
    """How the receiver is doing after one more answer.

    Refusals count as failures like any other: a receiver that refuses everything has a fault, and what
    waits for it must not be refused to death.
    """
    if judge(answer) is Verdict.TAKEN:
        # What it asked us to wait while it worked still holds.
        return Health(held_until=None if health.paused else health.held_until)
    failures = health.failures + 1
    failing = replace(
        health,
        failures=failures,
        failing_since=health.failing_since or at,
        why=explained(answer),
        held_until=_later(health.held_until, at + timedelta(seconds=_asked_s(answer))),
    )
    if failures < rule.pause_after and answer.status != GONE and not health.paused:
        return failing
    probes = max(1, failures - rule.pause_after + 1)
    probe_at = at + timedelta(seconds=rule.probe.wait_s(probes, chance))
    return replace(failing, paused_at=health.paused_at or at, held_until=_later(failing.held_until, probe_at))


def given_up(health: Health, rule: Patience, at: datetime) -> datetime | None:
    """Events that were waiting at this moment already are dead, for the receiver failed ever since."""
    if health.failing_since is None:
        return None
    limit = at - timedelta(seconds=rule.retry_for_s)
    return limit if health.failing_since <= limit else None


def explained(answer: Answer) -> str:
    """An answer in words."""
    status = answer.status
    if status is None:
        return answer.why
    if OK_BELOW <= status < REDIRECTED_BELOW:
        return f"{status}: redirects are refused; subscribe with the final address"
    return f"{status}: {answer.why}" if answer.why else str(status)


def _asked_s(answer: Answer) -> float:
    return min(max(answer.retry_after_s or 0.0, 0.0), LONGEST_WAIT_S)


def _later(one: datetime | None, other: datetime) -> datetime:
    return other if one is None else max(one, other)
