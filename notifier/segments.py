"""How many SMS a text takes: what it costs, and what a telephone may tear apart.

Two alphabets exist (3GPP TS 23.038). One message holds 160 characters of the small one or 70 code units of
the large one; in a longer text each part gives up 6 bytes to its number, which leaves 153 and 67.
"""

from dataclasses import dataclass
from enum import StrEnum

GSM7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM7_EXTENSION = frozenset("^{}\\[~]|€\f")
"""Each of these takes two places: an escape and itself."""


class Alphabet(StrEnum):
    """How a text is coded."""

    GSM7 = "GSM-7"
    UCS2 = "UCS-2"


_ONE = {Alphabet.GSM7: 160, Alphabet.UCS2: 70}
_PART = {Alphabet.GSM7: 153, Alphabet.UCS2: 67}


@dataclass(frozen=True, slots=True)
class Size:
    """What a text takes.

    Attributes:
        units: septets or 16-bit code units.
        segments: SMS that carry it, at least 1.
    """

    alphabet: Alphabet
    units: int
    segments: int


def size(text: str) -> Size:
    """Count a text. A character that needs two places is never torn apart between two parts."""
    gsm = all(char in GSM7 or char in GSM7_EXTENSION for char in text)
    alphabet = Alphabet.GSM7 if gsm else Alphabet.UCS2
    widths = [_width(char, alphabet) for char in text]
    units = sum(widths)
    segments = 1 if units <= _ONE[alphabet] else _parts(widths, _PART[alphabet])
    return Size(alphabet, units, segments)


def _width(char: str, alphabet: Alphabet) -> int:
    if alphabet is Alphabet.GSM7:
        return 2 if char in GSM7_EXTENSION else 1
    return 2 if ord(char) > 0xFFFF else 1  # noqa: PLR2004 - the last code point that one code unit holds


def _parts(widths: list[int], room: int) -> int:
    parts, used = 1, 0
    for width in widths:
        if used + width > room:
            parts, used = parts + 1, 0
        used += width
    return parts
