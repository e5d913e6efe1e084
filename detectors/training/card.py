"""The data card: a YAML file that names the classes and the folders of a set of labelled pictures.

The same file that YOLO's own tools read: `path`, `train`, `val`, `test`, `names`. Every fault is told with
its line. `download` is never followed: it is a program that somebody else wrote.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from models.errors import ConfigurationError, Fault

SPLITS = ("train", "val", "test")


@dataclass(frozen=True, slots=True)
class DataCard:
    """What a set of labelled pictures consists of.

    Attributes:
        file: the card itself.
        names: the classes; a label's number is a place in it.
        splits: by name, the folders of pictures, or `.txt` files that list them.
        lines: by split, where the card names it, 1-based.
    """

    file: Path
    names: tuple[str, ...]
    splits: Mapping[str, tuple[Path, ...]]
    lines: Mapping[str, int]


def read_card(file: Path) -> DataCard:
    """Read a data card.

    Raises:
        ConfigurationError: with every fault of the card itself; pictures and labels are not looked at.
    """
    values, lines = _values(file)
    names = _names(values.get("names"))
    root = file.parent / str(values.get("path") or ".")
    splits = _splits(values, root)
    faults = tuple(
        Fault(str(file), lines.get(key, 0), key, problem, remedy)
        for key, problem, remedy in (*_name_faults(names, values), *_place_faults(root, splits))
    )
    if faults:
        raise ConfigurationError(faults)
    return DataCard(file, names, splits, lines)


def _splits(values: Mapping[str, Any], root: Path) -> dict[str, tuple[Path, ...]]:
    given = {split: values[split] for split in SPLITS if values.get(split)}
    return {
        split: tuple(root / str(place) for place in (places if isinstance(places, list) else [places]))
        for split, places in given.items()
    }


def _name_faults(names: tuple[str, ...], values: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Key, problem and remedy of what is wrong with the classes."""
    if not names:
        yield "names", "names no classes", "list them: names: [car, person, stall]"
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield "names", f"{name!r} stands twice", "give every class one number"
    if "nc" in values and values["nc"] != len(names):
        yield "nc", f"says {values['nc']} classes where {len(names)} are named", "leave `nc` out"


def _place_faults(root: Path, splits: Mapping[str, tuple[Path, ...]]) -> Iterator[tuple[str, str, str]]:
    """Key, problem and remedy of what is wrong with the folders."""
    if not splits:
        yield "train", "names no pictures", "give `train` and `val`: folders, relative to `path`"
    if not root.is_dir():
        yield "path", f"no such folder: {root}", "give one, relative to the card's own folder"
        return
    for split, places in splits.items():
        for place in places:
            if not (place.is_dir() or (place.is_file() and place.suffix == ".txt")):
                remedy = "give a folder of pictures, or a .txt file that lists them"
                yield split, f"no such folder: {place}", remedy


def _values(file: Path) -> tuple[dict[str, Any], dict[str, int]]:
    """The card as plain values, and the line of each key."""
    try:
        text = file.read_text(encoding="utf-8")
        values = yaml.safe_load(text)
        tree = yaml.compose(text)
    except OSError as exc:
        problem = f"cannot be read: {exc.strerror}"
        raise ConfigurationError.of(str(file), problem, "give an existing data card (YAML)") from exc
    except UnicodeDecodeError as exc:
        raise ConfigurationError.of(str(file), "is not UTF-8 text", "save it as UTF-8") from exc
    except (yaml.YAMLError, ValueError, RecursionError) as exc:
        mark = getattr(exc, "problem_mark", None)
        problem = f"is not YAML: {getattr(exc, 'problem', None) or exc}"
        line = mark.line + 1 if mark else 0
        raise ConfigurationError((Fault(str(file), line, "", problem, "see docs/training.md"),)) from exc
    if not isinstance(values, dict) or not isinstance(tree, yaml.MappingNode):
        raise ConfigurationError.of(str(file), "is no data card", "see docs/training.md for one")
    return values, {str(key.value): key.start_mark.line + 1 for key, _ in tree.value}


def _names(given: object) -> tuple[str, ...]:
    """The classes in the order of their numbers; none where the numbers have gaps."""
    if isinstance(given, list):
        return tuple(str(name) for name in given)
    if isinstance(given, dict) and set(given) == set(range(len(given))):
        return tuple(str(given[number]) for number in range(len(given)))
    return ()
