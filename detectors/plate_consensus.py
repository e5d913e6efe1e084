"""What several reads of one vehicle agree on.

A single read is never believed. Reads that are nearly the same text form a cluster; within it every position
is weighed: what its characters make likely together, given that reads of one vehicle share their troubles.
The outcome counts only if at least two frames gave exactly that text, no second plate was read at the same
vehicle, and no position is more doubtful than a second reader's word on it allows (`plate_second`).
"""

import math
from collections.abc import Iterable, Mapping, Sequence
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

MOST_DOUBT: Mapping[Word, float] = {Word.SAME: 0.05, Word.UNSEEN: 0.005, Word.OTHER: 1e-5}
"""Most probability that a position is something else, by the best that the second reader said to it in any
read that agrees. Chosen on 3,800 rendered sequences that may be tuned on, over five looks and over twenty
(docs/plates.md); without a second reader it is as if it had seen the same."""

SHARED = 1 / 6
"""How much of what troubles one read troubles the next: the same dirt, the same angle. So many reads count as
n / (1 + (n - 1) SHARED), the design effect of samples that come in clusters (Kish 1965): five as three, and
however many never more than six."""

MISTAKEN_FOR = 2
"""Among so many other characters a read's doubt is shared out: what is confused is confused with few."""

_LEAST_SHARE = 1e-3
"""No single read says anything more surely than this, nor against it."""

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
    sure = agreeing >= MIN_AGREEING and rival <= MOST_RIVAL and is_borne_out(exact, characters)
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


def is_borne_out(exact: Sequence[Seen], characters: Sequence[float]) -> bool:
    """Whether every position is as little in doubt as the second reader's word on it asks for.

    Args:
        exact: reads of one text.
        characters: how probable each of its characters is, by all reads.
    """
    judged = [one for one in exact if one.second]
    for place, character in enumerate(characters):
        said = {one.second[place] for one in judged}
        word = next((word for word in (Word.SAME, Word.OTHER) if word in said), Word.UNSEEN)
        if 1 - character > MOST_DOUBT[word if judged else Word.SAME]:
            return False
    return True


def _vote(group: Sequence[Seen]) -> tuple[str, tuple[float, ...]]:
    """The likeliest character at each position, among reads of the weightiest length; how likely."""
    lengths: dict[int, float] = {}
    for one in group:
        lengths[len(one.text)] = lengths.get(len(one.text), 0.0) + one.weight
    length = max(lengths, key=lambda count: lengths[count])
    fitting = [one for one in group if len(one.text) == length]
    positions = [
        _weighed([(one.text[place], one.characters[place]) for one in fitting]) for place in range(length)
    ]
    return "".join(character for character, _ in positions), tuple(score for _, score in positions)


def _weighed(reads: Sequence[tuple[str, float]]) -> tuple[str, float]:
    """The most probable of the characters read at one position, and how probable it is.

    By Bayes' rule, all characters being as likely before: a read of score s has the character it names with
    s, any other with its part of 1 - s. What nobody read may be there as well: `MISTAKEN_FOR` such.

    Args:
        reads: character and score of each.
    """
    each = 1 / (1 + (len(reads) - 1) * SHARED)
    doubts = [math.log(max((1 - score) / MISTAKEN_FOR, _LEAST_SHARE)) * each for _, score in reads]
    unread = sum(doubts) + math.log(MISTAKEN_FOR)
    likely: dict[str, float] = {}
    for (character, score), doubt in zip(reads, doubts, strict=True):
        gain = math.log(max(score, _LEAST_SHARE)) * each - doubt
        likely[character] = likely.get(character, sum(doubts)) + gain
    best = max(likely, key=lambda character: likely[character])
    others = [value for character, value in likely.items() if character != best] + [unread]
    odds = sum(math.exp(value - likely[best]) for value in others)
    return best, 1 / (1 + odds)


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
