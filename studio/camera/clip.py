"""H.264 clips through PyAV, the same bytes for the same frames, with gaps and standing pictures."""

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from studio.matter.finishes import Picture

_QUIET = "log-level=error"
_STANDING = f"{_QUIET}:mbtree=0:no-deblock=1:zones=0,1000000,q=24"
"""For a picture that is repeated: coded alone and coded first in a row it comes out the same, and what comes
after it, being given the coded picture, has nothing to change. The stream's headers stay as they are."""

_REORDER = 2
"""How many frames x264's B-pyramid holds back."""


def write_clip(
    file: Path, frames: Iterable[Picture | None], *, fps: int, size: tuple[int, int], crf: int
) -> None:
    """Encode frames into an MP4 file.

    A frame is shown at its place among the frames over `fps`; None leaves a gap in the presentation times,
    as a stream that drops out does. The same array again, not merely an equal one, is decoded to the same
    picture to the byte, as from an encoder that stands still.

    Args:
        file: to write; an unfinished clip never takes its name.
        frames: RGB pictures of `size` (width, height), or None.
        fps: frames a second.
        size: width and height.
        crf: x264's constant rate factor: 18 hardly loses anything, 30 looks like a cheap camera.
    """
    partial = file.with_name(f".{file.name}.part.mp4")
    with av.open(str(partial), "w", options={"movflags": "+faststart"}) as box:
        stream = box.add_stream("libx264", rate=fps, options=_options(fps, crf, _QUIET))
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        stream.time_base = Fraction(1, fps)
        writing = _Writing(box, stream, crf)
        for number, picture in enumerate(frames):
            writing.take(number, picture)
        writing.finish()
    partial.replace(file)


class _Writing:
    """A clip in runs: each run has a coder of its own and begins with a whole picture."""

    def __init__(self, box: Any, stream: Any, crf: int) -> None:  # noqa: ANN401 - the library's classes are untyped
        self._box, self._stream, self._crf = box, stream, crf
        self._tick: Fraction = stream.time_base
        self._first: Any = stream.codec_context
        self._coder: Any = None
        self._last: Picture | None = None
        self._stood: Any = None
        self._shown: list[int] = []
        self._written = 0

    def take(self, number: int, picture: Picture | None) -> None:
        """The next frame, or a gap."""
        stands = picture is not None and picture is self._last
        if picture is None or stands != (self._stood is not None):
            self.finish()
        self._last = picture
        if picture is None:
            return
        frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
        if self._coder is None:
            self._coder = self._opened(stands=stands)
            if stands:
                self._stood = _coded_alone(self._opened(stands=True), picture)
        elif stands:
            frame = av.VideoFrame.from_ndarray(self._stood, format="yuv420p")
        frame.pts = number
        self._shown.append(number)
        self._mux(self._coder.encode(frame))

    def finish(self) -> None:
        """End the run."""
        if self._coder is not None:
            self._mux(self._coder.encode(None))
        self._coder = self._stood = None

    def _opened(self, *, stands: bool) -> Any:  # noqa: ANN401 - as above
        """The stream's own coder for the first run, one with the same headers for each other."""
        if self._first is not None and not stands:
            coder, self._first = self._first, None
            return coder
        own = self._stream.codec_context
        coder = av.CodecContext.create("libx264", "w")
        coder.width, coder.height, coder.pix_fmt = own.width, own.height, own.pix_fmt
        coder.time_base, coder.framerate = self._tick, 1 / self._tick
        coder.flags = own.flags
        coder.options = _options(round(1 / self._tick), self._crf, _STANDING if stands else _QUIET)
        if stands:
            coder.options |= {"g": "1000000"}
        return coder

    def _mux(self, packets: list[Any]) -> None:
        for packet in packets:
            behind = self._written - _REORDER
            packet.dts = self._shown[behind] if behind >= 0 else self._shown[0] + behind
            packet.stream = self._stream
            packet.time_base = self._tick
            self._written += 1
            self._box.mux(packet)


def _coded_alone(coder: Any, picture: Picture) -> Any:  # noqa: ANN401 - as above
    """A picture as a decoder shows it, planar YUV."""
    frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
    frame.pts = 0
    packets = [*coder.encode(frame), *coder.encode(None)]
    decoder = av.CodecContext.create("h264", "r")
    decoder.extradata = coder.extradata
    shown = [frame for packet in (*packets, None) for frame in decoder.decode(packet)]
    return shown[0].to_ndarray()


def _options(fps: int, crf: int, params: str) -> dict[str, str]:
    return {"crf": str(crf), "preset": "slow", "g": str(fps * 4), "threads": "1", "x264-params": params}
