"""What can run a network."""

from typing import Literal

Runtime = Literal["onnxruntime", "openvino"]
"""What runs an ONNX file."""
