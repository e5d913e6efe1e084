"""Which plate reader this copy has: with networks of our own where they are, else text recognition alone."""

from pathlib import Path

from detectors.plate_net import FINDER, READER, NetPlateReader, open_nets
from detectors.plate_ocr import OcrPlateReader, TextFinder
from detectors.plates import PlateReader
from detectors.shipped import FOLDER


def open_plate_reader(folder: Path = FOLDER, *, threads: int = 1) -> PlateReader:
    """One reader for all cameras of a process; they take turns.

    Args:
        folder: of the two networks; where both are missing, RapidOCR reads alone.
        threads: of one inference.

    Raises:
        ConfigurationError: text recognition cannot start, or what lies in the folder cannot be used.
    """
    finder = TextFinder(threads=threads)
    if not any((folder / name).is_file() for name in (FINDER, READER)):
        return OcrPlateReader(finder)
    return NetPlateReader(finder, open_nets(folder, threads=threads))
