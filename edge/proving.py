"""Which pictures a turn of a stay calls for, and what in them is private."""

from collections.abc import Mapping

from detectors.look import Frame
from detectors.stays import StayEvent, StayTurn
from edge import evidence
from edge.clock import Clock
from edge.evidence import Proof
from edge.masking import Masker
from edge.seal import stay_memory
from edge.spool import Spool
from models.plan import Zone
from models.records import EndedBy, Picture, PictureRole, Plate
from models.units import BoxXyxy

Memories = list[tuple[str, bytes]]


class Prover:
    """Takes the pictures of one camera's stays.

    Args:
        camera: its name, for the bar of panoramas.
        zones: of its plan, by id.
        spool: remembers pictures until they are wanted.
        masker: finds what is private; None leaves it in.

    Attributes:
        clock: of the device, for the bar of panoramas; None where it is not held against the centre's.
    """

    def __init__(self, camera: str, zones: Mapping[str, Zone], spool: Spool, masker: Masker | None) -> None:
        self._camera = camera
        self._zones = zones
        self._spool = spool
        self._masker = masker
        self.clock: Clock | None = None

    def prove(
        self,
        event: StayEvent,
        frame: Frame,
        arrival: Frame,
        *,
        plate: Plate | None,
        known: tuple[Picture, ...],
        pending: Mapping[str, bytes],
        still: Frame | None = None,
    ) -> tuple[list[Proof], Memories]:
        """The pictures that a turn of a stay adds, and what the spool is to remember or (empty) forget.

        The arrival waits on the box until it is wanted: whoever leaves in time is photographed for nobody.

        Args:
            event: the turn.
            frame: the look that showed it.
            arrival: the look that first showed the vehicle.
            plate: as known by now.
            known: the pictures that the stay has already.
            pending: what the spool is to remember with this look, and does not yet.
            still: the main stream's picture of it, where one has come.
        """
        stay = event.stay
        if event.turn is StayTurn.BEGAN:
            taken = self._panorama(PictureRole.ARRIVAL, arrival, event)
            return [], [(arrival_memory(stay.id), evidence.held(taken))]
        forgotten: Memories = []
        proofs: list[Proof] = []
        if event.turn is StayTurn.OVERSTAYED:
            proofs = [*self._arrival(stay.id, stay.box_xyxy, pending), *self._overstay(event, frame)]
        if still is not None and stay.overstayed_at is not None:
            proofs += self._overstay(event, still)
        if stay.overstayed_at is not None:
            proofs += self._plate_frame(plate, known, pending, stay.box_xyxy)
        if event.turn is StayTurn.ENDED:
            forgotten = forgotten_of(stay.id)
            if stay.overstayed_at is not None and event.ended_by is EndedBy.LEFT:
                empty = self._panorama(PictureRole.EMPTY, frame, event)
                hidden = evidence.in_panorama(self._hidden(frame, None), frame.pixels)
                proofs.append(evidence.hiding(empty, hidden))
        return proofs, forgotten

    def _overstay(self, event: StayEvent, frame: Frame) -> list[Proof]:
        """The view and the vehicle at the moment its time was up."""
        box_xyxy = event.stay.box_xyxy
        hidden = self._hidden(frame, box_xyxy)
        view = self._panorama(PictureRole.OVERSTAY, frame, event)
        close = evidence.close_up(frame, box_xyxy)
        return [
            evidence.hiding(view, evidence.in_panorama(hidden, frame.pixels)),
            evidence.hiding(close, evidence.in_close_up(hidden, frame.pixels, box_xyxy)),
        ]

    def _arrival(self, stay_id: str, box_xyxy: BoxXyxy, pending: Mapping[str, bytes]) -> list[Proof]:
        """The picture of the arrival, as it was taken; only now is it looked through for what is private."""
        name = arrival_memory(stay_id)
        body = pending.get(name) or self._spool.recall(name)
        if body is None:
            return []
        proof = evidence.unheld(body)
        if self._masker is None:
            return [proof]
        view = evidence.view_of(proof)
        return [evidence.hiding(proof, evidence.in_panorama(self._masker.look(view, box_xyxy), view))]

    def _plate_frame(
        self,
        plate: Plate | None,
        known: tuple[Picture, ...],
        pending: Mapping[str, bytes],
        box_xyxy: BoxXyxy,
    ) -> list[Proof]:
        """The frame the plate was read in, once it is known which that is."""
        if plate is None or plate.picture is None or plate.picture in {shot.sha256 for shot in known}:
            return []
        name = plate_memory(plate.picture)
        body = pending.get(name) or self._spool.recall(name)
        proof = None if body is None else evidence.unheld(body)
        if proof is None or proof.picture.sha256 != plate.picture:
            return []
        if self._masker is None:
            return [proof]
        return [evidence.hiding(proof, self._masker.look(evidence.pixels_of(proof), box_xyxy))]

    def _panorama(self, role: PictureRole, frame: Frame, event: StayEvent) -> Proof:
        zone, offset = self._zones[event.stay.zone], None if self.clock is None else self.clock.offset()
        note = "" if offset is None else f"(clock {offset.offset_s:+.2f} s, +-{offset.error_s:.2f})"
        return evidence.panorama(role, frame, zone, event.stay.box_xyxy, self._camera, clock=note)

    def _hidden(self, frame: Frame, own_xyxy: BoxXyxy | None) -> tuple[BoxXyxy, ...]:
        return () if self._masker is None else self._masker.look(frame.pixels, own_xyxy)


def forgotten_of(stay_id: str) -> Memories:
    """What the spool is to forget (empty) of a stay that is over."""
    return [(name, b"") for name in (arrival_memory(stay_id), stay_memory(stay_id))]


def arrival_memory(stay_id: str) -> str:
    """Where the spool keeps the picture of a stay's arrival (`evidence.held`), until it is evidence."""
    return f"arrival/{stay_id}"


def plate_memory(digest: str) -> str:
    """Where the spool keeps a frame that a plate was read in (`evidence.held`), by its SHA-256."""
    return f"plate/{digest}"
