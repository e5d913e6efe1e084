"""Phone numbers: parsed once, shown to nobody.

A number stays inside a `Phone`, which prints as its mask. Only an adapter of a provider reveals it, and
everything written down holds the mask and a token.
"""

import hashlib
import hmac

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

TOKEN_DIGITS = 20
"""80 bits: no two numbers of a country meet, and a row of the ledger stays short."""

E164_MOST = 16
"""A plus and 15 digits: the standard's bound, which the library does not hold for every country."""


class Phone:
    """One phone number that does not show itself: not in a log, a traceback or a repr."""

    __slots__ = ("__e164", "mask")

    def __init__(self, e164: str, mask: str) -> None:
        self.__e164 = e164
        self.mask = mask

    def reveal(self) -> str:
        """The number in E.164 form. For a provider's request, and for nothing else."""
        return self.__e164

    def token(self, key: bytes) -> str:
        """What stands for this number in the ledger: equal for equal numbers, useless without the key."""
        return hmac.new(key, self.__e164.encode(), hashlib.sha256).hexdigest()[:TOKEN_DIGITS]

    def __repr__(self) -> str:
        return f"Phone({self.mask})"

    def __str__(self) -> str:
        return self.mask

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Phone) and hmac.compare_digest(self.__e164, other.__e164)

    def __hash__(self) -> int:
        return hash(self.__e164)

    def __reduce__(self) -> str:
        raise TypeError("a phone number is not to be stored: keep its token")


def parse_phone(text: str, region: str) -> tuple[Phone, str]:
    """Read a number as people write it.

    Args:
        text: with or without country code, spaces, hyphens.
        region: two letters, for numbers without a country code.

    Returns:
        The number, and a doubt about it: empty, or a reason to look again. Ranges reserved for tests and
        films are doubtful, not wrong, so a doubtful number is kept.

    Raises:
        ValueError: it cannot be a phone number. The message does not repeat it.
    """
    try:
        number = phonenumbers.parse(text, region)
    except NumberParseException as exc:
        raise ValueError("is not a phone number") from exc
    e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    if not phonenumbers.is_possible_number(number) or len(e164) > E164_MOST:
        raise ValueError("has too few or too many digits for a phone number")
    doubt = "" if phonenumbers.is_valid_number(number) else "no such number range is in use"
    return Phone(e164, mask(number.country_code, phonenumbers.national_significant_number(number))), doubt


def mask(country_code: int | None, national: str) -> str:
    """A number as people may see it: enough to recognise one's own, too little to call it.

    At least four digits are always hidden: `+86 138****0001`, `+65 8****67`.
    """
    shown = max(0, len(national) - 4)
    head = min(3, (shown + 1) // 2)
    tail = min(4, shown - head)
    hidden = "*" * (len(national) - head - tail)
    return f"+{country_code} {national[:head]}{hidden}{national[len(national) - tail :]}"
