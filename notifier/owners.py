"""Who owns the vehicle: the seam to a city's registry, and the simplest registry there is."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from notifier.contact_role import ContactRole
from notifier.numbers import Phone, parse_phone

__all__ = [
    "UNSTATED",
    "Contact",
    "ContactRole",
    "Found",
    "MemoryOwnerRegistry",
    "OwnerRegistry",
    "Reason",
    "contact",
    "each_once",
    "normalise_plate",
]

_SEPARATORS = re.compile(r"[\s·・•‧∙⋅.\-‐‑–]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Somebody to write to.

    Attributes:
        token: stands for the number wherever something is written down.
        mask: what people see of it.
        language: tag such as `zh-CN`.
        phone: the number itself, for the provider's request only.
        role: what they are to the vehicle.
        opted_out: told the registry that they want no messages.
    """

    token: str
    mask: str
    language: str
    phone: Phone
    role: ContactRole = ContactRole.OWNER
    opted_out: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """For what somebody is looked up: a registry may want to write it down as well.

    Attributes:
        case: the number of the case; empty for none.
        purpose: in a few words.
    """

    case: str = ""
    purpose: str = ""


UNSTATED = Reason()


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a registry says. Holds numbers only inside of `Phone`.

    Attributes:
        contacts: in the registry's order, each number once.
        registry: who said so; several are joined with ` + `.
        age_s: how old the answer is, in seconds; None when it was asked for just now.
        unusable: entries for the plate whose number cannot be one, or cannot be read.
        foreign: whose plate it is, when that is another country's and nobody was asked.
        unasked: registries that could not be asked and need not be.
    """

    contacts: tuple[Contact, ...] = ()
    registry: str = ""
    age_s: float | None = None
    unusable: int = 0
    foreign: str = ""
    unasked: tuple[str, ...] = ()


class OwnerRegistry(Protocol):
    """Finds the owners of a vehicle. Called in threads, several at a time; the caller audits every call.

    Attributes:
        name: for the audit, logs and metrics.
    """

    @property
    def name(self) -> str: ...  # noqa: D102 - see above

    def find(self, plate: str, reason: Reason = UNSTATED) -> Found:
        """Whom to write to about a plate, or that the registry knows nobody.

        Raises:
            RegistryDown: the registry cannot be asked now, which never means that nobody owns the vehicle.
        """


def normalise_plate(plate: str) -> str:
    """A plate as it is compared: upper case, without dots, spaces and hyphens."""
    return _SEPARATORS.sub("", plate).upper()


def contact(
    phone: Phone,
    language: str,
    key: bytes,
    *,
    role: ContactRole = ContactRole.OWNER,
    opted_out: bool = False,
) -> Contact:
    """A contact for a number."""
    token, mask = phone.token(key), phone.mask
    return Contact(token=token, mask=mask, language=language, phone=phone, role=role, opted_out=opted_out)


def each_once(people: Iterable[Contact]) -> tuple[Contact, ...]:
    """The same people in their order, each number once; it is opted out if it is so anywhere."""
    known: dict[str, Contact] = {}
    for one in people:
        before = known.setdefault(one.token, one)
        if one.opted_out and not before.opted_out:
            known[one.token] = replace(before, opted_out=True)
    return tuple(known.values())


class MemoryOwnerRegistry:
    """Owners given in the program, for tests and trials.

    Args:
        owners: numbers by plate.
        language: of all of them.
        key: of the tokens.
        name: of the registry.
    """

    def __init__(
        self,
        owners: Mapping[str, Iterable[str]],
        *,
        language: str = "zh-CN",
        region: str = "CN",
        key: bytes = b"memory",
        name: str = "memory",
    ) -> None:
        self.name = name
        self._contacts = {
            normalise_plate(plate): each_once(
                contact(parse_phone(number, region)[0], language, key) for number in numbers
            )
            for plate, numbers in owners.items()
        }

    def find(self, plate: str, reason: Reason = UNSTATED) -> Found:  # noqa: ARG002 - nobody keeps it here
        """See `OwnerRegistry`."""
        return Found(contacts=self._contacts.get(normalise_plate(plate), ()), registry=self.name)
