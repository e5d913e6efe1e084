"""`clearway train`, `evaluate` and `export` on the command line, as far as they go without the extra."""

import importlib.util
import json

import cv2
import numpy as np
import pytest
from parts_network import SIDE_PX, write_network
from typer.testing import CliRunner

from clearway import cli
from detectors.training.runcard import Epoch, Lessons, RunCard, Taught, write_run
from models.errors import ConfigurationError

WITHOUT_EXTRA = pytest.mark.skipif(
    importlib.util.find_spec("ultralytics") is not None, reason="the extra clearway[ultralytics] is installed"
)


EPOCH = Epoch(epoch=1, loss=1.0, precision=0.0, recall=0.0, ap50=0.0, ap50_95=0.0, wall_s=1.0)


@pytest.fixture
def card(tmp_path):
    for kind in ("images", "labels"):
        (tmp_path / kind).mkdir()
    cv2.imwrite(str(tmp_path / "images" / "a.png"), np.full((SIDE_PX, SIDE_PX, 3), 90, np.uint8))
    (tmp_path / "labels" / "a.txt").write_text("0 0.5 0.5 0.25 0.25\n")
    (tmp_path / "data.yaml").write_text("train: images\nval: images\nnames: [car]\n")
    return tmp_path / "data.yaml"


def clearway(*arguments):
    """Run a command in this process; our own errors come through, as `cli.run` shows them."""
    done = CliRunner().invoke(cli.app, [str(word) for word in arguments])
    if isinstance(done.exception, ConfigurationError):
        raise done.exception
    return done


def write_a_run(folder, **more):
    folder.mkdir()
    lessons = Lessons(card="data.yaml", digest="d", classes=("car",), pictures={}, boxes={})
    taught = Taught(epochs=3, size_px=416, batch=16, seed=1, start=None)
    fields = {"taught": taught, "lessons": lessons, "architecture": None, "versions": {}, "threads": 1}
    write_run(folder, RunCard(**(fields | more)))


@WITHOUT_EXTRA
@pytest.mark.parametrize("command", ["train", "export"])
def test_without_the_extra_it_says_how_to_install_it(card, tmp_path, command):
    (tmp_path / "w.pt").write_bytes(b"")
    words = {
        "train": ("train", card, "--out", tmp_path / "run"),
        "export": ("export", tmp_path / "w.pt", "--out", tmp_path / "w.onnx"),
    }[command]
    with pytest.raises(ConfigurationError, match=r"needs ultralytics.*pip install 'clearway\[ultralytics\]'"):
        clearway(*words)
    assert not (tmp_path / "run").exists()


def test_faults_of_both_splits_are_told_before_anything_is_loaded(card, tmp_path):
    (tmp_path / "labels" / "a.txt").write_text("7 0.5 0.5 0.25 0.25\n")
    with pytest.raises(ConfigurationError) as caught:
        clearway("train", card, "--out", tmp_path / "run")
    assert [fault.line for fault in caught.value.faults] == [1, 1]


def test_pictures_without_any_label_teach_nothing(card, tmp_path):
    (tmp_path / "labels" / "a.txt").write_text("")
    with pytest.raises(ConfigurationError, match="no picture of `train` has a label"):
        clearway("train", card, "--out", tmp_path / "run")


def test_a_folder_with_a_run_is_not_written_over(card, tmp_path):
    write_a_run(tmp_path / "run", epochs=(EPOCH,))
    with pytest.raises(ConfigurationError, match="holds a run already; go on with --resume"):
        clearway("train", card, "--out", tmp_path / "run")


def test_a_finished_run_does_not_go_on(card, tmp_path):
    write_a_run(tmp_path / "run", sha256="a" * 64)
    with pytest.raises(ConfigurationError, match="is finished; start another from it: --from"):
        clearway("train", card, "--out", tmp_path / "run", "--resume")


def test_there_must_be_a_run_to_go_on_with(card, tmp_path):
    with pytest.raises(ConfigurationError, match="holds no run to go on with"):
        clearway("train", card, "--out", tmp_path / "run", "--resume")


def test_weights_to_start_from_must_be_there(card, tmp_path):
    with pytest.raises(ConfigurationError, match=r"no such weights; give --from a \.pt file"):
        clearway("train", card, "--out", tmp_path / "run", "--from", tmp_path / "none.pt")


@pytest.mark.parametrize(("command", "flag"), [("train", "--size"), ("export", "--size")])
def test_a_size_that_no_network_has_is_refused(card, command, flag):
    done = clearway(command, card, "--out", "x", flag, "100")
    assert done.exit_code == 2
    assert "multiple of 32" in done.output


@pytest.mark.parametrize(
    ("weights", "out", "says"),
    [
        ("w.onnx", "x.onnx", "is no .pt file"),
        ("w.pt", "x.bin", "is no .onnx file"),
        ("w.pt", "x.onnx", "no such weights"),
    ],
)
def test_export_wants_weights_and_a_name(tmp_path, weights, out, says):
    with pytest.raises(ConfigurationError, match=says):
        clearway("export", tmp_path / weights, "--out", tmp_path / out)


def test_evaluate_prints_figures_for_machines(card, tmp_path):
    done = clearway("evaluate", write_network(tmp_path / "one-car.onnx"), card, "--json")
    assert done.exit_code == 0
    figures = json.loads(done.stdout)
    assert (figures["pictures"], figures["vehicle"]["ap50"], figures["unknown"]) == (1, 1.0, [])


def test_evaluate_prints_a_table_and_writes_a_report(card, tmp_path):
    network = write_network(tmp_path / "one-car.onnx")
    done = clearway("evaluate", network, card, "--report", tmp_path / "report")
    assert done.exit_code == 0
    assert "any vehicle" in done.stdout
    assert (tmp_path / "report" / "index.html").is_file()
    assert json.loads((tmp_path / "report" / "figures.json").read_text())["pictures"] == 1


def test_evaluate_refuses_a_split_that_is_not_there(card, tmp_path):
    with pytest.raises(ConfigurationError, match="has no split 'test'"):
        clearway("evaluate", write_network(tmp_path / "one-car.onnx"), card, "--split", "test")
