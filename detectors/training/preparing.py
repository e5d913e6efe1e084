"""What must be true before a network is taught, and the files that say what with."""

import importlib.metadata
import platform
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import yaml

from detectors.training.card import read_card
from detectors.training.dataset import Labelled, digest, read_split
from detectors.training.order import Order
from detectors.training.runcard import Lessons, RunCard, Taught, read_run, replace, sha256
from detectors.training.unfolding import run_within
from models.errors import ConfigurationError, Fault

NETWORK = "network.pt"
ARCHITECTURE = Path(__file__).with_name("nano.yaml")
EXPORTED = ".onnx"
STARTS = {".pt", EXPORTED}


def check_folder(order: Order, before: RunCard | None) -> None:
    """Refuse a folder that holds another run, and weights that are not there.

    Raises:
        ConfigurationError: saying what to give instead.
    """
    if order.resume and before is None:
        remedy = "leave --resume out, or name the folder of the run"
        raise ConfigurationError.of(str(order.out), "holds no run to go on with", remedy)
    if not order.resume and before is not None and (before.epochs or before.finished):
        remedy = "go on with --resume, or give --out another folder"
        raise ConfigurationError.of(str(order.out), "holds a run already", remedy)
    if before is not None and before.finished:
        remedy = f"start another from it: --from {order.out / NETWORK} --out ANOTHER"
        raise ConfigurationError.of(str(order.out), "holds a run that is finished", remedy)
    if order.start is not None and not (order.start.is_file() and order.start.suffix in STARTS):
        remedy = "give --from a .pt file, or an .onnx file of `clearway export`"
        raise ConfigurationError.of(str(order.start), "no such weights", remedy)


def check_start(start: Path, library: Any) -> None:  # noqa: ANN401 - the library has no types
    """Refuse weights that the library cannot load, before a folder is made for them.

    Raises:
        ConfigurationError: it cannot.
    """
    try:
        library.nn.tasks.load_checkpoint(start)
    except Exception as exc:
        # The library raises whatever torch, zipfile or pickle raise; all mean the same here.
        problem = f"is not a network that ultralytics can load: {exc}"
        raise ConfigurationError.of(str(start), problem, "give --from the network.pt of a run") from exc


def lessons(data: Path) -> tuple[tuple[str, ...], dict[str, tuple[Labelled, ...]]]:
    """The classes and both splits.

    Raises:
        ConfigurationError: with the faults of both at once.
    """
    card = read_card(data)
    splits: dict[str, tuple[Labelled, ...]] = {}
    faults: list[Fault] = []
    for split in ("train", "val"):
        try:
            splits[split] = read_split(card, split)
        except ConfigurationError as exc:
            faults.extend(exc.faults)
    if faults:
        raise ConfigurationError(tuple(faults))
    if not any(one.labels for one in splits["train"]):
        remedy = "label some pictures, or correct the path: labels stand in `labels/` beside `images/`"
        raise ConfigurationError.of(str(data), "no picture of `train` has a label", remedy, key="train")
    return card.names, splits


def new_card(
    order: Order,
    names: tuple[str, ...],
    splits: dict[str, tuple[Labelled, ...]],
    library: Any,  # noqa: ANN401
) -> RunCard:
    """The card of a run that begins."""
    import torch  # noqa: PLC0415 - the extra

    before = _run_of(order.start) if order.start else None
    counts = Counter(label for one in splits["train"] for label in one.labels)
    start = f"{order.start.name} {sha256(order.start)}" if order.start else None
    return RunCard(
        taught=Taught(
            epochs=order.epochs, size_px=order.size_px, batch=order.batch, seed=order.seed, start=start
        ),
        lessons=Lessons(
            card=order.data.name,
            digest=digest(splits.values()),
            classes=names,
            pictures={split: len(pictures) for split, pictures in splits.items()},
            boxes={name: counts[name] for name in names},
        ),
        architecture=None if order.start else f"{ARCHITECTURE.stem} {sha256(ARCHITECTURE)}",
        versions={
            "clearway": importlib.metadata.version("clearway"),
            "ultralytics": str(library.__version__),
            "torch": str(torch.__version__),
            "python": platform.python_version(),
        },
        threads=order.threads,
        before=before,
    )


def _run_of(start: Path) -> RunCard | None:
    """The run that some weights came from, if its card lies beside them or within; without its epochs."""
    if start.suffix == EXPORTED:
        return run_within(start)
    try:
        card = read_run(start.parent)
    except ConfigurationError:  # it is no card of ours: then nobody knows
        return None
    if card is None or card.sha256 != sha256(start):
        return None
    return changed_card(card, epochs=())


def go_on(order: Order, before: RunCard, now: RunCard) -> RunCard:
    """The card of a run that goes on.

    Raises:
        ConfigurationError: it is no longer taught with what it was.
    """
    for what, was, is_ in (
        ("the pictures or labels", before.lessons, now.lessons),
        ("the flags", before.taught, now.taught),
    ):
        if was != is_:
            changed = [
                f"{name}: {getattr(was, name)!r}, now {getattr(is_, name)!r}"
                for name in was.__struct_fields__
                if getattr(was, name) != getattr(is_, name)
            ]
            problem = f"{what} are not those it began with ({'; '.join(changed)})"
            remedy = "give the same, or begin anew with another --out"
            raise ConfigurationError.of(str(order.out), problem, remedy)
    return changed_card(before, threads=now.threads)


def changed_card(card: RunCard, **changes: Any) -> RunCard:  # noqa: ANN401 - any field
    """A card with some fields changed."""
    return msgspec.structs.replace(card, **changes)


def write_data(work: Path, names: tuple[str, ...], splits: dict[str, tuple[Labelled, ...]]) -> Path:
    """A data card of our own, with whole paths and nothing to download or to run."""
    for split, pictures in splits.items():
        replace(work / f"{split}.txt", "".join(f"{one.picture}\n" for one in pictures).encode())
    values = {
        "path": str(work.resolve()),
        **{split: f"{split}.txt" for split in splits},
        "names": dict(enumerate(names)),
    }
    file = work / "data.yaml"
    replace(file, yaml.safe_dump(values, allow_unicode=True, sort_keys=False).encode())
    return file
