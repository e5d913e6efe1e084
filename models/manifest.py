"""What a device says under its seal: one manifest a packet, in bytes that have one spelling only."""

from typing import Annotated, Final, Literal

import msgspec

from models.envelope import SOURCE_PATTERN, UNREADABLE
from models.errors import BadRecord
from models.records import EndedBy, PictureRole, Plate, Reason, Record, ZoneKind
from models.signing import holds
from models.units import BoxXyxy, Name, Seconds, Sha256, Text, UtcTime

FORMAT: Final = "clearway-packet/1"
MANIFEST_CHARACTERS = 32_768
"""As much as `models.records.EvidenceSealed` takes."""

_Key = Annotated[str, msgspec.Meta(min_length=44, max_length=44)]
_Signature = Annotated[str, msgspec.Meta(min_length=88, max_length=88)]
_Chain = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{32}$(?!\n)")]
_Number = Annotated[int, msgspec.Meta(ge=1)]


class Shot(Record, frozen=True, kw_only=True):
    """One picture of a packet, by its content.

    Attributes:
        captured_at: when the frame was captured, by the device's clock.
    """

    role: PictureRole
    sha256: Sha256
    captured_at: UtcTime
    bytes: Annotated[int, msgspec.Meta(ge=1)]


class Voucher(Record, frozen=True, kw_only=True):
    """A key that says of the device's next key: it is mine too.

    Attributes:
        signature: under `vouching(device, next key)`.
    """

    key: _Key
    signature: _Signature


class Manifest(Record, frozen=True, kw_only=True):
    """What a device says under its seal.

    Attributes:
        source: `/{site}/{device}/{camera}`.
        chain: names the device's chain; another one begins only with an empty disk.
        number: place in it, from 1, without gaps.
        previous: SHA-256 of the manifest before, on this chain; None for the first.
        part: place among the packets of this stay, from 1: the overstay first, then what came later.
        part_previous: SHA-256 of the manifest of the part before.
        sealed_at: by the device's clock.
        clock_offset_s: the device's clock minus the centre's then, and how far that may be off; None if it
            had not been measured since the device's start.
        key: the public key it is sealed with.
        vouchers: the keys before it, oldest first, each vouching for the next.
        event_id: the observation that this packet proves.
        turn: what became true: `overstayed`, `continues`, `ended`.
        polygon: the zone as the plan draws it, fractions of the frame; also drawn in the panoramas.
        box_xyxy: where the vehicle stood, fractions of the frame.
        pictures: what this packet adds; those of other parts are in those parts.
        reasons: what the stay rests on, as far as it fits.
    """

    format: Literal["clearway-packet/1"]
    source: Annotated[str, msgspec.Meta(pattern=SOURCE_PATTERN)]
    chain: _Chain
    number: _Number
    previous: Sha256 | None
    part: _Number
    part_previous: Sha256 | None
    sealed_at: UtcTime
    clock_offset_s: float | None
    clock_error_s: float | None
    program: Text
    key: _Key
    vouchers: tuple[Voucher, ...]
    stay_id: Annotated[str, msgspec.Meta(min_length=36, max_length=36)]
    event_id: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    turn: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
    zone: Name
    kind: ZoneKind
    polygon: tuple[tuple[float, float], ...]
    place: Text
    label: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
    box_xyxy: BoxXyxy
    began_at: UtcTime
    dwell_s: Seconds
    overstayed_at: UtcTime | None
    ended_at: UtcTime | None = None
    ended_by: EndedBy | None = None
    plate: Plate | None = None
    why: Text = ""
    reasons: tuple[Reason, ...] = ()
    pictures: tuple[Shot, ...]

    @property
    def device(self) -> str:
        """`/{site}/{device}`."""
        return self.source.rpartition("/")[0]

    @property
    def camera(self) -> str:
        """The camera's name on its device."""
        return self.source.rpartition("/")[2]


def canonical(manifest: Manifest) -> bytes:
    """The bytes a manifest is signed and hashed in: keys in order, no spaces, UTF-8.

    Reasons are left out where they would make it too long to travel.
    """
    raw = _encoder.encode(manifest)
    if len(raw.decode()) > MANIFEST_CHARACTERS and manifest.reasons:
        return canonical(msgspec.structs.replace(manifest, reasons=()))
    return raw


def read_manifest(raw: bytes) -> Manifest:
    """A manifest from its bytes.

    Raises:
        BadRecord: it is none, of another format, or spelt in another way than the one.
    """
    try:
        manifest = _manifest.decode(raw.decode())
        again = _encoder.encode(msgspec.json.decode(raw))
    except UNREADABLE as exc:
        raise BadRecord("manifest", f"is no manifest of {FORMAT}: {exc}") from exc
    if again != raw:
        raise BadRecord("manifest", "is not in its canonical form")
    return manifest


def vouching(device: str, key: str) -> bytes:
    """What an old key signs to vouch for the next one: the device `/{site}/{device}`, and the new key."""
    return f"clearway-next-key/1\n{device}\n{key}\n".encode()


def vouched_by(manifest: Manifest) -> tuple[str, ...]:
    """The keys that vouch for the manifest's own, oldest first; only those after the last broken link."""
    keys = [*(voucher.key for voucher in manifest.vouchers), manifest.key]
    found: list[str] = []
    for voucher, following in zip(manifest.vouchers, keys[1:], strict=True):
        if holds(voucher.key, voucher.signature, vouching(manifest.device, following)):
            found.append(voucher.key)
        else:
            found.clear()
    return tuple(found)


_encoder = msgspec.json.Encoder(order="sorted")
_manifest = msgspec.json.Decoder(Manifest)
