"""H.264 clips through PyAV, the same bytes for the same frames."""

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import av

from studio.finishes import Picture


def write_clip(file: Path, frames: Iterable[Picture], *, fps: int, size: tuple[int, int], crf: int) -> None:
    """Encode frames into an MP4 file.

    Args:
        file: to write; an unfinished clip never takes its name.
        frames: RGB pictures of `size` (width, height).
        fps: frames a second.
        size: width and height.
        crf: x264's constant rate factor: 18 hardly loses anything, 30 looks like a cheap camera.
    """
    partial = file.with_name(f".{file.name}.part.mp4")
    options = {
        "crf": str(crf),
        "preset": "slow",
        "g": str(fps * 4),
        "threads": "1",
        "x264-params": "log-level=error",
    }
    with av.open(str(partial), "w", options={"movflags": "+faststart"}) as box:
        stream = box.add_stream("libx264", rate=fps, options=options)
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        stream.time_base = Fraction(1, fps)
        for number, picture in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts = number
            box.mux(stream.encode(frame))
        box.mux(stream.encode(None))
    partial.replace(file)
