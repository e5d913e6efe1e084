"""One camera with a drawn street, a scripted network and a real spool."""

import itertools
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from factories import at, found, frame, scene

from detectors.look import Frame
from detectors.network import ScriptedNetwork
from detectors.plates import AssumedPlates
from detectors.watch import Watch
from edge.camera import Camera, CameraParts
from edge.closeup import Errands
from edge.plate_desk import PlateDesk
from edge.saying import CameraVoice
from edge.sources import FrameSource, ScriptedSource
from edge.spool import Spool
from models import envelope
from models.envelope import Event
from models.errors import SourceLost
from models.plan import Plan, parse_plan

PLACE = (0.4, 0.4, 0.6, 0.6)
SOURCE = "/harbour/box-1/north-gate"
CAR, EMPTY = "car", "empty"
PLAN = """
camera = "north-gate"
[[zone]]
id = "fire-lane-1"
kind = "fire_lane"
polygon = [[0.3, 0.3], [0.7, 0.3], [0.7, 0.7], [0.3, 0.7]]
dwell_s = 5
address = "Harbour Road 1"
"""


def street(what: str, second: float) -> Frame:
    """The street with or without the car, a little different in each look, as a live picture is."""
    luma = scene(*([(PLACE, 7)] if what == CAR else [])).copy()
    luma[0, 0] = int(second * 10) % 250
    return frame(luma, second)


class Post:
    """A camera's post: give it looks, read what it spooled.

    Attributes:
        told: what the live view was shown, by kind.
    """

    def __init__(
        self,
        folder: Path,
        *,
        plan: str = PLAN,
        preview_interval_s: float = 0.0,
        desk: PlateDesk | None = None,
        errands: Errands | None = None,
    ) -> None:
        self.spool = Spool(folder / "box.db", 64 * 1024 * 1024)
        self.plan: Plan = parse_plan(plan, "plan.toml")
        self.told: list[tuple[str, bytes]] = []
        self._preview_interval_s = preview_interval_s
        self._errands = errands
        self._desk = desk or PlateDesk(AssumedPlates({"fire-lane-1": "浙B12345"}))

    def camera(
        self, looks: Iterable[tuple[float, str]], *, source: FrameSource | None = None, address: str = "a.mp4"
    ) -> Camera:
        """A camera that will see these looks: (second after noon, `CAR` or `EMPTY`)."""
        looks = list(looks)
        network = ScriptedNetwork(found(PLACE) if what == CAR else found() for _, what in looks)
        parts = CameraParts(
            name="north-gate",
            source=source or ScriptedSource([street(what, second) for second, what in looks]),
            address=address,
            plan=self.plan,
            watch=Watch(network, self.plan, SOURCE, gated=False),  # the script has an answer a look
            plates=self._desk,
            errands=self._errands,
        )
        return Camera(parts, self.spool, CameraVoice(SOURCE), self._show, self._preview_interval_s)

    def see(self, looks: Iterable[tuple[float, str]]) -> Camera:
        """Run a camera through its recording."""
        camera = self.camera(looks)
        camera.run(threading.Event())
        return camera

    def events(self) -> list[Event]:
        """What it said so far, oldest first."""
        return [envelope.decode(entry.body) for entry in self.spool.events(limit=1000)]

    def said(self) -> list[Any]:
        """The records of what it said so far."""
        return [event.data for event in self.events()]

    def pictures(self) -> dict[str, bytes]:
        """The pictures that wait, by their hash."""
        return {entry.id: entry.body for entry in self.spool.pictures(limit=1000)}

    def _show(self, kind: str, data: bytes) -> None:
        self.told.append((kind, data))


def every(step_s: float, start: float, end: float, what: str) -> list[tuple[float, str]]:
    """Looks from `start` to before `end`."""
    count = round((end - start) / step_s)
    return [(start + number * step_s, what) for number in range(count)]


class Plug:
    """A live camera that gives its frames and is then lost, again and again, until told to stop."""

    def __init__(self, turns: list[list[Frame]], failure: SourceLost) -> None:
        self._turns = itertools.chain(turns, itertools.repeat([]))
        self._failure = failure
        self.opened = 0

    @property
    def is_recording(self) -> bool:
        """See `FrameSource`."""
        return False

    def frames(self, stop: threading.Event):
        """See `FrameSource`."""
        self.opened += 1
        for item in next(self._turns):
            if stop.is_set():
                return
            yield item
        raise self._failure


__all__ = ["CAR", "EMPTY", "PLACE", "PLAN", "SOURCE", "Plug", "Post", "at", "every", "street"]
