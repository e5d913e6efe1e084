"""Where pictures are kept: addressed by their SHA-256, written once, never changed."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Protocol
from uuid import uuid4

from models.errors import BadRecord, StorageFull


class BlobStore(Protocol):
    """A place for evidence."""

    def put(self, sha256: str, data: bytes) -> None:
        """Keep `data` durably; repeating a put is harmless.

        Raises:
            BadRecord: the bytes are not what the hash says.
            StorageFull: there is no room.
        """

    def get(self, sha256: str) -> bytes | None:
        """The bytes, or None when they are not here (yet)."""


def check(sha256: str, data: bytes) -> None:
    """Refuse bytes that are not what their address says.

    Raises:
        BadRecord: names both hashes.
    """
    actual = hashlib.sha256(data).hexdigest()
    if actual != sha256:
        raise BadRecord("sha256", f"the bytes hash to {actual[:12]}…, the address says {sha256[:12]}…")


class MemoryBlobStore:
    """For tests and for roles that only pass pictures on."""

    def __init__(self) -> None:
        self._blobs: dict[str, bytes] = {}

    def put(self, sha256: str, data: bytes) -> None:
        """See `BlobStore`."""
        check(sha256, data)
        self._blobs[sha256] = data

    def get(self, sha256: str) -> bytes | None:
        """See `BlobStore`."""
        return self._blobs.get(sha256)

    def remove(self, sha256: str) -> bool:
        """See `cases.retention.pictures.PictureShelf`."""
        return self._blobs.pop(sha256, None) is not None

    def older_than(self, moment: datetime) -> Iterator[str]:  # noqa: ARG002 - it keeps no times
        """See `cases.retention.pictures.PictureShelf`."""
        return iter(tuple(self._blobs))


class FileBlobStore:
    """Files below a folder, two hex digits a folder, written beside and renamed into place."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def path(self, sha256: str) -> Path:
        """Where a blob stands."""
        return self._root / sha256[:2] / f"{sha256}.jpg"

    def put(self, sha256: str, data: bytes) -> None:
        """See `BlobStore`."""
        check(sha256, data)
        path = self.path(sha256)
        if path.exists():
            return
        beside = path.with_name(f".{path.name}.{uuid4().hex}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with beside.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
            _sync_folder(path.parent)
        except OSError as exc:
            with suppress(OSError):
                beside.unlink()
            raise StorageFull(f"picture {sha256[:12]}… cannot be kept in {self._root}: {exc}") from exc

    def get(self, sha256: str) -> bytes | None:
        """See `BlobStore`."""
        try:
            return self.path(sha256).read_bytes()
        except FileNotFoundError:
            return None

    def remove(self, sha256: str) -> bool:
        """See `cases.retention.pictures.PictureShelf`."""
        try:
            self.path(sha256).unlink()
        except FileNotFoundError:
            return False
        return True

    def older_than(self, moment: datetime) -> Iterator[str]:
        """See `cases.retention.pictures.PictureShelf`."""
        for path in sorted(self._root.glob("*/*.jpg")):
            if not path.name.startswith(".") and path.stat().st_mtime < moment.timestamp():
                yield path.stem


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
