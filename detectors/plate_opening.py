"""Which plate reader this copy has: with networks of our own where they know the plates, else text alone."""

from pathlib import Path

import structlog

from detectors.plate_grammar import Grammar
from detectors.plate_net import FINDER, READER, NetPlateReader, open_nets
from detectors.plate_ocr import OcrPlateReader, TextFinder
from detectors.plates import PlateReader
from detectors.shipped import FOLDER

log = structlog.get_logger("clearway.detectors.plate_opening")


def open_plate_reader(grammar: Grammar, folder: Path = FOLDER, *, threads: int = 1) -> PlateReader:
    """One reader for all cameras of a process; they take turns.

    Args:
        grammar: what plates there are; networks that were not taught all of them are not asked.
        folder: of the two networks; where both are missing, RapidOCR reads alone.
        threads: of one inference.

    Raises:
        ConfigurationError: text recognition cannot start, or what lies in the folder cannot be used.
    """
    finder = TextFinder(threads=threads)
    if not any((folder / name).is_file() for name in (FINDER, READER)):
        return OcrPlateReader(finder)
    nets = open_nets(folder, threads=threads)
    if not nets.know(grammar):
        log.info("our plate networks were not taught these plates", grammar=grammar.name)
        return OcrPlateReader(finder)
    return NetPlateReader(finder, nets)
