"""Plates of another country: no registry here knows them, so none is told about them."""

from collections.abc import Callable
from typing import Any

from notifier.owners import UNSTATED, Found, Reason
from notifier.registries.chain import ChainedRegistry


class HomeRegistry:
    """Asks only about plates of this country.

    Args:
        inner: the registries.
        country_of: whose plate it is; empty when it is this country's, or nobody can tell.
    """

    def __init__(self, inner: ChainedRegistry, country_of: Callable[[str], str]) -> None:
        self.name = inner.name
        self._inner = inner
        self._country_of = country_of

    def find(self, plate: str, reason: Reason = UNSTATED) -> Found:
        """See `OwnerRegistry`; of another country's plate, only whose it is."""
        if country := self._country_of(plate):
            return Found(foreign=country)
        return self._inner.find(plate, reason)

    def status(self) -> dict[str, Any]:
        """How each registry does, by name."""
        return self._inner.status()
