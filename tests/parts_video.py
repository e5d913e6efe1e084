"""Small videos, drawn here: what tests of cameras look at."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import create_server
from threading import Thread

import av
import numpy as np

from detectors.look import Pixels

FPS = 10
SECONDS = 6
WIDTH_PX, HEIGHT_PX = 320, 240
Draw = Callable[[float], Pixels]


def moving_square(second: float) -> Pixels:
    """A light square that crosses a grey picture (H, W, 3)."""
    pixels = np.full((HEIGHT_PX, WIDTH_PX, 3), 60, np.uint8)
    left = int(20 + 40 * second) % (WIDTH_PX - 40)
    pixels[100:140, left : left + 40] = (200, 180, 90)
    return pixels


def write_video(
    path: Path,
    *,
    draw: Draw = moving_square,
    seconds: float = SECONDS,
    index_first: bool = True,
    codec: str = "libx264",
) -> Path:
    """A video file. An MP4's index stands first unless told otherwise, so that a part can be played."""
    options = {"movflags": "+faststart"} if index_first and path.suffix == ".mp4" else {}
    with av.open(str(path), "w", options=options) as container:
        stream = container.add_stream(codec, rate=FPS)
        stream.width, stream.height, stream.pix_fmt = WIDTH_PX, HEIGHT_PX, "yuv420p"
        stream.options = {"preset": "ultrafast", "g": "10", "bf": "0"} if codec == "libx264" else {}
        for number in range(round(seconds * FPS)):
            frame = av.VideoFrame.from_ndarray(draw(number / FPS), format="bgr24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def write_audio(path: Path) -> Path:
    """A second of silence and no picture."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=16_000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 16_000), np.float32), format="fltp", layout="mono")
        frame.sample_rate = 16_000
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def cut(path: Path, share: float) -> Path:
    """The first part of a file, as a broken download leaves it."""
    data = path.read_bytes()
    part = path.with_name(f"cut-{path.name}")
    part.write_bytes(data[: int(len(data) * share)])
    return part


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def handle(self) -> None:
        try:
            super().handle()
        except (BrokenPipeError, ConnectionResetError):
            return


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The files of a folder over HTTP; the address of the folder."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)


@contextmanager
def silent_server() -> Iterator[int]:
    """Accepts connections (the kernel does) and never says a word; its port."""
    with create_server(("127.0.0.1", 0), backlog=64) as server:
        yield server.getsockname()[1]


def closed_port() -> int:
    """A port on the loopback where nobody listens."""
    with create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port
