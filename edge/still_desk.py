"""Evidence from the main stream: whoever overstays before a small stream is photographed once more in full.

The overstay itself is told at once, with the pictures there are. The full ones come seconds later, and count
only if they show the same vehicle in the same place.
"""

import structlog

from detectors import picture
from detectors.look import Frame
from detectors.things import Sight
from detectors.watch import Looked
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

    def collect(self, looked: Looked, frame: Frame) -> dict[str, Frame]:
        """The stills that came since the last look and show what they should, by stay.

        Args:
            looked: what this look led to. While a vehicle is hidden or has left, the look and the still may
                be alike in what they show instead of it.
            frame: this look; a still must show the same vehicle.
        """
        if looked.memory.blind is not None:
            return {}
        seen = {thing.id for thing in looked.memory.objects if thing.sight is Sight.STANDING}
        known = {stay.id: stay for stay in looked.memory.stays}
        found: dict[str, Frame] = {}
        for errand in self._errands.collect(self._tries):
            stay, tries = known.get(errand.key), self._tries.pop(errand.key)
            if stay is None:
                continue  # it is over
            why = errand.why
            if errand.still is not None:
                alike = likeness(frame, errand.still, stay.box_xyxy) >= picture.SAME
                if alike and stay.object_id in seen:
                    found[stay.id] = errand.still
                    continue
                why = "it shows something else there"
            log.info("no full picture", stay=stay.id, why=why, tries_left=tries - 1)
            if tries > 1:
                self._tries[stay.id] = tries - 1
                self._errands.ask(stay.id)
        return found
