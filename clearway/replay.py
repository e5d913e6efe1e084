"""Stays from a recording, faster than real time, with no broker and nothing kept."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import msgspec

from detectors.look import Pixels
from detectors.network import Network
from detectors.plates import AssumedPlates
from detectors.stays import Stay, StayEvent, StayTurn
from detectors.watch import Memory, Watch
from edge.sources import FrameSource, Pace, VideoSource
from models.errors import SourceLost, SourceUnusable
from models.plan import Plan
from models.records import EndedBy

UNIX_EPOCH = datetime.fromtimestamp(0, UTC)


@dataclass(slots=True)
class StayLine:
    """One stay as `replay --json` prints it; seconds from the start of the recording."""

    zone: str
    kind: str
    label: str
    began_s: float
    overstayed_s: float | None = None
    ended_s: float | None = None
    ended_by: str | None = None
    plate: str | None = None
    plate_score: float | None = None


@dataclass(slots=True)
class Outcome:
    """What a recording showed.

    Attributes:
        stays: ordered by their start.
        broken: why the recording ended early; empty when it did not.
    """

    stays: list[StayLine]
    looks: int
    network_runs: int
    video_s: float
    cpu_s: float
    wall_s: float
    broken: str = ""
    explained: list[str] = field(default_factory=list)

    def lines(self) -> Iterator[str]:
        """The JSON lines."""
        for stay in self.stays:
            yield msgspec.json.encode(stay).decode()
        summary: dict[str, Any] = {
            "looks": self.looks,
            "network_runs": self.network_runs,
            "video_s": round(self.video_s, 3),
            "cpu_s": round(self.cpu_s, 3),
            "wall_s": round(self.wall_s, 3),
        }
        if self.broken:
            summary["broken"] = self.broken
        yield msgspec.json.encode({"summary": summary}).decode()


def replay(
    video: str,
    plan: Plan,
    network: Network,
    *,
    start_at: datetime | None = None,
    look_interval_s: float = 1.0,
    reference: Pixels | None = None,
    gated: bool = True,
) -> Outcome:
    """Look through a recording.

    Args:
        video: a file.
        plan: its zones.
        network: finds the objects.
        start_at: when the first frame was captured.
        look_interval_s: time between two looks.
        reference: brightness of the picture that the plan was drawn on, (H, W); None where there is none.
        gated: whether the network is asked only where something is new; else in every look.

    Raises:
        SourceUnusable: there is no video to look at.
        ConfigurationError: the plan forbids what the network cannot find.
    """
    start_at = start_at or UNIX_EPOCH
    source = VideoSource(video, Pace(look_interval_s, "max", start_at))
    assumed = AssumedPlates({zone.id: zone.plate for zone in plan.zones if zone.plate})
    outcome = look_through(source, plan, network, assumed, start_at, reference=reference, gated=gated)
    outcome.video_s = max(outcome.video_s, source.duration_s or 0.0)
    return outcome


def look_through(
    source: FrameSource,
    plan: Plan,
    network: Network,
    plates: AssumedPlates,
    start_at: datetime,
    *,
    reference: Pixels | None = None,
    gated: bool = True,
) -> Outcome:
    """Look through frames from any source; for the arguments see `replay`."""
    watch = Watch(network, plan, f"/replay/recording/{plan.camera}", reference=reference, gated=gated)
    memory = Memory()
    found: dict[str, StayLine] = {}
    kinds = {zone.id: zone.kind.value for zone in plan.zones}
    looks, last_s, broken = 0, 0.0, ""
    cpu, wall = time.process_time(), time.perf_counter()
    explained = []
    try:
        for frame in source.frames(threading.Event()):
            looked = watch.look(memory, frame)
            memory = looked.memory
            looks += 1
            last_s = (frame.captured_at - start_at).total_seconds()
            for event in looked.events:
                _note(found, event, kinds, plates, start_at)
                explained.append(f"{last_s:8.2f} s  {event.stay.zone}: {event.turn}: {event.why}")
                explained.extend(_reasons(event, start_at))
    except SourceUnusable:
        raise
    except SourceLost as exc:
        if not looks:
            raise
        broken = str(exc)
    for line in found.values():
        if line.ended_by is None:
            line.ended_by = EndedBy.END_OF_RECORDING.value
    return Outcome(
        stays=sorted(found.values(), key=lambda line: line.began_s),
        looks=looks,
        network_runs=watch.network_runs,
        video_s=last_s,
        cpu_s=time.process_time() - cpu,
        wall_s=time.perf_counter() - wall,
        broken=broken,
        explained=explained,
    )


def _note(
    found: dict[str, StayLine],
    event: StayEvent,
    kinds: dict[str, str],
    plates: AssumedPlates,
    start_at: datetime,
) -> None:
    stay = event.stay
    line = found.setdefault(stay.id, _line(stay, kinds, plates, start_at))
    line.label = stay.label
    if event.turn is StayTurn.OVERSTAYED:
        line.overstayed_s = _seconds(event.at, start_at)
    elif event.turn is StayTurn.ENDED and event.ended_by is not None:
        line.ended_s, line.ended_by = _seconds(event.at, start_at), event.ended_by.value


def _line(stay: Stay, kinds: dict[str, str], plates: AssumedPlates, start_at: datetime) -> StayLine:
    plate = plates.read(stay)
    return StayLine(
        zone=stay.zone,
        kind=kinds[stay.zone],
        label=stay.label,
        began_s=_seconds(stay.began_at, start_at),
        plate=None if plate is None else plate.text,
        plate_score=None if plate is None else plate.score,
    )


def _reasons(event: StayEvent, start_at: datetime) -> Iterator[str]:
    """What a turn rests on, a line each: all that became of the stay so far."""
    if event.turn is StayTurn.BEGAN:
        return
    for reason in event.stay.reasons:
        since, until = _seconds(reason.since, start_at), _seconds(reason.until, start_at)
        values = ", ".join(f"{name} {value:g}" for name, value in reason.values.items())
        span = f"{since:g} s" if since == until else f"{since:g} to {until:g} s, {reason.looks} looks"
        yield f"{'':12}{reason.what} ({span}{'; ' if values else ''}{values})"


def _seconds(at: datetime, start_at: datetime) -> float:
    return round((at - start_at).total_seconds(), 3)
