"""Who looks next: few turns for many cameras, the newest picture for each, and fewer looks under overload.

A look needs a turn; there are as many as the box has cores for it. Who waits gets the next by how long it has
not looked, measured in its own look interval, so no camera starves and none is favoured. A camera that waits
keeps only its newest picture, so nothing ever queues. When waits grow, every live camera's looks become rarer
by the same factor, and so does what its source decodes; when they shrink, looks come back.
"""

import os
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from detectors.look import Frame
from edge.sources import FrameSource, Stretch
from models.errors import SourceLost

BUSY_SHARE = 0.25
"""Waiting for a turn for more of the look interval than this, on average: the box has too much to do."""

RARER, DENSER = 1.15, 0.97
"""A second's step towards fewer and towards more looks: quick to give way, slow to come back, so that it
settles instead of swinging."""

LARGEST_STRETCH = 30.0
OVERLOADED = 1.2
"""From here on the status says so: a fifth fewer looks than asked for is more than chance."""

SMOOTHING = 0.1
REMEMBERED_LOOKS = 16
LEAST_INTERVAL_S = 1e-3
"""Every frame is a look: an interval of nothing has no share."""

STOP_POLL_S = 0.5
"""How often a thread that waits for something else asks whether to stop."""

STUCK_MOST = 3
"""So many readers of one camera that hang, and it is not opened again: each keeps a thread and a socket."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A camera that wants a turn.

    Attributes:
        looked_at: when its last look was, seconds of any steady clock.
        interval_s: how far apart its looks are meant to be.
    """

    looked_at: float
    interval_s: float


def choose(waiting: Sequence[Waiting], now: float) -> int:
    """Who gets the next turn: whoever has not looked for the largest number of its own intervals.

    Args:
        waiting: at least one camera; of equals the first wins.
        now: by the same clock.

    Returns:
        Its index.
    """
    overdue = [(now - camera.looked_at) / max(camera.interval_s, LEAST_INTERVAL_S) for camera in waiting]
    return max(range(len(waiting)), key=lambda index: overdue[index])


@dataclass(frozen=True, slots=True)
class Load:
    """How much the box has to do.

    Attributes:
        factor: how much rarer than asked looks are.
        wait_share: how long looks waited lately, in look intervals.
        adapted_at: when the factor was set last.
    """

    factor: float = 1.0
    wait_share: float = 0.0
    adapted_at: float = float("-inf")


def adapt(load: Load, wait_share: float, now: float) -> Load:
    """Advance by one turn.

    Args:
        load: before.
        wait_share: how long this turn was waited for, in look intervals as asked for.
        now: seconds of any steady clock.
    """
    smoothed = load.wait_share + SMOOTHING * (min(wait_share, 1.0) - load.wait_share)
    if now - load.adapted_at < 1.0:
        return replace(load, wait_share=smoothed)
    factor = load.factor * (RARER if smoothed > BUSY_SHARE else DENSER)
    return Load(min(max(factor, 1.0), LARGEST_STRETCH), smoothed, now)


@dataclass(frozen=True, slots=True)
class _Asked:
    """One camera's place in the queue for a turn."""

    camera: Waiting
    granted: threading.Event = field(default_factory=threading.Event)


class Turns:
    """Hands out turns.

    Args:
        count: how many looks at a time; by default one a core.
    """

    def __init__(self, count: int | None = None) -> None:
        self.stretch = Stretch()
        self._free = count or os.cpu_count() or 1
        self._lock = threading.Lock()
        self._queue: list[_Asked] = []
        self._load = Load()

    @property
    def overloaded(self) -> bool:
        """Whether looks are rarer than asked for."""
        return self._load.factor >= OVERLOADED

    @contextmanager
    def turn(self, camera: Waiting, stop: threading.Event, *, is_live: bool) -> Iterator[bool]:
        """Wait for a turn and hold it; False, and none is held, where `stop` came first.

        Args:
            camera: who asks.
            stop: ends the wait.
            is_live: a recording can wait, so its waits say nothing about the load.
        """
        began = time.monotonic()
        asked = _Asked(camera)
        with self._lock:
            self._queue.append(asked)
            self._grant()
        while not asked.granted.wait(STOP_POLL_S):
            if stop.is_set() and self._give_up(asked):
                yield False
                return
        try:
            if is_live:
                self._note((time.monotonic() - began) / max(camera.interval_s, LEAST_INTERVAL_S))
            yield True
        finally:
            with self._lock:
                self._free += 1
                self._grant()

    def _grant(self) -> None:
        """Give the free turns away. To be called with the lock held."""
        while self._free and self._queue:
            index = choose([asked.camera for asked in self._queue], time.monotonic())
            self._free -= 1
            self._queue.pop(index).granted.set()

    def _give_up(self, asked: _Asked) -> bool:
        """Leave the queue; False where the turn has just come."""
        with self._lock:
            if asked.granted.is_set():
                return False
            self._queue.remove(asked)
            return True

    def _note(self, wait_share: float) -> None:
        with self._lock:
            self._load = adapt(self._load, wait_share, time.monotonic())
            self.stretch.factor = self._load.factor


class Mailbox:
    """Holds the newest frame of one camera, or how its source ended."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._frame: Frame | None = None
        self._end: BaseException | None = None
        self._closed = False
        self.dropped = 0

    def put(self, frame: Frame) -> None:
        """Leave a frame; one that still lies there is dropped."""
        with self._changed:
            self.dropped += self._frame is not None
            self._frame = frame
            self._changed.notify_all()

    def close(self, end: BaseException | None) -> None:
        """No more frames come, and why."""
        with self._changed:
            self._end, self._closed = end, True
            self._changed.notify_all()

    def wait(self, timeout_s: float) -> bool:
        """Whether there is something to take, a frame or the end."""
        with self._changed:
            return self._changed.wait_for(lambda: self._frame is not None or self._closed, timeout_s)

    def take(self) -> Frame | None:
        """The newest frame; None at the end.

        Raises:
            BaseException: what the source ended with, once every frame is taken.
        """
        with self._changed:
            frame, self._frame = self._frame, None
            if frame is None and self._end is not None:
                raise self._end
            return frame


class _Reading:
    """Reads a source in a thread of its own, and leaves the newest frame in a mailbox."""

    def __init__(self, source: FrameSource) -> None:
        self.stop = threading.Event()
        self.mailbox = Mailbox()
        self._source = source
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def is_alive(self) -> bool:
        """Whether it still reads, or hangs."""
        return self._thread.is_alive()

    def _run(self) -> None:
        end: BaseException | None = None
        try:
            for frame in self._source.frames(self.stop):
                self.mailbox.put(frame)
                if self.stop.is_set():
                    break
        except Exception as exc:  # noqa: BLE001 - whatever it is, the camera's own thread deals with it
            end = exc
        self.mailbox.close(end)


class ScheduledSource:
    """A source whose frames come one turn each.

    A live camera is read in a thread of its own, as fast as it sends, and each turn gets its newest frame; if
    it gives none for too long, whatever hangs, it is left behind and the camera is lost. A recording waits
    for its turns: every frame of it counts.

    Args:
        source: where the frames come from.
        turns: shared by all cameras of the box.
        interval_s: how far apart looks are meant to be.
        watchdog_s: how long a live camera may give no frame; None for as long as it likes.
        name: as it may be shown.
    """

    def __init__(
        self,
        source: FrameSource,
        turns: Turns,
        *,
        interval_s: float,
        watchdog_s: float | None,
        name: str,
    ) -> None:
        self._source = source
        self._turns = turns
        self._interval_s = interval_s
        self._watchdog_s = watchdog_s
        self._name = name
        self._looked_at = time.monotonic() - interval_s
        self._looks_at: deque[float] = deque(maxlen=REMEMBERED_LOOKS)
        self._left: list[_Reading] = []

    @property
    def is_recording(self) -> bool:
        """See `FrameSource`."""
        return self._source.is_recording

    @property
    def look_interval_s(self) -> float:
        """How far apart the last looks were; 0 before the second."""
        times = list(self._looks_at)
        return (times[-1] - times[0]) / (len(times) - 1) if len(times) > 1 else 0.0

    @property
    def overloaded(self) -> bool:
        """Whether looks are rarer than asked for, because the box has too much to do."""
        return not self.is_recording and self._turns.overloaded

    def frames(self, stop: threading.Event) -> Iterator[Frame]:
        """See `FrameSource`. A turn is held until the next frame is asked for."""
        self._looks_at.clear()
        if self.is_recording:
            yield from self._recorded(stop)
            return
        reading = self._start()
        try:
            while self._wait(reading, stop):
                with self._turn(stop) as held:
                    if not held:
                        return
                    frame = reading.mailbox.take()
                    if frame is None:
                        return
                    yield frame
        finally:
            reading.stop.set()
            self._left.append(reading)

    def _recorded(self, stop: threading.Event) -> Iterator[Frame]:
        for frame in self._source.frames(stop):
            with self._turn(stop) as held:
                if not held:
                    return
                yield frame

    @contextmanager
    def _turn(self, stop: threading.Event) -> Iterator[bool]:
        me = Waiting(self._looked_at, self._interval_s)
        with self._turns.turn(me, stop, is_live=not self.is_recording) as held:
            if held:
                self._looked_at = time.monotonic()
                self._looks_at.append(self._looked_at)
            yield held

    def _start(self) -> _Reading:
        self._left = [reading for reading in self._left if reading.is_alive]
        if len(self._left) >= STUCK_MOST:
            raise SourceLost(f"{self._name}: {len(self._left)} readers hang in it; restart the camera")
        return _Reading(self._source)

    def _wait(self, reading: _Reading, stop: threading.Event) -> bool:
        """Until there is something in the mailbox; False where `stop` came first.

        Raises:
            SourceLost: nothing came for too long.
        """
        since = time.monotonic()
        while not stop.is_set():
            if reading.mailbox.wait(STOP_POLL_S):
                return True
            waited_s = time.monotonic() - since
            if self._watchdog_s is not None and waited_s > self._watchdog_s * self._turns.stretch.factor:
                raise SourceLost(f"{self._name} gave no picture for {waited_s:.0f} s")
        return False
