"""`clearway check`: every fault of every file at once, each with its line and its remedy."""

import tomllib
from pathlib import Path

from cases.policy import parse_policy
from clearway import paths, wiring
from clearway.settings import Settings, load
from detectors.opening import open_reference
from edge.assemble import load_plan
from models.errors import ConfigurationError, Fault
from models.plan import parse_plan


def check(files: list[Path]) -> list[Fault]:
    """The faults of files, whose kind is told from what they hold."""
    faults: list[Fault] = []
    for path in files:
        try:
            _check_one(path)
        except ConfigurationError as exc:
            faults.extend(exc.faults)
    return faults


def kind_of(text: str) -> str:
    """`plan`, `policy`, `owners` or `settings`, by the keys at the top; a broken file counts as settings."""
    try:
        keys = set(tomllib.loads(text))
    except (ValueError, RecursionError):
        return "settings"
    if "zone" in keys or keys == {"camera"}:
        return "plan"
    if "step" in keys or {"name", "matter"} & keys:
        return "policy"
    return "settings"


def _check_one(path: Path) -> None:
    if path.suffix == ".csv":
        _check_owners(path, "CN")
        return
    text = paths.read_text(path)
    match kind_of(text):
        case "plan":
            open_reference(path, parse_plan(text, str(path)))
        case "policy":
            parse_policy(text, str(path))
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
        settings.console.require_loopback,
        lambda: _check_network(settings.edge.network),
        lambda: _check_owners(settings.notifier.owners, settings.notifier.region),
        lambda: _check_messages(settings),
    ):
        try:
            attempt()
        except ConfigurationError as exc:
            faults.extend(exc.faults)
    if faults:
        raise ConfigurationError(tuple(faults))


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


def _check_owners(path: Path | None, region: str) -> None:
    from notifier.owner_file import CsvOwnerRegistry  # noqa: PLC0415 - phone metadata is slow to load

    if path is None:
        return
    CsvOwnerRegistry(path, language="zh-CN", region=region, key=b"check").check()


def _check_messages(settings: Settings) -> None:
    from notifier.messages import Messages  # noqa: PLC0415 - only settings need it

    own = settings.notifier
    faults = Messages(own.timezone, own.templates).check(
        wiring.policies(settings).values(), ("zh-CN", "en"), own.segments_most
    )
    if faults:
        raise ConfigurationError(faults)
