"""Training, export and evaluation with the real library, on a set of pictures that the test draws.

Two epochs of 64 px teach nothing; what is tried is that everything fits together, survives a kill, and asks
nobody on the network.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

import cv2
import msgspec
import numpy as np
import onnxruntime
import pytest
from parts_network import write_network

from detectors import extra
from detectors.heads import boxed
from detectors.opening import open_network
from detectors.training.card import read_card
from detectors.training.evaluation import evaluate
from detectors.training.export import export
from detectors.training.fitting import train
from detectors.training.order import Order
from detectors.training.preparing import ARCHITECTURE
from detectors.training.runcard import read_run, sha256, write_run
from detectors.training.unfolding import unfold
from models.errors import ConfigurationError

pytest.importorskip(
    "ultralytics", reason="needs the extra clearway[ultralytics]: scripts/setup-ultralytics.sh FOLDER"
)
torch = pytest.importorskip("torch")
pytestmark = [pytest.mark.ultralytics, pytest.mark.filterwarnings("default")]  # the library's own

SIZE = 64
CHILD = Path(__file__).parents[1] / "training_child.py"


class Counting:
    """Counts what it is told."""

    def __init__(self):
        self.begun, self.batches, self.epochs = [], 0, []

    def begins(self, epochs, done, batches):
        self.begun.append((epochs, done, batches))

    def batch(self):
        self.batches += 1

    def epoch(self, epoch):
        self.epochs.append(epoch.epoch)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Eight pictures to learn from and four to be judged by: a white car and a red stall in each."""
    folder = tmp_path_factory.mktemp("set")
    chance = np.random.default_rng(1)
    for split, count in (("train", 8), ("val", 4)):
        for kind in ("images", "labels"):
            (folder / kind / split).mkdir(parents=True)
        for number in range(count):
            pixels = chance.integers(90, 130, (64, 96, 3), dtype=np.uint8)
            rows = []
            for label, colour in enumerate(((255, 255, 255), (0, 0, 255))):
                size = chance.uniform(0.2, 0.4, 2)
                middle = chance.uniform(size / 2, 1 - size / 2)
                corners = ((middle + side * size / 2) * (96, 64) for side in (-1, 1))
                first, second = (tuple(map(int, corner)) for corner in corners)
                cv2.rectangle(pixels, first, second, colour, -1)
                rows.append(" ".join(f"{value:.5f}" for value in (*middle, *size)).join((f"{label} ", "\n")))
            cv2.imwrite(str(folder / "images" / split / f"{number}.png"), pixels)
            (folder / "labels" / split / f"{number}.txt").write_text("".join(rows))
    card = folder / "data.yaml"
    card.write_text("train: images/train\nval: images/val\nnames: [car, stall]\n")
    return card


def order(data, out, **more):
    fields = {
        "data": data,
        "out": out,
        "epochs": 2,
        "size_px": SIZE,
        "batch": 4,
        "seed": 1,
        "start": None,
        "resume": False,
        "threads": 1,
    }
    return Order(**(fields | more))


@pytest.fixture(scope="module")
def run(data, tmp_path_factory):
    """A finished run: its folder, its card, and what its watcher was told."""
    out, watcher = tmp_path_factory.mktemp("run") / "first", Counting()
    return out, train(order(data, out), watcher), watcher


def test_training_leaves_a_network_and_the_card_that_says_how(run):
    out, card, _ = run
    assert card == read_run(out)
    assert card.finished
    assert card.sha256 == sha256(out / "network.pt")
    assert card.lessons.pictures == {"train": 8, "val": 4}
    assert card.lessons.boxes == {"car": 8, "stall": 8}
    assert card.architecture.startswith("nano ")
    assert {"clearway", "ultralytics", "torch", "python"} == set(card.versions)
    assert [epoch.epoch for epoch in card.epochs] == [1, 2]


def test_its_watcher_hears_of_every_batch_and_epoch(run):
    _, _, watcher = run
    assert (watcher.begun, watcher.batches, watcher.epochs) == ([(2, 0, 2)], 4, [1, 2])


def test_the_trained_network_goes_through_the_products_seam(run, data):
    out, _, _ = run
    assert open_network(out / "network.pt", size_px=SIZE).labels == {"car", "stall"}
    evaluation, sights = evaluate(out / "network.pt", read_card(data), "val", size_px=SIZE)
    assert (evaluation.pictures, len(sights), evaluation.unknown) == (4, 4, ())


def test_the_same_seed_gives_the_same_lessons(run, data, tmp_path):
    _, first, _ = run
    again = train(order(data, tmp_path / "again"), Counting())
    assert [epoch.loss for epoch in again.epochs] == [epoch.loss for epoch in first.epochs]


def test_a_city_starts_from_a_network_that_is_there(run, data, tmp_path):
    out, _, _ = run
    card = train(order(data, tmp_path / "tuned", start=out / "network.pt", epochs=1), Counting())
    assert card.finished
    assert card.taught.start.startswith("network.pt ")
    assert card.architecture is None


def test_a_city_starts_from_an_exported_file_which_says_what_it_was_taught_with(run, data, tmp_path):
    out, first, _ = run
    file = tmp_path / "ours.onnx"
    export(out / "network.pt", file, size_px=None, picture=None)
    card = train(order(data, tmp_path / "tuned", start=file, epochs=1), Counting())
    assert card.finished
    assert card.taught.start == f"ours.onnx {sha256(file)}"
    assert card.before == msgspec.structs.replace(first, epochs=())
    assert card.from_nothing


def test_an_exported_file_that_is_laid_open_says_what_it_said(run, data, tmp_path):
    out, _, _ = run
    file = tmp_path / "ours.onnx"
    export(out / "network.pt", file, size_px=None, picture=None)
    pictures = sorted((data.parent / "images" / "train").iterdir())
    library = extra.ultralytics("test")
    model = unfold(file, ARCHITECTURE, pictures, SIZE, library)
    for norm in (layer for layer in model.modules() if hasattr(layer, "running_var")):
        assert not np.allclose(norm.running_mean.numpy(), 0)
    model.eval()
    session = onnxruntime.InferenceSession(str(file))
    for picture in pictures:
        pixels, _, _ = boxed(cv2.imread(str(picture)), (SIZE, SIZE))
        planes = np.ascontiguousarray(pixels[..., ::-1].transpose(2, 0, 1)[None], np.float32) / 255
        with torch.no_grad():
            opened, *_ = model(torch.from_numpy(planes))
        (folded,) = session.run(None, {"images": planes})
        assert np.abs(opened.numpy() - folded).max() < 0.01  # pixels and scores


def test_an_exported_file_of_another_make_is_refused(data, tmp_path):
    file = write_network(tmp_path / "other.onnx")
    with pytest.raises(ConfigurationError, match=r"other\.onnx: was not made of nano\.yaml"):
        train(order(data, tmp_path / "run", start=file), Counting())
    file.write_bytes(b"a letter")
    with pytest.raises(ConfigurationError, match=r"other\.onnx: is no ONNX file"):
        train(order(data, tmp_path / "run", start=file), Counting())
    assert not (tmp_path / "run").exists()


def test_weights_that_are_none_are_said_to_be(data, tmp_path):
    (tmp_path / "wrong.pt").write_bytes(b"a letter")
    with pytest.raises(ConfigurationError, match=r"wrong\.pt: is not a network that ultralytics can load"):
        train(order(data, tmp_path / "run", start=tmp_path / "wrong.pt"), Counting())
    assert not (tmp_path / "run").exists()


def test_the_exported_file_opens_on_an_edge_box_and_holds_nothing_of_this_machine(run, tmp_path):
    out, _, _ = run
    file = tmp_path / "nano.onnx"
    exported = export(out / "network.pt", file, size_px=None, picture=None)
    assert (exported.size_px, exported.classes, exported.sha256) == (SIZE, ("car", "stall"), sha256(file))
    assert open_network(file).labels == {"car", "stall"}
    assert str(tmp_path.parent).encode() not in file.read_bytes()
    first = file.read_bytes()
    export(out / "network.pt", file, size_px=None, picture=None)
    assert file.read_bytes() == first


@pytest.mark.data
def test_a_real_network_sees_the_same_after_export(tmp_path):
    if "CLEARWAY_DATA" not in os.environ:
        pytest.skip("CLEARWAY_DATA names no folder")
    folder = Path(os.environ["CLEARWAY_DATA"])
    with_cars = tmp_path / "frame.png"
    ok, frame = cv2.VideoCapture(str(folder / "video" / "street.mp4")).read()
    assert ok
    cv2.imwrite(str(with_cars), frame)
    exported = export(
        folder / "weights" / "yolo11n.pt", tmp_path / "yolo.onnx", size_px=320, picture=with_cars
    )
    assert exported.compared >= 4
    assert exported.cpu_ms > 0


def child(folder, *arguments):
    return subprocess.Popen(
        [sys.executable, CHILD, folder / "asked.txt", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=Path(__file__).parents[2],
    )


def test_a_killed_run_goes_on_at_its_last_epoch_and_asks_nobody(data, tmp_path):
    out = tmp_path / "run"
    wish = ("train", data, "--out", out, "--epochs", 4, "--size", SIZE, "--batch", 4, "--threads", 1)
    victim = child(tmp_path, *wish)
    end = time.monotonic() + 120
    while not (card := read_run(out)) or not card.epochs:
        assert victim.poll() is None, victim.communicate()[0]
        assert time.monotonic() < end, "no epoch in two minutes"
        time.sleep(0.05)
    victim.kill()
    victim.communicate()
    before = read_run(out)
    assert 1 <= len(before.epochs) < 4

    survivor = child(tmp_path, "train", data, "--out", out, "--resume", "--threads", 1)
    said, _ = survivor.communicate(timeout=200)
    assert survivor.returncode == 0, said
    after = read_run(out)
    assert [epoch.epoch for epoch in after.epochs] == [1, 2, 3, 4]
    assert after.epochs[: len(before.epochs) - 1] == before.epochs[:-1]
    assert after.finished
    assert "Ultralytics" not in said
    assert not (tmp_path / "asked.txt").exists()


def test_a_run_does_not_go_on_with_other_pictures(data, tmp_path):
    out = tmp_path / "run"
    train(order(data, out, epochs=1), Counting())
    card = (out / "run.json").read_text()
    (out / "run.json").write_text(card.replace(read_run(out).sha256, "").replace('"car": 8', '"car": 9'))
    with pytest.raises(ConfigurationError, match="the pictures or labels are not those it began with"):
        train(order(data, out, epochs=1, resume=True), Counting())


def test_a_run_that_was_killed_after_its_last_epoch_only_needs_its_end(data, tmp_path):
    out = tmp_path / "run"
    finished = train(order(data, out, epochs=1), Counting())
    card = (out / "run.json").read_text()
    (out / "run.json").write_text(card.replace(finished.sha256, ""))
    (out / "network.pt").unlink()
    watcher = Counting()
    again = train(order(data, out, epochs=1, resume=True), watcher)
    assert again.finished
    assert watcher.batches == 0
    assert (out / "network.pt").is_file()


def test_a_run_that_never_finished_an_epoch_may_begin_anew(data, tmp_path):
    out = tmp_path / "run"
    finished = train(order(data, out, epochs=1), Counting())
    write_run(out, msgspec.structs.replace(finished, epochs=(), sha256=""))
    watcher = Counting()
    assert train(order(data, out, epochs=1), watcher).finished
    assert watcher.epochs == [1]
