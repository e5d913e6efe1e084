"""What is wrong with a city's own messages, before anybody is written to: each fault with line and remedy."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from jinja2 import Environment, TemplateSyntaxError, meta, nodes

from cases.policy import Does, Policy
from models.errors import Fault
from models.toml import nearest
from notifier.messages import WORDS
from notifier.settings import LANGUAGE_PATTERN

ENDING = ".j2"
ANY_MATTER = "default"
USUAL = ("notice", "reminder", "warning", "thanks", "tow-info")
"""Texts that stand for steps without one of their own, and those that ship."""
LONGEST = 4000
"""Characters of one template; an SMS has a few hundred."""


def text_faults(texts: Mapping[str, str]) -> tuple[Fault, ...]:
    """What is wrong with templates as texts, by name: how they are written, and words there are none of."""
    return tuple(fault for name, text in sorted(texts.items()) for fault in _of_text(name, text))


def folder_faults(folder: Path, policies: Iterable[Policy]) -> tuple[Fault, ...]:
    """What is wrong with a folder of a city's own messages.

    Args:
        folder: `{language}/{matter}/{step}.j2`, see `notifier.messages`.
        policies: whose steps the messages are for.
    """
    if not folder.is_dir():
        return (Fault(str(folder), 0, "notifier.templates", "is no folder", "give the folder of messages"),)
    steps = _steps(policies)
    faults: list[Fault] = []
    for file in sorted(folder.rglob("*")):
        parts = file.relative_to(folder).parts
        if file.is_dir() or any(part.startswith(".") for part in parts):
            continue
        if misplaced := _misplaced(file, parts, steps):
            faults.append(misplaced)
            continue
        try:
            faults += _of_text(str(file), file.read_text(encoding="utf-8"))
        except UnicodeDecodeError:
            faults.append(Fault(str(file), 0, "", "is not UTF-8 text", "save it as UTF-8"))
        except OSError as exc:
            faults.append(Fault(str(file), 0, "", f"cannot be read: {exc.strerror}", "check its permissions"))
    return tuple(faults)


def _steps(policies: Iterable[Policy]) -> dict[str, set[str]]:
    """The steps that tell owners, by matter; those of all matters under `default`."""
    found: dict[str, set[str]] = {ANY_MATTER: set(USUAL)}
    for policy in policies:
        told = {step.id for step in policy.step if step.does is Does.NOTIFY_OWNER}
        found.setdefault(policy.matter, set(USUAL)).update(told)
        found[ANY_MATTER] |= told
    return found


def _misplaced(file: Path, parts: tuple[str, ...], steps: Mapping[str, set[str]]) -> Fault | None:
    """A file that no message is ever looked for in."""
    shape = "name it {language}/{matter}/{step}.j2, as zh-CN/default/notice.j2"
    if len(parts) != len(("language", "matter", "step")) or not parts[-1].endswith(ENDING):
        return Fault(str(file), 0, "", "is no message", shape)
    language, matter, step = parts[0], parts[1], parts[2].removesuffix(ENDING)
    if not re.fullmatch(LANGUAGE_PATTERN, language):
        return Fault(str(file), 0, "", f"{language!r} is no language", "use a tag such as zh-CN or en")
    if matter not in steps:
        remedy = nearest(matter, list(steps)) or f"known: {', '.join(sorted(steps))}"
        return Fault(str(file), 0, "", f"no policy has the matter {matter!r}", remedy)
    if step not in steps[matter]:
        remedy = nearest(step, list(steps[matter])) or f"known: {', '.join(sorted(steps[matter]))}"
        return Fault(str(file), 0, "", f"no step {step!r} tells the owner", remedy)
    return None


def _of_text(source: str, text: str) -> Iterable[Fault]:
    if not text.strip() or len(text) > LONGEST:
        problem = f"has {len(text)} characters" if text.strip() else "is empty"
        yield Fault(source, 0, "", problem, f"write 1 to {LONGEST} characters")
        return
    environment = Environment(autoescape=False)  # noqa: S701 - only parsed, and plain text anyway
    try:
        tree = environment.parse(text)
    except TemplateSyntaxError as exc:
        remedy = "see https://jinja.palletsprojects.com/templates/"
        yield Fault(source, exc.lineno, "", f"cannot be read: {exc.message}", remedy)
        return
    unknown = meta.find_undeclared_variables(tree) - set(WORDS)
    for name in sorted(unknown):
        lines = [node.lineno for node in tree.find_all(nodes.Name) if node.name == name]
        remedy = nearest(name, list(WORDS)) or f"words in use: {', '.join(WORDS)}"
        yield Fault(source, min(lines, default=0), "", f"{name!r} is undefined", remedy)
