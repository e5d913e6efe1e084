"""The plate benchmark: a few looks at a rendered plate, through the product's reader, grammar and vote.

    python -m benchmarks plates [--set FOLDER] [--crops FOLDER] [--reader NAME]… [--most N]
        [--by-vote-alone] [--json]

The set is made by `python -m studio plates --sequences` of texts that nothing was taught or tuned on. What is
read of a picture is kept in the user's cache under the reader's digest, so that a run that is stopped goes
on, and other gates are judged without reading again. docs/plates.md says what is counted.
"""

import argparse
import dataclasses
import hashlib
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cv2
import msgspec
import numpy as np
from rich.progress import track

from benchmarks.figures import Figure, show
from benchmarks.plate_baseline import DETECTOR, RECOGNISER, BaselineReader
from detectors import plate_net, plate_ocr, reading
from detectors.look import Frame
from detectors.plate_grammar import Grammar, fit, open_grammar
from detectors.plate_net import NetPlateReader, open_nets
from detectors.plate_ocr import OcrPlateReader, TextFinder
from detectors.plates import PlateRead, PlateReader
from detectors.reading import Reading
from models.errors import EXIT_CONFIGURATION, ConfigurationError
from studio.plates.crops import labels_of
from studio.plates.sequences import LOOKS, sequences_of

BANDS_PX = ((60, 90), (90, 120), (120, 160), (160, 201))
JUDGED_PX = 90
MIN_RIGHT, MAX_WRONG = 0.97, 0.001
SHIPPED = Path(plate_net.__file__).with_name("weights")
NOBODY = np.zeros((0, 4))
WHOLE = (0.0, 0.0, 1.0, 1.0)
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)

REAL = {
    "double_yellow.jpg": "京EA5331",
    "police.jpg": "鄂F8888警",
    "single_green.jpg": "沪AF71017",
    "tmpA5E3.png": "WJ1693015",
}
"""Photographs of `CLEARWAY_DATA` whose plates its page tells."""


class Kept(msgspec.Struct, frozen=True):
    """What one reader read of one picture."""

    file: str
    reads: list[PlateRead]
    cpu_s: float


@dataclass(frozen=True, slots=True)
class Judged:
    """One sequence's outcome.

    Attributes:
        right: the text is the plate's.
        accepted: it is sure, so that somebody may get a notice.
        looks: there were at it.
    """

    kind: str
    width_px: float
    right: bool
    accepted: bool
    looks: int = LOOKS


class Reads:
    """A reader whose answers are kept on disk, picture by picture.

    Args:
        make: the reader; only made if something is not kept yet.
        name: of it.
        digest: of all that its answers depend on.
    """

    def __init__(self, make: Callable[[], PlateReader], name: str, digest: str) -> None:
        self._make = make
        self._reader: PlateReader | None = None
        self.file = cache() / "plate-reads" / f"{name}-{digest}.jsonl"
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self._kept: dict[str, Kept] = {}
        if self.file.exists():
            whole = self.file.read_bytes()
            whole = whole[: whole.rfind(b"\n") + 1]
            self.file.write_bytes(whole)  # without the line that was being written when a run was killed
            for line in whole.splitlines():
                kept = msgspec.json.decode(line, type=Kept)
                self._kept[kept.file] = kept

    def of(self, file: Path) -> Kept:
        """What is read of a picture."""
        key = f"{file.resolve()}:{file.stat().st_size}"
        if key not in self._kept:
            kept = self._read(file, key)
            with self.file.open("ab") as lines:
                lines.write(msgspec.json.encode(kept) + b"\n")
            self._kept[key] = kept
        return self._kept[key]

    def _read(self, file: Path, key: str) -> Kept:
        if self._reader is None:
            self._reader = self._make()
        pixels = cv2.imread(str(file), cv2.IMREAD_COLOR)
        if pixels is None:
            raise ConfigurationError.of(str(file), "is no picture", "make the set anew")
        frame = Frame(np.asarray(pixels, np.uint8), EPOCH, EPOCH)
        began = time.process_time()
        reads = self._reader.read(frame, WHOLE, NOBODY)
        return Kept(key, list(reads), time.process_time() - began)


def cache() -> Path:
    """Where sets lie unless told otherwise."""
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "clearway"


def readers(nets: Path, data: Path) -> dict[str, Callable[[], Reads]]:
    """Every reader that can be had here; those that cannot are said on the error stream.

    Args:
        nets: folder of our own networks.
        data: folder of what is compared with, `weights/` in it.
    """
    code = [Path(str(module.__file__)) for module in (plate_ocr, plate_net)]
    found: dict[str, Callable[[], Reads]] = {
        "rapidocr": lambda: Reads(lambda: OcrPlateReader(TextFinder()), "rapidocr", _digest(code[:1]))
    }
    own = [nets / plate_net.READER, nets / plate_net.FINDER]
    if all(file.is_file() for file in own):
        found["own"] = lambda: Reads(
            lambda: NetPlateReader(TextFinder(), open_nets(nets)), "own", _digest([*own, *code])
        )
    else:
        print(f"left out: no networks of our own in {nets}", file=sys.stderr)
    weights = [data / "weights" / name for name in (DETECTOR, RECOGNISER)]
    if all(file.is_file() for file in weights):
        found["gpl"] = lambda: Reads(lambda: BaselineReader(data / "weights"), "gpl", _digest(weights))
    else:
        print(f"left out: no plate networks to compare with in {data}; set CLEARWAY_DATA", file=sys.stderr)
    return found


def judged(
    folder: Path, reads: Reads, grammar: Grammar, most: int | None, *, seconded: bool = True
) -> Iterator[Judged]:
    """Every sequence of a set, read until the plate is sure, as a standing vehicle is.

    Args:
        folder: of the set.
        reads: what the reader sees.
        grammar: what plates there are.
        most: so many sequences.
        seconded: whether the second reader has a say in what is sure (`detectors.plate_second`).

    Raises:
        ConfigurationError: there is no such set.
    """
    try:
        sequences = list(sequences_of(folder))
    except (OSError, msgspec.MsgspecError) as exc:
        remedy = "make one: python -m studio plates --sequences --out FOLDER --count 3000"
        raise ConfigurationError.of(str(folder), f"is no set of plate sequences: {exc}", remedy) from exc
    for sequence in track(sequences[:most], description="reading", disable=not sys.stderr.isatty()):
        state = Reading()
        second = 0.0
        for tried, look in enumerate(sequence.looks, 1):
            if reading.is_settled(state):
                break
            file = folder / look.file
            picture = hashlib.sha256(str(file).encode()).hexdigest()
            at = EPOCH + timedelta(seconds=second)
            found = reads.of(file).reads
            if not seconded:
                found = [dataclasses.replace(one, others=()) for one in found]
            state = reading.step(state, found, grammar, picture=picture, at=at)
            second += reading.pause_s(tried)
        plate = reading.verdict(state)
        yield Judged(
            kind=sequence.kind,
            width_px=sequence.width_px,
            right=plate is not None and plate.text == sequence.text,
            accepted=plate is not None and plate.sure,
            looks=len(sequence.looks),
        )


def figures(name: str, outcomes: Sequence[Judged], *, ours: bool) -> Iterator[Figure]:
    """What became of the sequences: over those wide enough to be judged, then by width and kind.

    Args:
        name: of the reader.
        outcomes: of its sequences.
        ours: whether the bars are meant for it.
    """
    wide = [one for one in outcomes if one.width_px >= JUDGED_PX]
    note = f"{len(wide)} sequences >= {JUDGED_PX} px"
    looks = max((one.looks for one in outcomes), default=LOOKS)
    yield Figure(
        f"plates {name}: right and sure after {looks} looks",
        share(wide, lambda one: one.right and one.accepted),
        "of all", MIN_RIGHT if ours else None, "least", note,
    )  # fmt: skip
    yield Figure(
        f"plates {name}: wrong but sure", share(wide, lambda one: one.accepted and not one.right),
        "of all", MAX_WRONG if ours else None, "most", note,
    )  # fmt: skip
    yield Figure(
        f"plates {name}: right, sure or not", share(wide, lambda one: one.right), "of all", note=note
    )
    parts: list[tuple[str, list[Judged]]] = [
        (f"{low}-{high - high % 10} px", [one for one in outcomes if low <= one.width_px < high])
        for low, high in BANDS_PX
    ]
    parts += [(kind, [one for one in wide if one.kind == kind]) for kind in sorted({o.kind for o in wide})]
    for part, some in parts:
        if some:
            wrong = sum(one.accepted and not one.right for one in some)
            right = share(some, lambda one: one.right and one.accepted)
            told = f"{len(some)} sequences, {wrong} wrong but sure"
            yield Figure(f"plates {name}, {part}: right and sure", right, "of all", note=told)


def share(outcomes: Sequence[Judged], counts: Callable[[Judged], bool]) -> float:
    """How many of them; 0 of none."""
    return sum(map(counts, outcomes)) / len(outcomes) if outcomes else 0.0


def singles(folder: Path, name: str, reads: Reads, grammar: Grammar, most: int | None) -> Iterator[Figure]:
    """Single crops of the hold-out, no vote: what one look is worth, and what it costs."""
    labels = [one for one in labels_of(folder) if one.split == "hold-out"]
    wide = [one for one in labels if one.catch.width_px >= JUDGED_PX][:most]
    outcomes: Counter[str] = Counter()
    spent = 0.0
    for label in track(wide, description="single crops", disable=not sys.stderr.isatty()):
        kept = reads.of(folder / label.file)
        spent += kept.cpu_s
        texts = _texts(kept.reads, grammar)
        outcomes["right" if label.text in texts[:1] else "wrong" if texts else "none"] += 1
    if wide:
        note = f"{len(wide)} crops >= {JUDGED_PX} px; {outcomes['wrong']} read as another plate"
        yield Figure(f"plates {name}: right in one look", outcomes["right"] / len(wide), "of all", note=note)
        yield Figure(f"plates {name}: cost of a look", spent / len(wide) * 1000, "CPU ms", note="one thread")


def photographs(data: Path, name: str, reads: Reads, grammar: Grammar) -> Iterator[Figure]:
    """Real pictures, the whole picture as the vehicle's box."""
    files = {data / "images" / "plates" / file: text for file, text in REAL.items()}
    found = {file: text for file, text in files.items() if file.is_file()}
    if not found:
        return
    said = {file: _texts(reads.of(file).reads, grammar) for file in found}
    right = sum(text in said[file][:1] for file, text in found.items())
    note = "; ".join(f"{text}: {', '.join(said[file]) or '-'}" for file, text in found.items())
    yield Figure(f"plates {name}: photographs right", right, f"of {len(found)}", note=note)


def _texts(reads: Iterable[PlateRead], grammar: Grammar) -> list[str]:
    """Those that are plates, the best first."""
    fits = [fit(grammar, read.text, read.characters, hint=read.kind, rows=read.rows) for read in reads]
    good = sorted((one for one in fits if one is not None), key=lambda one: -min(one.characters))
    return list(dict.fromkeys(one.text for one in good))


def _digest(files: Iterable[Path]) -> str:
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:12]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it; 0 when every bar was reached, 78 where something is missing."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks plates", description=__doc__)
    parser.add_argument("--set", type=Path, default=cache() / "plate-sequences", help="folder of sequences")
    parser.add_argument("--crops", type=Path, default=cache() / "plates", help="folder of single crops")
    parser.add_argument("--nets", type=Path, default=SHIPPED, help="folder of our own networks")
    parser.add_argument("--grammar", default="cn")
    parser.add_argument("--reader", action="append", help="only this one: own, rapidocr, gpl; repeatable")
    parser.add_argument("--most", type=int, help="so many sequences and crops at most")
    parser.add_argument(
        "--by-vote-alone", action="store_true", help="without the second reader's word on each character"
    )
    parser.add_argument("--json", action="store_true", help="one JSON line each")
    given = parser.parse_args(arguments)
    cv2.setNumThreads(1)
    data = Path(os.environ.get("CLEARWAY_DATA", "../shared/data"))
    good = True
    try:
        grammar = open_grammar(given.grammar)
        there = readers(given.nets, data)
        ours = "own" if "own" in there else "rapidocr"
        for name, make in there.items():
            if given.reader and name not in given.reader:
                continue
            reads = make()
            seconded = not given.by_vote_alone
            outcomes = list(judged(given.set, reads, grammar, given.most, seconded=seconded))
            good &= show(figures(name, outcomes, ours=name == ours), as_json=given.json)
            if (given.crops / "labels.jsonl").is_file():
                good &= show(singles(given.crops, name, reads, grammar, given.most), as_json=given.json)
            good &= show(photographs(data, name, reads, grammar), as_json=given.json)
    except ConfigurationError as exc:
        sys.stderr.write(f"{exc}\n")
        return EXIT_CONFIGURATION
    return 0 if good else 1
