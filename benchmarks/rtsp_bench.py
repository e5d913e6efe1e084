"""Cameras on the loopback: real RTSP from video files, and pictures over HTTP, in a process of their own.

`python -m benchmarks.rtsp_bench FOLDER [--live]` serves every `NAME.mp4` of the folder, over and over, as
`rtsp://…/NAME.mp4/play_count_0`, and of every folder `NAME` the JPEG of the second as `http://…/NAME.jpg`.
Its first line tells the ports.
"""

import asyncio
import contextlib
import hashlib
import json
import logging
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, Literal

import av

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Cameras:
    """Where the cameras are.

    Attributes:
        rtsp_port: of the streams.
        http_port: of the pictures.
        process_id: of the server.
    """

    rtsp_port: int
    http_port: int
    process_id: int

    def stream(self, name: str, *, once: bool = False) -> str:
        """The address of a video file; it begins anew at its end, unless told otherwise."""
        return f"rtsp://{HOST}:{self.rtsp_port}/{name}/play_count_{int(once)}"

    def picture(self, name: str) -> str:
        """The address of a folder's picture of the second."""
        return f"http://{HOST}:{self.http_port}/{name}.jpg"


@contextlib.contextmanager
def serving(folder: Path, *, live: bool = False) -> Iterator[Cameras]:
    """Cameras for as long as they are wanted.

    Args:
        folder: of what they show.
        live: whoever connects is shown the second that it is, as by a camera, so that two streams of one show
            the same; else each file from its beginning.
    """
    command = [sys.executable, "-m", "benchmarks.rtsp_bench", str(folder), *(["--live"] if live else [])]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parent.parent) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            if not line:
                raise RuntimeError("the cameras did not start: is the development dependency there?")
            yield Cameras(**json.loads(line), process_id=process.pid)
        finally:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=10)
            process.kill()


class _Pictures(BaseHTTPRequestHandler):
    """Gives the picture of the second, with a mark to ask by whether it is another one."""

    folder = Path()
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        pictures = sorted((self.folder / Path(self.path).stem).glob("*.jpg"))
        if not pictures:
            self.send_error(404)
            return
        data = pictures[int(time.time()) % len(pictures)].read_bytes()
        mark = hashlib.sha256(data).hexdigest()[:16]
        if self.headers.get("If-None-Match") == mark:
            self.send_response(304)
            self.end_headers()
            return
        self.send_response(200)
        self.send_header("Content-Type", "image/jpeg")
        self.send_header("Content-Length", str(len(data)))
        self.send_header("ETag", mark)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _Now:
    """Stands for the library by which the server opens its files: they begin at the second that it is."""

    def open(self, file: str, mode: Literal["r"] = "r") -> Any:  # noqa: ANN401 - the library's own
        container: Any = av.open(file, mode)
        if container.duration:
            container.seek(int(time.time() * av.time_base) % container.duration)
        return container


async def _serve(folder: Path, *, live: bool) -> None:
    from aio_rtsp_toolkit import server as rtsp  # noqa: PLC0415 - a development dependency
    from aio_rtsp_toolkit import server_streaming  # noqa: PLC0415

    if live:
        vars(server_streaming)["av"] = _Now()  # it has no setting for that
    # It tells of every packet otherwise.
    rtsp.logger = logging.getLogger("rtsp")
    logging.disable(logging.CRITICAL)
    handler = type("Pictures", (_Pictures,), {"folder": folder})
    pictures = ThreadingHTTPServer((HOST, 0), handler)
    pictures.daemon_threads = True
    Thread(target=pictures.serve_forever, daemon=True).start()
    server = await rtsp.RtspServer(str(folder), host=HOST, port=0).start()
    listening = server._server  # noqa: SLF001 - which port it got is told nowhere else
    assert listening is not None
    ports = {
        "rtsp_port": listening.sockets[0].getsockname()[1],
        "http_port": pictures.server_address[1],
    }
    print(json.dumps(ports), flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(Path(sys.argv[1]), live="--live" in sys.argv[2:]))
