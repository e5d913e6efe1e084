"""From trained weights to the file that edge boxes run, with the card that says what it is."""

import tempfile
from pathlib import Path
from typing import Any

import jinja2
import msgspec

from detectors import extra
from detectors.heads import boxed
from detectors.look import Detections
from detectors.opening import open_network
from detectors.training.evaluation import CURVE_FROM, Evaluation, look_ms, read_pixels
from detectors.training.order import USUAL
from detectors.training.runcard import RunCard, read_run, replace, sha256
from detectors.training.unfolding import RUN_KEY
from models.errors import ConfigurationError, TrainingBroken
from models.geometry import iou

LICENCE = "AGPL-3.0-or-later"

STRONGEST, COMPARED_FROM = 10, 0.1
"""So many of the surest detections are compared: further down, ties decide which of two boxes is kept."""

SAME_IOU, SAME_SCORE = 0.95, 0.02
"""One network in two programs: what is left is the rounding of resizing and of arithmetic."""


class Exported(msgspec.Struct, frozen=True, kw_only=True):
    """An exported network.

    Attributes:
        compared: how many detections of both files were held against each other; 0 where the picture shows
            nothing or there was none.
        cpu_ms: of one look, one thread; None without a picture.
    """

    file: str
    sha256: str
    mb: float
    size_px: int
    classes: tuple[str, ...]
    compared: int
    cpu_ms: float | None


def export(weights: Path, out: Path, *, size_px: int | None, picture: Path | None) -> Exported:
    """Export weights to ONNX and check that both files see the same.

    Args:
        weights: `.pt`, of ultralytics.
        out: `.onnx`.
        size_px: side of the network's square; None for the one it was taught with.
        picture: to compare on; None for the first of the run's own.

    Raises:
        ConfigurationError: one of them cannot be used, or the extra is missing.
        TrainingBroken: the export failed, or sees something else than the weights.
    """
    for file, suffix, flag in ((weights, ".pt", "WEIGHTS"), (out, ".onnx", "--out")):
        if file.suffix != suffix:
            raise ConfigurationError.of(
                str(file), f"is no {suffix} file", f"give {flag} a name ending in {suffix}"
            )
    if not weights.is_file():
        raise ConfigurationError.of(str(weights), "no such weights", "give the network.pt of a run")
    library = extra.ultralytics("export")
    run = run_of(weights)
    size_px = size_px or (run.taught.size_px if run else USUAL.size_px)
    picture = picture or _own_picture(weights)
    with tempfile.TemporaryDirectory(prefix="clearway-export-") as folder:
        # Aside and under the final name, so that what is refused never stands where it was asked for.
        aside = Path(folder) / out.name
        names = _convert(library, weights, aside, size_px, run)
        compared = 0 if picture is None else _compare(weights, aside, out, size_px, picture)
        try:
            out.parent.mkdir(parents=True, exist_ok=True)
            replace(out, aside.read_bytes())
        except OSError as exc:
            remedy = "give --out a folder that can be written"
            raise ConfigurationError.of(str(out), f"cannot be written: {exc.strerror}", remedy) from exc
    return Exported(
        file=str(out),
        sha256=sha256(out),
        mb=round(out.stat().st_size / 1e6, 2),
        size_px=size_px,
        classes=names,
        compared=compared,
        cpu_ms=None if picture is None else look_ms(open_network(out), [picture] * 11),
    )


def run_of(weights: Path) -> RunCard | None:
    """The run that made these very weights, if its card stands beside them."""
    run = read_run(weights.parent)
    return run if run is not None and run.sha256 == sha256(weights) else None


def write_card(out: Path, exported: Exported, run: RunCard | None, evaluation: Evaluation | None) -> Path:
    """Write what the network is beside it, for people; returns the file."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        trim_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - Markdown of our own figures
    )
    text = environment.get_template("card.md.j2").render(
        name=out.stem, file=out.name, exported=exported, run=run, evaluation=evaluation, licence=LICENCE
    )
    card = out.with_suffix(".md")
    replace(card, text.encode())
    return card


def _convert(
    library: Any,  # noqa: ANN401
    weights: Path,
    aside: Path,
    size_px: int,
    run: RunCard | None,
) -> tuple[str, ...]:
    """Export from a copy, for the library writes next to the weights; returns the classes."""
    copy = aside.with_name("network.pt")
    copy.write_bytes(weights.read_bytes())
    try:
        with extra.by_itself():
            model = library.YOLO(str(copy), task="detect")
            # Of any size: then a wide picture has no grey bars and a region is looked at in small.
            written = model.export(
                format="onnx", imgsz=size_px, dynamic=True, simplify=False, verbose=False, device="cpu"
            )
    except Exception as exc:
        # The library raises whatever PyTorch, pickle or onnx raise.
        raise TrainingBroken(f"export: {weights}: cannot be exported: {exc}") from exc
    names = dict(model.names)
    aside.write_bytes(_cleaned(Path(written), names, size_px, run))
    return tuple(names.values())


def _cleaned(file: Path, names: dict[int, str], size_px: int, run: RunCard | None) -> bytes:
    """The same network with only our words in it: no paths of this machine, no date; the same bytes again."""
    import onnx  # noqa: PLC0415 - the extra

    model = onnx.load(str(file))
    said = {prop.key: prop.value for prop in model.metadata_props}
    del model.metadata_props[:]
    words = {
        "names": str(names),
        "task": "detect",
        "imgsz": str([size_px, size_px]),
        "license": LICENCE if run else said.get("license", "that of the weights"),
        "description": "A detection network for Clearway",
    }
    if run is not None:  # so that whoever teaches it on can say what it was taught with
        words[RUN_KEY] = msgspec.json.encode(msgspec.structs.replace(run, epochs=())).decode()
    onnx.helper.set_model_props(model, words)
    for node in model.graph.node:
        node.ClearField("doc_string")
        del node.metadata_props[:]
    body: bytes = model.SerializeToString()
    return body


def _own_picture(weights: Path) -> Path | None:
    """The first picture that the run was judged by."""
    try:
        first = (weights.parent / "work" / "val.txt").read_text(encoding="utf-8").splitlines()[0]
    except (OSError, IndexError):
        return None
    return Path(first) if Path(first).is_file() else None


def _compare(weights: Path, aside: Path, out: Path, size_px: int, picture: Path) -> int:
    """How many detections were held against each other."""
    # Boxed beforehand, for the library fills up to a square what our own eye looks at as wide as it is.
    pixels, _, _ = boxed(read_pixels(picture), (size_px, size_px))
    ours, theirs = (
        open_network(path, size_px=size_px, min_score=CURVE_FROM).detect(pixels) for path in (aside, weights)
    )
    compared = 0
    for found, other in ((ours, theirs), (theirs, ours)):
        surest = found.scores.argsort()[::-1][:STRONGEST]
        for index in (int(place) for place in surest if found.scores[place] >= COMPARED_FROM):
            compared += 1
            if not _is_among(found, index, other):
                box = [round(float(edge), 3) for edge in found.boxes_xyxy[index]]
                raise TrainingBroken(
                    f"export: {out} would not see what {weights} sees on {picture}, or the other way round: "
                    f"{found.labels[index]} {found.scores[index]:.2f} at {box}"
                )
    return compared


def _is_among(found: Detections, index: int, other: Detections) -> bool:
    same = other.only(frozenset({found.labels[index]}))
    # Clipped, since the library clips and our own eye does not: clipping moves the point on the ground.
    overlaps = iou(found.boxes_xyxy[index].clip(0, 1), same.boxes_xyxy.clip(0, 1))
    near = (overlaps >= SAME_IOU) & (abs(same.scores - found.scores[index]) <= SAME_SCORE)
    return bool(near.any())
