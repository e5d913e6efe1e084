"""Sealed evidence in the ledger: kept whatever it says, held against its chain, packed for people."""

import hashlib
from dataclasses import replace

import msgspec
import pytest
from factories import NOON, arrival, at
from parts_ledger import ledger_at

from benchmarks.tampering import sealed
from cases.evidence.blobs import MemoryBlobStore
from cases.evidence.packing import pack_case
from cases.ledger import TORN, Ledger
from cases.life import SignalKind
from cases.policy import builtin_policies
from cases.reading import Reading
from models.manifest import Voucher, canonical, vouching
from models.packet import unpack
from models.signing import SigningKey
from models.verdict import broken, judge

DEVICE = "/harbour/box-1"


@pytest.fixture
def database(tmp_path):
    made = ledger_at(tmp_path / "ledger.db")
    yield made
    made.close()


@pytest.fixture
def ledger(database):
    return Ledger(database, builtin_policies())


@pytest.fixture
def reading(database):
    return Reading(database)


@pytest.fixture(scope="module")
def given(tmp_path_factory):
    return sealed(tmp_path_factory.mktemp("box"))


@pytest.fixture
def chain(given):
    """A device's six packets, in their order: three stays, two packets each."""
    found = [packet for data in given.files.values() for packet in unpack(data)]
    return sorted(found, key=lambda packet: packet.manifest.number)


def come(ledger, *packets, second=0):
    """Packets arrive, one after the other; what is said of their chain at last."""
    said = ""
    for number, packet in enumerate(packets):
        now = at(second + number)
        ledger.note_packet(packet, now)
        said = ledger.watch_chain(packet, now)
    return said


def resealed(packet, key, **changes):
    manifest = msgspec.structs.replace(packet.manifest, **({"key": key.public} | changes))
    raw = canonical(manifest)
    return replace(packet, raw=raw, manifest=manifest, signature=key.sign(raw))


def torn(reading):
    return [row["why"] for row in reading.conditions() if (row["source"], row["state"]) == (DEVICE, TORN)]


def test_a_whole_chain_is_nothing_to_speak_of(ledger, reading, chain):
    assert come(ledger, *chain) == ""
    assert reading.conditions() == []


def test_a_repeat_changes_nothing(ledger, reading, chain):
    assert come(ledger, *chain, *chain) == ""
    assert torn(reading) == []


def test_a_gap_is_said_and_forgotten_when_it_is_filled(ledger, reading, chain):
    one, two, three, four, *_ = chain
    assert come(ledger, one, three, four) == "packet 2 has not come, packet 3 has"
    assert torn(reading) == ["packet 2 has not come, packet 3 has"]
    assert come(ledger, two, second=10) == ""
    assert torn(reading) == []


def test_a_chain_whose_beginning_never_came_is_torn(ledger, reading, chain):
    come(ledger, *chain[1:])
    assert torn(reading) == ["packet 1 has not come, packet 2 has"]


def test_packets_may_come_in_any_order(ledger, reading, chain):
    assert come(ledger, *reversed(chain)) == ""
    assert torn(reading) == []


def test_two_packets_of_one_number_are_both_kept_and_said(ledger, reading, chain):
    key = SigningKey.new()
    come(ledger, *chain)
    come(ledger, resealed(chain[2], key, label="bus"), second=10)
    assert torn(reading) == ["two different packets have the number 3"]


def test_an_exchanged_packet_is_said(ledger, reading, chain):
    key = SigningKey.new()
    come(ledger, resealed(chain[0], key), chain[1])
    assert torn(reading) == ["packet 2 follows another one than the one that is here"]


def test_a_key_that_nobody_vouches_for_is_said(ledger, reading, chain):
    key = SigningKey.new()
    come(ledger, chain[0], resealed(chain[1], key))
    assert torn(reading) == [f"the key {key.public[:12]}… seals, and no key known before vouches for it"]


def test_a_new_key_that_the_old_one_vouches_for_is_fine(ledger, reading, chain):
    old, new = SigningKey.new(), SigningKey.new()
    first = resealed(chain[0], old)
    word = Voucher(key=old.public, signature=old.sign(vouching(DEVICE, new.public)))
    second = resealed(chain[1], new, previous=first.sha256, vouchers=(word,))
    third = resealed(chain[2], new, previous=second.sha256, vouchers=(word,))
    assert come(ledger, first, second, third) == ""
    assert torn(reading) == []


def test_an_empty_disk_begins_another_chain_under_the_same_key(ledger, reading, chain):
    key = SigningKey.new()
    come(ledger, resealed(chain[0], key), resealed(chain[0], key, chain="f" * 32))
    assert torn(reading) == []


def test_old_news_does_not_cover_newer(ledger, reading, chain):
    """Of two workers, the one that looked last is right."""
    come(ledger, chain[0], chain[2], second=100)
    ledger.note_packet(chain[1], at(50))
    ledger.watch_chain(chain[1], at(50))
    assert len(torn(reading)) == 1


@pytest.fixture
def case_id(ledger, chain):
    """A case with the stay of the first packet, and all packets of the device."""
    stay_id = chain[0].manifest.stay_id
    (applied,) = ledger.apply([arrival(SignalKind.OBSERVED, origin_id=stay_id)], NOON)
    come(ledger, *chain)
    return applied.case_id


@pytest.fixture
def blobs(chain):
    store = MemoryBlobStore()
    for packet in chain:
        for sha256, jpeg in packet.pictures.items():
            store.put(sha256, jpeg)
    return store


def test_a_case_has_the_packets_of_its_own_stays(reading, case_id):
    assert [packet.manifest.number for packet in reading.packets(case_id)] == [1, 3]
    assert reading.case(case_id)["packets"] == 2
    assert reading.case_id(1) == case_id
    assert reading.case_id(2) is None


def test_a_cases_file_holds_everything_that_proves_it(reading, case_id, blobs, given):
    packed = pack_case(reading, blobs, case_id)
    assert (packed.packets, packed.missing) == (2, ())
    assert packed.data == given.files["stay-0000.zip"]
    assert not broken(judge({"case.zip": packed.data}, [given.key]))


def test_a_picture_that_has_not_arrived_is_missing_in_the_file_and_said(reading, case_id, chain, given):
    store = MemoryBlobStore()
    first, *others = chain[0].manifest.pictures
    for shot in (*others, *chain[2].manifest.pictures):
        store.put(shot.sha256, {**chain[0].pictures, **chain[2].pictures}[shot.sha256])
    packed = pack_case(reading, store, case_id)
    assert packed.missing == (first,)
    assert broken(judge({"case.zip": packed.data}, [given.key]))


def test_a_case_without_sealed_evidence_has_no_file(ledger, reading, blobs):
    (applied,) = ledger.apply([arrival(SignalKind.OBSERVED)], NOON)
    assert pack_case(reading, blobs, applied.case_id) is None
    assert pack_case(reading, blobs, "nobody") is None


def test_what_is_kept_are_the_very_bytes_that_were_signed(reading, case_id, chain):
    first = reading.packets(case_id)[0]
    assert (first.raw, first.signature) == (chain[0].raw, chain[0].signature)
    assert first.sha256 == hashlib.sha256(chain[0].raw).hexdigest()
