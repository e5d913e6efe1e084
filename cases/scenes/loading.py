"""Scene packs from their folders, with every fault said at once."""

import re
from collections.abc import Callable, Iterable, Mapping
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TypeVar

from cases.policy import Policy, parse_policy
from cases.scenes.records import CheckItem, Checklist, Pack, Scene
from models import toml
from models.errors import ConfigurationError, Fault
from models.units import NAME_PATTERN

HEAD, POLICY, CHECKLIST, TEXTS = "scene.toml", "policy.toml", "checklist.toml", "texts"
TEMPLATE_MOST = 4000
"""Characters of one template; an SMS has a few hundred."""
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
T = TypeVar("T")


def builtin_scenes() -> dict[str, Pack]:
    """The packs that ship with Clearway, by name."""
    root = resources.files("cases").joinpath("scenes")
    return _all(sorted(_folders(root), key=lambda folder: folder.name), shipped=True)


def city_scenes(folder: Path | None) -> dict[str, Pack]:
    """The packs that ship, and a city's own which win over them.

    Args:
        folder: of the city's own packs; None if it has none.

    Raises:
        ConfigurationError: with every fault of every pack of the city.
    """
    shipped = builtin_scenes()
    if folder is None:
        return shipped
    if not folder.is_dir():
        remedy = "give a folder that holds one folder for each scene"
        raise ConfigurationError.of(str(folder), "is no folder", remedy, key="cases.scenes")
    return shipped | read_scenes(folder)


def read_scenes(folder: Path) -> dict[str, Pack]:
    """Every pack of a folder.

    Raises:
        ConfigurationError: with every fault of every pack.
    """
    return _all(sorted(_folders(folder), key=lambda entry: entry.name), shipped=False)


def read_scene(folder: Path | Traversable, shown: str = "") -> Pack:
    """One pack.

    Args:
        folder: that holds its files.
        shown: the folder's name in messages, if not its own.

    Raises:
        ConfigurationError: with every fault of every file.
    """
    shown = shown or str(folder)
    faults: list[Fault] = []
    if not re.fullmatch(NAME_PATTERN, folder.name):
        remedy = "use up to 64 letters, digits, - and _"
        faults.append(Fault(shown, 0, "", f"{folder.name!r} is no name for a scene", remedy))

    def read(name: str, how: Callable[[str, str], T], fallback: T | None = None) -> T | None:
        source = f"{shown}/{name}"
        try:
            if fallback is not None and not folder.joinpath(name).is_file():
                return fallback
            return how(_text(folder.joinpath(name), source), source)
        except ConfigurationError as exc:
            faults.extend(exc.faults)
            return None

    scene = read(HEAD, lambda text, source: toml.parse(text, source, Scene))
    policy = read(POLICY, parse_policy)
    checklist = read(CHECKLIST, lambda text, source: toml.parse(text, source, Checklist), Checklist())
    texts = _texts(folder, shown, faults)
    if policy is not None:
        faults.extend(_misnamed(folder.name, scene, policy, shown))
    if faults or scene is None or policy is None:
        raise ConfigurationError(tuple(faults))
    items: tuple[CheckItem, ...] = () if checklist is None else checklist.item
    return Pack(name=folder.name, scene=scene, policy=policy, checklist=items, texts=texts)


def message_texts(packs: Iterable[Pack]) -> dict[str, str]:
    """The packs' templates as `notifier.messages` looks for them, `{language}/{matter}/{step}.j2`.

    Of two packs with one matter the later one's win: a city's over the shipped ones.
    """
    return {
        f"{language}/{pack.scene.matter}/{step}.j2": text
        for pack in packs
        for (language, step), text in pack.texts.items()
    }


def _all(folders: Iterable[Traversable], *, shipped: bool) -> dict[str, Pack]:
    packs: dict[str, Pack] = {}
    faults: list[Fault] = []
    by_matter: dict[str, str] = {}
    for folder in folders:
        shown = folder.name if shipped else str(folder)
        try:
            pack = read_scene(folder, shown)
        except ConfigurationError as exc:
            faults.extend(exc.faults)
            continue
        other = by_matter.setdefault(pack.scene.matter, pack.name)
        if other != pack.name:
            problem = f"{pack.scene.matter!r} is the matter of scene {other!r}"
            faults.append(Fault(f"{shown}/{HEAD}", 0, "matter", problem, "give each scene its own matter"))
        packs[pack.name] = pack
    if faults:
        raise ConfigurationError(tuple(faults))
    return packs


def _folders(root: Path | Traversable) -> list[Traversable]:
    """Folders that are meant as packs: not hidden ones, nor what Python leaves behind."""
    return [entry for entry in root.iterdir() if entry.is_dir() and not entry.name.startswith((".", "__"))]


def _misnamed(name: str, scene: Scene | None, policy: Policy, shown: str) -> Iterable[Fault]:
    source = f"{shown}/{POLICY}"
    if policy.name != name:
        yield Fault(source, 0, "name", f"is {policy.name!r}, its folder {name!r}", f'write name = "{name}"')
    if scene is not None and policy.matter != scene.matter:
        problem = f"is {policy.matter!r}, that of {HEAD} is {scene.matter!r}"
        yield Fault(source, 0, "matter", problem, "write the same matter in both files")


def _texts(folder: Path | Traversable, shown: str, faults: list[Fault]) -> Mapping[tuple[str, str], str]:
    root = folder.joinpath(TEXTS)
    if not root.is_dir():
        return {}
    texts = {}
    for language in sorted(_folders(root), key=lambda entry: entry.name):
        if not _LANGUAGE.fullmatch(language.name):
            remedy = "use a language tag such as zh-CN or en"
            problem = f"{language.name!r} is no language"
            faults.append(Fault(f"{shown}/{TEXTS}/{language.name}", 0, "", problem, remedy))
            continue
        for entry in sorted(language.iterdir(), key=lambda entry: entry.name):
            step, dot, ending = entry.name.rpartition(".")
            source = f"{shown}/{TEXTS}/{language.name}/{entry.name}"
            if not dot or ending != "j2" or not re.fullmatch(NAME_PATTERN, step):
                remedy = "name it like the step it belongs to, as notice.j2"
                faults.append(Fault(source, 0, "", "is no message of a step", remedy))
                continue
            try:
                text = _text(entry, source)
            except ConfigurationError as exc:
                faults.extend(exc.faults)
                continue
            if not text.strip() or len(text) > TEMPLATE_MOST:
                problem = f"has {len(text)} characters" if text.strip() else "is empty"
                faults.append(Fault(source, 0, "", problem, f"write 1 to {TEMPLATE_MOST} characters"))
            texts[language.name, step] = text
    return texts


def _text(file: Traversable, source: str) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except FileNotFoundError as exc:
        raise ConfigurationError.of(source, "no such file", "a scene needs it") from exc
    except OSError as exc:
        problem = f"cannot be read: {exc.strerror}"
        raise ConfigurationError.of(source, problem, "check its permissions") from exc
    except UnicodeDecodeError as exc:
        raise ConfigurationError.of(source, "is not UTF-8 text", "save it as UTF-8") from exc
