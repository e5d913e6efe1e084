"""A camera's plates: read while a vehicle stands, assumed where nothing was read for sure."""

import hashlib

import msgspec
import pytest
from factories import at
from parts_camera import CAR, EMPTY, PLACE, PLAN, Post, every, street

from detectors.plate_grammar import open_grammar
from detectors.plates import AssumedPlates, PlateRead, ScriptedReader
from detectors.stays import Stay
from edge.closeup import Errands, ScriptedStills
from edge.plate_desk import PlateDesk, Reads
from models.errors import SourceLost
from models.records import PictureRole, PlateSource, StayEnded, StayOverstayed

CN = open_grammar("cn")
ASSUMED = AssumedPlates({"fire-lane-1": "浙B12345"})
X, Y = (PLACE[0] + PLACE[2]) / 2, (PLACE[1] + PLACE[3]) / 2
QUAD = ((X - 0.03, Y - 0.01), (X + 0.03, Y - 0.01), (X + 0.03, Y + 0.01), (X - 0.03, Y + 0.01))


def read(text="浙B8K236", score=0.95):
    return PlateRead(text=text, characters=(score,) * len(text), quad=QUAD)


def posted(tmp_path, script, *, plan=PLAN, assumed=ASSUMED, errands=None):
    desk = PlateDesk(assumed, Reads(ScriptedReader(script), CN), errands)
    return Post(tmp_path, plan=plan, desk=desk)


@pytest.fixture
def close():
    open_posts = []
    yield open_posts.append
    for post in open_posts:
        post.spool.close()


def told(post, kind):
    return [fact for fact in post.said() if isinstance(fact, kind)]


LOOKS = [*every(1, 0, 3, EMPTY), *every(1, 3, 14, CAR), *every(1, 14, 20, EMPTY)]


def test_a_plate_that_two_frames_agree_on_is_told_with_the_very_frame_it_was_read_in(tmp_path, close):
    post = posted(tmp_path, [(read(),)] * 9)
    close(post)
    post.see(LOOKS)
    (over,) = told(post, StayOverstayed)
    assert (over.plate.text, over.plate.source, over.plate.sure) == ("浙B8K236", PlateSource.READ, True)
    (shown,) = [picture for picture in over.pictures if picture.role is PictureRole.PLATE]
    assert shown.sha256 == over.plate.picture
    assert hashlib.sha256(post.pictures()[shown.sha256]).hexdigest() == shown.sha256
    (ended,) = told(post, StayEnded)
    assert ended.plate == over.plate


def test_frames_of_reads_leave_the_box_with_their_vehicle(tmp_path, close):
    post = posted(tmp_path, [(read(),)] * 9)
    close(post)
    camera = post.see(LOOKS)
    digest = told(post, StayOverstayed)[0].plate.picture
    assert post.spool.recall(f"plate/{digest}") is None
    assert not camera.failed


def test_an_unsure_read_gives_way_to_the_assumed_plate(tmp_path, close):
    post = posted(tmp_path, [(read(),), ()])
    close(post)
    post.see(LOOKS)
    (over,) = told(post, StayOverstayed)
    assert (over.plate.text, over.plate.source) == ("浙B12345", PlateSource.ASSUMED)


def test_an_unsure_read_is_shown_where_nothing_is_assumed_and_named_unsure(tmp_path, close):
    post = posted(tmp_path, [(read(),)], assumed=AssumedPlates({}))
    close(post)
    post.see(LOOKS)
    (over,) = told(post, StayOverstayed)
    assert (over.plate.text, over.plate.sure) == ("浙B8K236", False)
    assert not over.plate.names_vehicle


def test_what_was_read_before_a_restart_is_still_known(tmp_path, close):
    first = posted(tmp_path, [(read(),)] * 2)
    first.see([*every(1, 0, 3, EMPTY), *every(1, 3, 7, CAR)])
    first.spool.close()
    again = posted(tmp_path, [])
    close(again)
    again.see(every(1, 7, 14, CAR))
    (over,) = told(again, StayOverstayed)
    assert (over.plate.text, over.plate.sure) == ("浙B8K236", True)
    assert PictureRole.PLATE in {picture.role for picture in over.pictures}


def test_an_exempt_plate_that_was_read_for_sure_is_never_told_to_leave(tmp_path, close):
    plan = PLAN + 'exempt_plates = ["浙B8K*"]\n'
    post = posted(tmp_path, [(read(),)] * 9, plan=plan)
    close(post)
    post.see(LOOKS)
    assert told(post, StayOverstayed) == []
    (ended,) = told(post, StayEnded)
    assert ended.exempt == "plate 浙B8K236"


def overstayed_with(tmp_path, close, stills):
    """The overstay of a camera with a main stream, whose stills come within the look that asks for them."""
    post = posted(tmp_path, [(read(),)] * 9, errands=Errands(stills, start=lambda work: work()))
    close(post)
    post.see(LOOKS)
    (over,) = told(post, StayOverstayed)
    return over


@pytest.mark.parametrize(
    ("shown", "plate"), [(CAR, ("浙B8K236", PlateSource.READ)), (EMPTY, ("浙B12345", PlateSource.ASSUMED))]
)
def test_with_a_main_stream_plates_are_read_in_stills_that_show_the_same_vehicle(
    tmp_path, close, shown, plate
):
    stills = ScriptedStills([street(shown, second) for second in (3.5, 4.5, 5.5, 6.5)])
    over = overstayed_with(tmp_path, close, stills)
    assert (over.plate.text, over.plate.source) == plate


def test_a_main_stream_that_cannot_be_had_costs_no_look(tmp_path, close):
    over = overstayed_with(tmp_path, close, ScriptedStills([], SourceLost("no route")))
    assert over.plate.source is PlateSource.ASSUMED


def test_a_stall_has_no_plate_even_where_one_is_assumed():
    desk = PlateDesk(ASSUMED)
    stay = Stay(
        id="s", object_id="o", zone="fire-lane-1", label="stall", score=0.9, box_xyxy=PLACE,
        began_at=at(0), reported_at=at(0),
    )  # fmt: skip
    assert desk.plate_of(stay, {}) is None
    assert desk.plate_of(msgspec.structs.replace(stay, label="car"), {}).text == "浙B12345"
