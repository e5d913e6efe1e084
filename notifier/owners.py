"""Who owns the vehicle: the seam to a city's registry, and the simplest registry there is."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from notifier.numbers import Phone, parse_phone

_SEPARATORS = re.compile(r"[\s·・•‧∙⋅.\-‐‑–]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Somebody to write to.

    Attributes:
        token: stands for the number wherever something is written down.
        mask: what people see of it.
        language: tag such as `zh-CN`.
        phone: the number itself, for the provider's request only.
    """

    token: str
    mask: str
    language: str
    phone: Phone


class OwnerRegistry(Protocol):
    """Finds the owners of a vehicle. Called in a thread; every call is audited by the caller."""

    def find(self, plate: str) -> tuple[Contact, ...]:
        """The contacts for a plate, in the registry's order; empty when it knows none.

        Raises:
            TransportDown: the registry cannot be asked now.
        """


def normalise_plate(plate: str) -> str:
    """A plate as it is compared: upper case, without dots, spaces and hyphens."""
    return _SEPARATORS.sub("", plate).upper()


def contact(phone: Phone, language: str, key: bytes) -> Contact:
    """A contact for a number."""
    return Contact(token=phone.token(key), mask=phone.mask, language=language, phone=phone)


class MemoryOwnerRegistry:
    """Owners given in the program, for tests and trials.

    Args:
        owners: numbers by plate.
        language: of all of them.
        key: of the tokens.
    """

    def __init__(
        self,
        owners: Mapping[str, Iterable[str]],
        *,
        language: str = "zh-CN",
        region: str = "CN",
        key: bytes = b"memory",
    ) -> None:
        self._contacts = {
            normalise_plate(plate): tuple(
                dict.fromkeys(contact(parse_phone(number, region)[0], language, key) for number in numbers)
            )
            for plate, numbers in owners.items()
        }

    def find(self, plate: str) -> tuple[Contact, ...]:
        """See `OwnerRegistry`."""
        return self._contacts.get(normalise_plate(plate), ())
