"""Evidence against random tampering: sealed by the real seal, packed, spoilt in a thousand ways, judged."""

import io
import random
import tempfile
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import numpy as np

from benchmarks.figures import Figure
from detectors.look import Frame
from detectors.stays import Stay, StayEvent, StayTurn
from edge import evidence
from edge.clock import Clock
from edge.evidence import Proof
from edge.saying import CameraVoice, stay_record
from edge.seal import Seal, Wanted
from edge.spool import Spool
from models import archive, envelope
from models.archive import Entry
from models.manifest import Manifest, canonical
from models.packet import Packet, opened, pack, unpack
from models.plan import Zone
from models.records import EndedBy, EvidenceSealed, PictureRole
from models.signing import SigningKey
from models.verdict import broken, judge

SOURCE = "/harbour/box-1/north-gate"
BOX = (0.4, 0.4, 0.6, 0.6)
ZONE = Zone(
    id="fire-lane-1",
    kind="fire_lane",
    polygon=[(0.3, 0.3), (0.7, 0.3), (0.7, 0.7), (0.3, 0.7)],
    dwell_s=60,
    address="Harbour Road 1",
)
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
SIZE_WH = (96, 64)
STAYS = 3
TRIES = 1000

Files = dict[str, bytes]
Spoil = Callable[[random.Random, Files], Files]


@dataclass(frozen=True, slots=True)
class Sealed:
    """A device's whole chain, one file a stay.

    Attributes:
        files: ZIP files by name; together they hold every packet.
        key: the device's public key.
    """

    files: Files
    key: str


def sealed(folder: Path, *, stays: int = STAYS, seed: int = 1) -> Sealed:
    """Let some vehicles overstay and leave, one in the other's time, and pack each stay's evidence.

    The stays overlap, so that every file has a packet before which another file's packet stands.
    """
    spool = Spool(folder / "box.db", 64 * 1024 * 1024)
    seal = Seal(spool, folder / "box.key", Clock(), SOURCE.rpartition("/")[0], "clearway benchmark")
    for number in range(stays + 1):
        if number < stays:
            say(spool, seal, turn_of(number, StayTurn.OVERSTAYED)[0], shots_of(number, seed))
        if number:
            say(spool, seal, turn_of(number - 1, StayTurn.ENDED)[0], [empty_of(number, seed)])
    pictures = {entry.id: entry.body for entry in spool.pictures(limit=10_000)}
    packets: dict[str, list[Packet]] = {}
    for entry in spool.events(limit=10_000):
        event = envelope.decode(entry.body)
        if isinstance(event.data, EvidenceSealed):
            packet = replace(opened(event.data, event.source), pictures=pictures)
            packets.setdefault(packet.manifest.stay_id, []).append(packet)
    spool.close()
    return Sealed({f"stay-{stay[-4:]}.zip": pack(found) for stay, found in packets.items()}, seal.public)


def tamperings(given: Sealed, tries: int = TRIES, seed: int = 2026) -> Iterator[tuple[str, Files]]:
    """So many random ways to spoil the evidence, each kind as often as the others: what, and the files."""
    dice = random.Random(seed)
    kinds = list(KINDS.items())
    for number in range(tries):
        name, spoil = kinds[number % len(kinds)]
        spoilt = spoil(dice, dict(given.files))
        while spoilt == given.files:
            spoilt = spoil(dice, dict(given.files))
        yield name, spoilt


def tampering() -> Iterator[Figure]:
    """What `python -m benchmarks tampering` shows."""
    with tempfile.TemporaryDirectory() as folder:
        given = sealed(Path(folder))
    untouched = broken(judge(given.files, [given.key]))
    missed: Counter[str] = Counter()
    by_zip = 0
    for name, files in tamperings(given):
        missed[name] += not broken(judge(files, [given.key]))
        by_zip += not _looks_well(files, given.files)
    note = "; ".join(f"{name}: {count}" for name, count in missed.items() if count)
    yield Figure("untouched evidence that is refused", int(untouched), "sets", bar=0)
    yield Figure(
        "random tamperings detected",
        TRIES - missed.total(),
        f"of {TRIES}",
        bar=TRIES,
        side="least",
        note=note,
    )
    yield Figure(
        "the same, by the ZIP files' own checksums and names", by_zip, f"of {TRIES}", note="baseline"
    )


def _looks_well(files: Mapping[str, bytes], before: Mapping[str, bytes]) -> bool:
    """Whether a usual ZIP program finds nothing: all files there, all open, all checksums right."""
    try:
        return files.keys() == before.keys() and all(
            zipfile.ZipFile(io.BytesIO(data)).testzip() is None for data in files.values()
        )
    except Exception:  # noqa: BLE001 - whatever the library makes of spoilt bytes, it noticed
        return False


def turn_of(number: int, turn: StayTurn) -> tuple[StayEvent, Zone]:
    """A made-up turn of a made-up stay that overstayed, and its zone."""
    began_at = NOON + timedelta(seconds=100 * number)
    at = began_at + timedelta(seconds=60 if turn is StayTurn.OVERSTAYED else 150)
    stay = Stay(
        id=f"00000000-0000-5000-8000-{number:012d}",
        object_id=f"thing-{number}",
        zone=ZONE.id,
        label="car",
        score=0.8,
        box_xyxy=BOX,
        began_at=began_at,
        reported_at=at,
        overstayed_at=began_at + timedelta(seconds=60),
    )
    ended_by = EndedBy.LEFT if turn is StayTurn.ENDED else None
    why = "stood 60 s, 60 s are allowed"
    return StayEvent(turn=turn, stay=stay, at=at, why=why, ended_by=ended_by), ZONE


def say(spool: Spool, seal: Seal, event: StayEvent, proofs: list[Proof]) -> None:
    """Spool a turn of a stay with its pictures and its seal, as a camera does."""
    shots = tuple(proof.picture for proof in proofs)
    voice = CameraVoice(SOURCE)
    said = stay_record(event, camera="north-gate", zone=ZONE, plate=None, pictures=shots)
    spoken = voice.stay(said, event, event.at)
    wanted = Wanted(
        source=SOURCE,
        event=event,
        said=said,
        event_id=spoken.id,
        zone=ZONE,
        pictures=shots,
        recorded_at=event.at,
    )
    with seal.sealing([wanted]) as packet:
        spool.put(
            [(item.id, item.body) for item in (spoken, *packet.events)],
            [(proof.picture.sha256, proof.jpeg) for proof in proofs],
            packet.memories,
        )


def _frame(dice: np.random.Generator, at: datetime) -> Frame:
    width, height = SIZE_WH
    coarse = dice.integers(0, 255, (height // 16, width // 16, 3), dtype=np.uint8)
    return Frame(np.kron(coarse, np.ones((16, 16, 1), np.uint8)), at, at)


def shots_of(number: int, seed: int = 1) -> list[Proof]:
    """The pictures of a made-up overstay."""
    dice = np.random.default_rng([seed, number])
    at = NOON + timedelta(seconds=100 * number)
    arrival, over = _frame(dice, at), _frame(dice, at + timedelta(seconds=60))
    return [
        evidence.panorama(PictureRole.ARRIVAL, arrival, ZONE, BOX, "north-gate"),
        evidence.panorama(PictureRole.OVERSTAY, over, ZONE, BOX, "north-gate"),
        evidence.plate_frame(over),
        evidence.close_up(over, BOX),
    ]


def empty_of(number: int, seed: int = 1) -> Proof:
    """The picture of the place when it is empty again."""
    at = NOON + timedelta(seconds=100 * number + 50)
    look = _frame(np.random.default_rng([seed, number, 1]), at)
    return evidence.panorama(PictureRole.EMPTY, look, ZONE, BOX, "north-gate")


# Ways to spoil. Each gets all files and gives back all files, one of them changed, or fewer.


def _bytes_changed(dice: random.Random, files: Files) -> Files:
    name = dice.choice(list(files))
    data = bytearray(files[name])
    for _ in range(dice.choice([1, 1, 1, 2, 10])):
        data[dice.randrange(len(data))] ^= dice.randrange(1, 256)
    return files | {name: bytes(data)}


def _bytes_cut_out(dice: random.Random, files: Files) -> Files:
    name = dice.choice(list(files))
    start, size = dice.randrange(len(files[name])), dice.choice([1, 2, 30, 1000])
    return files | {name: files[name][:start] + files[name][start + size :]}


def _bytes_put_in(dice: random.Random, files: Files) -> Files:
    name = dice.choice(list(files))
    start, data = dice.randrange(len(files[name]) + 1), dice.randbytes(dice.choice([1, 2, 30, 1000]))
    return files | {name: files[name][:start] + data + files[name][start:]}


def _trailing_data(dice: random.Random, files: Files) -> Files:
    name = dice.choice(list(files))
    return files | {name: files[name] + dice.randbytes(dice.choice([1, 22, 500]))}


def _cut_off(dice: random.Random, files: Files) -> Files:
    name = dice.choice(list(files))
    return files | {name: files[name][: dice.randrange(len(files[name]))]}


def _picture_exchanged(dice: random.Random, files: Files) -> Files:
    name, index, packets = _chosen(dice, files)
    pictures = dict(packets[index].pictures)
    shot = dice.choice(packets[index].manifest.pictures)
    others = [jpeg for other in packets for jpeg in other.pictures.values()]
    pictures[shot.sha256] = dice.choice([*others, dice.randbytes(500), b""])
    return _repacked(files, name, packets, index, replace(packets[index], pictures=pictures))


def _picture_removed(dice: random.Random, files: Files) -> Files:
    name, index, packets = _chosen(dice, files)
    pictures = dict(packets[index].pictures)
    pictures.pop(dice.choice(packets[index].manifest.pictures).sha256)
    return _repacked(files, name, packets, index, replace(packets[index], pictures=pictures))


def _manifest_changed(dice: random.Random, files: Files) -> Files:
    name, index, packets = _chosen(dice, files)
    manifest = _other(dice, packets[index].manifest)
    return _repacked(
        files, name, packets, index, replace(packets[index], raw=canonical(manifest), manifest=manifest)
    )


def _sealed_by_another(dice: random.Random, files: Files) -> Files:
    """A forger who has made a key of their own, and seals what they like with it."""
    name, index, packets = _chosen(dice, files)
    key = SigningKey.new()
    manifest = msgspec.structs.replace(_other(dice, packets[index].manifest), key=key.public)
    raw = canonical(manifest)
    forged = Packet(raw, manifest, key.sign(raw), packets[index].pictures)
    return _repacked(files, name, packets, index, forged)


def _signature_changed(dice: random.Random, files: Files) -> Files:
    name, index, packets = _chosen(dice, files)
    signature = packets[index].signature
    at = dice.randrange(len(signature))
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
    other = signature[:at] + dice.choice(letters) + signature[at + 1 :]
    if dice.random() < 0.3:
        other = packets[1 - index].signature
    return _repacked(files, name, packets, index, replace(packets[index], signature=other))


def _manifests_exchanged(dice: random.Random, files: Files) -> Files:
    """Two packets of one file in each other's place."""
    name = dice.choice(list(files))
    one, other = unpack(files[name])
    number, sha256 = one.manifest.number, one.manifest.previous
    swapped = (
        _numbered(one, other.manifest.number, other.manifest.previous),
        _numbered(other, number, sha256),
    )
    return files | {name: pack(swapped)}


def _packet_dropped(dice: random.Random, files: Files) -> Files:
    name, index, packets = _chosen(dice, files, last_too=False)
    return files | {name: pack([packet for at, packet in enumerate(packets) if at != index])}


def _file_dropped(dice: random.Random, files: Files) -> Files:
    files.pop(dice.choice(list(files)))
    return files


def _entries_spoilt(dice: random.Random, files: Files) -> Files:
    """Entries doubled, added, renamed, put in another order: a well-formed ZIP file all the same."""
    name = dice.choice(list(files))
    entries = list(archive.read(files[name]))
    at = dice.randrange(len(entries))
    match dice.randrange(4):
        case 0:
            entries.insert(dice.randrange(len(entries) + 1), Entry(f"extra-{at}.txt", dice.randbytes(20)))
        case 1:
            entries[at] = entries[at]._replace(name=f"{entries[at].name}~")
        case 2:
            other = (at + 1) % len(entries)
            entries[at], entries[other] = entries[other], entries[at]
        case _:
            entries.pop(at)
    return files | {name: archive.write(entries)}


def _entry_doubled(dice: random.Random, files: Files) -> Files:
    """A second entry of a name, which ZIP allows: programs differ in which of the two they show."""
    name = dice.choice(list(files))
    entries = archive.read(files[name])
    double = dice.choice(entries)
    mark = "\x00" + double.name[1:]
    data = archive.write([*entries, Entry(mark, dice.randbytes(20))])
    return files | {name: data.replace(mark.encode(), double.name.encode())}


def _packed_anew(dice: random.Random, files: Files) -> Files:
    """By a usual ZIP program, with or without compression."""
    name = dice.choice(list(files))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", dice.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])) as packed:
        for entry in archive.read(files[name]):
            packed.writestr(entry.name, entry.data)
    return files | {name: buffer.getvalue()}


def _chosen(
    dice: random.Random, files: Files, *, last_too: bool = True
) -> tuple[str, int, tuple[Packet, ...]]:
    """A file and one of its packets; the chain's very last one only if it may be."""
    packets = {name: unpack(data) for name, data in files.items()}
    last = max(packet.manifest.number for found in packets.values() for packet in found)
    choices = [
        (name, index, found)
        for name, found in packets.items()
        for index, packet in enumerate(found)
        if last_too or packet.manifest.number < last
    ]
    return dice.choice(choices)


def _repacked(files: Files, name: str, packets: tuple[Packet, ...], index: int, packet: Packet) -> Files:
    return files | {name: pack([*packets[:index], packet, *packets[index + 1 :]])}


def _numbered(packet: Packet, number: int, previous: str | None) -> Packet:
    manifest = msgspec.structs.replace(packet.manifest, number=number, previous=previous)
    return replace(packet, raw=canonical(manifest), manifest=manifest)


def _other(dice: random.Random, manifest: Manifest) -> Manifest:
    """One thing in it said otherwise."""
    shots = list(manifest.pictures)
    later = shots[0].captured_at + timedelta(seconds=dice.randrange(1, 10**6))
    shots[0] = msgspec.structs.replace(shots[0], captured_at=later)
    changes: list[dict[str, object]] = [
        {"sealed_at": manifest.sealed_at + timedelta(microseconds=dice.randrange(1, 10**9))},
        {"began_at": manifest.began_at - timedelta(seconds=dice.randrange(1, 10**6))},
        {"clock_offset_s": dice.uniform(-5, 5)},
        {"zone": f"zone-{dice.randrange(10**6)}"},
        {"label": dice.choice(["truck", "bus", "van"])},
        {"place": f"Harbour Road {dice.randrange(2, 10**6)}"},
        {"number": manifest.number + dice.choice([1, 2, 100])},
        {"part": manifest.part + dice.choice([1, 2])},
        {"previous": dice.randbytes(32).hex()},
        {"stay_id": f"00000000-0000-5000-8000-{dice.randrange(10**9, 10**12):012d}"},
        {"pictures": tuple(shots)},
        {"pictures": manifest.pictures[:-1]},
        {"source": f"/harbour/box-{dice.randrange(2, 100)}/north-gate"},
        {"chain": dice.randbytes(16).hex()},
        {"dwell_s": dice.uniform(1, 59)},
    ]
    return msgspec.structs.replace(manifest, **dice.choice(changes))


KINDS: Mapping[str, Spoil] = {
    "bytes changed": _bytes_changed,
    "bytes cut out": _bytes_cut_out,
    "bytes put in": _bytes_put_in,
    "trailing data": _trailing_data,
    "cut off": _cut_off,
    "picture exchanged": _picture_exchanged,
    "picture removed": _picture_removed,
    "manifest changed": _manifest_changed,
    "sealed by another": _sealed_by_another,
    "signature changed": _signature_changed,
    "packets exchanged": _manifests_exchanged,
    "packet dropped": _packet_dropped,
    "file dropped": _file_dropped,
    "entries spoilt": _entries_spoilt,
    "entry doubled": _entry_doubled,
    "packed anew": _packed_anew,
}
