"""What one camera knows of plates: read while a vehicle stands, or assumed; and the frames that prove it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from detectors import picture, plate_watch, reading
from detectors.look import Frame
from detectors.plate_grammar import Grammar
from detectors.plates import AssumedPlates, PlateReader
from detectors.reading import Reading
from detectors.stays import Stay
from detectors.things import Standing
from detectors.watch import Looked
from edge import evidence
from edge.closeup import Errands, likeness
from edge.proving import plate_memory
from models.plan import VEHICLES
from models.records import Plate

PLATED = frozenset(VEHICLES) - {"bicycle"}

STILL = "plates"
"""What stills are asked for: one answers for all that stand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a camera knows of plates after a look.

    Attributes:
        readings: by object id.
        frames: SHA-256 of the frames that the spool holds for them.
        memories: frames that the spool is to remember with this look, or (empty) forget.
    """

    readings: dict[str, Reading]
    frames: tuple[str, ...] = ()
    memories: tuple[tuple[str, bytes], ...] = ()


@dataclass(frozen=True, slots=True)
class Reads:
    """What plates are read with; shared by all cameras of a box."""

    reader: PlateReader
    grammar: Grammar


class PlateDesk:
    """Reads plates for one camera.

    Args:
        assumed: what the plan or the settings say of a zone's vehicles.
        reads: None where nothing is read.
        errands: fetches larger pictures; None to read in the watched ones.
    """

    def __init__(
        self,
        assumed: AssumedPlates,
        reads: Reads | None = None,
        errands: Errands | None = None,
    ) -> None:
        self._assumed = assumed
        self._reads = reads
        self._errands = errands

    def look(
        self, readings: Mapping[str, Reading], frames: Sequence[str], frame: Frame, looked: Looked
    ) -> Known:
        """Read whose turn it is.

        Args:
            readings: as the last look left them.
            frames: what the spool holds for them.
            frame: this look's.
            looked: what it led to.
        """
        if self._reads is None or looked.memory.blind is not None:
            return Known(readings=dict(readings), frames=tuple(frames))
        things = vehicles_of(looked)
        boxes = np.array([thing.box_xyxy for thing in looked.memory.objects]).reshape(-1, 4)
        boxes = np.concatenate([boxes, looked.detections.boxes_xyxy])
        shown = frame
        if self._errands is not None:
            shown, things = self._with_still(self._errands, readings, frame, things)
        turn = plate_watch.look(
            readings,
            shown,
            things,
            all_boxes=boxes,
            reader=self._reads.reader,
            grammar=self._reads.grammar,
        )
        kept = {**{name: readings[name] for name in _standing(readings, looked)}, **turn.readings}
        wanted = frozenset().union(*(reading.pictures(one) for one in kept.values()))
        memories = [(plate_memory(digest), b"") for digest in frames if digest not in wanted]
        held = [digest for digest in frames if digest in wanted]
        if turn.jpeg is not None:
            proof = evidence.read_frame(turn.jpeg, turn.digest, shown.captured_at)
            memories.append((plate_memory(turn.digest), evidence.held(proof)))
            held.append(turn.digest)
        return Known(readings=kept, frames=tuple(dict.fromkeys(held)), memories=tuple(memories))

    def plate_of(self, stay: Stay, readings: Mapping[str, Reading]) -> Plate | None:
        """A plate that was surely read; else the assumed one; else an unsure read, for operators only.

        Whatever is no vehicle has none.
        """
        if stay.label not in PLATED:
            return None
        known = readings.get(stay.object_id)
        read = None if known is None else reading.verdict(known)
        if read is not None and read.sure:
            return read
        return self._assumed.read(stay) or read

    def _with_still(
        self,
        errands: Errands,
        readings: Mapping[str, Reading],
        frame: Frame,
        things: Sequence[Standing],
    ) -> tuple[Frame, tuple[Standing, ...]]:
        """The still that came since the last look, with those who are still as it shows them.

        Without one nobody is read in this look, and one is fetched if somebody is due.
        """
        still = next(
            (done.still for done in reversed(errands.collect({STILL})) if done.still is not None), None
        )
        if still is not None:
            alike = [thing for thing in things if likeness(frame, still, thing.box_xyxy) >= picture.SAME]
            return still, tuple(alike)
        if any(reading.due(readings.get(thing.id, Reading()), frame.captured_at) for thing in things):
            errands.ask(STILL)
        return frame, ()


def vehicles_of(looked: Looked) -> tuple[Standing, ...]:
    """The vehicles that stand where they may not."""
    concerned = {stay.object_id for stay in looked.memory.stays}
    return tuple(thing for thing in looked.memory.objects if thing.id in concerned and thing.label in PLATED)


def sure_texts(readings: Mapping[str, Reading]) -> dict[str, str]:
    """The plates that were surely read, by object id."""
    verdicts = {name: reading.verdict(one) for name, one in readings.items()}
    return {name: plate.text for name, plate in verdicts.items() if plate is not None and plate.sure}


def _standing(readings: Mapping[str, Reading], looked: Looked) -> list[str]:
    """Of the readings, those whose vehicles are still known."""
    known = {thing.id for thing in looked.memory.objects}
    return [name for name in readings if name in known]
