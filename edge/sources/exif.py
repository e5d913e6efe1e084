"""When a photograph says that it was taken: the few fields of EXIF that matter here."""

import struct
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone, tzinfo

MOST_ENTRIES = 512
"""More entries than any camera writes: a file that claims so is broken."""

_EXIF_IFD, _TAKEN, _CHANGED, _OFFSET, _FRACTION = 0x8769, 0x9003, 0x0132, 0x9011, 0x9291


def taken_at(data: bytes, zone: tzinfo) -> datetime | None:
    """When a JPEG was taken, by its own word; None where it says nothing that can be read.

    Args:
        data: the file's bytes.
        zone: whose local time it is in, where the file does not say.
    """
    try:
        found = _fields(_block(data))
        text = found.get(_TAKEN) or found.get(_CHANGED)
        if text is None:
            return None
        at = datetime.strptime(text, "%Y:%m:%d %H:%M:%S").replace(tzinfo=_zone(found.get(_OFFSET)) or zone)
        fraction = found.get(_FRACTION, "")
        return at + timedelta(seconds=float(f"0.{fraction}")) if fraction.isdecimal() else at
    except (struct.error, ValueError, OverflowError):
        return None


def _block(data: bytes) -> bytes:
    """The TIFF structure inside a JPEG; empty without one."""
    at = 2
    while data[:2] == b"\xff\xd8" and at + 4 <= len(data) and data[at] == 0xFF:  # noqa: PLR2004 - markers
        marker, size = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if marker == 0xE1 and data[at + 4 : at + 10] == b"Exif\0\0":  # noqa: PLR2004 - APP1
            return data[at + 10 : at + 2 + size]
        if marker == 0xDA:  # noqa: PLR2004 - here the picture itself begins
            break
        at += 2 + size
    return b""


def _fields(block: bytes) -> dict[int, str]:
    """The texts of the first directory and of the one that photographs have below it."""
    if not block:
        return {}
    order = "<" if block[:2] == b"II" else ">"
    (first,) = struct.unpack_from(f"{order}I", block, 4)
    found: dict[int, str] = {}
    below = 0
    for tag, kind, count, value in _entries(block, first, order):
        if tag == _EXIF_IFD:
            below = value
        elif kind == 2:  # noqa: PLR2004 - text
            found[tag] = _text(block, count, value, order)
    for tag, kind, count, value in _entries(block, below, order) if below else ():
        if kind == 2:  # noqa: PLR2004 - text
            found[tag] = _text(block, count, value, order)
    return found


def _entries(block: bytes, at: int, order: str) -> Iterator[tuple[int, int, int, int]]:
    (count,) = struct.unpack_from(f"{order}H", block, at)
    for number in range(min(count, MOST_ENTRIES)):
        yield struct.unpack_from(f"{order}HHII", block, at + 2 + 12 * number)


def _text(block: bytes, count: int, value: int, order: str) -> str:
    short = 4
    data = struct.pack(f"{order}I", value)[:count] if count <= short else block[value : value + count]
    return data.split(b"\0")[0].decode("ascii", "replace").strip()


def _zone(text: str | None) -> tzinfo | None:
    """`+08:00`."""
    if not text or text[0] not in "+-":
        return None
    hours, _, minutes = text[1:].partition(":")
    size = timedelta(hours=int(hours), minutes=int(minutes or 0))
    return timezone(size if text[0] == "+" else -size)
