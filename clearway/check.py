"""`clearway check`: every fault of every file at once, each with its line and its remedy."""

import os
import tomllib
from collections.abc import Iterator
from pathlib import Path

from cases.policy import Policy, builtin_policies, parse_policy
from cases.policy_check import policy_warnings
from cases.responsibility import reading, store
from cases.responsibility.sheets import Findings
from cases.responsibility.store import Sheet
from cases.scenes import message_texts, read_scene, read_scenes
from clearway import paths, reference_check, wiring
from clearway.settings import Settings, load
from console.entry_check import require_safe_entry
from detectors.opening import open_reference
from edge.assemble import load_plan
from models.errors import ConfigurationError, Fault
from models.plan import parse_plan

SEGMENTS_MOST = 2
"""How long a scene's messages may be, in SMS; settings may allow more (`notifier.segments_most`)."""


def check(files: list[Path]) -> list[Fault]:
    """The faults of files, whose kind is told from what they hold.

    Areas, matters, components and units are also held against each other, where several are given.
    """
    faults: list[Fault] = []
    sheets: list[Sheet] = []
    for path in files:
        try:
            if (sheet := _sheet(path)) is not None:
                sheets.append(sheet)
                faults.extend(sheet.findings.faults)
                continue
            _check_one(path)
        except ConfigurationError as exc:
            faults.extend(exc.faults)
    findings = Findings()
    sets = {sheet.kind: sheet.placed for sheet in sheets}
    if sets:
        known = set(builtin_policies()).union(*map(_policies_of, files))
        store.cross_check_sets(sets, known, findings)
    return faults + findings.faults


def warnings(files: list[Path]) -> list[tuple[str, str]]:
    """What in files is no fault and hardly meant, as steps that can never be taken: file and warning.

    The pictures that plans were drawn on are looked at by the network, for what stands in them.

    Files with faults say nothing here: `check` says what is wrong with them.
    """
    found: list[tuple[str, str]] = []
    for path in files:
        try:
            found += [
                (str(path), warning) for policy in _own_policies(path) for warning in policy_warnings(policy)
            ]
            found += [(str(path), warning) for warning in _of_references(path)]
        except ConfigurationError:
            continue
    return found


def _own_policies(path: Path) -> list[Policy]:
    """The ladders that a file or folder brings along."""
    if path.is_dir():
        single = (path / "scene.toml").exists()
        scenes = [read_scene(path.absolute())] if single else list(read_scenes(path).values())
        return [scene.policy for scene in scenes]
    if path.suffix.lower() != ".toml":
        return []
    text = paths.read_text(path)
    match kind_of(text):
        case "policy":
            return [parse_policy(text, str(path))]
        case "settings":
            return list(wiring.policies(load(path)).values())
        case _:
            return []


def _of_references(path: Path) -> Iterator[str]:
    """What the pictures that plans were drawn on show in their zones."""
    if path.is_dir() or path.suffix.lower() != ".toml":
        return
    text = paths.read_text(path)
    match kind_of(text):
        case "plan":
            yield from reference_check.of_plan(path, parse_plan(text, str(path)))
        case "settings":
            yield from reference_check.of_settings(load(path))


def _sheet(path: Path) -> Sheet | None:
    """A file of areas, matters, components or units; None for any other."""
    if path.suffix.lower() not in {".csv", ".geojson", ".json"}:
        return None
    raw = paths.read_bytes(path)
    kind = reading.kind_of(raw)
    return None if kind is None else store.read_sheet(kind, raw, str(path))


def kind_of(text: str) -> str:
    """`plan`, `policy`, `scene` or `settings`, by the keys at the top; a broken file counts as settings."""
    try:
        values = tomllib.loads(text)
    except (ValueError, RecursionError):
        return "settings"
    keys = set(values)
    if "item" in keys or isinstance(values.get("name"), dict) or isinstance(values.get("zone"), dict):
        return "scene"
    if "zone" in keys or keys == {"camera"}:
        return "plan"
    if "step" in keys or {"name", "matter"} & keys:
        return "policy"
    return "settings"


def _policies_of(path: Path) -> set[str]:
    """Names of the ladders that one of the files brings along; what is wrong with it is said elsewhere."""
    try:
        if path.is_dir():
            single = (path / "scene.toml").exists()
            return {read_scene(path.absolute()).policy.name} if single else set(read_scenes(path))
        if path.suffix.lower() != ".toml":
            return set()
        text = paths.read_text(path)
        match kind_of(text):
            case "policy":
                return {parse_policy(text, str(path)).name}
            case "settings":
                return set(wiring.policies(load(path)))
    except ConfigurationError:
        pass
    return set()


def _check_one(path: Path) -> None:
    if path.is_dir():
        _check_scenes(path)
        return
    if path.suffix == ".csv":
        _check_owners(path, "CN")
        return
    text = paths.read_text(path)
    match kind_of(text):
        case "plan":
            open_reference(path, parse_plan(text, str(path)))
        case "policy":
            parse_policy(text, str(path))
        case "scene":
            read_scene(path.absolute().parent, str(path.parent))
        case _:
            _check_settings(path)


def _check_settings(path: Path) -> None:
    """The settings themselves, and every file they name."""
    settings = load(path)
    faults: list[Fault] = []
    for attempt in (
        lambda: wiring.edge_plans(settings),
        lambda: _check_references(settings),
        lambda: wiring.grammar(settings),
        lambda: wiring.policies(settings),
        lambda: require_safe_entry(settings.console),
        lambda: _check_network(settings.edge.network),
        lambda: _check_registries(settings),
        lambda: _check_messages(settings),
        lambda: _check_sender(settings),
    ):
        try:
            attempt()
        except ConfigurationError as exc:
            faults.extend(exc.faults)
    if faults:
        raise ConfigurationError(tuple(faults))


def _check_scenes(folder: Path) -> None:
    """One scene pack, or a folder of them, with the messages in it."""
    from notifier.messages import Messages  # noqa: PLC0415 - only scenes and settings need it
    from notifier.template_check import text_faults  # noqa: PLC0415

    single = (folder / "scene.toml").exists()
    packs = [read_scene(folder.absolute(), str(folder))] if single else list(read_scenes(folder).values())
    texts = message_texts(packs)
    faults = text_faults(texts) or Messages("Asia/Shanghai", None, texts).check(
        (pack.policy for pack in packs), ("zh-CN", "en"), SEGMENTS_MOST
    )
    if faults:
        raise ConfigurationError(faults)


def _check_references(settings: Settings) -> None:
    """The picture that each plan names. What is wrong with a plan itself is said elsewhere."""
    for camera in settings.edge.camera:
        try:
            plan = load_plan(camera)
        except ConfigurationError:
            continue
        open_reference(camera.plan, plan)


def _check_network(path: Path | None) -> None:
    if path is not None and not path.is_file():
        raise ConfigurationError.of(
            str(path), "no such network file", "give an existing one", key="edge.network"
        )


def _check_owners(path: Path, region: str) -> None:
    """One file of owners. Without settings there are no keys: encrypted numbers are not read."""
    from notifier.registries.sheet import Manner, read_sheet  # noqa: PLC0415 - phone metadata is slow to load

    sheet = read_sheet(path, Manner(language="zh-CN", region=region, key=b"check", locked=True))
    if sheet.faults:
        raise ConfigurationError(tuple(sheet.faults))


def _check_registries(settings: Settings) -> None:
    """Every registry of owners that settings name; one that cannot be reached now is no fault."""
    from clearway import voice_wiring  # noqa: PLC0415 - phone metadata is slow to load
    from notifier.registries.opening import open_registries  # noqa: PLC0415 - the same

    voice_wiring.country(settings)
    opened = open_registries(settings.notifier, b"check", os.environ)
    try:
        opened.check()
    finally:
        opened.close()


def _check_sender(settings: Settings) -> None:
    """The gateway, but for its secrets: settings are checked on other machines too."""
    from notifier.senders.gateway import described  # noqa: PLC0415 - only settings need it

    if settings.sms.provider == "http":
        described(settings.sms)


def _check_messages(settings: Settings) -> None:
    """Every message that owners can get: the city's own, the scenes', and those for all matters."""
    from notifier.messages import messages_of  # noqa: PLC0415 - only settings need it
    from notifier.preview import example_link  # noqa: PLC0415
    from notifier.template_check import folder_faults, text_faults  # noqa: PLC0415

    own = settings.notifier
    texts = message_texts(wiring.scenes(settings).values())
    ladders = tuple(wiring.policies(settings).values())
    faults = text_faults(texts) + (() if own.templates is None else folder_faults(own.templates, ladders))
    if not faults:
        # Only what can be read can be rendered and counted.
        messages, link = messages_of(own, texts), example_link(settings.public.public_url)
        faults = messages.check(ladders, messages.languages, own.segments_most, link=link)
    if faults:
        raise ConfigurationError(faults)
