"""Packets: manifests with one spelling, and the file that holds them."""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from models import archive
from models.errors import BadRecord
from models.manifest import (
    FORMAT,
    MANIFEST_CHARACTERS,
    Manifest,
    Shot,
    Voucher,
    canonical,
    read_manifest,
    vouched_by,
    vouching,
)
from models.packet import Packet, opened, pack, unpack
from models.records import EvidenceSealed, PictureRole, Plate, PlateSource, Reason, ZoneKind
from models.signing import SigningKey

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
SOURCE = "/harbour/box-1/north-gate"
KEY = SigningKey.new()
JPEGS = {PictureRole.ARRIVAL: b"\xff\xd8 came", PictureRole.OVERSTAY: b"\xff\xd8 stood"}
PICTURES = {hashlib.sha256(jpeg).hexdigest(): jpeg for jpeg in JPEGS.values()}


def manifest(**changes) -> Manifest:
    shots = tuple(
        Shot(role=role, sha256=hashlib.sha256(jpeg).hexdigest(), captured_at=NOON, bytes=len(jpeg))
        for role, jpeg in JPEGS.items()
    )
    fields = {
        "format": FORMAT,
        "source": SOURCE,
        "chain": "0" * 32,
        "number": 1,
        "previous": None,
        "part": 1,
        "part_previous": None,
        "sealed_at": NOON + timedelta(seconds=61),
        "clock_offset_s": 0.25,
        "clock_error_s": 0.01,
        "program": "clearway 0.1",
        "key": KEY.public,
        "vouchers": (),
        "stay_id": "00000000-0000-5000-8000-000000000001",
        "event_id": "event-1",
        "turn": "overstayed",
        "zone": "fire-lane-1",
        "kind": ZoneKind.FIRE_LANE,
        "polygon": ((0.3, 0.3), (0.7, 0.3), (0.7, 0.7)),
        "place": "港口路 1",
        "label": "car",
        "box_xyxy": (0.4, 0.4, 0.6, 0.6),
        "began_at": NOON,
        "dwell_s": 60.0,
        "overstayed_at": NOON + timedelta(seconds=60),
        "pictures": shots,
    }
    return Manifest(**(fields | changes))


def packet(key=KEY, **changes) -> Packet:
    made = manifest(**({"key": key.public} | changes))
    raw = canonical(made)
    return Packet(raw, made, key.sign(raw), PICTURES)


def sealed(made: Packet, **changes) -> EvidenceSealed:
    said = made.manifest
    fields = {
        "stay_id": said.stay_id,
        "camera": said.camera,
        "number": said.number,
        "manifest": made.raw.decode(),
        "signature": made.signature,
        "key": said.key,
    }
    return EvidenceSealed(**(fields | changes))


def test_a_manifest_is_read_back_and_has_one_spelling():
    raw = canonical(manifest())
    assert read_manifest(raw) == manifest()
    assert canonical(read_manifest(raw)) == raw
    assert list(json.loads(raw)) == sorted(json.loads(raw))


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda raw: raw.replace(b'":', b'": ', 1), id="a space"),
        pytest.param(lambda raw: raw + b"\n", id="a line feed"),
        pytest.param(lambda raw: raw.replace(b'{"', b'{"number":2,"', 1), id="a key twice"),
        pytest.param(lambda raw: b'{"zzz":1,' + raw[1:], id="keys out of order"),
        pytest.param(lambda raw: raw.replace(b"60.0", b"6e1"), id="another spelling of a number"),
        pytest.param(
            lambda raw: raw.replace(b"clearway-packet/1", b"clearway-packet/2"), id="another format"
        ),
        pytest.param(lambda raw: raw.replace(b'"number":1', b'"number":0'), id="no number"),
        pytest.param(lambda raw: raw.replace(b'"car"', b'"c\xffr"'), id="no UTF-8"),
        pytest.param(lambda _raw: b"[" * 100_000, id="nested without end"),
        pytest.param(lambda _raw: b"", id="nothing"),
    ],
)
def test_any_other_spelling_is_refused(spoil):
    with pytest.raises(BadRecord):
        read_manifest(spoil(canonical(manifest())))


def test_what_a_newer_device_adds_is_ignored_and_stays_under_the_seal():
    raw = msgspec.json.encode(json.loads(canonical(manifest())) | {"weather": "rain"}, order="sorted")
    assert read_manifest(raw) == manifest()


def test_reasons_are_left_out_where_they_would_not_travel():
    long = Reason(what="hidden by a bus " * 31, since=NOON, until=NOON)
    short = canonical(manifest(reasons=(long,) * 10))
    assert read_manifest(short).reasons == (long,) * 10
    cut = canonical(manifest(reasons=(long,) * 100))
    assert read_manifest(cut).reasons == ()
    assert len(cut) < MANIFEST_CHARACTERS


def test_a_packet_that_travelled_is_opened():
    made = packet()
    found = opened(sealed(made), SOURCE)
    assert (found.raw, found.manifest, found.signature) == (made.raw, made.manifest, made.signature)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"camera": "south-gate"}, "data.camera"),
        ({"number": 2}, "data.number"),
        ({"stay_id": "00000000-0000-5000-8000-000000000002"}, "data.stay_id"),
        ({"key": SigningKey.new().public}, "data.key"),
        ({"signature": KEY.sign(b"something else")}, "data.signature"),
        ({"manifest": "{}"}, "manifest"),
    ],
)
def test_a_record_that_says_other_than_was_signed_is_refused(changes, field):
    with pytest.raises(BadRecord) as caught:
        opened(sealed(packet(), **changes), SOURCE)
    assert caught.value.field == field


def test_a_device_seals_for_itself_only():
    with pytest.raises(BadRecord, match="source"):
        opened(sealed(packet()), "/harbour/box-2/north-gate")


def test_a_file_holds_readme_manifest_signature_and_pictures():
    made = packet()
    names = [entry.name for entry in archive.read(pack([made]))]
    folder = f"harbour/box-1/00000000-000001-{made.sha256[:8]}/"
    assert names == [
        "README.txt",
        f"{folder}manifest.json",
        f"{folder}signature.txt",
        f"{folder}1-arrival.jpg",
        f"{folder}2-overstay.jpg",
    ]


def test_packets_come_out_as_they_went_in_by_number():
    one, two = packet(), packet(number=2, previous="1" * 64)
    assert unpack(pack([two, one])) == (one, two)


def test_two_packets_that_claim_one_number_both_have_their_place():
    one, other = packet(), packet(label="bus")
    assert {found.manifest.label for found in unpack(pack([one, other]))} == {"car", "bus"}


def test_a_picture_that_is_not_here_is_left_out():
    made = packet()
    (found,) = unpack(pack([replace(made, pictures={})]))
    assert found.pictures == {}


def test_the_readme_says_what_stands_in_the_manifest():
    plate = Plate(text="浙B12345", score=0.6, source=PlateSource.READ, sure=False)
    (entry, *_) = archive.read(pack([packet(plate=plate)]))
    text = entry.data.decode()
    for said in (
        "PACKET 1 OF /harbour/box-1, PART 1 OF ITS STAY",
        "港口路 1",
        "浙B12345 (unsure)",
        "0.250 s ahead of the centre's, give or take 0.010 s",
        "1-arrival.jpg",
        "captured 2026-11-21 12:00:00.000 UTC",
        "clearway verify",
    ):
        assert said in text


def test_the_words_around_the_facts_are_those_of_the_format_for_ever():
    """Packets of years ago are checked against what is written today: a new text needs a new format."""
    fixed = manifest(key="A" * 43 + "=")
    raw = canonical(fixed)
    (entry, *_) = archive.read(pack([Packet(raw, fixed, "A" * 86 + "==", PICTURES)]))
    assert hashlib.sha256(entry.data).hexdigest() == (
        "6347f93d35e3922aacbaba827ae2c1200cfba7b76f029ac934d6c733e71f521e"
    )


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param(lambda entries: entries[1:], id="no README"),
        pytest.param(
            lambda entries: [entries[0]._replace(data=b"trust me"), *entries[1:]], id="another README"
        ),
        pytest.param(lambda entries: [*entries, archive.Entry("a.txt", b"")], id="one more"),
        pytest.param(lambda entries: [entries[1], entries[0], *entries[2:]], id="another order"),
        pytest.param(lambda entries: [entries[0], *entries[2:]], id="no manifest"),
        pytest.param(lambda entries: [*entries[:2], *entries[3:]], id="no signature"),
        pytest.param(
            lambda entries: [*entries[:2], entries[2]._replace(data="签名".encode()), *entries[3:]],
            id="a signature in another script",
        ),
        pytest.param(
            lambda entries: [entry._replace(name=entry.name.replace("box-1", "box-2")) for entry in entries],
            id="another folder",
        ),
    ],
)
def test_a_file_that_holds_anything_else_is_refused(changes):
    entries = list(archive.read(pack([packet()])))
    with pytest.raises(BadRecord):
        unpack(archive.write(changes(entries)))


def test_a_key_vouches_for_the_next_and_only_so_far_as_its_word_holds():
    first, second, third = SigningKey.new(), SigningKey.new(), SigningKey.new()
    device = "/harbour/box-1"
    links = (
        Voucher(key=first.public, signature=first.sign(vouching(device, second.public))),
        Voucher(key=second.public, signature=second.sign(vouching(device, third.public))),
    )
    assert vouched_by(manifest(key=third.public, vouchers=links)) == (first.public, second.public)
    assert vouched_by(manifest(key=second.public, vouchers=links[:1])) == (first.public,)
    assert vouched_by(manifest(key=third.public, vouchers=links[:1])) == ()
    elsewhere = "/harbour/box-2/north-gate"
    assert vouched_by(manifest(key=third.public, vouchers=links, source=elsewhere)) == ()
    torn = (msgspec.structs.replace(links[0], signature=links[1].signature), links[1])
    assert vouched_by(manifest(key=third.public, vouchers=torn)) == (second.public,)
