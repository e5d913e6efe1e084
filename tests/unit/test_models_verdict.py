"""What holds of evidence and what does not, in sentences; and a thousand ways to spoil it, all noticed."""

from collections import Counter
from dataclasses import replace

import msgspec
import pytest

from benchmarks.tampering import KINDS, TRIES, sealed, tamperings
from models.manifest import Voucher, canonical, vouching
from models.packet import pack, unpack
from models.signing import SigningKey
from models.verdict import broken, judge


@pytest.fixture(scope="module")
def given(tmp_path_factory):
    return sealed(tmp_path_factory.mktemp("box"))


def good(findings):
    return said(findings, holds=True)


def wrong(findings):
    return said(findings, holds=False)


def untold(findings):
    return said(findings, holds=None)


def said(findings, *, holds):
    return [finding.sentence for finding in findings if finding.holds is holds]


def packets_of(given):
    """All packets of the chain, in their order."""
    found = [packet for data in given.files.values() for packet in unpack(data)]
    return sorted(found, key=lambda packet: packet.manifest.number)


def resealed(packet, key, **changes):
    manifest = msgspec.structs.replace(packet.manifest, **({"key": key.public} | changes))
    raw = canonical(manifest)
    return replace(packet, raw=raw, manifest=manifest, signature=key.sign(raw))


def test_untouched_evidence_holds_and_says_so(given):
    findings = judge(given.files, [given.key])
    assert not broken(findings)
    found = good(findings)
    assert "Packets 1 to 6 are here, each naming the one before it." in found
    assert found.count("Its parts 1 to 2 are here, one after the other.") == 3
    assert sum(sentence.startswith("The seal holds: since ") for sentence in found) == 6
    assert any(
        sentence.startswith("The close up picture, captured 2026-11-21 12:01:00") for sentence in found
    )


def test_a_thousand_random_tamperings_are_all_noticed(given):
    missed = Counter(
        name for name, files in tamperings(given, TRIES) if not broken(judge(files, [given.key]))
    )
    assert not missed
    assert len(KINDS) == 16


def test_what_cannot_be_known_is_said(given):
    found = untold(judge(given.files, [given.key]))
    assert any("Whether the device sealed anything after packet 6 cannot be told" in text for text in found)
    assert any("clock was not measured against the centre's" in text for text in found)


def test_the_chains_last_packet_may_be_dropped_unseen_which_is_why_that_is_said(given):
    shorter = pack(packets_of(given)[:-1])
    assert not broken(judge({"all.zip": shorter}, [given.key]))


def test_without_a_key_nobody_knows_whose_it_is(given):
    findings = judge(given.files)
    assert not broken(findings)
    assert any(text.startswith("Whose key ") for text in untold(findings))


def test_a_forger_with_a_key_of_their_own_is_noticed_by_the_key_only(given):
    key = SigningKey.new()
    forged = [resealed(packet, key) for packet in packets_of(given)[:1]]
    files = {"forged.zip": pack(forged)}
    assert not broken(judge(files))
    (found,) = wrong(judge(files, [given.key]))
    assert found.endswith("which is none of those given.")


def test_a_new_key_holds_if_the_old_one_vouches_for_it(given):
    old, new = SigningKey.new(), SigningKey.new()
    packet = packets_of(given)[0]
    word = Voucher(key=old.public, signature=old.sign(vouching("/harbour/box-1", new.public)))
    files = {"a.zip": pack([resealed(packet, new, vouchers=(word,))])}
    findings = judge(files, [old.public])
    assert not broken(findings)
    assert any("vouches for it" in text for text in good(findings))
    stolen = msgspec.structs.replace(word, signature=new.sign(b"me"))
    assert broken(judge({"a.zip": pack([resealed(packet, new, vouchers=(stolen,))])}, [old.public]))


def test_a_file_of_one_case_lacks_what_the_device_sealed_for_others_and_that_is_no_fault(given):
    (name, data) = next(iter(given.files.items()))
    findings = judge({name: data}, [given.key])
    assert not broken(findings)
    assert (
        "Between 1 and 3 lie packet 2, of other stays: not in this file, so nothing is said of it."
        in untold(findings)
    )


def test_among_several_files_a_missing_packet_is_a_torn_chain(given):
    names = list(given.files)
    findings = judge({name: given.files[name] for name in (names[0], names[2])}, [given.key])
    assert wrong(findings) == [
        "Between 1 and 3 the chain is torn: packet 2 dropped.",
        "Between 4 and 6 the chain is torn: packet 5 dropped.",
    ]


def test_what_came_before_the_first_packet_is_not_known(given):
    (name, data) = list(given.files.items())[1]
    assert "Packets 1 to 1 came before and were not given." in untold(judge({name: data}))


def test_the_first_part_of_a_stay_cannot_be_dropped(given):
    later = [packet for packet in packets_of(given) if packet.manifest.part == 2][:1]
    assert wrong(judge({"a.zip": pack(later)}, [given.key])) == [
        "Part 2 is here, and what came before it was dropped."
    ]


def test_two_packets_of_one_number_are_a_fork(given):
    key = SigningKey.new()
    one, *_ = packets_of(given)
    pair = [resealed(one, key), resealed(one, key, label="bus")]
    found = wrong(judge({"a.zip": pack(pair)}, [key.public]))
    assert "Two different packets have the number 1: one of them was slipped in." in found


def test_an_exchanged_packet_does_not_fit_the_one_after_it(given):
    key = SigningKey.new()
    one, two, *_ = packets_of(given)
    found = wrong(judge({"a.zip": pack([resealed(one, key, label="bus"), two])}))
    assert found == ["Packet 2 follows another packet 1 than the one given: one of them was exchanged."]


def test_the_same_file_twice_is_no_fault(given):
    (name, data) = next(iter(given.files.items()))
    assert not any("Two different" in text for text in wrong(judge({name: data, "copy.zip": data})))


def test_a_device_that_began_anew_has_two_chains_and_that_is_said(given, tmp_path):
    other = sealed(tmp_path, seed=2)
    files = given.files | {f"new-{name}": data for name, data in other.files.items()}
    findings = judge(files, [given.key, other.key])
    assert not broken(findings)
    assert sum("more than one chain" in text for text in untold(findings)) == 2


def test_a_letter_is_no_packet():
    (finding,) = judge({"a.zip": b"Dear Sir"})
    assert (finding.holds, finding.about) == (False, "a.zip")
    assert finding.sentence.startswith("This is no untouched packet: byte 0:")


def test_nothing_at_all_has_no_findings():
    assert judge({}) == ()
