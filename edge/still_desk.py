"""Evidence from the main stream: whoever overstays before a small stream is photographed once more in full.

The overstay itself is told at once, with the pictures there are. The full ones come seconds later, and count
only if they show the same vehicle in the same place.
"""

from collections.abc import Iterable

import structlog

from detectors import picture
from detectors.look import Frame
from detectors.stays import Stay
from edge.closeup import Errands, likeness

TRIES = 3
"""Stills that may show something else, a bus in front mostly, before the small pictures must do."""

log = structlog.get_logger("clearway.edge.stills")


class StillDesk:
    """Fetches the full picture of overstays of one camera.

    Args:
        errands: fetches stills of the main stream.
    """

    def __init__(self, errands: Errands) -> None:
        self._errands = errands
        self._tries: dict[str, int] = {}

    def want(self, stay_id: str) -> None:
        """Fetch the full picture of a stay that has just become an overstay."""
        self._tries[stay_id] = TRIES
        self._errands.ask(stay_id)

    def collect(self, stays: Iterable[Stay], frame: Frame) -> dict[str, Frame]:
        """The stills that came since the last look and show what they should, by stay.

        Args:
            stays: those under way.
            frame: this look; a still must show the same vehicle.
        """
        known = {stay.id: stay for stay in stays}
        found: dict[str, Frame] = {}
        for errand in self._errands.collect():
            stay, tries = known.get(errand.key), self._tries.pop(errand.key, 0)
            if stay is None or not tries:
                continue  # it is over
            why = errand.why
            if errand.still is not None:
                if likeness(frame, errand.still, stay.box_xyxy) >= picture.SAME:
                    found[stay.id] = errand.still
                    continue
                why = "it shows something else there"
            log.info("no full picture", stay=stay.id, why=why, tries_left=tries - 1)
            if tries > 1:
                self._tries[stay.id] = tries - 1
                self._errands.ask(stay.id)
        return found

    def stop(self) -> None:
        """Fetch nothing more."""
        self._errands.stop()
