"""A plate reader of our own: a small network finds the plate's corners, another reads it straightened.

General text recognition still finds where writing is (`plate_ocr`), and reads it too: a network that was
taught nothing but plates sees one in every lettering, so its word counts only where a reader that knows
nothing of plates sees much the same. What that one saw goes along with each read, so that the two can be held
against each other character by character (`plate_second`).
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime as ort

from detectors.exported import LOAD_ERRORS
from detectors.look import Frame, Pixels
from detectors.plate_grammar import Grammar
from detectors.plate_ocr import TextFinder, found_lines, text_in
from detectors.plate_places import Corners, Crop, Place, crop_of, height_px, places, straight, width_px
from detectors.plates import PlateRead, belongs
from models.errors import ConfigurationError
from models.geometry import FloatArray
from models.units import BoxXyxy

READER, FINDER = "clearway-plates.onnx", "clearway-plate-corners.onnx"
REGION_WH, PLATE_WH = (96, 48), (160, 48)
"""What the two networks are taught to take, pixels: a region with the plate in it, and the plate itself."""

REGION_WIDTHS = (1.6, 1.5)
"""How much wider than the writing the region is in which the plate is looked for; and once more, around what
was found: the writing may lack the province or the upper row."""

ENLARGED = 1.05
"""A straightened plate with some of its edge: of 1,300 rendered sequences more became sure with it than with
none (1.0) or much (1.15)."""

UPPER_SHARE = 0.4
"""Of the height of a plate of two lines. GA 36: the upper row ends at 0.34 of it, the lower begins at 0.41;
on motorcycles at 0.41 and 0.47."""

LEAST_SHARED = 0.45
"""Of our characters, how many the other reader must have seen in the same order. It misses provinces and
confuses some, but of 80 rendered plates of 90 px and more it saw at least half of 79."""

SHAPE_ERRORS: tuple[type[Exception], ...] = (*LOAD_ERRORS, ValueError, IndexError)
"""What comes of networks that take or give something else than is expected."""

REMEDY = "use the files that ship with Clearway, or make them with `python -m detectors.training.plates`"


@dataclass(frozen=True)
class PlateNets:
    """The two networks of one folder, with what they were taught.

    Attributes:
        corners, reader: sessions of ONNX Runtime.
        alphabet: of the reader's answers; the last answer is "no more".
        kinds: of plates, the same.
        plate_wh: what the reader takes, pixels.
    """

    corners: Any
    reader: Any
    alphabet: str
    kinds: tuple[str, ...]
    plate_wh: tuple[int, int] = PLATE_WH

    def know(self, grammar: Grammar) -> bool:
        """Whether they were taught every kind of a grammar, and every character on it.

        Text recognition reads what they were not: they would see plates of their own in it.
        """
        return {kind.name for kind in grammar.kind} <= set(self.kinds) and grammar.characters <= set(
            self.alphabet
        )

    def locate(self, region: Pixels) -> Corners:
        """The plate's corners in a region, pixels of it.

        Args:
            region: (48, 96, 3), BGR.
        """
        (found,) = self.corners.run(None, {"region": tensor(region)})
        corners: Corners = np.asarray(found, np.float64).reshape(4, 2) * np.array(REGION_WH)
        return corners

    def read(self, plate: Pixels) -> tuple[str, tuple[float, ...], str]:
        """What a plate says, 0..1 for each character, and its kind.

        Args:
            plate: as large as `plate_wh`, (H, W, 3), BGR, straight on.
        """
        shares, kinds = self.reader.run(None, {"plate": tensor(plate)})
        text, scores = "", []
        for position in np.asarray(shares)[0]:
            best = int(position.argmax())
            if best >= len(self.alphabet):
                break
            text += self.alphabet[best]
            scores.append(float(position[best]))
        return text, tuple(scores), self.kinds[int(np.asarray(kinds)[0].argmax())]


def open_nets(folder: Path, *, threads: int = 1) -> PlateNets:
    """The networks of a folder.

    Raises:
        ConfigurationError: they are missing or are something else.
    """
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    sessions = []
    for name in (FINDER, READER):
        try:
            sessions.append(ort.InferenceSession(str(folder / name), sess_options=options))
        except LOAD_ERRORS as exc:
            problem = f"is no network that ONNX Runtime can run: {str(exc).splitlines()[0]}"
            raise ConfigurationError.of(str(folder / name), problem, REMEDY) from exc
    told = sessions[1].get_modelmeta().custom_metadata_map
    try:
        alphabet, kinds = str(told["alphabet"]), tuple(json.loads(told["kinds"]))
    except (KeyError, ValueError) as exc:
        problem = "says neither alphabet nor kinds in its metadata"
        raise ConfigurationError.of(str(folder / READER), problem, REMEDY) from exc
    try:
        _, _, height, width = (int(side or 0) for side in sessions[1].get_inputs()[0].shape)
        nets = PlateNets(sessions[0], sessions[1], alphabet, kinds, (width, height))
        nets.locate(np.zeros((*REGION_WH[::-1], 3), np.uint8))
        nets.read(np.zeros((height, width, 3), np.uint8))
    except SHAPE_ERRORS as exc:
        problem = f"takes or gives something else than plates: {str(exc).splitlines()[0]}"
        raise ConfigurationError.of(str(folder), problem, REMEDY) from exc
    return nets


class NetPlateReader:
    """Reads plates with networks that know plates, and asks the one that does not for a second opinion.

    Args:
        finder: finds writing; shared by all cameras.
        nets: shared by all cameras as well.
    """

    def __init__(self, finder: TextFinder, nets: PlateNets) -> None:
        self._finder = finder
        self._nets = nets

    def read(self, frame: Frame, box_xyxy: BoxXyxy, others: FloatArray) -> tuple[PlateRead, ...]:
        """See `PlateReader`."""
        crop = crop_of(frame.pixels, box_xyxy)
        if crop is None:
            return ()
        reads = []
        said: dict[int, str] = {}
        for place in places(found_lines(self._finder, crop)):
            read = self._plate(crop, place, said)
            if read is not None and belongs(read.quad, box_xyxy, others):
                reads.append(read)
        return tuple(sorted(reads, key=lambda read: read.score, reverse=True))

    def _plate(self, crop: Crop, place: Place, said: dict[int, str]) -> PlateRead | None:
        corners = self.locate(crop.pixels, place.corners)
        if width_px(corners) < height_px(corners):
            return None
        text, scores, kind = self._nets.read(straight(crop.pixels, corners, self._nets.plate_wh))
        others = [self._other(crop, place, said)]
        if not text or shared(text, others[0]) < LEAST_SHARED * len(text):
            return None
        if shared(text, others[0]) < len(text):
            others.append(self._straightened(crop, corners, len(place.rows)))
        return PlateRead(
            text=text,
            characters=scores,
            quad=crop.quad(corners),
            kind=kind,
            rows=len(place.rows),
            others=tuple(others),
        )

    def locate(self, pixels: Pixels, writing: Corners) -> Corners:
        """The corners of the plate around some writing, pixels of the picture."""
        corners = writing
        for widths in REGION_WIDTHS:
            low, high = corners.min(axis=0), corners.max(axis=0)
            region = region_around((low + high) / 2, high - low, widths)
            shown = straight(pixels, region, REGION_WH)
            corners = region[0] + self._nets.locate(shown) / np.array(REGION_WH) * (region[2] - region[0])
        return corners

    def _other(self, crop: Crop, place: Place, said: dict[int, str]) -> str:
        """What text recognition reads there; each line is asked for once."""
        for line in (line for row in place.rows for line in row):
            if id(line) not in said:
                said[id(line)] = text_in(self._finder, crop, line)[0].upper()
        return "".join(said[id(line)] for row in place.rows for line in row)

    def _straightened(self, crop: Crop, corners: Corners, rows: int) -> str:
        """What text recognition reads of the plate as our corners have it: often what it missed before."""
        middle = corners.mean(axis=0)
        around = middle + (corners - middle) * ENLARGED
        if rows == 1:
            lines = [around]
        else:
            top_left, top_right, bottom_right, bottom_left = around
            left = top_left + UPPER_SHARE * (bottom_left - top_left)
            right = top_right + UPPER_SHARE * (bottom_right - top_right)
            lines = [np.array((top_left, top_right, right, left)),
                     np.array((left, right, bottom_right, bottom_left))]  # fmt: skip
        return "".join(text_in(self._finder, crop, line)[0] for line in lines).upper()


def region_around(middle: FloatArray, size: FloatArray, widths: float) -> Corners:
    """An upright region of the network's shape around something, as corners.

    Args:
        middle: of the thing, (x, y).
        size: its width and height.
        widths: how much larger than it.
    """
    shape = REGION_WH[0] / REGION_WH[1]
    wide = widths * max(float(size[0]), float(size[1]) * shape)
    half = np.array((wide, wide / shape)) / 2
    corners: Corners = middle + half * np.array(((-1, -1), (1, -1), (1, 1), (-1, 1)))
    return corners


def shared(one: str, other: str) -> int:
    """Length of the longest common subsequence: characters both have in the same order."""
    row = [0] * (len(other) + 1)
    for character in one:
        before = 0
        for place, opposite in enumerate(other, 1):
            above = row[place]
            row[place] = before + 1 if character == opposite else max(above, row[place - 1])
            before = above
    return row[-1]


def tensor(pixels: Pixels) -> npt.NDArray[np.float32]:
    """(1, 3, H, W) of a BGR picture, each picture at the same mean and contrast: light says nothing."""
    values = pixels.astype(np.float32)
    values -= values.mean()
    values /= max(float(values.std()), 8.0)
    return np.ascontiguousarray(values.transpose(2, 0, 1)[None])
