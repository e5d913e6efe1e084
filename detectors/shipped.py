"""The network that ships with Clearway, if this copy has it."""

from pathlib import Path

NAME = "clearway-nano.onnx"
FOLDER = Path(__file__).with_name("weights")


def shipped_network(folder: Path = FOLDER) -> Path | None:
    """The file of the network that is used where none is named, or None where this copy has none."""
    file = folder / NAME
    return file if file.is_file() else None
