"""The seam to cameras: something that gives frames, and something that gives one still."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol

from detectors.look import Frame


class FrameSource(Protocol):
    """A camera, or a recording of one."""

    @property
    def is_recording(self) -> bool:
        """Whether it ends by itself."""

    def frames(self, stop: threading.Event) -> Iterator[Frame]:
        """Frames at least one look apart, until the end or `stop`.

        Raises:
            SourceLost: it stopped giving frames; try again later.
            SourceUnusable: it never will give any.
        """


class Stills(Protocol):
    """Gives one picture of a camera, in full, when it is asked to."""

    def grab(self, stop: threading.Event) -> Frame:
        """One picture, as soon as the camera gives one.

        Raises:
            SourceLost: it gave none in time, or `stop` came first.
            SourceUnusable: it never will give any.
        """


class ScriptedSource:
    """Gives the frames it was given; then ends, or fails as told."""

    def __init__(self, frames: list[Frame], *, failure: Exception | None = None) -> None:
        self._frames = frames
        self._failure = failure

    @property
    def is_recording(self) -> bool:
        """See `FrameSource`."""
        return self._failure is None

    def frames(self, stop: threading.Event) -> Iterator[Frame]:
        """See `FrameSource`."""
        for frame in self._frames:
            if stop.is_set():
                return
            yield frame
        if self._failure is not None:
            raise self._failure


class Stretch:
    """How much rarer than asked looks are at the moment; all live cameras of an overloaded box share one.

    Attributes:
        factor: 1 or more. Written by the scheduler, read by the sources.
    """

    def __init__(self) -> None:
        self.factor = 1.0


@dataclass(frozen=True, slots=True)
class Pace:
    """How the looks of a source follow each other.

    Attributes:
        look_interval_s: least time between two looks, by the camera's clock.
        speed: of a recording; `max` waits for nothing.
        start_at: when the first frame of a recording was captured. By default a recording played at its
            own speed starts now, and one played faster started so long ago that nothing it shows lies in
            the future.
    """

    look_interval_s: float = 1.0
    speed: float | Literal["max"] = 1.0
    start_at: datetime | None = None

    def begins_at(self, now: datetime, length: timedelta) -> datetime:
        """When the first frame of a recording of that length was captured, if it is played from now on."""
        if self.start_at is not None:
            return self.start_at
        share_played = 0.0 if self.speed == "max" else min(1.0, 1.0 / self.speed)
        return now - length * (1.0 - share_played)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a network camera may give nothing before it is lost.

    Attributes:
        open_s: until it answers.
        read_s: between two pieces of its stream: the watchdog of the well-known recorders, per camera here.
        picture_s: without a picture, while pieces keep coming: a decoder that hangs, a stream without a
            keyframe. Longer than the groups of pictures of cameras that save on keyframes (up to 20 s).
    """

    open_s: float = 10.0
    read_s: float = 20.0
    picture_s: float = 60.0
