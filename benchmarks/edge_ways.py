"""The ways to watch a camera that `python -m benchmarks edge` holds against each other.

Each in a process of its own: `python -m benchmarks.edge_ways WISH`, where the wish is one JSON object; so is
the answer.
"""

import json
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import av
import cv2
import numpy as np

from clearway import logs
from detectors.look import JpegPicture
from detectors.network import Network
from detectors.opening import open_network
from edge.allocator import give_pictures_back
from edge.assemble import make_cameras
from edge.settings import CameraSettings, EdgeSettings
from edge.sources import Patience
from edge.sources.fetching import Fetcher, Page
from edge.sources.stream import opened, pieces
from edge.spool import Spool
from models.plan import parse_plan

WATCH_PX = 160
RECORDERS_FPS = 5
"""What the popular open recorders detect at, by their own recommendation."""

MOTION_HEIGHT_PX = 100
MOTION_THRESHOLD, MOTION_AREA_PX = 30, 10
"""Their motion detector's defaults: on a picture a hundred high, a difference of thirty, ten pixels of it."""

BACKGROUND_SHARE = 0.01


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be measured.

    Attributes:
        way: which of `WAYS`.
        address: the stream or picture to watch.
        main: the main stream behind a small one.
        cameras: how many at once, all the same.
        warm_up_s: not measured: opening, the first looks, the first groups of pictures.
        measure_s: measured.
        network: the network file.
        plan: the plan file.
    """

    way: str
    address: str
    main: str | None = None
    cameras: int = 1
    warm_up_s: float = 15.0
    measure_s: float = 60.0
    network: str = ""
    plan: str = ""


@dataclass(frozen=True, slots=True)
class Cost:
    """What it cost.

    Attributes:
        cpu_s: processor seconds while it was measured.
        wall_s: how long that was.
        looks: pictures looked at in that time, all cameras together.
        network_runs: of these.
        peak_mb: most memory the process ever had.
    """

    cpu_s: float
    wall_s: float
    looks: int
    network_runs: int
    peak_mb: float


class Meter:
    """Counts from the end of the warm-up to the end."""

    def __init__(self, wish: Wish) -> None:
        self._from = time.monotonic() + wish.warm_up_s
        self._until = self._from + wish.measure_s
        self._cpu = self._wall = 0.0
        self._at_start = (0, 0)
        self.looks = self.network_runs = 0
        self.over = False

    def tick(self) -> None:
        """To be called often."""
        now = time.monotonic()
        if not self._wall and now >= self._from:
            self._cpu, self._wall = time.process_time(), now
            self._at_start = (self.looks, self.network_runs)
        self.over = now >= self._until

    def cost(self) -> Cost:
        """What was counted."""
        looks, runs = self._at_start
        return Cost(
            cpu_s=time.process_time() - self._cpu,
            wall_s=time.monotonic() - self._wall,
            looks=self.looks - looks,
            network_runs=self.network_runs - runs,
            peak_mb=_peak_mb(),
        )


def _peak_mb() -> float:
    """Most memory this process ever had; `ru_maxrss` may be that of the process which started it (Linux)."""
    lines = Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:"))


def ours(wish: Wish) -> Cost:
    """The product's own cameras with everything that belongs to them, but for the line to the centre."""
    give_pictures_back()
    plan = Path(wish.plan)
    cameras = tuple(
        CameraSettings(name=f"camera-{number}", source=wish.address, main=wish.main, plan=plan, decoder="off")
        for number in range(wish.cameras)
    )
    settings = EdgeSettings(camera=cameras)
    zones = parse_plan(plan.read_text(encoding="utf-8"), str(plan))
    network = _network(wish)
    with tempfile.TemporaryDirectory() as folder:
        spool = Spool(Path(folder) / "box.db", 512 * 1024 * 1024)
        made = make_cameras(
            settings, network, spool, lambda *_: None, dict.fromkeys((c.name for c in cameras), zones)
        )
        stop = threading.Event()
        threads = [threading.Thread(target=camera.run, args=(stop,), daemon=True) for camera in made]
        for thread in threads:
            thread.start()
        meter = Meter(wish)
        while not meter.over:
            time.sleep(0.25)
            health = [camera.health() for camera in made]
            meter.looks = sum(one.looks for one in health)
            meter.network_runs = sum(one.network_runs for one in health)
            meter.tick()
        cost = meter.cost()
        stop.set()
        for thread in threads:
            thread.join(timeout=5)
        spool.close()
    return cost


def floor(wish: Wish) -> Cost:
    """Nothing but receiving, and decoding keyframes: what no way to look at them can go below."""
    meter = Meter(wish)
    with opened(wish.address, Patience()) as (container, stream):
        stream.codec_context.thread_count = 1
        for piece in pieces(container, stream):
            if piece.packet.is_keyframe:
                meter.looks += len(stream.codec_context.decode(piece.packet))
            meter.tick()
            if meter.over:
                break
    return meter.cost()


def picture_floor(wish: Wish) -> Cost:
    """Nothing but fetching a picture a second, and decoding it as small as a look needs."""
    meter = Meter(wish)
    due = time.monotonic()
    with Fetcher(wish.address, Patience()) as fetcher:
        while not meter.over:
            due += 1.0
            page = fetcher.fetch()
            if isinstance(page, Page):
                JpegPicture(page.data).luma(WATCH_PX)
                meter.looks += 1
            time.sleep(max(0.0, due - time.monotonic()))
            meter.tick()
    return meter.cost()


def recorders(wish: Wish) -> Cost:
    """The way of the popular open recorders: decode all, five a second, a motion gate, then the network."""
    network = _network(wish)
    meter = Meter(wish)
    background: np.ndarray[tuple[int, ...], np.dtype[np.float32]] | None = None
    due = time.monotonic()
    for picture in _every_picture(wish.address):
        meter.tick()
        if meter.over:
            break
        if time.monotonic() < due:
            continue
        due = max(due + 1 / RECORDERS_FPS, time.monotonic() - 1 / RECORDERS_FPS)
        meter.looks += 1
        width = round(MOTION_HEIGHT_PX * picture.width / picture.height)
        grey = picture.reformat(format="gray", width=width, height=MOTION_HEIGHT_PX).to_ndarray()
        small = cv2.GaussianBlur(grey, (3, 3), 0).astype(np.float32)
        if background is None:
            background = small
        if _moves(small, background):
            network.detect(picture.to_ndarray(format="bgr24"))
            meter.network_runs += 1
        cv2.accumulateWeighted(small, background, BACKGROUND_SHARE)
    return meter.cost()


def _moves(
    small: np.ndarray[tuple[int, ...], np.dtype[np.float32]],
    background: np.ndarray[tuple[int, ...], np.dtype[np.float32]],
) -> bool:
    changed = (cv2.absdiff(small, background) > MOTION_THRESHOLD).astype(np.uint8)
    outlines, _ = cv2.findContours(
        cv2.dilate(changed, np.ones((3, 3), np.uint8)), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE
    )
    return any(cv2.contourArea(outline) > MOTION_AREA_PX for outline in outlines)


def _every_picture(address: str) -> Iterator[av.VideoFrame]:
    with opened(address, Patience()) as (container, stream):
        stream.codec_context.thread_count = 1
        for piece in pieces(container, stream):
            yield from stream.codec_context.decode(piece.packet)


def _network(wish: Wish) -> Network:
    """As the product runs it where no setting says otherwise: at the size it was taught at."""
    return open_network(Path(wish.network), threads=1)


WAYS: dict[str, Callable[[Wish], Cost]] = {
    "ours": ours,
    "floor": floor,
    "picture-floor": picture_floor,
    "recorders": recorders,
}


@contextmanager
def _quiet() -> Iterator[None]:
    """Only the answer goes to standard output."""
    logs.set_up("benchmarks", "error")
    cv2.setNumThreads(1)
    yield


def main() -> None:
    """Measure one wish and print what it cost."""
    wish = replace(Wish("", ""), **json.loads(sys.argv[1]))
    with _quiet():
        cost = WAYS[wish.way](wish)
    print(json.dumps(asdict(cost)), flush=True)
    # Cameras' threads may still be in the middle of a look: no need to wait for that.
    os._exit(0)


if __name__ == "__main__":
    main()
