"""The live board: the last picture and the last look of every camera, for the console's wall.

Not evidence and not durable: each picture replaces the one before.
"""

from pathlib import Path
from uuid import uuid4

import msgspec

from models.records import Trail

_trail = msgspec.json.Decoder(Trail)


class LiveBoard:
    """Files below a folder, one pair a camera, replaced whole so that a reader never sees half of one."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def show_picture(self, source: str, jpeg: bytes) -> None:
        """Replace a camera's picture. `source` is `/{site}/{device}/{camera}`."""
        self._replace(source, ".jpg", jpeg)

    def show_trail(self, source: str, trail: bytes) -> None:
        """Replace a camera's last look (encoded `Trail`)."""
        self._replace(source, ".json", trail)

    def cameras(self) -> list[str]:
        """The sources that have shown anything, in order."""
        return sorted(
            "/" + str(path.relative_to(self._root).with_suffix(""))
            for path in self._root.glob("*/*/*.jpg")
            if not path.name.startswith(".")
        )

    def picture(self, source: str) -> bytes | None:
        """A camera's last picture, a JPEG."""
        return self._read(source, ".jpg")

    def trail(self, source: str) -> Trail | None:
        """A camera's last look."""
        found = self._read(source, ".json")
        return None if found is None else _trail.decode(found)

    def _path(self, source: str, suffix: str) -> Path:
        return self._root / (source.strip("/") + suffix)

    def _read(self, source: str, suffix: str) -> bytes | None:
        try:
            return self._path(source, suffix).read_bytes()
        except FileNotFoundError:
            return None

    def _replace(self, source: str, suffix: str, data: bytes) -> None:
        path = self._path(source, suffix)
        beside = path.with_name(f".{path.name}.{uuid4().hex}")
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_bytes(data)
        beside.replace(path)
