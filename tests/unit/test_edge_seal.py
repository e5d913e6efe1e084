"""The device's seal: its key, its chain, and what a crash, a full disk or a new key leave of them."""

import stat
import threading
from datetime import timedelta
from itertools import pairwise

import msgspec
import pytest
from factories import NOON, SOURCE, at, picture

from detectors.stays import Stay, StayEvent, StayTurn
from edge.clock import Clock
from edge.saying import stay_record
from edge.seal import CHAIN_MEMORY, RETIRED, Seal, Wanted, load_key, stay_memory
from edge.spool import Spool
from models import envelope
from models.errors import ConfigurationError, StorageFull
from models.manifest import vouched_by
from models.packet import opened
from models.plan import Zone
from models.records import EndedBy, EvidenceSealed, PictureRole

ZONE = Zone(id="fire-lane-1", kind="fire_lane", polygon=[(0.3, 0.3), (0.7, 0.3), (0.7, 0.7)], dwell_s=60)
DEVICE = "/harbour/box-1"


class Box:
    """A box with a spool and a seal, and no cameras."""

    def __init__(self, folder):
        self.folder = folder
        self.key_file = folder / "box.key"
        self.clock = Clock()
        self.start()

    def start(self):
        self.spool = Spool(self.folder / "box.db", 64 * 1024 * 1024)
        self.seal = Seal(self.spool, self.key_file, self.clock, DEVICE, "clearway 0.1")

    def stop(self):
        self.spool.close()

    def prove(self, *stays, turn=StayTurn.OVERSTAYED):
        """Seal and spool these stays in one look."""
        with self.seal.sealing([wanted(stay, turn) for stay in stays]) as sealed:
            events = [(item.id, item.body) for item in sealed.events]
            self.spool.put(events, (), sealed.memories)

    def packets(self):
        events = [envelope.decode(entry.body) for entry in self.spool.events(limit=10_000)]
        return [
            opened(event.data, event.source) for event in events if isinstance(event.data, EvidenceSealed)
        ]


@pytest.fixture
def box(tmp_path):
    made = Box(tmp_path)
    yield made
    made.stop()


def wanted(number, turn=StayTurn.OVERSTAYED):
    began_at = NOON - timedelta(seconds=60)
    stay = Stay(
        id=f"00000000-0000-5000-8000-{number:012d}",
        object_id="thing",
        zone=ZONE.id,
        label="car",
        score=0.8,
        box_xyxy=(0.4, 0.4, 0.6, 0.6),
        began_at=began_at,
        reported_at=NOON,
        overstayed_at=NOON,
    )
    ended_by = EndedBy.LEFT if turn is StayTurn.ENDED else None
    event = StayEvent(turn=turn, stay=stay, at=at(90), why="stood 60 s", ended_by=ended_by)
    shots = (picture("a", PictureRole.OVERSTAY),)
    return Wanted(
        source=SOURCE,
        event=event,
        said=stay_record(event, camera="north-gate", zone=ZONE, plate=None, pictures=shots),
        event_id=f"event-{number}",
        zone=ZONE,
        pictures=shots,
        recorded_at=at(90),
    )


def numbers(packets):
    return [packet.manifest.number for packet in packets]


def is_chain(packets):
    first = packets[0].manifest
    return (first.number, first.previous) == (1, None) and all(
        (after.manifest.number, after.manifest.previous) == (before.manifest.number + 1, before.sha256)
        for before, after in pairwise(packets)
    )


def test_packets_are_numbered_and_name_the_one_before(box):
    box.prove(1, 2)
    box.prove(3)
    assert numbers(box.packets()) == [1, 2, 3]
    assert is_chain(box.packets())
    assert {packet.manifest.key for packet in box.packets()} == {box.seal.public}


def test_a_manifest_says_where_since_when_and_what(box):
    box.prove(1)
    (packet,) = box.packets()
    said = packet.manifest
    assert (said.source, said.zone, said.polygon) == (SOURCE, "fire-lane-1", ZONE.polygon)
    assert (said.began_at, said.dwell_s, said.overstayed_at) == (at(-60), 60, NOON)
    assert (said.turn, said.event_id, said.why) == ("overstayed", "event-1", "stood 60 s")
    assert [(shot.role, shot.sha256) for shot in said.pictures] == [(PictureRole.OVERSTAY, "a" * 64)]
    assert (said.clock_offset_s, said.clock_error_s) == (None, None)


def test_the_clocks_offset_is_sealed_in_once_it_is_known(box):
    now = box.clock._monotonic()
    box.clock.heard(now - 0.2, now, box.clock.now() - timedelta(seconds=3))
    box.prove(1)
    said = box.packets()[0].manifest
    assert said.clock_offset_s == pytest.approx(2.9, abs=0.2)
    assert said.clock_error_s == pytest.approx(0.1, abs=0.01)


def test_what_comes_later_of_a_stay_is_its_next_part(box):
    box.prove(1)
    box.prove(2)
    box.prove(1, turn=StayTurn.ENDED)
    first, _, second = box.packets()
    assert (first.manifest.part, first.manifest.part_previous) == (1, None)
    assert (second.manifest.part, second.manifest.part_previous) == (2, first.sha256)
    assert (second.manifest.ended_at, second.manifest.ended_by) == (at(90), EndedBy.LEFT)


def test_two_parts_in_one_look_follow_each_other(box):
    with box.seal.sealing([wanted(1), wanted(1, StayTurn.ENDED)]) as sealed:
        box.spool.put([(item.id, item.body) for item in sealed.events], (), sealed.memories)
    first, second = box.packets()
    assert (second.manifest.part, second.manifest.part_previous) == (2, first.sha256)
    assert is_chain(box.packets())


def test_a_stay_that_is_over_is_forgotten_with_the_look_that_says_so(box):
    box.prove(1)
    name = stay_memory(wanted(1).said.stay_id)
    with box.seal.sealing([wanted(1, StayTurn.ENDED)]) as sealed:
        box.spool.put((), (), [(name, b""), *sealed.memories])
    assert box.spool.recall(name) is None


def test_what_could_not_be_spooled_takes_no_number(box):
    box.prove(1)
    with pytest.raises(StorageFull), box.seal.sealing([wanted(2)]):
        raise StorageFull("the disk is full")
    box.prove(3)
    assert numbers(box.packets()) == [1, 2]
    assert is_chain(box.packets())


def test_nothing_to_seal_waits_for_nobody(box):
    with box.seal.sealing([wanted(1)]), box.seal.sealing([]) as sealed:
        assert (sealed.events, sealed.memories) == ([], [])


def test_a_restart_goes_on_with_key_and_chain(box):
    box.prove(1)
    key = box.seal.public
    box.stop()
    box.start()
    box.prove(2)
    assert box.seal.public == key
    assert is_chain(box.packets())


def test_an_empty_disk_begins_another_chain_with_another_name(box, tmp_path):
    box.prove(1)
    other = Spool(tmp_path / "other.db", 1024 * 1024)
    seal = Seal(other, box.key_file, box.clock, DEVICE, "clearway 0.1")
    with seal.sealing([wanted(1)]) as sealed:
        (event,) = sealed.events
    manifest = opened(envelope.decode(event.body).data, SOURCE).manifest
    assert (manifest.number, manifest.key) == (1, box.seal.public)
    assert manifest.chain != box.packets()[0].manifest.chain
    other.close()


def test_a_chain_that_cannot_be_read_is_not_gone_on_with(box):
    box.prove(1)
    old = box.packets()[0].manifest.chain
    box.spool.remember(CHAIN_MEMORY, b"\xc1 not what it was")
    box.stop()
    box.start()
    box.prove(2)
    new = box.packets()[-1].manifest
    assert (new.number, new.chain == old) == (1, False)


def test_many_cameras_seal_on_one_chain(box):
    def look(first):
        for number in range(first, first + 15):
            box.prove(number)

    threads = [threading.Thread(target=look, args=(100 * camera,)) for camera in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert numbers(box.packets()) == list(range(1, 61))
    assert is_chain(box.packets())


def test_the_key_is_made_once_and_only_its_owner_reads_it(tmp_path):
    path = tmp_path / "below" / "box.key"
    made = load_key(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_key(path).public == made.public
    assert [item.name for item in path.parent.iterdir()] == ["box.key"]


def test_of_programs_that_start_together_all_use_the_first_ones_key(tmp_path):
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(load_key(tmp_path / "box.key").public)) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1


def test_a_key_that_others_can_read_is_refused(tmp_path):
    load_key(tmp_path / "box.key")
    (tmp_path / "box.key").chmod(0o640)
    with pytest.raises(ConfigurationError, match="others can read the seal's key; chmod 600"):
        load_key(tmp_path / "box.key")


@pytest.mark.parametrize("content", [b"", b"a letter"])
def test_a_file_that_is_no_key_is_refused_by_name(tmp_path, content):
    path = tmp_path / "box.key"
    path.touch(0o600)
    path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=r"box\.key: is no private key"):
        load_key(path)


def test_a_place_that_takes_no_key_is_said(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ConfigurationError, match="the seal's key cannot be kept there"):
        load_key(tmp_path / "file" / "box.key")


def fill(spool, size):
    for number in range(1000):
        spool.remember(f"{size}/{number}", b"x" * size)


def test_a_disk_that_takes_no_chain_is_said_before_starting(tmp_path):
    spool = Spool(tmp_path / "box.db", 1024 * 1024)
    spool.limit_pages(1)
    for size in (3000, 300, 30):
        with pytest.raises(StorageFull):
            fill(spool, size)
    with pytest.raises(ConfigurationError, match="the seal's chain cannot be kept"):
        Seal(spool, tmp_path / "box.key", Clock(), DEVICE, "clearway 0.1")
    spool.close()


def changed_key(box):
    """What docs/evidence.md says: the old key moved aside, the box started again."""
    box.stop()
    box.key_file.rename(box.key_file.with_name(box.key_file.name + RETIRED))
    box.start()


def test_an_old_key_vouches_for_the_new_one_and_is_then_destroyed(box):
    box.prove(1)
    first = box.seal.public
    changed_key(box)
    box.prove(2)
    changed_key(box)
    second = vouched_by(box.packets()[1].manifest)
    box.prove(3)
    box.stop()
    box.start()
    box.prove(4)
    assert second == (first,)
    assert vouched_by(box.packets()[3].manifest) == (first, box.packets()[1].manifest.key)
    assert is_chain(box.packets())
    assert not box.key_file.with_name(box.key_file.name + RETIRED).exists()


def test_a_lost_key_is_replaced_by_one_that_nobody_vouches_for(box):
    box.prove(1)
    box.stop()
    box.key_file.unlink()
    box.start()
    box.prove(2)
    one, two = box.packets()
    assert one.manifest.key != two.manifest.key
    assert vouched_by(two.manifest) == ()
    assert is_chain(box.packets())


def test_another_devices_key_does_not_vouch_and_is_left_alone(box, tmp_path):
    box.prove(1)
    box.stop()
    box.key_file.unlink()
    foreign = box.key_file.with_name(box.key_file.name + RETIRED)
    load_key(tmp_path / "foreign.key")
    (tmp_path / "foreign.key").rename(foreign)
    box.start()
    box.prove(2)
    assert vouched_by(box.packets()[1].manifest) == ()
    assert foreign.exists()


def test_the_private_key_is_nowhere_but_in_its_file(box):
    box.prove(1)
    secret = box.key_file.read_bytes().splitlines()[1]
    box.spool._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert secret not in (box.folder / "box.db").read_bytes()
    assert msgspec.msgpack.decode(box.spool.recall(CHAIN_MEMORY))["key"] == box.seal.public
