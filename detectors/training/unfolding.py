"""From an exported file back to weights that can be taught: a city goes on from the network that ships.

An exported file has its normalisation folded into the convolutions, and what is folded cannot be taught as
it was: a layer that is being taught sets the mean and the spread of each channel anew with every batch. So
each normalisation is laid open again with the mean and the spread that its channel has on the pictures to
come. The network says the same as before, and its first lesson does not disturb it.
"""

import ast
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from detectors.heads import boxed
from detectors.training.evaluation import read_pixels
from detectors.training.runcard import RunCard
from models.errors import ConfigurationError

RUN_KEY = "clearway.run"
"""The word in an exported file under which the run card of its network stands, without its epochs."""

SHOWN = 64
"""Pictures that means and spreads are taken from: a hundred thousand places of each channel and more."""


def unfold(file: Path, architecture: Path, pictures: Sequence[Path], size_px: int, library: Any) -> Any:  # noqa: ANN401 - the library has no types
    """The network of an exported file, as one that can be taught.

    Args:
        file: `.onnx`, of `clearway export`.
        architecture: what it was made of.
        pictures: what it will be taught with; some of them are looked at.
        size_px: side of the square that they are shown at.
        library: ultralytics.

    Raises:
        ConfigurationError: the file is none, or was made of something else.
    """
    tensors, words = _opened(file)
    names = _names(file, words)
    model = library.nn.tasks.DetectionModel(str(architecture), nc=len(names), verbose=False)
    model.names = names
    _fill(file, architecture, model, tensors)
    some = pictures[:: max(1, len(pictures) // SHOWN)][:SHOWN]
    lay_open(model, lambda: _shown(model, some, size_px))
    return model


def write_checkpoint(model: Any, file: Path) -> Path:  # noqa: ANN401
    """Write a network as ultralytics takes it to start from; returns the file."""
    import torch  # noqa: PLC0415 - the extra

    torch.save({"model": model, "epoch": -1, "train_args": {}}, file)
    return file


def run_within(file: Path) -> RunCard | None:
    """The run that an exported file says it came from; None where it says nothing that we know."""
    try:
        _, words = _opened(file)
        return msgspec.json.decode(words[RUN_KEY], type=RunCard)
    except (ConfigurationError, KeyError, msgspec.MsgspecError):
        return None


def _opened(file: Path) -> tuple[dict[str, Any], dict[str, str]]:
    """The numbers of a file by their names, and its words."""
    import onnx  # noqa: PLC0415 - the extra
    from onnx import numpy_helper  # noqa: PLC0415 - the extra

    try:
        model = onnx.load(str(file))
    except Exception as exc:
        # The library raises whatever protobuf and the disk raise.
        problem = f"is no ONNX file that can be read: {exc}"
        raise ConfigurationError.of(str(file), problem, "give --from a network") from exc
    tensors = {one.name: numpy_helper.to_array(one) for one in model.graph.initializer}
    return tensors, {prop.key: prop.value for prop in model.metadata_props}


def _names(file: Path, words: dict[str, str]) -> dict[int, str]:
    try:
        names = ast.literal_eval(words["names"])
        return {int(number): str(name) for number, name in names.items()}
    except (KeyError, ValueError, SyntaxError, AttributeError, TypeError) as exc:
        problem = "does not say which classes it finds"
        raise ConfigurationError.of(str(file), problem, "give --from a file of `clearway export`") from exc


def _fill(file: Path, architecture: Path, model: Any, tensors: dict[str, Any]) -> None:  # noqa: ANN401
    """Put the folded numbers where they belong; normalisation does nothing but add for now."""
    import torch  # noqa: PLC0415 - the extra

    state = model.state_dict()
    filled = dict(state)
    for name, was in state.items():
        layer, _, field = name.rpartition(".")
        folded = f"{layer.removesuffix('.bn')}.conv" if layer.endswith(".bn") else layer
        if layer.endswith(".bn") and field != "bias":
            continue  # see `only_add`
        found = tensors.get(f"{folded}.{field}")
        if found is None or tuple(found.shape) != tuple(was.shape):
            problem = f"was not made of {architecture.name}: {name} is not in it as it should be"
            remedy = "give --from the network.pt of the run that made it"
            raise ConfigurationError.of(str(file), problem, remedy)
        filled[name] = torch.from_numpy(np.array(found))
    model.load_state_dict(filled)
    only_add(model)


def _norms(model: Any) -> list[Any]:  # noqa: ANN401
    import torch  # noqa: PLC0415 - the extra

    return [layer for layer in model.modules() if isinstance(layer, torch.nn.BatchNorm2d)]


def lay_open(model: Any, show: Callable[[], None]) -> None:  # noqa: ANN401
    """Take each channel's mean and spread before its normalisation, and give both to that.

    Args:
        model: whose normalisations do nothing but add; what it says stays the same.
        show: puts pictures through it.
    """
    import torch  # noqa: PLC0415 - the extra

    sums: dict[Any, list[Any]] = {norm: [0, 0.0, 0.0] for norm in _norms(model)}

    def count(norm: Any, given: tuple[Any, ...]) -> None:  # noqa: ANN401
        values = given[0].double()
        so_far = sums[norm]
        so_far[0] += values[:, 0].numel()
        so_far[1] += values.sum(dim=(0, 2, 3))
        so_far[2] += values.square().sum(dim=(0, 2, 3))

    hooks = [norm.register_forward_pre_hook(count) for norm in sums]
    model.eval()
    with torch.no_grad():
        show()
        for norm, (places, total, squares) in sums.items():
            mean = total / places
            variance = (squares / places - mean.square()).clamp(min=0)
            norm.running_mean.copy_(mean)
            norm.running_var.copy_(variance)
            norm.weight.copy_((variance + norm.eps).sqrt())
            norm.bias.add_(mean.float())
    for hook in hooks:
        hook.remove()
    model.train()


def only_add(model: Any) -> None:  # noqa: ANN401
    """Make normalisations do nothing but add, as folded ones do."""
    for norm in _norms(model):
        norm.weight.data.fill_(1.0)
        norm.running_mean.fill_(0.0)
        norm.running_var.fill_(1 - norm.eps)


def _shown(model: Any, pictures: Sequence[Path], size_px: int) -> None:  # noqa: ANN401
    import torch  # noqa: PLC0415 - the extra

    for picture in pictures:
        pixels, _, _ = boxed(read_pixels(picture), (size_px, size_px))
        planes = np.ascontiguousarray(pixels[..., ::-1].transpose(2, 0, 1))
        model(torch.from_numpy(planes)[None].float() / 255)
