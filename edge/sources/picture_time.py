"""When a picture in a folder was taken: by its own word, by its name, or by its file's time."""

import re
from datetime import UTC, datetime, timedelta, tzinfo

from edge.sources import exif

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
"""A clock that was never set says 1970 or 1980: then the next witness is asked."""

_written = re.compile(
    r"(?<!\d)(20\d\d)[-_.]?([01]\d)[-_.]?([0-3]\d)[-_T. ]?([0-2]\d)[-_.:]?([0-5]\d)[-_.:]?([0-5]\d)"
    r"(?:[-_.]?(\d{3})(?!\d))?(?!\d)"
)
_counted = re.compile(r"(?<!\d)(\d{10})(\d{3})?(?!\d)")


def taken_at(name: str, data: bytes, changed_at: datetime, zone: tzinfo) -> datetime:
    """When a picture was taken, UTC.

    Args:
        name: of its file, such as `gate_20261122-073000.jpg` or `1763796600123.jpg`.
        data: its bytes, for what the camera wrote into them.
        changed_at: its file's time, the last resort.
        zone: whose local time the camera writes.
    """
    for at in (exif.taken_at(data, zone), named_at(name, zone)):
        if at is not None and at >= EARLIEST:
            return at.astimezone(UTC)
    return changed_at.astimezone(UTC)


def named_at(name: str, zone: tzinfo) -> datetime | None:
    """The time in a file's name: year to second, in any usual writing, or Unix time in (milli)seconds."""
    written = _written.search(name)
    if written is not None:
        year, month, day, hour, minute, second = (int(written[group]) for group in range(1, 7))
        try:
            at = datetime(year, month, day, hour, minute, second, tzinfo=zone)
        except ValueError:
            return None
        return at + timedelta(milliseconds=int(written[7] or 0))
    counted = _counted.search(name)
    if counted is None:
        return None
    return datetime.fromtimestamp(int(counted[1]), UTC) + timedelta(milliseconds=int(counted[2] or 0))
