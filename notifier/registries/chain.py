"""Several registries as one: the first that knows somebody, or all of them.

A registry that cannot be asked never counts as one that knows nobody. Is it `needed`, the step waits until
it answers; is it not, the others are enough to find somebody, and never enough to say that there is nobody.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from models.errors import RegistryDown
from notifier.owners import UNSTATED, Found, OwnerRegistry, Reason, each_once
from notifier.registries.guarded import GuardedRegistry


@dataclass(frozen=True, slots=True)
class Link:
    """One registry of the chain, and whether it is needed."""

    registry: OwnerRegistry
    needed: bool = True


class ChainedRegistry:
    """Asks registries in their order.

    Args:
        links: at least one.
        take: the `first` that knows somebody, or the contacts of `all`.
    """

    def __init__(self, links: Sequence[Link], take: Literal["first", "all"] = "first") -> None:
        self.name = " + ".join(link.registry.name for link in links)
        self._links = tuple(links)
        self._take = take

    def find(self, plate: str, reason: Reason = UNSTATED) -> Found:
        """See `OwnerRegistry`.

        Raises:
            RegistryDown: a needed one cannot be asked; or one that is not, and the others know nobody.
        """
        answers: list[Found] = []
        silent: list[RegistryDown] = []
        for link in self._links:
            try:
                answers.append(link.registry.find(plate, reason))
            except RegistryDown as exc:
                if link.needed:
                    raise
                silent.append(exc)
                continue
            if answers[-1].contacts and self._take == "first":
                break
        found = together(answers, tuple(exc.registry for exc in silent))
        if silent and not found.contacts:
            raise silent[0]
        return found

    def status(self) -> dict[str, Any]:
        """How each does, by name."""
        guarded = (link.registry for link in self._links)
        return {one.name: one.status() for one in guarded if isinstance(one, GuardedRegistry)}


def together(answers: Sequence[Found], unasked: tuple[str, ...] = ()) -> Found:
    """Several answers as one: who knows somebody is named, or else all who were asked."""
    knowing = [one for one in answers if one.contacts] or list(answers)
    ages = [one.age_s for one in knowing if one.age_s is not None]
    return Found(
        contacts=each_once(person for one in answers for person in one.contacts),
        registry=" + ".join(one.registry for one in knowing),
        age_s=max(ages, default=None),
        unusable=sum(one.unusable for one in answers),
        unasked=unasked,
    )
