"""Sealed packets under the audit: none can be changed, moved or taken away unseen."""

from datetime import timedelta

import pytest
from factories import NOON, arrival, at
from parts_ledger import ledger_at
from parts_trail import problems, spoil
from sqlalchemy import select

from benchmarks.tampering import sealed
from cases.evidence.blobs import MemoryBlobStore
from cases.ledger import Ledger
from cases.policy import builtin_policies
from cases.reading import Reading
from cases.record import SignalKind
from cases.retention import RetentionSettings
from cases.retention.purge import purge
from cases.states import Resolution
from cases.tables import audit, packets
from cases.trail.evidence import check_evidence
from models.packet import unpack


@pytest.fixture(scope="module")
def given(tmp_path_factory):
    return sealed(tmp_path_factory.mktemp("box"))


@pytest.fixture
def chain(given):
    """A device's six packets: three stays, two packets each."""
    found = [packet for data in given.files.values() for packet in unpack(data)]
    return sorted(found, key=lambda packet: packet.manifest.number)


@pytest.fixture
def blobs(chain):
    store = MemoryBlobStore()
    for packet in chain:
        for sha256, jpeg in packet.pictures.items():
            store.put(sha256, jpeg)
    return store


@pytest.fixture
def database(tmp_path, chain):
    """A ledger with the case of the first stay, and all packets of the device."""
    made = ledger_at(tmp_path / "ledger.db")
    ledger, origin = Ledger(made, builtin_policies()), chain[0].manifest.stay_id
    ledger.apply([arrival(SignalKind.OBSERVED, origin_id=origin)], NOON)
    for packet in [*chain, *chain]:
        ledger.note_packet(packet, NOON)
    ledger.apply([arrival(SignalKind.ENDED, origin_id=origin, resolution=Resolution.LEFT)], at(60))
    yield made
    made.close()


def checked(database, blobs):
    with database.read() as connection:
        return check_evidence(connection, blobs)


def test_every_packet_that_comes_is_one_entry(database, blobs):
    with database.read() as connection:
        query = select(audit.c.chain, audit.c.number).where(audit.c.what == "evidence_attached")
        entries = connection.execute(query).all()
    assert [tuple(row) for row in entries] == [("subject:evidence:/harbour/box-1", n) for n in range(1, 7)]
    report = checked(database, blobs)
    assert (report.findings, report.packets, report.alone) == ([], 6, 4)
    assert report.pictures > 0
    assert problems(database) == []


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("DELETE FROM packets WHERE number = 6", "came and is no longer here"),
        ("DELETE FROM packets WHERE number = 3", "packet 3 has not come, packet 4 has"),
        ("UPDATE packets SET manifest = replace(manifest, 'car', 'bus') WHERE number = 1", "is not what"),
        ("UPDATE packets SET manifest = '' WHERE number = 2", "lost its manifest, and no proof"),
        ("UPDATE packets SET stay_id = 'x' WHERE number = 2", "stands in another place"),
        ("UPDATE packets SET signature = (SELECT signature FROM packets WHERE number = 1)", "is not what"),
    ],
)
def test_a_packet_that_was_touched_is_found(database, blobs, statement, problem):
    spoil(database, statement)
    found = [finding.problem for finding in checked(database, blobs).findings]
    assert any(problem in said for said in found), found


def test_a_picture_that_is_missing_or_another_one_is_found(database, blobs, chain):
    one, other = sorted(chain[0].pictures)[:2]
    blobs._blobs[one] = b"another"
    blobs.remove(other)
    found = [finding.problem for finding in checked(database, blobs).findings]
    assert any(one[:12] in said and "is not the one that was sealed" in said for said in found)
    assert any(other[:12] in said and "is missing" in said for said in found)


def test_what_was_purged_is_excused_by_its_proof(database, blobs, chain):
    for days in (91, 181, 2000):
        purge(database, RetentionSettings(unneeded_pictures=False), blobs, at(60) + timedelta(days=days))
        report = checked(database, blobs)
        assert [finding.problem for finding in report.findings if "manifest" in finding.problem] == []
    with database.read() as connection:
        left = connection.execute(select(packets.c.manifest).order_by(packets.c.number)).scalars().all()
    assert left == [""] * 6
    assert report.purged == 6
    assert Reading(database).packets(chain[0].manifest.stay_id) == []
    assert report.findings == []
    assert problems(database) == []
