"""Recordings: every frame is decoded and its own clock counts, so that stays are true to the second."""

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import av

from detectors.look import Frame
from edge.sources.decoded import DecodedPicture
from edge.sources.seam import Pace
from edge.sources.translating import translated
from models.errors import SourceUnusable

EARLY_S = 1e-3
"""Time stamps are rounded: a frame this much before its time is on time."""


class RecordedVideo:
    """A video file.

    Attributes:
        duration_s: once it was opened; None before.
    """

    def __init__(self, path: str, pace: Pace) -> None:
        self._path = path
        self._pace = pace
        self.duration_s: float | None = None

    @property
    def is_recording(self) -> bool:
        """See `FrameSource`."""
        return True

    def frames(self, stop: threading.Event) -> Iterator[Frame]:
        """See `FrameSource`."""
        with translated(self._path), self._open() as container:
            stream = next(iter(container.streams.video), None)
            if stream is None:
                raise SourceUnusable(f"{self._path} has no video in it; give a video stream")
            if self._pace.speed == "max":
                stream.thread_type = "AUTO"
            else:
                stream.codec_context.thread_count = 1
            yield from self._looks(container, stream, stop)

    def _open(self) -> Any:  # noqa: ANN401 - the library's containers have no public common type
        if not Path(self._path).is_file():
            raise SourceUnusable(f"{self._path}: no such file; name an existing recording")
        return av.open(self._path)

    def _looks(self, container: Any, stream: Any, stop: threading.Event) -> Iterator[Frame]:  # noqa: ANN401
        length = timedelta(microseconds=container.duration or 0)
        self.duration_s = length.total_seconds()
        start_at = self._pace.begins_at(datetime.now(UTC), length)
        began = time.monotonic()
        next_s = 0.0
        for at_s, picture in _timed(container, stream):
            if stop.is_set():
                return
            if at_s < next_s - EARLY_S:
                continue
            next_s = at_s + self._pace.look_interval_s
            if self._pace.speed != "max" and stop.wait(
                max(0.0, began + at_s / self._pace.speed - time.monotonic())
            ):
                return
            yield Frame(
                DecodedPicture(picture),
                start_at + timedelta(seconds=at_s),
                datetime.now(UTC),
                spacing_s=self._pace.look_interval_s,
            )


def _timed(container: Any, stream: Any) -> Iterator[tuple[float, Any]]:  # noqa: ANN401
    """Frames with their seconds since the first. One without a time stamp comes a frame after the last."""
    frame_s = 1.0 / float(stream.average_rate or 25)
    first_s: float | None = None
    at_s = -frame_s
    for picture in container.decode(stream):
        if picture.time is None:
            at_s += frame_s
        else:
            # The first frame may be the one without: then the next one tells when it was.
            first_s = picture.time - (at_s + frame_s) if first_s is None else first_s
            at_s = picture.time - first_s
        yield at_s, picture
