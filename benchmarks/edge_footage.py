"""What cameras send, made from any clip, for `benchmarks.rtsp_bench` to serve.

1080p25 in H.264 and H.265 with a sensor's noise, a small second stream, and pictures.
"""

import hashlib
import shutil
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np

from detectors.look import Pixels

FPS = 25
MAIN_WH, SUB_WH = (1920, 1080), (640, 360)
MAIN_KBIT, SUB_KBIT = 4000, 512
NOISE_STD = 4.0
"""Of a small sensor by day, of 255. Without it an encoder has next to nothing to do between keyframes."""

NOISES = 8


@dataclass(frozen=True, slots=True)
class Stream:
    """One stream of a camera.

    Attributes:
        name: of its file, without `.mp4`.
        codec: the library's encoder.
        size_wh: in pixels.
        kbit: a second.
    """

    name: str
    codec: str
    size_wh: tuple[int, int]
    kbit: int


STREAMS = (
    Stream("main-h264", "libx264", MAIN_WH, MAIN_KBIT),
    Stream("main-h265", "libx265", MAIN_WH, MAIN_KBIT),
    Stream("sub-h264", "libx264", SUB_WH, SUB_KBIT),
)
PICTURES = "picture"


def made(folder: Path, video: Path, names: Collection[str], *, seconds: float, group: int) -> Path:
    """The footage of a clip; what was made once is kept.

    Args:
        folder: where footage is kept.
        video: the clip.
        names: of the streams, and `PICTURES`.
        seconds: as much of the clip as is wanted.
        group: pictures from one keyframe to the next.

    Returns:
        The folder with a `NAME.mp4` of each stream, and one of pictures.
    """
    sign = hashlib.sha256(f"{video.stat().st_size} {video.name} {seconds} {group} 1".encode()).hexdigest()[
        :12
    ]
    kept = folder / sign
    kept.mkdir(parents=True, exist_ok=True)
    streams = [one for one in STREAMS if one.name in names and not (kept / f"{one.name}.mp4").exists()]
    is_pictured = PICTURES not in names or (kept / PICTURES).exists()
    if not streams and is_pictured:
        return kept
    making = kept / "making"
    shutil.rmtree(making, ignore_errors=True)
    (making / PICTURES).mkdir(parents=True)
    _make(making, video, streams, seconds, group)
    for path in making.glob("*.mp4"):
        path.rename(kept / path.name)
    if not is_pictured:
        (making / PICTURES).rename(kept / PICTURES)
    shutil.rmtree(making)
    return kept


def _make(folder: Path, video: Path, streams: Collection[Stream], seconds: float, group: int) -> None:
    outputs = [(_Output(folder, stream, group), stream.size_wh) for stream in streams]
    try:
        for number, pixels in enumerate(_camera_like(video, seconds)):
            for output, size_wh in outputs:
                output.put(_sized(pixels, size_wh))
            if number % FPS == 0:
                cv2.imwrite(str(folder / PICTURES / f"{number // FPS:04}.jpg"), pixels)
    finally:
        for output, _ in outputs:
            output.close()


class _Output:
    """One stream's file."""

    def __init__(self, folder: Path, stream: Stream, group: int) -> None:
        self._container: Any = av.open(str(folder / f"{stream.name}.mp4"), "w")
        self._stream = self._container.add_stream(stream.codec, rate=FPS)
        self._stream.width, self._stream.height = stream.size_wh
        self._stream.pix_fmt = "yuv420p"
        self._stream.bit_rate = stream.kbit * 1000
        # As cameras do: fixed groups, nothing that looks ahead, a rate that is kept.
        parameters = (
            f"keyint={group}:min-keyint={group}:scenecut=0:bframes=0"
            f":vbv-maxrate={stream.kbit}:vbv-bufsize={stream.kbit}"
        )
        self._stream.options = (
            {"preset": "superfast", "x264-params": parameters}
            if stream.codec == "libx264"
            # Its faster presets are as slow as the other's slow ones.
            else {"preset": "ultrafast", "x265-params": f"{parameters}:log-level=0"}
        )

    def put(self, pixels: Pixels) -> None:
        self._container.mux(self._stream.encode(av.VideoFrame.from_ndarray(pixels, format="bgr24")))

    def close(self) -> None:
        self._container.mux(self._stream.encode())
        self._container.close()


def _camera_like(video: Path, seconds: float) -> Iterator[Pixels]:
    """The clip at 25 a second, as large as the main stream, with noise that is new in every picture."""
    dice = np.random.default_rng(1)
    width, height = MAIN_WH
    noises = [
        cv2.resize(
            dice.normal(0, NOISE_STD, (height // 2, width // 2)).astype(np.float32),
            MAIN_WH,
            interpolation=cv2.INTER_LINEAR,
        ).astype(np.int16)
        for _ in range(NOISES)
    ]
    sent = 0
    with av.open(str(video)) as container:
        for picture in container.decode(video=0):
            at_s = picture.time or 0.0
            if at_s >= seconds:
                return
            large = picture.to_ndarray(format="bgr24", width=width, height=height).astype(np.int16)
            while sent / FPS <= at_s:
                moved = np.roll(noises[sent % NOISES], int(dice.integers(width)), axis=1)
                yield np.clip(large + moved[:, :, None], 0, 255).astype(np.uint8)
                sent += 1


def _sized(pixels: Pixels, size_wh: tuple[int, int]) -> Pixels:
    if (pixels.shape[1], pixels.shape[0]) == size_wh:
        return pixels
    return np.asarray(cv2.resize(pixels, size_wh, interpolation=cv2.INTER_AREA), dtype=np.uint8)
