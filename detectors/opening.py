"""What the eye is made of, from files: which network one calls for, and the view a plan was drawn on."""

from pathlib import Path

import cv2
import numpy as np

from detectors.look import Pixels
from detectors.network import MIN_SCORE, Network
from detectors.runtime import Runtime
from models.errors import ConfigurationError
from models.plan import Plan


def open_network(
    path: Path,
    *,
    size_px: int | None = None,
    threads: int = 1,
    min_score: float = MIN_SCORE,
    runtime: Runtime = "onnxruntime",
) -> Network:
    """The network in a file: ONNX by ONNX Runtime or OpenVINO, everything else by ultralytics.

    Args:
        path: `.onnx` for edge boxes; `.xml` of OpenVINO; `.pt` and whatever else ultralytics loads with the
            extra installed. A bare name that is no file, as `yolo11n.pt`, is fetched from ultralytics, where
            there is internet.
        size_px: longest side that a picture is looked at in, where the file leaves it open; None for the
            one it was taught at.
        threads: of one inference. More threads cost more CPU a look (1.3 to 1.9 times at two).
        min_score: lowest score that counts. Lower only to measure: a curve needs what the product drops.
        runtime: what runs `.onnx`.

    Raises:
        ConfigurationError: no such file, not a network, or not one that finds objects.
    """
    if not path.exists() and not _published(path):
        raise ConfigurationError.of(str(path), "no such network file", "give --network an existing file")
    # Imported here: an edge box has no PyTorch, and reading a recording's stays needs no second runtime.
    kind = path.suffix.lower()
    if kind == ".xml" or (kind == ".onnx" and runtime == "openvino"):
        from detectors.openvino_network import OpenvinoNetwork  # noqa: PLC0415

        return OpenvinoNetwork(path, size_px=size_px, threads=threads, min_score=min_score)
    if kind == ".onnx":
        from detectors.exported import ExportedNetwork  # noqa: PLC0415

        return ExportedNetwork(path, size_px=size_px, threads=threads, min_score=min_score)
    from detectors.trained import TrainedNetwork  # noqa: PLC0415

    return TrainedNetwork(path, size_px=size_px, min_score=min_score)


def open_reference(plan_file: Path, plan: Plan) -> Pixels | None:
    """Brightness of the picture that a plan's zones were drawn on, (H, W); None where the plan names none.

    Args:
        plan_file: the plan's file: the picture lies beside it.
        plan: what it says.

    Raises:
        ConfigurationError: there is no such picture.
    """
    if plan.reference is None:
        return None
    path = plan_file.parent / plan.reference
    luma = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE) if path.is_file() else None
    if luma is None:
        problem = f"names {path} as its reference, which is no picture that can be read"
        remedy = "put a picture of the camera's view there, or leave `reference` out"
        raise ConfigurationError.of(str(plan_file), problem, remedy, key="reference")
    return np.asarray(luma, np.uint8)


def _published(path: Path) -> bool:
    """Whether a name may be one that ultralytics publishes: a bare one, for in a folder only files lie."""
    return path.suffix == ".pt" and path == Path(path.name)
