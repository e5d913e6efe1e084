"""What several reads of one vehicle agree on.

A single read is never believed. Reads that are nearly the same text form a cluster; within it every position
is voted on, weighted by the characters' scores; and the outcome counts only if at least two frames gave
exactly that text, no position is doubtful, no second plate was read at the same vehicle and a second reader,
where there is one, bears every character out (`plate_second`).
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from detectors.plate_second import Word
from detectors.plates import Quad
from models.records import Plate, PlateSource
from models.units import Score

SAME_PLATE = 0.85
"""Jaro-Winkler similarity from which two reads are of one plate: two wrong characters of seven, at most."""

MIN_AGREEING = 2
"""Frames that must have given exactly the text: the rule under every notice (docs/plates.md)."""

MIN_CHARACTER = 0.65
"""Least score of every position after the vote: a character passes that two of three reads give in full
(0.67), and not one that half of them give (0.5)."""

MIN_UNSEEN = 0.85
"""Least score, in the mean of the reads that agree, of a character the second reader saw in none of them.
Of 1,300 rendered sequences that may be tuned on, five were wrong but sure without a second reader, two of 86
and 89 px with 0.8, 0.85 or 0.9 here; half taught, the reader was wrong about a province with 0.80
(docs/plates.md)."""

MOST_RIVAL = 0.34
"""Most weight of another plate's cluster against the winner's: two plates in one box are one too many."""

_PREFIX_WEIGHT, _MOST_PREFIX = 0.1, 4  # Winkler's own


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """One read that is a plate by the grammar.

    Attributes:
        text, characters, kind: as the grammar has them.
        picture: which frame it came from: the SHA-256 of its JPEG.
        at: when that was captured.
        quad: where the plate is in it.
        second: what a second reader says to each character; empty where there is none, as with grammars that
            only text recognition can read.
    """

    text: str
    characters: tuple[float, ...]
    kind: str
    picture: str
    at: datetime
    quad: Quad
    second: tuple[Word, ...] = ()

    @property
    def score(self) -> float:
        """Of the weakest character."""
        return min(self.characters)

    @property
    def weight(self) -> float:
        """What the read counts against others."""
        return sum(self.characters) / len(self.characters)


def consensus(seen: Sequence[Seen]) -> Plate | None:
    """What the reads agree on, sure or unsure; None if there are none.

    Args:
        seen: reads of one standing vehicle.
    """
    groups = clusters(seen)
    if not groups:
        return None
    groups.sort(key=_weight, reverse=True)
    winner = groups[0]
    rival = _weight(groups[1]) / _weight(winner) if len(groups) > 1 else 0.0
    text, characters = _vote(winner)
    exact = [one for one in winner if one.text == text]
    if not exact:  # a mosaic that nobody read: the best single read is shown instead
        best = max(winner, key=lambda one: one.score)
        exact, text, characters = [best], best.text, best.characters
        agreeing = 1
    else:
        agreeing = len({one.picture for one in exact})
    best = max(exact, key=lambda one: (one.score, one.at))
    sure = (
        agreeing >= MIN_AGREEING
        and min(characters) >= MIN_CHARACTER
        and rival <= MOST_RIVAL
        and is_borne_out(exact)
    )
    return Plate(
        text=text,
        score=_score(min(characters)),
        source=PlateSource.READ,
        sure=sure,
        reads=agreeing,
        characters=tuple(_score(one) for one in characters),
        kind=_kind(exact),
        picture=best.picture,
    )


def clusters(seen: Iterable[Seen]) -> list[list[Seen]]:
    """Reads of the same plate together: each joins the first cluster whose best read it resembles."""
    groups: list[list[Seen]] = []
    for one in sorted(seen, key=lambda read: read.score, reverse=True):
        for group in groups:
            if similarity(one.text, group[0].text) >= SAME_PLATE:
                group.append(one)
                break
        else:
            groups.append([one])
    return groups


def similarity(one: str, other: str) -> float:
    """Jaro-Winkler: 1 for equal texts, 0 for texts without a common character near the same place."""
    if one == other:
        return 1.0
    reach = max(len(one), len(other)) // 2 - 1
    taken: set[int] = set()
    pairs: list[int] = []
    for place, character in enumerate(one):
        nearby = range(max(0, place - reach), min(len(other), place + reach + 1))
        found = next((at for at in nearby if at not in taken and other[at] == character), None)
        if found is not None:
            taken.add(found)
            pairs.append(found)
    if not pairs:
        return 0.0
    common = len(pairs)
    swapped = sum(at != put for at, put in zip(pairs, sorted(pairs), strict=True)) / 2
    jaro = (common / len(one) + common / len(other) + (common - swapped) / common) / 3
    prefix = 0
    for left, right in zip(one[:_MOST_PREFIX], other, strict=False):
        if left != right:
            break
        prefix += 1
    return jaro + prefix * _PREFIX_WEIGHT * (1 - jaro)


def is_borne_out(exact: Sequence[Seen]) -> bool:
    """Whether a second reader speaks against no character that agreeing reads have; where there is none, yes.

    It saw each of them at least once; or it never saw another there, and they were read without doubt.

    Args:
        exact: reads of one text.
    """
    judged = [one for one in exact if one.second]
    for place in range(len(judged[0].text) if judged else 0):
        said = {one.second[place] for one in judged}
        if Word.SAME in said:
            continue
        if Word.OTHER in said:
            return False
        if sum(one.characters[place] for one in judged) < MIN_UNSEEN * len(judged):
            return False
    return True


def _vote(group: Sequence[Seen]) -> tuple[str, tuple[float, ...]]:
    """The text with the most weight at each position, among reads of the weightiest length.

    A position's score is what its character has of all weight there, times how well it was read.
    """
    lengths: dict[int, float] = {}
    for one in group:
        lengths[len(one.text)] = lengths.get(len(one.text), 0.0) + one.weight
    length = max(lengths, key=lambda count: lengths[count])
    text, characters = "", []
    for place in range(length):
        given: dict[str, list[float]] = {}
        for one in group:
            if len(one.text) == length:
                given.setdefault(one.text[place], []).append(one.characters[place])
        character = max(given, key=lambda each: sum(given[each]))
        votes = given[character]
        whole = sum(map(sum, given.values()))
        share = sum(votes) / whole if whole > 0 else 0.0
        text += character
        characters.append(share * sum(votes) / len(votes))
    return text, tuple(characters)


def _weight(group: Sequence[Seen]) -> float:
    return sum(one.weight for one in group) or 1e-9


def _kind(exact: Sequence[Seen]) -> str:
    """The kind most of the agreeing reads have, by weight."""
    weights: dict[str, float] = {}
    for one in exact:
        weights[one.kind] = weights.get(one.kind, 0.0) + one.weight
    return max(weights, key=lambda kind: weights[kind])


def _score(value: float) -> Score:
    return round(min(1.0, max(0.0, value)), 4)
