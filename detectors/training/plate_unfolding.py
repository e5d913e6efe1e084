"""From exported plate networks back to weights that can be taught: a city goes on from those that ship.

See `detectors.training.unfolding` for what is folded in an exported file, and how it is laid open again.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from detectors.training.unfolding import lay_open, only_add
from models.errors import ConfigurationError

REMEDY = "give --from a folder of networks that `--export` wrote, of the same characters and kinds"


def take_up(file: Path, network: Any, told: Mapping[str, str], show: Callable[[], None]) -> None:  # noqa: ANN401 - torch has no types here
    """Fill an untaught network with the numbers of an exported one.

    Args:
        file: the exported one.
        network: of the same shape.
        told: what the file must say of what it was taught: alphabet and kinds.
        show: puts pictures through the network.

    Raises:
        ConfigurationError: the file is none, of another shape, or was taught other plates.
    """
    import onnx  # noqa: PLC0415 - the extra
    import torch  # noqa: PLC0415 - the extra

    try:
        exported = onnx.load(str(file))
    except Exception as exc:
        # The library raises whatever protobuf and the disk raise.
        raise ConfigurationError.of(str(file), f"is no ONNX file that can be read: {exc}", REMEDY) from exc
    said = {prop.key: prop.value for prop in exported.metadata_props}
    for key, value in told.items():
        if said.get(key) != value:
            raise ConfigurationError.of(str(file), f"was taught other plates: its {key} differ", REMEDY)
    only_add(network)
    state = network.state_dict()
    try:
        numbers = dict(_named(exported, network))
    except ValueError as exc:  # a convolution without anything added, or a product of more than two
        raise ConfigurationError.of(str(file), "is of networks of another shape", REMEDY) from exc
    learnt = {name for name, _ in network.named_parameters()} - {f"{norm}.weight" for norm in _norms(network)}
    if any(name not in numbers or numbers[name].shape != state[name].shape for name in learnt):
        raise ConfigurationError.of(str(file), "is of networks of another shape", REMEDY)
    network.load_state_dict(state | {name: torch.from_numpy(np.array(numbers[name])) for name in learnt})
    lay_open(network, show)


def _named(exported: Any, network: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401
    """The file's numbers by the network's names. What was folded has lost its name, and kept its order."""
    import torch  # noqa: PLC0415 - the extra
    from onnx import numpy_helper  # noqa: PLC0415 - the extra

    numbers = {one.name: numpy_helper.to_array(one) for one in exported.graph.initializer}
    for node in exported.graph.node:
        if node.op_type == "Identity" and node.input[0] in numbers:  # equal numbers are written once
            numbers[node.output[0]] = numbers[node.input[0]]
    is_named = {name: "::" not in name for name in numbers}
    for name, value in numbers.items():
        if is_named[name]:
            yield name.removeprefix("reader."), value
    # Of a matrix product and a convolution the second input are the weights, the third what is added.
    given = [
        (node.op_type, [numbers[name] for name in node.input[1:] if name in numbers])
        for node in exported.graph.node
        if len(node.input) > 1 and not is_named.get(node.input[1], True)
    ]
    pairs = [pair for kind, pair in given if kind == "Conv"]
    lines = [line for kind, line in given if kind == "MatMul"]
    for norm, (weights, added) in zip(_norms(network), pairs, strict=False):
        yield f"{norm.removesuffix('1')}0.weight", weights
        yield f"{norm}.bias", added
    linear = [name for name, layer in network.named_modules() if isinstance(layer, torch.nn.Linear)]
    unnamed = [name for name in linear if f"reader.{name}.weight" not in numbers]
    for name, (line,) in zip(unnamed, lines, strict=False):
        yield f"{name}.weight", line.T


def _norms(network: Any) -> list[str]:  # noqa: ANN401
    """Names of the normalisations; each is the second of a layer (`plate_networks`)."""
    import torch  # noqa: PLC0415 - the extra

    return [name for name, layer in network.named_modules() if isinstance(layer, torch.nn.BatchNorm2d)]
