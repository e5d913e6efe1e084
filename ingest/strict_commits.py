"""Commits that never run ahead of the work, for any Faust consumer.

Faust 0.15.3 keeps its own account of what is acknowledged, and it commits past events that are still being
worked on: it compares with `> 1` where the offset right after the commit is already a hole; it counts the
event that ends a gap as part of the gap; and an event whose agent is cancelled by a stop is acknowledged
like a finished one. Each of these loses the event. Here instead:

* an offset is committed only when every event delivered before it was acknowledged, so holes in the log
  (retention, compaction, transactions) need no account at all;
* when the app stops, what is finished is committed before agents are cancelled, and nothing after.
"""

from collections import defaultdict, deque

from faust.transport import base
from faust.types import TP, ConsumerMessage


class InFlight:
    """What was handed to the streams of one partition and is not acknowledged yet, in order."""

    def __init__(self) -> None:
        self._waiting: deque[int] = deque()
        self._next: int | None = None

    def deliver(self, offset: int) -> None:
        """An event was handed over."""
        self._waiting.append(offset)
        self._next = offset + 1

    def settle(self, acked: set[int]) -> int | None:
        """Drop what is acknowledged from the head; returns the offset that may be committed."""
        while self._waiting and self._waiting[0] in acked:
            acked.discard(self._waiting.popleft())
        return self._waiting[0] if self._waiting else self._next


class StrictCommits(base.Consumer):  # type: ignore[misc]  # faust ships no types
    """Comes before a Faust consumer among a class's bases and takes over its account."""

    def __post_init__(self) -> None:
        """Faust's hook after construction."""
        super().__post_init__()
        self.frozen = False
        self._in_flight: defaultdict[TP, InFlight] = defaultdict(InFlight)

    async def on_start(self) -> None:
        """Be told before agents are cancelled."""
        await super().on_start()
        self.frozen = False
        self.app.on_before_shutdown.connect(self._commit_for_the_last_time)

    async def _commit_for_the_last_time(self, *_args: object, **_kwargs: object) -> None:
        await self.commit()
        self.frozen = True

    def deliver(self, message: ConsumerMessage) -> None:
        """An event is being handed to the streams."""
        tp = message.tp
        if self.app.topics.acks_enabled_for(tp.topic):
            # an acknowledgement of its last delivery, before a rebalance, says nothing about this one
            self._acked_index[tp].discard(message.offset)
            self._in_flight[tp].deliver(message.offset)

    def forget(self, tp: TP) -> None:
        """The position has changed: what was delivered will be again, or belongs to somebody else."""
        self._in_flight.pop(tp, None)
        self._acked.pop(tp, None)
        self._acked_index.pop(tp, None)

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Commit what is finished; Faust forgets it in its first step."""
        await self.commit()
        await super().on_partitions_revoked(revoked)
        for tp in revoked:
            self.forget(tp)

    def _new_offset(self, tp: TP) -> int | None:
        self._acked[tp].clear()  # Faust's second list of the same offsets
        return self._in_flight[tp].settle(self._acked_index[tp])

    def _should_commit(self, tp: TP, offset: int) -> bool:
        return not self.frozen and bool(super()._should_commit(tp, offset))

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        """Nothing: what is in flight is known offset by offset."""
