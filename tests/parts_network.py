"""A network file of a few hundred bytes that sees one car, always in the same place."""

from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper

SIDE_PX = 64
CAR_CXCYWH = (32.0, 32.0, 16.0, 16.0)
"""In pixels of the network's square: the middle of the picture."""


def write_network(path: Path) -> Path:
    """Write it."""
    rows = np.array([[*CAR_CXCYWH, 0.9]], np.float32).T[None]
    constants = {"car": rows, "nothing": np.zeros(1, np.float32)}
    nodes = [
        helper.make_node("ReduceMean", ["images"], ["mean"], keepdims=0),
        helper.make_node("Mul", ["mean", "nothing"], ["none"]),
        helper.make_node("Add", ["car", "none"], ["output0"]),
    ]
    graph = helper.make_graph(
        nodes,
        "one-car",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, SIDE_PX, SIDE_PX])],
        [helper.make_tensor_value_info("output0", TensorProto.FLOAT, list(rows.shape))],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    names = model.metadata_props.add()
    names.key, names.value = "names", "{0: 'car'}"
    path.write_bytes(model.SerializeToString())
    return path
