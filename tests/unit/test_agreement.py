"""Two networks side by side: who found what the other is sure of."""

import numpy as np
import pytest
from factories import NOON

from benchmarks import agreement
from benchmarks.agreement import Tally, count, figures
from detectors.look import Detections
from detectors.network import ScriptedNetwork
from detectors.things import Standing
from models.errors import EXIT_CONFIGURATION

CAR = (0.2, 0.3, 0.5, 0.6)
VAN = (0.6, 0.3, 0.9, 0.6)
FAR = (0.1, 0.1, 0.12, 0.12)
HIGH = 360


def found(*boxes, score=0.8):
    return Detections(np.array(boxes).reshape(-1, 4), np.full(len(boxes), score), ("car",) * len(boxes))


def counted(ours, theirs):
    tally = Tally()
    count(tally, ours, theirs, HIGH)
    return tally


def test_what_both_see_is_found_and_nobody_is_alone():
    tally = counted(found(CAR, VAN), found(CAR, VAN))
    assert (tally.asked, tally.found, tally.said, tally.alone) == (2, 2, 2, 0)


def test_what_only_the_network_sees_is_its_alone():
    tally = counted(found(CAR, VAN), found(CAR))
    assert (tally.asked, tally.found, tally.said, tally.alone) == (1, 1, 2, 1)


def test_what_the_reference_doubts_is_not_asked_and_yet_known():
    tally = counted(found(CAR), found(CAR, score=0.3))
    assert (tally.asked, tally.said, tally.alone) == (0, 1, 0)


def test_what_is_too_far_away_is_not_asked():
    assert counted(found(), found(FAR)).asked == 0


def test_the_network_finds_what_stands_longest_in_half_of_the_looks():
    stood = Standing(
        id="1",
        label="car",
        score=0.9,
        box_xyxy=CAR,
        picture=b"",
        first_ground_xy=(0.3, 0.6),
        first_seen_at=NOON,
        last_seen_at=NOON,
    )
    tally = Tally(
        looks=[np.array([CAR]), np.zeros((0, 4)), np.array([VAN]), np.array([VAN, CAR])], stood=stood
    )
    assert tally.standing_found == pytest.approx(0.5)
    assert any(figure.bar == 0.8 and not figure.holds for figure in figures(tally))


def test_what_is_no_video_and_a_senseless_interval_are_refused_in_a_sentence(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(agreement, "open_network", lambda _: ScriptedNetwork([]))
    words = tmp_path / "words.mp4"
    words.write_text("no video")
    assert agreement.main([str(words), "--reference", "any.onnx"]) == EXIT_CONFIGURATION
    assert "holds data that is no video" in capsys.readouterr().err
    for every in ("0", "-1", "nan", "inf"):
        with pytest.raises(SystemExit):
            agreement.main([str(words), "--reference", "any.onnx", "--every", every])
        assert "--every" in capsys.readouterr().err
