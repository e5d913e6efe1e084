"""A case's sealed evidence as the one file that people pass on."""

from dataclasses import dataclass, replace

from cases.evidence.blobs import BlobStore
from cases.reading import Reading
from models.manifest import Shot
from models.packet import Packet, pack
from models.verdict import missing


@dataclass(frozen=True, slots=True)
class Packed:
    """A case's evidence in one ZIP file.

    Attributes:
        packets: how many are in it.
        missing: pictures that a packet names and that have not arrived; the file fails its check without.
    """

    data: bytes
    packets: int
    missing: tuple[Shot, ...]


def pack_case(reading: Reading, blobs: BlobStore, case_id: str) -> Packed | None:
    """The sealed evidence of a case; None if there is none, or no such case."""
    packets = [_with_pictures(packet, blobs) for packet in reading.packets(case_id)]
    if not packets:
        return None
    lacking = tuple(shot for packet in packets for shot in missing(packet))
    return Packed(pack(packets), len(packets), lacking)


def _with_pictures(packet: Packet, blobs: BlobStore) -> Packet:
    found = {shot.sha256: blobs.get(shot.sha256) for shot in packet.manifest.pictures}
    return replace(packet, pictures={name: jpeg for name, jpeg in found.items() if jpeg is not None})
