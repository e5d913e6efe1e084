"""The picture on the page: small, with faces and the plates of others made unreadable."""

from collections import OrderedDict
from threading import Lock

from cases.evidence.blobs import BlobStore
from cases.evidence.blurring import thumbnail
from models.records import Picture

MOST_PX = 720
"""Twice the width of a telephone's page in CSS pixels, less what a slow network would feel: some 60 kB."""
KEPT = 64
"""Finished pictures in memory: an owner looks several times within minutes."""


class Thumbs:
    """Makes thumbnails, and keeps the latest. Every method blocks: call it in a thread."""

    def __init__(self, blobs: BlobStore) -> None:
        self._blobs = blobs
        self._made: OrderedDict[Picture, bytes] = OrderedDict()
        self._lock = Lock()

    def of(self, picture: Picture) -> bytes | None:
        """The thumbnail of a picture; None when the picture is not here, or cannot be read."""
        with self._lock:
            if picture in self._made:
                self._made.move_to_end(picture)
                return self._made[picture]
        jpeg = self._blobs.get(picture.sha256)
        if jpeg is None:
            return None
        try:
            small = thumbnail(jpeg, picture.private_xyxy, MOST_PX)
        except ValueError:
            return None
        with self._lock:
            self._made[picture] = small
            if len(self._made) > KEPT:
                self._made.popitem(last=False)
        return small
