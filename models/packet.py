"""Evidence packets: a manifest that names every picture by its hash, sealed by the device that took them.

A packet is a manifest (canonical JSON), a signature under it, and the pictures. Its manifest holds the number
and the SHA-256 of the manifest its device sealed before, so that all packets of a device are one chain; and
those of the packet of the same stay before it, so that the packets of a stay are complete.

`pack` and `unpack` are the ZIP file that people pass on: any of its bytes is either under the seal, or can
only be what `pack` writes.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from models import archive
from models.errors import BadRecord
from models.manifest import Manifest, read_manifest
from models.packet_readme import picture_name, readme
from models.records import EvidenceSealed
from models.signing import holds

MANIFEST, SIGNATURE, README = "manifest.json", "signature.txt", "README.txt"


@dataclass(frozen=True, slots=True)
class Packet:
    """One sealed packet.

    Attributes:
        raw: the manifest's bytes, which the signature is under.
        manifest: what they say.
        pictures: by SHA-256, as far as they are here; what they hold is not checked yet.
    """

    raw: bytes
    manifest: Manifest
    signature: str
    pictures: Mapping[str, bytes]

    @property
    def sha256(self) -> str:
        """Of the manifest: how later packets name this one."""
        return hashlib.sha256(self.raw).hexdigest()

    @property
    def folder(self) -> str:
        """Where it lies in a ZIP file; no two packets share a folder, also not two that claim one number."""
        manifest = self.manifest
        place = f"{manifest.chain[:8]}-{manifest.number:06d}-{self.sha256[:8]}"
        return f"{manifest.device.strip('/')}/{place}/"


def opened(sealed: EvidenceSealed, source: str) -> Packet:
    """A packet as it travels, checked: what the record says is what was signed.

    Args:
        sealed: the observation's record.
        source: of its envelope.

    Raises:
        BadRecord: names the field and the fault.
    """
    raw = sealed.manifest.encode()
    manifest = read_manifest(raw)
    for field, said, signed in (
        ("source", source, manifest.source),
        ("data.camera", sealed.camera, manifest.camera),
        ("data.stay_id", sealed.stay_id, manifest.stay_id),
        ("data.number", sealed.number, manifest.number),
        ("data.key", sealed.key, manifest.key),
    ):
        if said != signed:
            raise BadRecord(field, f"is {said!r}, the signed manifest says {signed!r}")
    if not holds(sealed.key, sealed.signature, raw):
        raise BadRecord("data.signature", "does not hold: the manifest is not what the device signed")
    return Packet(raw, manifest, sealed.signature, {})


def pack(packets: Sequence[Packet]) -> bytes:
    """The ZIP file of some packets, by chain and number. Pictures that are not here are left out.

    Raises:
        ValueError: one packet stands twice among them.
    """
    ordered = sorted(packets, key=_place)
    entries = [
        archive.Entry(README, readme([(packet.folder, packet.manifest) for packet in ordered]).encode())
    ]
    for packet in ordered:
        folder = packet.folder
        entries.append(archive.Entry(folder + MANIFEST, packet.raw))
        entries.append(archive.Entry(folder + SIGNATURE, packet.signature.encode() + b"\n"))
        entries.extend(
            archive.Entry(folder + picture_name(number, shot), packet.pictures[shot.sha256])
            for number, shot in enumerate(packet.manifest.pictures, 1)
            if shot.sha256 in packet.pictures
        )
    return archive.write(entries)


def unpack(data: bytes) -> tuple[Packet, ...]:
    """The packets of a ZIP file. Seals and pictures are not checked here.

    Raises:
        BadRecord: the file is not, byte for byte, one that `pack` writes.
    """
    files = dict(archive.read(data))
    packets = [
        _packet(name.removesuffix(MANIFEST), files) for name in files if name.rpartition("/")[2] == MANIFEST
    ]
    if not packets:
        raise BadRecord("entries", "there is no manifest in it")
    try:
        again = pack(packets)
    except ValueError as exc:
        raise BadRecord("entries", str(exc)) from exc
    if again != data:
        known = {entry.name: entry.data for entry in archive.read(again)}
        odd = next((name for name in files if files[name] != known.get(name)), "their order")
        raise BadRecord(odd, "is not what Clearway writes into a packet")
    return tuple(packets)


def _packet(folder: str, files: Mapping[str, bytes]) -> Packet:
    raw = files[folder + MANIFEST]
    manifest = read_manifest(raw)
    signature = files.get(folder + SIGNATURE, b"")
    if not signature.isascii() or not signature.endswith(b"\n"):
        raise BadRecord(folder + SIGNATURE, "is missing, or no signature in base64")
    found = {
        shot.sha256: files[folder + picture_name(number, shot)]
        for number, shot in enumerate(manifest.pictures, 1)
        if folder + picture_name(number, shot) in files
    }
    return Packet(raw, manifest, signature[:-1].decode(), found)


def _place(packet: Packet) -> tuple[str, str, int, str]:
    manifest = packet.manifest
    return manifest.device, manifest.chain, manifest.number, packet.sha256
