"""The source behind an address, whatever kind of camera or recording it is."""

import threading
from collections.abc import Iterator
from datetime import UTC, tzinfo
from typing import Literal

from detectors.look import Frame
from edge.sources.address import Kind, kind_of
from edge.sources.folder import PictureFolder
from edge.sources.recorded import RecordedVideo
from edge.sources.seam import FrameSource, Pace, Patience, Stretch
from edge.sources.stream import LiveVideo
from edge.sources.web import WebCamera

Manner = Literal["auto", "stream", "snapshot"]
"""What stands behind a web address: a stream, or a picture that is asked for anew. `auto` asks it once."""


class VideoSource:
    """A file, a folder of pictures, `rtsp://`, `http://` or `/dev/videoN`.

    Args:
        address: of the camera, or the path of a recording.
        pace: how its looks follow each other.
        patience: how long a camera may give nothing.
        decoder: `auto`, `off`, or the name of the circuits that decode.
        manner: of a web address.
        zone: whose local time the pictures of a folder carry.
        stretch: makes looks rarer while the box is overloaded.
    """

    def __init__(
        self,
        address: str,
        pace: Pace | None = None,
        patience: Patience | None = None,
        *,
        decoder: str = "off",
        manner: Manner = "auto",
        zone: tzinfo = UTC,
        stretch: Stretch | None = None,
    ) -> None:
        pace = pace or Pace()
        self.kind = kind_of(address)
        self._source: FrameSource
        match self.kind:
            case Kind.RECORDING:
                self._source = RecordedVideo(address, pace)
            case Kind.FOLDER:
                self._source = PictureFolder(address, pace, zone)
            case Kind.WEB if manner != "stream":
                self._source = WebCamera(
                    address, pace, patience, decoder=decoder, is_picture=manner == "snapshot", stretch=stretch
                )
            case _:
                self._source = LiveVideo(address, pace, patience, decoder=decoder, stretch=stretch)

    @property
    def is_recording(self) -> bool:
        """See `FrameSource`."""
        return self._source.is_recording

    @property
    def duration_s(self) -> float | None:
        """Of a recording that says so, once it was opened."""
        return self._source.duration_s if isinstance(self._source, RecordedVideo) else None

    def frames(self, stop: threading.Event) -> Iterator[Frame]:
        """See `FrameSource`."""
        yield from self._source.frames(stop)
