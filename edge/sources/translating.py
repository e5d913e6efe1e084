"""What the video library raises, in our own words."""

from collections.abc import Iterator
from contextlib import contextmanager

import av.error

from models.errors import SourceLost, SourceUnusable

UNUSABLE = (
    av.error.FileNotFoundError,
    av.error.PermissionError,
    av.error.DecoderNotFoundError,
    av.error.DemuxerNotFoundError,
    av.error.ProtocolNotFoundError,
    av.error.OptionNotFoundError,
    av.error.HTTPUnauthorizedError,
    av.error.HTTPForbiddenError,
)
"""What no waiting will mend. Everything else the library raises may pass."""


@contextmanager
def translated(name: str) -> Iterator[None]:
    """Turns the library's exceptions into ours.

    Args:
        name: of the source, as it may be shown.
    """
    try:
        yield
    except UNUSABLE as exc:
        raise SourceUnusable(f"{name} cannot be used: {exc.strerror}") from exc
    except av.error.InvalidDataError as exc:
        raise SourceLost(f"{name} holds data that is no video: {exc.strerror}") from exc
    except av.error.FFmpegError as exc:
        raise SourceLost(f"{name} stopped: {exc.strerror}") from exc
    except OSError as exc:
        raise SourceLost(f"{name} cannot be reached: {exc}") from exc
