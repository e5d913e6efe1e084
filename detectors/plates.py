"""The seam to plate reading, and what stands in for it where a plan names the plate."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from detectors.look import Frame
from models.geometry import FloatArray
from models.records import Plate, PlateSource
from models.units import BoxXyxy

if TYPE_CHECKING:
    from detectors.stays import Stay  # whoever teaches a reader needs neither zones nor hours

Quad = tuple[tuple[float, float], tuple[float, float], tuple[float, float], tuple[float, float]]
"""Top left, top right, bottom right, bottom left as the plate is read; fractions of the frame."""

OVERHANG = 0.04
"""How far a plate may reach out of its vehicle's box, of the box's sides: boxes are that exact at best (an
overlap of 0.9 is what a good network reaches, a twentieth on each side)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlateRead:
    """What a reader believes it read, once, in one frame. No grammar has looked at it yet.

    Attributes:
        text: as read, not empty.
        characters: 0..1 for each character of the text.
        kind: the reader's own word for the kind of plate; empty if it does not tell kinds apart.
        rows: lines of text.
        quad: where, fractions of the frame.
        others: what a second reader, which knows nothing of the first, read of the same writing, each time it
            looked; empty if there is none.
    """

    text: str
    characters: tuple[float, ...]
    quad: Quad
    kind: str = ""
    rows: int = 1
    others: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.text or len(self.characters) != len(self.text):
            raise ValueError(f"{self.text!r} needs a score for each character, has {len(self.characters)}")

    @property
    def score(self) -> float:
        """Of the weakest character: a plate is as good as that."""
        return min(self.characters)


class PlateReader(Protocol):
    """Reads what may be the plate of one vehicle."""

    def read(self, frame: Frame, box_xyxy: BoxXyxy, others: FloatArray) -> tuple[PlateRead, ...]:
        """Everything inside the vehicle's box that could be its plate, the likeliest first.

        Other writing (a firm's name, a telephone number) may be among it: the grammar tells.

        Args:
            frame: the picture.
            box_xyxy: of the vehicle, fractions of the frame.
            others: boxes of the other vehicles of this frame, (N, 4), fractions.
        """


class ScriptedReader:
    """Reads what it was told to, call by call, and nothing once the script is over."""

    def __init__(self, script: Iterable[tuple[PlateRead, ...]]) -> None:
        self._script = iter(script)
        self.runs = 0

    def read(self, frame: Frame, box_xyxy: BoxXyxy, others: FloatArray) -> tuple[PlateRead, ...]:  # noqa: ARG002
        """See `PlateReader`; the gate of place is the same as for real readers."""
        self.runs += 1
        reads = next(self._script, ())
        return tuple(read for read in reads if belongs(read.quad, box_xyxy, others))


def belongs(quad: Quad, box_xyxy: BoxXyxy, others: FloatArray) -> bool:
    """Whether a plate at a place can be the plate of the vehicle in a box.

    It must lie inside the box, and not inside that of a vehicle nearer to the camera: boxes overlap where
    one stands before another, and then the plate in both is the front one's.

    Args:
        quad: the plate, fractions of the frame.
        box_xyxy: the vehicle.
        others: the other vehicles, (N, 4).
    """
    points = np.asarray(quad)
    if not _inside(points, np.asarray(box_xyxy), OVERHANG):
        return False
    # On a street seen from above, whoever stands lower in the picture is nearer.
    nearer = others[others[:, 3] > box_xyxy[3]] if len(others) else others
    middle = points.mean(axis=0, keepdims=True)
    return not any(_inside(middle, other, 0.0) for other in nearer)


def _inside(points: FloatArray, box_xyxy: FloatArray, overhang: float) -> bool:
    """Whether all points, (N, 2), lie in a box or a share of its sides beyond it."""
    low, high = box_xyxy[:2], box_xyxy[2:]
    reach = (high - low) * overhang
    return bool(((points >= low - reach) & (points <= high + reach)).all())


class AssumedPlates:
    """Takes the plan's or the command line's word for it, zone by zone: the fallback where nothing is read.

    No `PlateReader`: it looks at no picture, and says so (`PlateSource.ASSUMED`).
    """

    def __init__(self, by_zone: Mapping[str, str]) -> None:
        self._by_zone = dict(by_zone)

    def read(self, stay: "Stay") -> Plate | None:
        """The plate that is assumed of whatever stands there, or None.

        Score 1.0: nobody read anything that could be doubted.
        """
        text = self._by_zone.get(stay.zone)
        return None if text is None else Plate(text=text, score=1.0, source=PlateSource.ASSUMED)
