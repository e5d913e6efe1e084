"""How real the pictures are to a network that was trained on real ones: `python -m studio.filming.realism`.

A stranger's eye cannot be put into a test; a network trained on photographs can. What it misses of a clip
whose truth is known is what the studio draws badly.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import av
import msgspec
import numpy as np
import typer

from detectors.look import Detections, Pixels
from detectors.network import Network
from detectors.opening import open_network
from models.geometry import iou
from models.plan import VEHICLES
from studio.filming.truth import TrueClip, TrueFrame, TrueObject

LEAST_IOU = 0.5
"""The usual measure of a hit."""

LEAST_VISIBLE = 0.6
"""What is hidden further is a question of occlusion, not of realism."""


@dataclass(frozen=True, slots=True)
class Ask:
    """Which objects count: at least so many pixels high, at least this share of them to be seen."""

    height_px: float
    visible: float
    score: float


@dataclass(slots=True)
class Tally:
    """How many objects there were and how many were found."""

    asked: int = 0
    found: int = 0

    @property
    def recall(self) -> float | None:
        """The share found, if any were asked for."""
        return round(self.found / self.asked, 3) if self.asked else None


def truth_frames(file: Path) -> Iterator[TrueFrame]:
    """The frames of a truth file, after its first line."""
    with file.open("rb") as lines:
        next(lines)
        for line in lines:
            yield msgspec.json.decode(line, type=TrueFrame)


def with_truth(clip: Path, truth: Path) -> Iterator[tuple[Pixels, TrueFrame]]:
    """The pictures of a clip, each with what is truly in it. They belong together by their times.

    Where the stream drops out there are fewer pictures than frames, so counting them would shift all that
    comes after.
    """
    with truth.open("rb") as lines:
        fps = msgspec.json.decode(next(lines), type=TrueClip).fps
    frames = {frame.frame: frame for frame in truth_frames(truth)}
    with av.open(str(clip)) as box:
        for picture in box.decode(video=0):
            yield picture.to_ndarray(format="bgr24"), frames[round(float(picture.time) * fps)]


def is_found(thing: TrueObject, found: Detections, ask: Ask) -> bool:
    """Whether a network found an object; cars, vans and lorries may be taken for one another."""
    alike = frozenset(VEHICLES) if thing.label in VEHICLES else frozenset({thing.label})
    boxes = [
        box
        for box, score, label in zip(found.boxes_xyxy, found.scores, found.labels, strict=True)
        if label in alike and score >= ask.score
    ]
    return bool(boxes) and bool(iou(np.array(thing.box), np.array(boxes)).max() >= LEAST_IOU)


def recall(
    network: Network, pictures: Sequence[tuple[Pixels, TrueFrame]], asks: Sequence[Ask]
) -> dict[str, Tally]:
    """What a network finds, by label and score."""
    tallies: dict[str, Tally] = {}
    for pixels, truth in pictures:
        found = network.detect(pixels)
        for thing in truth.objects:
            for ask in asks:
                tall = (thing.box[3] - thing.box[1]) * pixels.shape[0] >= ask.height_px
                if not tall or thing.visible < ask.visible:
                    continue
                group = "vehicle" if thing.label in VEHICLES else thing.label
                for name in {group, thing.label, f"{thing.label}:{thing.id}"}:
                    tally = tallies.setdefault(f"{name} at {ask.score:g}", Tally())
                    tally.asked += 1
                    tally.found += is_found(thing, found, ask)
    return tallies


def main(
    clip: Annotated[Path, typer.Argument(exists=True)],
    truth: Annotated[Path, typer.Argument(exists=True)],
    network: Annotated[Path, typer.Option(exists=True, help="one trained on real pictures")],
    every: Annotated[int, typer.Option(min=1, help="look at every so-manieth frame")] = 12,
    height_px: Annotated[float, typer.Option(help="least height of what counts")] = 40,
) -> None:
    """Print the recall by label and score, one JSON object a line."""
    pictures = [(pixels, shown) for pixels, shown in with_truth(clip, truth) if shown.frame % every == 0]
    asks = [Ask(height_px, LEAST_VISIBLE, score) for score in (0.25, 0.5)]
    tallies = recall(open_network(network), pictures, asks)
    for name, tally in sorted(tallies.items()):
        line = {"what": name, "asked": tally.asked, "found": tally.found, "recall": tally.recall}
        typer.echo(msgspec.json.encode(line).decode())


if __name__ == "__main__":
    typer.run(main)
