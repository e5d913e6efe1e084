"""The seam to plate reading. Reading itself comes later; until then a plate can be assumed, and says so."""

from collections.abc import Mapping
from typing import Protocol

from detectors.stays import Stay
from models.records import Plate, PlateSource


class PlateReader(Protocol):
    """Says whose vehicle it is, or that it does not know."""

    def read(self, stay: Stay) -> Plate | None:
        """The plate of what stands there, or None."""


class AssumedPlates:
    """Takes the plan's or the command line's word for it, zone by zone."""

    def __init__(self, by_zone: Mapping[str, str]) -> None:
        self._by_zone = dict(by_zone)

    def read(self, stay: Stay) -> Plate | None:
        """See `PlateReader`. Score 1.0: nobody read anything that could be doubted."""
        text = self._by_zone.get(stay.zone)
        return None if text is None else Plate(text=text, score=1.0, source=PlateSource.ASSUMED)
