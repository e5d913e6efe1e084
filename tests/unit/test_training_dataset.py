"""Labelled pictures: what is read, and every fault told with its file and line."""

import cv2
import numpy as np
import pytest

from detectors.training.card import read_card
from detectors.training.dataset import digest, label_file, parse_line, read_split
from models.errors import ConfigurationError

CARD = "path: .\ntrain: images/train\nval: images/val\nnames: [car, stall]\n"


@pytest.fixture
def folder(tmp_path):
    """Two splits of two pictures each, labelled without a fault."""
    for split in ("train", "val"):
        for name in ("a", "b"):
            write(tmp_path, split, name, "0 0.5 0.5 0.2 0.4\n1 0.25 0.25 0.5 0.5\n")
    (tmp_path / "data.yaml").write_text(CARD, encoding="utf-8")
    return tmp_path


def write(folder, split, name, labels):
    picture = folder / "images" / split / f"{name}.png"
    picture.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(picture), np.zeros((4, 8, 3), np.uint8))
    label = folder / "labels" / split / f"{name}.txt"
    label.parent.mkdir(parents=True, exist_ok=True)
    if labels is not None:
        label.write_text(labels, encoding="utf-8")
    return label


def faults_of(folder, split="train"):
    with pytest.raises(ConfigurationError) as caught:
        read_split(read_card(folder / "data.yaml"), split)
    return caught.value.faults


def test_pictures_come_with_their_boxes_and_class_names(folder):
    one, other = read_split(read_card(folder / "data.yaml"), "train")
    assert (one.picture.name, other.picture.name) == ("a.png", "b.png")
    assert one.labels == ("car", "stall")
    assert one.boxes_xyxy == pytest.approx(np.array([[0.4, 0.3, 0.6, 0.7], [0, 0, 0.5, 0.5]]))


@pytest.mark.parametrize("labels", [None, "", "\n\n"], ids=["no file", "an empty file", "blank lines"])
def test_a_picture_without_labels_shows_nothing(folder, labels):
    write(folder, "train", "c", labels)
    assert read_split(read_card(folder / "data.yaml"), "train")[2].labels == ()


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("0 0.5 0.5 0.2", "has 4 values, a label has 5"),
        ("0 0.5 0.5 0.2 0.4 0.9", "has 6 values, a label has 5"),
        ("car 0.5 0.5 0.2 0.4", "is not five numbers: 'car 0.5 0.5 0.2 0.4'"),
        ("2 0.5 0.5 0.2 0.4", "class 2 is unknown; the data card names 0 to 1"),
        ("-1 0.5 0.5 0.2 0.4", "class -1 is unknown"),
        ("0.5 0.5 0.5 0.2 0.4", "class 0.5 is unknown"),
        ("nan 0.5 0.5 0.2 0.4", "class nan is unknown"),
        ("0 320 0.5 0.2 0.4", "320 is outside 0..1; are these pixels?"),
        ("0 0.5 -0.1 0.2 0.4", "-0.1 is outside 0..1"),
        ("0 0.5 nan 0.2 0.4", "nan is outside 0..1"),
        ("0 0.5 0.5 0 0.4", "its box has no area"),
    ],
)
def test_a_wrong_line_is_told_with_its_file_and_number(folder, row, says):
    file = write(folder, "train", "b", f"0 0.5 0.5 0.2 0.4\n\n{row}\n")
    (fault,) = faults_of(folder)
    assert (fault.source, fault.line) == (str(file), 3)
    assert says in fault.problem
    assert fault.remedy


def test_coordinates_may_be_rounded_past_the_edge():
    assert parse_line("1 0.50005 0.5 1.00005 1", 2) == ((1, 0.50005, 0.5, 1.00005, 1.0), "")


def test_all_faults_are_told_at_once(folder):
    write(folder, "train", "a", "9 0.5 0.5 0.2 0.4\n")
    write(folder, "train", "b", "0 0.5 0.5 0.2\n0 2 0.5 0.2 0.4\n")
    assert [fault.line for fault in faults_of(folder)] == [1, 1, 2]


def test_so_many_faults_that_nobody_reads_them_are_counted(folder):
    write(folder, "train", "a", "9 0.5 0.5 0.2 0.4\n" * 70)
    *_, last = faults_of(folder)
    assert last.problem == "and 20 more faults like these"


def test_labels_without_a_picture_are_a_fault(folder):
    (folder / "images" / "train" / "a.png").unlink()
    (fault,) = faults_of(folder)
    assert fault.source == str(folder / "labels" / "train" / "a.txt")
    assert fault.problem == "labels a picture that is not there"


def test_what_labelling_tools_leave_among_the_labels_is_none(folder):
    (folder / "labels" / "train" / "classes.txt").write_text("car\nstall\n")
    assert len(read_split(read_card(folder / "data.yaml"), "train")) == 2


def test_a_folder_without_pictures_is_a_fault_at_its_line(folder):
    (folder / "images" / "none").mkdir()
    (folder / "data.yaml").write_text(CARD.replace("images/val", "images/none"))
    (fault,) = faults_of(folder, "val")
    assert (fault.line, fault.key) == (3, "val")
    assert "no pictures in" in fault.problem


def test_a_split_that_the_card_does_not_name_is_refused(folder):
    (fault,) = faults_of(folder, "test")
    assert fault.problem == "has no split 'test'"
    assert "train, val" in fault.remedy


def test_a_list_picks_pictures_and_the_others_keep_their_labels(folder):
    (folder / "few.txt").write_text("images/train/b.png\n\n")
    (folder / "data.yaml").write_text(CARD.replace("images/train", "few.txt"))
    (one,) = read_split(read_card(folder / "data.yaml"), "train")
    assert one.picture.name == "b.png"


def test_a_listed_picture_that_is_not_there_is_told_at_its_line(folder):
    (folder / "few.txt").write_text("images/train/b.png\nimages/train/z.png\n")
    (folder / "data.yaml").write_text(CARD.replace("images/train", "few.txt"))
    (fault,) = faults_of(folder)
    assert (fault.source, fault.line) == (str(folder / "few.txt"), 2)


@pytest.mark.parametrize(
    ("picture", "label"),
    [
        ("/set/images/train/a.jpg", "/set/labels/train/a.txt"),
        ("/set/train/images/a.jpg", "/set/train/labels/a.txt"),
        ("/images/set/images/a.jpg", "/images/set/labels/a.txt"),
        ("/set/train/a.jpg", "/set/train/a.txt"),
    ],
)
def test_labels_stand_beside_images(tmp_path, picture, label):
    assert label_file(type(tmp_path)(picture)) == type(tmp_path)(label)


def test_what_was_learnt_from_has_one_word_that_changes_with_a_label(folder):
    def word():
        return digest([read_split(read_card(folder / "data.yaml"), "train")])

    before = word()
    assert word() == before
    write(folder, "train", "a", "1 0.5 0.5 0.2 0.4\n")
    assert word() != before


@pytest.mark.parametrize(
    ("text", "line", "key", "says"),
    [
        pytest.param(CARD.replace("images/val", "images/vol"), 3, "val", "no such folder", id="folder"),
        pytest.param(CARD.replace("path: .", "path: none"), 1, "path", "no such folder", id="root"),
        pytest.param("train: images/train\n", 0, "names", "names no classes", id="no names"),
        pytest.param("train: images/train\nnames:\n  1: car\n", 2, "names", "names no classes", id="gap"),
        pytest.param(CARD.replace("stall", "car"), 4, "names", "'car' stands twice", id="twice"),
        pytest.param(CARD + "nc: 3\n", 5, "nc", "says 3 classes where 2 are named", id="count"),
        pytest.param("names: [car]\n", 0, "train", "names no pictures", id="no pictures"),
        pytest.param("names: [car\ntrain: x\n", 2, "", "is not YAML", id="no YAML"),
        pytest.param("just a text\n", 0, "", "is no data card", id="no card"),
    ],
)
def test_a_wrong_card_is_told_at_its_line(folder, text, line, key, says):
    (folder / "data.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        read_card(folder / "data.yaml")
    (fault,) = caught.value.faults
    assert (fault.source, fault.line, fault.key) == (str(folder / "data.yaml"), line, key)
    assert says in fault.problem


def test_a_missing_card_is_refused(tmp_path):
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_card(tmp_path / "none.yaml")


def test_numbered_names_are_read_in_their_order(folder):
    (folder / "data.yaml").write_text("train: images/train\nnames:\n  1: stall\n  0: car\n")
    assert read_card(folder / "data.yaml").names == ("car", "stall")
