"""Which texts are number plates: grammars as data, and the repair of what a reader confuses.

A grammar is a TOML file: sets of characters, and for each kind of plate its forms, position by position. A
character that cannot stand where it was read is replaced by one it is often confused with, but only where
that leaves exactly one plate: a repair is never a choice.
"""

import itertools
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated

from pydantic import Field, PrivateAttr, StringConstraints, model_validator

from models.errors import ConfigurationError
from models.toml import FrozenModel, nearest, parse

BUNDLED = Path(__file__).with_name("grammars")

MOST_REPAIRS = 2
"""By what is alike. A text with more of them out of place was not misread here and there: it is no plate."""

REPAIR_FACTOR = 0.7
"""What remains of a repaired character's score: it was read as something else."""

SAME_FACTOR = 0.95
"""And where what was read stands on no plate at all, so that it can only have been the one thing."""

LEAST_LENGTH, MOST_LENGTH = 4, 12
DIGITS = "0123456789"
_MOST_FORMS = 400
"""Of one kind, ranges written out. More is a slip of the pen, and would make every reading slow."""

_ITEM = re.compile(r"(?:'(?P<literal>.)'|(?P<name>[a-z][a-z0-9-]*))(?:\*(?P<least>\d+)(?:-(?P<most>\d+))?)?")
_WRONG_ITEM = (
    "is no item; write a set's name, a character as 'W', either with *5 or *1-3, or / for a new line"
)

Characters = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Span = tuple[Annotated[int, Field(ge=0)], Annotated[int, Field(ge=0, le=MOST_LENGTH)]]
Form = tuple[frozenset[str], ...]


class Kind(FrozenModel):
    """One kind of plate.

    Attributes:
        name: the short word, as it stands in `Plate.kind`.
        title: for people.
        forms: each a row of items: a set's name or a quoted character, `*5` or `*1-3` for a repetition, `/`
            for a new line.
        letters, digits: least and most of them in the whole text, where the forms do not say it all.
        length: least and most characters, the same.
    """

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
    title: str = Field(min_length=1, max_length=100)
    forms: tuple[str, ...] = Field(min_length=1)
    letters: Span = (0, MOST_LENGTH)
    digits: Span = (0, MOST_LENGTH)
    length: Span = (LEAST_LENGTH, MOST_LENGTH)

    @cached_property
    def rows(self) -> int:
        """Lines of text."""
        return 1 + max(form.count("/") for form in self.forms)

    def allows(self, text: str) -> bool:
        """Whether letters, digits and length are within bounds; the forms are another matter."""
        letters = sum(character.isascii() and character.isalpha() for character in text)
        digits = sum(character in DIGITS for character in text)
        counted = ((letters, self.letters), (digits, self.digits), (len(text), self.length))
        return all(least <= count <= most for count, (least, most) in counted)


class Grammar(FrozenModel):
    """All kinds of one country or region.

    Attributes:
        name: of the file.
        title: for people.
        drop: characters that readers put between the others and that mean nothing.
        same: what stands on no plate, and the one thing it can have been.
        alike: groups of characters that are confused with each other.
        set: characters by name, for forms.
        kind: the kinds, the likeliest first: where two fit one text and nothing tells them apart, it is that.
    """

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
    title: str = Field(min_length=1, max_length=100)
    drop: str = Field(default="", max_length=100)
    same: dict[Annotated[str, StringConstraints(min_length=1, max_length=1)], Characters] = Field(
        default_factory=dict
    )
    alike: tuple[Characters, ...] = ()
    set: dict[str, Characters]
    kind: tuple[Kind, ...] = Field(min_length=1)
    _forms: dict[int, list[tuple[Kind, Form]]] = PrivateAttr(default_factory=dict)

    @model_validator(mode="after")
    def _written_out(self) -> "Grammar":
        """Forms by length, checked.

        Raises:
            ValueError: a form or confusion makes no sense; the message says which and what to do.
        """
        names = [kind.name for kind in self.kind]
        if twice := {name for name in names if names.count(name) > 1}:
            raise ValueError(f"kind {min(twice)!r} stands twice; put all forms into one")
        for wrong, right in self.same.items():
            if len(right) != 1 or wrong == right:
                raise ValueError(f"same: {wrong!r} = {right!r} is no other single character; give one")
        for kind in self.kind:
            for form in self._forms_of(kind):
                self._forms.setdefault(len(form), []).append((kind, form))
        return self

    def _forms_of(self, kind: Kind) -> list[Form]:
        written = [form for text in kind.forms for form in _written_out(kind.name, text, self.set)]
        if len(written) > _MOST_FORMS:
            raise ValueError(f"kind {kind.name!r} has {len(written)} forms; the most is {_MOST_FORMS}")
        within = [form for form in written if kind.length[0] <= len(form) <= kind.length[1]]
        if not within:
            least, most = kind.length
            raise ValueError(f"kind {kind.name!r} has no form of {least} to {most} characters; see `length`")
        return within

    def plain(self, text: str) -> str:
        """A text as plates have it: upper case, one form of each character, nothing between them."""
        folded = unicodedata.normalize("NFKC", text).upper()
        return "".join(part for part in folded if part not in self.drop and not part.isspace())

    def fitting(self, length: int) -> Sequence[tuple[Kind, Form]]:
        """Kinds and forms of so many characters."""
        return self._forms.get(length, [])

    @cached_property
    def characters(self) -> frozenset[str]:
        """All that stand on any of its plates."""
        rows = (form for forms in self._forms.values() for _, form in forms)
        return frozenset().union(*(allowed for form in rows for allowed in form))

    @cached_property
    def confused(self) -> dict[str, frozenset[str]]:
        """By character, what it may be in truth."""
        others: dict[str, set[str]] = {}
        for group in self.alike:
            for one, other in itertools.permutations(group, 2):
                others.setdefault(one, set()).add(other)
        return {one: frozenset(other) for one, other in others.items()}


@dataclass(frozen=True, slots=True)
class Fit:
    """A text that is a plate.

    Attributes:
        text: of the plate.
        characters: 0..1 each, lowered where repaired.
        kind: its kind's name; the likeliest, where the text alone does not tell.
        repairs: how many characters were replaced.
    """

    text: str
    characters: tuple[float, ...]
    kind: str
    repairs: int = 0


def fit(
    grammar: Grammar, text: str, characters: Sequence[float], *, hint: str = "", rows: int = 1
) -> Fit | None:
    """The one plate that a text is, or None: it is no plate, or could be several.

    Args:
        grammar: what plates there are.
        text: as read.
        characters: 0..1 for each of its characters.
        hint: the kind the reader takes it for; it decides between kinds that say the same.
        rows: lines it was read from; the same.
    """
    plain, scores = _plain(grammar, text, characters)
    found: dict[str, list[Kind]] = {}
    for kind, form in grammar.fitting(len(plain)):
        for candidate in _candidates(grammar, plain, form):
            if kind.allows(candidate):
                found.setdefault(candidate, []).append(kind)
    if plain in found:
        found = {plain: found[plain]}
    if len(found) != 1:
        return None
    ((candidate, kinds),) = found.items()
    factors = [_factor(grammar, read, meant) for read, meant in zip(plain, candidate, strict=True)]
    return Fit(
        text=candidate,
        characters=tuple(score * factor for score, factor in zip(scores, factors, strict=True)),
        kind=_kind(kinds, hint, rows),
        repairs=sum(read != meant for read, meant in zip(plain, candidate, strict=True)),
    )


def open_grammar(name: str, folder: Path | None = None) -> Grammar:
    """A grammar by its name: a city's own, or one that ships with Clearway.

    Args:
        name: of the file, without `.toml`.
        folder: the city's own; looked into first.

    Raises:
        ConfigurationError: there is none of that name, or it has faults: all of them, with their lines.
    """
    places = [place for place in (folder, BUNDLED) if place is not None]
    for place in places:
        file = place / f"{name}.toml"
        if file.is_file():
            return read_grammar(file)
    known = sorted({file.stem for place in places for file in place.glob("*.toml")})
    remedy = nearest(name, known) or f"known: {', '.join(known)}"
    raise ConfigurationError.of(str(places[0]), f"no grammar {name!r}", remedy, key="grammar")


def read_grammar(file: Path) -> Grammar:
    """The grammar in a file.

    Raises:
        ConfigurationError: it cannot be read or has faults.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise ConfigurationError.of(str(file), f"cannot be read: {exc}", "give a UTF-8 TOML file") from exc
    grammar = parse(text, str(file), Grammar)
    if grammar.name != file.stem:
        problem, remedy = f"is named {grammar.name!r} inside", f"name it {file.stem!r}, as the file"
        raise ConfigurationError.of(str(file), problem, remedy, key="name")
    return grammar


def _plain(grammar: Grammar, text: str, characters: Sequence[float]) -> tuple[str, tuple[float, ...]]:
    """Text and scores without what means nothing."""
    kept = [
        (part, score) for char, score in zip(text, characters, strict=True) for part in grammar.plain(char)
    ]
    return "".join(part for part, _ in kept), tuple(score for _, score in kept)


def _candidates(grammar: Grammar, plain: str, form: Form) -> Iterator[str]:
    """Every text of a form that the text as read may be, a bounded number of repairs away."""
    choices: list[list[str]] = []
    repairs = 0
    # A word stays a word: TAXI is no TAX1.
    most_repairs = MOST_REPAIRS if any(character in DIGITS for character in plain) else 0
    for character, allowed in zip(plain, form, strict=True):
        if character in allowed:
            choices.append([character])
            continue
        meant = grammar.same.get(character, "")
        if meant in allowed:
            choices.append([meant])
            continue
        repairs += 1
        options = sorted(grammar.confused.get(meant or character, frozenset()) & allowed)
        if not options or repairs > most_repairs:
            return
        choices.append(options)
    for parts in itertools.product(*choices):
        yield "".join(parts)


def _factor(grammar: Grammar, read: str, meant: str) -> float:
    if read == meant:
        return 1.0
    return SAME_FACTOR if grammar.same.get(read) == meant else REPAIR_FACTOR


def _kind(kinds: Sequence[Kind], hint: str, rows: int) -> str:
    names = [kind.name for kind in kinds]
    if hint in names:
        return hint
    return next((kind.name for kind in kinds if kind.rows == rows), names[0])


def _written_out(kind: str, text: str, sets: dict[str, Characters]) -> Iterator[Form]:
    """Every form a line of items stands for: ranges become one form for each length.

    Raises:
        ValueError: an item is wrong.
    """
    parts: list[list[Form]] = []
    for word in text.split():
        if word == "/":
            continue
        item = _ITEM.fullmatch(word)
        if item is None:
            raise ValueError(f"kind {kind!r}: {word!r} {_WRONG_ITEM}")
        name = item["name"]
        if name is not None and name not in sets:
            remedy = nearest(name, list(sets)) or f"sets: {', '.join(sorted(sets))}"
            raise ValueError(f"kind {kind!r}: no set {name!r}; {remedy}")
        allowed = frozenset(sets[name] if name is not None else item["literal"])
        least = int(item["least"] or 1)
        most = int(item["most"] or least)
        if not 1 <= least <= most <= MOST_LENGTH:
            raise ValueError(f"kind {kind!r}: {word!r} repeats wrongly; from 1, at most {MOST_LENGTH}")
        parts.append([(allowed,) * count for count in range(least, most + 1)])
    for chosen in itertools.product(*parts):
        yield tuple(itertools.chain.from_iterable(chosen))
