"""One behaviour for every network, and what is refused as one.

The exported networks here are tiny and built by the test: they find white squares on a 4x4 grid.
"""

import os
from pathlib import Path

import av
import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.capi import onnxruntime_pybind11_state as ort_errors

from detectors.exported import LOAD_ERRORS, ExportedNetwork
from detectors.heads import InputSize, letterbox
from detectors.look import Detections
from detectors.network import MIN_SCORE, ScriptedNetwork
from detectors.opening import open_network
from models.errors import ConfigurationError
from models.geometry import iou

SIDE, CELL = 64, 16
CELLS = (SIDE // CELL) ** 2
NAMES = "{0: 'car', 1: 'bus'}"
RUNTIMES = ["onnxruntime", "openvino"]
WHITE = (0.25, 0.5, 0.5, 0.75)


def centres():
    grid = (np.arange(SIDE // CELL) + 0.5) * CELL
    x, y = np.meshgrid(grid, grid)
    return np.stack([x.ravel(), y.ravel()]).astype(np.float32)


def weights(*, end_to_end=False, side=SIDE, names=NAMES, kind=TensorProto.FLOAT, batch=1):
    """A network whose score is the brightness of each cell; grey, as around a letterbox, gives 0."""
    xy = centres()
    if end_to_end:
        boxes, last = np.concatenate([xy - CELL / 2, xy + CELL / 2]).T[None], 2
    else:
        boxes, last = np.concatenate([xy, np.full_like(xy, CELL)])[None], 1
    shape = [1, CELLS, 1] if end_to_end else [1, 1, CELLS]
    constants = {
        "boxes": boxes.astype(np.float32),
        "none": np.zeros(shape, np.float32),
        "shape": np.array(shape, np.int64),
        "half": np.array(0.5, np.float32),
        "two": np.array(2, np.float32),
    }
    nodes = [
        helper.make_node("Cast", ["images"], ["pixels"], to=TensorProto.FLOAT),
        helper.make_node(
            "AveragePool", ["pixels"], ["pooled"], kernel_shape=[CELL, CELL], strides=[CELL, CELL]
        ),
        helper.make_node("ReduceMean", ["pooled"], ["grey"], axes=[1], keepdims=1),
        helper.make_node("Sub", ["grey", "half"], ["above"]),
        helper.make_node("Mul", ["above", "two"], ["scaled"]),
        helper.make_node("Relu", ["scaled"], ["bright"]),
        helper.make_node("Reshape", ["bright", "shape"], ["scores"]),
        helper.make_node("Concat", ["boxes", "scores", "none"], ["output0"], axis=last),
    ]
    return model_bytes(nodes, constants, [batch, 3, side, side], kind, names)


def model_bytes(nodes, constants, input_shape, kind=TensorProto.FLOAT, names=NAMES):
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("images", kind, input_shape)],
        [helper.make_tensor_value_info("output0", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    if names is not None:
        helper.set_model_props(model, {"names": names})
    return model.SerializeToString()


def classifier():
    node = helper.make_node("ReduceMean", ["images"], ["output0"], axes=[2, 3], keepdims=0)
    return model_bytes([node], {}, [1, 3, SIDE, SIDE])


def of_vectors():
    return model_bytes([helper.make_node("Relu", ["images"], ["output0"])], {}, [1, 10])


@pytest.fixture
def save(tmp_path):
    def saved(body, name="tiny.onnx"):
        path = tmp_path / name
        path.write_bytes(body)
        return path

    return saved


def picture(*boxes, wh=(200, 100)):
    width, height = wh
    pixels = np.zeros((height, width, 3), np.uint8)
    for left, top, right, bottom in boxes:
        pixels[round(top * height) : round(bottom * height), round(left * width) : round(right * width)] = 255
    return pixels


KINDS = ["raw head", "end-to-end head", "open size"]


def runs(runtime):
    """A runtime, where this environment has it."""
    if runtime == "openvino":
        pytest.importorskip("openvino")
    return runtime


@pytest.fixture(params=["scripted", *((runtime, kind) for runtime in RUNTIMES for kind in KINDS)], ids=str)
def network(request, save):
    """A network that is going to see one white square at `WHITE` of a square picture."""
    if request.param == "scripted":
        return ScriptedNetwork([Detections(np.array([WHITE]), np.array([0.9]), ("car",))])
    runtime, kind = request.param
    body = {
        "raw head": weights(),
        "end-to-end head": weights(end_to_end=True),
        "open size": weights(side=None),
    }[kind]
    return open_network(save(body), size_px=SIDE, runtime=runs(runtime))


def test_a_network_says_what_it_can_find(network):
    assert isinstance(network.labels, frozenset)
    assert {"car", "bus"} <= network.labels


def test_a_network_finds_what_is_there(network):
    found = network.detect(picture(WHITE, wh=(128, 128)))
    assert found.labels == ("car",)
    assert found.boxes_xyxy == pytest.approx(np.array([WHITE]), abs=0.01)


def test_what_is_found_fits_together(network):
    found = network.detect(picture(WHITE, wh=(128, 128)))
    assert found.boxes_xyxy.shape == (len(found), 4)
    assert found.scores.shape == (len(found),)
    assert (found.scores >= MIN_SCORE).all()
    assert (found.scores <= 1).all()
    assert set(found.labels) <= network.labels


def test_a_dark_picture_after_it_shows_nothing(network):
    network.detect(picture(WHITE, wh=(128, 128)))
    found = network.detect(picture(wh=(128, 128)))
    assert (len(found), found.boxes_xyxy.shape, found.scores.shape) == (0, (0, 4), (0,))


@pytest.mark.parametrize("wh", [(64, 64), (640, 352), (352, 640), (31, 77), (1, 1), (1920, 1080)])
def test_a_picture_may_have_any_size(network, wh):
    assert isinstance(network.detect(picture(wh=wh)), Detections)


@pytest.mark.parametrize(
    ("wh", "cell"),
    [
        pytest.param((200, 200), (1, 2), id="a square"),
        pytest.param((400, 200), (2, 1), id="a wide picture, padded above and below"),
        pytest.param((200, 400), (1, 3), id="a tall picture, padded at the sides"),
    ],
)
def test_a_box_is_where_the_thing_is_in_the_picture_not_in_the_letterbox(save, wh, cell):
    scale = SIDE / max(wh)
    pad = [(SIDE - side * scale) / 2 for side in wh]
    left, top = (max(0.0, (cell[axis] * CELL - pad[axis]) / scale / wh[axis]) for axis in (0, 1))
    box = (left, top, left + CELL / scale / wh[0], top + CELL / scale / wh[1])
    found = ExportedNetwork(save(weights())).detect(picture(box, wh=wh))
    assert found.boxes_xyxy == pytest.approx(np.array([box]), abs=0.01)


def test_two_boxes_of_one_thing_are_one_and_of_two_things_two(save):
    two = picture((0, 0, 0.25, 0.25), (0.75, 0.75, 1, 1), wh=(128, 128))
    assert len(ExportedNetwork(save(weights())).detect(two)) == 2


def test_a_letterbox_keeps_proportions_and_pads_with_grey():
    tensor, scale, offset = letterbox(picture((0, 0, 1, 1), wh=(200, 100)), (64, 64))
    assert (tensor.shape, scale, offset) == ((1, 3, 64, 64), 0.32, (0, 16))
    assert tensor[0, :, 0, 0] == pytest.approx(114 / 255)
    assert tensor[0, :, 32, 32] == pytest.approx(1)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        pytest.param(
            b"\x08\x07\xff\x00\x17" * 50, "not a network that ONNX Runtime can run", id="random bytes"
        ),
        pytest.param(b"This is no network.\n", "not a network that ONNX Runtime can run", id="a text"),
        pytest.param(b"", "not a network that ONNX Runtime can run", id="empty"),
        pytest.param(weights()[:300], "not a network that ONNX Runtime can run", id="cut off"),
        pytest.param(
            classifier(), "gives [1, 3], which is no detection head for 2 classes", id="a classifier"
        ),
        pytest.param(of_vectors(), "pictures are [batch, 3, height, width]", id="takes no pictures"),
        pytest.param(weights(names=None), "carries no class names", id="without names"),
        pytest.param(weights(names="car, bus"), "carries no class names", id="with names of another form"),
        pytest.param(weights(names="{'car': 'bus'}"), "carries no class names", id="with names by name"),
        pytest.param(
            weights(names="{0: 'a', 1: 'b', 2: 'c'}"), "no detection head for 3", id="too many names"
        ),
        pytest.param(weights(kind=TensorProto.FLOAT16), "cannot look at a picture", id="in half precision"),
        pytest.param(weights(batch=2), "cannot look at a picture", id="for two pictures at once"),
    ],
)
def test_a_wrong_file_is_refused_at_start_by_its_name(save, body, says):
    path = save(body, "wrong.onnx")
    with pytest.raises(ConfigurationError, match=r"wrong\.onnx") as caught:
        open_network(path)
    (fault,) = caught.value.faults
    assert fault.source == str(path)
    assert says in fault.problem
    assert fault.remedy


@pytest.mark.parametrize(
    ("body", "says"),
    [
        pytest.param(b"This is no network.\n", "not a network that OpenVINO can run", id="a text"),
        pytest.param(classifier(), "no detection head for 2 classes", id="a classifier"),
        pytest.param(weights(names=None), "carries no class names", id="without names"),
    ],
)
def test_openvino_refuses_a_wrong_file_as_well(save, body, says):
    path = save(body, "wrong.onnx")
    with pytest.raises(ConfigurationError, match=r"wrong\.onnx") as caught:
        open_network(path, runtime=runs("openvino"))
    assert says in str(caught.value)


def test_a_part_of_a_picture_costs_what_it_measures():
    free = InputSize((640, 640), free=True)
    sizes = [free.of(picture(wh=wh)) for wh in ((1920, 1080), (640, 360), (250, 180), (20, 10))]
    assert sizes == [(640, 384), (640, 384), (256, 192), (32, 32)]
    assert InputSize((640, 640)).of(picture(wh=(250, 180))) == (640, 640)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(ConfigurationError, match="no such network file"):
        open_network(tmp_path / "none.onnx")


def test_a_folder_is_refused(tmp_path):
    (tmp_path / "folder.onnx").mkdir()
    with pytest.raises(ConfigurationError, match=r"folder\.onnx"):
        open_network(tmp_path / "folder.onnx")


def test_a_trained_network_that_is_none_is_refused_by_its_name(save):
    with pytest.raises(ConfigurationError, match=r"wrong\.pt"):
        open_network(save(b"This is no network.\n", "wrong.pt"))


@pytest.mark.ultralytics
@pytest.mark.filterwarnings("default")  # the library's own
def test_a_published_network_is_fetched_by_its_bare_name(tmp_path, monkeypatch):
    downloads = pytest.importorskip("ultralytics.utils.downloads")
    asked = []

    def refuses(url, **_):
        asked.append(url)
        raise ConnectionError("nobody answers")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(downloads, "safe_download", refuses)
    with pytest.raises(ConfigurationError, match=r"yolo11n\.pt: cannot be fetched: nobody answers"):
        open_network(Path("yolo11n.pt"))
    (url,) = asked
    assert url.endswith("/yolo11n.pt")


@pytest.mark.ultralytics
@pytest.mark.filterwarnings("default")  # the library's own
def test_a_name_nobody_publishes_is_not_fetched(tmp_path, monkeypatch):
    pytest.importorskip("ultralytics")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigurationError, match=r"yolo11x2\.pt: no such network file"):
        open_network(Path("yolo11x2.pt"))


def test_everything_the_library_can_say_is_known():
    said = {
        value
        for value in vars(ort_errors).values()
        if isinstance(value, type) and issubclass(value, Exception)
    }
    assert said
    assert said <= set(LOAD_ERRORS)


@pytest.fixture
def data():
    folder = os.environ.get("CLEARWAY_DATA")
    if not folder:
        pytest.skip("CLEARWAY_DATA names no folder")
    return Path(folder)


@pytest.fixture
def street(data):
    """The first frame of the street: a car in the drive, one in the queue."""
    with av.open(str(data / "video" / "street.mp4")) as container:
        return next(container.decode(video=0)).to_ndarray(format="bgr24")


@pytest.mark.data
def test_the_exported_network_finds_the_cars_of_the_street(data, street):
    found = open_network(data / "weights" / "yolo11n-640.onnx").detect(street).only(frozenset({"car"}))
    middles = (found.boxes_xyxy[:, :2] + found.boxes_xyxy[:, 2:]) / 2
    for zone in ((0.92, 0.40, 1.00, 0.58), (0.53, 0.36, 0.66, 0.50)):
        inside = (middles >= zone[:2]).all(axis=1) & (middles <= zone[2:]).all(axis=1)
        assert inside.any(), f"no car in {zone}"


@pytest.mark.data
@pytest.mark.ultralytics
@pytest.mark.filterwarnings("default")  # the library's own
def test_the_trained_and_the_exported_network_agree(data, street):
    pytest.importorskip("ultralytics")
    trained = open_network(data / "weights" / "yolo11n.pt").detect(street)
    exported = open_network(data / "weights" / "yolo11n-640.onnx").detect(street)
    assert (trained.scores >= 0.4).any()
    for ours, theirs in ((trained, exported), (exported, trained)):
        for box, score, label in zip(ours.boxes_xyxy, ours.scores, ours.labels, strict=True):
            if score < 0.4:
                continue
            same = theirs.only(frozenset({label}))
            overlaps = iou(box, same.boxes_xyxy)
            assert overlaps.size, f"no other {label}"
            best = int(overlaps.argmax())
            assert overlaps[best] >= 0.99, f"{label} at {box}"
            assert same.scores[best] == pytest.approx(score, abs=0.01)
