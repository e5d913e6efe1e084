"""What watching a camera costs: `python -m benchmarks edge`.

Serves 1080p25 at 4 Mbit/s, H.264 and H.265, a small second stream and pictures, over real RTSP and HTTP on
the loopback, and measures processor seconds per camera second of every way to watch them, each in a process
of its own, one after the other. Ratios of one run are what counts; let the machine do nothing else.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks import edge_footage
from benchmarks.edge_ways import Cost, Wish
from benchmarks.figures import Figure, show
from benchmarks.rtsp_bench import Cameras, serving
from detectors.shipped import shipped_network
from models.plan import parse_plan

ROOT = Path(__file__).parent.parent
ADDED_CAMERAS = 4
DWELL_S = 30
SOURCES = ("main-h264", "main-h265", "sub-h264", "picture")

FLOOR_MOST = 1.3
RECORDERS_LEAST, TRACKER_LEAST = 6.0, 60.0
NETWORK_SHARE_MOST = 0.15
ADDED_MB_MOST = 40.0
FRAMES_A_SECOND = 25
SERVED_LEAST = 0.85
"""Fewer looks than this share of what the footage offers, and the cameras themselves were starved."""


def main(arguments: Sequence[str]) -> int:
    """Measure what is asked for; 0 when every bar was reached."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks edge", description=__doc__)
    parser.add_argument("--video", type=Path, default=ROOT / "examples/demo/street.mp4", help="the street")
    parser.add_argument("--plan", type=Path, default=ROOT / "examples/demo/street.toml", help="its zones")
    parser.add_argument("--network", type=Path, default=_network(), help="by default the one that ships")
    parser.add_argument("--seconds", type=float, default=120.0, help="of the street that are used")
    parser.add_argument("--group", type=int, default=25, help="pictures from keyframe to keyframe")
    parser.add_argument(
        "--measure-s", type=float, default=120.0, help="measured of each way: by default once all the footage"
    )
    parser.add_argument("--warm-up-s", type=float, default=15.0, help="before that")
    parser.add_argument("--only", action="append", choices=[*SOURCES, "memory"], help="may be repeated")
    parser.add_argument("--tracker", type=Path, help="weights (.pt) for the tracker; by default yolo11n.pt")
    parser.add_argument("--tracker-python", default=sys.executable, help="a Python that has ultralytics")
    parser.add_argument("--footage", type=Path, default=ROOT / ".cache" / "edge-footage", help="kept there")
    parser.add_argument("--json", action="store_true", help="one JSON line each")
    wanted = parser.parse_args(arguments)
    if wanted.network is None:
        parser.error("no network: give --network FILE.onnx")
    return 0 if show(_figures(wanted), as_json=wanted.json) else 1


def _figures(wanted: argparse.Namespace) -> Iterator[Figure]:
    only = wanted.only or [*SOURCES, "memory"]
    names = {*only, "main-h264"}
    folder = edge_footage.made(
        wanted.footage, wanted.video, names, seconds=wanted.seconds, group=wanted.group
    )
    plan = folder / "plan.toml"
    text = _with_dwell(wanted.plan.read_text(encoding="utf-8"))
    if (named := parse_plan(text, str(wanted.plan)).reference) is not None:
        # Read from elsewhere, it finds the picture by its whole path.
        text = text.replace(json.dumps(named), json.dumps(str((wanted.plan.parent / named).resolve())), 1)
    plan.write_text(text, encoding="utf-8")
    with serving(folder, live=True) as cameras:
        bench = _Bench(wanted, cameras, plan)
        for source in SOURCES:
            if source in only:
                yield from bench.source(source)
        if "memory" in only:
            yield from bench.memory()


class _Bench:
    """Measures on cameras that are there."""

    def __init__(self, wanted: argparse.Namespace, cameras: Cameras, plan: Path) -> None:
        self._wanted = wanted
        self._cameras = cameras
        self._plan = plan
        self._others: dict[str, float] | None = None

    def source(self, source: str) -> Iterator[Figure]:
        """Ours by one source, against its floor and against the other ways."""
        is_picture = source == edge_footage.PICTURES
        address = self._address(source)
        main = self._cameras.stream("main-h264.mp4") if source.startswith("sub") else None
        least = self._measure(Wish("picture-floor" if is_picture else "floor", address))
        ours = self._measure(Wish("ours", address, main=main))
        per_s, floor_s = _per_s(ours), _per_s(least)
        yield Figure(f"{source}: floor", floor_s, "CPU s/s", note=f"{1 / floor_s:.0f} cameras a core")
        yield Figure(f"{source}: ours", per_s, "CPU s/s", note=f"{1 / per_s:.0f} cameras a core")
        yield Figure(f"{source}: ours over the floor", per_s / floor_s, "ratio", FLOOR_MOST)
        looks_note = f"{ours.looks} looks in {ours.wall_s:.0f} s"
        share = ours.network_runs / max(ours.looks, 1)
        yield Figure(
            f"{source}: looks that ran the network", share, "share", NETWORK_SHARE_MOST, note=looks_note
        )
        for name, other_s in self._compared().items():
            bar = TRACKER_LEAST if name == "tracker" else RECORDERS_LEAST
            yield Figure(f"{source}: {name} over ours", other_s / per_s, "ratio", bar, "least")

    def memory(self) -> Iterator[Figure]:
        """What each further camera takes, and costs."""
        address = self._address("main-h264")
        one = self._measure(Wish("ours", address))
        many = self._measure(Wish("ours", address, cameras=1 + ADDED_CAMERAS))
        added = (many.peak_mb - one.peak_mb) / ADDED_CAMERAS
        note = f"{one.peak_mb:.0f} MB with one camera, {many.peak_mb:.0f} with {1 + ADDED_CAMERAS}"
        yield Figure("peak memory per added camera", added, "MB", ADDED_MB_MOST, note=note)
        share = _per_s(many) / (1 + ADDED_CAMERAS) / _per_s(one)
        yield Figure("processor time per camera, of five against one", share, "ratio")

    def _compared(self) -> dict[str, float]:
        """The other ways on the main stream, processor seconds a camera second; measured once."""
        if self._others is None:
            address = self._address("main-h264")
            found = {"recorders": _per_s(self._measure(Wish("recorders", address)))}
            tracked = self._track(address)
            if tracked is not None:
                found["tracker"] = tracked
            for name, value in found.items():
                print(f"{name}: {value:.3f} CPU s/s", file=sys.stderr)
            self._others = found
        return self._others

    def _track(self, address: str) -> float | None:
        """Of every frame. A core that cannot keep up drops frames: then what all of them would cost."""
        weights = self._wanted.tracker or _data("weights/yolo11n.pt")
        if weights is None or not weights.is_file():
            print("left out: the tracker has no weights; give --tracker yolo11n.pt", file=sys.stderr)
            return None
        if subprocess.run(
            [self._wanted.tracker_python, "-c", "import lap, ultralytics"], capture_output=True, check=False
        ).returncode:
            print(
                "left out: ultralytics and lap are not installed; install both, or give --tracker-python",
                file=sys.stderr,
            )
            return None
        script = Path(__file__).with_name("edge_tracker.py")
        cost = self._run(
            [self._wanted.tracker_python, str(script)], Wish("track", address, network=str(weights))
        )
        return cost.cpu_s / max(cost.looks, 1) * FRAMES_A_SECOND

    def _measure(self, wish: Wish) -> Cost:
        cost = self._run([sys.executable, "-m", "benchmarks.edge_ways"], wish)
        a_second = cost.looks / cost.wall_s / wish.cameras
        if a_second < SERVED_LEAST * min(1.0, FRAMES_A_SECOND / self._wanted.group):
            print(
                f"{wish.way}: {a_second:.2f} looks a second: the machine is too busy to measure on",
                file=sys.stderr,
            )
        return cost

    def _run(self, command: list[str], wish: Wish) -> Cost:
        whole = {
            "warm_up_s": self._wanted.warm_up_s,
            "measure_s": self._wanted.measure_s,
            "network": wish.network or str(self._wanted.network.resolve()),
            "plan": str(self._plan.resolve()),
        }
        asked = json.dumps(asdict(wish) | whole)
        limit_s = 120 + 2 * (self._wanted.warm_up_s + self._wanted.measure_s)
        done = subprocess.run(
            [*command, asked], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True, timeout=limit_s
        )
        return Cost(**json.loads(done.stdout.splitlines()[-1]))

    def _address(self, source: str) -> str:
        if source == edge_footage.PICTURES:
            return self._cameras.picture(source)
        return self._cameras.stream(f"{source}.mp4")


def _per_s(cost: Cost) -> float:
    return cost.cpu_s / cost.wall_s


def _with_dwell(plan: str) -> str:
    """The plan with the dwell that the bars are stated for."""
    lines = plan.splitlines()
    return "\n".join(f"dwell_s = {DWELL_S}" if line.startswith("dwell_s") else line for line in lines) + "\n"


def _network() -> Path | None:
    return shipped_network() or _data("weights/yolo11n-640.onnx")


def _data(name: str) -> Path | None:
    path = Path(os.environ.get("CLEARWAY_DATA", "../shared/data"), name)
    return path if path.is_file() else None
