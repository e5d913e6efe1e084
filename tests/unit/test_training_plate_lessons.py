"""Lessons for plate networks: only what may be taught, varied as cameras vary it."""

import json

import cv2
import numpy as np
import pytest

from detectors.plate_net import PLATE_WH, REGION_WH, open_nets
from detectors.training.plate_lessons import (
    as_it_is,
    is_aside,
    is_two_lines,
    read_lessons,
    varied_plate,
    varied_region,
)
from detectors.training.plate_networks import GLANCES, HIGH, WIDE, usual_places
from detectors.training.plates import (
    FALLING,
    LEAST_RATE,
    RATE,
    WARM_STEPS,
    Run,
    main,
    rate,
)
from models.errors import EXIT_CONFIGURATION, ConfigurationError

CORNERS = ((30.0, 20.0), (130.0, 24.0), (129.0, 56.0), (29.0, 52.0))


def label(text, split="develop", corners=CORNERS, file="a.jpg"):
    return {"file": file, "text": text, "kind": "blue", "split": split, "corners": corners, "size": [160, 80]}


def a_set(folder, *labels):
    folder.mkdir(exist_ok=True)
    picture = np.full((80, 160, 3), 60, np.uint8)
    cv2.fillPoly(picture, [np.array(CORNERS, np.int32)], (200, 80, 20))
    cv2.imwrite(str(folder / "a.jpg"), picture)
    lines = [json.dumps({"seed": 1})] + [json.dumps(one) for one in labels]
    (folder / "labels.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return folder


def texts(count, *, aside=False):
    """So many texts that are kept aside, or not."""
    found = (f"浙B{number:05d}" for number in range(10_000))
    return [text for text in found if is_aside(text) == aside][:count]


def test_hold_out_texts_are_never_opened_and_a_slice_is_kept_aside(tmp_path):
    taught, aside = texts(5), texts(2, aside=True)
    held = label("浙A00001", split="hold-out", file="not-there.jpg")
    folder = a_set(tmp_path / "set", *(label(text) for text in taught + aside), held)
    lessons = read_lessons([folder])
    assert [[lesson.text for lesson in part] for part in lessons] == [taught, aside]


def test_about_a_twentieth_of_all_texts_is_kept_aside():
    assert len(texts(10_000, aside=True)) == pytest.approx(500, rel=0.25)


def test_plates_too_narrow_to_be_read_teach_nothing(tmp_path):
    narrow = ((10, 10), (40, 10), (40, 20), (10, 20))
    folder = a_set(tmp_path / "set", label(texts(1)[0], corners=narrow))
    with pytest.raises(ConfigurationError, match="too few"):
        read_lessons([folder])


@pytest.mark.parametrize("broken", ["", "not json", json.dumps({"file": "a.jpg"})])
def test_a_folder_that_is_no_set_is_told_by_name(tmp_path, broken):
    folder = a_set(tmp_path / "set")
    (folder / "labels.jsonl").write_text(f"{{}}\n{broken}", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=str(folder)):
        read_lessons([folder])


def test_a_lesson_as_it_is_shows_the_plate_and_nothing_else(tmp_path):
    folder = a_set(tmp_path / "set", label(texts(1)[0]), label(texts(1, aside=True)[0]))
    (lesson,), _ = read_lessons([folder])
    (region, corners), plate = as_it_is(lesson)
    assert region.shape[1::-1] == REGION_WH
    assert plate.shape[1::-1] == PLATE_WH
    assert plate[4:-4, 4:-4, 0].min() > 150  # the plate's blue
    inside = (corners * REGION_WH).astype(np.int32)
    mask = cv2.fillPoly(np.zeros(REGION_WH[::-1], np.uint8), [inside], 1)
    assert region[..., 0][cv2.erode(mask, np.ones((5, 5))) > 0].mean() > 170


def test_a_varied_lesson_keeps_the_plate_in_its_region_and_is_never_the_same(tmp_path):
    folder = a_set(tmp_path / "set", label(texts(1)[0]), label(texts(1, aside=True)[0]))
    (lesson,), _ = read_lessons([folder])
    chance = np.random.default_rng(1)
    for _, corners in (varied_region(lesson, chance) for _ in range(40)):
        assert (corners > -0.1).all()
        assert (corners < 1.1).all()
    plates = [varied_plate(lesson, chance) for _ in range(40)]
    assert {plate.shape[1::-1] for plate in plates} == {PLATE_WH}
    assert len({plate.tobytes() for plate in plates}) == 40
    same = [varied_plate(lesson, np.random.default_rng(2)).tobytes() for _ in range(2)]
    assert same[0] == same[1]


def test_kinds_of_two_lines_are_told_by_how_high_their_plates_are(tmp_path):
    high = ((30.0, 10.0), (130.0, 10.0), (130.0, 60.0), (30.0, 60.0))
    taught, aside = texts(3), texts(1, aside=True)
    labels = [label(taught[0]), label(aside[0])]
    labels += [label(text, corners=high) | {"kind": "yellow-double"} for text in taught[1:]]
    lessons, _ = read_lessons([a_set(tmp_path / "set", *labels)])
    assert [is_two_lines(lessons, kind) for kind in ("blue", "yellow-double")] == [False, True]


def test_a_reader_first_looks_at_both_halves_of_each_character_of_its_line():
    places = usual_places(7, [False, True]).argmax(axis=3)
    assert places.shape == (2, 7, GLANCES)
    rows, columns = places // WIDE / HIGH, places % WIDE
    assert (rows[..., 0] < rows[..., 1]).all()
    assert (rows[0].mean(axis=1) > 0.2).all()
    assert (rows[0].mean(axis=1) < 0.6).all()
    assert rows[1, :2].max() < rows[1, 2:].min()
    one, two = columns[..., 0]
    assert list(one) == sorted(one)
    assert two[0] < two[1]
    assert list(two[2:]) == sorted(two[2:])


def test_seldom_kinds_are_taught_oftener_than_they_are_met(tmp_path):
    pytest.importorskip("torch")
    taught, aside = texts(400), texts(1, aside=True)
    labels = [label(text) for text in taught + aside]
    for one in labels[:40]:
        one["kind"] = "yellow"
    run = Run(tmp_path / "run", [a_set(tmp_path / "set", *labels)], seed=1, threads=1)
    drawn = run.drawn(np.random.default_rng(1), most=100)
    assert len(set(drawn)) == 100
    share = sum(run.taught[index].kind == "yellow" for index in drawn) / 100
    assert 0.15 < share < 0.35  # the root of 40 beside the root of 360 is 0.25


def test_a_run_of_networks_of_another_shape_is_told_and_left_as_it_is(tmp_path):
    torch = pytest.importorskip("torch")
    taught, aside = texts(40), texts(3, aside=True)
    folder = a_set(tmp_path / "set", *(label(text) for text in taught + aside))
    assert main([str(folder), "--out", str(tmp_path / "run"), "--epochs", "1"]) == 0
    state = torch.load(tmp_path / "run" / "state.pt", weights_only=True)
    state["weights"]["reader.look.bias"] = torch.zeros(3)
    torch.save(state, tmp_path / "run" / "state.pt")
    before = (tmp_path / "run" / "state.pt").read_bytes()
    with pytest.raises(ConfigurationError, match="another shape"):
        Run(tmp_path / "run", [folder], seed=1, threads=1)
    assert (tmp_path / "run" / "state.pt").read_bytes() == before


def test_the_rate_warms_up_stays_and_falls():
    assert rate(0, 0) == pytest.approx(RATE / WARM_STEPS)
    assert rate(10_000, FALLING / 2) == RATE
    assert rate(10_000, 1.0) == pytest.approx(LEAST_RATE)
    falling = [rate(10_000, share) for share in np.linspace(FALLING, 1, 20)]
    assert falling == sorted(falling, reverse=True)


def test_a_folder_without_plates_ends_the_command_with_one_line(tmp_path, capsys):
    pytest.importorskip("torch")
    assert main([str(tmp_path), "--out", str(tmp_path / "run")]) == EXIT_CONFIGURATION
    assert capsys.readouterr().err.count("\n") == 1


def test_a_run_goes_on_where_it_was_killed_and_exports_what_the_reader_opens(tmp_path):
    pytest.importorskip("torch")
    pytest.importorskip("onnx")

    taught, aside = texts(40), texts(3, aside=True)
    folder = a_set(tmp_path / "set", *(label(text) for text in taught + aside))
    run, weights = tmp_path / "run", tmp_path / "weights"
    assert main([str(folder), "--out", str(run), "--epochs", "1"]) == 0
    assert main([str(folder), "--out", str(run), "--epochs", "2", "--bf16", "--export", str(weights)]) == 0
    epochs = [json.loads(line)["epoch"] for line in (run / "epochs.jsonl").read_text().splitlines()]
    assert epochs == [1, 2]
    nets = open_nets(weights)
    assert nets.kinds == ("blue",)
    assert set(nets.alphabet) == set("".join(taught + aside))


def test_teaching_goes_on_from_exported_networks_that_say_the_same_as_before(tmp_path):
    torch = pytest.importorskip("torch")
    pytest.importorskip("onnx")
    lessons = a_set(tmp_path / "set", *(label(text) for text in texts(40) + texts(3, aside=True)))
    first = Run(tmp_path / "first", [lessons], seed=1, threads=1)
    list(first.teach(1))
    first.export(tmp_path / "exported")
    chance = np.random.default_rng(0)
    plate = chance.integers(0, 255, (*PLATE_WH[::-1], 3)).astype(np.uint8)
    region = chance.integers(0, 255, (*REGION_WH[::-1], 3)).astype(np.uint8)
    before = open_nets(tmp_path / "exported")

    second = Run(tmp_path / "second", [lessons], seed=2, threads=1, start=tmp_path / "exported")
    spreads = [one.running_var for one in second.reader.modules() if isinstance(one, torch.nn.BatchNorm2d)]
    assert all(not torch.allclose(spread, torch.ones_like(spread), atol=0.01) for spread in spreads)
    second.export(tmp_path / "again")
    after = open_nets(tmp_path / "again")
    (one, many), (other, more) = before.read(plate)[::2], after.read(plate)[::2]
    assert (one, many) == (other, more)
    assert before.read(plate)[1] == pytest.approx(after.read(plate)[1], abs=1e-4)
    assert np.abs(before.locate(region) - after.locate(region)).max() < 0.01

    (begun,) = second.teach(1)
    third = Run(tmp_path / "second", [lessons], seed=2, threads=1, start=tmp_path / "nowhere")
    assert third.epoch == begun["epoch"] == 1


def test_what_cannot_be_gone_on_from_is_refused_by_name(tmp_path, capsys):
    pytest.importorskip("torch")
    onnx = pytest.importorskip("onnx")
    lessons = a_set(tmp_path / "set", *(label(text) for text in texts(40) + texts(3, aside=True)))
    exported = tmp_path / "exported"
    Run(tmp_path / "first", [lessons], seed=1, threads=1).export(exported)

    def refused(word):
        command = [str(lessons), "--out", str(tmp_path / "run"), "--epochs", "1", "--from", str(exported)]
        assert main(command) == EXIT_CONFIGURATION
        (line,) = capsys.readouterr().err.splitlines()
        assert word in line
        assert str(exported) in line

    whole = (exported / "clearway-plates.onnx").read_bytes()
    model = onnx.load_from_string(whole)
    model.graph.initializer[0].dims[0] += 1
    model.graph.initializer[0].raw_data += bytes(len(model.graph.initializer[0].raw_data))
    (exported / "clearway-plates.onnx").write_bytes(model.SerializeToString())
    refused("another shape")
    model = onnx.load_from_string(whole)
    next(node for node in model.graph.node if node.op_type == "Conv").input.pop()
    (exported / "clearway-plates.onnx").write_bytes(model.SerializeToString())
    refused("another shape")
    model = onnx.load_from_string(whole)
    model.metadata_props[0].value += "X"
    (exported / "clearway-plates.onnx").write_bytes(model.SerializeToString())
    refused("taught other plates")
    (exported / "clearway-plates.onnx").write_bytes(whole[:100])
    refused("no ONNX file")
