"""The size of a JPEG from its header, without decoding it."""

from collections.abc import Iterator

START = b"\xff\xd8"
FRAME_HEADERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""SOF0 to SOF15 hold the size (ITU-T T.81, table B.1); DHT, JPG and DAC lie between them and do not."""


def size_of(data: bytes) -> tuple[int, int] | None:
    """Width and height in pixels; None when these bytes are no JPEG."""
    for marker, body in _segments(data):
        if marker in FRAME_HEADERS:
            if len(body) < 5:  # noqa: PLR2004 - precision 1, height 2, width 2
                return None
            height, width = int.from_bytes(body[1:3], "big"), int.from_bytes(body[3:5], "big")
            return (width, height) if width and height else None
    return None


def _segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    position = 2 if data.startswith(START) else len(data)
    while position + 4 <= len(data) and data[position] == START[0]:
        marker = data[position + 1]
        if marker == START[0]:
            position += 1
            continue
        length = int.from_bytes(data[position + 2 : position + 4], "big")
        yield marker, data[position + 4 : position + 2 + length]
        position += 2 + max(length, 2)
