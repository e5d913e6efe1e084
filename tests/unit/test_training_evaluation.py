"""Measuring a network on labelled pictures, the report, the run card. The network here always sees a car."""

import base64
import re

import cv2
import msgspec
import numpy as np
import pytest
from parts_network import SIDE_PX, write_network

from detectors.opening import open_network
from detectors.shipped import NAME, shipped_network
from detectors.training.card import read_card
from detectors.training.evaluation import VEHICLE, evaluate, read_pixels
from detectors.training.export import Exported, write_card
from detectors.training.precision import Matched, of_height
from detectors.training.report import PICTURES_MOST, write_report
from detectors.training.runcard import Lessons, RunCard, Taught, read_run, replace, write_run
from models.errors import ConfigurationError

THERE = "0.5 0.5 0.25 0.25"
"""Where the network sees its car, as a label."""


@pytest.fixture
def network(tmp_path):
    return write_network(tmp_path / "one-car.onnx")


def data(folder, *labels, names="[car, truck, stall]"):
    """A card of pictures with these labels, a text each."""
    for number, text in enumerate(labels):
        picture = folder / "images" / f"{number:02}.png"
        picture.parent.mkdir(exist_ok=True)
        cv2.imwrite(str(picture), np.full((SIDE_PX, SIDE_PX, 3), 90, np.uint8))
        (folder / "labels").mkdir(exist_ok=True)
        (folder / "labels" / f"{number:02}.txt").write_text(text)
    (folder / "data.yaml").write_text(f"val: images\nnames: {names}\n")
    return read_card(folder / "data.yaml")


def measured(path, card):
    return evaluate(path, card, "val", size_px=SIDE_PX)


def by_label(evaluation):
    return {row.label: row for row in evaluation.classes}


def test_a_network_that_is_right_is_perfect(network, tmp_path):
    evaluation, sights = measured(network, data(tmp_path, f"0 {THERE}", f"0 {THERE}"))
    car = by_label(evaluation)["car"]
    assert (car.boxes, car.ap50) == (2, 1.0)
    assert [(bar.score, bar.precision, bar.recall) for bar in car.bars] == [(0.25, 1, 1), (0.5, 1, 1)]
    assert all(sight.badness == 0 and len(sight.hits) == 1 for sight in sights)


def test_what_is_missed_and_what_is_not_there_both_count(network, tmp_path):
    evaluation, sights = measured(network, data(tmp_path, f"0 {THERE}", "", "0 0.2 0.2 0.1 0.1"))
    bar = by_label(evaluation)["car"].bars[0]
    assert (bar.precision, bar.recall) == (pytest.approx(1 / 3, abs=1e-4), 0.5)
    assert [(len(sight.misses), len(sight.false_alarms)) for sight in sights] == [(0, 0), (0, 1), (1, 1)]


def test_a_truck_taken_for_a_car_is_wrong_as_a_class_and_right_as_a_vehicle(network, tmp_path):
    evaluation, (sight,) = measured(network, data(tmp_path, f"1 {THERE}"))
    assert by_label(evaluation)["truck"].ap50 == 0
    assert (evaluation.vehicle.label, evaluation.vehicle.ap50) == (VEHICLE, 1)
    ((_, text),) = sight.hits
    assert text == "truck as car 0.90"


def test_the_mean_of_vehicles_leaves_out_classes_that_are_not_there(network, tmp_path):
    evaluation, _ = measured(network, data(tmp_path, f"0 {THERE}\n1 0.1 0.1 0.1 0.1"))
    assert evaluation.vehicles_ap50 == 0.5
    evaluation, _ = measured(network, data(tmp_path, f"0 {THERE}"))
    assert evaluation.vehicles_ap50 == 1
    evaluation, _ = measured(network, data(tmp_path, f"2 {THERE}"))
    assert evaluation.vehicles_ap50 is None


def test_a_class_that_the_network_cannot_know_is_named_and_missed(network, tmp_path):
    evaluation, _ = measured(network, data(tmp_path, f"2 {THERE}"))
    assert evaluation.unknown == ("truck", "stall")
    assert by_label(evaluation)["stall"].ap50 == 0


def test_recall_is_told_by_height(network, tmp_path):
    evaluation, _ = measured(network, data(tmp_path, f"0 {THERE}\n0 0.2 0.2 0.1 0.1"))
    heights = [(of.from_px, of.boxes, of.found) for of in evaluation.vehicle.heights if of.boxes]
    assert heights == [(0, 1, 0), (16, 1, 1)]


def test_what_is_too_low_to_be_judged_is_neither_missed_nor_a_false_alarm():
    matched = Matched(np.array([True, True, False, False]), np.array([0, 1, -1]))
    heights, true_heights = np.array([50.0, 42.0, 60.0, 10.0]), np.array([50.0, 38.0, 70.0])
    counts, high = of_height(matched, heights, true_heights, 40)
    assert counts.tolist() == [True, False, True, False]
    assert high.tolist() == [True, False, True]


def test_average_precision_is_told_again_of_what_is_high_enough(network, tmp_path):
    evaluation, _ = measured(network, data(tmp_path, f"0 {THERE}"))
    assert (evaluation.vehicle.ap50, evaluation.vehicle.judged, evaluation.vehicle.judged_ap50) == (
        1,
        0,
        None,
    )
    evaluation, _ = measured(network, data(tmp_path, f"0 {THERE}\n0 0.5 0.5 0.9 0.9"))
    assert (evaluation.vehicle.judged, evaluation.vehicle.judged_ap50) == (1, 0)


def test_the_measure_says_of_what_it_is(network, tmp_path):
    evaluation, _ = measured(network, data(tmp_path, f"0 {THERE}"))
    assert (evaluation.network, evaluation.data, evaluation.split) == ("one-car.onnx", "data.yaml", "val")
    assert len(evaluation.sha256) == 64
    assert evaluation.cpu_ms >= 0


def test_progress_is_told_after_every_picture(network, tmp_path):
    told = []
    card = data(tmp_path, "", "", "")
    evaluate(network, card, "val", size_px=SIDE_PX, seen=lambda done, of: told.append((done, of)))
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_a_picture_that_is_none_is_refused_by_its_name(tmp_path):
    (tmp_path / "a.png").write_text("a letter")
    with pytest.raises(ConfigurationError, match=r"a\.png: is no picture that can be read"):
        read_pixels(tmp_path / "a.png")


@pytest.mark.parametrize(("bar", "cars"), [(0.01, 1), (0.25, 1), (0.95, 0)])
def test_a_network_may_be_opened_with_another_bar(network, bar, cars):
    pixels = np.zeros((SIDE_PX, SIDE_PX, 3), np.uint8)
    assert len(open_network(network, min_score=bar).detect(pixels)) == cars


def test_the_report_shows_the_worst_first_and_needs_no_other_file(network, tmp_path):
    evaluation, sights = measured(network, data(tmp_path, f"0 {THERE}", "0 0.2 0.2 0.1 0.1", ""))
    write_report(tmp_path / "index.html", evaluation, sights)
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert re.findall(r'alt="(\d+)\.png"', page) == ["01", "02", "00"]
    assert "1 are without a fault" in page
    first = re.search(r"data:image/jpeg;base64,([^\"]+)", page).group(1)
    assert cv2.imdecode(np.frombuffer(base64.b64decode(first), np.uint8), 1).shape == (SIDE_PX, SIDE_PX, 3)
    assert "http://" not in page
    assert "https://" not in page


def test_the_report_has_a_limit(network, tmp_path):
    evaluation, sights = measured(network, data(tmp_path, "", f"0 {THERE}"))
    write_report(tmp_path / "index.html", evaluation, sights * PICTURES_MOST)
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert page.count("<img") == PICTURES_MOST
    assert f"The worst {PICTURES_MOST} of {2 * PICTURES_MOST}" in page


def run_card(**more):
    fields = {
        "taught": Taught(epochs=3, size_px=416, batch=16, seed=1, start=None),
        "lessons": Lessons(
            card="data.yaml",
            digest="d" * 64,
            classes=("car", "stall"),
            pictures={"train": 40, "val": 10},
            boxes={"car": 90, "stall": 12},
        ),
        "architecture": "nano " + "a" * 64,
        "versions": {"clearway": "0.1.0"},
        "threads": 2,
    }
    return RunCard(**(fields | more))


def test_a_run_card_is_read_as_it_was_written(tmp_path):
    assert read_run(tmp_path) is None
    write_run(tmp_path, run_card())
    assert read_run(tmp_path) == run_card()
    assert not read_run(tmp_path).finished


@pytest.mark.parametrize("text", ["", "a letter", "[]", '{"taught": 1}'])
def test_what_is_no_run_card_is_refused_by_its_name(tmp_path, text):
    (tmp_path / "run.json").write_text(text)
    with pytest.raises(ConfigurationError, match=r"run\.json: is no run card"):
        read_run(tmp_path)


def test_a_file_is_replaced_whole(tmp_path):
    file = tmp_path / "a"
    replace(file, b"one")
    replace(file, b"two")
    assert (file.read_bytes(), [path.name for path in tmp_path.iterdir()]) == (b"two", ["a"])


def exported():
    return Exported(
        file="nano.onnx",
        sha256="b" * 64,
        mb=3.3,
        size_px=416,
        classes=("car", "stall"),
        compared=8,
        cpu_ms=20.0,
    )


def test_the_card_tells_all_runs_from_the_first_and_random_numbers(tmp_path):
    second = Taught(epochs=5, size_px=352, batch=8, seed=1, start="network.pt " + "c" * 64)
    chained = run_card(taught=second, before=run_card())
    text = write_card(tmp_path / "nano.onnx", exported(), chained, None).read_text(encoding="utf-8")
    for words in (
        "1. 40 pictures of `data.yaml`",
        "10 others, for 3 epochs of 416 px",
        "2. 40 pictures of `data.yaml`",
        "10 others, for 5 epochs of 352 px",
        "no third party's weights are in it",
        "architecture `nano aaaa",
    ):
        assert words in text


def test_the_card_of_a_run_from_weights_nobody_knows_names_them(tmp_path):
    unknown = Taught(epochs=5, size_px=352, batch=8, seed=1, start="yolo.pt " + "c" * 64)
    text = write_card(tmp_path / "n.onnx", exported(), run_card(taught=unknown), None).read_text("utf-8")
    assert "It started from the weights `yolo.pt cccc" in text
    assert "no third party's weights" not in text


def test_the_card_of_a_network_says_what_it_is_where_from_and_how_good(network, tmp_path):
    evaluation, _ = measured(network, data(tmp_path, f"0 {THERE}"))
    text = write_card(tmp_path / "nano.onnx", exported(), run_card(), evaluation).read_text(encoding="utf-8")
    for words in (
        "| SHA-256 | `" + "b" * 64,
        "| licence | AGPL-3.0-or-later |",
        "40 pictures of `data.yaml`",
        "no third party's weights are in it",
        "| stall | 12 |",
        "| car | 1 | 1.000 | 0 | – | 1.000 | 1.000 | 1.000 | 1.000 |",
    ):
        assert words in text


def test_the_card_of_unknown_weights_says_so(tmp_path):
    text = write_card(tmp_path / "nano.onnx", exported(), None, None).read_text(encoding="utf-8")
    assert "Not known: no run card stood beside the weights." in text
    assert "Not measured" in text
    assert "AGPL" not in text


def test_the_network_that_ships_is_found_where_it_stands(tmp_path):
    assert shipped_network(tmp_path) is None
    (tmp_path / NAME).write_bytes(b"")
    assert shipped_network(tmp_path) == tmp_path / NAME


def test_figures_can_be_read_by_machines(network, tmp_path):
    evaluation, _ = measured(network, data(tmp_path, f"0 {THERE}"))
    values = msgspec.json.decode(msgspec.json.encode(evaluation))
    assert values["classes"][0]["ap50"] == 1.0
    assert values["vehicle"]["bars"][0] == {"score": 0.25, "precision": 1.0, "recall": 1.0}
