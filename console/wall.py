"""The live wall: the last picture of every camera, with its look and whether it is still news."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import blake2b

import msgspec
import structlog

from cases.live import LiveBoard
from console.jpeg import size_of
from models.records import Trail

STALE_AFTER = timedelta(seconds=10)
"""A look comes about once a second: ten without one is no hiccup any more."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveCamera:
    """One camera on the wall.

    Attributes:
        source: `/{site}/{device}/{camera}`.
        version: changes with the picture.
        mark: changes with the picture or its look; a still street is news as long as looks arrive.
        news_at: when `mark` last changed, wall clock.
    """

    source: str
    version: str
    mark: str
    size_wh: tuple[int, int]
    trail: Trail | None
    news_at: datetime
    is_stale: bool = False

    @property
    def url(self) -> str:
        """Where the picture is; another one for every picture, so that browsers swap it."""
        return f"/live{self.source}.jpg?v={self.version}"

    @property
    def name(self) -> str:
        """The camera's own name."""
        return self.source.rsplit("/", 1)[-1]


def look_at(board: LiveBoard, before: Mapping[str, LiveCamera], now: datetime) -> dict[str, LiveCamera]:
    """Read the board. Blocking.

    Args:
        board: what the cameras last showed.
        before: the wall of the last reading.
        now: wall clock.
    """
    found = (_read(board, source, now) for source in board.cameras())
    return step(before, [camera for camera in found if camera is not None], now)


def step(
    before: Mapping[str, LiveCamera], found: Iterable[LiveCamera], now: datetime
) -> dict[str, LiveCamera]:
    """Decide which pictures are news.

    A picture seen for the first time is as old as its look says; afterwards only change counts, because
    a recording's clock is not the wall clock.
    """
    wall = {}
    for camera in found:
        known = before.get(camera.source)
        news_at = camera.news_at
        if known is not None:
            news_at = known.news_at if known.mark == camera.mark else now
        wall[camera.source] = replace(camera, news_at=news_at, is_stale=now - news_at > STALE_AFTER)
    return wall


def _read(board: LiveBoard, source: str, now: datetime) -> LiveCamera | None:
    picture = board.picture(source)
    size_wh = None if picture is None else size_of(picture)
    if picture is None or size_wh is None:
        return None
    trail = _trail(board, source)
    version = blake2b(picture, digest_size=8).hexdigest()
    return LiveCamera(
        source=source,
        version=version,
        mark=f"{version} {trail.at if trail else ''}",
        size_wh=size_wh,
        trail=trail,
        news_at=min(trail.at, now) if trail else now,
    )


def _trail(board: LiveBoard, source: str) -> Trail | None:
    try:
        return board.trail(source)
    except msgspec.MsgspecError as exc:
        _log.warning("console.look_unreadable", source=source, problem=str(exc))
        return None
