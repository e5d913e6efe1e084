"""Two networks side by side on footage that nobody labelled: what the one finds, does the other find too?

    python -m benchmarks agreement VIDEO --reference yolo11n.onnx [--network FILE] [--every 1] [--json]

The reference is no truth: both may be wrong together. But a vehicle that stands through a whole recording
and is found look after look by a large network must be found by a small one as well.
"""

import argparse
import math
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from benchmarks.events import SHIPPED
from benchmarks.figures import Figure, show
from clearway.replay import UNIX_EPOCH
from detectors import standing
from detectors.emptiness import Emptiness, View
from detectors.look import Detections
from detectors.network import MIN_SCORE, Network
from detectors.opening import open_network
from detectors.things import Asked, Standing
from detectors.training.precision import match
from edge.sources import Pace, VideoSource
from models.errors import EXIT_CONFIGURATION, ConfigurationError, SourceLost
from models.geometry import FloatArray, iou
from models.plan import VEHICLES

SURE = 0.5
"""What the reference says with this score hardly anybody would doubt."""

LEAST_PX = 24
"""Lower boxes are further away than anybody draws a zone."""

SAME = 0.5
"""Overlap from which on two boxes are one object: COCO's."""


@dataclass(slots=True)
class Tally:
    """What the two said, look by look.

    Attributes:
        asked, found: sure boxes of the reference, and how many the network found.
        said, alone: sure boxes of the network, and how many the reference does not know at all.
        looks: boxes (N, 4) of the network's vehicles in each look.
        stood: what stood longest in the reference's eyes, as it was after the last look that showed it.
    """

    asked: int = 0
    found: int = 0
    said: int = 0
    alone: int = 0
    looks: list[FloatArray] = field(default_factory=list)
    stood: Standing | None = None

    @property
    def standing_found(self) -> float | None:
        """In which share of all looks the network finds the vehicle that stands longest."""
        if self.stood is None:
            return None
        place = np.array(self.stood.box_xyxy)
        hits = [len(boxes) > 0 and iou(place, boxes).max() >= SAME for boxes in self.looks]
        return float(np.mean(hits))


def compare(video: str, network: Network, reference: Network, *, every_s: float) -> Tally:
    """Look through a recording with both.

    Raises:
        SourceLost: there is no video to look at, or it breaks off.
    """
    tally = Tally()
    objects: tuple[Standing, ...] = ()
    places = Emptiness()
    source = VideoSource(video, Pace(every_s, "max", UNIX_EPOCH))
    for frame in source.frames(threading.Event()):
        ours = network.detect(frame.pixels).only(frozenset(VEHICLES))
        theirs = reference.detect(frame.pixels).only(frozenset(VEHICLES))
        high = frame.pixels.shape[0]
        count(tally, ours, theirs, high)
        asked, view = Asked(detections=theirs), View(places, frame.luma())
        objects, _ = standing.step(objects, asked, view, frame.captured_at)
        places = standing.learnt(objects, asked, view)
        for thing in objects:
            if tally.stood is None or thing.looks > tally.stood.looks:
                tally.stood = thing
    return tally


def count(tally: Tally, ours: Detections, theirs: Detections, high: int) -> None:
    """Take note of what both found in one look.

    Args:
        tally: so far.
        ours: the network's vehicles.
        theirs: the reference's.
        high: of the picture, pixels.
    """
    asked = theirs.boxes_xyxy[(theirs.scores >= SURE) & (_heights(theirs, high) >= LEAST_PX)]
    seen = ours.scores >= MIN_SCORE
    tally.looks.append(ours.boxes_xyxy[seen])
    tally.asked += len(asked)
    tally.found += int((match(ours.boxes_xyxy[seen], ours.scores[seen], asked).found_by >= 0).sum())
    sure = (ours.scores >= SURE) & (_heights(ours, high) >= LEAST_PX)
    known = match(ours.boxes_xyxy[sure], ours.scores[sure], theirs.boxes_xyxy).hits
    tally.said += int(sure.sum())
    tally.alone += int((~known).sum())


def _heights(found: Detections, high: int) -> FloatArray:
    return (found.boxes_xyxy[:, 3] - found.boxes_xyxy[:, 1]) * high


def figures(tally: Tally) -> Iterator[Figure]:
    """The figures of one recording."""
    yield Figure("looks", len(tally.looks), "")
    if (share := tally.standing_found) is not None and tally.stood is not None:
        note = f"{tally.stood.label}, {tally.stood.looks} looks by the reference"
        yield Figure("looks in which what stands longest is found", share, "", 0.8, "least", note)
    if tally.asked:
        note = f"of {tally.asked} vehicles at {SURE} and {LEAST_PX} px"
        yield Figure("found of what the reference is sure of", tally.found / tally.asked, "", note=note)
    if tally.said:
        note = f"of {tally.said} at {SURE}"
        yield Figure("sure of what the reference does not know", tally.alone / tally.said, "", note=note)


def _seconds(text: str) -> float:
    """Of the command line: more than none."""
    if not 0 < (value := float(text)) < math.inf:
        raise argparse.ArgumentTypeError(f"{text} s between two looks; give more than 0")
    return value


def main(arguments: Sequence[str]) -> int:
    """Run the benchmark; 0 when every bar was reached."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks agreement", description=__doc__)
    parser.add_argument("video", help="a recording")
    parser.add_argument("--network", type=Path, default=SHIPPED, help="the network to judge")
    parser.add_argument("--reference", type=Path, required=True, help="the network to hold it against")
    parser.add_argument("--every", type=_seconds, default=1.0, help="seconds between two looks")
    parser.add_argument("--json", action="store_true", help="one JSON line each")
    wanted = parser.parse_args(arguments)
    try:
        network, reference = open_network(wanted.network), open_network(wanted.reference)
        tally = compare(wanted.video, network, reference, every_s=wanted.every)
    except (ConfigurationError, SourceLost) as exc:
        sys.stderr.write(f"{exc}\n")
        return EXIT_CONFIGURATION
    return 0 if show(figures(tally), as_json=wanted.json) else 1
