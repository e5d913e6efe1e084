"""A set of sequences: one parked vehicle's plate at several moments, for judging what readers agree on.

What belongs to the plate stays (dirt, paint around it, where the sun stands); what belongs to the moment is
drawn anew: noise, shake, focus, exposure, a turn of a degree or two. So five looks are neither five copies
nor five plates. The so-manieth sequence of a seed is always the same.
"""

import itertools
import math
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np

from models.records import Record
from studio.plates.crop import Catch, catch_of, caught
from studio.plates.crops import LABELS, begun
from studio.plates.numbers import is_held_out, kind_of, text_of

LOOKS = 5
LEAST_WIDTH_PX, MOST_WIDTH_PX = 60.0, 200.0
_EDITION = 1
"""Raise it when the same number and seed no longer give the same pictures."""

_A_FOLDER = 200
_SHAKEN = 0.3
"""The share of moments in which a lorry or the wind moves the camera, as of single crops."""


class SequenceSet(Record, frozen=True, kw_only=True):
    """The first line of the labels: which set this is."""

    seed: int
    split: str
    looks: int = LOOKS
    edition: int = _EDITION


class PlateLook(Record, frozen=True, kw_only=True):
    """One moment.

    Attributes:
        file: below the set's folder.
        size: of the crop, pixels.
        corners: of the plate: top left, top right, bottom right, bottom left; pixels of the crop.
        catch: what happened at this moment.
    """

    file: str
    size: tuple[int, int]
    corners: tuple[tuple[float, float], ...]
    catch: Catch


class PlateSequence(Record, frozen=True, kw_only=True):
    """Each further line.

    Attributes:
        text: what the plate says, without dot or space.
        kind: one of `studio.plates.picture.FORMS`.
        split: `develop` or `hold-out`, by the text, as of single crops.
        width_px: about as wide as the plate is in all of them.
        looks: the moments, in order.
    """

    text: str
    kind: str
    split: str
    width_px: float
    looks: tuple[PlateLook, ...]


def sequence(place: int, number: int, seed: int, count: int = LOOKS) -> tuple[list[bytes], PlateSequence]:
    """The pictures of one sequence, as JPEG, and its label.

    Args:
        place: in the set; it names the files.
        number: of the plate: what it says and what happens to it.
        seed: of the set.
        count: of looks; the first ones are the same however many there are.
    """
    kind = kind_of(number, seed)
    text = text_of(number, kind, seed)
    chance = np.random.default_rng((seed, number, 5))
    whole = _parked(chance)
    jpegs, looks = [], []
    for index in range(count):
        moment = np.random.default_rng((seed, number, 5, index))
        catch = _moment(whole, moment)
        taken = caught(text, kind, catch, np.random.default_rng((seed, number, 6)), moment)
        jpegs.append(taken.jpeg)
        looks.append(
            PlateLook(
                file=f"{place // _A_FOLDER:03d}/{place:05d}-{index}.jpg",
                size=taken.size,
                corners=tuple((round(float(x), 2), round(float(y), 2)) for x, y in taken.corners),
                catch=catch,
            )
        )
    split = "hold-out" if is_held_out(text) else "develop"
    return jpegs, PlateSequence(
        text=text, kind=kind, split=split, width_px=whole.width_px, looks=tuple(looks)
    )


def write_sequences(folder: Path, count: int, seed: int, split: str, looks: int = LOOKS) -> Iterator[int]:
    """Write what a folder lacks of a set and yield how many sequences it has, first what it had.

    Raises:
        ConfigurationError: the folder holds another set.
    """
    done = begun(folder, SequenceSet(seed=seed, split=split, looks=looks))
    yield done
    with (folder / LABELS).open("ab") as labels:
        for place, number in itertools.islice(enumerate(_numbers(seed, split)), done, count):
            jpegs, label = sequence(place, number, seed, looks)
            for jpeg, look in zip(jpegs, label.looks, strict=True):
                file = folder / look.file
                file.parent.mkdir(exist_ok=True)
                file.write_bytes(jpeg)
            labels.write(msgspec.json.encode(label) + b"\n")
            labels.flush()
            yield place + 1


def sequences_of(folder: Path) -> Iterator[PlateSequence]:
    """The labels of a set, in order.

    Raises:
        OSError: there is none.
        msgspec.MsgspecError: it is something else, or a label is.
    """
    with (folder / LABELS).open("rb") as lines:
        msgspec.json.decode(lines.readline(), type=SequenceSet)
        for line in lines:
            yield msgspec.json.decode(line, type=PlateSequence)


def _numbers(seed: int, split: str) -> Iterator[int]:
    """The numbers of plates whose texts are in a split."""
    for number in itertools.count():
        if is_held_out(text_of(number, kind_of(number, seed), seed)) == (split == "hold-out"):
            yield number


def _parked(chance: np.random.Generator) -> Catch:
    """What happens to a plate as long as it stands there; wide enough to be read at all."""
    width = math.exp(chance.uniform(math.log(LEAST_WIDTH_PX), math.log(MOST_WIDTH_PX)))
    return msgspec.structs.replace(catch_of(chance), width_px=round(width, 1))


def _moment(parked: Catch, chance: np.random.Generator) -> Catch:
    """The same, a few seconds later: what comes and goes is drawn anew, what stays stays above nothing."""

    def about(value: float, spread: float, least: float, most: float) -> float:
        return round(float(np.clip(value * math.exp(chance.normal(0, spread)), least, most)), 2)

    shaken = chance.random() < _SHAKEN
    return msgspec.structs.replace(
        parked,
        width_px=about(parked.width_px, 0.012, LEAST_WIDTH_PX, MOST_WIDTH_PX),
        yaw_deg=round(parked.yaw_deg + float(chance.normal(0, 1.2)), 1),
        pitch_deg=round(parked.pitch_deg + float(chance.normal(0, 0.8)), 1),
        roll_deg=round(parked.roll_deg + float(chance.normal(0, 0.6)), 1),
        shade=about(parked.shade, 0.15, 0.01, 1) if parked.shade > 0 else 0.0,
        glare=about(parked.glare, 0.5, 0.01, 1) if parked.glare > 0 else 0.0,
        brightness=about(parked.brightness, 0.12, 0.3, 1.5),
        blur_px=about(parked.blur_px, 0.25, 0.2, 4),
        motion_px=round(float(chance.uniform(0, max(1.5, 0.035 * parked.width_px))), 2) if shaken else 0.0,
        motion_deg=round(float(chance.normal(0, 14)), 1),
        noise=about(parked.noise, 0.2, 0.5, 18),
        jpeg=int(np.clip(parked.jpeg + chance.integers(-6, 7), 25, 96)),
    )
