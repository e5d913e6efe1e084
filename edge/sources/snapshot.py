"""A picture over HTTP, asked for once a look: most network cameras offer one beside their streams."""

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime

from detectors.look import Frame, JpegPicture
from edge.sources.address import without_credentials
from edge.sources.fetching import Fetcher, Other, Page
from edge.sources.seam import Pace, Patience, Stretch
from models.errors import SourceLost, SourceUnusable

REPEAT_S = 5.0
"""The same bytes are no new look; but a camera that gives nothing else must be found frozen, and a gap of ten
seconds would be time in which it could not tell (`detectors.watch`)."""


class SnapshotCamera:
    """Asks for a picture every look; a small look decodes a fraction of it, evidence the whole.

    Args:
        address: of the picture.
        pace: how often a look is wanted.
        patience: how long it may give nothing.
        stretch: makes looks rarer while the box is overloaded.
    """

    def __init__(
        self,
        address: str,
        pace: Pace | None = None,
        patience: Patience | None = None,
        *,
        stretch: Stretch | None = None,
    ) -> None:
        self._address = address
        self._name = without_credentials(address)
        self._pace = pace or Pace()
        self._patience = patience or Patience()
        self._stretch = stretch or Stretch()

    @property
    def is_recording(self) -> bool:
        """See `FrameSource`."""
        return False

    def frames(self, stop: threading.Event) -> Iterator[Frame]:
        """See `FrameSource`."""
        with Fetcher(self._address, self._patience) as fetcher:
            due = good = time.monotonic()
            shown = due - REPEAT_S
            last: Page | None = None
            picture: JpegPicture | None = None
            while not stop.wait(max(0.0, due - time.monotonic())):
                now = time.monotonic()
                wanted_s = self._pace.look_interval_s * self._stretch.factor
                due = max(due + wanted_s, now)
                try:
                    page = self._ask(fetcher)
                except SourceUnusable:
                    raise
                except SourceLost:
                    if last is None or now - good > self._patience.read_s:
                        raise
                    continue
                good = now
                last = page or last
                if last is None or (page is None and now - shown < REPEAT_S):
                    continue
                shown = now
                at = last.at if page is not None else datetime.now(UTC)
                picture = JpegPicture(last.data, None if picture is None else picture.width_px)
                yield Frame(picture, at, at, wanted_s)

    def _ask(self, fetcher: Fetcher) -> Page | None:
        """The picture; None where it is the one before."""
        answer = fetcher.fetch()
        if isinstance(answer, Other):
            raise SourceLost(f"{self._name} gives {answer.content_type}, which is no picture")
        return answer if isinstance(answer, Page) else None
