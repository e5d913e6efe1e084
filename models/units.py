"""Units that carry their meaning in the type: UTC times, fractions, names.

All of these are plain Python values with constraints that the wire and the settings check.
"""

from datetime import UTC, datetime
from typing import Annotated

import msgspec

UtcTime = Annotated[datetime, msgspec.Meta(tz=True)]
"""An aware time. Stored and sent in UTC; shown with an explicit offset."""

Fraction = Annotated[float, msgspec.Meta(ge=-1.0, le=2.0)]
"""A position in fractions of the frame. Boxes are never clipped, so a little beyond 0..1 is legal."""

Score = Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]

Seconds = Annotated[float, msgspec.Meta(ge=0.0, le=10 * 365 * 86_400.0)]
"""A duration. The bound (ten years) only keeps nonsense out."""

BoxXyxy = tuple[Fraction, Fraction, Fraction, Fraction]
"""Left, top, right, bottom in fractions of frame width and height."""

Position = tuple[
    Annotated[float, msgspec.Meta(ge=-90.0, le=90.0)], Annotated[float, msgspec.Meta(ge=-180.0, le=180.0)]
]
"""Latitude and longitude, WGS 84 degrees."""

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$(?!\n)")]
"""A site, device, camera, sensor or zone: safe in a topic, a file name and a URL.

`$` alone would let a line feed through at the end: Python matches it there.
"""

Text = Annotated[str, msgspec.Meta(max_length=500)]
"""A short text meant for people, in any script."""

Sha256 = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$(?!\n)")]

NAME_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$"


def utc(at: datetime) -> datetime:
    """The same instant in UTC.

    Raises:
        ValueError: `at` has no offset, so nobody can say which instant it is.
    """
    if at.tzinfo is None:
        raise ValueError(f"{at.isoformat()} has no offset; give one, e.g. {at.isoformat()}+00:00")
    return at.astimezone(UTC)
