"""Five looks at one parked vehicle's plate: neither five copies nor five plates."""

import cv2
import numpy as np
import pytest

from models.errors import ConfigurationError
from studio.plates.numbers import is_held_out
from studio.plates.sequences import (
    LEAST_WIDTH_PX,
    LOOKS,
    MOST_WIDTH_PX,
    sequence,
    sequences_of,
    write_sequences,
)

SEED = 5


def test_a_sequence_is_one_plate_seen_five_times_each_time_otherwise():
    jpegs, label = sequence(0, 17, SEED)
    assert len(set(jpegs)) == len(label.looks) == LOOKS
    widths = [look.catch.width_px for look in label.looks]
    assert max(widths) / min(widths) < 1.1
    assert len({look.catch.dirt for look in label.looks}) == 1
    assert len({look.catch.night for look in label.looks}) == 1
    assert max(abs(look.catch.yaw_deg - label.looks[0].catch.yaw_deg) for look in label.looks) < 8


def test_a_longer_sequence_begins_as_the_shorter_one(tmp_path):
    jpegs, label = sequence(0, 17, SEED, 7)
    assert len(set(jpegs)) == len(label.looks) == 7
    assert jpegs[:LOOKS] == sequence(0, 17, SEED)[0]
    [*write_sequences(tmp_path, 1, SEED, "develop", 7)]
    with pytest.raises(ConfigurationError, match="looks"):
        [*write_sequences(tmp_path, 2, SEED, "develop")]


def test_the_dirt_stays_where_it_is_and_the_noise_does_not():
    number = next(n for n in range(400) if sequence(0, n, SEED)[1].looks[0].catch.dirt > 0.4)
    jpegs, label = sequence(0, number, SEED)
    plates = []
    for jpeg, look in zip(jpegs, label.looks, strict=True):
        picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)
        flat = np.array([(0, 0), (120, 0), (120, 40), (0, 40)], np.float32)
        move = cv2.getPerspectiveTransform(np.array(look.corners, np.float32), flat)
        plates.append(cv2.GaussianBlur(cv2.warpPerspective(picture, move, (120, 40)), (0, 0), 2).ravel())
    assert np.corrcoef(plates[0], plates[1])[0, 1] > 0.7
    assert (plates[0] != plates[1]).any()


def test_every_plate_is_wide_enough_to_be_read():
    for number in range(0, 60, 6):
        label = sequence(0, number, SEED)[1]
        for look in label.looks:
            assert LEAST_WIDTH_PX <= look.catch.width_px <= MOST_WIDTH_PX


def test_a_number_and_a_seed_always_give_the_same_sequence():
    assert sequence(3, 17, SEED) == sequence(3, 17, SEED)
    assert sequence(3, 17, SEED)[0] != sequence(3, 17, SEED + 1)[0]


@pytest.mark.parametrize("split", ["develop", "hold-out"])
def test_a_set_holds_texts_of_one_split_only_and_goes_on_where_it_was_stopped(tmp_path, split):
    assert [*write_sequences(tmp_path, 2, SEED, split)] == [0, 1, 2]
    with (tmp_path / "labels.jsonl").open("ab") as labels:
        labels.write(b'{"text":"cut off')
    assert [*write_sequences(tmp_path, 3, SEED, split)] == [2, 3]
    labels = [*sequences_of(tmp_path)]
    assert len({label.text for label in labels}) == 3
    for label in labels:
        assert is_held_out(label.text) == (split == "hold-out")
        for look in label.looks:
            assert cv2.imread(str(tmp_path / look.file)).shape[1::-1] == look.size


def test_a_folder_of_the_other_split_is_refused(tmp_path):
    [*write_sequences(tmp_path, 1, SEED, "develop")]
    with pytest.raises(ConfigurationError, match="split"):
        [*write_sequences(tmp_path, 2, SEED, "hold-out")]
