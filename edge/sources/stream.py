"""Network cameras and local devices, live: everything is received, and as little as possible decoded."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import av
import av.error
import structlog

from detectors.look import Frame
from edge.sources import groups
from edge.sources.address import Kind, kind_of, scheme_of, without_credentials
from edge.sources.backlog import Backlog
from edge.sources.decoded import DecodedPicture
from edge.sources.groups import Groups
from edge.sources.hardware import decoder_of
from edge.sources.seam import Pace, Patience, Stretch
from edge.sources.translating import translated
from models.errors import SourceLost, SourceUnusable

EARLY_SHARE = 0.5
"""A keyframe this share of a group too early is taken: waiting for the next would make the look later."""

HOLLOW_MOST = 3
"""So many keyframes in a row without a picture in them are no accident."""

SOON = {"fpsprobesize": "0", "analyzeduration": "500000"}
"""The first picture comes a second earlier where the library does not count frames to learn their rate."""

BRIEFLY = {"probesize": "32"}
"""For who wants one picture: an RTSP session says what it carries, so nothing is decoded only to learn it. Of
1080p a still then costs half the processor's time (25 against 50 ms) and comes a quarter second earlier."""

log = structlog.get_logger("clearway.edge")


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of a stream as it came in.

    Attributes:
        packet: the library's; never empty.
        at_s: its time by the camera's clock; by ours, where the camera gives none.
        waited_s: how long it was waited for.
        received_at: when it came in.
    """

    packet: Any
    at_s: float
    waited_s: float
    received_at: datetime


class LiveVideo:
    """`rtsp://`, a video over HTTP, or `/dev/videoN`, read with FFmpeg's libraries.

    Args:
        address: of the camera.
        pace: how often a look is wanted.
        patience: how long it may give nothing.
        decoder: `auto`, `off`, or the name of the circuits that decode (`edge.sources.hardware`).
        stretch: makes looks rarer while the box is overloaded.
    """

    def __init__(
        self,
        address: str,
        pace: Pace | None = None,
        patience: Patience | None = None,
        *,
        decoder: str = "off",
        stretch: Stretch | None = None,
    ) -> None:
        self._address = address
        self._name = without_credentials(address)
        self._pace = pace or Pace()
        self._patience = patience or Patience()
        self._decoder = decoder
        self._stretch = stretch or Stretch()

    @property
    def is_recording(self) -> bool:
        """See `FrameSource`."""
        return False

    def frames(self, stop: threading.Event) -> Iterator[Frame]:
        """See `FrameSource`."""
        with opened(self._address, self._patience) as (container, stream):
            yield from self._looks(pieces(container, stream), stream, stop)
        if not stop.is_set():
            raise SourceLost(f"{self._name} ended the stream")

    def _looks(self, coming: Iterator[Piece], stream: Any, stop: threading.Event) -> Iterator[Frame]:  # noqa: ANN401
        reader = _Reader(stream, self._decoder)
        due = seen = time.monotonic()
        known, backlog = Groups(), Backlog(due)
        for piece in coming:
            if stop.is_set():
                return
            now = time.monotonic()
            wanted_s = self._pace.look_interval_s * self._stretch.factor
            known = groups.step(
                known, piece.at_s, is_keyframe=piece.packet.is_keyframe, look_interval_s=wanted_s
            )
            backlog = backlog.after(piece.waited_s, now)
            keyframes_do = known.keyframes_do and reader.keyframes_are_whole
            gap_s = (known.gap_s or 0.0) if keyframes_do else 0.0
            # A keyframe may be early: waiting for the next one would make the look later still.
            is_due = now >= due - EARLY_SHARE * min(gap_s, wanted_s)
            picture = None
            if backlog.is_late(now):
                reader.skip()
            else:
                picture = reader.read(piece, keyframes_do=keyframes_do, is_due=is_due)
            if picture is None or not is_due:
                if now - seen > max(self._patience.picture_s, 3 * wanted_s):
                    raise SourceLost(f"{self._name} sends pieces and no whole picture")
                continue
            # Looks are counted from the schedule, so that a late one does not make all later ones late; but
            # two close together say no more than one.
            due = max(due + wanted_s, now + wanted_s / 2)
            seen = now
            spacing_s = max(wanted_s, gap_s)
            yield Frame(DecodedPicture(picture), piece.received_at, piece.received_at, spacing_s)


class _Reader:
    """Decodes keyframes alone or everything, and goes from one to the other at keyframes only."""

    def __init__(self, stream: Any, decoder: str) -> None:  # noqa: ANN401
        self._stream = stream
        self._decoder = decoder
        self._keyframes = decoder_of(stream, decoder, "none")
        self._whole: Any = None
        self._in_order = False
        self._hollow = 0

    @property
    def keyframes_are_whole(self) -> bool:
        """Whether a keyframe alone gives a picture. Cameras that refresh by stripes have none that does."""
        return self._hollow < HOLLOW_MOST

    def skip(self) -> None:
        """A piece is not decoded, so nothing is until the next keyframe: decoding falls behind."""
        self._in_order = False

    def read(self, piece: Piece, *, keyframes_do: bool, is_due: bool) -> Any | None:  # noqa: ANN401
        """The picture of a piece, where it is decoded and whole.

        Args:
            piece: what came in.
            keyframes_do: whether keyframes alone are enough.
            is_due: whether a look is.
        """
        packet = piece.packet
        if keyframes_do:
            # The other decoder goes with all the pictures it remembers.
            self._in_order, self._whole = False, None
            return self._alone(packet) if is_due and packet.is_keyframe else None
        if packet.is_keyframe and not self._in_order:
            self._whole = self._whole or self._new_whole()
            self._whole.flush_buffers()
            self._in_order = True
        if not self._in_order:
            return None
        return self._last(self._whole, packet)

    def _alone(self, packet: Any) -> Any | None:  # noqa: ANN401
        """A keyframe by itself. Emptied at once: some decoders hold a picture back for its successors."""
        try:
            picture = self._last(self._keyframes, packet) or self._last(self._keyframes, None)
        finally:
            self._keyframes.flush_buffers()
        self._hollow = 0 if picture is not None else self._hollow + 1
        return picture

    def _last(self, decoder: Any, packet: Any) -> Any | None:  # noqa: ANN401
        try:
            pictures = decoder.decode(packet)
        except av.error.InvalidDataError as exc:
            # A piece lost on the way: the stream goes on, and the next keyframe mends it.
            log.debug("a piece could not be decoded", why=str(exc))
            return None
        except av.error.EOFError:
            return None
        except av.error.FFmpegError as exc:
            if not decoder.is_hwaccel:
                raise
            self._do_without_circuits(exc)
            return None
        return pictures[-1] if pictures else None

    def _do_without_circuits(self, exc: Exception) -> None:
        """They are lent to too many, or cannot do this stream: the processor goes on at the next keyframe."""
        log.warning("hardware cannot decode this stream, the processor does", why=str(exc))
        self._decoder = "off"
        self._keyframes = decoder_of(self._stream, self._decoder, "none")
        self._whole, self._in_order = None, False

    def _new_whole(self) -> Any:  # noqa: ANN401
        decoder = decoder_of(self._stream, self._decoder, "all")
        # Pictures that no other is built on need not be decoded; skipping the filter as well would let
        # its error grow from picture to picture (32 dB after ten seconds, measured).
        decoder.skip_frame = "NONREF"
        return decoder


@contextmanager
def opened(address: str, patience: Patience, *, briefly: bool = False) -> Iterator[tuple[Any, Any]]:
    """A live camera's container and its first video stream.

    Args:
        address: of the camera.
        patience: how long it may give nothing.
        briefly: for a single picture; the word of an RTSP session is then taken for what it carries.

    Raises:
        SourceLost: it does not answer, or stopped while it was read.
        SourceUnusable: it never will give any picture.
    """
    name = without_credentials(address)
    kind = kind_of(address)
    read_us = str(round(patience.read_s * 1e6))
    options: dict[str, str] = {}
    timeout: tuple[float, float | None] = (patience.open_s, patience.read_s)
    if scheme_of(address) in {"rtsp", "rtsps"}:
        # The library's own clock watches over reading: PyAV's takes Python's lock at every read of a socket.
        options = {"rtsp_transport": "tcp", "timeout": read_us, "allowed_media_types": "video"} | SOON
        options |= BRIEFLY if briefly else {}
        timeout = (patience.open_s, None)
    form: Literal["v4l2"] | None = "v4l2" if kind is Kind.DEVICE else None
    with translated(name), av.open(address, format=form, options=options, timeout=timeout) as container:
        stream = next(iter(container.streams.video), None)
        if stream is None:
            raise SourceUnusable(f"{name} has no video in it; give a video stream")
        yield container, stream


def pieces(container: Any, stream: Any) -> Iterator[Piece]:  # noqa: ANN401
    """What a camera sends, with its times. The first keyframe of an RTSP session has none: it gets ours."""
    began = asked = time.monotonic()
    for packet in container.demux(stream):
        now = time.monotonic()
        if packet.size:
            stamp = packet.pts if packet.pts is not None else packet.dts
            at_s = now - began if stamp is None else float(stamp * packet.time_base)
            yield Piece(packet, at_s, now - asked, datetime.now(UTC))
        asked = time.monotonic()
