"""Sealed evidence under the audit: each packet that came is an entry: none can be taken away unseen."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, RowMapping, select

from cases import trail
from cases.evidence.blobs import BlobStore
from cases.evidence.sealed import chain_trouble
from cases.tables import audit, origins, packets
from cases.trail.walk import PURGED, Finding
from models.errors import BadRecord
from models.manifest import read_manifest
from models.packet import Packet
from models.signing import holds

ATTACHED = "evidence_attached"
ACTOR = "clearway.ingest"


def attached(connection: Connection, packet: Packet, now: datetime) -> None:
    """Write down that a packet came, in the chain of its device."""
    manifest = packet.manifest
    after = {
        "packet": packet.sha256,
        "stay": manifest.stay_id,
        "device_chain": manifest.chain,
        "number": manifest.number,
    }
    entry = {"subject": f"evidence:{manifest.device}", "at": now, "actor": ACTOR, "what": ATTACHED}
    said = f"packet {manifest.number} of {manifest.device}, sealed as {manifest.turn}"
    trail.append(connection, [entry | {"why": said, "cause": manifest.event_id, "after": after}])


@dataclass
class EvidenceReport:
    """What was looked at and what was found.

    Attributes:
        pictures: named by the manifests and here, with the bytes that were sealed.
        purged: packets and pictures that were purged, each with its proof.
        alone: packets whose stay is no case's.
    """

    packets: int = 0
    pictures: int = 0
    purged: int = 0
    alone: int = 0
    findings: list[Finding] = field(default_factory=list)


def check_evidence(connection: Connection, blobs: BlobStore) -> EvidenceReport:
    """Check every packet, the chains of all devices, and that every packet that came is still here."""
    report = EvidenceReport()
    proven = _proven(connection)
    seen: set[str] = set()
    devices: dict[str, None] = {}
    belongs = select(origins.c.id).where(origins.c.id == packets.c.stay_id).exists()
    query = select(packets, belongs.label("belongs")).order_by(
        packets.c.device, packets.c.chain, packets.c.number
    )
    for row in connection.execute(query).mappings().all():
        report.packets += 1
        report.alone += not row["belongs"]
        seen.add(row["sha256"])
        devices[row["device"]] = None
        for problem in _packet(row, blobs, proven, report):
            report.findings.append(Finding(f"evidence:{row['device']}", problem))
    for device in devices:
        if trouble := chain_trouble(connection, device):
            report.findings.append(Finding(f"evidence:{device}", trouble))
    for chain, number, packet in _attached(connection):
        if packet not in seen:
            problem = f"the packet {packet[:12]}… came and is no longer here"
            report.findings.append(Finding(chain, problem, number))
    return report


def _packet(row: RowMapping, blobs: BlobStore, proven: set[str], report: EvidenceReport) -> Iterator[str]:
    said, raw = f"packet {row['number']}", row["manifest"].encode()
    if not raw:
        if row["sha256"] in proven:
            report.purged += 1
        else:
            yield f"{said} has lost its manifest, and no proof of purge says so"
        return
    try:
        manifest = read_manifest(raw)
    except BadRecord as exc:
        yield f"{said} is not what was sealed: {exc}"
        return
    if hashlib.sha256(raw).hexdigest() != row["sha256"] or not holds(row["key"], row["signature"], raw):
        yield f"{said} is not what the device signed"
    written = (
        manifest.device,
        manifest.chain,
        manifest.number,
        manifest.previous,
        manifest.stay_id,
        manifest.key,
    )
    names = ("device", "chain", "number", "previous", "stay_id", "key")
    if written != tuple(row[name] for name in names):
        yield f"{said} stands in another place than the one it was sealed for"
    for shot in manifest.pictures:
        data = blobs.get(shot.sha256)
        if data is None and shot.sha256 in proven:
            report.purged += 1
        elif data is None:
            yield f"{said}: the {shot.role.value} picture {shot.sha256[:12]}… is missing"
        elif hashlib.sha256(data).hexdigest() != shot.sha256:
            yield f"{said}: the {shot.role.value} picture {shot.sha256[:12]}… is not the one that was sealed"
        else:
            report.pictures += 1


def _proven(connection: Connection) -> set[str]:
    """Hashes of the packets and pictures that proofs of purge name."""
    found: set[str] = set()
    for after in connection.execute(select(audit.c.after).where(audit.c.what == PURGED)).scalars():
        for name in ("packets", "pictures"):
            found.update((after or {}).get(name, ()))
    return found


def _attached(connection: Connection) -> Iterator[tuple[str, int, str]]:
    query = select(audit.c.chain, audit.c.number, audit.c.after).where(audit.c.what == ATTACHED)
    for row in connection.execute(query.order_by(audit.c.chain, audit.c.number)):
        if row.after:
            yield row.chain, row.number, row.after["packet"]
