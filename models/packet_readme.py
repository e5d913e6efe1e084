"""What a packet's ZIP file says to people who open it, and how its files are called.

Nobody signs these words, so they are checked in another way: they follow from the manifests alone, and a
file whose README says anything else is refused. Hence nothing here may ever change for a given format of the
manifest: packets that were written years ago must still be what is written today.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from models.manifest import Manifest, Shot
from models.records import PlateSource

_TITLE = """\
EVIDENCE OF A STAY, SEALED BY THE CAMERA'S OWN DEVICE
=====================================================

Each folder holds one packet: the pictures as the device made them, the manifest that names each picture by
its SHA-256, and the device's signature (Ed25519) under the manifest.
"""

_HOW = """\
HOW TO CHECK IT
---------------

    clearway verify THIS-FILE.zip --key KEY-OF-THE-DEVICE

says in words what holds and what does not. It needs no network and no account. The key of the device comes
from whoever runs it, not from this file: a key that comes with the evidence proves nothing about who made it.
Do not unpack and pack this file anew: then it is no longer the file that was written.

By hand: `sha256sum` over each picture gives what the manifest says. The signature is base64 of 64 bytes under
all bytes of manifest.json, and "key" in the manifest is base64 of the 32 bytes of the public key.
"previous" is the SHA-256 of the manifest that the same device sealed before, for whatever vehicle.

WHAT IT PROVES, AND WHAT IT DOES NOT
------------------------------------

It proves that the device with this key sealed exactly these pictures and words, in this order, and that
nobody changed them since. It does not prove that the device's clock was right: "clock" above says how far it
was from the centre's, where that was measured. It does not prove that nothing was sealed after the last
packet here. Whether the pictures show what the manifest says is for people to judge.
"""


def readme(packets: Sequence[tuple[str, Manifest]]) -> str:
    """The README of a ZIP file that holds packets with these folders and manifests, in this order."""
    return "\n".join([_TITLE, *("\n".join(_packet(*packet)) + "\n" for packet in packets), _HOW])


def picture_name(number: int, shot: Shot) -> str:
    """The name of a picture in its packet's folder."""
    return f"{number}-{shot.role.value}.jpg"


def shown(at: datetime) -> str:
    """A time as the words of a packet give it."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3] + " UTC"


def shown_clock(manifest: Manifest) -> str:
    """How far the device's clock was from the centre's, in words."""
    offset_s, error_s = manifest.clock_offset_s, manifest.clock_error_s
    if offset_s is None or error_s is None:
        return "not measured against the centre's since the device had started"
    side = "ahead of" if offset_s >= 0 else "behind"
    return f"{abs(offset_s):.3f} s {side} the centre's, give or take {error_s:.3f} s"


def _packet(folder: str, manifest: Manifest) -> Iterator[str]:
    yield f"PACKET {manifest.number} OF {manifest.device}, PART {manifest.part} OF ITS STAY"
    for name, value in _facts(manifest):
        if value:
            yield f"  {name + ':':16}{value}"
    yield f"  in the folder {folder}"
    for number, shot in enumerate(manifest.pictures, 1):
        yield f"    {picture_name(number, shot):18}captured {shown(shot.captured_at)}, {shot.bytes} bytes"


def _facts(manifest: Manifest) -> Iterator[tuple[str, str]]:
    yield "camera", manifest.source
    yield "zone", f"{manifest.zone} ({manifest.kind.value.replace('_', ' ')})"
    yield "place", manifest.place
    yield "what stood", manifest.label
    yield "plate", _plate(manifest)
    yield "stood since", shown(manifest.began_at)
    yield "allowed", f"{manifest.dwell_s:g} s"
    yield "too long since", "" if manifest.overstayed_at is None else shown(manifest.overstayed_at)
    yield "stood there until", "" if manifest.ended_at is None else shown(manifest.ended_at)
    yield "because", manifest.why
    yield "sealed", shown(manifest.sealed_at)
    yield "clock", f"the device's was {shown_clock(manifest)}"
    yield "stay", manifest.stay_id
    yield "key", manifest.key


def _plate(manifest: Manifest) -> str:
    plate = manifest.plate
    if plate is None:
        return "not known when this was sealed"
    if plate.source is PlateSource.ASSUMED:
        return f"{plate.text} (assumed by the plan; nobody read it)"
    return plate.text if plate.sure else f"{plate.text} (unsure)"
