"""What plates say: any number of texts of any kind, each province and letter as often as the others."""

import hashlib
from functools import lru_cache

import numpy as np

PROVINCES = "京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新"
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
"""I and O are never used."""
DIGITS = "0123456789"

_SMALL_ENERGY, _LARGE_ENERGY = "DABCEFGHJK", "DF"
_MOST_LETTERS = 2
_LAST = {"police": "警", "trainer": "学", "trailer": "挂", "consulate": "领"}

SHARES: dict[str, int] = {
    "blue": 24, "green": 14, "yellow": 8, "yellow-double": 9, "green-large": 5, "police": 6, "armed": 4,
    "embassy": 3, "consulate": 3, "hk-macao": 5, "trainer": 5, "trailer": 5, "motorcycle": 5, "moped": 4,
}  # fmt: skip
"""Of a hundred plates; the rare ones far more often than on a street, since a reader must learn them too."""

_HUNDRED = [kind for kind, share in SHARES.items() for _ in range(share)]


@lru_cache(maxsize=4096)
def kind_of(number: int, seed: int) -> str:
    """The kind of the so-manieth plate: of each hundred exactly `SHARES`."""
    return _HUNDRED[_place("kinds", number, seed, len(_HUNDRED))]


def text_of(number: int, kind: str, seed: int) -> str:
    """What the so-manieth plate of a set says, without dot or space."""
    chance = np.random.default_rng((seed, number, 7))
    order = _rank(number, kind, seed)
    province = PROVINCES[_place(f"{kind} province", order, seed, len(PROVINCES))]
    letter = LETTERS[_place(f"{kind} letter", order, seed, len(LETTERS))]
    match kind:
        case "green":
            first = _SMALL_ENERGY[_place("energy", order, seed, len(_SMALL_ENERGY))]
            text = province + letter + first + _serial(chance, 5, letters=1)
        case "green-large":
            text = province + letter + _serial(chance, 5) + _LARGE_ENERGY[order % len(_LARGE_ENERGY)]
        case "police" | "trainer" | "trailer":
            text = province + letter + _serial(chance, 4, letters=1) + _LAST[kind]
        case "consulate":
            text = province + letter + _serial(chance, 4) + _LAST[kind]
        case "armed":
            text = "WJ" + province + _serial(chance, 5)
        case "embassy":
            text = "使" + _serial(chance, 6)
        case "hk-macao":
            text = "粤Z" + _serial(chance, 4, letters=_MOST_LETTERS) + "港澳"[order % 2]
        case _:
            text = province + letter + _serial(chance, 5, letters=_MOST_LETTERS)
    return text


def is_held_out(text: str) -> bool:
    """Whether a text belongs to the hold-out: a fifth of all texts, the same ones in every set."""
    return hashlib.blake2b(text.encode(), digest_size=2).digest()[0] < 256 // 5


def _serial(chance: np.random.Generator, length: int, *, letters: int = 0) -> str:
    """Digits with at most so many letters among them."""
    symbols = [DIGITS[index] for index in chance.integers(0, len(DIGITS), length)]
    for place in chance.choice(length, int(chance.integers(0, letters + 1)), replace=False):
        symbols[place] = LETTERS[int(chance.integers(0, len(LETTERS)))]
    return "".join(symbols)


def _rank(number: int, kind: str, seed: int) -> int:
    """How many plates of the kind come before; each hundred holds the same share of them."""
    block = number // len(_HUNDRED) * len(_HUNDRED)
    return number // len(_HUNDRED) * SHARES[kind] + sum(
        kind_of(earlier, seed) == kind for earlier in range(block, number)
    )


def _place(what: str, number: int, seed: int, count: int) -> int:
    """A shuffled pack dealt out, shuffled anew and dealt again: the so-manieth card."""
    word = int.from_bytes(hashlib.blake2b(what.encode(), digest_size=4).digest())
    dealt = np.random.default_rng((seed, word, number // count)).permutation(count)
    return int(dealt[number % count])
