"""Where frames come from: recordings, network cameras and local devices, by the same code."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal, Protocol

import av
import av.error
import numpy as np

from detectors.look import Frame
from models.errors import SourceLost, SourceUnusable

UNUSABLE = (
    av.error.FileNotFoundError,
    av.error.PermissionError,
    av.error.DecoderNotFoundError,
    av.error.DemuxerNotFoundError,
    av.error.ProtocolNotFoundError,
    av.error.OptionNotFoundError,
    av.error.HTTPUnauthorizedError,
    av.error.HTTPForbiddenError,
)
"""What no waiting will mend. Everything else the library raises may pass."""


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
    """

    open_s: float = 10.0
    read_s: float = 20.0


class VideoSource:
    """A file, `rtsp://`, `http://` or `/dev/videoN`, read with FFmpeg's libraries."""

    def __init__(self, address: str, pace: Pace | None = None, patience: Patience | None = None) -> None:
        self._address = address
        self._name = without_credentials(address)
        self._pace = pace or Pace()
        self._patience = patience or Patience()
        self.duration_s: float | None = None

    @property
    def is_recording(self) -> bool:
        """See `FrameSource`. A path that is no device is a recording."""
        return "://" not in self._address and not self._address.startswith("/dev/")

    def frames(self, stop: threading.Event) -> Iterator[Frame]:
        """See `FrameSource`."""
        with _translated(self._name), self._open() as container:
            stream = next(iter(container.streams.video), None)
            if stream is None:
                raise SourceUnusable(f"{self._name} has no video in it; give a video stream")
            stream.thread_type = "AUTO"
            if self.is_recording:
                yield from self._recorded(container, stream, stop)
            else:
                yield from self._live(container, stream, stop)
                if not stop.is_set():
                    raise SourceLost(f"{self._name} ended the stream")

    def _open(self) -> Any:  # noqa: ANN401 - the library's containers have no public common type
        options = {"rtsp_transport": "tcp"} if self._address.startswith("rtsp") else {}
        form = "v4l2" if self._address.startswith("/dev/") else None
        if self.is_recording:
            if not Path(self._address).is_file():
                raise SourceUnusable(f"{self._name}: no such file; give --camera an existing recording")
            return av.open(self._address)
        patience = (self._patience.open_s, self._patience.read_s)
        return av.open(self._address, format=form, options=options, timeout=patience)

    def _recorded(self, container: Any, stream: Any, stop: threading.Event) -> Iterator[Frame]:  # noqa: ANN401
        length = timedelta(microseconds=container.duration or 0)
        self.duration_s = length.total_seconds()
        start_at = self._pace.begins_at(datetime.now(UTC), length)
        began = time.monotonic()
        first_s: float | None = None
        next_s = 0.0
        for picture in container.decode(stream):
            if stop.is_set():
                return
            if picture.time is None:
                continue
            first_s = picture.time if first_s is None else first_s
            at_s = picture.time - first_s
            if at_s < next_s - 1e-3:
                continue
            next_s = at_s + self._pace.look_interval_s
            if self._pace.speed != "max" and stop.wait(
                max(0.0, began + at_s / self._pace.speed - time.monotonic())
            ):
                return
            yield _frame(picture, start_at + timedelta(seconds=at_s))

    def _live(self, container: Any, stream: Any, stop: threading.Event) -> Iterator[Frame]:  # noqa: ANN401
        due = time.monotonic()
        for picture in container.decode(stream):
            if stop.is_set():
                return
            now = time.monotonic()
            if now < due:
                continue
            # Looks are counted from the schedule, so that a late frame does not make all later ones late.
            due = max(due + self._pace.look_interval_s, now)
            yield _frame(picture, datetime.now(UTC))


def _frame(picture: Any, captured_at: datetime) -> Frame:  # noqa: ANN401
    pixels = np.asarray(picture.to_ndarray(format="bgr24"), dtype=np.uint8)
    return Frame(pixels=pixels, captured_at=captured_at, received_at=datetime.now(UTC))


def without_credentials(address: str) -> str:
    """An address as it may be shown and logged."""
    scheme, separator, rest = address.partition("://")
    return f"{scheme}{separator}{rest.rpartition('@')[2]}" if separator else address


@contextmanager
def _translated(address: str) -> Iterator[None]:
    try:
        yield
    except UNUSABLE as exc:
        raise SourceUnusable(f"{address} cannot be used: {exc.strerror}") from exc
    except av.error.InvalidDataError as exc:
        raise SourceLost(f"{address} holds data that is no video: {exc.strerror}") from exc
    except av.error.FFmpegError as exc:
        raise SourceLost(f"{address} stopped: {exc.strerror}") from exc
    except OSError as exc:
        raise SourceLost(f"{address} cannot be reached: {exc}") from exc
