"""Whether a stream is read as fast as it comes: what is not read in time waits in a queue that only grows."""

from dataclasses import dataclass

WAITED_S = 0.005
"""A read that took this long found nothing there: the queue was empty. Taking what is there is quicker."""

LATE_S = 2.0
"""So long without an empty queue, and what is read now was sent about as long ago."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """What is known of the queue between a camera and us.

    Told from how long reads wait, not from time stamps: some cameras' clocks run percents fast or slow.

    Attributes:
        empty_at_s: when it was empty last.
    """

    empty_at_s: float

    def after(self, waited_s: float, now_s: float) -> "Backlog":
        """Advance by one read.

        Args:
            waited_s: how long it took.
            now_s: when it ended.
        """
        return Backlog(now_s) if waited_s >= WAITED_S else self

    def is_late(self, now_s: float) -> bool:
        """Whether reading has fallen behind."""
        return now_s - self.empty_at_s > LATE_S
