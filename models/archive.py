"""A ZIP file that can be written in one way only, so that no byte of it can change unnoticed.

Usual ZIP files hold bytes that nobody looks at: dates, attributes, comments, gaps, a second directory. Here
every entry is stored as it is, dated 1980-01-01, without extras, in the order given, without gaps. `read`
takes nothing else: what it returns, `write` turns into the same bytes. Any program opens such a file.
"""

import struct
import zlib
from collections.abc import Sequence
from typing import NamedTuple

from models.errors import BadRecord

MAX_BYTES = 2**31
MAX_ENTRIES = 2**16 - 1
"""Beyond them the format needs other headers; a packet has some megabytes in some files."""

_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_VERSION = 20
_UTF8 = 0x800
_DATE = (0 << 9) | (1 << 5) | 1
"""1980-01-01, the first day of the format's calendar."""


class Entry(NamedTuple):
    """One file inside."""

    name: str
    data: bytes


def write(entries: Sequence[Entry]) -> bytes:
    """The file that holds these entries, in this order.

    Raises:
        ValueError: a name stands twice, or there is too much for the format.
    """
    if len({entry.name for entry in entries}) < len(entries):
        raise ValueError("two entries of one name")
    if len(entries) > MAX_ENTRIES:
        raise ValueError(f"more than {MAX_ENTRIES} entries")
    body, directory = bytearray(), bytearray()
    for entry in entries:
        name = entry.name.encode()
        fields = (_VERSION, _UTF8, 0, 0, _DATE, zlib.crc32(entry.data), len(entry.data), len(entry.data))
        directory += _CENTRAL.pack(
            b"PK\x01\x02", _VERSION, *fields, len(name), 0, 0, 0, 0, 0, len(body)
        )  # fmt: skip
        directory += name
        body += _LOCAL.pack(b"PK\x03\x04", *fields, len(name), 0) + name + entry.data
        if len(body) > MAX_BYTES:
            raise ValueError(f"more than {MAX_BYTES} bytes")
    end = _END.pack(b"PK\x05\x06", 0, 0, len(entries), len(entries), len(directory), len(body), 0)
    return bytes(body + directory + end)


def read(data: bytes) -> tuple[Entry, ...]:
    """The entries of a file that `write` made.

    Raises:
        BadRecord: it is no such file, or one byte of its structure is another than `write` would write.
    """
    entries: list[Entry] = []
    position = 0
    while data[position : position + 4] == b"PK\x03\x04":
        entry, position = _entry(data, position)
        entries.append(entry)
    if not entries:
        raise BadRecord("byte 0", "is no ZIP file as Clearway writes them")
    try:
        again = write(entries)
    except ValueError as exc:
        raise BadRecord("entries", str(exc)) from exc
    if again != data:
        raise BadRecord(f"byte {_first_difference(again, data)}", "the ZIP file was changed or packed anew")
    return tuple(entries)


def _entry(data: bytes, position: int) -> tuple[Entry, int]:
    start = position + _LOCAL.size
    if start > len(data):
        raise BadRecord(f"byte {position}", "the ZIP file is cut off")
    *_, size, name_size, _extra = _LOCAL.unpack_from(data, position)
    end = start + name_size + size
    if end > len(data):
        raise BadRecord(f"byte {position}", "the ZIP file is cut off")
    try:
        name = data[start : start + name_size].decode()
    except UnicodeDecodeError as exc:
        raise BadRecord(f"byte {start}", "the ZIP file names an entry in no known script") from exc
    return Entry(name, data[start + name_size : end]), end


def _first_difference(one: bytes, other: bytes) -> int:
    same, different = 0, max(len(one), len(other))
    while same < different:
        middle = (same + different + 1) // 2
        if one[:middle] == other[:middle]:
            same = middle
        else:
            different = middle - 1
    return same
