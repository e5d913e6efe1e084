"""TOML text to a checked, frozen model, with every fault at its line.

`tomllib` reads the values and pydantic checks them; neither knows where a key stood, so a small scan of
the text finds the line of each key path.
"""

import difflib
import re
import tomllib
import types
import typing
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from models.errors import ConfigurationError, Fault

M = TypeVar("M", bound=BaseModel)
Path = tuple[str | int, ...]

_WORD = r"""(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')"""
_TABLE = re.compile(rf"\s*\[\s*({_WORD}(?:\s*\.\s*{_WORD})*)\s*\]")
_ARRAY = re.compile(rf"\s*\[\[\s*({_WORD}(?:\s*\.\s*{_WORD})*)\s*\]\]")
_KEY = re.compile(rf"\s*({_WORD}(?:\s*\.\s*{_WORD})*)\s*=")
_WORDS = re.compile(_WORD)
_TOKEN = re.compile(
    r"""\"{3}(?:\\.|[^\\])*?\"{3}|'{3}.*?'{3}|"(?:\\.|[^"\\\n])*"|'[^'\n]*'|\#[^\n]*|[\[\]{}\n]|[^"'\#\[\]{}\n]+|.""",
    re.DOTALL,
)
"""Text that holds no structure (strings, comments), brackets, line ends, and the rest."""


class FrozenModel(BaseModel):
    """Base of everything a user writes: immutable, and an unknown key is a fault."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def parse(text: str, source: str, model: type[M]) -> M:
    """Read and check a whole file.

    Args:
        text: the file's content.
        source: its name, for messages.
        model: what it should be.

    Raises:
        ConfigurationError: with every fault, each with file, line, key, problem and remedy.
    """
    return validate(table(text, source), text, source, model)


def table(text: str, source: str) -> dict[str, Any]:
    """The file as plain values.

    Raises:
        ConfigurationError: it is not TOML.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as exc:
        found = re.search(r"at line (\d+)", str(exc))
        line = int(found.group(1)) if found else text.count("\n") + 1
        problem = re.sub(r"\s*\(at .*\)", "", str(exc))
        fault = Fault(source, line, "", f"is not TOML: {problem}", "see https://toml.io")
        raise ConfigurationError((fault,)) from exc
    except (ValueError, RecursionError) as exc:
        # tomllib lets through what `int` says of endless digits, and its own depth.
        raise ConfigurationError.of(source, f"cannot be read: {exc}", "see https://toml.io") from exc


def validate(values: Mapping[str, Any], text: str, source: str, model: type[M]) -> M:
    """Check values that came from `text`, which is only used to point at lines.

    Raises:
        ConfigurationError: with every fault.
    """
    try:
        return model.model_validate(values)
    except ValidationError as exc:
        lines = key_lines(text)
        faults = tuple(_fault(error, lines, source, model) for error in exc.errors())
        raise ConfigurationError(tuple(sorted(faults, key=lambda fault: fault.line))) from exc


def key_lines(text: str) -> dict[Path, int]:
    """The line of every key and table, by path; tables of an array are numbered from 0."""
    lines: dict[Path, int] = {}
    tables_of: dict[Path, int] = {}
    prefix: Path = ()
    for number, line in _statements(text):
        if found := _ARRAY.match(line):
            name = _resolved(_words(found.group(1)), tables_of, last=False)
            index = tables_of.get(name, 0)
            tables_of[name] = index + 1
            prefix = (*name, index)
            lines.setdefault(name, number)
            lines[prefix] = number
        elif found := _TABLE.match(line):
            prefix = _resolved(_words(found.group(1)), tables_of)
            lines.setdefault(prefix, number)
        elif found := _KEY.match(line):
            lines.setdefault((*prefix, *_words(found.group(1))), number)
    return lines


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Each line on which a table or key begins: not those inside an array or a text of several lines."""
    lines = text.split("\n")
    number, depth = 1, 0
    yield 1, lines[0]
    for token in _TOKEN.finditer(text):
        word = token.group()
        depth += (word in {"[", "{"}) - (word in {"]", "}"})
        number += word.count("\n")
        if word == "\n" and depth == 0:
            yield number, lines[number - 1]


def _resolved(words: Path, tables_of: Mapping[Path, int], *, last: bool = True) -> Path:
    """A header's path: below an array of tables, it means the array's newest table."""
    path: Path = ()
    for word in words:
        if path in tables_of:
            path = (*path, tables_of[path] - 1)
        path = (*path, word)
    return (*path, tables_of[path] - 1) if last and path in tables_of else path


def nearest(word: str, known: Iterator[str] | list[str]) -> str:
    """The known word that `word` is most likely a misspelling of, as a remedy; empty if none is near."""
    found = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"did you mean {found[0]!r}?" if found else ""


def _words(name: str) -> Path:
    return tuple(word.strip("\"'") for word in _WORDS.findall(name))


def _line(path: Path, lines: Mapping[Path, int]) -> int:
    for length in range(len(path), 0, -1):
        if path[:length] in lines:
            return lines[path[:length]]
    return 1


def _fault(error: ErrorDetails, lines: Mapping[Path, int], source: str, model: type[BaseModel]) -> Fault:
    path = tuple(error["loc"])
    problem, remedy = error["msg"], ""
    match error["type"]:
        case "extra_forbidden":
            known = _fields_at(model, path[:-1])
            problem = "no such key"
            remedy = nearest(str(path[-1]), known) or f"known keys: {', '.join(sorted(known))}"
        case "missing":
            problem, remedy = "is missing", "add it"
        case "value_error":
            problem, _, remedy = str(error["ctx"]["error"]).partition("; ")
        case "enum" | "literal_error":
            expected = str(error.get("ctx", {}).get("expected", ""))
            problem = f"{error['input']!r} is not one of {expected}"
            remedy = nearest(str(error["input"]), re.findall(r"'([^']+)'", expected))
        case _:
            problem = f"{problem[0].lower()}{problem[1:]} (it is {error['input']!r:.60})"
    return Fault(source, _line(path, lines), _dotted(path), problem, remedy)


def _dotted(path: Path) -> str:
    text = ""
    for word in path:
        text += f"[{word}]" if isinstance(word, int) else f".{word}"
    return text.lstrip(".")


def _fields_at(model: type[BaseModel], path: Path) -> list[str]:
    """The keys a model knows at a path, through lists, dicts and optional fields."""
    kind: Any = model
    for word in path:
        if isinstance(word, int):
            kind = next(iter(typing.get_args(kind)), None)
        elif isinstance(kind, type) and issubclass(kind, BaseModel) and word in kind.model_fields:
            kind = kind.model_fields[word].annotation
        elif typing.get_origin(kind) is dict:
            kind = typing.get_args(kind)[1]
        while isinstance(kind, types.UnionType) or typing.get_origin(kind) is typing.Union:
            kind = next(arg for arg in typing.get_args(kind) if arg is not type(None))
    return list(kind.model_fields) if isinstance(kind, type) and issubclass(kind, BaseModel) else []
