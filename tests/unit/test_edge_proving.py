"""Which pictures prove a stay, what is private in them, and the seal under them."""

import hashlib
import threading
from datetime import UTC, datetime

import cv2
import msgspec
import numpy as np
import pytest
from factories import SMALL_WH, at, found, frame, texture
from parts_camera import CAR, EMPTY, PLACE, PLAN, SOURCE, Post, every

from detectors.network import ScriptedNetwork
from detectors.stays import Stay, StayEvent, StayTurn
from edge import evidence
from edge.clock import Clock
from edge.evidence import BAR_PX
from edge.masking import HEAD_SHARE, Masker
from edge.proving import Prover, arrival_memory, plate_memory
from edge.seal import Seal, stay_memory
from edge.spool import Spool
from models.packet import opened
from models.plan import parse_plan
from models.records import EndedBy, EvidenceSealed, PictureRole, Plate, PlateSource, StayEnded, StayOverstayed

ZONES = {zone.id: zone for zone in parse_plan(PLAN, "plan.toml").zones}
WIDTH, HEIGHT = SMALL_WH
HEAD = (0.1, 0.2, 0.2, 0.6)
PERSON = found((HEAD, "person"), PLACE)
STAY_ID = "00000000-0000-5000-8000-000000000001"


@pytest.fixture
def spool(tmp_path):
    made = Spool(tmp_path / "box.db", 64 * 1024 * 1024)
    yield made
    made.close()


def turned(turn, *, over=True, ended_by=None):
    stay = Stay(
        id=STAY_ID,
        object_id="thing",
        zone="fire-lane-1",
        label="car",
        score=0.8,
        box_xyxy=PLACE,
        began_at=at(0),
        reported_at=at(5),
        overstayed_at=at(5) if over else None,
    )
    return StayEvent(turn=turn, stay=stay, at=at(5), why="", ended_by=ended_by)


def prove(prover, event, *, plate=None, known=(), pending=None):
    look = frame(texture(3), 5)
    return prover.prove(event, look, frame(texture(2), 0), plate=plate, known=known, pending=pending or {})


def roles(proofs):
    return [proof.picture.role for proof in proofs]


def decoded(jpeg):
    return cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)


def test_the_arrival_waits_on_the_box(spool):
    proofs, kept = prove(Prover("gate", ZONES, spool, None), turned(StayTurn.BEGAN, over=False))
    assert proofs == []
    ((name, body),) = kept
    assert name == arrival_memory(STAY_ID)
    assert evidence.unheld(body).picture.captured_at == at(0)


def test_an_arrival_of_the_same_look_is_not_lost(spool):
    """With a dwell shorter than it takes to settle, a stay begins and overstays in one look."""
    prover = Prover("gate", ZONES, spool, None)
    _, kept = prove(prover, turned(StayTurn.BEGAN, over=False))
    proofs, _ = prove(prover, turned(StayTurn.OVERSTAYED), pending=dict(kept))
    assert roles(proofs) == [PictureRole.ARRIVAL, PictureRole.OVERSTAY, PictureRole.CLOSE_UP]


@pytest.mark.parametrize(
    ("over", "ended_by", "shown"),
    [
        (True, EndedBy.LEFT, [PictureRole.EMPTY]),
        (True, EndedBy.UNKNOWN, []),
        (False, EndedBy.LEFT, []),
    ],
    ids=["left after an overstay", "lost from sight", "left in time"],
)
def test_only_the_end_of_an_overstay_that_was_seen_has_a_picture(spool, over, ended_by, shown):
    event = turned(StayTurn.ENDED, over=over, ended_by=ended_by)
    proofs, kept = prove(Prover("gate", ZONES, spool, None), event)
    assert roles(proofs) == shown
    assert kept == [(arrival_memory(STAY_ID), b""), (stay_memory(STAY_ID), b"")]


def test_the_bar_says_how_far_the_clock_is_off(spool):
    prover = Prover("gate", ZONES, spool, None)
    plain, _ = prove(prover, turned(StayTurn.OVERSTAYED))
    prover.clock = Clock(lambda: 1000.0, lambda: 10.0)
    unmeasured, _ = prove(prover, turned(StayTurn.OVERSTAYED))
    prover.clock.heard(9.9, 10.1, datetime.fromtimestamp(999, UTC))
    noted, _ = prove(prover, turned(StayTurn.OVERSTAYED))
    assert plain[0].jpeg == unmeasured[0].jpeg != noted[0].jpeg
    view = evidence.view_of(noted[0])
    assert view.shape == (HEIGHT, WIDTH, 3)


def test_what_is_private_is_told_in_the_fractions_of_each_picture(spool):
    arrival = evidence.panorama(
        PictureRole.ARRIVAL, frame(texture(2), 0), ZONES["fire-lane-1"], PLACE, "gate"
    )
    spool.remember(arrival_memory(STAY_ID), evidence.held(arrival))
    prover = Prover("gate", ZONES, spool, Masker(ScriptedNetwork([PERSON, PERSON])))
    proofs, _ = prove(prover, turned(StayTurn.OVERSTAYED))
    scale = HEIGHT / (HEIGHT + BAR_PX)
    head = (0.1, 0.2 * scale, 0.2, (0.2 + 0.4 * HEAD_SHARE) * scale)
    for proof in proofs[:2]:
        (box,) = proof.picture.private_xyxy
        assert box == pytest.approx(head, abs=1e-4)
        assert proof.picture.sha256 == hashlib.sha256(proof.jpeg).hexdigest()
    assert proofs[2].picture.private_xyxy == ()


def test_in_a_close_up_private_boxes_are_where_they_are_in_the_view():
    look = frame(texture(3), 0)
    inner = (0.45, 0.5, 0.5, 0.55)
    (box,) = evidence.in_close_up([inner, (0.0, 0.0, 0.1, 0.1)], look.pixels, PLACE)
    height, width = decoded(evidence.close_up(look, PLACE).jpeg).shape[:2]
    assert box[0] * width + 0.37 * WIDTH == pytest.approx(0.45 * WIDTH, abs=1)
    assert box[3] * height + 0.37 * HEIGHT == pytest.approx(0.55 * HEIGHT, abs=1)


def test_in_the_empty_place_every_vehicle_is_an_other(spool):
    prover = Prover("gate", ZONES, spool, Masker(ScriptedNetwork([found(PLACE)])))
    proofs, _ = prove(prover, turned(StayTurn.ENDED, ended_by=EndedBy.LEFT))
    assert len(proofs[0].picture.private_xyxy) == 1


def read_plate(proof):
    return Plate(text="浙B12345", score=0.9, source=PlateSource.READ, reads=2, picture=proof.picture.sha256)


def test_the_plates_very_frame_is_evidence_once_it_is_known(spool):
    proof = evidence.plate_frame(frame(texture(4), 2))
    spool.remember(plate_memory(proof.picture.sha256), evidence.held(proof))
    prover = Prover("gate", ZONES, spool, Masker(ScriptedNetwork([PERSON] * 9)))
    over, _ = prove(prover, turned(StayTurn.OVERSTAYED), plate=read_plate(proof))
    assert roles(over)[-1] is PictureRole.PLATE
    assert over[-1].jpeg == proof.jpeg
    assert over[-1].picture.captured_at == at(2)
    (head,) = over[-1].picture.private_xyxy
    assert head == pytest.approx((0.1, 0.2, 0.2, 0.2 + 0.4 * HEAD_SHARE))
    later, _ = prove(prover, turned(StayTurn.CONTINUES), plate=read_plate(proof))
    assert roles(later) == [PictureRole.PLATE]
    known, _ = prove(prover, turned(StayTurn.CONTINUES), plate=read_plate(proof), known=(proof.picture,))
    assert known == []


def test_a_frame_that_is_not_the_one_the_plate_was_read_in_is_none(spool):
    read, other = (evidence.plate_frame(frame(texture(seed), 2)) for seed in (4, 5))
    prover = Prover("gate", ZONES, spool, None)
    assert prove(prover, turned(StayTurn.CONTINUES), plate=read_plate(read))[0] == []
    spool.remember(plate_memory(read.picture.sha256), evidence.held(other))
    assert prove(prover, turned(StayTurn.CONTINUES), plate=read_plate(read))[0] == []


def test_before_an_overstay_no_plate_leaves_the_box(spool):
    proof = evidence.plate_frame(frame(texture(4), 2))
    spool.remember(plate_memory(proof.picture.sha256), evidence.held(proof))
    event = turned(StayTurn.ENDED, over=False, ended_by=EndedBy.LEFT)
    assert prove(Prover("gate", ZONES, spool, None), event, plate=read_plate(proof))[0] == []


@pytest.fixture
def post(tmp_path):
    made = Post(tmp_path)
    yield made
    made.spool.close()


def see(post, looks):
    """A sealed camera's looks."""
    seal = Seal(post.spool, post.spool._path.with_name("box.key"), Clock(), "/harbour/box-1", "clearway 0.1")
    camera = post.camera(looks)
    camera.seal_with(seal)
    camera.run(threading.Event())
    return seal


def packets(post):
    return [opened(record, SOURCE) for record in post.said() if isinstance(record, EvidenceSealed)]


def test_an_overstay_is_sealed_right_after_it_is_said_and_the_empty_place_later(post):
    see(post, every(1, 0, 8, CAR) + every(1, 8, 13, EMPTY))
    kinds = [type(record) for record in post.said()]
    assert kinds[1:5] == [StayOverstayed, EvidenceSealed, StayEnded, EvidenceSealed]
    over, ended = [event for event in post.events() if isinstance(event.data, StayOverstayed | StayEnded)]
    first, second = packets(post)
    assert (first.manifest.event_id, second.manifest.event_id) == (over.id, ended.id)
    assert [shot.role for shot in first.manifest.pictures] == [
        PictureRole.ARRIVAL,
        PictureRole.OVERSTAY,
        PictureRole.CLOSE_UP,
    ]
    assert [shot.role for shot in second.manifest.pictures] == [PictureRole.EMPTY]
    assert (second.manifest.previous, second.manifest.part) == (first.sha256, 2)
    named = {shot.sha256 for packet in (first, second) for shot in packet.manifest.pictures}
    assert named == post.pictures().keys()
    assert post.spool.recall(stay_memory(over.data.stay_id)) is None


def test_who_leaves_in_time_is_sealed_for_nobody(post):
    see(post, every(1, 0, 4, CAR) + every(1, 4, 9, EMPTY))
    assert packets(post) == []


def test_a_restart_between_overstay_and_leaving_goes_on_with_the_stays_parts(post):
    see(post, every(1, 0, 8, CAR))
    see(post, every(1, 8, 10, CAR) + every(1, 10, 15, EMPTY))
    assert [(packet.manifest.number, packet.manifest.part) for packet in packets(post)] == [(1, 1), (2, 2)]


def test_pictures_of_an_older_version_are_still_read():
    proof = evidence.plate_frame(frame(texture(4), 2))
    fields = {"role": "plate", "sha256": proof.picture.sha256, "captured_at": at(2), "bytes": len(proof.jpeg)}
    assert evidence.unheld(msgspec.msgpack.encode((fields, proof.jpeg))) == proof
