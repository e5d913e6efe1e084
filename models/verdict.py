"""What holds of evidence packets and what does not, in plain sentences. Pure: bytes in, findings out."""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from models.errors import BadRecord
from models.manifest import Manifest, Shot, vouched_by
from models.packet import Packet, unpack
from models.packet_readme import shown, shown_clock
from models.signing import holds

FINGERPRINT_CHARACTERS = 12
"""As much of a key is shown in a sentence: enough to tell one device's keys apart, by eye."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found out.

    Attributes:
        holds: whether it is as it should be; None for what cannot be told from what was given.
        sentence: what was found, for people.
        about: the file or packet.
    """

    holds: bool | None
    sentence: str
    about: str


def judge(files: Mapping[str, bytes], keys: Sequence[str] = ()) -> tuple[Finding, ...]:
    """Check packets offline.

    Args:
        files: ZIP files by name. Several are taken for one chain: then no packet may be missing between the
            first and the last of a device.
        keys: public keys known to be of the devices, base64, from another source than the files.

    Returns:
        The findings, file by file, then the chain. The evidence holds if none of them says False.
    """
    findings: list[Finding] = []
    packets: list[Packet] = []
    for name, data in files.items():
        try:
            found = unpack(data)
        except BadRecord as exc:
            findings.append(_bad(f"This is no untouched packet: {exc}.", name))
            continue
        findings.append(_good("The file is byte for byte as Clearway writes packets.", name))
        for packet in found:
            findings.extend(_packet(packet, keys))
        packets.extend(found)
    findings.extend(_stays(packets))
    findings.extend(_chains(packets, complete=len(files) > 1))
    return tuple(findings)


def broken(findings: Sequence[Finding]) -> bool:
    """Whether anything does not hold."""
    return any(finding.holds is False for finding in findings)


def missing(packet: Packet) -> tuple[Shot, ...]:
    """The pictures a packet names that are not with it."""
    return tuple(shot for shot in packet.manifest.pictures if shot.sha256 not in packet.pictures)


def fingerprint(key: str) -> str:
    """The beginning of a key, as sentences show it."""
    return f"{key[:FINGERPRINT_CHARACTERS]}…"


def title(manifest: Manifest) -> str:
    """A packet's name in sentences."""
    return f"packet {manifest.number} of {manifest.device}"


def _good(sentence: str, about: str) -> Finding:
    return Finding(True, sentence, about)  # noqa: FBT003 - the three kinds of findings


def _bad(sentence: str, about: str) -> Finding:
    return Finding(False, sentence, about)  # noqa: FBT003


def _untold(sentence: str, about: str) -> Finding:
    return Finding(None, sentence, about)


def _packet(packet: Packet, keys: Sequence[str]) -> Iterator[Finding]:
    manifest, about = packet.manifest, title(packet.manifest)
    if holds(manifest.key, packet.signature, packet.raw):
        said = f"The seal holds: since {shown(manifest.sealed_at)} nobody has changed a byte of its manifest."
        yield _good(said, about)
    else:
        yield _bad(
            "The seal does not hold: the manifest or the signature is not what the device made.",
            about,
        )
    yield _key(manifest, keys, about)
    for shot in manifest.pictures:
        yield _picture(shot, packet.pictures.get(shot.sha256), about)
    yield _untold(f"The device's clock was {shown_clock(manifest)}.", about)


def _key(manifest: Manifest, keys: Sequence[str], about: str) -> Finding:
    key = fingerprint(manifest.key)
    if not keys:
        return _untold(
            f"Whose key {key} is cannot be told from the file: hold it against the operator's register "
            "(--key). Whoever makes a key can seal a packet of their own with it.",
            about,
        )
    if manifest.key in keys:
        return _good(f"It is sealed with the key {key}, which is one of those given.", about)
    if old := next((old for old in vouched_by(manifest) if old in keys), None):
        said = (
            f"It is sealed with the key {key}, and the key {fingerprint(old)} that was given vouches for it."
        )
        return _good(said, about)
    return _bad(f"It is sealed with the key {key}, which is none of those given.", about)


def _picture(shot: Shot, jpeg: bytes | None, about: str) -> Finding:
    name = f"The {shot.role.value.replace('_', ' ')} picture, captured {shown(shot.captured_at)},"
    if jpeg is None:
        return _bad(f"{name} is named by the manifest and is not in the file.", about)
    if (len(jpeg), hashlib.sha256(jpeg).hexdigest()) != (shot.bytes, shot.sha256):
        return _bad(f"{name} is not the one that was sealed.", about)
    return _good(f"{name} is the one that was sealed.", about)


def _stays(packets: Sequence[Packet]) -> Iterator[Finding]:
    """The packets of one stay are one after the other, from the first on."""
    by_stay: dict[tuple[str, str, str], dict[str, Packet]] = defaultdict(dict)
    for packet in packets:
        manifest = packet.manifest
        by_stay[manifest.device, manifest.chain, manifest.stay_id][packet.sha256] = packet
    for (_, _, stay_id), found in by_stay.items():
        parts = sorted(found.values(), key=lambda packet: packet.manifest.part)
        faults = list(_stay_faults(parts))
        about = f"stay {stay_id}"
        for fault in faults:
            yield _bad(fault, about)
        if not faults:
            yield _good(f"Its parts 1 to {len(parts)} are here, one after the other.", about)


def _stay_faults(parts: Sequence[Packet]) -> Iterator[str]:
    first = parts[0].manifest
    if first.part > 1:
        yield f"Part {first.part} is here, and what came before it was dropped."
    elif first.part_previous is not None:
        yield "Its first part names one before it."
    for before, after in pairwise(parts):
        if after.manifest.part != before.manifest.part + 1:
            yield (
                f"Between its parts {before.manifest.part} and {after.manifest.part} something is wrong: "
                "one was dropped, or two claim one place."
            )
        elif after.manifest.part_previous != before.sha256:
            yield f"Its part {after.manifest.part} follows another part {before.manifest.part} than this one."
        elif after.manifest.number <= before.manifest.number:
            yield f"Its part {after.manifest.part} stands before part {before.manifest.part} in the chain."


def _chains(packets: Sequence[Packet], *, complete: bool) -> Iterator[Finding]:
    by_chain: dict[tuple[str, str], dict[str, Packet]] = defaultdict(dict)
    for packet in packets:
        by_chain[packet.manifest.device, packet.manifest.chain][packet.sha256] = packet
    devices = [device for device, _ in by_chain]
    for (device, chain), found in by_chain.items():
        links = sorted(found.values(), key=lambda packet: packet.manifest.number)
        about = f"chain {chain[:8]} of {device}"
        yield from _chain(links, about, complete=complete)
        last = links[-1].manifest
        yield _untold(
            f"Whether the device sealed anything after packet {last.number} cannot be told from what is "
            "here: the next packet would show it, and so does the ledger of the centre.",
            about,
        )
        if devices.count(device) > 1:
            yield _untold(
                "The device has more than one chain here: it began anew with an empty disk. What it may have "
                "sealed at the end of the older one cannot be told from the newer one.",
                about,
            )


def _chain(links: Sequence[Packet], about: str, *, complete: bool) -> Iterator[Finding]:
    first = links[0].manifest
    if first.number == 1 and first.previous is not None:
        yield _bad("Its first packet names one before it.", about)
    if first.number > 1:
        said = f"Packets 1 to {first.number - 1} came before and were not given."
        yield _untold(said, about)
    unbroken = True
    for before, after in pairwise(links):
        finding = _link(before, after, about, complete=complete)
        if finding is not None:
            unbroken = False
            yield finding
    if unbroken and len(links) > 1:
        said = (
            f"Packets {first.number} to {links[-1].manifest.number} are here, each naming the one before it."
        )
        yield _good(said, about)


def _link(before: Packet, after: Packet, about: str, *, complete: bool) -> Finding | None:
    """What is wrong between two packets that follow each other here; None if nothing is."""
    one, other = before.manifest.number, after.manifest.number
    if one == other:
        return _bad(f"Two different packets have the number {one}: one of them was slipped in.", about)
    if other == one + 1:
        if after.manifest.previous == before.sha256:
            return None
        said = f"Packet {other} follows another packet {one} than the one given: one of them was exchanged."
        return _bad(said, about)
    gap = f"packet {one + 1}" if other == one + 2 else f"packets {one + 1} to {other - 1}"
    if complete:
        return _bad(f"Between {one} and {other} the chain is torn: {gap} dropped.", about)
    said = f"Between {one} and {other} lie {gap}, of other stays: not in this file, so nothing is said of it."
    return _untold(said, about)
