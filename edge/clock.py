"""How far this device's clock is from the centre's, and how far that may be off.

The centre writes its own time into every receipt. A receipt answers something we sent, so the centre's time
lies between our sending and our hearing, both on a clock of ours that nobody sets (`time.monotonic`): the
middle of the two is off by half the round trip at most. From then on we know the centre's time ourselves, a
little worse with every second, and hold the wall clock against it: also after somebody has set that one.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

DRIFT = 100e-6
"""How much a cheap quartz may gain or lose on another one: 100 millionths, nine seconds a day."""


@dataclass(frozen=True, slots=True)
class Measured:
    """The centre's time at a moment of our monotonic clock.

    Attributes:
        centre_s: seconds since 1970 there.
        at_s: our monotonic clock then.
        error_s: how far `centre_s` may be off.
    """

    centre_s: float
    at_s: float
    error_s: float

    def error_at(self, now_s: float) -> float:
        """How far it may be off by now."""
        return self.error_s + DRIFT * max(0.0, now_s - self.at_s)


@dataclass(frozen=True, slots=True)
class Offset:
    """Our wall clock minus the centre's, and how far that may be off."""

    offset_s: float
    error_s: float


def step(known: Measured | None, *, sent_s: float, heard_s: float, centre_s: float) -> Measured | None:
    """The better of what was known and what a receipt says.

    Args:
        known: so far.
        sent_s: our monotonic clock when something was first sent.
        heard_s: and when its receipt was heard.
        centre_s: the centre's time in that receipt, seconds since 1970.
    """
    if heard_s < sent_s:
        return known
    half_s = (heard_s - sent_s) / 2
    if known is not None and known.error_at(heard_s) <= half_s:
        return known
    return Measured(centre_s, sent_s + half_s, half_s)


def offset(known: Measured | None, wall_s: float, now_s: float) -> Offset | None:
    """Our wall clock held against the centre's time; None until that was measured.

    Args:
        known: the centre's time at some moment.
        wall_s: our wall clock now, seconds since 1970.
        now_s: our monotonic clock now.
    """
    if known is None:
        return None
    centre_s = known.centre_s + (now_s - known.at_s)
    return Offset(round(wall_s - centre_s, 6), round(known.error_at(now_s), 6))


class Clock:
    """The device's clock, held against the centre's. Safe to use from several threads."""

    def __init__(
        self, wall: Callable[[], float] = time.time, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._wall = wall
        self._monotonic = monotonic
        self._known: Measured | None = None
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """The wall clock, UTC."""
        return datetime.fromtimestamp(self._wall(), UTC)

    def heard(self, sent_s: float, heard_s: float, centre_at: datetime) -> None:
        """A receipt came for something first sent at `sent_s` (monotonic), and says what time it is there."""
        with self._lock:
            self._known = step(self._known, sent_s=sent_s, heard_s=heard_s, centre_s=centre_at.timestamp())

    def offset(self) -> Offset | None:
        """How far the wall clock is from the centre's now; None until it was measured."""
        return offset(self._known, self._wall(), self._monotonic())
