"""A folder in which pictures appear: time-lapse, and cameras that upload what they see."""

import os
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from statistics import median

from detectors.look import Frame, JpegPicture
from edge.sources.fetching import is_whole
from edge.sources.picture_time import taken_at
from edge.sources.seam import Pace
from models.errors import SourceLost, SourceUnusable

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp"})
POLL_S = 1.0
FRESH_S = 2.0
"""A folder that changed so lately is read again: file systems' clocks tick in steps."""

SILENT_SPACINGS = 5
"""So many pictures missing in a row, and the camera is lost."""

SILENT_S = 60.0
"""But never sooner: uploads come in bursts."""

UNKNOWN_SPACING_S = 3600.0
"""How far apart pictures may be, as long as there was only one: time-lapse has one an hour at the rarest."""

KEPT_GAPS = 15


@dataclass(slots=True)
class _Shelf:
    """One folder as it was read last."""

    changed_ns: int = -1
    names: set[str] = field(default_factory=set)


class PictureFolder:
    """All pictures of a folder and of those in it, in the order in which they were taken.

    As fast as possible (`speed = "max"`) it is a recording and ends with the last picture. Otherwise it
    begins with the newest and follows: what is uploaded from now on is looked at when it is whole.

    Args:
        path: of the folder.
        pace: pictures closer together than its look interval are left out.
        zone: whose local time the camera writes into its pictures and names.
    """

    def __init__(self, path: str, pace: Pace, zone: tzinfo = UTC) -> None:
        self._path = Path(path)
        self._pace = pace
        self._zone = zone
        self._shelves: dict[Path, _Shelf] = {}
        self._waiting: dict[Path, int] = {}
        self._last_at: datetime | None = None
        self._gaps_s: list[float] = []

    @property
    def is_recording(self) -> bool:
        """See `FrameSource`."""
        return self._pace.speed == "max"

    def frames(self, stop: threading.Event) -> Iterator[Frame]:
        """See `FrameSource`."""
        if not self._path.is_dir():
            raise SourceUnusable(f"{self._path}: no such folder; give --camera an existing one")
        yield from self._all(stop) if self.is_recording else self._follow(stop)

    def _all(self, stop: threading.Event) -> Iterator[Frame]:
        found = [path for path in sorted(self._path.rglob("*")) if path.suffix.lower() in SUFFIXES]
        timed = sorted((at, path) for path in found if (at := self._time_of(path)) is not None)
        if not timed:
            raise SourceUnusable(f"{self._path} has no pictures in it; give a folder with JPEG files")
        start_at = self._pace.start_at or timed[0][0]
        self._last_at = None
        for at, path in timed:
            if stop.is_set():
                return
            data = _read(path)
            if data is not None and self._is_next(at):
                yield self._frame(data, start_at + (at - timed[0][0]))

    def _follow(self, stop: threading.Event) -> Iterator[Frame]:
        if self._last_at is None:
            # Begin with the newest that is there: what was before, nobody watched.
            known = [(at, path) for path in self._new() if (at := self._time_of(path)) is not None]
            self._waiting = {max(known)[1]: -1} if known else {}
        heard = time.monotonic()
        while not stop.is_set():
            for at, data in self._arrived():
                heard = time.monotonic()
                if self._is_next(at):
                    yield self._frame(data, at)
            silent_s = time.monotonic() - heard
            if silent_s > max(SILENT_S, SILENT_SPACINGS * self._spacing_s()):
                raise SourceLost(f"{self._path}: no new picture for {silent_s:.0f} s")
            stop.wait(min(POLL_S, self._pace.look_interval_s))

    def _arrived(self) -> list[tuple[datetime, bytes]]:
        """Pictures that have become whole, oldest first."""
        self._waiting |= {path: -1 for path in self._new() if path not in self._waiting}
        ready = []
        for path, size_before in list(self._waiting.items()):
            data = _read(path)
            if data is None:
                del self._waiting[path]
            elif is_whole(data) and (len(data) == size_before or path.suffix.lower() in {".jpg", ".jpeg"}):
                del self._waiting[path]
                ready.append((self._time_of(path, data) or datetime.now(UTC), data))
            else:
                self._waiting[path] = len(data)
        return sorted(ready, key=lambda item: item[0])

    def _new(self) -> list[Path]:
        """Files that were not there at the last look; only folders that changed are read."""
        new: list[Path] = []
        open_shelves = [self._path, *(path for path in self._shelves if path != self._path)]
        while open_shelves:
            folder = open_shelves.pop()
            shelf = self._shelves.setdefault(folder, _Shelf())
            try:
                changed_ns = folder.stat().st_mtime_ns
                if changed_ns == shelf.changed_ns and time.time() - changed_ns / 1e9 > FRESH_S:
                    continue
                entries = list(os.scandir(folder))
            except OSError:
                del self._shelves[folder]
                continue
            names = {entry.name for entry in entries}
            for entry in entries:
                if entry.name in shelf.names:
                    continue
                if entry.is_dir():
                    open_shelves.append(Path(entry.path))
                elif Path(entry.name).suffix.lower() in SUFFIXES:
                    new.append(Path(entry.path))
            shelf.changed_ns, shelf.names = changed_ns, names
        return new

    def _is_next(self, at: datetime) -> bool:
        """Whether a picture is a look: not older than the last one, nor too close to it."""
        if self._last_at is None:
            self._last_at = at
            return True
        gap = at - self._last_at
        if gap <= timedelta(0) or gap < timedelta(seconds=self._pace.look_interval_s * 0.9):
            return False
        self._gaps_s = [*self._gaps_s, gap.total_seconds()][-KEPT_GAPS:]
        self._last_at = at
        return True

    def _spacing_s(self) -> float:
        return median(self._gaps_s) if self._gaps_s else UNKNOWN_SPACING_S

    def _frame(self, data: bytes, at: datetime) -> Frame:
        spacing_s = self._pace.look_interval_s
        if self._gaps_s:
            spacing_s = max(spacing_s, median(self._gaps_s))
        return Frame(JpegPicture(data), at, datetime.now(UTC), spacing_s)

    def _time_of(self, path: Path, data: bytes | None = None) -> datetime | None:
        """When a picture was taken; None where it is gone."""
        try:
            changed_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        except OSError:
            return None
        head = _read(path, 65_536) if data is None else data
        return taken_at(path.name, head or b"", changed_at, self._zone)


def _read(path: Path, most: int = -1) -> bytes | None:
    try:
        with path.open("rb") as file:
            return file.read(most)
    except OSError:
        return None
