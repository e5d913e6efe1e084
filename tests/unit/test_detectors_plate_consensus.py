"""What several reads of one vehicle agree on."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.plate_consensus import MOST_DOUBT, SHARED, Seen, clusters, consensus, similarity
from detectors.plate_second import Word
from models.records import PlateSource

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
QUAD = ((0.4, 0.7), (0.6, 0.7), (0.6, 0.75), (0.4, 0.75))


def seen(text, frame, score=0.95, kind="blue", *, characters=None, second=()):
    return Seen(
        text=text,
        characters=characters or (score,) * len(text),
        kind=kind,
        picture=f"{frame:064x}",
        at=NOON + timedelta(seconds=frame),
        quad=QUAD,
        second=second,
    )


def test_nothing_read_is_no_plate():
    assert consensus(()) is None


def test_one_read_is_shown_and_never_sure():
    plate = consensus([seen("浙B8K236", 1, 1.0)])
    assert (plate.text, plate.sure, plate.reads, plate.source) == ("浙B8K236", False, 1, PlateSource.READ)


def test_two_frames_that_agree_make_it_sure():
    plate = consensus([seen("浙B8K236", 1), seen("浙B8K236", 2, 0.97)])
    assert (plate.sure, plate.reads, plate.kind) == (True, 2, "blue")
    assert plate.picture == f"{2:064x}"
    assert len(plate.characters) == 7


def test_two_reads_of_one_frame_are_one():
    assert not consensus([seen("浙B8K236", 1), seen("浙B8K236", 1)]).sure


def test_a_misread_character_is_outvoted():
    plate = consensus([seen("浙B8K236", 1), seen("浙BBK236", 2, 0.5), seen("浙B8K236", 3)])
    assert (plate.text, plate.reads, plate.sure) == ("浙B8K236", 2, True)
    assert plate.characters[2] < plate.characters[3]


def test_a_position_that_is_read_one_way_and_the_other_is_in_doubt():
    reads = [seen("浙B8K236", frame) for frame in (1, 2)] + [seen("浙BBK236", frame) for frame in (3, 4)]
    assert not consensus(reads).sure


def test_a_text_that_nobody_read_is_never_sure():
    reads = [seen("浙B8K237", 1), seen("浙B8K136", 2), seen("浙C8K236", 3)]
    plate = consensus(reads)
    assert plate.text in {one.text for one in reads}
    assert (plate.sure, plate.reads) == (False, 1)


def test_weak_characters_leave_it_unsure_however_often_they_are_read():
    weak = (0.95, 0.95, 0.3, 0.95, 0.95, 0.95, 0.95)
    assert not consensus([seen("浙B8K236", frame, characters=weak) for frame in range(6)]).sure


def test_a_second_plate_at_the_same_vehicle_leaves_it_unsure():
    reads = [seen("浙B8K236", frame) for frame in (1, 2, 3)]
    assert consensus(reads).sure
    other = [seen("沪C11111", frame) for frame in (1, 2)]
    plate = consensus(reads + other)
    assert (plate.text, plate.sure) == ("浙B8K236", False)


def test_reads_of_one_plate_are_one_cluster_and_others_another():
    groups = clusters([seen("浙B8K236", 1), seen("浙BBK236", 2), seen("沪C11111", 3), seen("浙88K236", 4)])
    assert sorted(len(group) for group in groups) == [1, 3]


@pytest.mark.parametrize(
    ("one", "other", "value"),
    [("MARTHA", "MARHTA", 0.9611), ("DIXON", "DICKSONX", 0.8133), ("DWAYNE", "DUANE", 0.84), ("AB", "CD", 0)],
)
def test_similarity_is_jaro_winklers(one, other, value):
    assert similarity(one, other) == pytest.approx(value, abs=1e-4)


BORNE_OUT = (Word.UNSEEN, *[Word.SAME] * 6)


def sure(*frames, characters=None):
    """Whether reads of one text are a sure plate, given the second reader's word on its third character."""
    reads = [
        seen("浙B8K236", frame, characters=characters, second=(*BORNE_OUT[:2], word, *BORNE_OUT[3:]))
        for frame, word in enumerate(frames)
    ]
    return consensus(reads).sure


NO_DOUBT = (0.9999,) * 7


def test_where_the_second_reader_sees_another_character_it_takes_three_reads_without_doubt():
    assert sure(Word.SAME, Word.SAME)
    assert not sure(Word.OTHER, Word.OTHER, characters=NO_DOUBT)
    assert not sure(Word.OTHER, Word.UNSEEN, Word.UNSEEN)
    assert not sure(*[Word.OTHER] * 5, characters=(0.95, 0.95, 0.9, *[0.95] * 4))
    assert sure(*[Word.OTHER] * 3, characters=NO_DOUBT)


def test_it_is_enough_that_the_second_reader_sees_a_character_once():
    assert sure(Word.OTHER, Word.SAME)
    assert sure(Word.UNSEEN, Word.SAME, characters=(0.95, 0.95, 0.85, *[0.95] * 4))


def test_a_character_that_only_one_reader_sees_must_be_read_without_doubt():
    doubtful = (0.95, 0.95, 0.85, 0.95, 0.95, 0.95, 0.95)
    assert sure(Word.UNSEEN, Word.UNSEEN)
    assert not sure(Word.UNSEEN, Word.UNSEEN, characters=doubtful)


def test_where_nobody_else_reads_the_reads_alone_decide():
    assert consensus([seen("浙B8K236", 1), seen("浙B8K236", 2)]).sure
    half = [seen("浙B8K236", 1), seen("浙B8K236", 2, second=(*BORNE_OUT[:6], Word.OTHER))]
    assert not consensus(half).sure


WORDS = st.lists(st.sampled_from(Word), min_size=7, max_size=7).map(tuple)


@given(st.lists(st.tuples(st.integers(1, 6), st.floats(0.5, 1), WORDS), min_size=1, max_size=6))
def test_a_second_reader_can_only_take_certainty_away_and_changes_nothing_else(history):
    judged = [seen("浙B8K236", frame, score, second=second) for frame, score, second in history]
    alone = consensus([seen("浙B8K236", frame, score) for frame, score, _ in history])
    plate = consensus(judged)
    assert alone.sure or not plate.sure
    assert msgspec.structs.replace(plate, sure=alone.sure) == alone
    for place in range(7):
        said = {second[place] for _, _, second in history}
        best = next(word for word in (Word.SAME, Word.OTHER, Word.UNSEEN) if word in said)
        rounding = 5e-5 + 1e-12  # scores travel with four digits
        assert not plate.sure or 1 - plate.characters[place] <= MOST_DOUBT[best] + rounding


@given(st.integers(2, 400), st.floats(0.4, 0.7))
def test_however_often_it_is_read_it_proves_no_more_than_six_reads_that_share_nothing(count, score):
    plate = consensus([seen("浙B8K236", frame, score) for frame in range(count)])
    odds = 2 * ((1 - score) / 2 / score) ** (1 / SHARED)
    assert plate.characters[0] <= 1 / (1 + odds) + 1e-4


def test_two_opinions_of_equal_weight_are_a_coin():
    reads = [seen("浙B8K236", 1), seen("浙BBK236", 2)]
    assert consensus(reads).characters[2] == pytest.approx(0.5, abs=0.03)


def test_how_probable_a_character_is_follows_bayes_rule():
    """Two reads of 0.9 that share a sixth of their troubles are 1.71; two characters more are unknown."""
    plate = consensus([seen("浙B8K236", frame, 0.9) for frame in (1, 2)])
    odds = 2 * (0.05 / 0.9) ** (2 / (1 + SHARED))
    assert plate.characters[0] == pytest.approx(1 / (1 + odds), abs=1e-4)


TEXTS = st.text(alphabet="浙B8K236A", max_size=9)


@given(TEXTS, TEXTS)
def test_similarity_is_a_share_and_one_only_for_equal_texts(one, other):
    value = similarity(one, other)
    assert 0 <= value <= 1
    assert value == pytest.approx(similarity(other, one), abs=0.08)
    assert (value == 1) == (one == other)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["浙B8K236", "浙BBK236", "沪C11111", "浙B8K23"]),
            st.integers(1, 6),
            st.floats(0, 1),
        ),
        min_size=1,
        max_size=12,
    )
)
def test_a_sure_plate_was_read_whole_in_two_frames_and_its_picture_is_one_of_them(history):
    reads = [seen(text, frame, score) for text, frame, score in history]
    plate = consensus(reads)
    frames = {one.picture for one in reads if one.text == plate.text}
    assert plate.picture in frames
    assert plate.reads == len(frames) or plate.reads == 1
    if plate.sure:
        assert len(frames) >= 2
        assert plate.score >= 0.6
    assert consensus(list(reversed(reads))).sure == plate.sure
