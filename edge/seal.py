"""The device's seal: its key, and the chain of packets that the key has signed.

The end of the chain stands in the spool and moves in the transaction that spools the packet. A device killed
at any moment goes on behind the last packet that is on disk: no number is left out and none is used twice.
"""

import contextlib
import hashlib
import os
import secrets
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import msgspec
import structlog

from detectors.stays import StayEvent
from edge.clock import Clock
from edge.saying import Spoken, StayRecord, spoken
from edge.spool import Spool
from models import envelope
from models.errors import ConfigurationError, StorageFull
from models.manifest import FORMAT, Manifest, Shot, Voucher, canonical, vouching
from models.plan import Zone
from models.records import EvidenceSealed, Picture, StayEnded
from models.signing import SigningKey

CHAIN_MEMORY = "seal/chain"
RETIRED = ".old"
"""A key file with this at the end is a key to be replaced: it vouches for the new one, and goes."""

log = structlog.get_logger("clearway.edge.seal")


class Link(msgspec.Struct, frozen=True):
    """A packet that was sealed, as the next one names it."""

    number: int = 0
    sha256: str | None = None


class Chain(msgspec.Struct, frozen=True):
    """Where the chain stands.

    Attributes:
        id: names the chain; made when the spool first seals.
        key: the public key that seals.
        vouchers: of the keys before it.
    """

    id: str
    key: str
    vouchers: tuple[Voucher, ...] = ()
    last: Link = Link()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Evidence to be sealed: what became true of a stay, and the pictures that this adds.

    Attributes:
        source: `/{site}/{device}/{camera}`.
        said: the observation, already in words.
        event_id: of that observation.
        recorded_at: when the device received the frame.
    """

    source: str
    event: StayEvent
    said: StayRecord
    event_id: str
    zone: Zone
    pictures: tuple[Picture, ...]
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Sealed:
    """What goes into the spool in one transaction with the observations it proves."""

    events: list[Spoken] = field(default_factory=list)
    memories: list[tuple[str, bytes]] = field(default_factory=list)


class Seal:
    """One device's seal, shared by its cameras.

    Args:
        spool: keeps the end of the chain.
        key_file: the private key; made if it is not there.
        clock: of the device.
        device: `/{site}/{device}`.
        program: what seals, with its version.

    Raises:
        ConfigurationError: the key file cannot be read, made, or is no key.
    """

    def __init__(self, spool: Spool, key_file: Path, clock: Clock, device: str, program: str) -> None:
        self._spool = spool
        self._clock = clock
        self._program = program
        self._lock = threading.Lock()
        self._key = load_key(key_file)
        self._take_up(key_file, device)

    @property
    def public(self) -> str:
        """The key that others check its packets with, base64."""
        return self._key.public

    @property
    def clock(self) -> Clock:
        """The device's."""
        return self._clock

    @contextmanager
    def sealing(self, wanted: Sequence[Wanted]) -> Iterator[Sealed]:
        """Seal evidence. What comes out must be spooled inside: nobody else seals until then.

        If it is not spooled, the chain has not moved, and the numbers are given again.
        """
        if not wanted:
            yield Sealed()
            return
        with self._lock:
            yield self._seal(wanted)

    def _seal(self, wanted: Sequence[Wanted]) -> Sealed:
        chain = self._recall()
        parts: dict[str, Link] = {}
        sealed = Sealed()
        for item in wanted:
            memory = stay_memory(item.said.stay_id)
            part = parts.get(memory) or _link(self._spool.recall(memory))
            manifest = self._manifest(item, chain, part)
            raw = canonical(manifest)
            digest = _sha256(raw)
            sealed.events.append(self._spoken(item, manifest, raw, digest))
            chain = msgspec.structs.replace(chain, last=Link(manifest.number, digest))
            parts[memory] = Link(manifest.part, digest)
        sealed.memories.extend((name, msgspec.msgpack.encode(part)) for name, part in parts.items())
        sealed.memories.append((CHAIN_MEMORY, msgspec.msgpack.encode(chain)))
        return sealed

    def _manifest(self, item: Wanted, chain: Chain, part: Link) -> Manifest:
        said, stay, offset = item.said, item.event.stay, self._clock.offset()
        ended = said if isinstance(said, StayEnded) else None
        return Manifest(
            format=FORMAT,
            source=item.source,
            chain=chain.id,
            number=chain.last.number + 1,
            previous=chain.last.sha256,
            part=part.number + 1,
            part_previous=part.sha256,
            sealed_at=self._clock.now(),
            clock_offset_s=None if offset is None else offset.offset_s,
            clock_error_s=None if offset is None else offset.error_s,
            program=self._program,
            key=self._key.public,
            vouchers=chain.vouchers,
            stay_id=said.stay_id,
            event_id=item.event_id,
            turn=item.event.turn.value,
            zone=said.zone,
            kind=said.kind,
            polygon=item.zone.polygon,
            place=said.place,
            label=said.label,
            box_xyxy=said.box_xyxy,
            began_at=said.began_at,
            dwell_s=item.zone.dwell_s,
            overstayed_at=stay.overstayed_at,
            ended_at=None if ended is None else ended.ended_at,
            ended_by=None if ended is None else ended.ended_by,
            plate=said.plate,
            why=said.why,
            reasons=said.reasons,
            pictures=tuple(
                Shot(role=shot.role, sha256=shot.sha256, captured_at=shot.captured_at, bytes=shot.bytes)
                for shot in item.pictures
            ),
        )

    def _spoken(self, item: Wanted, manifest: Manifest, raw: bytes, digest: str) -> Spoken:
        record = EvidenceSealed(
            stay_id=manifest.stay_id,
            camera=manifest.camera,
            number=manifest.number,
            manifest=raw.decode(),
            signature=self._key.sign(raw),
            key=self._key.public,
        )
        # Named by its own hash: two packets of one stay and moment are two.
        return spoken(
            envelope.event(
                record,
                source=item.source,
                subject=manifest.zone,
                about=digest,
                at=item.event.at,
                recorded_at=item.recorded_at,
            )
        )

    def _recall(self) -> Chain:
        """Where the chain stands; a new one on an empty disk."""
        body = self._spool.recall(CHAIN_MEMORY)
        if body is not None:
            try:
                return _chain.decode(body)
            except msgspec.DecodeError as exc:
                log.error("the seal's chain cannot be read, a new one begins", why=str(exc))  # noqa: TRY400
        return Chain(secrets.token_hex(16), self._key.public)

    def _take_up(self, key_file: Path, device: str) -> None:
        """Go on with the chain; under a new key, if there is one. Only then does a replaced key go."""
        retired_file = key_file.with_name(key_file.name + RETIRED)
        chain, new, retired = self._recall(), self._key.public, _read(retired_file)
        if chain.key != new:
            vouchers: tuple[Voucher, ...] = ()
            if retired is not None and retired.public == chain.key:
                voucher = Voucher(key=chain.key, signature=retired.sign(vouching(device, new)))
                vouchers = (*chain.vouchers, voucher)
                log.info("the seal has a new key, which the old one vouches for", key=new)
            else:
                log.warning("the seal has a new key, and the old one does not vouch for it", key=new)
            chain = msgspec.structs.replace(chain, key=new, vouchers=vouchers)
        body = msgspec.msgpack.encode(chain)
        try:
            if body != self._spool.recall(CHAIN_MEMORY):
                self._spool.remember(CHAIN_MEMORY, body)
        except StorageFull as exc:
            raise ConfigurationError.of("spool", f"the seal's chain cannot be kept: {exc}") from exc
        if retired is not None and retired.public in {voucher.key for voucher in chain.vouchers}:
            with contextlib.suppress(FileNotFoundError):
                retired_file.unlink()


def stay_memory(stay_id: str) -> str:
    """Where the spool remembers the last packet of a stay. To be forgotten when the stay ends."""
    return f"seal/stay/{stay_id}"


def load_key(path: Path) -> SigningKey:
    """The device's key; made at the first start, readable by its owner only.

    Raises:
        ConfigurationError: it cannot be read or made, others can read it, or it is no key.
    """
    try:
        found = _read(path)
        if found is not None:
            return found
        path.parent.mkdir(parents=True, exist_ok=True)
        _make(path)
    except OSError as exc:
        remedy = "give a path that this program may write to (edge.key_file)"
        raise ConfigurationError.of(str(path), f"the seal's key cannot be kept there: {exc}", remedy) from exc
    made = _read(path)
    if made is None:
        raise ConfigurationError.of(str(path), "the seal's key was taken away while it was made")
    log.info("a key for the seal was made", path=str(path), key=made.public)
    return made


def _make(path: Path) -> None:
    beside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(SigningKey.new().pem())
        file.flush()
        os.fsync(file.fileno())
    # A link never replaces: of two processes that start together, both use the key of the first.
    with contextlib.suppress(FileExistsError):
        path.hardlink_to(beside)
    beside.unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _read(path: Path) -> SigningKey | None:
    try:
        pem = path.read_bytes()
    except FileNotFoundError:
        return None
    if path.stat().st_mode & 0o077:
        raise ConfigurationError.of(
            str(path), "others can read the seal's key", f"chmod 600 {path}, and think about a new key"
        )
    try:
        return SigningKey.of_pem(pem)
    except ValueError as exc:
        remedy = "put the right key back; without one, move the file away and a new key is made"
        raise ConfigurationError.of(str(path), str(exc), remedy) from exc


def _link(body: bytes | None) -> Link:
    return Link() if body is None else _links.decode(body)


def _sha256(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


_chain = msgspec.msgpack.Decoder(Chain)
_links = msgspec.msgpack.Decoder(Link)
