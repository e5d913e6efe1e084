"""From the spool to the centre: sent in order, sent again until the centre's receipt."""

import threading
import time
from datetime import datetime

import structlog

from edge.clock import Clock
from edge.link import Link
from edge.spool import Entry, Spool
from models import envelope
from models.errors import StorageFull, TransportDown
from models.topics import Channel, Topic

MAX_BATCH_EVENTS = 100
MAX_BATCH_BYTES = 256 * 1024
MAX_WAITING_EVENTS = 1000
MAX_WAITING_PICTURES = 8
MAX_FIRST_SENT = 20_000
IDLE_S = 0.2
DEAD_LINE_S = 60.0
"""Entries wait for receipts and nothing at all has come in for this long: the connection is dead."""

log = structlog.get_logger("clearway.edge.courier")


class Window:
    """What was sent and not yet confirmed. One thread sends, another takes receipts.

    Args:
        resend_after_s: how long a receipt may take before everything unconfirmed is sent again.
        older_than: entries up to this number may have been sent before this program began.
    """

    def __init__(self, resend_after_s: float, older_than: int = 0) -> None:
        self._resend_after_s = resend_after_s
        self._older_than = older_than
        self._sent_at: dict[str, float] = {}
        self._first_sent_at: dict[str, float] = {}
        self._lock = threading.Lock()
        self.cursor = 0

    def __len__(self) -> int:
        return len(self._sent_at)

    def sent(self, entries: list[Entry], now: float) -> None:
        """Entries go out. Said before they do: a receipt may be faster than the thread that sends."""
        with self._lock:
            for entry in entries:
                self._sent_at[entry.id] = now
                if len(self._first_sent_at) >= MAX_FIRST_SENT:
                    # What the spool dropped is never confirmed: begin afresh before it fills the memory.
                    self._first_sent_at.clear()
                    self._older_than = entry.seq
                if entry.seq > self._older_than:
                    self._first_sent_at.setdefault(entry.id, now)
                self.cursor = max(self.cursor, entry.seq)

    def confirmed(self, ids: tuple[str, ...]) -> float | None:
        """A receipt has come. Returns when the last of what it confirms was sent for the first time.

        None where that is not known. The receipt may answer the first sending of several: only the first
        is certain to have been before the receipt was written.
        """
        with self._lock:
            for name in ids:
                self._sent_at.pop(name, None)
            first = [self._first_sent_at.pop(name) for name in ids if name in self._first_sent_at]
        return max(first, default=None)

    def start_over(self) -> None:
        """Everything unconfirmed goes out again, in its order."""
        with self._lock:
            self._sent_at.clear()
            self.cursor = 0

    def overdue(self, now: float) -> bool:
        """Whether the oldest unconfirmed entry has waited too long."""
        with self._lock:
            oldest = next(iter(self._sent_at.values()), now)
        return now - oldest > self._resend_after_s


class Courier:
    """Drains the spool over the link. One thread calls `turn` again and again.

    Args:
        clock: learns the centre's time from receipts.
    """

    def __init__(
        self,
        spool: Spool,
        link: Link,
        site: str,
        device: str,
        resend_after_s: float,
        *,
        clock: Clock | None = None,
    ) -> None:
        self._spool = spool
        self._link = link
        self._observations = str(Topic(site, device, Channel.OBSERVATIONS))
        self._site, self._device = site, device
        self._clock = clock
        self._events = Window(resend_after_s, spool.newest("events"))
        self._pictures = Window(resend_after_s, spool.newest("pictures"))
        self._was_connected = False

    @property
    def unconfirmed(self) -> int:
        """How many entries are on their way."""
        return len(self._events) + len(self._pictures)

    def receipt(self, ids: tuple[str, ...], centre_at: datetime | None = None) -> None:
        """The centre has these: the spool may drop them.

        Args:
            ids: what it has.
            centre_at: its clock when it said so.
        """
        heard_s = time.monotonic()
        try:
            self._spool.confirm(ids)
        except StorageFull as exc:
            # They go out again, and the centre knows them.
            log.error("receipt cannot be kept", why=str(exc))  # noqa: TRY400 - no traceback
            return
        sent = [self._events.confirmed(ids), self._pictures.confirmed(ids)]
        sent_s = max((moment for moment in sent if moment is not None), default=None)
        if self._clock is not None and centre_at is not None and sent_s is not None:
            self._clock.heard(sent_s, heard_s, centre_at)
        self._spool.added.set()

    def run(self, stop: threading.Event) -> None:
        """Send until told to stop."""
        while not stop.is_set():
            self._spool.added.wait(IDLE_S)
            self._spool.added.clear()
            try:
                self.turn(time.monotonic())
            except TransportDown as exc:
                log.info("courier waits", why=str(exc))
                stop.wait(1.0)

    def turn(self, now: float) -> None:
        """Send whatever may be sent now.

        Raises:
            TransportDown: the link took nothing more; the spool keeps everything.
        """
        connected = self._link.connected.is_set()
        if connected and not self._was_connected:
            self._events.start_over()
            self._pictures.start_over()
        self._was_connected = connected
        if not connected:
            return
        self._watch_over(now)
        while batch := self._next_events():
            body = envelope.join([entry.body for entry in batch])
            self._send(self._events, batch, self._observations, body, now)
            log.debug("observations sent", ids=[entry.id for entry in batch])
        while len(self._pictures) < MAX_WAITING_PICTURES:
            entries = self._spool.pictures(after=self._pictures.cursor, limit=1)
            if not entries:
                break
            topic = Topic(self._site, self._device, Channel.EVIDENCE, entries[0].id)
            self._send(self._pictures, entries, str(topic), entries[0].body, now)

    def _send(self, window: Window, entries: list[Entry], topic: str, body: bytes, now: float) -> None:
        window.sent(entries, now)
        try:
            self._link.publish(topic, body)
        except TransportDown:
            window.start_over()
            raise

    def _watch_over(self, now: float) -> None:
        for window, what in ((self._events, "observations"), (self._pictures, "pictures")):
            if window.overdue(now):
                log.warning("no receipt in time, sending again", what=what, waiting=len(window))
                window.start_over()
        if self.unconfirmed and self._link.silent_s() > DEAD_LINE_S:
            log.warning("the broker connection seems dead, reconnecting", silent_s=self._link.silent_s())
            self._link.reconnect()

    def _next_events(self) -> list[Entry]:
        room = MAX_WAITING_EVENTS - len(self._events)
        if room <= 0:
            return []
        batch: list[Entry] = []
        size = 0
        for entry in self._spool.events(after=self._events.cursor, limit=min(room, MAX_BATCH_EVENTS)):
            if batch and size + len(entry.body) > MAX_BATCH_BYTES:
                break
            batch.append(entry)
            size += len(entry.body)
        return batch
