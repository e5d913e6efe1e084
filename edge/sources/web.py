"""A camera behind a web address: a stream, or a picture that is asked for again and again."""

import threading
from collections.abc import Iterator

from detectors.look import Frame
from edge.sources.fetching import Fetcher, Page
from edge.sources.seam import Pace, Patience, Stretch
from edge.sources.snapshot import SnapshotCamera
from edge.sources.stream import LiveVideo


class WebCamera:
    """Asks the address once what it is, and goes on accordingly.

    Args:
        address: `http://…` or `https://…`.
        pace: how often a look is wanted.
        patience: how long it may give nothing.
        decoder: of a stream, see `LiveVideo`.
        is_picture: whether it is known to be a picture.
        stretch: makes looks rarer while the box is overloaded.
    """

    def __init__(
        self,
        address: str,
        pace: Pace | None = None,
        patience: Patience | None = None,
        *,
        decoder: str = "off",
        is_picture: bool = False,
        stretch: Stretch | None = None,
    ) -> None:
        self._address = address
        self._patience = patience or Patience()
        self._is_picture = is_picture
        self._snapshots = SnapshotCamera(address, pace, self._patience, stretch=stretch)
        self._stream = LiveVideo(address, pace, self._patience, decoder=decoder, stretch=stretch)

    @property
    def is_recording(self) -> bool:
        """See `FrameSource`."""
        return False

    def frames(self, stop: threading.Event) -> Iterator[Frame]:
        """See `FrameSource`."""
        self._is_picture = self._is_picture or shows_a_picture(self._address, self._patience)
        if self._is_picture:
            yield from self._snapshots.frames(stop)
        else:
            yield from self._stream.frames(stop)


def shows_a_picture(address: str, patience: Patience) -> bool:
    """Whether behind a web address there is a single picture; a stream is not read on.

    Raises:
        SourceLost: nobody answers.
        SourceUnusable: it will not let us in.
    """
    with Fetcher(address, patience) as fetcher:
        return isinstance(fetcher.fetch(), Page)
